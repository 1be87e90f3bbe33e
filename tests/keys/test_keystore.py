"""The keyring itself: which one is taken, and what is said when none can be used.

Every back end here is a real one: gnome-keyring, keyring's own, keyrings.alt and pass from the
package index, and small third-party ones, as anybody may write them.
"""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from aws_mfa_process.sandbox.server.sandbox import Sandbox
from support.beside import beside
from support.home import PROGRAM, Home, Result
from support.keyring import Keyring
from support.parts import missing, need
from support.waiting import wait_until

KEYS = "bastion-keys"
LIMIT = "AWS_MFA_PROCESS_KEYRING_SECONDS"
BACKEND = "PYTHON_KEYRING_BACKEND"

THIRD_PARTY = '''
import os, subprocess, sys, time
from keyring.backend import KeyringBackend

store = os.path.expanduser("~/third-party")

class Working(KeyringBackend):
    """One that works."""
    priority = 0.1
    def get_password(self, service, username):
        try:
            return open(os.path.join(store, username)).read()
        except FileNotFoundError:
            return None
    def set_password(self, service, username, password):
        os.makedirs(store, exist_ok=True)
        with open(os.path.join(store, username), "w") as file:
            file.write(password)
    def delete_password(self, service, username):
        os.unlink(os.path.join(store, username))

class Blocking(Working):
    def get_password(self, service, username):
        time.sleep(600)

class Dropping(Working):
    def set_password(self, service, username, password):
        pass

class Failing(Working):
    def get_password(self, service, username):
        raise OSError("a detail with a secret")

class Leaving(Working):
    def get_password(self, service, username):
        sys.exit(7)

class Chattering(Working):
    def get_password(self, service, username):
        print("chatter")
        print("chatter", file=sys.stderr)
        os.write(1, b"chatter")
        os.write(2, b"chatter")
        subprocess.run(["sh", "-c", "echo chatter; echo chatter >&2"])
        return super().get_password(service, username)
'''


def add(home: Home, sandbox: Sandbox, **environ: str) -> Result:
    """Store the user's key."""
    text = f"{sandbox.access_key_id}\n{sandbox.secret_access_key}\n"
    return home.run("add", KEYS, "--stdin", text=text, environ=environ)


def use(home: Home, sandbox: Sandbox, **environ: str) -> Result:
    """Ask for credentials, which opens the keyring."""
    return home.run("--profile", KEYS, "--mfa-code", sandbox.code(), environ=environ)


def refused(done: Result, message: str, hint: str) -> None:
    """Check that a command ended with status 3, one sentence and one hint, and nothing else."""
    assert done.status == 3, done
    assert done.out == "", done
    error, told = done.err.splitlines()
    assert error == f"aws-mfa-process: error: {message}", done
    assert told.startswith("hint: "), done
    assert hint in told, done


def carried_out(hint: str, password: Path) -> str:
    """Return the lines of bash that a hint names, with the password typed from a file."""
    found = re.search(r"(read -rs \w+) \(type .*\), then (printf .*? --components=secrets)", hint)
    assert found, hint
    return f"{found[1]} <{password}; {found[2]} >/dev/null 2>&1"


@pytest.fixture
def bare(practice: Home) -> Home:
    """A home directory without any keys, and without a session bus."""
    (practice.aws / "credentials").write_text("")
    return practice


@pytest.fixture
def stored(bare: Home, keyring: Keyring, sandbox: Sandbox) -> Keyring:
    """The key in an unlocked keyring."""
    assert add(bare, sandbox).status == 0
    assert sandbox.secret_access_key in keyring.text(KEYS)
    return keyring


@pytest.fixture
def third_party(bare: Home, tmp_path: Path) -> Home:
    """A home directory whose program has back ends of somebody else's beside it."""
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "theirs.py").write_text(THIRD_PARTY)
    bare.program = beside(folder, tmp_path / "venv")
    return bare


