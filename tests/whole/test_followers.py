"""Many roles at once: one process calls AWS for all, and nobody depends on it."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from support.home import PROGRAM, Home, assert_refused
from support.practice import KEYS, PracticeAWS, actions, role
from support.waiting import finish, wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")

Process = subprocess.Popen[bytes]
DENIED = "arn:aws:iam::222222222222:role/Nobody"
SECRET = "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY"
IN_ANOTHER_FOLDER = ("-c", 'cd / && exec "$@"', "sh", PROGRAM)


def named(sandbox: PracticeAWS, name: str) -> list[str]:
    """Return the command line for a role session of this name."""
    return [*role(sandbox), "--role-session-name", name]


def asked(home: Home, end: str = "") -> list[Path]:
    """Return what followers ask just now: what waits, or with an end what is taken."""
    found = (home.cache / "followers").glob("*")
    return [path for path in found if path.suffix == end]


def taken(home: Home) -> int:
    return len(asked(home, ".taken"))


def calls_alone(process: Process) -> bool:
    """Tell whether a process has loaded what signs a call."""
    return b"libcrypto" in Path(f"/proc/{process.pid}/maps").read_bytes()


PATIENT = """
from aws_mfa_process import main
from aws_mfa_process.sessions import leading
leading.TAKE_SECONDS = 60
main()
"""
"""The program, which takes what followers ask for longer than a busy machine starts them."""


@contextlib.contextmanager
def led(home: Home, sandbox: PracticeAWS, *line: str) -> Iterator[Process]:
    """Give a process that calls AWS, which answers nobody within the block."""
    before = len(sandbox.calls)
    words = line or named(sandbox, "leader")
    with sandbox.held():
        leader = home.start("-c", PATIENT, *words, program=sys.executable)
        wait_until(lambda: len(sandbox.calls) > before)
        yield leader


def key_ids(processes: Sequence[Process]) -> list[str]:
    """Return the key ids that processes print, none of which has failed or said anything."""
    ended = finish(processes)
    assert {(status, err) for status, _, err in ended} == {(0, b"")}
    return [json.loads(out)["AccessKeyId"] for _, out, _ in ended]


def names_of(sandbox: PracticeAWS, processes: Sequence[Process]) -> list[str]:
    """Return the names of the role sessions that processes print, as AWS has them."""
    given = key_ids(processes)
    sessions = sandbox.sessions()
    return [sessions[key].identity.arn.rpartition("/")[2] for key in given]


def test_one_process_calls_for_all(logged_in: Home, sandbox: PracticeAWS) -> None:
    """Those that come while one calls AWS get their own session by it, and it is stored."""
    names = [f"follower{number}" for number in range(9)]
    environ = {"SECRET": SECRET}
    logged_in.environ |= environ
    with led(logged_in, sandbox) as leader:
        followers = [logged_in.start(*named(sandbox, name)) for name in names]
        wait_until(lambda: taken(logged_in) == len(followers))
        wait_until(lambda: actions(sandbox).count("AssumeRole") == 1 + len(names))
        assert not any(map(calls_alone, followers))
        files = asked(logged_in, ".taken")
        assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
        assert files[0].parent.stat().st_mode & 0o777 == 0o700
        assert not any(SECRET.encode() in path.read_bytes() for path in files)
    assert names_of(sandbox, [leader, *followers]) == ["leader", *names]
    assert [*(logged_in.cache / "followers").iterdir()] == []
    again = [logged_in.start(*named(sandbox, name)) for name in ["leader", *names]]
    assert names_of(sandbox, again) == ["leader", *names]
    assert actions(sandbox).count("AssumeRole") == 1 + len(names)


def test_more_than_one_process_calls_for(logged_in: Home, sandbox: PracticeAWS) -> None:
    """Sixty at once: each has its own role, and each role is assumed once."""
    sandbox.latency_seconds = 0.1
    names = [f"number{number}" for number in range(60)]
    assert names_of(sandbox, [logged_in.start(*named(sandbox, name)) for name in names]) == names
    assert actions(sandbox).count("AssumeRole") == len(names)


def test_whatever_starts_with_the_same_session_follows(
    logged_in: Home, sandbox: PracticeAWS
) -> None:
    """Other roles, settings and regions; what takes two calls goes alone, as does what is there."""
    with (logged_in.aws / "config").open("a") as file:
        hop = role(sandbox, "Deep")[-1]
        file.write(f"\n[profile deeper]\nsource_profile = prod\nrole_arn = {hop}\n")
    lines = [
        role(sandbox, "Developer"),
        (*role(sandbox, "ReadOnly"), "--external-id", "sandbox-audit"),
        (*role(sandbox), "--duration-seconds", "900"),
        (*named(sandbox, "abroad"), "--region", "eu-west-1"),
    ]
    with led(logged_in, sandbox) as leader:
        followers = [logged_in.start(*line) for line in lines]
        wait_until(lambda: taken(logged_in) == len(followers))
        assert logged_in.run(*KEYS, timeout=20).status == 0
        deeper = logged_in.start("--profile", "deeper")
        wait_until(lambda: calls_alone(deeper))
    key_ids([leader, *followers, deeper])
    assert actions(sandbox).count("AssumeRole") == 3 + len(lines)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_followers_go_on_without_a_leader(
    logged_in: Home, sandbox: PracticeAWS, number: signal.Signals
) -> None:
    """Killed, ended or interrupted: the others have their sessions all the same."""
    names = [f"follower{it}" for it in range(4)]
    with led(logged_in, sandbox) as leader:
        followers = [logged_in.start(*named(sandbox, name)) for name in names]
        wait_until(lambda: taken(logged_in) == len(followers))
        leader.send_signal(number)
        leader.communicate(timeout=10)
        wait_until(lambda: all(map(calls_alone, followers)))
    assert names_of(sandbox, followers) == names
    assert asked(logged_in) == asked(logged_in, ".taken") == []


def test_stopped_leader_is_named(logged_in: Home, sandbox: PracticeAWS) -> None:
    """A leader that stands still holds the locks of what it was making, and is told as that."""
    with led(logged_in, sandbox) as leader:
        follower = logged_in.start(*named(sandbox, "follower"))
        wait_until(lambda: actions(sandbox).count("AssumeRole") == 2)
        leader.send_signal(signal.SIGSTOP)
        ((status, out, err),) = finish([follower])
        assert (status, out) == (3, b"")
        assert f"process {leader.pid} is making this session, and it is stopped" in err.decode()
        other = logged_in.start(*named(sandbox, "other"))
        wait_until(lambda: actions(sandbox).count("AssumeRole") == 3)  # not taken: by itself
        leader.send_signal(signal.SIGCONT)
    assert names_of(sandbox, [leader, other]) == ["leader", "other"]


def test_ctrl_z_waits_for_what_others_get(logged_in: Home, sandbox: PracticeAWS) -> None:
    """A leader that is stopped at its terminal gives its followers their answers first."""
    (logged_in.path / "both.sh").write_text(
        f"(until [ -e ~/go ]; do sleep 0.02; done; exec {PROGRAM} {' '.join(named(sandbox, 'one'))}"
        f" >~/one) &\n{sys.executable} -c '{PATIENT}' {' '.join(named(sandbox, 'leader'))}\n",
        encoding="utf-8",
    )
    shell = logged_in.terminal("--norc", "-i", program="/bin/bash", environ={"PS1": "READY> "})
    with sandbox.held():
        shell.sendline("cd; . ./both.sh")
        wait_until(lambda: actions(sandbox).count("AssumeRole") == 1)
        (logged_in.path / "go").touch()
        wait_until(lambda: actions(sandbox).count("AssumeRole") == 2)
        assert taken(logged_in) == 1
        shell.send("\x1a")
        time.sleep(0.2)
    shell.expect_exact("Stopped")
    wait_until(lambda: '"Version":1' in (logged_in.path / "one").read_text(encoding="utf-8"))
    started = [logged_in.start(*named(sandbox, name)) for name in ("leader", "one", "new")]
    assert names_of(sandbox, started) == ["leader", "one", "new"]
    assert actions(sandbox).count("AssumeRole") == 3
    shell.sendline("fg")
    shell.expect_exact('"Version":1')
    shell.close(force=True)


def test_own_caller_does_not_wait_for_others(logged_in: Home, sandbox: PracticeAWS) -> None:
    """A leader ends although AWS answers a follower's call no more; that one calls anew."""
    with led(logged_in, sandbox) as leader:
        follower = logged_in.start(*named(sandbox, "follower"))
        wait_until(lambda: actions(sandbox).count("AssumeRole") == 2)
        sandbox.answer_first()
        assert names_of(sandbox, [leader]) == ["leader"]
        wait_until(lambda: actions(sandbox).count("AssumeRole") == 3)
        assert calls_alone(follower)
    assert names_of(sandbox, [follower]) == ["follower"]


