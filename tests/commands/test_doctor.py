"""What ``doctor`` finds: each check is broken alone; and what it mends."""

import json
import os
import re
import shutil
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from aws_mfa_process import PRACTICE_KEYRING_VARIABLE
from aws_mfa_process.commands.checks.why import DOCS, page, why
from aws_mfa_process.sandbox.server.sandbox import Sandbox
from aws_mfa_process.store.cache import Cache
from aws_mfa_process.store.lock import Lock
from support.beside import beside
from support.home import PROGRAM, Home, assert_pasteable, assert_refused
from support.keyring import Keyring
from support.loopback import Refusing
from support.parts import missing, need
from support.practice import PracticeAWS, actions
from support.prepared import Prepared
from support.raw import Raw
from support.terminal import answer_prompt

ROOT = Path(__file__).parents[2]
KEYS = "bastion-keys"
ADMIN = "arn:aws:iam::222222222222:role/Admin"
SERIAL = "arn:aws:iam::111111111111:mfa/alice"
LINE = f"credential_process = {PROGRAM} --profile {KEYS}"
PAIR = "aws_access_key_id = AKIAIOSFODNN7OTHERS\naws_secret_access_key = of-another-key\n"
OTHER_UID = 1


def _fill(home: Home, sandbox: PracticeAWS) -> None:
    home.environ[PRACTICE_KEYRING_VARIABLE] = str(home.path / "practice-keyring")
    assert home.run("import", KEYS, "--yes").status == 0
    assert home.run("login", "prod", "--mfa-code", sandbox.code()).status == 0


@pytest.fixture(scope="module")
def _prepared(
    _sandbox_of_the_session: PracticeAWS, tmp_path_factory: pytest.TempPathFactory
) -> Prepared:
    return Prepared(tmp_path_factory.mktemp("well") / "home", _sandbox_of_the_session, _fill)


@pytest.fixture
def well(_prepared: Prepared, home: Home, sandbox: PracticeAWS) -> Home:
    """A home in which nothing is wrong: the key in the keyring, a session, and a role in use."""
    _prepared.copy(home, sandbox)
    sandbox.set_key_age(0)
    home.environ[PRACTICE_KEYRING_VARIABLE] = str(home.path / "practice-keyring")
    return home


def report(home: Home, *arguments: str, **environ: str) -> dict[str, Any]:
    """Return what it says, as JSON."""
    done = home.run("doctor", "--json", *arguments, environ=environ)
    assert done.err == "", done
    found: dict[str, Any] = json.loads(done.out)
    assert done.status == bool(found["findings"]), done
    for finding in found["findings"]:
        assert_pasteable(finding["hint"])
    return found


def ids(home: Home, *arguments: str, **environ: str) -> list[str]:
    """Return the ids of what is wrong."""
    return [finding["id"] for finding in report(home, *arguments, **environ)["findings"]]


def change(home: Home, old: str, new: str, count: int = 1) -> None:
    """Change the config file."""
    path = home.aws / "config"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, count), encoding="utf-8")


def more(home: Home, text: str, name: str = "config") -> None:
    """Add to a file."""
    with (home.aws / name).open("a", encoding="utf-8") as file:
        file.write(text)


def in_prod(home: Home, text: str, profile: str = "prod") -> None:
    """Add settings to the profile ``prod``, or to another one."""
    change(home, f"[profile {profile}]\n", f"[profile {profile}]\n{text}\n")


def line(home: Home, program: str, profile: str = "prod") -> None:
    """Let the line of ``prod``, or of another profile, name another program."""
    text = (home.aws / "config").read_text(encoding="utf-8")
    head, start, rest = text.partition(f"[profile {profile}]\n")
    (home.aws / "config").write_text(head + start + rest.replace(PROGRAM, program, 1))


def test_nothing_is_wrong(well: Home, sandbox: Sandbox) -> None:
    """One line, exit status 0, nothing asked, and AWS only read."""
    calls = len(sandbox.calls)
    done = well.run("doctor")
    assert (done.status, done.err) == (0, "")
    assert re.fullmatch(r"Nothing is wrong, \d\d things are right\n", done.out)
    asked = {"GetCallerIdentity", "ListMFADevices", "ListAccessKeys"}
    assert set(actions(sandbox)[calls:]) == asked
    assert well.run("doctor", "prod").status == 0


class Settings(NamedTuple):
    """A way to break one profile, and what is found of it then; its name stands for {}."""

    id: str
    do: Callable[[Home, str], object]
    hint: str


class Broken(NamedTuple):
    """A way to break one thing, and what is found then."""

    id: str
    do: Callable[[Home], object]
    hint: str
    environ: Mapping[str, str] = {}


