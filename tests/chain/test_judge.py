"""What the judge says of profiles, as values: nothing is read and nothing is run."""

from collections.abc import Mapping
from typing import NamedTuple

import pytest

from aws_mfa_process.chain.judge import Judgement, in_shell, judge, judge_all, missing
from aws_mfa_process.chain.reading import misread
from aws_mfa_process.chain.view import Facts, PathKind, View
from aws_mfa_process.config.profiles import Profiles, profile_of_section
from aws_mfa_process.config.text import written

OURS = "/opt/bin/aws-mfa-process"
FIX = "aws-mfa-process doctor p --fix"
LINE = f"credential_process = {OURS} --profile b\n"
ADMIN = "arn:aws:iam::222222222222:role/Admin"
SERIAL = "arn:aws:iam::111111111111:mfa/alice"
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
KEYS = f"aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = {SECRET}\n"
ENVIRON = {"HOME": "/home/alice"}
PATHS: Mapping[str, PathKind] = {
    OURS: "program",
    "/opt/a b/aws-mfa-process": "program",
    "/home/alice/bin/aws-mfa-process": "program",
    "aws-mfa-process": "program",
    "sh": "program",
    "env": "program",
    "/opt": "folder",
    "/opt/text": "file",
}


def view_of(
    config: str,
    credentials: str = "",
    environ: Mapping[str, str] = ENVIRON,
    paths: Mapping[str, PathKind] = PATHS,
) -> View:
    """Return what the judge looks at, from the text of two files."""
    folder = "/home/alice/.aws"
    lines = tuple(written(config)), tuple(written(credentials))
    one: dict[str, dict[str, str]] = {}
    two: dict[str, dict[str, str]] = {}
    for number, line in enumerate((*lines[0], *lines[1])):
        is_config = number < len(lines[0])
        name = profile_of_section(line.section) if is_config else line.section
        values = (one if is_config else two).setdefault(name, {})
        values |= {line.name: line.value} if line.name else {}
    one.pop("", None)
    merged = {name: {**one.get(name, {}), **two.get(name, {})} for name in one | two}
    files = Profiles(merged, {}, f"{folder}/config", one, two, f"{folder}/credentials")
    return View(files, *lines, Facts(lambda path: paths.get(path, ""), environ, OURS))


def judged(config: str, credentials: str = "") -> Judgement:
    """Judge the profile ``p``."""
    return judge("p", view_of(config, credentials))


