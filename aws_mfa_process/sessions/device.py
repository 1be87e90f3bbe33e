"""One MFA code, asked once and sent once.

Its one rule: whoever asks holds the device's lock, and a code is written down before STS sees it.
"""

import _thread
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext, suppress

from aws_mfa_process import debug
from aws_mfa_process.chain.model import MFA, device_key
from aws_mfa_process.config.settings import digits
from aws_mfa_process.errors import (
    CodesRefusedError,
    ConfigError,
    NotSentError,
    PersonNeededError,
    ProgramFailedError,
    QuestionInterruptedError,
    STSError,
    UncheckedCodeError,
    WrongCodeError,
)
from aws_mfa_process.prompt.choice import Asker, CodeSource
from aws_mfa_process.prompt.turn import Turn
from aws_mfa_process.sessions.flight import Flight
from aws_mfa_process.signals import pausable
from aws_mfa_process.store import failures
from aws_mfa_process.store.cache import Cache
from aws_mfa_process.store.failures import Failure
from aws_mfa_process.values import TypeVar

S = TypeVar("S")
T = TypeVar("T")

STEP_SECONDS = 30
"""Life of a code (RFC 6238)."""
_USED_SECONDS = 5 * STEP_SECONDS
"""A code is good for two steps before and after its own, each once."""
_NEXT_CODE = "wait for the next code and try again"


class Device:
    """The MFA device of a user, or one of several, and where its codes come from."""

    def __init__(self, mfa: MFA, asker: Asker, cache: Cache) -> None:
        """Keep what is needed to ask; used codes and refusals are remembered in the cache."""
        self.mfa = mfa
        self._asker = asker
        self._cache = cache
        self._key = device_key(mfa.key_serial)

    def use_code(
        self,
        prepare: Callable[[], S],
        meanwhile: Callable[[], None],
        call: Callable[[S, str, str], T],
    ) -> T:
        """Get a code and return what a call with it gives.

        Args:
            prepare: Called when somebody can be asked and before that: opens the keyring.
            meanwhile: Runs in a thread while the person types; raises nothing.
            call: Sends the device's serial number and the code to STS, with what ``prepare`` gave.

        Raises:
            PersonNeededError: Nobody gave a code, or somebody has just refused to.
            STSError: STS refused the last code, or the call failed for another reason.
        """
        flight = Flight(self._cache, self._key, is_start=True)

        def work() -> T:
            # with the lock held, so that it sees the terminal as it is then
            source = self._asker.code_source(self._recent_refusal(), self._obstacle())
            try:
                prepared = _prepared(prepare)
                if self._asker.request.mfa_code is None:
                    with suppress(RuntimeError):  # too many threads: then it comes afterwards
                        _thread.start_new_thread(meanwhile, ())
                return self._ask(source, lambda serial, code: call(prepared, serial, code))
            except KeyboardInterrupt:
                raise QuestionInterruptedError from None

        try:
            return flight.run(lambda: None, work, is_on_request=self._asker.is_login)
        except PersonNeededError as error:
            error.hint = error.hint or self._asker.hint
            raise

    def _ask(self, source: CodeSource, call: Callable[[str, str], T]) -> T:
        turn = Turn(self._cache, self.mfa, source)
        why = wait = hint = ""
        left = source.tries
        has_waited = False
        while left:
            answer = source.get(f"{why}{wait}", turn.serials)
            if turn.goes_on(answer):
                why = wait = ""
                continue
            left -= 1
            try:
                return self._use(turn, answer, source, call)
            except _NotTakenError as error:
                is_again = error.is_used and why and not source.is_person  # AWS's reason says more
                why, wait = why if is_again else str(error), _wait() if error.is_early else ""
                hint = error.hint
                if error.is_used and left and not source.is_person:
                    if has_waited:  # a command that gives no other code
                        break
                    has_waited = True
                    with pausable():
                        time.sleep(next_step())
        raise _failure_class(source)(
            f"no MFA code of {' or '.join(turn.serials)} was accepted: {why}",
            hint=hint,
        )

    def _obstacle(self) -> str:
        """Return why nothing can be kept, so that the person knows before the code is typed."""
        obstacle = self._cache.trouble(may_make=True)
        if obstacle:
            debug.note(f"not kept: {obstacle}")
        return obstacle

    def _use(self, turn: Turn, answer: str, source: CodeSource, call: Callable[[str, str], T]) -> T:
        """Send what was given as a code, if it is one that may be sent.

        Raises:
            _NotTakenError: It is not, or AWS has not taken it; another one may be asked for.
        """
        code, used = digits(answer), self._used(turn.serial)
        if code is None:
            hint = f"try again with the six digits that {turn.name} shows"
            raise _NotTakenError("A code is six digits", hint=hint)
        digest = _digest(turn.serial, code)
        if digest in used:
            raise _NotTakenError("That code was used already", is_early=True, is_used=True)
        self._note(turn.serial, {**used, digest: time.time()})
        try:
            with _checking(source):
                made = _sent(turn, source, lambda: call(turn.serial, code))
        except (NotSentError, ConfigError):
            self._note(turn.serial, used)
            raise
        turn.note_used()
        return made

    def _recent_refusal(self) -> Failure | None:
        failure = failures.read(self._cache, self._key)
        if failure is None or isinstance(failure.error, ProgramFailedError):
            return None
        return failure if 0 <= time.time() - failure.at < self.mfa.refusal_seconds else None

    def _used(self, serial: str) -> dict[str, float]:
        """Return the codes sent of late, as digests, with the time of each."""
        document = self._cache.read("codes", device_key(serial)) or {}
        return {name: at for name, at in document.items() if at > time.time() - _USED_SECONDS}

    def _note(self, serial: str, used: dict[str, float]) -> None:
        _note(self._cache, serial, used)


