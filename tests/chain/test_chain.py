"""`chain`: which keys, which MFA session, which roles; all of it decided without I/O."""

import itertools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import botocore.session
import pytest
from botocore.credentials import CredentialResolver, ProfileProviderBuilder
from botocore.exceptions import PartialCredentialsError
from hypothesis import given
from hypothesis import strategies as st

from aws_mfa_process.chain import model as chains
from aws_mfa_process.chain.model import Chain
from aws_mfa_process.chain.resolve import resolve, resolve_named
from aws_mfa_process.config.command_line import Request, request_of
from aws_mfa_process.config.profiles import Profiles, read_profiles
from aws_mfa_process.credentials import AnyCredentials, SourceCredentials
from aws_mfa_process.errors import ConfigError, MFAProcessError, PersonNeededError
from aws_mfa_process.sessions.providers import SourceKeys, World
from aws_mfa_process.store.cache import Cache

SERIAL = "arn:aws:iam::111111111111:mfa/alice"
ADMIN = "arn:aws:iam::222222222222:role/Admin"
DEEP = "arn:aws:iam::555555555555:role/Deep"
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
TOKEN = "IQoJb3JpZ2luX2VjEXAMPLETOKEN"
KEYS = {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key": SECRET}
OTHER_KEYS = {"aws_access_key_id": "AKIAI44QH8DHBEXAMPLE", "aws_secret_access_key": SECRET}
BASTION = {**KEYS, "mfa_serial": SERIAL, "region": "eu-central-1"}
OURS = "/home/alice/.local/bin/aws-mfa-process"

Table = Mapping[str, Mapping[str, str]]


def files_of(
    profiles: Table,
    credentials: Table | None = None,
    services: Mapping[str, Mapping[str, Mapping[str, str]]] | None = None,
) -> Profiles:
    """Return what two files with these profiles say."""
    told = credentials or {}
    names = profiles.keys() | told.keys()
    merged = {name: {**profiles.get(name, {}), **told.get(name, {})} for name in names}
    return Profiles(merged, services or {}, "~/.aws/config", profiles, told)


def decide(
    profiles: Table,
    profile: str = "p",
    *,
    stored: Mapping[str, str] | None = None,
    environ: Mapping[str, str] | None = None,
    services: Mapping[str, Mapping[str, Mapping[str, str]]] | None = None,
    overrides: Mapping[str, str] | None = None,
    credentials: Table | None = None,
) -> Chain:
    """Resolve a profile of a table, that of the config file, and one of the credentials file."""
    files = files_of(profiles, credentials, services)
    return resolve(files, Request(profile, overrides or {}), stored or {}, environ or {})


def refusal(profiles: Table) -> MFAProcessError:
    """Return why a profile is refused."""
    with pytest.raises(MFAProcessError) as caught:
        decide(profiles)
    return caught.value


class Case(NamedTuple):
    """What comes of some profiles: the source, and the roles in the order they are assumed."""

    profiles: Table
    source: tuple[str, str]
    roles: tuple[str, ...]
    overrides: Mapping[str, str] = {}
    stored: Mapping[str, str] = {}
    credentials: Mapping[str, Mapping[str, str]] = {}


ROLE = {"role_arn": ADMIN, "source_profile": "b"}
DEEP_ROLE = {"role_arn": DEEP, "source_profile": "b"}
OWN_ADMIN = {"credential_process": f"{OURS} --profile b --role-arn {ADMIN}"}
PRECEDENCE = {
    "keys of the profile": Case({"p": BASTION}, ("static", "p"), ()),
    "role from a source": Case({"p": ROLE, "b": BASTION}, ("static", "b"), (ADMIN,)),
    "role given as an option": Case({"p": BASTION}, ("static", "p"), (ADMIN,), {"role_arn": ADMIN}),
    "option beats the role of the profile": Case(
        {"p": ROLE, "b": BASTION}, ("static", "b"), (DEEP,), {"role_arn": DEEP}
    ),
    "role of the selected profile beats its own keys": Case(
        {"p": {**OTHER_KEYS, **ROLE}, "b": BASTION}, ("static", "b"), (ADMIN,)
    ),
    "static keys of a source beat its role": Case(
        {"p": ROLE, "b": {**KEYS, "role_arn": DEEP, "source_profile": "c"}, "c": BASTION},
        ("static", "b"),
        (ADMIN,),
    ),
    "stored keys of a source beat its role": Case(
        {"p": ROLE, "b": {"role_arn": DEEP, "source_profile": "c"}, "c": BASTION},
        ("keyring", "b"),
        (ADMIN,),
        stored={"b": "AKIASTORED"},
    ),
    "a profile that is its own source": Case(
        {"p": {**BASTION, "role_arn": ADMIN, "source_profile": "p"}}, ("static", "p"), (ADMIN,)
    ),
    "a profile that is its own source, with stored keys": Case(
        {"p": {"role_arn": ADMIN, "source_profile": "p"}},
        ("keyring", "p"),
        (ADMIN,),
        stored={"p": "AKIASTORED"},
    ),
    "several roles, the nearest to the keys first": Case(
        {
            "p": {"role_arn": DEEP, "source_profile": "m"},
            "m": {"role_arn": ADMIN, "source_profile": "b"},
            "b": BASTION,
        },
        ("static", "b"),
        (ADMIN, DEEP),
    ),
    "stored keys beat static ones": Case(
        {"p": BASTION}, ("keyring", "p"), (), stored={"p": "AKIASTORED"}
    ),
    "stored keys beside a role without a source": Case(
        {"p": {"role_arn": ADMIN, "mfa_serial": SERIAL}},
        ("keyring", "p"),
        (ADMIN,),
        stored={"p": "AKIASTORED"},
    ),
    "our own line is followed": Case(
        {"p": {"credential_process": f"{OURS} --profile b"}, "b": BASTION}, ("static", "b"), ()
    ),
    "our own line with a role": Case(
        {"p": {"credential_process": f"{OURS} --profile b --role-arn {ADMIN}"}, "b": BASTION},
        ("static", "b"),
        (ADMIN,),
    ),
    "our own line as a source": Case(
        {
            "p": {"role_arn": DEEP, "source_profile": "m"},
            "m": {"credential_process": f"{OURS} --profile b --role-arn {ADMIN}"},
            "b": BASTION,
        },
        ("static", "b"),
        (ADMIN, DEEP),
    ),
    "our own line, called as a module": Case(
        {
            "p": {"credential_process": "/usr/bin/python3.12 -P -m aws_mfa_process --profile=b"},
            "b": BASTION,
        },
        ("static", "b"),
        (),
    ),
    "our own line that names its own profile": Case(
        {"p": {**BASTION, "credential_process": f"{OURS} --profile p"}}, ("static", "p"), ()
    ),
    "a role on top of the role of our own line": Case(
        {
            "p": {"credential_process": f"{OURS} --profile b --role-arn {ADMIN}"},
            "b": BASTION,
        },
        ("static", "b"),
        (ADMIN, DEEP),
        {"role_arn": DEEP},
    ),
    "another program's line": Case(
        {"p": ROLE, "b": {"credential_process": "/usr/bin/vault-tool b"}},
        ("botocore", "b"),
        (ADMIN,),
    ),
    "another program's line beats keys beside it": Case(
        {"p": ROLE, "b": {**BASTION, "credential_process": "/usr/bin/vault-tool b"}},
        ("botocore", "b"),
        (ADMIN,),
    ),
    "keys in the credentials file beat another program's line": Case(
        {"p": ROLE, "b": {"credential_process": "/usr/bin/vault-tool b"}},
        ("static", "b"),
        (ADMIN,),
        credentials={"b": KEYS},
    ),
    "SSO beats keys in the credentials file": Case(
        {"p": ROLE, "b": {"sso_session": "corp", "sso_account_id": "1"}},
        ("botocore", "b"),
        (ADMIN,),
        credentials={"b": KEYS},
    ),
    "stored keys beat all that an SDK finds": Case(
        {"p": ROLE, "b": {"sso_account_id": "1", "credential_process": "/usr/bin/vault-tool b"}},
        ("keyring", "b"),
        (ADMIN,),
        stored={"b": "AKIASTORED"},
        credentials={"b": KEYS},
    ),
    "our own line of a source, with a role for the source itself": Case(
        {"p": DEEP_ROLE, "b": {**BASTION, **OWN_ADMIN}}, ("static", "b"), (ADMIN, DEEP)
    ),
    "the same with stored keys, which no SDK sees": Case(
        {"p": DEEP_ROLE, "b": OWN_ADMIN},
        ("keyring", "b"),
        (ADMIN, DEEP),
        stored={"b": "AKIASTORED"},
    ),
    "the same without keys of the source": Case(
        {"p": DEEP_ROLE, "b": {**OWN_ADMIN, "source_profile": "c"}, "c": BASTION},
        ("static", "c"),
        (ADMIN, DEEP),
    ),
    "no SDK runs our line beside keys in the credentials file": Case(
        {"p": DEEP_ROLE, "b": {**OWN_ADMIN, "mfa_serial": SERIAL}},
        ("static", "b"),
        (DEEP,),
        credentials={"b": KEYS},
    ),
    "stored keys beat a role and a line beside it": Case(
        {"p": DEEP_ROLE, "b": {**OWN_ADMIN, "role_arn": ADMIN, "source_profile": "c"}},
        ("keyring", "b"),
        (DEEP,),
        stored={"b": "AKIASTORED"},
    ),
    "our own line is not followed from itself": Case(
        {"p": {**BASTION, "credential_process": f"{OURS} --profile p --role-arn {ADMIN}"}},
        ("static", "p"),
        (),
    ),
    "a login session": Case({"p": ROLE, "b": {"login_session": "x"}}, ("botocore", "b"), (ADMIN,)),
    "SSO": Case({"p": ROLE, "b": {"sso_session": "corp"}}, ("botocore", "b"), (ADMIN,)),
    "a web identity stays botocore's": Case(
        {"p": ROLE, "b": {"role_arn": DEEP, "web_identity_token_file": "/t"}},
        ("botocore", "b"),
        (ADMIN,),
    ),
    "credential_source": Case(
        {"p": {"role_arn": ADMIN, "credential_source": "EcsContainer"}},
        ("credential_source", "p"),
        (ADMIN,),
    ),
    "stored keys of the selected profile beat its own line": Case(
        {"p": {"credential_process": f"{OURS} --profile b"}, "b": BASTION},
        ("keyring", "p"),
        (ADMIN,),
        {"role_arn": ADMIN},
        {"p": "AKIA"},
    ),
    "our own line of a source that names just itself": Case(
        {"p": ROLE, "b": {**BASTION, "credential_process": f"{OURS} --profile b"}},
        ("static", "b"),
        (ADMIN,),
    ),
}


@pytest.mark.parametrize("case", PRECEDENCE.values(), ids=PRECEDENCE.keys())
def test_source_and_roles_are_those_that_the_sdks_would_take(case: Case) -> None:
    """Sources and roles follow the precedence of the AWS SDKs."""
    chain = decide(
        case.profiles,
        stored=case.stored,
        overrides=case.overrides,
        credentials=case.credentials,
    )
    assert (chain.source.kind, chain.source.profile) == case.source
    assert tuple(role.role_arn for role in chain.roles) == case.roles


def test_options_reach_the_profile_that_our_own_line_names() -> None:
    """Options given beside a profile with our own line count for what that line leads to."""
    profiles = {"p": {"credential_process": f"{OURS} --profile b --mfa-mode direct"}, "b": BASTION}
    chain = decide(profiles, overrides={"session_duration_seconds": "900", "mfa_mode": "session"})
    assert chain.mfa is not None
    assert (chain.mfa.session_seconds, chain.mfa.mode) == (900, "session")


def test_named_profile_stands_for_its_own_line() -> None:
    """A profile of the SDKs means what its credential_process line asks for, under its name."""
    line = f"{OURS} --profile b --role-arn {ADMIN} --external-id xy"
    files = files_of({"p": {"credential_process": line}, "b": BASTION})
    chain = resolve_named(files, "p", {}, {})
    assert (chain.profile, chain.roles[0].external_id) == ("p", "xy")
    wrapped = files_of({"p": ROLE, "b": BASTION})
    assert resolve_named(wrapped, "p", {}, {}) == resolve(wrapped, Request("p", {}), {}, {})


ID, SECRET_NAME = KEYS
HALVES: tuple[Mapping[str, str], ...] = (
    {},
    {ID: "AKIA{0}"},
    {SECRET_NAME: SECRET},
    {ID: "AKIA{0}", SECRET_NAME: SECRET},
)
TOKENS = ("", "aws_session_token", "aws_security_token")


@pytest.mark.parametrize("has_process", [False, True])
@pytest.mark.parametrize("token", TOKENS)
def test_keys_of_a_source_are_those_that_botocore_takes(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    token: str,
    has_process: bool,
) -> None:
    """Whole pairs and parts of pairs, in either file, beside a process or not: as in botocore."""
    answer = {"Version": 1, "AccessKeyId": "AKIAPROCESS", "SecretAccessKey": SECRET}
    (tmp_path / "printed").write_text(json.dumps(answer))
    paths = tmp_path / "config", tmp_path / "credentials"
    monkeypatch.setenv("AWS_CONFIG_FILE", str(paths[0]))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(paths[1]))
    process = {"credential_process": f"cat {tmp_path}/printed"} if has_process else {}
    for one, two, place in itertools.product(HALVES, HALVES, (0, 1)):
        tables: list[dict[str, str]] = [{**one, **process}, dict(two)]
        if token:
            tables[place][token] = TOKEN
        for path, head, table in zip(paths, ("profile b", "b"), tables, strict=True):
            lines = [f"{key} = {text.format(path.name)}" for key, text in table.items()]
            path.write_text(f"[{head}]\n" + "\n".join(lines) + "\n")
        with paths[0].open("a") as file:
            file.write(f"[profile p]\nrole_arn = {ADMIN}\nsource_profile = b\n")
        session = botocore.session.Session(profile="p")
        builder = ProfileProviderBuilder(session).providers("b", disable_env_vars=True)
        try:
            found = CredentialResolver(builder).load_credentials()
        except PartialCredentialsError:
            found = None
        if found is None:
            with pytest.raises(MFAProcessError, match=r"profile b\b"):
                load_source(*map(str, paths))
        else:
            expected = SourceCredentials(found.access_key, found.secret_key, found.token or "")
            assert load_source(*map(str, paths))[:3] == expected[:3]