BROKEN = {
    "the path does not exist": ("/opt/x/aws-mfa-process --profile b", "AMP001", FIX),
    "the path is gone, with an ending": ("/opt/aws-mfa-process.exe --profile b", "AMP001", FIX),
    "inside of env, the path does not exist": (
        "env /x/aws-mfa-process --profile b",
        "AMP001",
        OURS,
    ),
    "a module of a Python that is gone": ("/x/python -m aws_mfa_process --profile b", "AMP001", ""),
    "what is to start it is not there": (f"wsl.exe -e {OURS} --profile b", "AMP001", OURS),
    "an ellipsis of the README": ("…/aws-mfa-process --profile b", "AMP002", FIX),
    "/path/to": ("/path/to/aws-mfa-process --profile b", "AMP002", FIX),
    "alice's home": ("/home/alice/.local/bin/aws-mfa-process --profile b", "AMP002", FIX),
    "three dots": ("/home/.../aws-mfa-process --profile b", "AMP002", FIX),
    "words in angle brackets": ("<path to>/aws-mfa-process --profile b", "AMP002", OURS),
    "a folder": ("/opt -m aws_mfa_process", "AMP003", OURS),
    "a file that may not be run": ("/opt/text -m aws_mfa_process", "AMP003", OURS),
    "the current folder": ("./aws-mfa-process --profile b", "AMP004", FIX),
    "a folder below it": ("bin/aws-mfa-process --profile b", "AMP004", FIX),
    "a folder above it": ("../bin/aws-mfa-process --profile b", "AMP004", FIX),
    "a tilde": ("~/bin/aws-mfa-process --profile b", "AMP005", FIX),
    "$HOME": ("$HOME/bin/aws-mfa-process --profile b", "AMP005", FIX),
    "${HOME}": ("${HOME}/x/aws-mfa-process --profile b", "AMP005", FIX),
    "%USERPROFILE%": (r"%USERPROFILE%/bin/aws-mfa-process --profile b", "AMP005", FIX),
    "a blank in the path": ("/opt/a b/aws-mfa-process --profile b", "AMP006", FIX),
    "two blanks": ("/opt/a b c/aws-mfa-process --profile b", "AMP006", FIX),
    "a blank on Windows": ("C:/Program Files/aws-mfa-process.exe --profile b", "AMP006", FIX),
    "double quotes around it all": (f'"{OURS} --profile b"', "AMP007", FIX),
    "single quotes around it all": (f"'{OURS} --profile b'", "AMP007", FIX),
    "quotes around a bare name": ('"aws-mfa-process --profile b"', "AMP007", FIX),
    "a backslash at the end": (f"{OURS} --profile b \\", "AMP008", "one line"),
    "a backslash alone": (f"{OURS} \\", "AMP008", "one line"),
    "a quotation mark that is open": (f'{OURS} --profile "b', "AMP008", "close"),
    "a comment": (f"{OURS} --profile b # mine", "AMP009", "line of its own"),
    "a comment with a semicolon": (f"{OURS} --profile b ; mine", "AMP009", "line of its own"),
    "a redirection": (f"{OURS} --profile b 2>/dev/null", "AMP009", "shell"),
    "a pipe": (f"{OURS} --profile b | cat", "AMP009", "shell"),
    "login": (f"{OURS} login prod", "AMP010", "--profile"),
    "status": (f"{OURS} status", "AMP010", "--profile"),
    "login in a module": (f"env {OURS} login --profile b", "AMP010", "--profile"),
    "no argument": (OURS, "AMP011", "--profile NAME"),
    "no argument in a shell": (f"sh -c 'exec {OURS}'", "AMP011", "--profile NAME"),
    "no profile": (f"{OURS} --region x", "AMP011", "--profile NAME"),
    "an option that is not known": (f"{OURS} --profil b", "AMP011", "did you mean --profile?"),
    "a value that cannot be": (f"{OURS} --profile b --mfa-mode x", "AMP011", ""),
}


@pytest.mark.parametrize(("line", "number", "hint"), BROKEN.values(), ids=BROKEN.keys())
def test_a_line_that_cannot_be_run_is_told(line: str, number: str, hint: str) -> None:
    """Why a line cannot be run is said with file and line, and with what mends it."""
    found = judged(f"[profile p]\nregion = x\ncredential_process = {line}\n")
    assert found.outcome == "broken"
    (verdict,) = found.verdicts
    assert verdict.id == number
    assert verdict.sentence.startswith("credential_process in ~/.aws/config line 3 ")
    assert hint in verdict.hint
    assert found.acts["boto3"] == "fails"


@pytest.mark.parametrize(
    "line",
    [
        f"{OURS} --profile b",
        "aws-mfa-process --profile b",
        '"/opt/a b/aws-mfa-process" --profile b',
        f"env AWS_REGION=x {OURS} --profile b",
        f"sh -c '{OURS} --profile b'",
        "sh -c '~/bin/aws-mfa-process --profile b'",
    ],
)
def test_a_line_that_can_be_run_is_served(line: str) -> None:
    """A line that every SDK runs, directly or inside of another program, has nothing to say."""
    found = judged(f"[profile p]\ncredential_process = {line}\n")
    assert found == Judgement("p", "served")
    assert set(found.acts.values()) == {"us"}


