"""``setup discover``: a profile for each role that the user's policies let one assume.

Its one rule: policies propose, AWS decides: each role is assumed once before it gets a profile.
"""

import contextlib
import time
from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from aws_mfa_process import APP, memo
from aws_mfa_process.aws.clients import Clients
from aws_mfa_process.aws.iam import user_name
from aws_mfa_process.aws.policies import Policies
from aws_mfa_process.aws.sts import STS
from aws_mfa_process.chain import assumable
from aws_mfa_process.chain.assumable import Rule, User
from aws_mfa_process.chain.model import Chain, account_id
from aws_mfa_process.chain.role import session_name_of
from aws_mfa_process.commands.context import Context
from aws_mfa_process.commands.fetch import read
from aws_mfa_process.commands.profiles import rows
from aws_mfa_process.commands.screens.screen import Block, Cell, Line, Notes, Table
from aws_mfa_process.commands.wizard import block
from aws_mfa_process.commands.wizard.block import Made
from aws_mfa_process.commands.wizard.trying import Tried, try_all
from aws_mfa_process.config import edit
from aws_mfa_process.config.account_block import block_in
from aws_mfa_process.config.account_list import accounts_of
from aws_mfa_process.config.accounts import NAMES, Account, Entry, entries_of, role_names
from aws_mfa_process.config.command_line import Request, request_of
from aws_mfa_process.config.process_line import own_line
from aws_mfa_process.config.profiles import Profiles, profile_of_section
from aws_mfa_process.config.text import written
from aws_mfa_process.credentials import SessionCredentials
from aws_mfa_process.errors import ConfigError, STSError
from aws_mfa_process.policy.document import PolicyError, parse
from aws_mfa_process.prompt.choice import Asker
from aws_mfa_process.sessions.assembly import providers_of
from aws_mfa_process.signals import through_pauses

_COMMAND = "setup discover"
_WITH_LIST = f"{APP} {_COMMAND} --accounts FILE --roles 'Admin ReadOnly'"
_KEPT = "kept, AWS says no"
_OLD_SECONDS = 60
"""From this age on an MFA session may be too old for a role."""
_HEADER = ("PROFILE", "ACCOUNT", "ROLE", "STATE")


class _Profile(NamedTuple):
    """A profile of a role that is there already.

    Attributes:
        is_ours: It is in the block of this command.
    """

    name: str
    is_ours: bool
    account_name: str
    region: str


class _Known(NamedTuple):
    """What is known before AWS is asked.

    Attributes:
        accounts: Of a list; empty: none is given.
        roles: Names to try where the list has none.
        profiles: Those that are there, by the ARN of their role.
    """

    accounts: Sequence[Account]
    roles: tuple[str, ...]
    profiles: Mapping[str, _Profile]


class _Seen(NamedTuple):
    """What IAM and STS have said.

    Attributes:
        user: Whose policies they are.
        rules: On AssumeRole.
        unread: What may not be read, a sentence for each.
        there: Roles that have a profile outside of the block, and are not tried.
        tried: The others.
        is_old: The MFA session is not of just now; roles may want a younger one.
    """

    user: User
    rules: list[Rule]
    unread: list[str]
    there: dict[str, _Profile]
    tried: list[Tried]
    is_old: bool


def run(context: Context, program: str, words: list[str], arguments: Namespace) -> int:
    """Read the policies, try the roles, and write the block of those that can be assumed.

    Args:
        context: The world.
        program: The path of this program.
        words: Behind ``discover``: none.
        arguments: Of `setup`.

    Returns:
        With ``--check`` 1 if something would change, else 0.

    Raises:
        MFAProcessError: Nothing was changed.
    """
    if words:
        raise ConfigError(
            f"{_COMMAND} takes no name",
            hint=f"give a list by option: {APP} {_COMMAND} --accounts FILE",
        )
    keys = block.keys_profile(context, arguments.profile, _COMMAND, "discover")
    known = _known(context, arguments)
    chain = context.chain(Request(keys, {})).to_mfa_session()
    session = _session(context, chain, arguments)
    seen = _look(chain, session, known)
    lost = [it for it in seen.tried if it.error is not None and not it.is_denied]
    if lost and lost[0].error is not None:
        raise STSError(
            f"{len(lost)} of {len(seen.tried)} roles could not be tried: {lost[0].error.message}",
            hint=lost[0].error.hint,
        )
    entries = _entries(context, seen, known, keys, arguments)
    made = Made("discover", entries, keys, program, chain.endpoint.partition)
    shown = list(_shown(seen, known, entries))
    return block.write(context, made, arguments, shown, f"{APP} login --all-roles --if-needed")


