"""What the judge says of a profile is what real SDKs do with it."""

import json
import re
import shutil
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from aws_mfa_process.aws.sources import KNOWS_LOGIN
from aws_mfa_process.chain.judge import judge
from aws_mfa_process.chain.reading import misread
from aws_mfa_process.chain.view import BOTO3, CLI, GO, JS, Act, View
from aws_mfa_process.commands.profiles.view import view_of
from aws_mfa_process.config.profiles import read_profiles
from aws_mfa_process.sandbox.server.sandbox import Sandbox
from support.clients import Client, aws_cli_1, boto3, js_default_chain, js_from_ini, rclone
from support.home import PROGRAM, Home
from support.warm import Warm, node

CLIENTS = {BOTO3: boto3, CLI: aws_cli_1, JS: js_from_ini, GO: rclone}
KEYS = "bastion-keys"


class Shared(NamedTuple):
    """What serves all cases: a home directory to copy, with a live session, and loaded SDKs."""

    home: Home
    sandbox: Sandbox
    us: str
    warm: dict[str, Warm]


@pytest.fixture(scope="module")
def shared(
    tmp_path_factory: pytest.TempPathFactory, warm_boto3: Warm, warm_aws_cli: Warm
) -> Iterator[Shared]:
    """Log in once, and load the SDKs once."""
    folder = tmp_path_factory.mktemp("shared")
    home = Home(folder / "home")
    with Sandbox() as sandbox, node(folder) as warm_js:
        sandbox.write_config(home.aws, PROGRAM)
        done = home.run("--profile", KEYS, "--mfa-code", sandbox.code())
        assert (done.status, done.err) == (0, "")
        us = json.loads(done.out)["AccessKeyId"]
        yield Shared(home, sandbox, us, {BOTO3: warm_boto3, CLI: warm_aws_cli, JS: warm_js})


class World:
    """A home directory in which each SDK is asked who it is."""

    def __init__(self, home: Home, shared: Shared) -> None:
        self.home, self.sandbox, self.warm = home, shared.sandbox, shared.warm
        shutil.copytree(shared.home.path, home.path, dirs_exist_ok=True)
        self.config = (home.aws / "config").read_text()
        self.credentials = (home.aws / "credentials").read_text()
        self.runs = home.path / "runs"
        script = home.path / "bin" / "aws-mfa-process"
        script.parent.mkdir()
        script.write_text(f'#!/bin/sh\necho run >>{self.runs}\nexec {PROGRAM} "$@"\n')
        script.chmod(0o755)
        (home.path / "a b").symlink_to(script.parent)
        self.environ = {
            "AWS_ENDPOINT_URL_STS": self.sandbox.endpoint_url,
            "AWS_REGION": "eu-central-1",
            "AWS_PAGER": "",
            "AWS_MFA_PROCESS_PROMPT": "none",
        }
        found = re.search(r"aws_access_key_id = (\S+)\n.*= (\S+)", self.credentials)
        assert found is not None
        self.named = {
            "KEYS": f"aws_access_key_id = {found[1]}\naws_secret_access_key = {found[2]}",
            "ID": found[1],
            "NET": f"region = eu-central-1\nendpoint_url = {self.sandbox.endpoint_url}",
            "LINE": f"credential_process = {script} --profile {KEYS}",
            "OURS": str(script),
            "HOME": str(home.path),
            "URL": self.sandbox.endpoint_url,
            "ROLE": self.sandbox.role_arns["Admin"],
            "SERIAL": "arn:aws:iam::111111111111:mfa/alice",
        }
        self.key_ids = {found[1]: "keys", shared.us: "us"}

    def write(self, config: str, credentials: str) -> View:
        """Write the two files and return what the judge sees."""
        texts = []
        for text in (config, credentials):
            filled = re.sub(r"\{(\w+)\}", lambda match: self.named[match[1]], text)
            texts.append(filled)
        self.home.config(f"{self.config}\n{texts[0]}", f"{self.credentials}\n{texts[1]}")
        paths = str(self.home.aws / "config"), str(self.home.aws / "credentials")
        return view_of(read_profiles(*paths), {**self.home.environ})

    def act(self, sdk: str, profile: str, request: pytest.FixtureRequest) -> Act:
        """Return what an SDK does with a profile."""
        return self.did(sdk, CLIENTS[sdk](self.sandbox, profile, request), {})

    def did(self, sdk: str, client: Client, environ: dict[str, str]) -> Act:
        """Return what a client of an SDK does."""
        self.runs.write_text("")
        before = len(self.sandbox.calls)
        environ = {**client.environ, **self.environ, **environ}
        if sdk in self.warm:
            self.warm[sdk].run(client.command, {**self.home.environ, **environ})
        else:
            self.home.run(
                *client.command[1:], program=client.command[0], environ=environ, timeout=50
            )
        calls = self.sandbox.calls[before:]
        if not calls:
            return "fails"
        whose = self.key_ids.get(calls[0].access_key_id, "role")
        is_role = calls[0].action == "AssumeRole"
        assert (whose == "us") == bool(self.runs.read_text())
        if whose == "us":
            return "us and role" if is_role else "us"
        return "role" if is_role else "keys"


