"""What happens when AWS, the network, the clock, the disk or the config is out of order."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from aws_mfa_process.credentials import utc_time
from aws_mfa_process.sandbox.server.sandbox import Sandbox
from support.certificates import Authority
from support.home import PROGRAM, Home, Result, assert_refused
from support.loopback import Giving, Refusing
from support.parts import as_plain_user, missing
from support.practice import KEYS, PracticeAWS, actions, role
from support.strace import system_calls
from support.waiting import wait_until
from support.web import Web

COVERAGE = {"COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG"}
"""What lets a process of ours write a file that is not its own."""


def assert_good(done: Result) -> None:
    """Check that credentials were printed, and nothing on stderr."""
    assert (done.status, done.err) == (0, "")
    assert json.loads(done.out)["Version"] == 1


FAULTS = {
    "http500": ("AWS STS has a problem of its own (HTTP 500 InternalFailure)", "again in a minute"),
    "http503": ("AWS STS has a problem of its own (HTTP 503 Service", "again in a minute"),
    "throttling": ("Throttling: Rate exceeded", "again in a minute"),
    "drop": ("closed the connection without an answer", "check network and proxy; then try again"),
    "lost_reply": ("closed the connection without an answer", "then try again"),
    "captive_portal": ("is not AWS STS: a sign-in page", "sign in to the network; then try again"),
    "html511": ("is not AWS STS: a sign-in page", "sign in to the network; then try again"),
    "s3_error": (": HTTP 403", "is endpoint_url the address of an STS?"),
}


@pytest.mark.parametrize("kind", FAULTS)
def test_fault_at_the_code_is_told_and_the_code_not_sent_again(
    practice: Home, sandbox: Sandbox, kind: str
) -> None:
    """A call with a code is sent once, whatever happens to it; the next code works."""
    message, hint = FAULTS[kind]
    sandbox.fail("GetSessionToken", kind)
    code = sandbox.code()
    assert_refused(practice.run(*KEYS, "--mfa-code", code), 1, message, hint)
    assert actions(sandbox) == ["GetSessionToken"]
    done = practice.run(*KEYS, "--mfa-code", code)
    assert_refused(done, 1, "That code was used already", "next code")
    assert actions(sandbox) == ["GetSessionToken"]
    assert_good(practice.run(*KEYS, "--mfa-code", sandbox.code(1)))


@pytest.mark.parametrize("kind", FAULTS)
def test_fault_at_a_role_is_told_and_costs_no_session(
    practice: Home, sandbox: Sandbox, kind: str
) -> None:
    """A role that cannot be had now leaves all sessions as they are."""
    message, hint = FAULTS[kind]
    assert_good(practice.run(*role(sandbox, "Developer"), "--mfa-code", sandbox.code()))
    sandbox.fail("AssumeRole", kind, times=5)
    assert_refused(practice.run(*role(sandbox)), 1, message, hint)
    assert_good(practice.run(*role(sandbox, "Developer")))
    sandbox._faults.clear()
    assert_good(practice.run(*role(sandbox)))
    assert actions(sandbox).count("GetSessionToken") == 1


@pytest.mark.parametrize("kind", ["http500", "http503", "throttling", "drop", "lost_reply"])
def test_short_fault_at_a_role_is_not_noticed(practice: Home, sandbox: Sandbox, kind: str) -> None:
    """A call without a code is tried again by itself."""
    assert_good(practice.run(*KEYS, "--mfa-code", sandbox.code()))
    sandbox.fail("AssumeRole", kind)
    assert_good(practice.run(*role(sandbox)))
    assert actions(sandbox) == ["GetSessionToken", "AssumeRole", "AssumeRole"]


ANSWER, CONNECTION = "POLLIN", "POLLOUT|POLLERR"
"""What is waited for at a socket."""


def waits_of(polls: str) -> list[tuple[str, float]]:
    """Return what was waited for in vain, and for how many seconds."""
    between = r"(?: <unfinished \.\.\.>\n(?:.*\n)*?.*<\.\.\. poll resumed>)?"  # a thread's end
    form = rf"events=(\S+)\}}\], 1, (\d+){between}\) = 0 \(Timeout\) \(INJECTED\)"
    found = re.findall(form, polls)
    return [(what, int(milliseconds) / 1000) for what, milliseconds in found]


@pytest.mark.skipif(sys.platform != "linux", reason="drives the program with strace")
def test_hanging_call_ends_by_itself(practice: Home, sandbox: PracticeAWS) -> None:
    """An answer that does not come is waited for 15 seconds, and the code is not sent again."""
    line = (*KEYS, "--mfa-code", sandbox.code())
    with sandbox.held():
        done, waits = system_calls(practice, "poll", "retval=0:when=3+", *line)
        wait_until(lambda: sandbox.calls)
    assert waits_of(waits) == [(ANSWER, 0.5)] * 30
    assert_refused(done, 1, "did not answer in time", "try again with the next code")
    assert actions(sandbox) == ["GetSessionToken"]


@pytest.mark.parametrize(("minutes", "word"), [(20, "behind"), (-20, "ahead")])
def test_clock_that_is_off_is_named_with_its_minutes(
    practice: Home, sandbox: Sandbox, minutes: int, word: str
) -> None:
    """A clock that is 20 minutes off is told as that, not as a wrong key."""
    sandbox.signature_skew_seconds = minutes * 60
    done = practice.run(*KEYS, "--mfa-code", sandbox.code())
    assert_refused(done, 1, f"the clock of this machine is 20 minutes {word}", "set the clock")


def test_tenth_try_within_three_minutes_is_told_as_such(practice: Home, sandbox: Sandbox) -> None:
    """When AWS checks no more codes, the message says to wait, not that the code is wrong."""
    sandbox.clock_offset_seconds = 181 - time.time() % 180  # all in one window
    good = {sandbox.code(step) for step in range(-5, 10)}
    wrong = (code for code in map("{:06}".format, range(1000)) if code not in good)
    for _ in range(9):
        done = practice.run(*KEYS, "--mfa-code", next(wrong))
        assert_refused(done, 1, "AWS did not accept the MFA code", "wait for the next code")
    done = practice.run(*KEYS, "--mfa-code", sandbox.code())
    assert_refused(done, 1, "too many tries within three minutes", "wait three minutes")


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({"AWS_ENDPOINT_URL_STS": "http://127.0.0.1:9"}, "cannot be reached"),
        (
            {"AWS_ENDPOINT_URL_STS": "http://user:secret@127.0.0.1:9"},
            "http://127.0.0.1:9 cannot be reached",
        ),
        ({"AWS_ENDPOINT_URL_STS": "http://name.invalid"}, "cannot be reached"),
        (
            {"AWS_ENDPOINT_URL_STS": "https://name.invalid", "HTTPS_PROXY": "http://127.0.0.1:9"},
            "cannot be reached",
        ),
        ({"AWS_ENDPOINT_URL_STS": "{plain}"}, "does not speak TLS as it must"),
        ({"AWS_ENDPOINT_URL_STS": "{https}"}, "certificate cannot be verified"),
    ],
)
def test_code_that_was_not_sent_can_be_used(
    practice: Home,
    sandbox: Sandbox,
    https_server: str,
    environ: dict[str, str],
    message: str,
) -> None:
    """Where STS cannot be reached the code is still good, and is taken the next time."""
    plain = sandbox.endpoint_url.replace("http:", "https:")
    filled = {
        name: text.replace("{plain}", plain).replace("{https}", https_server)
        for name, text in environ.items()
    }
    code = sandbox.code()
    done = practice.run(*KEYS, "--mfa-code", code, environ=filled)
    assert_refused(done, 1, message, "proxy")
    assert "secret" not in done.err
    assert sandbox.calls == []
    assert_good(practice.run(*KEYS, "--mfa-code", code))


BUNDLE = "let it name a file of certificates"
PROXY = "it looks like http://HOST:PORT"
UNUSABLE = {
    "bundle that is missing": (
        {"AWS_ENDPOINT_URL_STS": "https://127.0.0.1:9", "AWS_CA_BUNDLE": "/none.pem"},
        "",
        "AWS_CA_BUNDLE is /none.pem: No such file or directory",
        BUNDLE,
    ),
    "bundle that is a folder": (
        {"AWS_ENDPOINT_URL_STS": "https://127.0.0.1:9", "REQUESTS_CA_BUNDLE": "/"},
        "",
        "REQUESTS_CA_BUNDLE is /: Is a directory",
        BUNDLE,
    ),
    "bundle that is none": (
        {"AWS_ENDPOINT_URL_STS": "https://127.0.0.1:9", "AWS_CA_BUNDLE": "{broken}"},
        "",
        "broken.pem: no certificate can be read from it",
        BUNDLE,
    ),
    "bundle of the profile": (
        {"AWS_ENDPOINT_URL_STS": "https://127.0.0.1:9"},
        "ca_bundle = /none.pem",
        "ca_bundle of profile bastion-keys is /none.pem: No such file",
        BUNDLE,
    ),
    "proxy without a port": (
        {"HTTP_PROXY": "http://us:s3kr3t@127.0.0.1:port"},
        "",
        "HTTP_PROXY is not the address of a proxy",
        PROXY,
    ),
    "proxy without a host": (
        {"http_proxy": "http://"},
        "",
        "http_proxy is not the address of a proxy",
        PROXY,
    ),
    "proxy with another alphabet": (
        {
            "HTTPS_PROXY": "http://\u00fc:s3kr3t@127.0.0.1:9",
            "AWS_ENDPOINT_URL_STS": "https://x.invalid",
        },
        "",
        "HTTPS_PROXY is not the address of a proxy",
        PROXY,
    ),
    "scheme": (
        {"AWS_ENDPOINT_URL_STS": "ftp://127.0.0.1:9"},
        "",
        "ftp://127.0.0.1:9 cannot be called: its address is neither https:// nor http://",
        "https://HOST",
    ),
    "log of TLS keys": (
        {"SSLKEYLOGFILE": "/none/x", "AWS_MFA_PROCESS_DEBUG": "{log}"},
        "",
        "/none/x: No such file or directory",
        "",
    ),
    "setting that is no plain word": (
        {},
        "api_versions = foo",
        "botocore cannot use a setting of profile bastion-keys",
        "api_versions",
    ),
}


@pytest.mark.parametrize(
    ("environ", "setting", "told"),
    [(environ, setting, told) for environ, setting, *told in UNUSABLE.values()],
    ids=UNUSABLE.keys(),
)
def test_setting_that_cannot_be_used_costs_no_code(
    practice: Home, sandbox: Sandbox, environ: dict[str, str], setting: str, told: list[str]
) -> None:
    """What makes a call impossible is exit status 2 with its name, and the code is not used."""
    (practice.path / "broken.pem").write_text("-----BEGIN CERTIFICATE-----\nAAAA\n")
    places = {"{broken}": "broken.pem", "{log}": "log"}
    filled = {
        name: str(practice.path / places[text]) if text in places else text
        for name, text in environ.items()
    }
    config = practice.aws / "config"
    text = config.read_text()
    config.write_text(text.replace("[profile bastion-keys]", f"[profile bastion-keys]\n{setting}"))
    code = sandbox.code()
    done = practice.run(*KEYS, "--mfa-code", code, environ=filled)
    assert (done.status, done.out) == (2, "")
    assert all(text in done.err for text in told)
    assert "s3kr3t" not in done.err
    assert sandbox.calls == []
    config.write_text(text)
    assert_good(practice.run(*KEYS, "--mfa-code", code))


@pytest.fixture
def https_server(tmp_path: Path) -> Iterator[str]:
    """A server with a certificate that nobody has signed but itself."""
    certificate = Authority(tmp_path).server(["IP:127.0.0.1"], is_self_signed=True)
    with Web(certificate) as server:
        yield server.url


def test_session_that_ended_at_aws_is_asked_for_anew(practice: Home, sandbox: Sandbox) -> None:
    """A session that AWS calls expired while our clock does not: a code is needed, no loop."""
    assert_good(practice.run(*KEYS, "--mfa-code", sandbox.code()))
    sandbox.clock_offset_seconds = 50000
    done = practice.run(*role(sandbox))
    assert_refused(done, 3, "needs an MFA code", "login")
    assert actions(sandbox) == ["GetSessionToken", "AssumeRole"]
    assert_good(practice.run(*role(sandbox), "--mfa-code", sandbox.code()))


def test_unusable_network_settings_are_exit_2(practice: Home, sandbox: Sandbox) -> None:
    """What botocore cannot use at all is a wrong config."""
    config = practice.aws / "config"
    config.write_text(config.read_text().replace(sandbox.endpoint_url, "not a url"))
    done = practice.run(*KEYS, "--mfa-code", sandbox.code())
    assert (done.status, done.out) == (2, "")
    assert "cannot be called: Invalid endpoint: not a url" in done.err


@pytest.mark.parametrize(
    "address",
    [
        "http://us:s3kr3tpw@ho*st",
        "http://us:s3kr3tpw@bad host:1",
        "https://us:s3kr3tpw@/x",
        "us:s3kr3tpw@host",
        "http://us:s3kr3tpw/x@host",
        "http://us:pw@s3kr3tpw@ho*st",
        "http://us:s3kr3tpw\n  @ho*st",
        "http://us:a_s3kr3tpw-/@127.0.0.1:9",
    ],
)
def test_password_of_an_address_is_shown_nowhere(practice: Home, address: str) -> None:
    """However an address with a password is wrong, nothing of the password is printed."""
    config = practice.aws / "config"
    text = re.sub("endpoint_url = .*", lambda _: f"endpoint_url = {address}", config.read_text())
    config.write_text(text)
    log = practice.path / "debug.log"
    environ = {"AWS_MFA_PROCESS_DEBUG": str(log)}
    done = practice.run(*KEYS, "--mfa-code", "123456", environ=environ)
    assert done.status in (1, 2)
    assert "error: " in done.err
    assert "s3kr3t" not in done.err + log.read_text()


PAIR = "<AccessKeyId>ASIAOTHER</AccessKeyId><SecretAccessKey>other</SecretAccessKey>"
TOKEN = "<SessionToken>token</SessionToken>"
ENDED = "<Expiration>2020-01-01T00:00:00Z</Expiration>"


@pytest.mark.parametrize(
    ("credentials", "message", "hint"),
    [
        ("", "STS answered without credentials", "endpoint_url"),
        ("<Credentials/>", "STS answered without credentials", "endpoint_url"),
        (f"<Credentials>{PAIR}{TOKEN}</Credentials>", "without credentials", "endpoint_url"),
        (
            f"<Credentials>{PAIR}<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>",
            "STS answered without credentials",
            "endpoint_url",
        ),
        (
            f"<Credentials>{PAIR}{TOKEN}{ENDED}</Credentials>",
            "credentials that have ended already",
            "set the clock",
        ),
    ],
)
def test_answer_that_is_none_is_told(
    practice: Home, credentials: str, message: str, hint: str
) -> None:
    """An answer without credentials that live is a refusal, and nothing of it is stored."""
    with Giving("GetSessionToken", lambda _: credentials) as other:
        environ = {"AWS_ENDPOINT_URL_STS": other.url}
        done = practice.run(*KEYS, "--mfa-code", "123456", environ=environ)
    assert_refused(done, 1, message, hint)
    assert list(practice.cache.glob("session-*")) == []


def test_fractions_of_a_second_do_no_harm(practice: Home) -> None:
    """Some servers give times to the millisecond; the answer has whole seconds."""
    end = utc_time(int(time.time()) + 43200)
    document = f"{PAIR}{TOKEN}<Expiration>{end[:-1]}.750Z</Expiration>"
    with Giving("GetSessionToken", lambda _: f"<Credentials>{document}</Credentials>") as other:
        environ = {"AWS_ENDPOINT_URL_STS": other.url}
        done = practice.run(*KEYS, "--mfa-code", "123456", environ=environ)
        assert_good(done)
        assert json.loads(done.out)["Expiration"] == end
        assert practice.run(*KEYS, environ=environ) == done


# Places where nothing can be stored


def run_bound(home: Home, *arguments: str) -> Result:
    """Run the program so that file modes bind it."""
    program, *rest = as_plain_user(PROGRAM, *arguments)
    return home.run(*rest, program=program)


def assert_answers_without_storing(home: Home, sandbox: Sandbox) -> None:
    """Check that credentials once fetched are printed, though they cannot be kept."""
    assert_good(run_bound(home, *role(sandbox), "--mfa-code", sandbox.code()))
    assert actions(sandbox) == ["GetSessionToken", "AssumeRole"]
    done = run_bound(home, *role(sandbox))
    assert_refused(done, 3, "needs an MFA code", "login")


def test_cache_folder_that_cannot_be_written(practice: Home, sandbox: Sandbox) -> None:
    """A read-only cache folder costs the caching, not the answer."""
    practice.cache.mkdir(parents=True, mode=0o700)
    practice.cache.chmod(0o500)
    practice.cache.parent.chmod(0o500)
    assert_answers_without_storing(practice, sandbox)


def test_cache_folder_that_cannot_be_made(practice: Home, sandbox: Sandbox) -> None:
    """Neither does a HOME in which no folder can be made."""
    practice.path.chmod(0o500)
    assert_answers_without_storing(practice, sandbox)


def test_login_tells_when_its_session_cannot_be_kept(practice: Home, sandbox: Sandbox) -> None:
    """``login`` is for later, so it fails where nothing can be stored."""
    practice.cache.parent.mkdir()
    practice.cache.touch()
    done = practice.run("login", "bastion", "--mfa-code", sandbox.code())
    assert_refused(done, 1, "no session can be kept: ", "make the folder your own")
    assert sandbox.calls == []


def test_file_in_place_of_the_cache(practice: Home, sandbox: Sandbox) -> None:
    """Nor a file where the folder should be."""
    practice.cache.parent.mkdir()
    practice.cache.touch()
    assert_answers_without_storing(practice, sandbox)


def test_folder_of_somebody_else(practice: Home, sandbox: Sandbox) -> None:
    """With the HOME of another user (sudo) nothing is left in the other one's folder."""
    if os.geteuid():
        missing("root, who can give folders away")
    practice.cache.mkdir(parents=True, mode=0o700)
    os.chown(practice.cache, 65534, 65534)
    assert_good(practice.run(*role(sandbox), "--mfa-code", sandbox.code()))
    assert os.listdir(practice.cache) == []
    assert_refused(practice.run(*role(sandbox)), 3, "needs an MFA code", "login")


