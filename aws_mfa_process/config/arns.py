"""What a role and an MFA device are called, and what is wrong with a name that is neither.

Its one rule: pure; the value is told as it should read, wherever that can be known.
"""

import re

_START = r"arn:aws(-[a-z]+)*:iam::\d{12}:"
_NAME = r"/([!-~]*/)?[\w+=,.@-]+"
_FORMS = {
    "role": re.compile(f"(?!.*,arn:){_START}role{_NAME}", re.ASCII),
    "mfa": re.compile(
        f"(?!.+arn:){_START}mfa{_NAME}|(?=(.*[0-9]){{6}})[A-Za-z0-9-]{{9,256}}", re.ASCII
    ),
}
"""By the kind of resource; an MFA device may be a hardware one, which has a serial number.

A serial has six digits or more: a person's name with a year in it has fewer.

Source: IAM API reference, «SerialNumber» of EnableMFADevice (9 to 256 characters) and the names
of roles and virtual devices; STS API reference, «SerialNumber» (``GAHT12345678``).
"""
_BLANKS = r"[ \t,]*[ \t][ \t,]*"
_NEXT = r",+(?=arn:|(?=(?:[^,]*[0-9]){6})[A-Za-z0-9-]{9,256}(?:,|\Z))"
"""A comma before another device; in a name it is a part of that."""
_SIGNS = {
    " ": "text behind a value, a comment or a blank too, is part of it",
    "$": "nobody fills in a variable there",
    ",arn:": "one alone may stand there",
}
"""What tells by itself what is wrong."""
_A_USER = ", a user's perhaps,"
_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212"), "-")


def devices(text: str) -> tuple[str, ...]:
    """Return the MFA devices that a text lists, with commas, blanks or both between them.

    >>> devices("arn:aws:iam::111111111111:mfa/alice, GAHT12345678")
    ('arn:aws:iam::111111111111:mfa/alice', 'GAHT12345678')
    >>> devices("arn:aws:iam::111111111111:mfa/doe,john")
    ('arn:aws:iam::111111111111:mfa/doe,john',)
    """
    listed = text.strip(" \t,")
    if not any(mark in listed for mark in " \t,"):
        return (listed,)
    words = re.split(_BLANKS, listed)
    return tuple(dict.fromkeys(device for word in words for device in re.split(_NEXT, word)))


def shows_codes(serial: str) -> bool:
    """Tell whether a device can show codes: a security key or a passkey does not.

    >>> shows_codes("arn:aws:iam::111111111111:u2f/user/alice/key")
    False
    """
    return ":u2f/" not in serial


def is_arn(text: str, kind: str) -> bool:
    """Tell whether a text can be a ``role`` or an ``mfa`` device.

    >>> is_arn("GAHT12345678", "mfa"), is_arn("alice2024", "mfa")
    (True, False)
    """
    return _FORMS[kind].fullmatch(text) is not None


def fault(text: str, kind: str) -> str:
    """Return what is wrong with a text that `is_arn` does not take."""
    foreign = next((mark for mark in text if not (mark.isascii() and mark.isprintable())), "")
    if foreign == "\n":
        return "the indented line below belongs to the value"
    if foreign:
        from unicodedata import name  # noqa: PLC0415 - only when something has gone wrong

        return f"it has the sign U+{ord(foreign):04X} ({name(foreign, 'a control character')})"
    if text.startswith(('"', "'")) or text.endswith(('"', "'")):
        return "quotation marks are part of a value"
    sign = next((sign for sign in _SIGNS if sign in text), "")
    return _SIGNS[sign] if sign else _fault_of_parts(text, kind)


def _fault_of_parts(text: str, kind: str) -> str:
    start, colon, rest = text.partition("::")
    account, _, resource = rest.partition(":")
    if not re.fullmatch("arn:aws(-[a-z]+)*:iam", start):
        if colon or ":" in text:
            return "it does not start with arn:aws:iam::"
        return f"it is a name{_A_USER if kind == 'mfa' else ''} and no ARN"
    if not re.fullmatch("[0-9]{12}", account):
        return f"an account has 12 digits, and {account!r} is none"
    owner, slash, _ = resource.partition("/")
    if owner == kind and slash:
        return "its name has a sign that AWS takes in no name"
    return f"it is of the kind {owner!r}, not {kind!r}"


def mended(text: str, kind: str) -> str:
    """Return what was probably meant; empty: nobody can tell.

    >>> mended("'anr:aws:iam::1111-1111-1111:user/alice' # me", "mfa")
    'arn:aws:iam::111111111111:mfa/alice'
    """
    plain = text.translate(_DASHES).replace("\xa0", " ").encode("ascii", "ignore").decode()
    plain = "".join(mark for mark in plain if mark.isprintable() or mark == "\n").strip()
    plain = (plain.split() or [""])[0].strip("\"'").partition(",arn:")[0]
    if is_arn(plain, kind):
        return plain
    account, _, resource = plain.rpartition(":")
    owner, _, name = resource.partition("/")
    account = re.sub(r"[^0-9]", "", account.rpartition(":")[2])
    if (owner, kind) == ("assumed-role", "role"):
        owner, name = "role", name.partition("/")[0]
    elif (owner, kind) == ("user", "mfa"):
        owner, name = "mfa", name.rpartition("/")[2]
    partition = re.match("arn:(aws(-[a-z]+)*):", plain)
    guess = f"arn:{partition[1] if partition else 'aws'}:iam::{account}:{owner.lower()}/{name}"
    return guess if is_arn(guess, kind) else ""


def example(text: str, kind: str) -> str:
    """Return an ARN of the kind, with the name that a text has."""
    name = re.search(r"[\w+=,.@-]+\Z", text, re.ASCII)
    return f"arn:aws:iam::123456789012:{kind}/{name[0] if name else 'NAME'}"