@pytest.mark.parametrize(
    "line",
    [
        f"sh -c 'cd / && {OURS} --profile b'",
        f"sh -c '{OURS} --profile b | cat'",
        f"sh -c '{OURS} --profile b --region $HERE'",
    ],
)
def test_words_that_cannot_be_known_name_the_keys(line: str) -> None:
    """Where only a shell can tell the words, that is said, and the profile with the keys named."""
    found = judged(f"[profile b]\nmfa_serial = x\n[profile p]\ncredential_process = {line}\n")
    assert (found.outcome, found.verdicts[0].id) == ("opaque", "AMP024")
    assert found.verdicts[0].hint.startswith("use b instead: aws-mfa-process login b")


class Shadowed(NamedTuple):
    """What stands beside our line, and what is to be said."""

    beside: str
    id: str
    says: str
    credentials: str = ""
    outcome: str = "shadowed"


SHADOWED = {
    "keys in the credentials file": Shadowed(
        "",
        "AMP012",
        "~/.aws/credentials line 3 beside our line: boto3, the AWS CLI,",
        f"\n[p]\n{KEYS}",
    ),
    "half a pair": Shadowed(
        "", "AMP013", "boto3, the AWS CLI and Go fail", "[p]\naws_access_key_id=A\n"
    ),
    "keys in the config file": Shadowed(KEYS, "AMP014", "JavaScript, Go and Ruby use the keys"),
    "a role": Shadowed(f"role_arn = {ADMIN}\n", "AMP015", "Go assumes the role with the answer"),
    "a role with a device": Shadowed(
        f"role_arn = {ADMIN}\nmfa_serial = {SERIAL}\n", "AMP015", "Go, Ruby, Rust and .NET fail"
    ),
    "a role from another profile": Shadowed(
        f"role_arn = {ADMIN}\nsource_profile = b\n", "AMP016", "Go and .NET fail"
    ),
    "a role from another profile, with a device": Shadowed(
        f"role_arn = {ADMIN}\nsource_profile = b\nmfa_serial = {SERIAL}\n",
        "AMP016",
        "boto3 and the AWS CLI ask for a code themselves",
    ),
    "a role from itself": Shadowed(
        f"role_arn = {ADMIN}\nsource_profile = p\n", "AMP016", "the profile itself"
    ),
    "a role from the environment": Shadowed(
        f"role_arn = {ADMIN}\ncredential_source = Environment\n", "AMP016", "Go fails"
    ),
    "a source without a role": Shadowed(
        "source_profile = b\n", "AMP017", "Go and .NET fail", outcome="shadowed"
    ),
    "several devices of a role": Shadowed(
        f"role_arn = {ADMIN}\nsource_profile = b\nmfa_serial = {SERIAL} {SERIAL}2\n",
        "AMP016",
        "boto3, the AWS CLI, JavaScript, Go and .NET fail",
    ),
    "a device": Shadowed(f"mfa_serial = {SERIAL}\n", "AMP018", ".NET fails", outcome="served"),
    "an external id": Shadowed("external_id = x\n", "AMP018", ".NET fails", outcome="served"),
    "a session name": Shadowed("role_session_name = x\n", "AMP018", ".NET", outcome="served"),
    "SSO": Shadowed("sso_account_id = 1\nsso_role_name = x\n", "AMP019", "JavaScript runs it"),
    "a part of SSO": Shadowed("sso_start_url = https://x\n", "AMP019", "Go fails"),
    "an SSO session": Shadowed("sso_session = x\n[sso-session x]\n", "AMP019", "Go fails"),
    "an SSO session of no section": Shadowed(
        "sso_session = x\n", "AMP019", "boto3, the AWS CLI and Go fail; JavaScript runs"
    ),
    "a web identity": Shadowed(
        f"web_identity_token_file = /x\nrole_arn = {ADMIN}\n", "AMP020", "take that"
    ),
    "a web identity without a role": Shadowed(
        "web_identity_token_file = /x\n", "AMP020", "Go fail"
    ),
    "aws login": Shadowed("login_session = x\n", "AMP021", "take that and never run this program"),
}