@pytest.fixture
def world(home: Home, shared: Shared) -> World:
    """A home directory in which each SDK is asked who it is."""
    return World(home, shared)


class Case(NamedTuple):
    """A profile ``p`` of the two files, and the verdict that counts."""

    config: str
    id: str
    credentials: str = ""


P = "[profile p]\n{NET}\n"
OURS = f"{P}{{LINE}}\n"
LINES = "[profile p]\n{NET}\ncredential_process = "
ROLE = "role_arn = {ROLE}\n"
SSO_SESSION = "[sso-session s]\nsso_region = eu-central-1\nsso_start_url = https://x.example\n"
CASES = {
    "our line alone": Case(OURS, ""),
    "our line in the credentials file": Case(P, "", "[p]\n{LINE}\n"),
    "our line in a shell": Case(f"{LINES}sh -c '{{OURS}} --profile bastion-keys'\n", ""),
    "our line in env": Case(f"{LINES}env A=b {{OURS}} --profile bastion-keys\n", ""),
    "our line in nice": Case(f"{LINES}nice -n 1 {{OURS}} --profile bastion-keys\n", ""),
    "a quoted path": Case(f'{LINES}"{{HOME}}/a b/aws-mfa-process" --profile bastion-keys\n', ""),
    "words of a shell": Case(f"{LINES}sh -c 'true && {{OURS}} --profile bastion-keys'\n", "AMP024"),
    "keys in the credentials file": Case(OURS, "AMP012", "[p]\n{KEYS}\n"),
    "keys and our line in the credentials file": Case(P, "AMP012", "[p]\n{KEYS}\n{LINE}\n"),
    "keys in the config file": Case(f"{OURS}{{KEYS}}\n", "AMP014"),
    "half a pair": Case(OURS, "AMP013", "[p]\naws_access_key_id = {ID}\n"),
    "role_arn": Case(f"{OURS}{ROLE}", "AMP015"),
    "role_arn and mfa_serial": Case(f"{OURS}{ROLE}mfa_serial = {{SERIAL}}\n", "AMP015"),
    "role_arn and source_profile": Case(f"{OURS}{ROLE}source_profile = bastion-keys\n", "AMP016"),
    "role_arn, source_profile and mfa_serial": Case(
        f"{OURS}{ROLE}source_profile = bastion-keys\nmfa_serial = {{SERIAL}}\n", "AMP016"
    ),
    "role_arn, source_profile and several devices": Case(
        f"{OURS}{ROLE}source_profile = bastion-keys\nmfa_serial = {{SERIAL}}, {{SERIAL}}-2\n",
        "AMP016",
    ),
    "role_arn from itself": Case(f"{OURS}{ROLE}source_profile = p\n", "AMP016"),
    "role_arn and credential_source": Case(
        f"{OURS}{ROLE}credential_source = Environment\n", "AMP016"
    ),
    "source_profile": Case(f"{OURS}source_profile = bastion-keys\n", "AMP017"),
    "credential_source": Case(f"{OURS}credential_source = Environment\n", "AMP017"),
    "mfa_serial": Case(f"{OURS}mfa_serial = {{SERIAL}}\n", "AMP018"),
    "several devices": Case(f"{OURS}mfa_serial = {{SERIAL}}, {{SERIAL}}-2\n", "AMP018"),
    "external_id": Case(f"{OURS}external_id = x\n", "AMP018"),
    "SSO": Case(
        f"{OURS}sso_account_id = 111111111111\nsso_role_name = x\nsso_region = eu-central-1\n"
        "sso_start_url = https://x.example\n",
        "AMP019",
    ),
    "a part of SSO": Case(f"{OURS}sso_account_id = 111111111111\n", "AMP019"),
    "another part of SSO": Case(f"{OURS}sso_start_url = https://x.example\n", "AMP019"),
    "an SSO session": Case(f"{OURS}sso_session = s\n{SSO_SESSION}", "AMP019"),
    "an SSO session that is not there": Case(f"{OURS}sso_session = s\n", "AMP019"),
    "SSO of a session": Case(
        f"{OURS}sso_session = s\nsso_account_id = 111111111111\nsso_role_name = x\n{SSO_SESSION}",
        "AMP019",
    ),
    "SSO of a session that is not there": Case(
        f"{OURS}sso_session = s\nsso_account_id = 111111111111\nsso_role_name = x\n", "AMP019"
    ),
    "web_identity_token_file": Case(f"{OURS}web_identity_token_file = {{HOME}}/x\n", "AMP020"),
    "web_identity_token_file and role_arn": Case(
        f"{OURS}{ROLE}web_identity_token_file = {{HOME}}/x\n", "AMP020"
    ),
    "login_session": Case(f"{OURS}login_session = arn:aws:iam::111111111111:user/x\n", "AMP021"),
    "a path that does not exist": Case(f"{LINES}{{HOME}}/x --module aws-mfa-process\n", "AMP001"),
    "the example of the README": Case(
        f"{LINES}/home/alice/.local/bin/aws-mfa-process --profile bastion-keys\n", "AMP002"
    ),
    "a folder": Case(f"{LINES}{{HOME}}/bin -m aws_mfa_process\n", "AMP003"),
    "a relative path": Case(f"{LINES}bin/aws-mfa-process --profile bastion-keys\n", "AMP004"),
    "a tilde": Case(f"{LINES}~/bin/aws-mfa-process --profile bastion-keys\n", "AMP005"),
    "$HOME": Case(f"{LINES}$HOME/bin/aws-mfa-process --profile bastion-keys\n", "AMP005"),
    "%USERPROFILE%": Case(f"{LINES}%USERPROFILE%/aws-mfa-process --profile x\n", "AMP005"),
    "a blank": Case(f"{LINES}{{HOME}}/a b/aws-mfa-process --profile bastion-keys\n", "AMP006"),
    "quotes around it all": Case(f'{LINES}"{{OURS}} --profile bastion-keys"\n', "AMP007"),
    "a backslash": Case(f"{LINES}{{OURS}} --profile bastion-keys \\\n", "AMP008"),
    "an open quotation mark": Case(f'{LINES}{{OURS}} --profile "bastion-keys\n', "AMP008"),
    "a comment": Case(f"{OURS[:-1]} # mine\n", "AMP009"),
    "a comment with a semicolon": Case(f"{OURS[:-1]} ; mine\n", "AMP009"),
    "a redirection": Case(f"{OURS[:-1]} 2>/dev/null\n", "AMP009"),
    "a command": Case(f"{LINES}{{OURS}} login prod\n", "AMP010"),
    "no argument": Case(f"{LINES}{{OURS}}\n", "AMP011"),
    "an unknown option": Case(f"{LINES}{{OURS}} --profil bastion-keys\n", "AMP011"),
    "not yet served": Case(
        f"{P}{ROLE}source_profile = bastion-keys\nmfa_serial = {{SERIAL}}\n", "AMP023"
    ),
    "not yet served, with several devices": Case(
        f"{P}{ROLE}source_profile = bastion-keys\nmfa_serial = {{SERIAL}}, {{SERIAL}}-2\n",
        "AMP023",
    ),
    "not yet served, with an external id": Case(
        f"{P}{ROLE}source_profile = bastion-keys\nmfa_serial = {{SERIAL}}\nexternal_id = x\n",
        "AMP023",
    ),
    "not yet served, in the credentials file": Case(
        P,
        "AMP023",
        f"[p]\n{ROLE}source_profile = bastion-keys\nmfa_serial = {{SERIAL}}\n",
    ),
}
UNSEEN: tuple[Act, ...] = ("code", "other")
"""What ends without a call here: nobody can be asked, and there is no other source."""


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_each_sdk_does_what_the_judge_says(
    world: World, case: Case, request: pytest.FixtureRequest
) -> None:
    """Whether each SDK runs this program, and as whom it then acts, is as it was judged."""
    found = judge("p", world.write(case.config, case.credentials))
    assert next((verdict.id for verdict in found.verdicts), "") == case.id
    said = {sdk: "fails" if found.acts[sdk] in UNSEEN else found.acts[sdk] for sdk in CLIENTS}
    if case is CASES["login_session"] and not KNOWS_LOGIN:
        said |= dict.fromkeys(BOTOCORE, "us")  # it passes over a setting that it does not know
    assert {sdk: world.act(sdk, "p", request) for sdk in CLIENTS} == said


