"""What ``status`` shows: as text, drawn on a terminal, as JSON, and in the prompt of a shell."""

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pexpect
import pytest

from aws_mfa_process.cli import command_parser
from aws_mfa_process.commands import status
from aws_mfa_process.commands.parser import parse
from aws_mfa_process.config.profiles import read_profiles
from aws_mfa_process.sandbox.server.sandbox import Sandbox
from aws_mfa_process.store.cache import Cache
from support.home import PROGRAM, Home, assert_refused
from support.parts import need
from support.practice import KEYS, role
from support.terminal import answer_prompt

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "time-in-your-prompt.md"
LONG = "a-very-long-profile-name-of-a-very-careful-person"
COLOUR = re.compile(r"\x1b\[[\d;]*m")
UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def add(home: Home, name: str, *words: str) -> None:
    """Add a profile with a line of ours."""
    with (home.aws / "config").open("a") as file:
        line = " ".join([PROGRAM, "--profile", "bastion-keys", *words])
        file.write(f"\n[profile {name}]\ncredential_process = {line}\n")


@pytest.fixture
def day(practice: Home, sandbox: Sandbox) -> Home:
    """A role in use, one that has its own code, one with a long name, and two that are not ours."""
    admin = sandbox.role_arns["Admin"]
    add(practice, "ops", "--role-arn", admin, "--duration-seconds", "28800")
    add(practice, LONG, "--role-arn", admin, "--role-session-name", "xy")
    add(practice, "old", "--role-arn", admin)
    with (practice.aws / "config").open("a") as file:
        file.write(f"[profile legacy]\nrole_arn = {admin}\nsource_profile = bastion-keys\n")
        file.write(f"mfa_serial = {sandbox.mfa_serial}\n[profile web]\nregion = x\n")
    with (practice.aws / "credentials").open("a") as file:
        file.write("[old]\naws_access_key_id = AKIAOLD\naws_secret_access_key = hidden\n")
    assert practice.run("login", "prod", "--mfa-code", sandbox.code()).status == 0
    return practice


def rows(out: str) -> dict[str, list[str]]:
    """Return the cells of the table by profile."""
    cells = [re.split(r" {2,}", line.strip()) for line in out.splitlines() if line[:2] == "  "]
    return {found[0]: found[1:] for found in cells if len(found) == 5}


def drawn(home: Home, width: int, *arguments: str) -> list[str]:
    """Return the lines that a terminal of a width shows."""
    script = f"read go; stty cols {width}; exec {PROGRAM} {' '.join(arguments)}"
    terminal = home.terminal("-c", script, program=need("sh"))
    terminal.sendline("")  # now pexpect has set the size that it likes
    lines = terminal.read().splitlines()[1:]
    assert terminal.wait() == 0
    return lines


def test_the_first_line_is_the_device_and_the_table_says_what_is_next(
    day: Home, sandbox: Sandbox
) -> None:
    """How long no code is needed, then each profile: account, role, its session, what is next."""
    calls = len(sandbox.calls)
    done = day.run("status")
    assert (done.status, done.err, len(sandbox.calls)) == (0, "", calls)
    first, header, *_ = done.out.splitlines()
    assert re.fullmatch(r"alice  MFA session 11 h 59 min, until (\S+ )?\d\d:\d\d", first)
    assert header.split() == ["PROFILE", "ACCOUNT", "ROLE", "SESSION", "NEXT"]
    assert rows(done.out) == {
        "PROFILE": ["ACCOUNT", "ROLE", "SESSION", "NEXT"],
        LONG: ["222222222222", "Admin", "none", "made when asked for, no code"],
        "audit": ["444444444444", "team/ReadOnly", "none", "made when asked for, no code"],
        "bastion": ["-", "-", "11 h 59 min", "a code after that"],
        "dev": ["333333333333", "Developer", "none", "made when asked for, no code"],
        "ops": ["222222222222", "Admin", "none", "a code (direct mode, 8 h)"],
        "prod": ["222222222222", "Admin", "59 min", "renewed by itself"],
    }
    _, _, unserved = done.out.partition("\nNot served by this program\n")
    legacy, mend, old, move, *_ = unserved.splitlines()
    assert legacy.startswith("  legacy  role_arn and mfa_serial (~/.aws/config line ")
    assert mend.strip() == "aws-mfa-process setup legacy"
    assert re.match(r"  old     the static keys in ~/.aws/credentials line \d beside our line", old)
    assert move.endswith("aws-mfa-process import old")
    assert done.out.endswith("\nKeys: bastion-keys in plaintext, ~/.aws/credentials line 2.\n")
    assert "web" not in done.out