def _folder(home: Home, name: str) -> Path:
    folder = home.path / name
    folder.mkdir()
    return folder


def _moved(home: Home, profile: str = "prod") -> None:
    line(home, "/opt/old-place/aws-mfa-process", profile)


def _script(home: Home, text: str, folder: str) -> str:
    path = _folder(home, folder) / "aws-mfa-process"
    path.write_text(f'#!/bin/sh\n{text}\nexec {PROGRAM} "$@"\n')
    path.chmod(0o755)
    return str(path)


def _not_executable(home: Home, profile: str) -> None:
    path = Path(_script(home, "", "no-programs"))
    path.chmod(0o644)
    line(home, str(path), profile)


def _old_script(home: Home, profile: str) -> None:
    line(home, _script(home, "# from pkg_resources import load_entry_point", "old"), profile)


def _blank(home: Home, profile: str, quote: str = "") -> None:
    folder = _folder(home, f"my programs of {profile}")
    (folder / "aws-mfa-process").symlink_to(PROGRAM)
    line(home, f"{quote}{folder}/aws-mfa-process{quote}", profile)


def _no_folder(home: Home) -> None:
    shutil.rmtree(home.cache)
    home.cache.write_text("")


def _keys_in_config(home: Home, profile: str) -> None:
    in_prod(home, PAIR, profile)
    (home.aws / "config").chmod(0o600)


def _both(home: Home) -> None:
    (home.aws / "credentials").write_text(f"[{KEYS}]\n{PAIR}", encoding="utf-8")


def _endpoint(home: Home) -> str:
    found = re.search("endpoint_url = (.*)", _config(home))
    assert found
    return found[1]


def _unserved(home: Home) -> None:
    settings = (
        f"role_arn = {ADMIN}",
        f"source_profile = {KEYS}",
        f"mfa_serial = {SERIAL}",
        f"endpoint_url = {_endpoint(home)}",
    )
    more(home, "\n".join(["[profile legacy]", *settings, ""]))


def _legacy(home: Home, *settings: str) -> None:
    more(home, "\n".join(["[profile legacy]", f"role_arn = {ADMIN}", *settings, ""]))


def _unserved_loop(home: Home) -> None:
    _legacy(home, "source_profile = legacy2", f"mfa_serial = {SERIAL}")
    more(home, f"[profile legacy2]\nrole_arn = {ADMIN}\nsource_profile = legacy\n")


def _long_term(home: Home) -> None:
    more(home, f"[other-long-term]\n{PAIR}", "credentials")
    (home.aws / "credentials").chmod(0o600)


def _devices(home: Home) -> None:
    change(home, f"--role-arn {ADMIN}", f"--role-arn {ADMIN} --mfa-serial {SERIAL}2")
    assert home.run("logout", "--all").status == 0  # else AWS tells that one is not the user's


def _tilde(home: Home, profile: str) -> None:
    (_folder(home, "bin") / "aws-mfa-process").symlink_to(PROGRAM)
    line(home, "~/bin/aws-mfa-process", profile)


def _torn(home: Home) -> None:
    path = next(home.cache.glob("session-*"))
    path.write_bytes(path.read_bytes()[:-5])


def _session(home: Home, mode: int) -> None:
    next(home.cache.glob("session-*")).chmod(mode)


def _left(home: Home) -> None:
    path = home.aws / "credentials.77.abcd.aws-mfa-process.tmp"
    path.write_text("of an edit")
    os.utime(path, (0, 0))


def _of_another(path: Path) -> None:
    if os.geteuid():
        missing("root, who may give files away")
    os.chown(path, OTHER_UID, OTHER_UID)


def _nobody(home: Home) -> None:
    place = re.findall(ENDPOINT, _config(home))[0]
    more(
        home,
        f"[profile console]\nregion = eu-central-1\n{place}\nlogin_session = x\n"
        f"[profile me]\nregion = eu-central-1\ncredential_process = {PROGRAM} --profile console\n",
    )


ENDPOINT = r"endpoint_url = .*"
FIX = "aws-mfa-process doctor {} --fix"


def _set(text: str) -> Callable[[Home, str], None]:
    return lambda home, profile: in_prod(home, text, profile)


def _line(program: str) -> Callable[[Home, str], None]:
    return lambda home, profile: line(home, program, profile)