def load_source(config: str, credentials: str) -> AnyCredentials:
    """Return what the chain of profile p starts with."""
    files = read_profiles(config, credentials)
    source = resolve(files, Request("p", {}), {}, {}).source
    found = SourceKeys(source, World(files, Cache("/dev/null"), {}, {})).load()
    assert source.kind != "static" or source.is_long_term == (not found.session_token)
    return found


@pytest.mark.parametrize(
    "profiles",
    [
        {"p": {**ROLE, "duration_seconds": "7200"}, "b": {"credential_process": "other"}},
        {"p": {"role_arn": ADMIN, "credential_source": "Environment", "duration_seconds": "7200"}},
    ],
)
def test_long_role_may_come_from_keys_of_an_unknown_kind(profiles: Table) -> None:
    """A process and the environment may give an IAM user's keys: AWS says what is too long."""
    assert decide(profiles).roles[0].duration_seconds == 7200


class Mode(NamedTuple):
    """How a code is used for a profile with some settings."""

    settings: Mapping[str, str]
    mode: str


MODES = {
    "default": Mode({}, "session"),
    "auto, one hour": Mode({"mfa_mode": "auto", "duration_seconds": "3600"}, "session"),
    "auto, longer": Mode({"duration_seconds": "3601"}, "direct"),
    "direct": Mode({"mfa_mode": "direct"}, "direct"),
    "direct, twelve hours": Mode({"mfa_mode": "direct", "duration_seconds": "43200"}, "direct"),
    "session": Mode({"mfa_mode": "session", "duration_seconds": "900"}, "session"),
}