def test_what_needs_a_person_is_said(practice: Home, sandbox: Sandbox) -> None:
    """Without a session a code is next; with ``mfa_process`` the code needs nobody."""
    add(practice, "auto", "--role-arn", sandbox.role_arns["Admin"], "--mfa-process", "x")
    shown = practice.run("status").out
    assert shown.startswith(
        "alice  MFA session none; aws-mfa-process login asks for the code now\n"
    )
    assert rows(shown)["prod"] == ["222222222222", "Admin", "none", "a code"]
    assert rows(shown)["auto"][3] == "a code from mfa_process"
    sandbox.fail("AssumeRole", "http503", times=2)
    done = practice.run(*role(sandbox), "--mfa-code", sandbox.code())
    assert done.status == 1
    shown = practice.run("status").out
    assert rows(shown)["prod"][3] == "made when asked for, has failed"
    assert re.search(
        r"\nNeeds a look\n  auto .*\n.*  prod  failed at \d\d:\d\d: .*503", shown, re.DOTALL
    )


@pytest.mark.parametrize("answers", [("abc", "abc", "abc"), ("\x03",)])
def test_what_has_failed_a_device_is_told_once(
    practice: Home, sandbox: Sandbox, answers: tuple[str, ...]
) -> None:
    """Not for each of its profiles: with the device, and how many they are; JSON has them all."""
    for number in range(40):
        add(practice, f"team{number:02}", "--role-arn", sandbox.role_arns["Admin"])
    terminal = practice.terminal(*role(sandbox))
    for answer in answers:
        answer_prompt(terminal, answer)
    terminal.read()
    _, _, told = practice.run("status").out.partition("\nNeeds a look\n")
    why = "the question .* was cancelled" if answers == ("\x03",) else "A code is six digits"
    assert re.match(rf"  alice  failed at \d\d:\d\d, for 45 profiles: .*{why}\n", told)
    assert told.count("failed at") == 1
    shown = drawn(practice, 80, "status")
    assert sum("for 45 profiles" in line for line in shown) == 1
    assert all(len(COLOUR.sub("", line)) <= 80 for line in shown)
    errors = [it["error"] for it in json.loads(practice.run("status", "--json").out)["profiles"]]
    assert all(error is not None for error in errors)
    _, _, told = practice.run("status", "prod").out.partition("\nNeeds a look\n")
    assert told.startswith("  prod  failed at ")


def test_what_has_worked_since_has_not_failed(practice: Home, sandbox: Sandbox) -> None:
    """A failure is over with the next success, also when the session of that is gone."""
    assert practice.run(*KEYS, "--mfa-code", sandbox.code()).status == 0
    sandbox.fail("AssumeRole", "http503", times=2)
    assert practice.run(*role(sandbox)).status == 1
    assert rows(practice.run("status").out)["prod"][3] == "made when asked for, has failed"
    assert practice.run(*role(sandbox)).status == 0
    assert practice.run("logout", "--all").status == 0
    shown = practice.run("status").out
    assert rows(shown)["prod"][3] == "a code"
    assert "failed" not in shown


def test_the_name_of_the_account_is_shown(day: Home) -> None:
    """Where the profile has one, and on a narrow terminal the number alone."""
    config = day.aws / "config"
    text = config.read_text().replace("[profile prod]", "[profile prod]\naccount_name = live shop")
    config.write_text(text)
    assert "  live shop (222222222222)  Admin" in day.run("status", "prod").out
    assert any("  222222222222  Admin" in line for line in drawn(day, 60, "status", "prod"))


def test_a_narrow_terminal_shows_what_is_next(day: Home) -> None:
    """Account and role are left out before words are cut until nobody can read them."""
    shown = [COLOUR.sub("", line) for line in drawn(day, 40, "status", "prod")]
    assert shown[1].split() == ["PROFILE", "SESSION", "NEXT"]
    assert shown[2].split() == ["prod", "59", "min", "renewed", "by", "itself"]