BROKEN_PROFILES = {
    "moved": Settings("AMP001", _moved, FIX),
    "not-executable": Settings("AMP003", _not_executable, FIX),
    "relative": Settings("AMP004", _line("bin/aws-mfa-process"), FIX),
    "tilde": Settings("AMP005", _tilde, FIX),
    "blank": Settings("AMP006", _blank, FIX),
    "stale-keys": Settings(
        "AMP012",
        lambda home, profile: more(home, f"[{profile}]\n{PAIR}", "credentials"),
        "import {}",
    ),
    "keys": Settings("AMP014", _keys_in_config, "import {}"),
    "role_arn": Settings("AMP015", _set(f"role_arn = {ADMIN}"), "move it"),
    "source": Settings("AMP016", _set(f"role_arn = {ADMIN}\nsource_profile = {KEYS}"), "move it"),
    "sso": Settings("AMP019", _set("sso_account_id = 1\nsso_role_name = x"), "remove it"),
    "login_session": Settings("AMP021", _set("login_session = x"), "remove"),
    "old-script": Settings("AMP028", _old_script, "pipx reinstall"),
    "bare-name": Settings("AMP029", _line("aws-mfa-process"), PROGRAM),
    "quotation-marks": Settings("AMP030", _line(f'"{PROGRAM}"'), PROGRAM),
    "quoted-blank": Settings("AMP030", partial(_blank, quote='"'), "ln -s"),
    "comment": Settings("AMP041", _set("output = json # mine"), "line of its own"),
    "misspelt": Settings("AMP053", _set("duration_second = 900"), "did you"),
    "swapped-letters": Settings("AMP053", _set("regoin = eu-west-1"), "did you mean region"),
    "aws-vault": Settings("AMP066", _set("include_profile = x"), "aws-vault is gone"),
}
BROKEN = {
    "nobody signed in": Broken("AMP069", _nobody, "login console"),
    "keys in the shell": Broken("AMP022", lambda _: None, "unset AWS", {"AWS_ACCESS_KEY_ID": "x"}),
    "unserved": Broken("AMP023", _unserved, "aws-mfa-process setup"),
    "unserved in a loop": Broken("AMP054", _unserved_loop, "let source_profile"),
    "unserved, without source": Broken(
        "AMP060", lambda home: _legacy(home, f"mfa_serial = {SERIAL}"), "add source_profile"
    ),
    "unserved, with a security key": Broken(
        "AMP056",
        lambda home: _legacy(
            home,
            f"source_profile = {KEYS}",
            "mfa_serial = arn:aws:iam::111111111111:u2f/user/alice/key",
        ),
        "not from security keys",
    ),
    "key of aws-mfa": Broken("AMP037", _long_term, "import other-long-term"),
    "no such profile": Broken("AMP025", lambda _: None, "AWS_PROFILE=prod", {"AWS_PROFILE": "pro"}),
    "web identity": Broken(
        "AMP026",
        lambda _: None,
        "unset AWS_ROLE_ARN",
        {"AWS_ROLE_ARN": ADMIN, "AWS_WEB_IDENTITY_TOKEN_FILE": "/x"},
    ),
    "no such file": Broken(
        "AMP027", lambda _: None, "unset", {"AWS_SHARED_CREDENTIALS_FILE": "/nowhere/credentials"}
    ),
    "unreachable": Broken(
        "AMP032",
        lambda home: home.aws.joinpath("config").write_text(
            re.sub(ENDPOINT, "endpoint_url = http://127.0.0.1:9", _config(home))
        ),
        "check network",
    ),
    "bundle": Broken(
        "AMP032",
        lambda home: home.aws.joinpath("config").write_text(
            re.sub(
                ENDPOINT, "endpoint_url = https://127.0.0.1:9\nca_bundle = /nowhere", _config(home)
            )
        ),
        "certificates",
    ),
    "proxy": Broken(
        "AMP032",
        lambda home: home.aws.joinpath("config").write_text(
            re.sub(ENDPOINT, "endpoint_url = http://sts.example:9", _config(home))
        ),
        "",
        {"http_proxy": "http://127.0.0.1:9"},
    ),
    "region of another partition": Broken(
        "AMP033",
        lambda home: change(
            home, "[profile prod]\nregion = eu-central-1", "[profile prod]\nregion = cn-north-1"
        ),
        "region of aws",
    ),
    "role of another partition": Broken(
        "AMP033",
        lambda home: change(
            home, "arn:aws:iam::222222222222:role", "arn:aws-cn:iam::222222222222:role"
        ),
        "one partition",
    ),
    "no keyring": Broken("AMP034", lambda _: None, "pip install", {PRACTICE_KEYRING_VARIABLE: ""}),
    "in both stores": Broken("AMP038", _both, f"import {KEYS}"),
    "no device": Broken(
        "AMP055", lambda home: change(home, f"mfa_serial = {SERIAL}", ""), "add mfa_serial"
    ),
    "several devices": Broken("AMP057", _devices, "a code of its own"),
    "loop": Broken(
        "AMP054",
        lambda home: more(
            home,
            f"[profile one]\ncredential_process = {PROGRAM} --profile two\n"
            f"[profile two]\ncredential_process = {PROGRAM} --profile one\n",
        ),
        "let source_profile",
    ),
    "malformed device": Broken(
        "AMP056", lambda home: change(home, SERIAL, SERIAL.replace("mfa/", "user/")), SERIAL
    ),
    "security key": Broken(
        "AMP056",
        lambda home: change(home, SERIAL, SERIAL.replace(":mfa/", ":u2f/user/")),
        "add a virtual device",
    ),
    "no such source": Broken(
        "AMP060", lambda home: change(home, f"--profile {KEYS}", "--profile other"), "add [profile"
    ),
    "byte order mark": Broken(
        "AMP061",
        lambda home: home.aws.joinpath("config").write_text("\ufeff" + _config(home)),
        "mend the line",
    ),
    "too long": Broken(
        "AMP059",
        lambda home: change(
            home,
            f"--role-arn {ADMIN}",
            f"--role-arn {ADMIN} --duration-seconds 7200 --mfa-mode session",
        ),
        "lower duration_seconds",
    ),
    "open entry": Broken("AMP063", lambda home: _session(home, 0o644), "doctor --fix"),
    "open folder": Broken("AMP063", lambda home: home.cache.chmod(0o755), "doctor --fix"),
    "torn": Broken("AMP064", _torn, "doctor --fix"),
    "left by an edit": Broken("AMP064", _left, "doctor --fix"),
    "of sudo": Broken(
        "AMP062", lambda home: _of_another(next(home.cache.glob("session-*"))), "sudo chown"
    ),
    "folder of sudo": Broken("AMP062", lambda home: _of_another(home.cache), "sudo chown -R"),
    "no folder": Broken("AMP062", _no_folder, "XDG_CACHE_HOME"),
    "config of sudo": Broken("AMP062", lambda home: _of_another(home.aws / "config"), "sudo"),
    "window only": Broken(
        "AMP067",
        lambda home: change(home, "mfa_serial =", "mfa_prompt = dialog\nmfa_serial ="),
        "mfa_prompt = auto",
    ),
    "desktop without a program": Broken(
        "AMP067", lambda _: None, "install zenity", {"DISPLAY": ":77", "PATH": "/nowhere"}
    ),
}