@pytest.mark.parametrize("case", MODES.values(), ids=MODES.keys())
def test_mode_follows_the_duration(case: Mode) -> None:
    """One session serves all roles, unless the role is to live longer than such a session lets."""
    chain = decide({"p": {**ROLE, **case.settings}, "b": BASTION})
    assert chain.mfa is not None
    assert chain.mfa.mode == case.mode


def test_direct_mode_without_a_role_is_a_session() -> None:
    """Where no role takes the code, it makes a session whatever the mode."""
    chain = decide({"p": {**BASTION, "mfa_mode": "direct"}})
    assert chain.mfa is not None
    assert chain.mfa.mode == "session"


def test_first_role_of_direct_mode_may_be_long_the_second_not() -> None:
    """The code goes to the first role; the limit of role chaining holds from the second on."""
    profiles = {
        "p": {"role_arn": DEEP, "source_profile": "m"},
        "m": {"role_arn": ADMIN, "source_profile": "b", "duration_seconds": "43200"},
        "b": BASTION,
    }
    chain = decide(profiles)
    assert chain.mfa is not None
    assert (chain.mfa.mode, chain.roles[0].duration_seconds) == ("direct", 43200)
    error = refusal({**profiles, "p": {**profiles["p"], "duration_seconds": "3601"}})
    assert isinstance(error, ConfigError)
    assert "profile p" in error.message
    assert "3600" in error.hint


