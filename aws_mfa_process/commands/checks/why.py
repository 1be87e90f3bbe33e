"""Why each finding hurts, and the page of the documentation that explains it."""

from typing import NamedTuple

DOCS = "https://github.com/aws-mfa-process/aws-mfa-process/blob/main/docs"
_VERDICTS = "reference/verdicts.md"
_PAGES = {
    "AMP023": "how-to/existing-profiles.md",
    **dict.fromkeys(
        ("AMP034", "AMP035", "AMP036", "AMP037", "AMP038", "AMP039"),
        "how-to/keys-in-the-keyring.md",
    ),
    **dict.fromkeys(("AMP056", "AMP067"), "how-to/codes-from-a-program.md"),
    "AMP059": "how-to/long-sessions.md",
    "AMP069": "how-to/passkeys.md",
}


class _Why(NamedTuple):
    """From the first number to the last one."""

    first: int
    last: int
    text: str


_WHYS = (
    _Why(1, 4, "no SDK gets credentials from this profile"),
    _Why(5, 5, "what works in one program fails in another"),
    _Why(6, 8, "no SDK gets credentials from this profile"),
    _Why(9, 9, "what works in one program fails in another"),
    _Why(10, 11, "no SDK gets credentials from this profile"),
    _Why(12, 12, "programs would act as the user, without MFA and without the role"),
    _Why(13, 13, "these programs get no credentials"),
    _Why(14, 14, "programs would act as the user, without MFA and without the role"),
    _Why(15, 18, "what works in one program fails in another"),
    _Why(19, 21, "programs would act as somebody else, or fail"),
    _Why(22, 22, "programs would act as somebody else"),
    _Why(23, 23, "each program asks for itself, or gets no credentials"),
    _Why(24, 24, "what cannot be known cannot be checked"),
    _Why(25, 25, "every program that is told no other profile fails"),
    _Why(26, 26, "programs would act as somebody else"),
    _Why(27, 27, "programs see other profiles than you do"),
    _Why(28, 28, "each answer takes a second and more"),
    _Why(29, 29, "a program of the desktop, such as an IDE, has another PATH and does not find it"),
    _Why(30, 30, "restic, rclone and other minio clients cut the line at blanks and fail"),
    _Why(31, 31, "AWS refuses codes and signatures of another time"),
    _Why(32, 32, "no session can be made or renewed"),
    _Why(33, 33, "AWS of one partition knows nothing of the other, and refuses"),
    _Why(34, 34, "the key has to stay in plaintext"),
    _Why(35, 35, "whoever reads your files has the key"),
    _Why(36, 36, "no new MFA session can be made until somebody unlocks it"),
    _Why(37, 37, "whoever reads that file, as each program that you start can, has the key"),
    _Why(38, 38, "the one in the file is still good for whoever reads it"),
    _Why(39, 39, "the longer a key lives, the more have seen it"),
    _Why(40, 40, "the next one will fail too, if nothing is changed"),
    _Why(41, 49, "SDKs see different profiles or settings"),
    _Why(50, 53, "the setting does not do what it seems to say"),
    _Why(54, 54, "there is no key at the end of the way"),
    _Why(55, 55, "roles that want MFA refuse"),
    _Why(56, 56, "AWS takes no code of it"),
    _Why(57, 57, "one code a day is not enough"),
    _Why(58, 58, "AWS refuses every code"),
    _Why(59, 59, "AWS would refuse the role"),
    _Why(60, 60, "no program gets credentials from this profile"),
    _Why(61, 61, "no program sees any profile"),
    _Why(62, 62, "what cannot be written cannot be kept: you are asked again and again"),
    _Why(63, 63, "other users of this machine may read what is secret"),
    _Why(64, 64, "it counts as missing"),
    _Why(65, 65, "all that need it wait"),
    _Why(66, 66, "this program does not do what it says"),
    _Why(67, 67, "programs without a terminal, as in an IDE, get no code"),
    _Why(69, 69, "no program gets credentials from it before somebody has signed in"),
)


def why(number: str) -> str:
    """Return why a finding hurts.

    >>> why("AMP032")
    'no session can be made or renewed'
    """
    found = int(number.removeprefix("AMP"))
    return next(it.text for it in _WHYS if it.first <= found <= it.last)


def page(number: str) -> str:
    """Return the address of the page that explains a finding.

    >>> page("AMP023").rpartition("/docs/")[2]
    'how-to/existing-profiles.md'
    """
    return f"{DOCS}/{_PAGES.get(number, _VERDICTS)}"