def _config(home: Home) -> str:
    return (home.aws / "config").read_text(encoding="utf-8")


def assert_is_told(finding: Mapping[str, str], hint: str) -> None:
    """Check that a finding has its sentence, why it hurts, a remedy and a page that exists."""
    assert hint in finding["hint"], finding
    assert finding["sentence"]
    assert finding["why"]
    assert (ROOT / "docs" / finding["page"].removeprefix(f"{DOCS}/")).is_file()


def test_what_is_broken_in_a_profile_is_found(well: Home) -> None:
    """Of each profile, broken in one way, that and nothing else; nothing is wrong with others."""
    section = re.search(r"\[profile prod\]\n[^[]*", _config(well))
    assert section
    for name in BROKEN_PROFILES:
        more(well, section[0].rstrip().replace("profile prod", f"profile {name}").join("\n\n"))
    assert ids(well) == []
    for name, broken in BROKEN_PROFILES.items():
        broken.do(well, name)
    found = report(well)["findings"]
    assert sorted((it["profile"], it["id"]) for it in found) == sorted(
        (name, broken.id) for name, broken in BROKEN_PROFILES.items()
    )
    for finding in found:
        assert_is_told(finding, BROKEN_PROFILES[finding["profile"]].hint.format(finding["profile"]))


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_is_found(well: Home, name: str) -> None:
    """That and nothing else: with its sentence, why it hurts, a remedy and a page that exists."""
    broken = BROKEN[name]
    broken.do(well)
    found = report(well, **broken.environ)["findings"]
    is_folder = name in ("open folder", "folder of sudo", "no folder")
    also = {"AMP060"} if is_folder else set()  # what is in it counts as missing
    assert {finding["id"] for finding in found} - also == {broken.id}, found
    finding = next(finding for finding in found if finding["id"] == broken.id)
    assert_is_told(finding, broken.hint)


def test_a_role_below_a_sign_in_is_not_sent_to_setup(well: Home) -> None:
    """`setup` leaves it as it is, so that is no remedy."""
    _legacy(well, "source_profile = console", f"mfa_serial = {SERIAL}")
    more(well, "[profile console]\nlogin_session = x\n")
    found = next(it for it in report(well)["findings"] if it["id"] == "AMP023")
    assert "profile console, where it begins, signs in" in found["sentence"]
    assert "whose line says --profile legacy" in found["hint"]