class Reading(NamedTuple):
    """Two files that SDKs read differently, and which of them runs us for a profile."""

    id: str
    config: str
    runs: tuple[str, ...]
    profile: str = "p"
    credentials: str = ""


BOTOCORE = (BOTO3, CLI)
NET_LINE = "{NET}\n{LINE}\n"
READINGS = {
    "a comment": Reading(
        "AMP041", "[profile p]\nendpoint_url = {URL}\nregion = a # b\n{LINE}\n", (JS, GO)
    ),
    "a comment with a semicolon": Reading(
        "AMP041", "[profile p]\nendpoint_url = {URL}\nregion = a ; b\n{LINE}\n", (JS, GO)
    ),
    "both defaults": Reading(
        "AMP042",
        f"[profile default]\n{NET_LINE}[default]\n{{NET}}\n{{KEYS}}\n",
        (JS, GO),
        "default",
    ),
    "both, the other way": Reading(
        "AMP042", f"[default]\n{{NET}}\n[profile default]\n{NET_LINE}", tuple(CLIENTS), "default"
    ),
    "a colon": Reading(
        "AMP043",
        f"{P}credential_process : {{OURS}} --profile {KEYS}\n",
        (*BOTOCORE, GO),
    ),
    "blanks in the header": Reading("AMP044", f"[ profile p ]\n{NET_LINE}", (GO,)),
    "blanks in default": Reading("AMP044", f"[ default ]\n{NET_LINE}", (GO,), "default"),
    "two blanks in the header": Reading("AMP044", f"[profile  p]\n{NET_LINE}", (*BOTOCORE, GO)),
    "a name with !": Reading("AMP045", f"[profile p!]\n{NET_LINE}", (*BOTOCORE, GO), "p!"),
    "a quoted name": Reading("AMP045", f'[profile "p"]\n{NET_LINE}', (*BOTOCORE, JS)),
    "a quoted name with a blank": Reading(
        "AMP045", f'[profile "my p"]\n{NET_LINE}', BOTOCORE, "my p"
    ),
    "a deeper indent": Reading(
        "AMP046",
        "[profile p]\nendpoint_url = {URL}\noutput = json\n"
        f"  credential_process = {{OURS}} --profile {KEYS}\n",
        (JS, GO),
    ),
    "no word profile": Reading("AMP047", f"[p]\n{NET_LINE}", ()),
    "the word profile": Reading("AMP048", P, (), credentials="[profile p]\n{LINE}\n"),
    "a name with a blank": Reading("AMP049", f"[profile my p]\n{NET_LINE}", (GO,), "my p"),
    "a source without a role": Reading(
        "AMP050", f"{P}source_profile = b\n[profile b]\n{{LINE}}\n", ()
    ),
    "an empty source": Reading("AMP051", f"{P}{ROLE}source_profile =\n", ()),
    "a typing error": Reading(
        "AMP053", f"{P}credentials_process = {{OURS}} --profile {KEYS}\n", ()
    ),
}