@pytest.mark.parametrize("case", SHADOWED.values(), ids=SHADOWED.keys())
def test_what_goes_before_our_line_is_told(case: Shadowed) -> None:
    """What stands beside our line is said with its place and what each SDK makes of it."""
    found = judged(f"[profile p]\n{LINE}{case.beside}", case.credentials)
    verdict = found.verdicts[0]
    assert (found.outcome, verdict.id) == (case.outcome, case.id)
    assert case.says in verdict.sentence
    assert " line 3" in verdict.sentence or "line 2" in verdict.sentence
    assert SECRET not in f"{verdict.sentence}{verdict.hint}"
    assert verdict.hint


def test_what_is_first_for_boto3_comes_first() -> None:
    """Of several things beside our line the one that counts is told first; each SDK has its own."""
    found = judged(f"[profile p]\n{LINE}role_arn = {ADMIN}\nsource_profile = b\n", f"[p]\n{KEYS}")
    assert [verdict.id for verdict in found.verdicts] == ["AMP016", "AMP012"]
    assert (found.acts["boto3"], found.acts["Ruby"]) == ("role", "keys")


@pytest.mark.parametrize(
    "config",
    [
        f"[profile p]\nrole_arn = {ADMIN}\nmfa_serial = {SERIAL}\n",
        f"[profile p]\nrole_arn = {ADMIN}\nmfa_serial = {SERIAL}\nsource_profile = b\n",
        f"[profile p]\nrole_arn = {ADMIN}\nmfa_serial = {SERIAL}\n[profile q]\n{LINE}",
    ],
)
def test_a_profile_with_mfa_and_no_line_is_not_yet_served(config: str) -> None:
    """A role with a device and no line of ours is named, with the command that serves it."""
    found = judged(config)
    assert (found.outcome, found.verdicts[0].id) == ("unserved", "AMP023")
    assert found.verdicts[0].hint == "aws-mfa-process setup p"


@pytest.mark.parametrize(
    ("config", "outcome"),
    [
        (f"[profile p]\nmfa_serial = {SERIAL}\n", "source"),
        (f"[profile p]\nrole_arn = {ADMIN}\nmfa_serial = {SERIAL}\n[profile q]\n{{}}", "source"),
        ("[profile p]\n[profile q]\n{}", "source"),
        ("[profile p]\nregion = x\n", "foreign"),
        ("[profile p]\ncredential_process = aws-vault export p\n", "foreign"),
        (f"[profile p]\nrole_arn = {ADMIN}\nsource_profile = b\n", "foreign"),
    ],
)
def test_what_is_ours_alone_and_what_is_not_ours_has_nothing_to_say(
    config: str, outcome: str
) -> None:
    """A profile that only our lines name, and one that has no MFA, are left alone."""
    wrapping = LINE.replace("--profile b", "--profile p")
    assert judged(config.replace("{}", wrapping)) == Judgement("p", outcome)  # type: ignore[arg-type]


