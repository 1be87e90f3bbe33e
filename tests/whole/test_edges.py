"""What stands in the way at the edges: odd files, folders, proxies, streams, other programs."""

import contextlib
import hashlib
import json
import os
import re
import socket
import stat
import sysconfig
import venv
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from aws_mfa_process.aws.sources import KNOWS_LOGIN
from aws_mfa_process.sandbox.server.sandbox import Sandbox
from support.home import PROGRAM, Home, assert_refused
from support.keyring import Keyring
from support.parts import missing
from support.practice import KEYS, actions
from support.terminal import answer_prompt

DEBUG = "AWS_MFA_PROCESS_DEBUG"
SHARED = "AWS_SHARED_CREDENTIALS_FILE"
PYTHON = re.compile(r"Expecting value|Traceback|NoneType|object|JSONDecode|[0-9a-f]{32}")


def null_device(path: Path) -> None:
    """Make a stand-in for /dev/null."""
    if os.geteuid():
        missing("root, who can make devices")
    os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 3))
    path.chmod(0o666)


def unix_socket(path: Path) -> None:
    """Make a socket."""
    with socket.socket(socket.AF_UNIX) as listener, contextlib.chdir(path.parent):
        listener.bind(path.name)


def folder(path: Path) -> None:
    """Make a folder."""
    path.mkdir()


@pytest.fixture
def stored(practice: Home, sandbox: Sandbox, keyring: Keyring) -> Home:
    """A home whose key is in the keyring alone."""
    del sandbox, keyring
    assert practice.run("import", "bastion-keys", "--yes").status == 0
    return practice


@pytest.mark.parametrize("make", [null_device, unix_socket, folder])
def test_what_is_no_file_is_never_replaced(stored: Home, make: Callable[[Path], None]) -> None:
    """A device, a pipe or a folder in place of the credentials file stays what it is."""
    place = stored.path / "odd"
    make(place)
    before = place.stat()
    named = stored.path / "link"
    named.symlink_to(place)
    for path in (place, named):
        done = stored.run("import", "--undo", "bastion-keys", "--yes", environ={SHARED: str(path)})
        assert_refused(done, 2, str(path))
        after = place.stat()
        assert (after.st_mode, after.st_ino, after.st_rdev) == (
            before.st_mode,
            before.st_ino,
            before.st_rdev,
        )
        assert named.is_symlink()
        assert [path for path in stored.path.iterdir() if path.name.endswith(".tmp")] == []


def test_new_file_with_a_secret_is_closed_to_others(stored: Home, keyring: Keyring) -> None:
    """Keys that are written back stand in a file of mode 0600, whatever stood there."""
    path = stored.aws / "credentials"
    config = (stored.aws / "config").read_text()
    pair = keyring.text("bastion-keys")
    for mode in (None, 0o644, 0o666, 0o600):
        (stored.aws / "config").write_text(config)
        keyring.put("bastion-keys", pair)
        path.unlink()
        if mode is not None:
            path.touch()
            path.chmod(mode)
        done = stored.run("import", "--undo", "bastion-keys", "--yes")
        assert done.status == 0, done
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_debug_device_keeps_its_mode(home: Home) -> None:
    """A device that is named for the debug log is written to and not changed."""
    device = home.path / "null"
    null_device(device)
    home.run("--profile", "x", environ={DEBUG: str(device)})
    assert stat.S_IMODE(device.stat().st_mode) == 0o666


@pytest.mark.parametrize("name", ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "ca_bundle"])
def test_empty_bundle_is_refused(practice: Home, sandbox: Sandbox, name: str) -> None:
    """Nothing is sent where botocore would verify no certificate."""
    environ = {}
    if name == "ca_bundle":
        path = practice.aws / "config"
        text = path.read_text()
        path.write_text(text.replace("region =", "ca_bundle =\nregion ="))
    else:
        environ = {name: ""}
    done = practice.run(*KEYS, "--mfa-code", sandbox.code(), environ=environ)
    assert_refused(done, 2, f"{name}", "take it away")
    assert "no certificate would be verified" in done.err
    assert sandbox.calls == []


@pytest.mark.parametrize("scheme", ["socks5", "socks4", "SOCKS5h"])
def test_socks_proxy_is_named(practice: Home, sandbox: Sandbox, scheme: str) -> None:
    """A proxy that botocore cannot use is one sentence, without its password."""
    environ = {"HTTP_PROXY": f"{scheme}://alice:pass@127.0.0.1:1", "http_proxy": ""}
    del environ["http_proxy"]
    done = practice.run(*KEYS, "--mfa-code", sandbox.code(), environ=environ)
    assert_refused(done, 2, "HTTP_PROXY is a SOCKS proxy", "http://")
    assert "pass" not in done.err