def note_sent(cache: Cache, serial: str, codes: Iterable[str]) -> None:
    """Write down codes of a new device that AWS gets in another way, so that none is sent twice."""
    _note(cache, serial, {_digest(serial, code): time.time() for code in codes})


def _note(cache: Cache, serial: str, used: dict[str, float]) -> None:
    try:
        cache.write("codes", device_key(serial), used)
    except OSError as error:
        debug.note(f"a used code could not be noted: {error.strerror}")


class _NotTakenError(Exception):
    """Why an answer was not sent to STS, or not taken there.

    Attributes:
        is_early: The next code will do.
        is_used: It was sent before.
        hint: What to do after the last answer.
    """

    def __init__(
        self, why: str, *, is_early: bool = False, is_used: bool = False, hint: str = _NEXT_CODE
    ) -> None:
        super().__init__(why)
        self.is_early = is_early
        self.is_used = is_used
        self.hint = hint


def _sent(turn: Turn, source: CodeSource, call: Callable[[], T]) -> T:
    """Return what a call gives; where another code may do, say so."""
    try:
        return call()
    except (WrongCodeError, UncheckedCodeError) as error:
        name, is_wrong = turn.name, isinstance(error, WrongCodeError)
        if source.tries == 1:
            error.hint = turn.hint_for_given(error.hint)
            raise
        if not is_wrong and not turn.give_way():
            raise
        why = "AWS did not accept that code" if is_wrong else f"AWS checks no codes of {name} now"
        raise _NotTakenError(why, is_early=is_wrong) from None


def _digest(serial: str, code: str) -> str:
    from aws_mfa_process.store.digests import sha256

    return sha256(f"{serial}\0{code}".encode()).hexdigest()


def _prepared(prepare: Callable[[], S]) -> S:
    """Return what is needed beside the code; a keyring that fails is nobody's refusal."""
    try:
        return prepare()
    except PersonNeededError as error:
        raise ProgramFailedError(error.message, hint=error.hint) from None


def _checking(source: CodeSource) -> AbstractContextManager[None]:
    """Let whoever has typed a code in a window see that it is checked."""
    if not source.is_window:
        return nullcontext()
    from aws_mfa_process.prompt import programs  # noqa: PLC0415

    return programs.checking()


def _failure_class(source: CodeSource) -> type[STSError]:
    if source.tries == 1:
        return WrongCodeError
    return CodesRefusedError if source.is_person else STSError


def _wait() -> str:
    return f"; wait for the next one ({next_step()} s)"


def next_step() -> int:
    """Return the seconds until devices show their next code."""
    return STEP_SECONDS - int(time.time()) % STEP_SECONDS
