"""``setup accounts`` with a list in a git repository."""

import contextlib
import subprocess
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from support.account_lists import LIST, ok, run
from support.home import Home, assert_refused
from support.parts import need
from support.web import Web, gives


class Repository:
    """A git repository with a list in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.git("init", "--quiet", "--initial-branch=main", str(path), at=path.parent)
        self.first = self.commit(LIST)

    def git(self, *words: str, at: Path | None = None) -> str:
        """Run git in it."""
        names = ["-c", "user.name=x", "-c", "user.email=x@y"]
        command = ["git", "-C", str(at or self.path), *names, *words]
        return subprocess.check_output(command, text=True).strip()

    def commit(self, text: str) -> str:
        """Commit a list; return the commit."""
        (self.path / "lists").mkdir(exist_ok=True)
        (self.path / "lists" / "accounts.csv").write_text(text)
        self.git("add", ".")
        self.git("commit", "--quiet", "--message=list", "--allow-empty")
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A repository whose first commit has the list."""
    need("git")
    return Repository(tmp_path / "lists")


def test_a_list_of_a_repository(practice: Home, repository: Repository) -> None:
    """Of a branch, a tag or a commit; the commit is told, and nothing is left behind."""
    place = f"git+file://{repository.path}"
    path = "#path=lists/accounts.csv"
    shown = f"{place}@{repository.first}{path}"
    temporary = practice.path / "tmp"
    temporary.mkdir()
    practice.environ["TMPDIR"] = str(temporary)
    out = ok(practice, place + path)
    assert out.startswith(f"HEAD is at commit {repository.first}. To take just this one: {shown}\n")
    config = (practice.aws / "config").read_text()
    assert f"# again: aws-mfa-process setup accounts '{place}{path}' --profile" in config
    repository.git("tag", "--annotate", "--message=x", "v1")
    repository.commit("account,name,roles\n333333333333,dev,Developer\n")
    for revision in ("v1", repository.first, repository.first[:10]):
        out = ok(practice, f"{place}@{revision}{path}")
        assert ("is at commit" in out) is (revision != repository.first)
    assert run(practice, f"{place}@main{path}").status == 0
    assert "profile dev-Developer" in (practice.aws / "config").read_text()
    assert list(temporary.iterdir()) == []


def test_what_a_repository_does_not_have(practice: Home, repository: Repository) -> None:
    """A revision, a file, the repository itself; a name that looks like a commit."""
    place = f"git+file://{repository.path}"
    done = run(practice, f"{place}@nosuch#path=lists/accounts.csv")
    assert_refused(done, 1, "cannot be fetched: couldn't find remote ref nosuch", "git ls-remote")
    done = run(practice, f"{place}#path=accounts.csv")
    assert_refused(done, 2, f"commit {repository.first} has no file accounts.csv", "#path=")
    done = run(practice, f"{place}-none#path=x")
    assert_refused(done, 1, "does not appear to be a git repository", "git ls-remote")
    repository.git("branch", "abcdef1234")
    done = run(practice, f"{place}@abcdef1234#path=lists/accounts.csv")
    assert_refused(done, 2, "abcdef1234 looks like a commit, but is a name", "whole commit")
    done = run(practice, f"{place}#path=x", PATH="/nowhere")
    assert_refused(done, 2, "needs git, which is not installed", "path of a file")


def test_nothing_of_a_repository_is_run(practice: Home, repository: Repository) -> None:
    """Neither hooks of the person's templates, nor what the caller's variables name."""
    mark = practice.path / "was-run"
    hook = practice.path / "hooks" / "reference-transaction"
    hook.parent.mkdir()
    hook.write_text(f"#!/bin/sh\ntouch {mark}\n")
    hook.chmod(0o755)
    (practice.path / ".gitconfig").write_text(f"[core]\n\thooksPath = {hook.parent}\n")
    ok(
        practice,
        f"git+file://{repository.path}#path=lists/accounts.csv",
        GIT_DIR="/nowhere",
        GIT_EXTERNAL_DIFF=str(hook),
    )
    assert not mark.exists()


