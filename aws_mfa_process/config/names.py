"""«Did you mean»: names of profiles, settings and options."""

from collections.abc import Iterable


def close_match(name: str, known: Iterable[str], cutoff: float = 0.7) -> str:
    """Return the name that was probably meant; empty: there is none.

    >>> close_match("mfa_serail", ["mfa_serial", "role_arn"])
    'mfa_serial'
    """
    from difflib import get_close_matches

    by_form = {text.lower(): text for text in known}
    found = get_close_matches(name.lower(), by_form, n=1, cutoff=cutoff)
    return by_form[found[0]] if found else ""
