"""What the judge looks at: the files as they are written, and a little of the world as values.

Its one rule: nothing here reads anything.
"""

from collections.abc import Callable, Mapping

from aws_mfa_process.config.profiles import Profiles, Settings, profile_of_section
from aws_mfa_process.config.text import Written
from aws_mfa_process.values import Literal, NamedTuple

PathKind = Literal["program", "file", "folder", ""]
Act = Literal["us", "us and role", "keys", "role", "code", "other", "fails"]
"""What an SDK does with a profile: runs this program; runs it and assumes a role with its answer;
uses static keys; assumes the role itself, without or with a code of its own; takes another source;
fails."""

BOTO3, CLI, JS, GO = "boto3", "the AWS CLI", "JavaScript", "Go"
RUST, JAVA, DOTNET, RUBY = "Rust", "Java", ".NET", "Ruby"
BOTOCORE = (BOTO3, CLI)
SDKS = (BOTO3, CLI, JS, GO, RUST, JAVA, DOTNET, RUBY)

_DOES: Mapping[Act, tuple[str, str]] = {
    "keys": ("uses the keys and never runs", "use the keys and never run"),
    "role": (
        "assumes the role without it and never runs",
        "assume the role without it and never run",
    ),
    "code": ("asks for a code itself and never runs", "ask for a code themselves and never run"),
    "other": ("takes that and never runs", "take that and never run"),
    "fails": ("fails", "fail"),
    "us and role": ("assumes the role with the answer of", "assume the role with the answer of"),
    "us": ("runs", "run"),
}


class Facts(NamedTuple):
    """What the judge has to know of the world.

    Attributes:
        kind_of: What stands at a path, or behind a name that is looked for through PATH; empty:
            nothing.
        environ: The environment.
        program: The absolute path of this program.
    """

    kind_of: Callable[[str], PathKind]
    environ: Mapping[str, str]
    program: str


class View(NamedTuple):
    """The two files and the world.

    Attributes:
        files: What they say.
        config: Headers and settings of the config file.
        credentials: Those of the credentials file.
        facts: The world.
    """

    files: Profiles
    config: tuple[Written, ...]
    credentials: tuple[Written, ...]
    facts: Facts

    def short(self, path: str) -> str:
        """Return a path as a person writes it."""
        home = self.facts.environ.get("HOME", "").rstrip("/")
        is_below = bool(home) and path.startswith(f"{home}/")
        return f"~{path.removeprefix(home)}" if is_below else path

    def place(self, profile: str, name: str) -> str:
        """Return where a setting stands that counts, such as ``~/.aws/config line 9``."""
        in_credentials = name in self.files.in_credentials.get(profile, {})
        path = self.files.credentials_path if in_credentials else self.files.config_path
        wanted = self.credentials if in_credentials else self.config
        for line in wanted:
            owner = line.section if in_credentials else profile_of_section(line.section)
            if owner == profile and line.name == name:
                return self.at(path, line)
        return self.short(path)

    def at(self, path: str, line: Written) -> str:
        """Return the place of a line."""
        return f"{self.short(path)} line {line.line}"

    def settings(self, profile: str) -> Settings:
        """Return what both files say of a profile."""
        return self.files.profiles.get(profile, {})


class Verdict(NamedTuple):
    """One thing that is to be said.

    Attributes:
        id: Stable; `docs/reference/verdicts.md` has a paragraph on each.
        profile: That it is said of; empty: of the files or the shell.
        sentence: True of this case; never holds a secret.
        hint: The edit or the command that mends it.
        acts: What SDKs do, where they differ from running this program.
    """

    id: str
    profile: str
    sentence: str
    hint: str
    acts: Mapping[str, Act] = {}


def acts(*groups: tuple[Act, tuple[str, ...]]) -> Mapping[str, Act]:
    """Return what SDKs do, from groups of those that do the same."""
    return {sdk: act for act, sdks in groups for sdk in sdks}


def sentence_of(does: Mapping[str, Act]) -> str:
    """Say what SDKs do.

    >>> sentence_of(acts(("keys", (BOTO3, CLI, GO)), ("us", (RUST,))))
    'boto3, the AWS CLI and Go use the keys and never run this program; Rust runs it'
    """
    parts = []
    object_ = "this program"
    for act in dict.fromkeys(does.values()):
        sdks = [sdk for sdk in does if does[sdk] == act]
        verb = _DOES[act][len(sdks) > 1]
        parts.append(f"{_joined(sdks)} {verb}" + ("" if act == "fails" else f" {object_}"))
        object_ = object_ if act == "fails" else "it"
    return "; ".join(parts)


def _joined(names: list[str]) -> str:
    """Return names as a sentence has them."""
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
