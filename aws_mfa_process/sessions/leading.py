"""The process that calls AWS anyway makes role sessions for those that come meanwhile.

Its one rule: it is nobody's hostage. Nobody is asked for a follower, what fails for one is left to
that one, and once our own answer is out we end within a second.
"""

import contextlib
import time
from _thread import stack_size, start_new_thread
from collections.abc import Callable, Iterator

from aws_mfa_process import memo
from aws_mfa_process.chain.model import Chain, Endpoint
from aws_mfa_process.config.command_line import Request, parse
from aws_mfa_process.prompt.choice import Asker
from aws_mfa_process.sessions.assembly import providers_of
from aws_mfa_process.sessions.providers import World
from aws_mfa_process.sessions.remember import remember
from aws_mfa_process.store import followers, write

_POLL_SECONDS = 0.01
_MOST_AT_ONCE = 20
"""Each takes a thread and some descriptors, of which macOS gives a process 256."""
_STACK_BYTES = 1 << 20
TAKE_SECONDS = 0.2
"""What comes later would keep our own caller for as long again as AWS takes."""
_LAST_SECONDS = 1
"""The longest that our own caller waits for the sessions of others."""
_PAUSE_SECONDS = 5
"""The longest that Ctrl-Z does: who then still waits is told that we are stopped."""


@contextlib.contextmanager
def leading(
    chain: Chain, world: World, chain_of: Callable[[Request], Chain]
) -> Iterator[Callable[[], None]]:
    """Serve followers within the block, in which we make a role session of an MFA session.

    Args:
        chain: Our own.
        world: As every provider has it.
        chain_of: Decides the chain of another command line.

    Yields:
        What gives up all that others wait for.
    """
    leader = Leader(chain, world, chain_of)
    leader.start()
    try:
        yield leader.release
    finally:  # also after Ctrl-C: what is being written must not be left half
        leader.finish(_LAST_SECONDS)


class Leader:
    """Makes the sessions that followers ask for, each in a thread of its own."""

    def __init__(self, chain: Chain, world: World, chain_of: Callable[[Request], Chain]) -> None:
        """Keep what `leading` names."""
        self._chain, self._world, self._chain_of = chain, world, chain_of
        self._until = time.monotonic() + TAKE_SECONDS
        self._running: list[str] = []
        self._light: list[Endpoint] = []
        self._is_over = False

    def start(self) -> None:
        """Look for followers from now on."""
        stack_size(_STACK_BYTES)
        if not _has_started(self._look):
            memo.stop_leading()

    def finish(self, seconds: float) -> None:
        """Take no more questions, and wait for the calls that are under way."""
        self._is_over = True
        end = time.monotonic() + seconds
        while self._running and time.monotonic() < end:
            time.sleep(_POLL_SECONDS)
        memo.stop_leading()

    def release(self) -> None:
        """Give up all that others wait for."""
        self.finish(_PAUSE_SECONDS)
        memo.release()

    def _look(self) -> None:
        with contextlib.suppress(Exception):  # then followers go on alone
            time.sleep(_POLL_SECONDS)  # our own way first
            ours = followers.surroundings(self._world.environ)
            followers.clear(self._world.cache.folder, followers.STRAY_SECONDS)
            while memo.leads():
                for path, question in followers.taken_questions(ours):
                    self._take(path, question)
                time.sleep(_POLL_SECONDS)

    def _take(self, path: str, question: bytes) -> None:
        self._running.append(path)
        is_in_time = not self._is_over and time.monotonic() < self._until
        has_room = is_in_time and len(self._running) <= _MOST_AT_ONCE
        if not (has_room and _has_started(self._answer, path, question)):
            self._leave(path)

    def _answer(self, path: str, question: bytes) -> None:
        with contextlib.suppress(Exception):  # the follower meets it too, and tells it
            self._make(question)
        self._leave(path)

    def _leave(self, path: str) -> None:
        write.remove(path)
        self._running.remove(path)

    def _is_light(self, endpoint: Endpoint) -> bool:
        """Tell whether calls there need nothing heavy; then what they need is loaded."""
        if endpoint not in self._light:
            from aws_mfa_process.aws.sts import STS

            if not STS(endpoint).is_light():
                return False
            self._light.append(endpoint)
        return True

    def _make(self, question: bytes) -> None:
        """Make the session of a follower, and its memo, if it starts and takes as long as ours."""
        arguments = memo.arguments_of(question, self._world.state)
        if arguments is None:
            return
        request = parse(arguments)
        chain, own = self._chain_of(request), self._chain
        is_alike = chain.is_of_mfa_session and chain.links[0].key == own.links[0].key
        if is_alike and len(chain.links) <= len(own.links) and self._is_light(chain.endpoint):
            asker = Asker(chain, request, refusal="nobody is asked for another process")
            session = providers_of(chain, asker, self._world)[-1].load()
            remember(self._world, chain, arguments, session)


def _has_started(work: Callable[..., None], *arguments: object) -> bool:
    """Start a thread; tell whether there is room for one."""
    try:
        start_new_thread(work, arguments)
    except RuntimeError:
        return False
    return True