@pytest.fixture
def small_disk(practice: Home) -> Iterator[Path]:
    """A disk of a few pages in the place of the cache."""
    practice.cache.mkdir(parents=True, mode=0o700)
    command = ["mount", "-t", "tmpfs", "-o", "size=64k,mode=700", "tmpfs", str(practice.cache)]
    if os.geteuid() or subprocess.run(command, capture_output=True, check=False).returncode:
        missing("the right to mount a file system")
    yield practice.cache
    subprocess.run(["umount", str(practice.cache)], check=True)


def test_full_disk_keeps_old_sessions_and_gives_new_ones(
    practice: Home, sandbox: Sandbox, small_disk: Path
) -> None:
    """On a full disk what was stored stays readable, and what is fetched is printed."""
    assert_good(practice.run(*role(sandbox), "--mfa-code", sandbox.code()))
    filler = small_disk / "filler"
    with filler.open("wb") as file:
        file.truncate(0)
    while shutil.disk_usage(small_disk).free:
        with filler.open("ab") as file:
            file.write(bytes(shutil.disk_usage(small_disk).free))
    for _ in range(2):
        assert_good(practice.run(*role(sandbox, "Developer")))
    assert actions(sandbox) == ["GetSessionToken"] + ["AssumeRole"] * 3
    assert [path for path in small_disk.iterdir() if path.suffix == ".tmp"] == []
    filler.unlink()
    for _ in range(2):
        assert_good(practice.run(*role(sandbox, "Developer")))
    assert len(sandbox.calls) == 5
    assert_good(practice.run(*role(sandbox)))
    assert len(sandbox.calls) == 5