def test_names_restrict_it(day: Home) -> None:
    """Only what is named is shown; a name that does not exist is a mistake of the command line."""
    shown = day.run("status", "prod", "legacy").out
    assert list(rows(shown)) == ["PROFILE", "prod"]
    assert re.findall(r"^  (\w+)  .*line", shown, re.MULTILINE) == ["legacy"]
    assert_refused(day.run("status", "prod", "prd"), 2, "prd does not exist", "did you mean prod?")
    assert day.run("status", "web").out == "web does not use this program.\n"


def test_where_the_key_is(practice: Home) -> None:
    """A key in the keyring is named with its place and age."""
    at = int(time.time()) - 34 * 86400
    entry = ["AKIAIOSFODNN7EXAMPLE", "SecretService Keyring", at]
    Cache(str(practice.cache)).write("keys", {"index": 2}, {"bastion-keys": entry})
    (practice.aws / "credentials").write_text("")
    last = practice.run("status").out.splitlines()[-1]
    assert last == "Keys: bastion-keys in SecretService Keyring, stored 34 days ago."


@pytest.mark.parametrize("width", [30, 60, 80, 100, 160])
def test_no_row_is_wider_than_the_terminal(day: Home, width: int) -> None:
    """On a terminal rows are cut in the middle of names, and coloured; never wrapped."""
    lines = drawn(day, width, "status")
    shown = [COLOUR.sub("", line) for line in lines]
    end = shown.index("")
    assert max(map(len, shown[:end])) <= width
    assert len(shown[:end]) == 8  # the bar, the header, six profiles
    assert any("…" in row for row in shown) == (width < 160)
    assert lines != shown
    assert any(row.endswith(" aws-mfa-process import old") for row in shown) or width == 30
    if width >= 80:
        assert "━━━" in shown[0]
        (prod,) = [line for line in lines if "  prod " in line]
        assert "\x1b[32m59 min" in prod
        assert all(
            re.sub(r"\s+", " ", line) in re.sub(r"\s+", " ", day.run("status").out)
            for line in shown
            if "…" not in line and "━" not in line and width == 160
        )


@pytest.mark.parametrize(("aged", "colour"), [(0, 32), (11 * 3600 + 50 * 60, 33), (43200, 31)])
def test_colour_says_who_acts(day: Home, aged: int, colour: int) -> None:
    """Green lives, yellow ends within 15 minutes, red needs a person."""
    day.age(aged)
    assert f"\x1b[{colour}m" in drawn(day, 80, "status")[0]