@pytest.fixture(scope="session")
def from_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with packages of back ends, from the package index."""
    folder = tmp_path_factory.mktemp("site")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    packages = ["--no-deps", "--target", str(folder), "keyrings.alt", "keyring-pass"]
    done = subprocess.run([*pip, *packages], capture_output=True, text=True, check=False)
    if done.returncode:
        missing(f"keyrings.alt and keyring-pass from a package index: {done.stderr[-200:]}")
    return folder


# locked


def test_a_locked_keyring_without_a_desktop(
    stored: Keyring, sandbox: Sandbox, tmp_path: Path
) -> None:
    """At once: status 3, and a remedy that works when it is carried out."""
    stored.lock()
    started = time.monotonic()
    done = use(stored.home, sandbox)
    assert time.monotonic() - started < 10
    refused(done, "the keyring is locked", "gnome-keyring-daemon --replace --unlock")
    assert f"  {KEYS}  …MPLE  SecretService Keyring  " in stored.home.run("list").out
    (row,) = json.loads(stored.home.run("list", "--json").out)
    assert row["profile"] == KEYS
    for command in (["rotate", KEYS], ["remove", KEYS, "--yes"], ["import", "--undo", KEYS]):
        refused(stored.home.run(*command), "the keyring is locked", "--unlock")
    (tmp_path / "password").write_text(f"{stored.password}\n")
    script = carried_out(done.err, tmp_path / "password")
    assert stored.home.run("-c", script, program="bash").status == 0
    assert use(stored.home, sandbox).out.startswith('{"Version":1')


def test_a_locked_keyring_with_a_lost_index(stored: Keyring, sandbox: Sandbox) -> None:
    """Nobody is told to store keys that may be there: the keyring has to be unlocked first."""
    stored.lock()
    for index in stored.home.cache.glob("keys-*"):
        index.unlink()
    message = f"no keys are known for profile {KEYS}, and the keyring is locked"
    refused(use(stored.home, sandbox), message, "--unlock")
    refused(stored.home.run("list"), "the keyring is locked", "--unlock")


@pytest.fixture
def display() -> Iterator[str]:
    """An empty desktop."""
    program = need("Xvfb")
    reading, writing = os.pipe()
    options = ["-displayfd", str(writing), "-screen", "0", "900x500x24", "-nolisten", "tcp"]
    server = subprocess.Popen(
        [program, *options, "-noreset"], pass_fds=[writing], stderr=subprocess.DEVNULL
    )
    os.close(writing)
    with os.fdopen(reading) as pipe:
        yield f":{pipe.readline().strip()}"
    server.terminate()
    server.wait()


def test_a_keyring_that_asks_in_its_own_window(
    bare: Home, tmp_path: Path, sandbox: Sandbox, display: str
) -> None:
    """A person has some time to unlock it in its window; after that the error says so."""
    tool = need("xdotool")
    if not Path("/usr/libexec/gcr-prompter").exists():
        missing("the window of gnome-keyring (gcr)")
    keyring = Keyring(bare, tmp_path / "runtime", display)
    try:
        assert add(bare, sandbox).status == 0
        keyring.lock()
        refused(
            use(bare, sandbox, **{LIMIT: "2"}),
            "the keyring did not answer within 2 seconds",
            "a window",
        )
        asker = bare.start("--profile", KEYS, "--mfa-code", sandbox.code())
        find = ["search", "--onlyvisible", "--class", "gcr-prompter"]
        wait_until(lambda: bare.run(*find, program=tool).out, 20)
        time.sleep(1)
        bare.run("type", "--delay", "30", f"{keyring.password}\r", program=tool)
        out, error = asker.communicate(timeout=30)
        assert (asker.returncode, error) == (0, b"")
        assert json.loads(out)["Version"] == 1
    finally:
        keyring.close()


def test_a_keyring_that_ends_while_it_is_asked(
    bare: Home, tmp_path: Path, sandbox: Sandbox
) -> None:
    """It is asked once more, since D-Bus starts it anew; nothing is lost."""
    keyring = Keyring(bare, tmp_path / "runtime")
    try:
        assert add(bare, sandbox).status == 0
        keyring.end_while_asked()
        done = use(bare, sandbox)
        assert keyring.started.with_name("once").is_dir()
        assert (done.status, done.err) == (0, ""), done
    finally:
        keyring.close()


# missing, or not fit


@pytest.mark.parametrize(
    ("environ", "hint"),
    [
        ({}, "on a server: run dbus-run-session -- bash, in it read -rs PASSWORD"),
        ({"SSH_CONNECTION": "::1 1 ::1 22"}, "over ssh: run dbus-run-session"),
        ({"WSL_DISTRO_NAME": "Debian"}, "under WSL: run dbus-run-session"),
        ({"DISPLAY": ":99"}, "start the desktop's keyring: gnome-keyring, KWallet or KeePassXC"),
    ],
)
def test_no_keyring(bare: Home, sandbox: Sandbox, environ: dict[str, str], hint: str) -> None:
    """Where there is none the hint fits the place."""
    message = "there is no system keyring that keeps secrets"
    refused(add(bare, sandbox, **environ), message, hint)
    refused(bare.run("list", environ=environ), message, hint)
    refused(add(bare, sandbox, **environ), message, "the key may stay in ~/.aws/credentials")


def test_without_a_keyring_nobody_types_a_pair(bare: Home) -> None:
    """``add`` says that there is none before it asks for anything."""
    terminal = bare.terminal("add", KEYS)
    shown = terminal.read()
    terminal.close()
    assert terminal.exitstatus == 3
    assert shown.startswith("aws-mfa-process: error: there is no system keyring that keeps secrets")


def test_the_remedy_for_a_server_works(bare: Home, sandbox: Sandbox, tmp_path: Path) -> None:
    """What the hint says, done in a shell without anything, gives a keyring that works."""
    need("dbus-run-session")
    (tmp_path / "run").mkdir(mode=0o700)
    (tmp_path / "pair").write_text(f"{sandbox.access_key_id}\n{sandbox.secret_access_key}\n")
    (tmp_path / "password").write_text("secret\n")
    hint = add(bare, sandbox).err
    script = (
        f"{carried_out(hint, tmp_path / 'password')};"
        f"{PROGRAM} add {KEYS} --stdin <{tmp_path}/pair >&2 && {PROGRAM} --profile {KEYS}"
        f" --mfa-code {sandbox.code()}"
    )
    done = bare.run(
        *("--", "bash", "-c", script),
        program="dbus-run-session",
        environ={"XDG_RUNTIME_DIR": str(tmp_path / "run")},
    )
    assert done.out.startswith('{"Version":1'), done


@pytest.mark.parametrize("name", ["null", "fail"])
def test_one_that_keeps_nothing_is_refused(stored: Keyring, sandbox: Sandbox, name: str) -> None:
    """Also when a person names it; and the way to a working one is back at once."""
    environ = {BACKEND: f"keyring.backends.{name}.Keyring"}
    message = "there is no system keyring that keeps secrets"
    refused(add(stored.home, sandbox, **environ), message, "dbus-run-session")
    refused(use(stored.home, sandbox, **environ), message, "dbus-run-session")
    assert use(stored.home, sandbox).status == 0


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "ValueError"),
        ("word", "ValueError"),
        ("keyring.backends.SecretServce.Keyring", "ModuleNotFoundError"),
        ("keyring.backends.SecretService.Keyrin", "AttributeError"),
    ],
)
def test_one_that_is_named_wrongly(stored: Keyring, sandbox: Sandbox, name: str, why: str) -> None:
    """The hint leads back to the system's own, and names what names the wrong one."""
    environ = {BACKEND: name}
    told = "the keyring that {} names cannot be loaded ({})"
    refused(use(stored.home, sandbox, **environ), told.format(BACKEND, why), f"unset {BACKEND}")
    config = stored.home.path / ".config/python_keyring/keyringrc.cfg"
    config.parent.mkdir(parents=True)
    config.write_text(f"[backend]\ndefault-keyring = {name}\n")
    done = use(stored.home, sandbox)
    refused(done, told.format(config, why), f"mend or remove {config}")
    config.unlink()
    assert use(stored.home, sandbox).status == 0


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("Dropping", "the keyring (theirs Dropping) does not keep what it is given"),
        ("Failing", "the keyring cannot be used (OSError)"),
        ("Leaving", "the keyring cannot be used (SystemExit)"),
    ],
)
def test_one_that_does_not_work(
    third_party: Home, sandbox: Sandbox, name: str, message: str
) -> None:
    """A back end that drops, fails or ends the program: one sentence."""
    done = add(third_party, sandbox, **{BACKEND: f"theirs.{name}"})
    refused(done, message, "dbus-run-session")
    assert not list(third_party.cache.glob("keys-*"))