def test_a_name_that_no_line_can_have_is_not_sent_to_setup(well: Home) -> None:
    """`setup` leaves it as it is until it has another name."""
    settings = f"role_arn = {ADMIN}\nsource_profile = {KEYS}\nmfa_serial = {SERIAL}\n"
    more(well, f'[profile "my role"]\n{settings}endpoint_url = {_endpoint(well)}\n')
    found = next(it for it in report(well)["findings"] if it["id"] == "AMP023")
    assert found["hint"].startswith("give it a name of letters")


def test_a_key_in_plaintext_is_found(practice: Home, sandbox: PracticeAWS) -> None:
    """It is asked whose it is: with its own device nothing else is wrong."""
    practice.environ[PRACTICE_KEYRING_VARIABLE] = str(practice.path / "practice-keyring")
    sandbox.set_key_age(0)
    (finding,) = report(practice)["findings"]
    assert (finding["id"], finding["profile"]) == ("AMP037", KEYS)
    assert "~/.aws/credentials line 2" in finding["sentence"]
    change(practice, SERIAL, f"{SERIAL}-of-bob")
    *_, other = (it for it in report(practice)["findings"] if it["id"] != "AMP037")
    assert other["id"] == "AMP058"
    assert other["hint"] == f"write mfa_serial = {SERIAL}"
    change(practice, f"mfa_serial = {SERIAL}-of-bob", "")
    without = next(it for it in report(practice, "prod")["findings"] if it["id"] == "AMP055")
    assert without["hint"] == f"add mfa_serial = {SERIAL} to profile {KEYS}"
    secret = sandbox.secret_access_key
    assert secret not in practice.run("doctor").out + practice.run("doctor", "--json").out


def test_a_mend_needs_no_keyring_that_is_not_there(
    practice: Home, sandbox: PracticeAWS, tmp_path: Path
) -> None:
    """Nothing is moved into it before there is one; with one, commands are joined for a shell."""
    sandbox.set_key_age(365.5 * 86400)
    assert practice.run("login", "prod", "--mfa-code", sandbox.code()).status == 0
    more(practice, f"[dev]\n{PAIR}", "credentials")
    environ = {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}
    found = {it["id"]: it["hint"] for it in report(practice, **environ)["findings"]}
    first = "get a system keyring first, and then: "
    assert set(found) == {"AMP012", "AMP034", "AMP037", "AMP039"}
    assert found["AMP012"] == "move the keys to another profile"
    assert found["AMP037"] == f"{first}aws-mfa-process import {KEYS}"
    both = f"aws-mfa-process import {KEYS} && aws-mfa-process rotate {KEYS}"
    assert found["AMP039"] == f"{first}{both}"
    environ = {PRACTICE_KEYRING_VARIABLE: str(tmp_path / "keyring")}
    found = {it["id"]: it["hint"] for it in report(practice, **environ)["findings"]}
    assert (found["AMP037"], found["AMP039"]) == (f"aws-mfa-process import {KEYS}", both)


def test_a_key_that_is_old(well: Home, sandbox: PracticeAWS) -> None:
    """By IAM where a session is alive, else by when it was stored."""
    sandbox.set_key_age(365.5 * 86400)
    (finding,) = report(well)["findings"]
    assert (finding["id"], finding["sentence"]) == ("AMP039", "its key is 365 days old")
    assert well.run("logout", "--all").status == 0
    assert ids(well) == []
    entry = ["AKIAIOSFODNN7EXAMPLE", "practice keyring", int(time.time()) - 91 * 86400 - 60]
    Cache(str(well.cache)).write("keys", {"index": 2}, {KEYS: entry})
    (finding,) = report(well)["findings"]
    assert (finding["id"], finding["sentence"]) == ("AMP039", "its key has been stored for 91 days")
    assert finding["hint"] == f"aws-mfa-process rotate {KEYS}"


def test_what_has_failed_is_told(well: Home, sandbox: Sandbox) -> None:
    """A refusal of AWS, until it is followed by a success."""
    sandbox.fail("AssumeRole", "http503", times=2)
    assert well.run("--profile", KEYS, "--role-arn", sandbox.role_arns["Developer"]).status == 1
    (finding,) = report(well)["findings"]
    assert (finding["id"], finding["profile"]) == ("AMP040", "dev")
    assert "503" in finding["sentence"]
    assert well.run("--profile", KEYS, "--role-arn", sandbox.role_arns["Developer"]).status == 0
    assert ids(well) == []


