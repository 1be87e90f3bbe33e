"""Under which circumstances a call is made: condition keys, and the values that they may have.

Rule: what a caller without MFA chooses, or finds somewhere, may be anything that would let the call
pass; what is known of the caller is what it is.

Source: IAM User Guide, "AWS global condition context keys".
"""

import ipaddress
import itertools
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Final, NamedTuple

from aws_mfa_process.policy.audit.account import Account, User
from aws_mfa_process.policy.audit.meet import ANY, ONE, WORD
from aws_mfa_process.policy.document import Test
from aws_mfa_process.policy.wildcard import Context, filled

MFA_KEY: Final = "aws:multifactorauthpresent"
MFA_KEYS: Final = (MFA_KEY, "aws:multifactorauthage")
_ISSUED: Final = "aws:tokenissuetime"
_NEVER: Final = (
    "aws:calledvia",
    "aws:calledviafirst",
    "aws:calledvialast",
    "aws:ec2instancesourceprivateipv4",
    "aws:ec2instancesourcevpc",
    "aws:federatedprovider",
    "aws:principalservicename",
    "aws:principalservicenameslist",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceidentity",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "ec2:sourceinstancearn",
    "kms:viaservice",
    "lambda:sourcefunctionarn",
)
"""What no call of a user bears that comes straight from them."""
_OF_MFA: Final = ("aws:multifactor", "aws:token")
_OF_CALLER: Final = ("aws:principal", "aws:userid", "aws:username")
"""Starts of keys that nobody chooses."""
_ALWAYS: Final = ("aws:requestedregion", "aws:sourceip", "aws:resourceaccount")
"""What each call bears, so that it is never absent."""
_OTHER_ADDRESS: Final = "203.0.113.77"
_MANY: Final = 256
_VALUES: Final = 6


class Way(NamedTuple):
    """How somebody comes who has a key and no MFA code.

    Attributes:
        name: For people.
        context: Condition keys of MFA that such a call bears.
    """

    name: str
    context: Context

    def can(self, action: str) -> bool:
        """Tell whether AWS takes such a call at all, whatever policies say.

        Source:
            STS API Reference, GetSessionToken.
        """
        if _ISSUED not in self.context:
            return True
        service = action.partition(":")[0].lower()
        return service not in ("iam", "sts") or action.lower() == "sts:assumerole"


def ways(now: int) -> tuple[Way, ...]:
    """Return the ways to call without MFA: the key itself, and a session of it without a code.

    Any key makes such a session: no policy governs GetSessionToken.

    Args:
        now: Seconds since the epoch.
    """
    session = {MFA_KEY: ("false",), _ISSUED: (_written(now),)}
    return Way("with the key alone", {}), Way("with a session that took no code", session)


def of_user(user: User, account: Account, now: int) -> dict[str, tuple[str, ...] | None]:
    """Return what is known of each call that a user sends."""
    organization = account.organization_id
    context: dict[str, tuple[str, ...] | None] = {
        "aws:currenttime": (_written(now),),
        "aws:epochtime": (str(now),),
        "aws:principalaccount": (account.account_id,),
        "aws:principalarn": (user.arn,),
        "aws:principalisawsservice": ("false",),
        "aws:principalorgid": (organization,) if organization else None,
        "aws:principalorgpaths": None,
        "aws:principaltype": ("User",),
        "aws:securetransport": ("true",),
        "aws:userid": (user.user_id,) if user.user_id else None,
        "aws:username": (user.name,),
        "aws:viaawsservice": ("false",),
        "kms:calleraccount": (account.account_id,),
    }
    if organization == "":
        context["aws:principalorgid"] = context["aws:principalorgpaths"] = ()
    context.update({f"aws:principaltag/{key.lower()}": (value,) for key, value in user.tags})
    return context


class Circumstances(NamedTuple):
    """Contexts that together are all that make a difference, unless they are too many.

    Attributes:
        contexts: What is known and what is chosen in each.
        is_complete: False: there are more than are looked at.
    """

    contexts: tuple[dict[str, tuple[str, ...] | None], ...]
    is_complete: bool


def circumstances(
    known: Context, tests: Iterable[Test], *, is_anybody: bool = False
) -> Circumstances:
    """Return what a call may bear besides what is known, as far as conditions look at it.

    Args:
        known: Of the caller and the call.
        tests: Of all statements that have a say.
        is_anybody: The caller is whoever of many gets through, whose name and tags fit.
    """
    options: dict[str, list[str]] = {}
    for test in tests:
        if _is_free(test.key, known, is_anybody=is_anybody):
            options.setdefault(test.key, []).extend(_values(test, known))
    lists = [_choices(key, values) for key, values in options.items()]
    size = 1
    for choices in lists:
        size *= len(choices)
    chosen = itertools.islice(itertools.product(*lists), _MANY)
    contexts = (
        {**known, **{key: value for key, value in zip(options, values, strict=True) if value}}
        for values in chosen
    )
    return Circumstances(tuple(contexts), size <= _MANY)


def chosen(context: Context, known: Context) -> Mapping[str, str]:
    """Return what had to be chosen, for people."""
    return {key: values[0] for key, values in context.items() if key not in known and values}


def _written(now: int) -> str:
    return datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _is_free(key: str, known: Context, *, is_anybody: bool) -> bool:
    fixed = _OF_MFA if is_anybody else (*_OF_MFA, *_OF_CALLER)
    return key not in known and key not in _NEVER and not key.startswith(fixed)


def _choices(key: str, values: list[str]) -> list[tuple[str, ...]]:
    """Return the values of one key: those that would be taken first, then another one, then none.

    A key that cannot be absent is not.
    """
    other = _OTHER_ADDRESS if key.endswith("ip") else WORD
    several = [*dict.fromkeys(values)][:_VALUES]
    found: list[tuple[str, ...]] = [(value,) for value in (*several, other)]
    return found if key in _ALWAYS else [*found, ()]


def _values(test: Test, known: Context) -> Iterator[str]:
    """Yield values with which a test may hold, and may not."""
    operator = test.operator.lower()
    for written in test.values[:_VALUES]:
        if "numeric" in operator:
            yield from _near(written)
        elif "ipaddress" in operator:
            yield from _inside(written)
        elif "bool" in operator:
            yield from ("true", "false")
        elif "null" not in operator:
            is_there, pattern = filled(written, known)
            if is_there and "like" in operator:
                yield pattern.replace(ANY, WORD).replace(ONE, WORD[0])
            elif is_there:
                yield pattern.replace(ANY, "*").replace(ONE, "?")


def _near(written: str) -> Iterator[str]:
    try:
        number = int(float(written))
    except (ValueError, OverflowError):
        return
    yield from (str(number), str(number - 1), str(number + 1))


def _inside(written: str) -> Iterator[str]:
    try:
        network = ipaddress.ip_network(written, strict=False)
    except ValueError:
        return
    yield str(network[min(1, network.num_addresses - 1)])