def test_what_fails_is_called_once_and_told_where_it_was_wanted(
    logged_in: Home, sandbox: PracticeAWS
) -> None:
    """A role that AWS denies fails for who wants it, in the same words, and for nobody else."""
    denied = (*KEYS, "--role-arn", DENIED)
    alone = logged_in.run(*denied)
    assert_refused(alone, 1, "Nobody", "")
    before = actions(sandbox).count("AssumeRole")
    with led(logged_in, sandbox) as leader:
        follower, other = (logged_in.start(*line) for line in (denied, named(sandbox, "other")))
        wait_until(lambda: taken(logged_in) == 2)
    assert names_of(sandbox, [leader, other]) == ["leader", "other"]
    ((status, out, err),) = finish([follower])
    assert (status, out.decode(), err.decode()) == alone
    with led(logged_in, sandbox, *denied) as leader:
        follower = logged_in.start(*named(sandbox, "another"))
        wait_until(lambda: taken(logged_in) == 1)
    assert names_of(sandbox, [follower]) == ["another"]
    ((status, out, err),) = finish([leader])
    assert (status, out.decode(), err.decode()) == alone
    assert actions(sandbox).count("AssumeRole") == before + 5


@pytest.mark.parametrize(
    ("environ", "before"),
    [
        ({"AWS_REGION": "eu-west-1"}, ()),
        ({"no_proxy": "localhost"}, ()),
        ({"HTTP_PROXY": "http://alice:secret@127.0.0.1:1", "no_proxy": "127.0.0.1"}, ()),
        ({"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE"}, ()),
        ({"PYTHONHASHSEED": "1"}, ()),
        ({}, IN_ANOTHER_FOLDER),
    ],
    ids=["region", "proxy", "password", "keys", "interpreter", "folder"],
)
def test_other_surroundings_are_not_those_of_the_leader(
    logged_in: Home, sandbox: PracticeAWS, environ: dict[str, str], before: tuple[str, ...]
) -> None:
    """What could change a call makes its process call for itself, at once."""
    with led(logged_in, sandbox) as leader:
        line = (*before[:-1], *before[-1:], *named(sandbox, "other"))
        other = logged_in.start(*line, environ=environ, program="sh" if before else PROGRAM)
        wait_until(lambda: actions(sandbox).count("AssumeRole") == 2)
        assert calls_alone(other)
        assert taken(logged_in) == 0
    assert names_of(sandbox, [leader, other]) == ["leader", "other"]