@pytest.mark.parametrize("case", READINGS.values(), ids=READINGS.keys())
def test_the_sdks_read_what_the_judge_quotes(
    world: World, case: Reading, request: pytest.FixtureRequest
) -> None:
    """What the judge warns of is read, and not read, by the SDKs that it names."""
    view = world.write(case.config, case.credentials)
    assert case.id in [verdict.id for verdict in misread(view)]
    runs = tuple(sdk for sdk in CLIENTS if world.act(sdk, case.profile, request) == "us")
    assert runs == case.runs


WITHOUT = "import boto3; boto3.client('sts').get_caller_identity()"
"""A script that names no profile."""


@pytest.mark.parametrize("is_named", [True, False])
def test_keys_of_the_shell_go_before_a_profile_that_is_not_named(
    world: World, request: pytest.FixtureRequest, *, is_named: bool
) -> None:
    """With AWS_PROFILE alone they do, but for JavaScript; a profile named in the call counts."""
    world.write(OURS, "")
    named = {sdk: client(world.sandbox, "p", request) for sdk, client in CLIENTS.items()}
    by_variable = {
        BOTO3: Client([*named[BOTO3].command[:1], "-c", WITHOUT], {}),
        CLI: Client(named[CLI].command[:3], {}),
        JS: js_default_chain(world.sandbox, "p", request),
        GO: named[GO],
    }
    pair = dict(line.split(" = ") for line in world.named["KEYS"].splitlines())
    environ = {**{name.upper(): text for name, text in pair.items()}, "AWS_PROFILE": "p"}
    clients = named if is_named else by_variable
    acts = {sdk: world.did(sdk, client, environ) for sdk, client in clients.items()}
    if is_named:
        assert acts == {BOTO3: "us", CLI: "us", JS: "us", GO: "keys"}  # to Go, by the variable too
    else:
        assert acts == {BOTO3: "keys", CLI: "keys", JS: "us", GO: "keys"}