def test_mfa_is_taken_from_the_nearest_profile_and_used_with_long_term_keys_only() -> None:
    """The selected profile's device comes first; temporary credentials take no code."""
    other = "arn:aws:iam::111111111111:mfa/second"
    chain = decide({"p": {**ROLE, "mfa_serial": other}, "b": BASTION})
    assert chain.mfa is not None
    assert (chain.mfa.serials[0], chain.endpoint.profile) == (other, "p")
    temporary = {**BASTION, "aws_session_token": TOKEN}
    chain = decide({"p": ROLE, "b": temporary})
    assert chain.mfa is None
    assert not chain.source.is_long_term


REFUSED = {
    "missing": ({}, "profile p does not exist", "[profile p]"),
    "missing source": ({"p": ROLE}, "p needs profile b, which does not exist", "[profile b]"),
    "key without secret": ({"p": {"aws_access_key_id": "AKIA"}}, "profile p has aws_access", ""),
    "secret without key": (
        {"p": ROLE, "b": {"aws_secret_access_key": SECRET}},
        "profile b has aws_secret_access_key but no aws_access_key_id",
        "",
    ),
    "no source": ({"p": {"role_arn": ADMIN}}, "profile p has role_arn but", "source_profile"),
    "two sources": (
        {"p": {**ROLE, "credential_source": "Environment"}, "b": BASTION},
        "profile p has both",
        "keep one",
    ),
    "unknown source": (
        {"p": {"role_arn": ADMIN, "credential_source": "Env"}},
        "profile p: credential_source must be",
        "",
    ),
    "own source without keys": (
        {"p": {"role_arn": ADMIN, "source_profile": "p"}},
        "loop: p → p",
        "source_profile",
    ),
    "loop of two": (
        {"p": ROLE, "b": {"role_arn": DEEP, "source_profile": "p"}},
        "loop: p → b → p",
        "source_profile",
    ),
    "loop of three, entered from outside": (
        {
            "p": ROLE,
            "b": {"role_arn": DEEP, "source_profile": "c"},
            "c": {"credential_process": f"{OURS} --profile d"},
            "d": {"role_arn": DEEP, "source_profile": "b"},
        },
        "loop: b → c → d → b",
        "source_profile",
    ),
    "a loop is one even where the first profile has keys": (
        {"p": {**ROLE, **KEYS}, "b": {"role_arn": DEEP, "source_profile": "p"}},
        "loop: p → b → p",
        "",
    ),
    "own line without a profile": (
        {"p": {"credential_process": OURS}},
        "credential_process of profile p names no profile",
        "--profile NAME",
    ),
    "own line with an unknown option": (
        {"p": {"credential_process": f"{OURS} --profil b"}},
        "credential_process of profile p: unknown option '--profil'",
        "--help",
    ),
    "line that cannot be split": (
        {"p": {"credential_process": 'x "y'}},
        "cannot be split",
        "",
    ),
    "keys alone": ({"p": KEYS}, "profile p has keys, but neither", "mfa_serial"),
    "temporary keys alone": (
        {"p": {**KEYS, "aws_session_token": TOKEN}},
        "profile p has credentials that are not an IAM user's",
        "role_arn",
    ),
    "session too long": (
        {"p": {**ROLE, "mfa_mode": "session", "duration_seconds": "3601"}, "b": BASTION},
        "with mfa_mode = session a role session lasts at most 3600 seconds",
        "mfa_mode = direct",
    ),
    "temporary keys, too long": (
        {"p": {**ROLE, "duration_seconds": "7200"}, "b": {**KEYS, "aws_session_token": TOKEN}},
        "profile p: a role assumed with session credentials lasts at most 3600",
        "duration_seconds = 3600",
    ),
    "role of SSO, too long": (
        {"p": {**ROLE, "duration_seconds": "7200"}, "b": {"sso_account_id": "1"}},
        "profile p: a role assumed with session credentials lasts at most 3600",
        "duration_seconds = 3600",
    ),
    "role of a web identity, too long": (
        {
            "p": {**ROLE, "duration_seconds": "7200"},
            "b": {"role_arn": DEEP, "web_identity_token_file": "/t"},
        },
        "profile p: a role assumed with session credentials lasts at most 3600",
        "duration_seconds = 3600",
    ),
    "role of an instance, too long": (
        {
            "p": {
                "role_arn": ADMIN,
                "credential_source": "Ec2InstanceMetadata",
                "duration_seconds": "7200",
            }
        },
        "profile p: a role assumed with session credentials lasts at most 3600",
        "duration_seconds = 3600",
    ),
    "security key": (
        {"p": {**BASTION, "mfa_serial": "arn:aws:iam::111111111111:u2f/user/alice/k"}},
        "is no device that shows codes",
        "virtual",
    ),
    "blank in the serial": (
        {"p": {**BASTION, "mfa_serial": "GAHT 1"}},
        "text behind a value, a comment or a blank too, is part of it",
        "it looks like arn:aws:iam::123456789012:mfa/",
    ),
    "role_arn": (
        {"p": {**ROLE, "role_arn": "Admin"}, "b": BASTION},
        "not the ARN of a role",
        "arn:",
    ),
    "user's arn": (
        {"p": {**ROLE, "role_arn": "arn:aws:iam::111111111111:user/alice"}, "b": BASTION},
        "not the ARN of a role",
        "",
    ),
    "tags": ({"p": {**ROLE, "session_tags": "a=1,b"}, "b": BASTION}, "KEY=VALUE", ""),
    "tag without a key": ({"p": {**ROLE, "session_tags": "=1"}, "b": BASTION}, "KEY=VALUE", ""),
    "transitive": (
        {"p": {**ROLE, "session_tags": "a=1", "transitive_session_tags": "z"}, "b": BASTION},
        "names z, which is not in session_tags",
        "",
    ),
    "policy": ({"p": {**ROLE, "policy": "{"}, "b": BASTION}, "policy is not JSON", ""),
    "policy that is nested without end": (
        {"p": {**ROLE, "policy": "[" * 100_000}, "b": BASTION},
        "policy is nested too deeply",
        "",
    ),
    "session name": (
        {"p": {**ROLE, "role_session_name": "Alice Smith"}, "b": BASTION},
        "role_session_name 'Alice Smith' must be",
        "",
    ),
    "short session name": ({"p": {**ROLE, "role_session_name": "a"}, "b": BASTION}, "2 to 64", ""),
    "mode": ({"p": {**BASTION, "mfa_mode": "both"}}, "profile p: mfa_mode must be", ""),
    "prompt": ({"p": {**BASTION, "mfa_prompt": "x"}}, "profile p: mfa_prompt must be", ""),
    "life": (
        {"p": {**BASTION, "session_duration_seconds": "899"}},
        "session_duration_seconds must be a whole number of seconds from 900 to 129600",
        "",
    ),
    "role's life": (
        {"p": {**ROLE, "duration_seconds": "43201"}, "b": BASTION},
        "duration_seconds must be a whole number of seconds from 900 to 43200",
        "",
    ),
}


