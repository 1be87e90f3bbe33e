"""Texts as a person sees them: printable, not too long, and a key by the tail of its id."""

from aws_mfa_process import APP

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

MANY = 5
"""More names than these fill a sentence."""
LINE_LENGTH = 4096
"""Of what goes wrong: a value of any length may stand in it."""


def printable(text: str, *, kept: str = "") -> str:
    r"""Return a text in which nothing can steer a terminal.

    Args:
        text: From anywhere.
        kept: Marks that stay though they are not printable, such as a line's end.

    >>> printable("a\x1b[2J")
    'a?[2J'
    """
    odd = [mark for mark in set(text) if not mark.isprintable() and mark not in kept]
    return text.translate(dict.fromkeys(map(ord, odd), "?"))


def plain(text: str, length: int = 40) -> str:
    """Return a printable text of at most some characters.

    >>> plain("abcdef", 4)
    'abc…'
    """
    shown = printable(text)
    return shown if len(shown) <= length else shown[: length - 1] + "…"


def listed(names: "Sequence[str]") -> str:
    """Return names with commas between them; of many the first, and how many more there are.

    >>> listed(["dev", "prod"])
    'dev, prod'
    >>> listed([f"team{number}" for number in range(60)])
    'team0, team1, team2, team3, team4 and 55 more'
    """
    if len(names) <= MANY:
        return ", ".join(names)
    return f"{', '.join(names[:MANY])} and {len(names) - MANY} more"


def error_text(message: str, hint: str) -> str:
    """Return the two lines of a failure, or the one where there is no hint."""
    told, advice = plain(message, LINE_LENGTH), plain(hint, LINE_LENGTH)
    return f"{APP}: error: {told}\n" + (advice and f"hint: {advice}\n")


def device_names(serials: "Sequence[str]") -> list[str]:
    """Return the name by which a person tells each of some MFA devices from the others.

    >>> device_names(["arn:aws:iam::1:mfa/alice", "GAHT1"])
    ['alice', 'GAHT1']
    >>> device_names(["arn:aws:iam::1:mfa/phones/alice", "arn:aws:iam::1:mfa/keys/alice"])
    ['phones/alice', 'keys/alice']
    """
    for parts in (1, 100):
        names = [_end_of(serial, parts) for serial in serials]
        if len(set(names)) == len(serials):
            return names
    return list(serials)


def _end_of(serial: str, parts: int) -> str:
    return "/".join(serial.partition(":mfa/")[2].split("/")[-parts:]) or serial


def key_tail(access_key_id: str) -> str:
    """Return how an access key is named to a person: by its last four characters.

    >>> key_tail("AKIAIOSFODNN7EXAMPLE")
    '…MPLE'
    """
    return f"…{access_key_id[-4:]}"