def test_what_each_process_of_a_program_has_of_its_own_makes_no_difference(
    logged_in: Home, sandbox: PracticeAWS
) -> None:
    """A loop sets AWS_PROFILE, Terraform gives each provider a certificate of its own."""
    environs = [{"AWS_PROFILE": "prod"}, {"AWS_PROFILE": "test"}, {"PLUGIN_CLIENT_CERT": "PEM"}]
    with led(logged_in, sandbox) as leader:
        started = [
            logged_in.start(*named(sandbox, f"number{number}"), environ=environ)
            for number, environ in enumerate(environs)
        ]
        wait_until(lambda: taken(logged_in) == 3)
    names = ["leader", "number0", "number1", "number2"]
    assert names_of(sandbox, [leader, *started]) == names


def test_session_of_another_code_is_not_led(logged_in: Home, sandbox: PracticeAWS) -> None:
    """What starts with another MFA session, which lives too, is called for alone."""
    line = (*named(sandbox, "other"), "--session-duration-seconds", "3600")
    sandbox.clock_offset_seconds += 60
    assert logged_in.run(*line[:2], *line[-2:], "--mfa-code", sandbox.code()).status == 0
    with led(logged_in, sandbox) as leader:
        other = logged_in.start(*line)
        wait_until(lambda: actions(sandbox).count("AssumeRole") == 2)
        assert calls_alone(other)
    assert names_of(sandbox, [leader, other]) == ["leader", "other"]