@pytest.mark.parametrize(("profiles", "message", "hint"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_is_an_error_that_names_the_profile(
    profiles: Table, message: str, hint: str
) -> None:
    """What a config cannot mean is refused with exit status 2, in words that name it."""
    error = refusal(profiles)
    assert error.exit_code == 2
    assert message in error.message
    assert hint in error.hint


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("duration_seconds", "abc", "--duration-seconds must be a whole number of seconds"),
        ("duration_seconds", "5", "--duration-seconds must be a whole number of seconds"),
        ("session_duration_seconds", "1", "--session-duration-seconds must be a whole number"),
        ("mfa_prompt_seconds", "0", "--prompt-seconds must be a whole number"),
        ("mfa_refusal_seconds", "-1", "--mfa-refusal-seconds must be a whole number"),
        ("mfa_mode", "x", "--mfa-mode must be auto or session or direct, not 'x'"),
        ("mfa_prompt", "x", "--prompt must be auto or"),
        ("role_arn", "x", "--role-arn 'x' is not the ARN of a role"),
        ("role_session_name", "a b", "--role-session-name 'a b' must be"),
        ("session_tags", "x", "--session-tags must be KEY=VALUE"),
        ("policy", "{", "--policy is not JSON"),
    ],
)
def test_every_option_is_checked_and_named_as_it_was_given(
    name: str, value: str, message: str
) -> None:
    """An option with a wrong value is refused under its own name, whether it is needed or not."""
    with pytest.raises(ConfigError) as caught:
        request_of({"profile": "p", name: value})
    assert caught.value.message.startswith(message)


def test_option_of_our_own_line_is_named_with_its_profile() -> None:
    """A wrong value in a credential_process line is looked for there."""
    line = {"credential_process": f"{OURS} --profile b --duration-seconds 5"}
    error = refusal({"p": line, "b": BASTION})
    start = "credential_process of profile p: --duration-seconds must be a whole number"
    assert error.message.startswith(start)


@pytest.mark.parametrize(
    "profiles",
    [
        {"p": {}},
        {"p": {"mfa_serial": SERIAL}},
        {"p": ROLE, "b": {"mfa_serial": SERIAL}},
        {"p": {"credential_process": f"{OURS} --profile p"}},
    ],
)
def test_profile_without_keys_needs_a_person(profiles: Table) -> None:
    """Where the keys are simply not stored yet, the exit status is that of a missing person."""
    error = refusal(profiles)
    assert isinstance(error, PersonNeededError)
    assert error.message.startswith("no keys are stored for profile ")
    has_device = any("mfa_serial" in settings for settings in profiles.values())
    assert ("aws login --profile" in error.hint) is not has_device


@pytest.mark.parametrize(
    ("serial", "name"),
    [
        (SERIAL, "alice"),
        ("arn:aws:iam::111111111111:mfa/team/alice", "alice"),
        ("arn:aws-cn:iam::111111111111:mfa/ali=c,e@x", "ali=c,e@x"),
        ("arn:aws:iam::111111111111:mfa/" + "x" * 80, "x" * 64),
        ("arn:aws:iam::111111111111:mfa/x", "aws-mfa-process"),
        ("GAHT12345678", "aws-mfa-process"),
        (f"GAHT12345678, {SERIAL} arn:aws:iam::111111111111:mfa/bob", "alice"),
    ],
)
def test_role_session_bears_the_user_s_name(serial: str, name: str) -> None:
    """CloudTrail shows the person, as far as the device's ARN tells; a profile may say else."""
    profiles = {"p": ROLE, "b": {**BASTION, "mfa_serial": serial}}
    assert decide(profiles).roles[0].role_session_name == name
    assert (
        decide(profiles, overrides={"role_session_name": "ci"}).roles[0].role_session_name == "ci"
    )