@pytest.mark.parametrize("environ", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_plain_on_a_terminal_is_the_text_of_a_pipe(day: Home, environ: dict[str, str]) -> None:
    """Without colour nothing is lost, cut or wrapped, and rich is not loaded."""
    piped = day.run("status", environ={"PYTHONVERBOSE": "1"})
    assert "import 'rich" not in piped.err
    terminal = day.terminal("status", environ=environ)
    assert terminal.read().replace("\r\n", "\n") == piped.out
    assert LONG in piped.out
    assert "\x1b" not in piped.out


def test_json_has_one_shape(day: Home, sandbox: Sandbox) -> None:
    """The document of the reference: no field comes or goes, times are UTC, no secret is in it."""
    done = day.run("status", "--json", "prod", "old", environ={"AWS_ACCESS_KEY_ID": "x"})
    assert (done.status, done.err) == (0, "")
    shape = json.loads(UTC.sub("TIME", done.out))
    session = {"from": "TIME", "until": "TIME"}
    source = {"kind": "static", "profile": "bastion-keys", "stored_in": None, "stored_at": None}
    common: dict[str, Any] = {
        "account_id": "222222222222",
        "role_arn": sandbox.role_arns["Admin"],
        "mfa_serial": sandbox.mfa_serial,
        "mfa_mode": "session",
        "code_session": session,
        "session": session,
        "next": "renewed",
        "next_sentence": "renewed by itself",
        "no_code_until": "TIME",
        "source": source,
        "error": None,
    }
    (verdict,) = shape["profiles"][0].pop("verdicts")
    assert shape == {
        "profiles": [
            {"profile": "old", "outcome": "shadowed", **common},
            {"profile": "prod", "outcome": "served", **common, "verdicts": []},
        ],
        "verdicts": [],
        "obstacle": None,
    }
    assert set(verdict) == {"id", "profile", "sentence", "hint"}
    assert verdict["id"].startswith("AMP")
    everything = json.loads(day.run("status", "--json").out)
    assert [it["profile"] for it in everything["profiles"]] == [
        LONG,
        "audit",
        "bastion",
        "bastion-keys",
        "dev",
        "legacy",
        "old",
        "ops",
        "prod",
    ]
    assert {it["next"] for it in everything["profiles"]} == {"renewed", "made", "code"}
    for secret in secrets(day):
        assert secret not in day.run("status", "--json").out


def test_json_is_as_the_reference_shows_it(day: Home) -> None:
    """The example in the reference has the fields that are printed."""
    page = (PAGE.parents[1] / "reference" / "json.md").read_text(encoding="utf-8")
    example = re.search(r"```json\n(.*?)```", page, re.DOTALL)
    assert example is not None
    printed = day.run("status", "--json", "prod").out
    assert fields(json.loads(example[1])) == fields(json.loads(printed))


def fields(value: object) -> object:
    """Return the names in a document, without its values."""
    if isinstance(value, dict):
        return {name: fields(inner) for name, inner in value.items()}
    return [fields(inner) for inner in value] if isinstance(value, list) else None


def secrets(home: Home) -> Iterator[str]:
    """Yield every secret that the home directory has."""
    files = read_profiles(str(home.aws / "config"), str(home.aws / "credentials"))
    for settings in files.in_credentials.values():
        yield settings["aws_secret_access_key"]
    for entry in Cache(str(home.cache)).entries("session"):
        yield entry.document["secret_access_key"]
        yield entry.document["session_token"]


def test_json_says_why_nothing_can_be_made(practice: Home) -> None:
    """A profile that is broken has no session, but an error with what to do."""
    (practice.aws / "credentials").write_text("")
    (found,) = json.loads(practice.run("status", "--json", "prod").out)["profiles"]
    assert (found["next"], found["role_arn"], found["session"]) == ("fails", None, None)
    assert found["error"]["sentence"].startswith("no keys are stored for profile bastion-keys")
    assert found["error"]["at"] is None
    assert "aws-mfa-process add" in found["error"]["hint"]


def test_watch_shows_it_anew_until_ctrl_c(day: Home, sandbox: Sandbox) -> None:
    """It follows what is stored, calls AWS never and asks nobody; Ctrl-C is no failure."""
    calls = len(sandbox.calls)
    terminal = day.terminal("status", "--watch")
    terminal.expect_exact("11 h 59 min, until")
    day.age(3 * 3600)
    terminal.expect_exact("8 h 59 min, until")
    assert day.run("logout", "--all").status == 0
    terminal.expect_exact("login asks for the code now")
    terminal.sendintr()
    terminal.expect(pexpect.EOF)
    assert terminal.wait() == 0
    assert len(sandbox.calls) == calls


@pytest.mark.parametrize(
    ("aged", "profile", "said", "status"),
    [
        (0, "prod", "prod 59m", 0),
        (0, "bastion", "bastion 11h", 0),
        (0, "dev", "dev ready", 0),
        (0, "ops", "ops code?", 3),
        (3600, "prod", "prod ready", 0),
        (43200, "prod", "prod code?", 3),
        (43200, "bastion", "bastion code?", 3),
    ],
)
def test_short(day: Home, aged: int, profile: str, said: str, status: int) -> None:
    """One line for the prompt; the status says whether a code is needed. The second is quick."""
    day.age(aged)
    wanted = (status, f"{said}\n", "")
    assert day.run("status", "--short", profile) == wanted
    assert day.run("status", "--short", profile) == wanted
    assert day.run("status", profile, "--short") == wanted
    assert day.run("status", "--short", environ={"AWS_PROFILE": profile}) == wanted


def test_short_imports_little(day: Home) -> None:
    """Once it is known which sessions a profile has, neither parsers nor the config are loaded."""
    heavy = {"argparse", "configparser", "shlex", "rich", "botocore", "subprocess", "keyring"}
    for is_first in (True, False):
        done = day.run("status", "--short", "prod", environ={"PYTHONVERBOSE": "1"})
        loaded = set(re.findall(r"^import '(\w+)'", done.err, re.MULTILINE))
        assert bool(loaded & heavy) == is_first, loaded & heavy


def test_short_follows_the_config_and_the_sessions(day: Home, sandbox: Sandbox) -> None:
    """What it remembers is of these files; what lives is looked up each time."""
    assert day.run("status", "--short", "prod").out == "prod 59m\n"
    config = day.aws / "config"
    config.write_text(config.read_text().replace("role/Admin", "role/Other"))
    assert day.run("status", "--short", "prod").out == "prod ready\n"
    assert day.run("logout", "prod").status == 0
    assert day.run("status", "--short", "prod") == (3, "prod code?\n", "")
    add(day, "young", "--mfa-max-age-seconds", "600", "--role-arn", sandbox.role_arns["Young"])
    assert day.run("login", "prod", "young", "--mfa-code", sandbox.code(1)).status == 1
    day.age(3600)
    assert day.run("status", "--short", "young").out == "young code?\n"


def test_short_of_what_is_not_there(day: Home) -> None:
    """A mistake has no line for the prompt, and the usual two for a person."""
    done = day.run("status", "--short", "prd")
    assert_refused(done, 2, "profile prd does not exist", "did you mean prod?")


@pytest.mark.parametrize(("shell", "options"), [("bash", "--norc"), ("zsh", "-f")])
def test_the_prompt_of_a_shell(day: Home, shell: str, options: str) -> None:
    """The lines of the how-to page show the profile of the shell and what is left of it."""
    page = PAGE.read_text(encoding="utf-8")
    found = re.search(rf"```{shell}\n(.*?)```", page, re.DOTALL)
    assert found is not None
    (day.path / "lines").write_text(found[1])
    terminal = day.terminal(options, "-i", program=need(shell), environ={"PS1": "> "})
    terminal.expect_exact("> ")
    terminal.sendline(f". {day.path}/lines; echo re''ad")
    terminal.expect_exact("read")
    terminal.expect_exact("> ")
    terminal.sendline("export AWS_PROFILE=prod")
    terminal.expect(r"\(prod 59m\) ")
    terminal.sendline("export AWS_PROFILE=ops")
    terminal.expect(r"\(ops code\?\) ")
    terminal.sendline("(exit 7)")
    terminal.expect(r"\(ops code\?\) ")
    terminal.sendline("echo status $?")
    terminal.expect("status 7")
    for line in ("export AWS_PROFILE=web", "unset AWS_PROFILE"):
        terminal.sendline(f"{line}; echo go''ne")
        terminal.expect_exact("gone")
        terminal.expect_exact("> ")
        assert "(" not in str(terminal.before)
    terminal.sendline("exit 0")
    terminal.expect(pexpect.EOF)


def test_where_nothing_is_set_up_the_next_step_is_named(home: Home) -> None:
    """In an empty home, and beside a profile of another tool, `setup` is what comes next."""
    for config in ("", "[profile x]\nregion = eu-central-1\n"):
        home.config(config)
        done = home.run("status")
        assert (done.status, done.err) == (0, "")
        assert done.out.endswith("uses this program.\nTo begin: aws-mfa-process setup\n")
        assert "hint: aws-mfa-process setup" in home.run("login").err
        assert "or begin with aws-mfa-process setup\n" in home.run("login", "prod").err
        first, step, *_ = home.run("doctor").out.splitlines()
        assert first.startswith("Nothing is wrong")
        assert step == "To begin: aws-mfa-process setup"


def test_what_cannot_be_run_is_sent_to_doctor(practice: Home) -> None:
    """Where no profile uses the program, but lines of it are there."""
    config = practice.aws / "config"
    config.write_text(config.read_text().replace(PROGRAM, "/opt/old-place/aws-mfa-process"))
    told = practice.run("status").out
    assert "uses this program.\nNext: aws-mfa-process doctor says what mends them.\n" in told


def test_no_words_are_what_the_parser_makes_of_none() -> None:
    """They are not parsed: `argparse` is loaded for words alone."""
    assert vars(parse(command_parser("status"), [])) == status.BARE