def test_one_that_blocks_has_a_time_limit(third_party: Home, sandbox: Sandbox) -> None:
    """After the limit the command fails, says so and ends; it does not hang at its end."""
    started = time.monotonic()
    done = add(third_party, sandbox, **{BACKEND: "theirs.Blocking", LIMIT: "1"})
    assert 1 <= time.monotonic() - started < 10
    refused(done, "the keyring did not answer within 1 seconds", "unlock it and try again")


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "soon", "99999", "٣"])
def test_a_wrong_limit_is_an_error(third_party: Home, sandbox: Sandbox, text: str) -> None:
    """The limit is a whole number of seconds."""
    done = add(third_party, sandbox, **{BACKEND: "theirs.Working", LIMIT: text})
    assert done.status == 2
    assert LIMIT in done.err


def test_one_that_chatters_is_not_heard(third_party: Home, sandbox: Sandbox) -> None:
    """Whatever a back end writes, standard output is our JSON and standard error is empty."""
    environ = {BACKEND: "theirs.Chattering"}
    done = add(third_party, sandbox, **environ)
    assert (done.status, done.err) == (0, "")
    assert "chatter" not in done.out
    done = use(third_party, sandbox, **environ)
    assert (done.status, done.err) == (0, "")
    assert json.loads(done.out)["Version"] == 1