def give_away(path: Path) -> None:
    """Give a folder to another user, as ``sudo`` leaves one to root."""
    if os.geteuid():
        missing("root, who can give folders away")
    os.chown(path, 65534, 65534)


@pytest.mark.parametrize("which", ["cache", "above", "home"])
def test_folder_of_another_user_is_told_and_left(
    practice: Home, sandbox: Sandbox, which: str
) -> None:
    """``status``, ``login`` and the question say whose it is; nothing is made in it."""
    place = {
        "cache": practice.cache,
        "above": practice.cache.parent,
        "home": practice.path,
    }[which]
    place.mkdir(parents=True, exist_ok=True)
    give_away(place)
    before = sorted(practice.path.rglob("*"))
    told = f"{place} belongs to nobody"
    assert told in practice.run("status").out
    assert_refused(practice.run("login", "bastion", "--mfa-code", "123456"), 1, told, "your own")
    terminal = practice.terminal(*KEYS)
    terminal.expect(re.escape("Not kept: "))
    answer_prompt(terminal, sandbox.code())
    terminal.expect('"Version":1')
    terminal.wait()
    assert sorted(practice.path.rglob("*")) == before


def test_a_file_in_place_of_the_folder_is_told(practice: Home, sandbox: Sandbox) -> None:
    """Before a code is spent on a session that could not be kept."""
    practice.cache.parent.mkdir()
    practice.cache.touch()
    told = f"{practice.cache} is no folder (rm {practice.cache})"
    assert told in practice.run("status").out
    done = practice.run("login", "bastion", "--mfa-code", sandbox.code())
    assert_refused(done, 1, told, "your own")
    assert actions(sandbox) == []


def test_debug_file_that_cannot_be_written_is_told(practice: Home) -> None:
    """A command says it on standard error, a failure beside its hint; an answer stays alone."""
    environ = {DEBUG: str(practice.path / "none" / "log")}
    told = f"{DEBUG} is {environ[DEBUG]}, which cannot be written: No such file or directory"
    assert told in practice.run("status", environ=environ).err
    assert_refused(practice.run("--profile", "x", environ=environ), 2, "profile x", told)
    (practice.path / "log").mkdir()
    environ = {DEBUG: str(practice.path / "log")}
    assert "Is a directory" in practice.run("status", environ=environ).err


@pytest.mark.parametrize(
    "arguments",
    [
        ["--version"],
        ["version"],
        ["-V"],
        ["help"],
        ["--help"],
        ["help", "login"],
        ["login", "--help"],
        ["status"],
        ["logout", "--all"],
    ],
    ids=" ".join,
)
def test_full_output_is_one_sentence(home: Home, arguments: list[str]) -> None:
    """A disk that is full is told as such, by every command."""
    line = f'"{PROGRAM}" {" ".join(arguments)} >/dev/full'
    done = home.run("-c", line, program="/bin/sh")
    assert_refused(done, 1, "standard output cannot be written: No space left", "make room")


def test_full_output_of_the_credential_process(practice: Home, sandbox: Sandbox) -> None:
    """The answer that cannot be written is told too, cold and warm."""
    line = f'"{PROGRAM}" {" ".join(KEYS)}'
    for more in (f" --mfa-code {sandbox.code()}", "", ""):
        done = practice.run("-c", f"{line}{more} >/dev/full", program="/bin/sh")
        assert_refused(done, 1, "could not be written to standard output: No space", "make room")


@pytest.mark.parametrize("word", ["version", "-V", "--version"])
def test_version_by_each_of_its_words(home: Home, word: str) -> None:
    """People look for it in three ways."""
    assert re.fullmatch(r"aws-mfa-process \S+\n", home.run(word).out)


def test_help_of_a_command(home: Home) -> None:
    """``help COMMAND`` is ``COMMAND --help``; ``help`` alone is the help of all."""
    for command in ("login", "status", "import"):
        assert home.run("help", command) == home.run(command, "--help")
    assert home.run("help") == home.run("--help")


PROCESSES = {
    "missing": ("/nonexistent/tool", "cannot be run: No such file"),
    "text": ("echo text", "did not print JSON"),
    "nothing": ("true", "did not print JSON"),
    "version": ("""echo '{"Version": 2}'""", "printed JSON that is no answer of such a process"),
    "keys": ("""echo '{"Version": 1}'""", "printed JSON that is no answer of such a process"),
    "list": ("echo []", "printed JSON that is no answer of such a process"),
    "exit": ("sh -c 'echo seed >&2; exit 1'", "failed"),
}


@pytest.mark.parametrize(("line", "reason"), PROCESSES.values(), ids=list(PROCESSES))
def test_other_program_is_told_in_a_sentence_of_ours(home: Home, line: str, reason: str) -> None:
    """What it printed is not shown, nor what Python thinks of it; the hint names the line."""
    home.config(
        "[profile p]\nrole_arn = arn:aws:iam::222222222222:role/Admin\nsource_profile = f\n"
        f"[profile f]\ncredential_process = {line}\n"
    )
    done = home.run("--profile", "p")
    assert_refused(done, 3, f"its credential_process {reason}", "credential_process of [profile f]")
    assert not PYTHON.search(done.err.replace(line, ""))
    assert "seed" not in done.err


