"""A text that two patterns both match, if there is one.

Rule: what a pattern leaves open is filled with a word that no policy is likely to hold, so that
the text stands for all others which only these two patterns match.
"""

from functools import lru_cache
from typing import Final

from aws_mfa_process.policy.wildcard import filled, matches

WORD: Final = "Xyzzy"
"""What stands for anything else."""
ANY: Final = filled("*", None)[1]
ONE: Final = filled("?", None)[1]
_ARN_PARTS: Final = 6
_LONGEST: Final = 512
"""Of a pattern with wildcards that meets another one: the time is the product of both."""


@lru_cache(maxsize=65536)
def meet(one: str, other: str) -> str | None:
    """Return a text that two patterns of `wildcard.filled` match; None: there is none.

    >>> star = ANY
    >>> meet(f"s3:Get{star}", f"{star}Object"), meet("s3:GetObject", f"iam:{star}")
    ('s3:GetXyzzyObject', None)
    >>> meet(f"a{star}", f"ab{star}c"), meet(star, star)
    ('abXyzzyc', 'Xyzzy')
    """
    for fixed, pattern in ((one, other), (other, one)):
        if ANY not in fixed and ONE not in fixed:
            return fixed if matches(pattern, fixed) else None
    if len(one) > _LONGEST or len(other) > _LONGEST:
        return None
    below: list[str | None] = [None] * (len(other) + 1)
    for at in range(len(one), -1, -1):
        row: list[str | None] = [None] * (len(other) + 1)
        for there in range(len(other), -1, -1):
            row[there] = _from(one[at : at + 1], other[there : there + 1], row, below, there)
        below = row
    return below[0]


def meet_arns(shape: str, pattern: str) -> str | None:
    """Return an ARN of one form that a pattern matches, which AWS compares part by part.

    >>> star = ANY
    >>> meet_arns(f"arn:aws:ec2:{star}:2:instance/{star}", f"arn:aws:ec2:{star}:{star}:{star}/i-1")
    'arn:aws:ec2:Xyzzy:2:instance/Xyzzy/i-1'
    >>> meet_arns(f"arn:aws:s3:::{star}", star), meet_arns("arn:aws:s3:::a", f"arn:aws:s3{star}")
    ('arn:aws:s3:::Xyzzy', None)
    """
    parts = shape.split(":", _ARN_PARTS - 1)
    others = [ANY] * _ARN_PARTS if pattern == ANY else pattern.split(":", _ARN_PARTS - 1)
    if len(others) < _ARN_PARTS:
        return None
    found = [meet(*pair) for pair in zip(parts, others, strict=True)]
    return None if None in found else ":".join(text or "" for text in found)


def narrowed(one: str, other: str) -> str | None:
    """Return a pattern of ARNs that both match: as wide as it can be where one of them is open.

    >>> star = ANY
    >>> left = f"arn:aws:ec2:{star}:{star}:instance/i-1"
    >>> narrowed(left, f"arn:aws:ec2:eu-west-1:2:instance/{star}")
    'arn:aws:ec2:eu-west-1:2:instance/i-1'
    """
    if ANY in (one, other):
        return other if one == ANY else one
    parts, others = (text.split(":", _ARN_PARTS - 1) for text in (one, other))
    if len(parts) != len(others):
        return None
    found = [_narrower(*pair) for pair in zip(parts, others, strict=True)]
    return None if None in found else ":".join(text or "" for text in found)


def _narrower(one: str, other: str) -> str | None:
    if ANY in (one, other):
        return other if one == ANY else one
    return one if one == other else meet(one, other)


def _from(a: str, b: str, row: list[str | None], below: list[str | None], there: int) -> str | None:
    """Return the text from here on; empty marks stand for the end of a pattern."""
    if not a and not b:
        return ""
    right = row[there + 1] if b else None
    across = below[there + 1] if a and b else None
    down = below[there] if a else None
    if a == ANY and b == ANY:
        rest = next((it for it in (across, right, down) if it is not None), None)
        return None if rest is None else WORD + rest
    if a == ANY:
        taken = None if right is None else (WORD[0] if b == ONE else b) + right
        return taken if taken is not None and b else down
    if b == ANY:
        taken = None if down is None else (WORD[0] if a == ONE else a) + down
        return taken if taken is not None and a else right
    if across is None or (a != b and ONE not in (a, b)):
        return None
    mark = b if a == ONE else a
    return (WORD[0] if mark == ONE else mark) + across
