"""How a profile stands: its sessions, and what happens next.

Its one rule: only what is stored is looked at. Nobody is asked, AWS is not called, and the
keyring stays closed.
"""

import shlex
import time

from aws_mfa_process import APP
from aws_mfa_process.chain.found import PLAIN
from aws_mfa_process.chain.judge import Judgement
from aws_mfa_process.chain.model import CHAINED_ROLE_SECONDS, Chain, device_key
from aws_mfa_process.commands.context import Context
from aws_mfa_process.config.command_line import Request
from aws_mfa_process.credentials import SessionCredentials
from aws_mfa_process.errors import ConfigError, MFAProcessError
from aws_mfa_process.prompt.choice import Asker
from aws_mfa_process.sessions.assembly import providers_of
from aws_mfa_process.sessions.cached import Cached
from aws_mfa_process.store import failures
from aws_mfa_process.store.failures import Failure
from aws_mfa_process.values import Literal, NamedTuple

Next = Literal["renewed", "made", "code", "fails"]
"""Renewed by itself; made when it is asked for, without a code; only with a code; not at all."""


class Standing(NamedTuple):
    """How a profile stands.

    Attributes:
        judgement: What the judge makes of it.
        chain: How its credentials are made; None: see ``error``.
        error: Why they cannot be made.
        code_session: What its code has made and what still serves: the MFA session, or in direct
            mode the session of the first role.
        mfa_key: What the MFA session that it starts with is stored under; empty: there is none.
        session: Its own session, if it lives.
        failure: What has failed since that was made.
        shares_failure: Whether it concerns the other profiles of the MFA device too.
        account_name: The setting of that name in the profile; empty: there is none.
    """

    judgement: Judgement
    chain: Chain | None = None
    error: MFAProcessError | None = None
    code_session: SessionCredentials | None = None
    mfa_key: str = ""
    session: SessionCredentials | None = None
    failure: Failure | None = None
    shares_failure: bool = False
    account_name: str = ""

    @property
    def profile(self) -> str:
        """The name of the profile."""
        return self.judgement.profile

    @property
    def role(self) -> tuple[str, str]:
        """Account and name of its role, with the path; empty texts for none."""
        if self.chain is None or not self.chain.roles:
            return "", ""
        account, _, name = self.chain.roles[-1].role_arn.split(":", 4)[-1].partition(":")
        return account, name.removeprefix("role/")

    @property
    def next(self) -> Next:
        """What happens next."""
        chain = self.chain
        if chain is None:
            return "fails"
        if chain.is_made_with_code or (chain.mfa is not None and self.code_session is None):
            return "code"
        return "made" if self.session is None else "renewed"

    @property
    def has_failed(self) -> bool:
        """Whether a session was wanted of late, and could not be made."""
        return self.failure is not None and not self.failure.is_renewal

    @property
    def no_code_until(self) -> int:
        """Until when nobody needs a code, seconds since the epoch; 0: now, or there is no code."""
        if self.chain is None or self.chain.mfa is None:
            return 0
        found = (self.session, self.code_session)
        return max((session.expiration for session in found if session is not None), default=0)

    @property
    def word(self) -> str:
        """The same as `sentence`, in fewer words."""
        if self.next == "made" and self.has_failed:
            return "has failed"
        return self.sentence.partition(",")[0].partition(" (")[0]

    @property
    def sentence(self) -> str:
        """What happens next, for a person."""
        chain = self.chain
        if chain is None:
            return "cannot be made"
        step = self.next
        if step == "renewed":
            return "renewed by itself"
        if step == "made" and self.has_failed:
            return "made when asked for, has failed"
        if step == "made" or chain.mfa is None:
            return "made when asked for, no code"
        words = ["a code", "after that" if self.session else ""]
        words.append("from mfa_process" if chain.mfa.process else "")
        if chain.mfa.mode == "direct":
            seconds = chain.roles[0].duration_seconds or CHAINED_ROLE_SECONDS
            words.append(f"(direct mode, {_life(seconds)})")
        return " ".join(filter(None, words))


