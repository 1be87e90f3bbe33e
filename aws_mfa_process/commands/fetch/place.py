"""What a person means by FILE or URL.

Its one rule: pure; what could be a password is kept apart from the address, and is never shown.
"""

import re
from typing import Literal, NamedTuple
from urllib.parse import SplitResult, parse_qsl, urlsplit

from aws_mfa_process.errors import ConfigError

Kind = Literal["file", "https", "git"]
_GIT_SCHEMES = ("git+https", "git+ssh", "git+file")
_GIT_FORM = "git+https://HOST/REPOSITORY.git@REVISION#path=accounts.csv"
_HOST = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*|[0-9A-Fa-f:.]+")
_REVISION = re.compile(r"(?!.*(\.\.|//|@\{))[A-Za-z0-9_][\w./+-]*", re.ASCII)
_DIGEST = re.compile(r"[0-9a-f]{64}")
_LIKE_SSH = re.compile(r"(\w[\w.-]*@[\w.-]+):(?!//)(.+)", re.ASCII)


class Place(NamedTuple):
    """Where a list is.

    Attributes:
        address: Path of a file, ``-`` for standard input; else the address without a password.
        path: Of the file in a git repository, or of the address.
        revision: Branch, tag or commit of a repository.
        digest: SHA-256 of the list, 64 hexadecimal digits; empty: none is given.
        shown: As a person is told; can be given again, but for a query (``?...``).
        user_info: User and password of the address, as they stand there.
    """

    kind: Kind
    address: str
    path: str = ""
    revision: str = ""
    digest: str = ""
    shown: str = ""
    user_info: str = ""

    def __repr__(self) -> str:
        """Show where it is: the rest may hold a password."""
        return f"Place({self.shown})"


def place_of(text: str, digest: str) -> Place:
    """Return what a person means.

    Args:
        text: A path, ``-``, ``https://…[#sha256=HEX]`` or ``git+…@REVISION#path=FILE``.
        digest: SHA-256 that was given apart; may be empty.

    Raises:
        ConfigError: It is none of these, or an address that cannot be trusted.
    """
    scheme = text.partition("://")[0].lower() if "://" in text else ""
    if scheme == "https":
        return _https(text, digest)
    if scheme in _GIT_SCHEMES:
        return _git(text, scheme, _checked(digest))
    if scheme == "http":
        raise ConfigError(
            "a list is not read through http: anybody on the way could change it",
            hint="give the https:// address, or the path of a file",
        )
    if scheme:
        known = "https://, git+https://, git+ssh:// and git+file://"
        raise ConfigError(
            f"a list cannot be read from an address of this kind; there are {known}",
            hint="fetch it with a program that can, and give the path of the file",
        )
    like_ssh = _LIKE_SSH.fullmatch(text)
    if like_ssh:
        raise ConfigError(
            f"{text} is how git writes a repository, not a list in it",
            hint=f"git+ssh://{like_ssh[1]}/{like_ssh[2].lstrip('/')}#path=accounts.csv",
        )
    return Place("file", text, path=text, digest=_checked(digest), shown=text)


def _https(text: str, digest: str) -> Place:
    parts = _parts(text)
    fragment = _fragment(parts, ("sha256",))
    in_address = _checked(fragment.get("sha256", ""))
    if digest and in_address and in_address != _checked(digest):
        raise ConfigError(
            "two different check sums are given", hint="leave --sha256 or #sha256= out"
        )
    if parts.path.endswith(".git"):
        raise ConfigError(
            f"{parts.hostname}{parts.path} seems to be a git repository", hint=f"give {_GIT_FORM}"
        )
    server, path = _server(parts), parts.path or "/"
    query = f"?{parts.query}" if parts.query else ""
    return Place(
        "https",
        f"https://{server}{path}{query}",
        path=path,
        digest=_checked(digest) or in_address,
        shown=f"https://{server}{path}{'?...' if query else ''}",
        user_info=parts.netloc.rpartition("@")[0],
    )


def _git(text: str, scheme: str, digest: str) -> Place:
    parts = _parts(text)
    path = _fragment(parts, ("path",)).get("path", "").strip("/")
    if not path or not path.isprintable():
        raise ConfigError("no file of the git repository is named", hint=f"give {_GIT_FORM}")
    if parts.query:
        raise ConfigError("the address of a git repository has no ?", hint=f"give {_GIT_FORM}")
    folder, at, revision = parts.path.rpartition("@")
    folder, revision = (folder, revision) if at else (parts.path, "HEAD")
    if not _REVISION.fullmatch(revision):
        raise ConfigError(
            "the revision of the git repository is no name of a branch or tag, and no commit",
            hint=f"give {_GIT_FORM}",
        )
    user_info = parts.netloc.rpartition("@")[0]
    transport = scheme.removeprefix("git+")
    server = _server(parts) if transport != "file" else ""
    if transport == "file" and parts.netloc not in ("", "localhost"):
        raise ConfigError("git+file:// takes a path of this machine", hint="give git+file:///PATH")
    if transport == "ssh" and user_info:
        if not re.fullmatch(r"\w[\w.-]*", user_info, re.ASCII):
            raise ConfigError(
                "ssh takes no password in an address", hint="give git+ssh://USER@HOST/…"
            )
        server, user_info = f"{user_info}@{server}", ""
    address = f"{transport}://{server}{folder}"
    shown = f"git+{address}{at}{revision if at else ''}#path={path}"
    return Place("git", address, path, revision, digest, shown, user_info)


def _parts(text: str) -> SplitResult:
    """Return the parts of an address.

    Raises:
        ConfigError: It is none; it is not shown, since it may hold a password.
    """
    try:
        parts = urlsplit(text)
        _ = parts.port  # which looks at it
    except ValueError:
        parts = urlsplit("")
    is_plain = text.isascii() and text.isprintable() and not re.search(r"[ \\]", text)
    has_host = parts.scheme == "git+file" or _HOST.fullmatch(parts.hostname or "") is not None
    if not (is_plain and has_host):
        raise ConfigError(
            "the address of the list cannot be read",
            hint="write special characters as %XX, those of a password too, and blanks as %20",
        )
    return parts


def _server(parts: SplitResult) -> str:
    return parts.netloc.rpartition("@")[2]


def _fragment(parts: SplitResult, known: tuple[str, ...]) -> dict[str, str]:
    pairs = dict(parse_qsl(parts.fragment, keep_blank_values=True))
    if parts.fragment and not set(pairs) <= set(known):
        raise ConfigError(
            f"behind # there is {' or '.join(known)} to give in this address",
            hint=f"such as {known[0]}={'HEX' if known[0] == 'sha256' else 'accounts.csv'}",
        )
    return pairs


def _checked(digest: str) -> str:
    if digest and not _DIGEST.fullmatch(digest.lower()):
        raise ConfigError(
            "the check sum is none: SHA-256 has 64 hexadecimal digits",
            hint="as sha256sum FILE prints it",
        )
    return digest.lower()