def test_every_parameter_of_a_role_is_read() -> None:
    """All settings of AssumeRole arrive in the role, lists and JSON in their own forms."""
    settings = {
        "duration_seconds": "1800",
        "external_id": "x:1",
        "role_session_name": "me@example.org",
        "source_identity": "alice",
        "session_tags": "team = blue, cost=a=b ,,",
        "transitive_session_tags": "team",
        "policy_arns": "arn:aws:iam::aws:policy/A , arn:aws:iam::aws:policy/B",
        "policy": '{"Version": "2012-10-17",\n "Statement": []}',
    }
    role = decide({"p": {**ROLE, **settings}, "b": BASTION}).roles[0]
    assert role == chains.Role(
        profile="p",
        role_arn=ADMIN,
        duration_seconds=1800,
        external_id="x:1",
        role_session_name="me@example.org",
        source_identity="alice",
        session_tags=(("team", "blue"), ("cost", "a=b")),
        transitive_session_tags=("team",),
        policy_arns=("arn:aws:iam::aws:policy/A", "arn:aws:iam::aws:policy/B"),
        policy='{"Version":"2012-10-17","Statement":[]}',
    )


class Place(NamedTuple):
    """Where STS is asked: from the settings of the device's profile and the environment."""

    bastion: Mapping[str, str]
    environ: Mapping[str, str]
    region: str
    partition: str
    url: str = ""
    overrides: Mapping[str, str] = {}


STS_URL = "https://sts.example.org"
ALL_URL = "https://all.example.org"
PLACES = {
    "region of the profile": Place({}, {}, "eu-central-1", "aws"),
    "the caller's region changes nothing": Place(
        {}, {"AWS_REGION": "us-west-2", "AWS_DEFAULT_REGION": "us-west-1"}, "eu-central-1", "aws"
    ),
    "the caller's region, if there is no other": Place(
        {"region": ""}, {"AWS_REGION": "us-west-2"}, "us-west-2", "aws"
    ),
    "the caller's default region": Place(
        {"region": ""}, {"AWS_DEFAULT_REGION": "us-west-1"}, "us-west-1", "aws"
    ),
    "no region at all": Place({"region": ""}, {}, "us-east-1", "aws"),
    "an option": Place({}, {}, "us-west-2", "aws", overrides={"region": "us-west-2"}),
    "China": Place(
        {"mfa_serial": "arn:aws-cn:iam::111111111111:mfa/alice", "region": "cn-northwest-1"},
        {},
        "cn-northwest-1",
        "aws-cn",
    ),
    "a region of another partition is not taken": Place(
        {"mfa_serial": "arn:aws-us-gov:iam::111111111111:mfa/alice", "region": ""},
        {"AWS_REGION": "eu-central-1"},
        "us-gov-west-1",
        "aws-us-gov",
    ),
    "a partition we do not know": Place(
        {"mfa_serial": "arn:aws-moon:iam::111111111111:mfa/alice", "region": "moon-1"},
        {},
        "moon-1",
        "aws-moon",
    ),
    "a serial number tells no partition, the region does": Place(
        {"mfa_serial": "GAHT12345678", "region": "us-gov-east-1"}, {}, "us-gov-east-1", "aws-us-gov"
    ),
    "service variable": Place(
        {"endpoint_url": "https://p.example.org"},
        {"AWS_ENDPOINT_URL_STS": STS_URL, "AWS_ENDPOINT_URL": ALL_URL},
        "eu-central-1",
        "aws",
        STS_URL,
    ),
    "global variable": Place(
        {"endpoint_url": STS_URL}, {"AWS_ENDPOINT_URL": ALL_URL}, "eu-central-1", "aws", ALL_URL
    ),
    "services section": Place(
        {"services": "local", "endpoint_url": ALL_URL}, {}, "eu-central-1", "aws", STS_URL
    ),
    "services section that does not exist": Place(
        {"services": "none", "endpoint_url": ALL_URL}, {}, "eu-central-1", "aws", ALL_URL
    ),
    "endpoint of the profile": Place({"endpoint_url": ALL_URL}, {}, "eu-central-1", "aws", ALL_URL),
    "ignored by the profile": Place(
        {"endpoint_url": ALL_URL, "ignore_configured_endpoint_urls": "true"},
        {"AWS_ENDPOINT_URL_STS": STS_URL},
        "eu-central-1",
        "aws",
    ),
    "ignored by the environment": Place(
        {"endpoint_url": ALL_URL},
        {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "True"},
        "eu-central-1",
        "aws",
    ),
    "the environment takes the ignoring back": Place(
        {"endpoint_url": ALL_URL, "ignore_configured_endpoint_urls": "true"},
        {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false"},
        "eu-central-1",
        "aws",
        ALL_URL,
    ),
}


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES.keys())
def test_sts_is_asked_where_the_device_s_profile_says(place: Place) -> None:
    """Region, partition and address of STS come from the device's profile and the variables."""
    chain = decide(
        {"p": {**BASTION, **place.bastion}},
        environ=place.environ,
        services={"local": {"sts": {"endpoint_url": STS_URL}}},
        overrides=place.overrides,
    )
    assert chain.endpoint[:4] == ("p", place.region, place.partition, place.url)


def test_region_of_the_device_beats_the_region_of_the_role() -> None:
    """The STS of the MFA session is that of the device's profile, not of the selected one."""
    chain = decide({"p": {**ROLE, "region": "us-west-2"}, "b": BASTION})
    assert (chain.endpoint.profile, chain.endpoint.region) == ("b", "eu-central-1")


def test_region_option_beats_every_profile() -> None:
    """A region given as an option counts, wherever the device stands, and in our own lines."""
    chain = decide({"p": ROLE, "b": BASTION}, overrides={"region": "us-west-2"})
    assert chain.endpoint.region == "us-west-2"
    line = {"credential_process": f"{OURS} --profile r --region us-west-1"}
    chain = decide({"p": line, "r": ROLE, "b": BASTION})
    assert chain.endpoint.region == "us-west-1"