def test_files_that_cannot_grow(practice: Home, sandbox: Sandbox) -> None:
    """A limit of file sizes is like a full disk: the answer comes, nothing torn is left."""
    script = 'ulimit -f 0; exec "$@"'
    line = [PROGRAM, *role(sandbox), "--mfa-code", sandbox.code()]
    unmeasured = dict.fromkeys(practice.environ.keys() & COVERAGE, "")
    assert_good(practice.run("-c", script, "sh", *line, program="sh", environ=unmeasured))
    assert [path for path in practice.cache.iterdir() if path.stat().st_size] == []
    assert_refused(practice.run(*role(sandbox)), 3, "needs an MFA code", "login")


# The config


def test_config_that_breaks_between_calls(practice: Home, sandbox: Sandbox) -> None:
    """A config that can no longer be parsed is told at once, and mended it costs no call."""
    first = practice.run(*role(sandbox), "--mfa-code", sandbox.code())
    assert_good(first)
    config = practice.aws / "config"
    text = config.read_text()
    config.write_text(text + "half a line\n")
    number = text.count("\n") + 1
    done = practice.run(*role(sandbox))
    assert_refused(done, 2, f"line {number} is neither a section nor a setting", "mend the line")
    config.write_text(text)
    assert practice.run(*role(sandbox)) == first
    assert len(sandbox.calls) == 2