SSO = "sso_start_url = https://x.awsapps.com/start\nsso_region = eu-central-1\n"
SSO_ROLE = "sso_account_id = 111111111111\nsso_role_name = R\n"
LOGINS = {
    "login": ("login_session = arn:aws:iam::111111111111:user/alice\n", "aws login --profile"),
    "sso": (SSO + SSO_ROLE, "aws sso login --profile"),
    "sso session": (
        f"sso_session = s\n{SSO_ROLE}[sso-session s]\n{SSO}",
        "aws sso login --profile",
    ),
}


@pytest.mark.parametrize(("settings", "hint"), LOGINS.values(), ids=list(LOGINS))
@pytest.mark.parametrize("content", [None, "", "{}", "[]", '{"accessToken": 1}'])
def test_broken_login_names_the_command(
    home: Home, settings: str, hint: str, content: str | None
) -> None:
    """A login that is missing or broken is told without hashes, with the command that renews it."""
    home.config(
        "[profile p]\nrole_arn = arn:aws:iam::222222222222:role/Admin\nsource_profile = my f\n"
        f'[profile "my f"]\nregion = eu-central-1\n{settings}'
    )
    environ = {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}
    told = f"{hint} 'my f'"
    if "login_session" in settings and not KNOWS_LOGIN:
        told = "install --upgrade 'botocore"
    if content is not None:
        for text in ("https://x.awsapps.com/start", "s", "arn:aws:iam::111111111111:user/alice"):
            for kind in ("sso", "login"):
                place = home.aws / kind / "cache"
                place.mkdir(parents=True, exist_ok=True)
                for digest in (hashlib.sha1(text.encode()), hashlib.sha256(text.encode())):
                    (place / f"{digest.hexdigest()}.json").write_text(content)
    done = home.run("--profile", "p", environ=environ)
    assert_refused(done, 3, "profile my f cannot be had", told)
    assert not PYTHON.search(done.err)


PEM = (
    ec.generate_private_key(ec.SECP256R1())
    .private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    .decode()
)
INCOMPLETE = {
    "no region": ("login_session = x\n", "no region is set for it", "add region to [profile p]"),
    "no session": (f"sso_session = my\n{SSO_ROLE}", "are not complete", "an [sso-session] with"),
    "no start": (SSO_ROLE, "settings for SSO are not complete", "sso_start_url"),
    "no role": ("sso_session = s\nsso_account_id = 1\n", "are not complete", "sso_role_name"),
}


@pytest.mark.parametrize("name", INCOMPLETE)
def test_incomplete_settings_of_a_login_are_told(home: Home, name: str) -> None:
    """No sign-in mends them, so none is advised."""
    settings, said, hint = INCOMPLETE[name]
    home.config(f"[sso-session s]\n{SSO}[profile p]\n{settings}")
    place = home.aws / "login" / "cache"
    place.mkdir(parents=True)
    token = {"accessKeyId": "A", "secretAccessKey": "s", "sessionToken": "t", "accountId": "1"}
    document = {
        "accessToken": {**token, "expiresAt": "2020-01-01T00:00:00Z"},
        "refreshToken": "r",
        "dpopKey": PEM,
        "clientId": "c",
    }
    (place / f"{hashlib.sha256(b'x').hexdigest()}.json").write_text(json.dumps(document))
    if name == "no region" and not KNOWS_LOGIN:
        said, hint = "does not know login_session", "pip install"
    status = 3 if name == "no region" else 2  # which the environment may have, too
    assert_refused(home.run("--profile", "p"), status, said, hint)


def test_login_without_awscrt_names_the_command(home: Home) -> None:
    """Where botocore lacks what it needs, the command that adds it is named."""
    home.config(
        "[profile p]\nregion = eu-central-1\nlogin_session = arn:aws:iam::111111111111:user/a\n"
    )
    python = home.path / "venv"
    venv.create(python, symlinks=True, system_site_packages=False)
    site = next(python.glob("lib/*/site-packages"))
    for path in Path(sysconfig.get_path("purelib")).iterdir():
        if not path.name.startswith("awscrt"):
            (site / path.name).symlink_to(path)
    words = ("-m", "aws_mfa_process", "--profile", "p")
    done = home.run(*words, program=str(python / "bin" / "python"))
    if not KNOWS_LOGIN:
        assert_refused(done, 3, "does not know login_session", "pip install --upgrade")
        return
    hint = f"run {python}/bin/python -m pip install 'botocore[crt]'"
    assert_refused(done, 3, "botocore needs awscrt for login_session", hint)