def test_region_never_costs_a_code() -> None:
    """Chains that differ in the region alone share their sessions."""
    one = decide({"p": ROLE, "b": BASTION})
    two = decide({"p": ROLE, "b": {**BASTION, "region": "us-west-2"}})
    assert one.endpoint != two.endpoint
    assert one.links[-1].key == two.links[-1].key


CHANGES = [
    ("b", "aws_access_key_id", "AKIAI44QH8DHBEXAMPLE"),
    ("b", "mfa_serial", "arn:aws:iam::111111111111:mfa/bob"),
    ("b", "session_duration_seconds", "900"),
    ("b", "endpoint_url", ALL_URL),
    ("p", "mfa_mode", "direct"),
    ("p", "role_arn", DEEP),
    ("p", "duration_seconds", "900"),
    ("p", "external_id", "xy"),
    ("p", "role_session_name", "carol"),
    ("p", "source_identity", "bob"),
    ("p", "session_tags", "a=1"),
    ("p", "session_tags", "a=2"),
    ("p", "policy_arns", "arn:aws:iam::aws:policy/A"),
    ("p", "policy", '{"Version":"2012-10-17"}'),
]


@given(
    st.lists(st.sampled_from(CHANGES), unique=True),
    st.lists(st.sampled_from(CHANGES), unique=True),
)
def test_keys_differ_whenever_a_setting_does(
    one: list[tuple[str, str, str]], two: list[tuple[str, str, str]]
) -> None:
    """Two configs have one cache key exactly when they have the same settings that matter."""

    def key(changes: list[tuple[str, str, str]]) -> tuple[str, dict[str, dict[str, str]]]:
        profiles = {"p": dict(ROLE), "b": dict(BASTION)}
        for profile, name, value in changes:
            profiles[profile][name] = value
        chain = decide(profiles)
        direct = chain.mfa is not None and chain.mfa.mode == "direct"
        if direct:
            profiles["b"].pop("session_duration_seconds", None)  # no session is made
        return json.dumps(chain.links[-1].key, sort_keys=True), profiles

    (key_one, settings_one), (key_two, settings_two) = key(one), key(two)
    assert (key_one == key_two) == (settings_one == settings_two)


def test_transitive_tags_are_in_the_key() -> None:
    """Which tags go on to further roles is part of the key."""
    tagged = {**ROLE, "session_tags": "a=1,b=2"}
    one = decide({"p": tagged, "b": BASTION})
    two = decide({"p": {**tagged, "transitive_session_tags": "a"}, "b": BASTION})
    assert one.links[-1].key != two.links[-1].key


@given(names=st.lists(st.text(min_size=1, max_size=5), min_size=2, max_size=2, unique=True))
def test_keys_do_not_hold_the_names_of_profiles(names: list[str]) -> None:
    """Renamed profiles find their sessions again."""
    top, bottom = names
    known = decide({"p": ROLE, "b": BASTION})
    renamed = decide({top: {**ROLE, "source_profile": bottom}, bottom: BASTION}, top)
    assert renamed.links[-1].key == known.links[-1].key
    assert renamed.links[0].key == known.links[0].key


def test_keys_can_be_stored(tmp_path: Path) -> None:
    """What is written under a key is found under it, whatever the source."""
    cache = Cache(str(tmp_path / "cache"))
    for profiles in (
        {"p": ROLE, "b": BASTION},
        {"p": ROLE, "b": {"credential_process": "other --x"}},
    ):
        for number, link in enumerate(decide(profiles).links):
            cache.write("codes", link.key, {"number": number})
            assert cache.read("codes", link.key) == {"number": number}


@pytest.mark.parametrize(
    "change",
    [{"credential_process": "other --account 2"}, {"sso_account_id": "2"}],
)
def test_sources_without_a_key_id_differ_by_their_settings(change: dict[str, str]) -> None:
    """A foreign source that is edited is another source."""
    below = {"credential_process": "other --account 1", "sso_account_id": "1"}
    one, two = (decide({"p": ROLE, "b": values}) for values in (below, {**below, **change}))
    assert one.links[-1].key != two.links[-1].key


def test_chain_holds_no_secret() -> None:
    """Neither repr nor key of a chain shows a secret key or a session token."""
    environ = {"AWS_ACCESS_KEY_ID": "AKIAX", "AWS_SECRET_ACCESS_KEY": SECRET}
    tables: list[Table] = [
        {"p": ROLE, "b": BASTION},
        {"p": ROLE, "b": {**KEYS, "aws_session_token": TOKEN}},
        {"p": ROLE, "b": {"credential_process": "other", "aws_session_token": TOKEN}},
        {"p": {"role_arn": ADMIN, "credential_source": "Environment"}},
    ]
    for table in tables:
        chain = decide(table, environ=environ)
        shown = repr(chain) + json.dumps(chain.links[-1].key)
        assert SECRET not in shown
        assert TOKEN not in shown


NAMES = st.sampled_from(["p", "a", "b", "c"])
PROFILE = st.fixed_dictionaries(
    {},
    optional={
        "role_arn": st.sampled_from([ADMIN, DEEP]),
        "source_profile": st.sampled_from(["p", "a", "b", "c", "missing"]),
        "credential_source": st.just("Environment"),
        "credential_process": st.one_of(
            NAMES.map(lambda name: f"{OURS} --profile {name}"),
            NAMES.map(lambda name: f"{OURS} --profile {name} --role-arn {DEEP}"),
            st.just("other"),
        ),
        "aws_access_key_id": st.just("AKIAIOSFODNN7EXAMPLE"),
        "aws_secret_access_key": st.just(SECRET),
        "aws_session_token": st.just(TOKEN),
        "mfa_serial": st.sampled_from([SERIAL, "GAHT12345671"]),
        "duration_seconds": st.sampled_from(["900", "3600", "7200", "x"]),
        "web_identity_token_file": st.just("/t"),
    },
)