def test_config_that_is_gone(practice: Home, sandbox: Sandbox) -> None:
    """Without its config a profile does not exist, though its session would."""
    assert_good(practice.run(*KEYS, "--mfa-code", sandbox.code()))
    (practice.aws / "config").unlink()
    (practice.aws / "credentials").unlink()
    assert_refused(practice.run(*KEYS), 2, "profile bastion-keys does not exist", "add [profile")


@pytest.mark.parametrize("damage", ["cut", "turn", "empty", "swap"])
def test_damaged_cache_is_a_miss(practice: Home, sandbox: Sandbox, damage: str) -> None:
    """Whatever happens to the files of the cache, a call works as if they were not there."""
    assert_good(practice.run(*role(sandbox), "--mfa-code", sandbox.code()))
    assert_good(practice.run(*role(sandbox)))
    files = sorted(path for path in practice.cache.iterdir() if path.stat().st_size)
    assert len(files) >= 4
    contents = [path.read_bytes() for path in files]
    for number, path in enumerate(files):
        data = contents[number]
        middle = len(data) // 2
        path.write_bytes(
            {
                "cut": data[:middle],
                "turn": data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :],
                "empty": b"",
                "swap": contents[number - 1],
            }[damage]
        )
    assert_refused(practice.run(*role(sandbox)), 3, "needs an MFA code", "login")
    assert practice.run("status").status == 0
    assert_good(practice.run(*role(sandbox), "--mfa-code", sandbox.code()))
    assert_good(practice.run(*role(sandbox)))