def test_a_repository_on_a_web_server(
    practice: Home, web: Web, repository: Repository, tmp_path: Path
) -> None:
    """Plain files are enough; a password goes in a header, and is in no argument list."""
    bare = tmp_path / "bare.git"
    repository.git("clone", "--quiet", "--bare", str(repository.path), str(bare))
    repository.git("repack", "-adq", at=bare)
    repository.git("update-server-info", at=bare)
    lists: list[str] = []

    def file(handler: BaseHTTPRequestHandler) -> None:
        for entry in Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):
                lists.append(entry.read_bytes().decode("utf-8", "replace"))
        path = bare / handler.path.partition("?")[0].removeprefix("/bare.git/")
        gives(path.read_bytes() if path.is_file() else b"", 200 if path.is_file() else 404)(handler)

    for path in (*bare.rglob("*"), bare / "objects/info/http-alternates"):
        web.answers[f"/bare.git/{path.relative_to(bare)}"] = file
    environ = {"GIT_SSL_CAINFO": practice.environ["AWS_CA_BUNDLE"]}
    for revision in ("", "@main", f"@{repository.first}"):
        address = f"git+https://al:p%40ss@{web.host}/bare.git{revision}#path=lists/accounts.csv"
        out = ok(practice, address, **environ)
        assert "p%40ss" not in out
    assert "p%40ss" not in (practice.aws / "config").read_text()
    assert {header for _, header in web.seen} == {"Basic YWw6cEBzcw=="}
    there = f"{web.url}/bare.git/info/refs?service=git-upload-pack"
    web.answers["/moved.git/info/refs"] = gives("", 302, Location=there)
    place = "/moved.git#path=lists/accounts.csv"
    ok(practice, f"git+{web.url}{place}", **environ)
    done = run(practice, f"git+https://al:p%40ss@{web.host}{place}", **environ)
    assert_refused(done, 1, "cannot be fetched", "git ls-remote")  # git would take it along
    git = [text for text in lists if "remote-https" in text]
    assert git
    assert all("p%40ss" not in text and "YWw6" not in text for text in git)


def test_a_user_without_a_password_is_for_a_credential_helper(practice: Home, web: Web) -> None:
    """Which gives the password."""
    need("git")
    helper = "!f() { cat; echo password=s3cret; }; f"
    config = f'[credential]\n\thelper = "{helper}"\n'
    (practice.path / ".gitconfig").write_text(config)
    web.answers["/a.git/info/refs"] = gives("", 401, None, **{"WWW-Authenticate": "Basic"})
    environ = {"GIT_SSL_CAINFO": practice.environ["AWS_CA_BUNDLE"]}
    done = run(practice, f"git+https://al@{web.host}/a.git#path=x", **environ)
    assert_refused(done, 1, "Authentication failed", "git ls-remote https://127.0.0.1:")
    assert [header for _, header in web.seen] == ["", "Basic YWw6czNjcmV0"]
    assert "al@" not in done.err


def test_a_repository_over_ssh(practice: Home, repository: Repository) -> None:
    """Through the ssh that git finds; nobody can be asked for a password of it."""
    ssh = practice.path / "ssh"
    ssh.write_text(
        '#!/bin/sh\nprintf "%s\\n" "$SSH_ASKPASS_REQUIRE" "$@" >"$HOME/words"\n'
        'for last; do :; done\neval "$last"\n'
    )
    ssh.chmod(0o755)
    address = f"git+ssh://git@host:2222{repository.path}@main#path=lists/accounts.csv"
    ok(practice, address, GIT_SSH=str(ssh), GIT_SSH_VARIANT="ssh")
    words = (practice.path / "words").read_text().split("\n")
    assert words[0] == "force"
    assert {"-p", "2222", "git@host"} <= set(words)
    again = f"# again: aws-mfa-process setup accounts '{address}' --profile bastion-keys\n"
    assert again in (practice.aws / "config").read_text()


def test_what_is_noted_stands_in_one_line(practice: Home, repository: Repository) -> None:
    """Whatever the options have in them."""
    address = f"git+file://{repository.path}#path=lists/accounts.csv"
    ok(practice, address, "--names", "{name}\n{role}\n", "--roles", "A\nB")
    config = (practice.aws / "config").read_text()
    assert "--profile bastion-keys --names '{name} {role}' --roles 'A B'\n" in config