@given(
    st.fixed_dictionaries({"p": PROFILE}, optional={"a": PROFILE, "b": PROFILE, "c": PROFILE}),
    st.dictionaries(NAMES, st.just("AKIASTORED"), max_size=1),
    st.dictionaries(st.just("role_arn"), st.just(ADMIN)),
    st.dictionaries(NAMES, PROFILE, max_size=2),
)
def test_any_graph_of_profiles_ends(
    profiles: dict[str, dict[str, str]],
    stored: dict[str, str],
    overrides: dict[str, str],
    credentials: dict[str, dict[str, str]],
) -> None:
    """Profiles that refer to each other in any way give a chain or one of our errors."""
    try:
        chain = decide(profiles, stored=stored, overrides=overrides, credentials=credentials)
    except MFAProcessError as error:
        shown = error.message + error.hint
    else:
        shown = repr(chain)
        assert chain.mfa is not None or chain.roles or chain.source.is_foreign
        assert len({role.profile for role in chain.roles}) == len(chain.roles)
    assert SECRET not in shown
    assert TOKEN not in shown


PARTITIONS = botocore.session.Session().get_available_partitions()


@pytest.mark.parametrize("partition", PARTITIONS)
def test_partitions_and_their_regions_are_those_of_botocore(partition: str) -> None:
    """A region tells its partition, and a partition has a region where nothing names one."""
    known = botocore.session.Session()
    regions = known.get_available_regions("sts", partition)
    for region in regions:
        told = {**BASTION, "mfa_serial": "GAHT12345678", "region": region}
        assert decide({"p": told}).endpoint[1:3] == (region, partition)
    told = {**BASTION, "mfa_serial": f"arn:{partition}:iam::111111111111:mfa/alice", "region": ""}
    elsewhere = {"AWS_REGION": "us-west-2" if partition != "aws" else "cn-north-1"}
    for environ in ({}, elsewhere):
        region = decide({"p": told}, environ=environ).endpoint.region
        if regions:
            assert region in regions
        else:  # an old botocore knows how the regions of this partition are named, and none of them
            assert known.get_partition_for_region(region) == partition


def test_second_role_may_live_for_an_hour() -> None:
    """The limit of role chaining itself can be asked for."""
    hour = {"duration_seconds": "3600"}
    deep = {"role_arn": DEEP, "source_profile": "m", **hour}
    chain = decide({"p": deep, "m": {**ROLE, **hour}, "b": BASTION})
    assert [role.duration_seconds for role in chain.roles] == [3600, 3600]
    assert decide({"p": {**ROLE, **hour}, "b": {**KEYS, "aws_session_token": TOKEN}}).roles


ONE_CHANGE = {
    "source": {"aws_access_key_id": "AKIAI44QH8DHBEXAMPLE"},
    "mfa_serial": {"mfa_serial": "GAHT12345672"},
    "session_duration_seconds": {"session_duration_seconds": "900"},
    "partition": {"region": "cn-north-1"},
    "endpoint_url": {"endpoint_url": "https://all.example.org"},
}


@pytest.mark.parametrize("name", ONE_CHANGE)
def test_each_part_of_a_session_key_tells_sessions_apart(name: str) -> None:
    """Chains that differ in one of these alone have sessions of their own."""
    bastion = {**BASTION, "mfa_serial": "GAHT12345671"}
    one = decide({"p": bastion}).links[0].key
    two = decide({"p": {**bastion, **ONE_CHANGE[name]}}).links[0].key
    assert {part for part in one if one[part] != two[part]} == {name}


TWO = (SERIAL, "arn:aws:iam::111111111111:mfa/second")


@pytest.mark.parametrize(
    "listed", [f"{TWO[0]}, {TWO[1]}", f"{TWO[1]} {TWO[0]}", f"{TWO[1]},{TWO[0]}"]
)
@pytest.mark.parametrize("chosen", [{}, {"mfa_serial": TWO[0]}, {"mfa_serial": TWO[1]}])
@pytest.mark.parametrize("mode", ["session", "direct"])
def test_devices_of_one_list_share_their_sessions(
    listed: str, chosen: dict[str, str], mode: str
) -> None:
    """In whichever order they are listed, and whichever an option or a role's profile chooses."""
    first = {"role_session_name": "alice", "mfa_mode": mode}
    one = decide({"p": {**ROLE, **first}, "b": {**BASTION, "mfa_serial": ", ".join(TWO)}})
    bastion = {**BASTION, "mfa_serial": listed}
    for chain in (
        decide({"p": {**ROLE, **first}, "b": bastion}, overrides=chosen),
        decide({"p": {**ROLE, **first, **chosen}, "b": bastion}),
    ):
        assert [link.key for link in chain.links] == [link.key for link in one.links]
        assert chain.mfa is not None
        assert set(chain.mfa.serials) == set(chosen.values() or TWO)
    alone = decide({"p": {**ROLE, **first}, "b": BASTION})
    assert [link.key for link in alone.links] == [link.key for link in one.links]


def test_options_shape_the_role_of_our_own_line() -> None:
    """Options given beside a profile with our own line beat those of the line, for its role too."""
    line = {"credential_process": f"{OURS} --profile b --role-arn {ADMIN} --external-id xy"}
    told = {"duration_seconds": "900", "external_id": "yz"}
    (role,) = decide({"p": line, "b": BASTION}, overrides=told).roles
    assert (role.duration_seconds, role.external_id) == (900, "yz")


def test_keys_of_the_environment_take_no_code() -> None:
    """What ``credential_source`` names is no IAM user's pair of ours: no device is used with it."""
    told = {"role_arn": ADMIN, "credential_source": "Environment", "mfa_serial": "GAHT12345671"}
    assert decide({"p": told}).mfa is None