@pytest.mark.parametrize(
    "environ",
    [
        {"HTTP_PROXY": "http://alice:secret@127.0.0.1:1", "no_proxy": "127.0.0.1"},
        {"LD_PRELOAD": "libm.so.6"},
    ],
    ids=["password", "between"],
)
def test_some_variables_let_nobody_follow(
    logged_in: Home, sandbox: PracticeAWS, environ: dict[str, str]
) -> None:
    """No digest of a password is made, and none where it could not tell what differs."""
    logged_in.environ |= environ
    with led(logged_in, sandbox) as leader:
        other = logged_in.start(*named(sandbox, "other"))
        wait_until(lambda: actions(sandbox).count("AssumeRole") == 2)
        assert calls_alone(other)
        assert not (logged_in.cache / "followers").exists()
    assert names_of(sandbox, [leader, other]) == ["leader", "other"]


def test_follower_loads_nothing_but_what_waits(logged_in: Home, sandbox: PracticeAWS) -> None:
    """Its answer is the memo that the leader has written."""
    logged_in.environ["PYTHONPROFILEIMPORTTIME"] = "1"
    with led(logged_in, sandbox) as leader:
        follower = logged_in.start(*named(sandbox, "follower"))
        wait_until(lambda: taken(logged_in) == 1)
    (_, (status, out, err)) = finish([leader, follower])
    assert (status, json.loads(out)["Version"]) == (0, 1)
    loaded = set(re.findall(r"aws_mfa_process[.\w]*", err.decode()))
    assert {name.removeprefix("aws_mfa_process.") for name in loaded} == {
        *("aws_mfa_process", "__main__", "memo", "sealed"),
        *("store", "store.followers", "store.lock", "store.write"),
    }


def test_another_device_is_not_led(logged_in: Home, sandbox: PracticeAWS) -> None:
    """What starts with another MFA session fails or succeeds by itself, at once."""
    with led(logged_in, sandbox) as leader:
        line = (*named(sandbox, "other"), "--session-duration-seconds", "3600")
        done = logged_in.run(*line, "--no-prompt", timeout=20)
        assert_refused(done, 3, "needs an MFA code", "login")
    key_ids([leader])


def test_changed_config_is_read_by_who_comes_after(logged_in: Home, sandbox: PracticeAWS) -> None:
    """A follower that has seen another config than the leader goes on alone."""
    with led(logged_in, sandbox) as leader:
        with (logged_in.aws / "config").open("a") as file:
            file.write("\n[profile new]\nregion = eu-central-1\n")
        other = logged_in.start(*named(sandbox, "other"))
        wait_until(lambda: actions(sandbox).count("AssumeRole") == 2)
        assert calls_alone(other)
    assert names_of(sandbox, [leader, other]) == ["leader", "other"]


def test_nobody_gets_a_code(logged_in: Home, sandbox: PracticeAWS) -> None:
    """A command line with a code is neither led nor written down."""
    with led(logged_in, sandbox) as leader:
        other = logged_in.start(*named(sandbox, "other"), "--mfa-code", sandbox.code())
        wait_until(lambda: actions(sandbox).count("AssumeRole") == 2)
        assert calls_alone(other)
        assert asked(logged_in) == asked(logged_in, ".taken") == []
    assert names_of(sandbox, [leader, other]) == ["leader", "other"]


def test_nobody_calls_through_botocore_for_others(logged_in: Home, sandbox: PracticeAWS) -> None:
    """Where a call needs botocore, whoever comes makes it alone, and at once."""
    logged_in.environ["AWS_CSM_ENABLED"] = "true"  # through botocore
    with led(logged_in, sandbox) as leader:
        other = logged_in.start(*named(sandbox, "other"))
        wait_until(lambda: actions(sandbox).count("AssumeRole") == 2)
        assert calls_alone(other)
    assert names_of(sandbox, [leader, other]) == ["leader", "other"]