def _known(context: Context, arguments: Namespace) -> _Known:
    roles = role_names(arguments.roles.split(), "--roles") if arguments.roles else ()
    accounts: Sequence[Account] = ()
    if arguments.accounts:
        _, listing = read.read(arguments.accounts, arguments.sha256, context.environ)
        accounts = accounts_of(listing, roles, is_free=True)
    return _Known(accounts, roles, _profiles(context.files))


def _profiles(files: Profiles) -> dict[str, _Profile]:
    """Return the profiles of roles, by ARN; of several the one outside of the block."""
    own = block_in(edit.read(files.config_path), "discover")
    ours = {profile_of_section(it.section) for it in written(own)}
    found: dict[str, _Profile] = {}
    for name, values in files.profiles.items():
        arn = values.get("role_arn", "")
        with contextlib.suppress(ConfigError):  # `doctor` tells what is wrong with a line
            request = own_line(name, values.get("credential_process", ""))
            arn = request.overrides.get("role_arn", "") if request is not None else arn
        profile = _Profile(
            name, name in ours, values.get("account_name", ""), values.get("region", "")
        )
        if arn and (arn not in found or found[arn].is_ours):
            found[arn] = profile
    return found


def _session(context: Context, chain: Chain, arguments: Namespace) -> SessionCredentials:
    """Return the MFA session, stored or made now: policies ask for MFA before they can be read."""
    if chain.mfa is None:
        raise ConfigError(
            f"the keys of profile {chain.profile} take no MFA code, and policies are read with MFA",
            hint=f"name the profile of an IAM user's keys: {APP} {_COMMAND} --profile NAME",
        )
    given = {"mfa_code": arguments.mfa_code} if arguments.mfa_code else {}
    request = request_of({"profile": chain.profile, **given})
    asker = Asker(chain, request, is_login=True)
    provider = providers_of(chain, asker, context.world)[0]
    return through_pauses(provider.load, memo.release)


def _look(chain: Chain, session: SessionCredentials, known: _Known) -> _Seen:
    """Read the policies, and try the roles that they name."""
    arn = STS(chain.endpoint).caller_arn(session)
    user = User(user_name(arn), account_id(arn))
    if ":user/" not in arn:
        raise ConfigError(
            f"the keys of profile {chain.profile} are those of {arn}, not of an IAM user",
            hint=f"name the profile of a user's keys: {APP} {_COMMAND} --profile NAME",
        )
    iam = Policies(chain.endpoint, session, arn, Clients())
    rules: list[Rule] = []
    for it in iam.documents():
        try:
            rules += assumable.rules_of(parse(it.document, it.policy), user)
        except PolicyError as error:
            iam.unread.append(f"{it.policy} cannot be read: {error}")
    ours = [arn for arn, it in known.profiles.items() if it.is_ours]
    known_roles = (known.accounts, known.roles, f"arn:{chain.endpoint.partition}:iam::")
    listed = list(assumable.roles_in(*known_roles))
    patterns = assumable.roles_of_patterns(rules, *known_roles)
    candidates = assumable.candidates(
        rules, [*ours, *listed, *patterns], [*ours, *listed] if iam.unread else ()
    )
    outside = {arn: it for arn, it in known.profiles.items() if not it.is_ours}
    there = {it.arn: outside[it.arn] for it in candidates if it.arn in outside}
    name = session_name_of(chain.mfa.serials if chain.mfa is not None else ())
    others = [it for it in candidates if it.arn not in there]
    tried = try_all(others, chain.endpoint, session, name)
    is_old = time.time() - session.issued_at >= _OLD_SECONDS
    return _Seen(user, rules, iam.unread, there, tried, is_old)