@pytest.mark.parametrize("answers", [("abc", "abc", "abc"), ("\x03",)])
def test_what_a_person_did_is_nothing_wrong(well: Home, answers: tuple[str, ...]) -> None:
    """Who cancels, or gives no code, has broken nothing."""
    assert well.run("logout", "--all").status == 0
    terminal = well.terminal("--profile", KEYS)
    for answer in answers:
        answer_prompt(terminal, answer)
    terminal.read()
    assert "failed at" in well.run("status").out
    assert ids(well) == []


def test_what_has_failed_a_device_is_one_thing(well: Home, sandbox: Sandbox) -> None:
    """It counts once, and its device is named."""
    assert well.run("logout", "--all").status == 0
    sandbox.fail("GetSessionToken", "http503", times=4)
    assert well.run("--profile", KEYS, "--mfa-code", sandbox.code(1)).status == 1
    (finding,) = report(well)["findings"]
    assert (finding["id"], finding["profile"]) == ("AMP040", "")
    assert finding["sentence"].startswith("alice, 5 profiles: the last try failed: ")
    assert well.run("doctor").out.startswith("1 thing is wrong, ")


def test_a_life_over_the_maximum_of_the_role_is_told(well: Home, sandbox: Sandbox) -> None:
    """AWS alone knows it: it is told after the first try."""
    developer = sandbox.role_arns["Developer"]
    change(well, f"--role-arn {developer}", f"--role-arn {developer} --duration-seconds 7200")
    assert ids(well) == []
    assert well.run("login", "dev", "--mfa-code", sandbox.code(1)).status == 1
    (finding,) = report(well)["findings"]
    assert (finding["id"], finding["profile"]) == ("AMP040", "dev")
    assert "duration_seconds" in finding["sentence"] + finding["hint"]


@pytest.mark.parametrize(
    ("seconds", "told"), [(360, "6 minutes behind"), (-7200, "120 minutes ahead of"), (0, "")]
)
def test_the_clock_is_compared(well: Home, seconds: float, told: str) -> None:
    """By the ``Date`` of a refusal of STS, which is called without a signature."""
    with Refusing("AccessDenied", seconds) as server:
        change(well, _endpoint(well), server.url, 9)
        found = report(well)["findings"]
    assert [finding["id"] for finding in found] == (["AMP031"] if told else [])
    assert all(told in finding["sentence"] for finding in found)


def test_an_sts_that_is_silent_is_not_waited_for(well: Home) -> None:
    """It is given three seconds; then the clock could not be compared, and that is said."""
    with Raw(b"", heard_bytes=10**6) as server:
        change(well, _endpoint(well), server.url, 9)
        found = report(well)
    (finding,) = found["findings"]
    assert finding["id"] == "AMP032"
    assert finding["sentence"].endswith("did not answer within 3 seconds")
    told = "the clock was not compared: no answer of STS tells the time"
    assert found["not_checked"][0] == told
    assert f"\nNot checked: {told}.\n" in well.run("doctor").out


def test_a_lock_that_is_held_for_too_long(well: Home) -> None:
    """Who holds it is named; one that is held for a moment is none."""
    with Lock(str(well.cache / f"lock-{'0' * 32}")) as lock:
        assert lock.try_acquire()
        lock.note_holder()
        assert ids(well) == []
        os.utime(lock.path, (0, 0))
        (finding,) = report(well)["findings"]
    assert (finding["id"], finding["hint"]) == ("AMP065", f"kill {os.getpid()}")
    assert ids(well) == []


def test_a_keyring_that_is_locked(practice: Home, keyring: Keyring, sandbox: PracticeAWS) -> None:
    """It is not unlocked to look."""
    sandbox.set_key_age(0)
    assert practice.run("import", KEYS, "--yes").status == 0
    assert practice.run("login", "prod", "--mfa-code", sandbox.code()).status == 0
    assert ids(practice) == []
    keyring.lock()
    (finding,) = report(practice)["findings"]
    assert finding["id"] == "AMP036"
    assert "gnome-keyring-daemon" in finding["hint"]
    assert ids(practice) == ["AMP036"]


def test_a_keyring_that_stores_in_plaintext(well: Home, tmp_path: Path) -> None:
    """One that a person has named."""
    text = "from keyring.backends.null import Keyring\nclass PlaintextKeyring(Keyring): pass\n"
    (tmp_path / "plain.py").write_text(text, encoding="utf-8")
    program = beside(tmp_path, tmp_path / "environment")
    environ = {PRACTICE_KEYRING_VARIABLE: "", "PYTHON_KEYRING_BACKEND": "plain.PlaintextKeyring"}
    done = well.run("doctor", "--json", environ=environ, program=program)
    (finding,) = json.loads(done.out)["findings"]
    assert (finding["id"], finding["hint"].split(";")[0]) == (
        "AMP035",
        "unset PYTHON_KEYRING_BACKEND",
    )