def test_what_a_killed_follower_has_left_is_nothing(logged_in: Home, sandbox: PracticeAWS) -> None:
    """What was taken by a leader that is gone is not waited for, and goes with a logout."""
    folder = logged_in.cache / "followers"
    line = named(sandbox, "other")
    with led(logged_in, sandbox) as leader:
        follower = logged_in.start(*line)
        wait_until(lambda: taken(logged_in) == 1)
        for process in (follower, leader):
            process.kill()
            process.communicate()
    (left,) = asked(logged_in, ".taken")
    with led(logged_in, sandbox) as leader:
        other = logged_in.start(*line, environ={"AWS_REGION": "eu-west-1"})
        wait_until(lambda: calls_alone(other))
        for path in (left, left.with_suffix(".x.aws-mfa-process.tmp")):
            path.write_bytes(b"")
        assert logged_in.run("logout", "--all").status == 0
        assert list(folder.iterdir()) == []
    finish([leader, other])


def test_late_question_is_not_taken(logged_in: Home, sandbox: PracticeAWS) -> None:
    """What comes when the leader's own call has long been made is left alone, at once."""
    with sandbox.held():
        leader = logged_in.start(*named(sandbox, "leader"))
        wait_until(lambda: actions(sandbox) == ["GetSessionToken", "AssumeRole"])
        time.sleep(0.5)
        other = logged_in.start(*named(sandbox, "other"))
        wait_until(lambda: actions(sandbox).count("AssumeRole") == 2)
        assert calls_alone(other)
    assert names_of(sandbox, [leader, other]) == ["leader", "other"]


def test_ctrl_c_leaves_nothing_half(logged_in: Home, sandbox: PracticeAWS) -> None:
    """A leader that is interrupted when answers come ends whole: no file with secrets is left."""
    with led(logged_in, sandbox) as leader:
        follower = logged_in.start(*named(sandbox, "follower"))
        wait_until(lambda: actions(sandbox).count("AssumeRole") == 2)
        leader.send_signal(signal.SIGINT)
    assert names_of(sandbox, [follower]) == ["follower"]
    assert leader.wait(timeout=20) == 130
    leader.communicate()
    assert list(logged_in.cache.rglob("*.tmp")) == []
    assert actions(sandbox).count("AssumeRole") == 2


def test_strange_things_among_the_questions(logged_in: Home, sandbox: PracticeAWS) -> None:
    """Whatever lies there is not waited for or followed; what was left behind goes."""
    folder = logged_in.cache / "followers"
    folder.mkdir(mode=0o700)
    outside = logged_in.path / "outside"
    outside.write_text("mine", encoding="utf-8")
    os.mkfifo(folder / "pipe")
    (folder / "folder").mkdir()
    (folder / "link").symlink_to(outside)
    (folder / "garbage").write_bytes(b"\xff" * 100)
    for name in ("old.taken", "new.taken"):
        (folder / name).write_bytes(b"")
    os.utime(folder / "old.taken", (0, 0))
    with led(logged_in, sandbox) as leader:
        follower = logged_in.start(*named(sandbox, "follower"))
        wait_until(lambda: taken(logged_in) == 2)
        assert not calls_alone(follower)
    assert names_of(sandbox, [leader, follower]) == ["leader", "follower"]
    assert outside.read_text(encoding="utf-8") == "mine"
    assert sorted(path.name for path in folder.iterdir()) == ["folder", "new.taken"]


@pytest.mark.parametrize("kind", ["file", "pipe", "link", "link to a folder"])
def test_no_folder_for_questions(logged_in: Home, sandbox: PracticeAWS, kind: str) -> None:
    """Where no question can be put, nobody follows, and nothing there is changed."""
    place = logged_in.cache / "followers"
    folder = logged_in.path / "folder"
    if kind == "pipe":
        os.mkfifo(place)
    elif kind == "file":
        place.touch()
    elif kind == "link":
        place.symlink_to(logged_in.path / "nowhere")
    else:
        folder.mkdir(mode=0o700)
        (folder / "mine").touch()
        os.utime(folder / "mine", (0, 0))
        place.symlink_to(folder)
    with led(logged_in, sandbox) as leader:
        other = logged_in.start(*named(sandbox, "other"))
        wait_until(lambda: actions(sandbox).count("AssumeRole") == 2)
        assert calls_alone(other)
    assert names_of(sandbox, [leader, other]) == ["leader", "other"]
    assert logged_in.run("logout", "--all").status == 0
    assert kind != "link to a folder" or (folder / "mine").exists()