@pytest.fixture
def black_hole() -> Iterator[str]:
    """An address where nobody answers, as behind a firewall: the queue of a server is full."""
    with ExitStack() as stack:
        server = stack.enter_context(socket.socket())
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        for _ in range(4):
            queued = stack.enter_context(socket.socket())
            queued.settimeout(0)
            queued.connect_ex(server.getsockname())
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


@pytest.mark.skipif(sys.platform != "linux", reason="drives the program with strace")
def test_connection_that_never_comes_ends_by_itself(
    practice: Home, sandbox: Sandbox, black_hole: str
) -> None:
    """Where packets are lost, the wait ends after 10 seconds, and the code is still good."""
    code = sandbox.code()
    line = (*KEYS, "--mfa-code", code)
    practice.environ["AWS_ENDPOINT_URL_STS"] = black_hole
    done, waits = system_calls(practice, "poll", "retval=0", *line)
    del practice.environ["AWS_ENDPOINT_URL_STS"]
    assert waits_of(waits) == [(CONNECTION, 10)]
    assert_refused(done, 1, f"{black_hole} cannot be reached", "check network, proxy")
    assert_good(practice.run(*KEYS, "--mfa-code", code))


def test_refusal_that_repeats_the_call_is_shown_without_its_secrets(practice: Home) -> None:
    """What AWS repeats of a call is shown on one line, with code and session token blotted out."""
    with (practice.aws / "config").open("a") as file:
        file.write("\n[profile p]\nsource_profile = f\n")
        file.write("role_arn = arn:aws:iam::222222222222:role/R\n")
    with (practice.aws / "credentials").open("a") as file:
        file.write("\n[f]\naws_access_key_id = ASIAX\naws_secret_access_key = s3cr3tk3y\n")
        file.write("aws_session_token = s3ss10n\n")
    with Refusing("ValidationError") as other:
        environ = {"AWS_ENDPOINT_URL_STS": other.url}
        for line in ((*KEYS, "--mfa-code", "123456"), ("--profile", "p")):
            done = practice.run(*line, environ=environ)
            assert_refused(done, 1, "ValidationError: Values *** are not taken", "correct what AWS")
        assert other.heard == ["123456", "s3ss10n"]


@pytest.mark.parametrize(
    "code",
    ["SignatureDoesNotMatch", "RequestTimeTooSkewed", "RequestExpired", "InvalidSignature"],
)
@pytest.mark.parametrize(("minutes", "word"), [(20, "behind"), (-20, "ahead")])
def test_clock_that_is_off_is_told_by_the_date_of_the_answer(
    practice: Home, code: str, minutes: int, word: str
) -> None:
    """Where the message has no time in it, that of the answer tells how far the clock is off."""
    with Refusing(code, minutes * 60) as other:
        environ = {"AWS_ENDPOINT_URL_STS": other.url}
        done = practice.run(*KEYS, "--mfa-code", "123456", environ=environ)
    assert_refused(done, 1, f"the clock of this machine is 20 minutes {word}", "set the clock")