def test_a_profile_restricts_it(well: Home) -> None:
    """Only that one and the world are looked at; one that does not exist is a mistake."""
    in_prod(well, "output = json # mine")
    assert ids(well) == ids(well, "prod") == ["AMP041"]
    assert ids(well, "dev") == []
    assert_refused(well.run("doctor", "prd"), 2, "prd does not exist", "did you mean prod?")
    more(well, "[profile web]\nregion = eu-central-1\n")
    done = well.run("doctor", "web")
    assert (done.status, done.out.splitlines()[0]) == (0, "web does not use this program.")


def _break_all(home: Home) -> None:
    """Break what can be mended, each thing once."""
    _moved(home)
    change(
        home,
        f"{LINE} --role-arn arn:aws:iam::3",
        LINE.replace(PROGRAM, "aws-mfa-process") + " --role-arn arn:aws:iam::3",
    )
    change(
        home,
        f"{LINE} --role-arn arn:aws:iam::4",
        LINE.replace(PROGRAM, f"'{PROGRAM}'") + " --role-arn arn:aws:iam::4",
    )
    _session(home, 0o644)
    _left(home)
    (home.cache / f"failure-{'0' * 32}").touch(mode=0o600)


def test_what_is_safe_is_mended(well: Home) -> None:
    """Lines of ours and our own files, to the byte as they were; it is said, and done once."""
    before = _config(well)
    _break_all(well)
    assert sorted(set(ids(well))) == ["AMP001", "AMP029", "AMP030", "AMP063", "AMP064"]
    done = well.run("doctor", "--fix")
    assert (done.status, done.err) == (0, "")
    *mended, last = done.out.splitlines()
    assert len(mended) == 6
    assert all(text.startswith("Mended: ") for text in mended)
    assert last.startswith("Nothing is wrong, ")
    assert _config(well) == before
    assert report(well, "--fix")["fixed"] == []
    assert ids(well) == []


@pytest.mark.parametrize(
    "wrong",
    [
        "/opt/my old place/aws-mfa-process --profile bastion-keys",
        f"'{PROGRAM} --profile bastion-keys'",
        f'"{PROGRAM} --profile bastion-keys"',
        '"/opt/old place/aws-mfa-process --profile bastion-keys"',
    ],
)
def test_each_way_to_write_a_path_wrong_is_mended(well: Home, wrong: str) -> None:
    """`status` names the command, which leaves the arguments as they are."""
    change(well, f"{PROGRAM} --profile bastion-keys\n", f"{wrong}\n")
    told = well.run("status").out
    assert re.search(r"\n +aws-mfa-process doctor bastion --fix\n", told)
    assert len(report(well, "bastion", "--fix")["fixed"]) == 1
    assert f"credential_process = {PROGRAM} --profile bastion-keys\n" in _config(well)
    assert ids(well) == []


def test_a_line_that_another_program_starts_is_left(well: Home) -> None:
    """Only the first word of a line is changed, and only if that is this program."""
    line(well, f"env A=1 {PROGRAM}")
    assert ids(well) == []
    change(well, f"env A=1 {PROGRAM}", "env A=1 /opt/old-place/aws-mfa-process")
    before = _config(well)
    found = report(well, "--fix")
    assert [(it["id"], it["is_fixable"]) for it in found["findings"]] == [("AMP001", False)]
    assert _config(well) == before


def test_a_line_in_both_files_is_mended_in_both(well: Home) -> None:
    """As some programs read only one of them."""
    more(well, f"[both]\n{LINE}\n", "credentials")
    more(well, f"[profile both]\n{LINE}\n")
    files = [well.aws / name for name in ("config", "credentials")]
    before = [path.read_text() for path in files]
    for path in files:
        path.write_text(path.read_text().replace(PROGRAM, "/opt/old-place/aws-mfa-process"))
    assert set(ids(well)) == {"AMP001"}
    assert len(report(well, "both", "--fix")["fixed"]) == 1
    assert report(well, "--fix")["findings"] == []
    assert [path.read_text() for path in files] == before


def test_what_others_could_write_is_removed(well: Home) -> None:
    """Nobody knows who has written it."""
    _session(well, 0o666)
    (fixed,) = report(well, "--fix")["fixed"]
    assert fixed.endswith("was removed: others could write into it")
    assert ids(well) == []


def test_a_link_is_left(well: Home) -> None:
    """It is nothing of ours, wherever it leads."""
    folder = well.path / "elsewhere"
    folder.mkdir(mode=0o755)
    (well.cache / f"session-{'0' * 32}").symlink_to(folder)
    assert report(well, "--fix")["fixed"] == []
    assert folder.stat().st_mode & 0o777 == 0o755


