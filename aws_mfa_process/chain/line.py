"""What is wrong with a ``credential_process`` line that is to run this program.

Its one rule: the line itself is never shown, only the word that is meant: somebody may have put a
secret into it.
"""

import re
import shlex
from collections.abc import Mapping

from aws_mfa_process import APP
from aws_mfa_process.chain.mended import MENDED, cut_path, mended
from aws_mfa_process.chain.view import BOTOCORE, GO, JS, SDKS, Act, Verdict, View, acts, sentence_of
from aws_mfa_process.config.process_line import name_of, own_command, own_line, split_command
from aws_mfa_process.errors import ConfigError
from aws_mfa_process.values import NamedTuple

_NOBODY = acts(("fails", SDKS))
_WITH_SHELL = acts(("fails", BOTOCORE), ("us", (JS, GO)))
_UNQUOTED = acts(("fails", (*BOTOCORE, JS)), ("us", (GO,)))
_EXAMPLE = r"…|\.\.\.|/path/to/|<|/(home|Users)/(alice|you|me|user|username|NAME)/"
_VARIABLE = r"\$\{?(\w+)\}?|%(\w+)%|~(?=/|$)"
_ABSOLUTE = r"/|[A-Za-z]:[\\/]|\\\\"
_SHELL_STARTS = ("#", ";", ">", "0>", "1>", "2>", "|", "&")
_PLAIN_WORD = r"[a-z]{2,12}"


class _Fault(NamedTuple):
    """What is wrong: id, what is said of the line, the hint, and what SDKs do."""

    id: str
    what: str
    hint: str
    acts: Mapping[str, Act] = _NOBODY


def fault_of(profile: str, line: str, view: View) -> Verdict | None:
    """Return why a line that is to run this program cannot be run; None if it can."""
    fault = _of_text(line, view) or _of_program(line, view) or _of_arguments(profile, line)
    if fault is None:
        return None
    where = f"credential_process in {view.place(profile, 'credential_process')}"
    sentence = f"{where} {fault.what}"
    if fault.acts is not _NOBODY:
        sentence += f": {sentence_of(fault.acts)}"
    hint = fault.hint
    if fault.id in MENDED and mended(line, view.facts):
        hint = f"{APP} doctor {shlex.quote(profile)} --fix"
    return Verdict(fault.id, profile, sentence, hint, fault.acts)


def _of_text(line: str, view: View) -> _Fault | None:
    """Find what is wrong before the line can be cut into words, and words that are none."""
    if line.rstrip().endswith("\\"):
        return _Fault("AMP008", "ends with a backslash", "write it all on one line, without it")
    try:
        words = split_command(line)
    except ConfigError:
        return _Fault("AMP008", "has a quotation mark that is not closed", "close or remove it")
    is_quoted = line[:1] in ("'", '"') and len(words) == 1 and " " in words[0]
    if is_quoted and view.facts.kind_of(words[0]) != "program":
        hint = "remove the two quotation marks"
        return _Fault("AMP007", "stands in quotation marks as a whole", hint, _UNQUOTED)
    marks = [word for word in words if word.startswith(_SHELL_STARTS)]
    if marks and marks[0][0] in "#;":
        hint = "put the comment on a line of its own"
        return _Fault("AMP009", f"has a comment ({marks[0][0]}) behind it", hint, _WITH_SHELL)
    if marks:
        hint = "remove what only a shell understands"
        mark = marks[0].lstrip("012")[0]
        return _Fault("AMP009", f"has a sign of the shell ({mark}) in it", hint, _WITH_SHELL)
    return None


def _of_program(line: str, view: View) -> _Fault | None:
    """Find why the program that the line names cannot be started."""
    own = own_command(line)
    fault = _of_word(split_command(line), view)
    if fault is None and own and own.starter and re.match(_ABSOLUTE, own.program):
        return _of_word([own.program], view)
    return fault


def _of_word(words: list[str], view: View) -> _Fault | None:
    word = words[0]
    kind = view.facts.kind_of(word)
    is_bare = word == name_of(word)
    is_absolute = bool(re.match(_ABSOLUTE, word))
    if kind == "program" and (is_absolute or is_bare):
        return None
    there = f"write {view.facts.program} there"
    cut = cut_path(words, view.facts)
    variable = re.match(_VARIABLE, word)
    if variable:
        return _of_variable(word, variable, view)
    if kind == "" and re.search(_EXAMPLE, word):
        return _Fault("AMP002", f"has the path of an example, {word}", there)
    if cut:
        what = f"has a blank in its path, so that {word} is run and not {cut}"
        hint = f"link it to a path without blanks, and write that: ln -s {shlex.quote(cut)} …"
        return _Fault("AMP006", what, hint)
    if not is_absolute and re.search(r"[\\/]", word):
        what = f"has a path that is relative to the current folder, {word}"
        return _Fault("AMP004", what, there)
    return _Fault(*_unusable(word, kind, is_absolute=is_absolute), there)


def _unusable(word: str, kind: str, *, is_absolute: bool) -> tuple[str, str]:
    """Return id and sentence for what is no program."""
    if kind:
        why = "is a folder" if kind == "folder" else "may not be run (chmod +x)"
        return "AMP003", f"names {word}, which {why}"
    why = "does not exist" if is_absolute else "is not found through PATH"
    return "AMP001", f"names {word}, which {why}"


def _of_variable(word: str, variable: "re.Match[str]", view: View) -> _Fault:
    """Say what becomes of ``~`` or a variable that the path starts with."""
    start = variable[0]
    name = variable[1] or variable[2] or "HOME"
    path = view.facts.environ.get(name, "") + word[len(start) :]
    is_there = view.facts.kind_of(path) == "program"
    return _Fault(
        "AMP005",
        f"starts with {start}, which boto3 and the AWS CLI do not expand",
        f"write {path if is_there else view.facts.program} there",
        _WITH_SHELL if is_there and not start.startswith("%") else _NOBODY,
    )


def _of_arguments(profile: str, line: str) -> _Fault | None:
    """Find why this program would refuse what it is given."""
    own = own_command(line)
    if own is None or own.arguments is None:
        return None
    first = own.arguments[0] if own.arguments else ""
    if not own.arguments:
        return _Fault("AMP011", "gives no argument", "write --profile NAME behind the program")
    if not first.startswith("-"):
        shown = f"the command {first!r}" if re.fullmatch(_PLAIN_WORD, first) else "a word"
        what = f"has {shown} where only options may stand"
        return _Fault("AMP010", what, "write --profile NAME instead: a command prints no JSON")
    if any(word.partition("=")[0] == "--mfa-code" for word in own.arguments):
        hint = "take it away: a person is asked, or mfa_process gives a code"
        return _Fault("AMP011", "gives an MFA code, which is good once", hint)
    try:
        own_line(profile, line)
    except ConfigError as error:
        reason = error.message.removeprefix(f"credential_process of profile {profile}").lstrip(": ")
        return _Fault("AMP011", f"is refused by this program: {reason}", error.hint)
    return None
