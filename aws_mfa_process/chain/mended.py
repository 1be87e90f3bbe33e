"""A ``credential_process`` line whose program is not where every caller finds it, mended."""

import re

from aws_mfa_process import APP
from aws_mfa_process.chain.view import Facts
from aws_mfa_process.config.process_line import name_of, own_command, split_command
from aws_mfa_process.errors import ConfigError

MENDED = frozenset(f"AMP{number:03}" for number in (*range(1, 8), 28, 29, 30))
"""Verdicts on a line for which there may be a mended one."""
_FIRST_WORD = r"""("[^"]*"|'[^']*'|\S+)"""
_PLAIN_PATH = r"/[\w./@+-]+"


def mended(line: str, facts: Facts) -> str:
    """Return the line with the path of the program that runs now, and the same arguments.

    Returns:
        Empty where that cannot be known, or where the line is as it should be.
    """
    is_good = re.fullmatch(_PLAIN_PATH, facts.program) and facts.kind_of(facts.program) == "program"
    if not is_good or "\n" in line:
        return ""
    try:
        words = split_command(line)
        if len(words) == 1 and " " in words[0] and facts.kind_of(words[0]) != "program":
            return mended(words[0], facts) or (words[0] if _arguments(words[0]) else "")
        cut = cut_path(words, facts)
        if cut and line.startswith(cut):
            new = facts.program + line.removeprefix(cut)
            arguments: list[str] | None = words[cut.count(" ") + 1 :]
        else:
            new = re.sub(_FIRST_WORD, lambda _: facts.program, line, count=1)
            arguments = _arguments(line)
        is_same = arguments is not None and _arguments(new) == arguments
    except ConfigError:
        return ""
    return new if is_same and new != line else ""


def cut_path(words: list[str], facts: Facts) -> str:
    """Return the path of the program, where blanks have cut it; else an empty text."""
    if facts.kind_of(words[0]) or not re.search(r"[\\/]", words[0]):
        return ""
    paths = (" ".join(words[:number]) for number in range(2, len(words) + 1))
    return next(
        (path for path in paths if name_of(path) == APP or facts.kind_of(path) == "program"), ""
    )


def _arguments(line: str) -> list[str] | None:
    """Return what a line gives this program; none where it runs another one, or starts us by one.

    Raises:
        ConfigError: It cannot be split into words.
    """
    own = own_command(line)
    return own.arguments if own and not own.starter else None