def test_what_cannot_be_mended_is_named(well: Home) -> None:
    """Keys are not moved, files of others not changed; the finding stays."""
    more(well, f"[prod]\n{PAIR}", "credentials")
    (well.aws / "credentials").chmod(0o644)
    before = (well.aws / "credentials").read_bytes()
    found = report(well, "--fix")
    assert [finding["id"] for finding in found["findings"]] == ["AMP012", "AMP063"]
    assert not any(finding["is_fixable"] for finding in found["findings"])
    assert found["fixed"] == []
    assert (well.aws / "credentials").read_bytes() == before
    assert (well.aws / "credentials").stat().st_mode & 0o777 == 0o644


def test_the_same_of_several_profiles_is_said_once(well: Home) -> None:
    """But it counts for each, and JSON has them all."""
    change(well, PROGRAM, "/opt/old-place/aws-mfa-process", 9)
    assert ids(well) == ["AMP001"] * 4
    first, _, one, *_ = well.run("doctor").out.splitlines()
    assert first.startswith("4 things are wrong, ")
    assert one.startswith("  AMP001  audit: ")
    assert one.endswith(" The same is wrong with bastion, dev, prod.")


def test_a_name_that_is_a_word_of_setup_is_sent_to_all_of_it(well: Home) -> None:
    """For `setup accounts` is about lists."""
    settings = f"role_arn = {ADMIN}\nsource_profile = {KEYS}\nmfa_serial = {SERIAL}\n"
    more(well, f"[profile accounts]\n{settings}endpoint_url = {_endpoint(well)}\n")
    (finding,) = report(well)["findings"]
    assert (finding["id"], finding["hint"]) == ("AMP023", "aws-mfa-process setup")


def test_two_things_of_one_profile_are_both_said(well: Home) -> None:
    """They have the same remedy, and are not the same."""
    in_prod(well, "include_profile = x\nparent_profile = y")
    told = well.run("doctor").out
    assert "  AMP066  prod: include_profile in " in told
    assert "The same is wrong" not in told


def test_it_is_shown_as_a_list(well: Home) -> None:
    """The number of things first; each with its id, what mends it, and pages at the end."""
    _moved(well)
    more(well, f"[dev]\n{PAIR}", "credentials")
    first, blank, one, mend, *rest = well.run("doctor").out.splitlines()
    assert re.fullmatch(r"2 things are wrong, \d\d are right", first)
    assert blank == ""
    assert one.startswith("  AMP012  dev: the static keys in ~/.aws/credentials line ")
    assert mend.startswith("          mend: move the keys")
    assert rest[2] == ("          mend: aws-mfa-process doctor --fix")
    assert rest[-1] == f"AMP012, AMP001: {page('AMP012')}"


@pytest.mark.parametrize("width", [60, 80, 120])
def test_it_is_drawn(well: Home, width: int) -> None:
    """On a terminal with the same words; no line but a command is wider."""
    more(well, f"[dev]\n{PAIR}", "credentials")
    script = f"read go; stty cols {width}; exec {PROGRAM} doctor"
    terminal = well.terminal("-c", script, program=need("sh"))
    terminal.sendline("")
    drawn = re.sub(r"\x1b\[[\d;]*m", "", terminal.read())
    assert terminal.wait() == 1
    lines = [text.rstrip() for text in drawn.splitlines()[1:]]
    assert all(len(text) <= width or "mend:" in text or "://" in text for text in lines)
    words = " ".join(drawn.split("\n", 1)[1].split())
    assert words == " ".join(well.run("doctor").out.split())


def test_json_is_as_the_reference_shows_it(well: Home) -> None:
    """The example in the reference has the fields that are printed."""
    text = (ROOT / "docs" / "reference" / "json.md").read_text(encoding="utf-8")
    example = re.search(r"## `doctor .*?```json\n(.*?)```", text, re.DOTALL)
    assert example is not None
    shown = json.loads(example[1])
    more(well, f"[dev]\n{PAIR}", "credentials")
    printed = report(well)
    assert shown.keys() == printed.keys()
    assert shown["findings"][0].keys() == printed["findings"][0].keys()


def test_each_verdict_says_why_it_hurts() -> None:
    """Also those that no test here breaks; and its page exists."""
    text = (ROOT / "docs" / "reference" / "verdicts.md").read_text(encoding="utf-8")
    found = re.findall(r"^\*\*(AMP\d{3})\*\*", text, re.MULTILINE)
    assert found
    for number in found:
        assert why(number)
        assert (ROOT / "docs" / page(number).removeprefix(f"{DOCS}/")).is_file()