READ = {
    "a comment": ("[profile p]\nregion = x # y\n", "", "AMP041", "'x # y', JavaScript and Go 'x'"),
    "a comment with a semicolon": ("[default]\noutput = json ; y\n", "", "AMP041", "'json ; y'"),
    "a comment behind a secret": ("", f"[p]\naws_secret_access_key = {SECRET} # y\n", "AMP041", ""),
    "both defaults": ("[profile default]\n[default]\n", "", "AMP042", "take [default], the later"),
    "both, the other way": ("[default]\n[profile default]\n", "", "AMP042", "lines 1 and 2"),
    "both, one quoted": ('[profile "default"]\n[default]\n', "", "AMP042", "lines 1 and 2"),
    "a colon": ("[profile p]\nregion : x\n", "", "AMP043", "JavaScript does not"),
    "a colon and no blank": ("[profile p]\nregion:x\n", "", "AMP043", "write region = …"),
    "a colon before =": ("", "[p]\naws_access_key_id: A=\n", "AMP043", "JavaScript does not"),
    "blanks inside": ("[ profile p ]\nregion = x\n", "", "AMP044", "[ profile p ] in"),
    "blanks in default": ("[ default ]\n", "", "AMP044", "write [default]"),
    "two blanks": ("[profile  p]\n", "", "AMP044", "boto3 and the AWS CLI read it as [profile p]"),
    "blanks in the credentials file": ("", "[ p ]\n", "AMP044", "write [p]"),
    "a name with !": ("[profile p!]\n", "", "AMP045", "JavaScript sees no such profile"),
    "a quoted name": ('[profile "p"]\n', "", "AMP045", "Go sees no such profile"),
    "a quoted name with a blank": ('[profile "my p"]\n', "", "AMP045", "JavaScript and Go see no"),
    "a name with a blank in the credentials file": ("", "[my p]\n", "AMP045", "'my p'"),
    "a deeper indent": ("[profile p]\nregion = x\n  mfa_serial = y\n", "", "AMP046", "mfa_serial"),
    "two deeper indents": ("[profile p]\noutput = x\n a = b\n c = d\n", "", "AMP046", "a stands"),
    "a tab": ("[profile p]\nregion = x\n\trole_arn = y\n", "", "AMP046", "let role_arn start"),
    "no word profile": ("[prod]\nregion = x\n", "", "AMP047", "write [profile prod]"),
    "no word profile, a role": (f"[a]\nrole_arn = {ADMIN}\n", "", "AMP047", "want [profile a]"),
    "no word profile, a line": (f"[b]\n{LINE}", "", "AMP047", "want [profile b]"),
    "a misspelt word": ("[profil e]\nregion = x\n", "", "AMP047", "write [profile e]"),
    "a misspelt word and no name": ("[profil ?]\n", "", "AMP047", "write [profile NAME]"),
    "a capital": ("[Profile big]\n", "", "AMP047", "[Profile big] in"),
    "a plural": ("[profiles p]\n", "", "AMP047", "boto3 and the AWS CLI read [profiles p] in"),
    "two words": (f"[prod eu]\nrole_arn = {ADMIN}\n", "", "AMP047", "write [profile prod-eu]"),
    "a capital default": ("[Default]\nregion = x\n", "", "AMP047", "write [default]"),
    "no name": ("[profile]\nregion = x\n", "", "AMP049", "has no name"),
    "the word profile": ("", "[profile prod]\n", "AMP048", "write [prod]"),
    "a name with a blank": ("[profile my p]\n", "", "AMP049", "write [profile my-p]"),
    "three words": ("[profile my own p]\n", "", "AMP049", "Go reads 'my own p'"),
    "a mark that is open": ("[profile bob's p]\n", "", "AMP049", "see no profile there"),
    "a mark and no blank": ("[profile it's]\n", "", "AMP049", "has an open quotation mark or"),
    "what to write for a mark": ("[profile it's]\n", "", "AMP049", "write [profile it-s],"),
    "a source alone": ("[profile p]\nsource_profile = b\n", "", "AMP050", "Go fails"),
    "an empty source": ("[profile p]\nsource_profile =\n", "", "AMP051", "is empty"),
    "an empty source of a role": (
        f"[profile p]\nrole_arn = {ADMIN}\nsource_profile = \n",
        "",
        "AMP051",
        "a profile without a name",
    ),
    "mfa_serail": ("[profile p]\nmfa_serail = x\n", "", "AMP053", "did you mean mfa_serial?"),
    "role-arn": ("[profile p]\nrole-arn = x\n", "", "AMP053", "did you mean role_arn?"),
    "credentials_process": (
        "[profile p]\ncredentials_process = x\n",
        "",
        "AMP053",
        "credential_pr",
    ),
}


