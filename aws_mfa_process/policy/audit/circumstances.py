"""Under which circumstances a call is made: condition keys, and the values that they may have.

Rule: what a caller without MFA chooses, or finds somewhere, may be anything that would let the call
pass; what is known of the caller is what it is.

Source: IAM User Guide, "AWS global condition context keys".
"""

import ipaddress
import itertools
import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Final, NamedTuple

from aws_mfa_process.policy.audit.account import Account, User
from aws_mfa_process.policy.audit.meet import ANY, ONE, WORD, meet
from aws_mfa_process.policy.document import Statement, Test
from aws_mfa_process.policy.wildcard import Context, filled, literal, variables

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
_TAG: Final = "aws:principaltag/"
_OF_MFA: Final = ("aws:multifactor", "aws:token")
_OF_CALLER: Final = ("aws:principal", "aws:userid", "aws:username")
"""Starts of keys that nobody chooses."""
_ALWAYS: Final = ("aws:requestedregion", "aws:resourceaccount")
"""What each call bears, so that it is never absent: no address comes through a VPC endpoint."""
_OTHER_ADDRESSES: Final = ("203.0.113.77", "2001:db8::77")
_MANY: Final = 256
_VALUES: Final = 64
_PATTERNS: Final = 16


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


def of_call(now: int) -> dict[str, tuple[str, ...] | None]:
    """Return what is known of each call, whoever sends it: it is one straight from them."""
    return {
        "aws:currenttime": (_written(now),),
        "aws:epochtime": (str(now),),
        "aws:principalisawsservice": ("false",),
        "aws:securetransport": ("true",),
        "aws:viaawsservice": ("false",),
    }


def of_user(
    user: User, account: Account, now: int, statements: Iterable[Statement] = ()
) -> dict[str, tuple[str, ...] | None]:
    """Return what is known of each call that a user sends.

    Args:
        user: Who sends it.
        account: Theirs.
        now: Seconds since the epoch.
        statements: In which tags may be looked at that could not be read.
    """
    organization = account.organization_id
    context: dict[str, tuple[str, ...] | None] = {
        **of_call(now),
        "aws:principalaccount": (account.account_id,),
        "aws:principalarn": (user.arn,),
        "aws:principalorgid": (organization,) if organization else None,
        "aws:principalorgpaths": None,
        "aws:principaltype": ("User",),
        "aws:userid": (user.user_id,) if user.user_id else None,
        "aws:username": (user.name,),
        "kms:calleraccount": (account.account_id,),
    }
    if organization == "":
        context["aws:principalorgid"] = context["aws:principalorgpaths"] = ()
    if user.tags is None:
        looked_at = (key for statement in statements for key in _keys(statement))
        context.update({key: None for key in looked_at if key.startswith(_TAG)})
    context.update({f"{_TAG}{key.lower()}": (value,) for key, value in user.tags or ()})
    return context


def _keys(statement: Statement) -> Iterator[str]:
    """Yield the keys that a statement looks at, in conditions and as variables."""
    yield from (test.key for test in statement.tests)
    yield from variables(value for test in statement.tests for value in test.values)
    if statement.resource is not None:
        yield from variables(statement.resource.patterns)


class Circumstances(NamedTuple):
    """Contexts that together are all that make a difference, unless they are too many.

    Attributes:
        contexts: What is known and what is chosen in each.
        before: What is known; what is chosen is there as not known.
        is_complete: False: there are more than are looked at.
    """

    contexts: tuple[dict[str, tuple[str, ...] | None], ...]
    before: dict[str, tuple[str, ...] | None]
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
    looked_at: dict[str, list[Test]] = {}
    told: dict[str, list[Test]] = {}
    for test in tests:
        if _is_free(test.key, known, is_anybody=is_anybody):
            looked_at.setdefault(test.key, []).append(test)
        for key in variables(test.values):
            if _is_free(key, known, is_anybody=is_anybody):
                told.setdefault(key, [])
    looked_at = {**told, **looked_at}
    fillings = {**dict.fromkeys(told, (WORD,)), **known}
    found = [_choices(key, them, fillings) for key, them in looked_at.items()]
    size = math.prod(len(choices) for choices, _ in found)
    chosen = itertools.islice(itertools.product(*(choices for choices, _ in found)), _MANY)
    contexts = (
        {**known, **{key: value for key, value in zip(looked_at, values, strict=True) if value}}
        for values in chosen
    )
    is_one_word = all(not looked_at[key] for key in told)  # what is compared is a word or nothing
    is_complete = size <= _MANY and is_one_word and all(is_all for _, is_all in found)
    return Circumstances(tuple(contexts), {**known, **dict.fromkeys(looked_at)}, is_complete)


def chosen(context: Context, known: Context) -> Mapping[str, str]:
    """Return what had to be chosen, for people."""
    return {key: values[0] for key, values in context.items() if key not in known and values}


def _written(now: int) -> str:
    return datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _is_free(key: str, known: Context, *, is_anybody: bool) -> bool:
    fixed = _OF_MFA if is_anybody else (*_OF_MFA, *_OF_CALLER)
    return key not in known and key not in _NEVER and not key.startswith(fixed)


def _choices(key: str, tests: list[Test], known: Context) -> tuple[list[tuple[str, ...]], bool]:
    """Return the values of one key: those that would be taken first, then another one, then none.

    And whether these are all that make a difference. A key that cannot be absent is not.
    """
    patterns = [pattern for test in tests for pattern in _patterns(test, known)]
    met = (meet(*pair) for pair in itertools.combinations(patterns[:_PATTERNS], 2))
    each = itertools.chain(
        (value for test in tests for value in _values(test)),
        (pattern.replace(ANY, WORD).replace(ONE, WORD[0]) for pattern in patterns),
        (value for value in met if value is not None),
    )
    values = [*dict.fromkeys(each)]
    some = values[:_VALUES]
    if key.endswith("ip"):
        some += _OTHER_ADDRESSES
    elif not any("numeric" in test.operator.lower() for test in tests):
        some.append(WORD)
    found: list[tuple[str, ...]] = [(value,) for value in some]
    if any(test.operator.lower().startswith("for") for test in tests):
        found.append(tuple(some))
    return found if key in _ALWAYS else [*found, ()], len(values) <= _VALUES


def _values(test: Test) -> Iterator[str]:
    """Yield numbers, addresses and truths with which a test may hold, and may not."""
    operator = test.operator.lower()
    if "bool" in operator:
        yield from ("true", "false")
    for written in test.values:
        if "numeric" in operator:
            yield from _near(written)
        elif "ipaddress" in operator:
            yield from _inside(written)


def _patterns(test: Test, known: Context) -> Iterator[str]:
    """Yield the patterns of a test of texts, as `wildcard.filled` has them."""
    operator = test.operator.lower()
    if any(word in operator for word in ("numeric", "ipaddress", "bool", "null")):
        return
    for written in test.values:
        is_there, pattern = filled(written, known)
        if is_there:
            yield pattern if "like" in operator or "arn" in operator else literal(pattern)


def _near(written: str) -> Iterator[str]:
    try:
        number = int(float(written))
    except (ValueError, OverflowError):
        return
    yield from (str(number), str(number - 1), str(number + 1))


def _inside(written: str) -> Iterator[str]:
    """Yield where a network begins and what follows it: so all networks begin and end somewhere."""
    try:
        network = ipaddress.ip_network(written, strict=False)
    except ValueError:
        return
    yield str(network[min(1, network.num_addresses - 1)])
    yield str(network[0])
    try:
        yield str(network[-1] + 1)
    except ValueError:  # it ends where all addresses do
        return