def _entries(
    context: Context, seen: _Seen, known: _Known, keys: str, arguments: Namespace
) -> list[Entry]:
    """Return a profile for each role that can be assumed, and for those that are kept."""
    profiles = known.profiles.items()
    names = {account_id(arn): it.account_name for arn, it in profiles if it.account_name}
    listed = {it.account: it for it in known.accounts}
    usual = context.files.profiles[keys].get("region", "")
    found = []
    for it in seen.tried:
        arn = it.candidate.arn
        there = known.profiles.get(arn)
        if not it.is_assumed and (there is None or not seen.is_old):
            continue
        account = account_id(arn)
        name, region = (there.account_name, there.region) if there is not None else ("", usual)
        name = name or names.get(account, "") or account
        if account in listed:
            name, region = listed[account].name, listed[account].region or region
        found.append(Account(account, name, (_role(arn),), region))
    return entries_of(found, arguments.names or NAMES)


def _shown(seen: _Seen, known: _Known, entries: Sequence[Entry]) -> Iterator[Block]:
    """Yield what was found, and what was not."""
    rest = f"; {len(seen.there)} more have a profile already" if seen.there else ""
    good = {it.candidate.arn for it in seen.tried if it.is_assumed}
    number, tried = len(good), len(seen.tried)
    which = f"{number} of the {tried} roles that were tried" if tried else "no role that was tried"
    yield Line(f"{seen.user.name} may assume {which}{rest}")
    ours = [it.name for it in known.profiles.values() if it.is_ours]
    table = [_HEADER]
    for it in entries:
        is_good = any(arn.endswith(f":{it.account.account}:role/{it.role}") for arn in good)
        state = ("in the block" if it.profile in ours else "new") if is_good else _KEPT
        table.append((it.profile, it.account.account, it.role, state))
    for arn, profile in seen.there.items():
        table.append((profile.name, account_id(arn), _role(arn), "has a profile"))
    if len(table) > 1:
        yield Table(tuple(tuple(map(Cell, row)) for row in table), (0, 2))
    if len(good) < len(entries):
        yield Line(f"Kept: they may want a younger MFA session: {APP} login, then this again")
    yield from _not_found(seen, known)
    yield Line()


def _not_found(seen: _Seen, known: _Known) -> Iterator[Block]:
    """Yield the roles that AWS did not give, and what could not be looked at."""
    if not seen.unread and not any(it.is_allow for it in seen.rules):
        yield Line("None of its policies allows sts:AssumeRole: ask who manages the user")
    refused = [it for it in seen.tried if it.candidate.is_named and it.error is not None]
    if refused:
        yield Line(
            "Named by policies, but AWS says no: do they want an external_id, or a younger MFA"
            " session?"
        )
        yield Notes(tuple((_short(it), _why(it), "") for it in refused), "dim")
    patterns = assumable.wildcards(seen.rules)
    if patterns and not (known.accounts or known.roles):
        yield Line("Allowed by pattern; these take a list of accounts, and names of roles")
        notes = [(policy, text, "") for policy, text in patterns]
        yield Notes((*notes[:-1], (*notes[-1][:2], _WITH_LIST)), "dim")
    if seen.unread:
        yield Line("Not looked at, so there may be more")
        unread = [("", sentence, "") for sentence in seen.unread]
        hint = "" if known.accounts else _WITH_LIST
        yield Notes((*unread[:-1], (*unread[-1][:2], hint)), "dim")


def _short(tried: Tried) -> str:
    return f"{account_id(tried.candidate.arn)}:role/{_role(tried.candidate.arn)}"


def _role(arn: str) -> str:
    """Return the name of a role, with its path."""
    return arn.partition(":role/")[2]


def _why(tried: Tried) -> str:
    why = rows.refusal(tried.error, tried.candidate.arn) if tried.error is not None else ""
    return f"{why} (its policy has a condition)" if tried.candidate.is_conditional else why