@pytest.mark.parametrize("how", ["long", "nested"])
def test_answer_of_a_keyring_is_bounded(third_party: Home, sandbox: Sandbox, how: str) -> None:
    """What is longer than any pair of ours is not even parsed."""
    environ = {BACKEND: "theirs.Working"}
    assert add(third_party, sandbox, **environ).status == 0
    path = third_party.path / "third-party" / KEYS
    pair = path.read_text()
    path.write_text(pair + " " * 65536 if how == "long" else "[" * 60_000)
    refused(
        use(third_party, sandbox, **environ),
        f"what the keyring holds for profile {KEYS} is not a key pair of this program",
        f"add {KEYS}",
    )
    path.write_text(pair)
    assert use(third_party, sandbox, **environ).status == 0


# keyrings.alt, pass


def plain(home: Home) -> list[Path]:
    """Return the plaintext file of keyrings.alt."""
    return list(home.path.rglob("keyring_pass.cfg"))


def test_the_plaintext_fallback_is_refused_unless_named(
    bare: Home, sandbox: Sandbox, from_index: Path, tmp_path: Path
) -> None:
    """keyrings.alt, found by itself, is no keyring; named in the environment or a file it is."""
    name = "keyrings.alt.file.PlaintextKeyring"
    bare.program = beside(from_index, tmp_path / "venv")
    environ = {"PATH": os.path.dirname(sys.executable)}
    message = f"the only keyring here is {name}, which is no safe place"
    refused(add(bare, sandbox, **environ), message, f"{BACKEND}={name}")
    chain = {**environ, BACKEND: "keyring.backends.chainer.ChainerBackend"}
    assert add(bare, sandbox, **chain).status == 3
    assert plain(bare) == []

    assert add(bare, sandbox, **environ, **{BACKEND: name}).status == 0
    assert len(plain(bare)) == 1
    assert use(bare, sandbox, **environ).status == 3
    config = bare.path / ".config/python_keyring/keyringrc.cfg"
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text(f"[backend]\ndefault-keyring={name}\n")
    assert use(bare, sandbox, **environ).status == 0


def test_the_real_keyring_is_taken_where_a_plaintext_one_follows(
    bare: Home, keyring: Keyring, sandbox: Sandbox, from_index: Path, tmp_path: Path
) -> None:
    """In the chain that keyrings.alt makes only the real keyring is written and read."""
    bare.program = beside(from_index, tmp_path / "venv")
    assert add(bare, sandbox).status == 0
    assert sandbox.secret_access_key in keyring.text(KEYS)
    assert plain(bare) == []
    keyring.lock()
    refused(use(bare, sandbox), "the keyring is locked", "--unlock")


def test_pass_serves_as_a_keyring(
    bare: Home, sandbox: Sandbox, from_index: Path, tmp_path: Path
) -> None:
    """On a server without a bus ``pass`` with ``keyring-pass`` is found, works and is silent."""
    need("pass")
    tool = need("gpg")
    secret = bare.path / ".gnupg"
    secret.mkdir(mode=0o700)
    new = ["--batch", "--quiet", "--passphrase", "", "--quick-generate-key", "alice"]
    try:
        assert bare.run(*new, "default", "default", "never", program=tool).status == 0
        assert bare.run("init", "alice", program="pass").status == 0
        bare.program = beside(from_index, tmp_path / "venv")
        done = add(bare, sandbox)
        assert (done.status, done.err) == (0, "")
        done = use(bare, sandbox)
        assert (done.status, done.err) == (0, "")
        assert "PasswordStoreBackend" in bare.run("list").out
        assert bare.run("remove", KEYS, "--yes").err == ""
        assert bare.run("list").out.startswith("The keyring holds no keys")
    finally:
        bare.run("--kill", "gpg-agent", program="gpgconf")


# what is stored

FULL = """
from aws_mfa_process.store.cache import Cache
from aws_mfa_process.credentials import SourceCredentials
from aws_mfa_process.keys.pairs import Stored, find, write
keys = SourceCredentials("A" * 20, "s" * 40)
full = Stored(keys, 1900000000, keys, "B" * 20, ("C" * 20, "D" * 20), 1900000001)
cache = Cache({folder!r})
write(cache, "p", full)
assert find(cache, "p") == full
least = Stored(keys, 5)
write(cache, "p", least)
assert find(cache, "p") == least
write(cache, "p", full)
"""


def test_what_is_stored_reads_back_and_fits_windows(home: Home, keyring: Keyring) -> None:
    """All that a rotation stores comes back as it was, and fits the 2560 bytes of Windows."""
    program = FULL.format(folder=str(home.cache))
    done = home.run("-c", program, program=sys.executable)
    assert (done.status, done.err) == (0, "")
    assert len(keyring.text("p").encode("utf-16-le")) < 2560