@pytest.mark.parametrize(
    ("config", "credentials", "number", "says"), READ.values(), ids=READ.keys()
)
def test_what_is_read_differently_is_told(
    config: str, credentials: str, number: str, says: str
) -> None:
    """What SDKs read differently is quoted with its place, both readings and what to write."""
    found = misread(view_of(config, credentials))
    verdict = found[0]
    assert verdict.id == number
    assert says in f"{verdict.sentence}; {verdict.hint}"
    assert SECRET not in repr(found)
    assert verdict.hint


@pytest.mark.parametrize(
    "config",
    [
        "# [prod]\n[default]\nregion = x\n\n[profile a.b-c_1@x]\ns3 =\n  max_queue_size = 5\n",
        "[preview]\ncloudfront = y\n[sso-session x]\nsso_region = y\n[services s]\ns3 =\n a = b\n",
        "[profile p]\n  region = x\n  output = json\n",
        "[profile p]\nmfa_process = sh -c 'x ; y'\nsts_regional_endpoints = a\nretry_mode = a\n",
        f"[profile p]\nrole_arn = {ADMIN}\nsource_profile = b\nduration_seconds = 900\n",
        "[p]\nx = y\n[profile]\n",
        "[sso_session x]\nsso_start_url = y\n",
    ],
)
def test_what_all_read_alike_is_left_alone(config: str) -> None:
    """Ordinary files have nothing to say."""
    assert misread(view_of(config)) == []


@pytest.mark.parametrize("kind", ["file", "program"])
def test_a_file_in_the_place_of_the_folder_is_told(kind: PathKind) -> None:
    """Where .aws is a file, that is why no profile is found."""
    view = view_of("", paths={"/home/alice/.aws": kind})
    assert [verdict.id for verdict in misread(view)] == ["AMP052"]
    assert missing("p", view).startswith("~/.aws is a file")


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("prdo", "did you mean prod? Else add [profile prdo] to ~/.aws/config"),
        ("PROD", "did you mean prod? Else add [profile PROD] to ~/.aws/config"),
        ("prod-admim", "did you mean prod-admin? Else add [profile prod-admim] to ~/.aws/config"),
        ("nobody", "add [profile nobody] to ~/.aws/config, or begin with aws-mfa-process setup"),
        ("dev", "[dev] in ~/.aws/config line 3 is no profile for"),
        ("my p", "[profile my p] in ~/.aws/config line 5 has a blank in its name:"),
    ],
)
def test_the_profile_that_was_meant_is_named(name: str, hint: str) -> None:
    """The hint for a profile that does not exist is what was probably meant."""
    view = view_of("[profile prod]\n[profile prod-admin]\n[dev]\nregion = x\n[profile my p]\n")
    assert missing(name, view).startswith(hint)


def test_keys_in_the_shell_are_one_note() -> None:
    """AWS_ACCESS_KEY_ID in the environment is told once, and only then."""
    environ = {**ENVIRON, "AWS_ACCESS_KEY_ID": "AKIAX"}
    (verdict,) = in_shell(view_of("", environ=environ))
    assert verdict.id == "AMP022"
    assert "unset AWS_ACCESS_KEY_ID" in verdict.hint
    assert in_shell(view_of("")) == []


def test_all_profiles_are_judged_in_the_order_of_their_names() -> None:
    """Profiles of both files are judged, each once."""
    found = judge_all(view_of(f"[profile z]\n{LINE}[profile b]\n[default]\n", f"[a]\n{KEYS}[z]\n"))
    assert [judgement.profile for judgement in found] == ["a", "b", "default", "z"]


def test_without_a_home_paths_are_whole() -> None:
    """Where no home is known, a file is named by its whole path."""
    view = view_of("[prod]\nregion = x\n", environ={})
    assert "in /home/alice/.aws/config line 1" in misread(view)[0].sentence