def standing_of(context: Context, judgement: Judgement) -> Standing:
    """Look at how a profile stands."""
    try:
        chain = context.chain_as_sdk(judgement.profile)
    except MFAProcessError as error:
        if judgement.outcome == "unserved" and isinstance(error, ConfigError):
            judgement = _told(judgement, error.message, error.hint)
        return Standing(judgement, error=error)
    if judgement.outcome == "unserved" and chain.source.sign_in:
        judgement = _told(judgement, *_signed_in(chain))
    elif judgement.outcome == "unserved" and chain.source.kind == "static" and not chain.mfa:
        hint = f"let source_profile name the profile with the key of the user; then {APP} setup"
        judgement = _told(judgement, judgement.verdicts[0].sentence, hint)
    elif judgement.outcome == "unserved" and not PLAIN.fullmatch(judgement.profile):
        hint = f"give it a name of letters, digits and . _ - @ + / : alone; then {APP} setup"
        judgement = _told(judgement, judgement.verdicts[0].sentence, hint)
    asker = Asker(chain, Request(judgement.profile, {}), refusal="only the past is looked at")
    providers = providers_of(chain, asker, context.world)
    first, last = providers[0], providers[-1]
    session = last.stored()
    is_alive = session is not None and session.is_alive(time.time())
    failure, shares_failure = _last_failure(context, chain, providers)
    return Standing(
        judgement,
        chain,
        code_session=first.serving() if chain.mfa is not None else None,
        mfa_key=repr(first.key) if chain.is_of_mfa_session else "",
        session=session if is_alive else None,
        failure=failure,
        shares_failure=shares_failure,
        account_name=context.files.profiles[judgement.profile].get("account_name", ""),
    )


def _told(judgement: Judgement, sentence: str, hint: str) -> Judgement:
    """Say this of a profile that `setup` would leave as it is."""
    verdict = judgement.verdicts[0]._replace(sentence=sentence, hint=hint)
    return judgement._replace(verdicts=(verdict,))


def _signed_in(chain: Chain) -> tuple[str, str]:
    """Return what is to be said of a role below a sign-in, and what to do."""
    source = chain.source.profile
    sentence = (
        f"role_arn and mfa_serial without a line of ours; profile {source}, where it begins,"
        " signs in and takes no code"
    )
    hint = (
        f"write a second profile, whose line says --profile {shlex.quote(chain.profile)}: that"
        f" takes the sign-in of {source} to every SDK"
    )
    return sentence, hint


def _last_failure(
    context: Context, chain: Chain, providers: list[Cached]
) -> tuple[Failure | None, bool]:
    """Return what has failed since the sessions were made, and whether others share it.

    What has failed all who waited for it is stored under the key of each.
    """
    keys = [(provider.key, provider) for provider in providers]
    shared = [providers[0].key] if chain.is_of_mfa_session else []
    if chain.mfa is not None:
        keys.append((device_key(chain.mfa.key_serial), providers[0]))
        shared.append(device_key(chain.mfa.key_serial))
    found = []
    for key, provider in keys:
        failure = failures.read(context.cache, key)
        made = None if failure is None else provider.stored()
        if failure is not None and (made is None or made.issued_at < int(failure.at)):
            found.append((failure, key in shared))
    last = max((failure for failure, _ in found), key=lambda it: it.at, default=None)
    told = {failure.error.message for failure, is_shared in found if is_shared}
    return last, last is not None and last.error.message in told


def _life(seconds: int) -> str:
    """Return the length of a session.

    >>> _life(28800), _life(5400)
    ('8 h', '90 min')
    """
    hours, rest = divmod(seconds, 3600)
    return f"{seconds // 60} min" if rest else f"{hours} h"
