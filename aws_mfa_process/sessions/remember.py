"""The memo of an answer.

Its one rule: a session that somebody has logged out of meanwhile is stored no more, and has no
memo; nor has one that may be of a key that was replaced meanwhile.
"""

import time
from collections.abc import Sequence

from aws_mfa_process import debug, memo
from aws_mfa_process.chain.model import Chain
from aws_mfa_process.credentials import LAST_USE_SECONDS, SessionCredentials
from aws_mfa_process.keys.index import stored_key_ids
from aws_mfa_process.sessions.providers import World


def remember(world: World, chain: Chain, line: Sequence[str], session: SessionCredentials) -> None:
    """Write the memo of an answer, so that the next call is warm; a failure costs only time.

    Its key is the question of the command line as it was before the config was read. What a login
    gives by itself has none: a memo does not see that the person has signed out.
    """
    links = chain.links
    first, last = links[0], links[-1]
    is_kept = last.role is None and not last.has_code
    is_foreign = chain.source.kind == "credential_source" or is_kept
    if memo.is_bypassed() or is_foreign or not session.is_fresh(time.time()):
        return
    fresh_until = session.fresh_until()
    renew_from = renew_until = fresh_until
    if first.is_mfa_session and chain.roles:
        mfa_session = world.cache.read_session(first.key)
        if mfa_session is not None:
            renew_from = session.half_life()
            renew_until = mfa_session.expiration - LAST_USE_SECONDS
            if chain.mfa and chain.mfa.max_age_seconds:
                renew_until = min(renew_until, mfa_session.issued_at + chain.mfa.max_age_seconds)
    memo_key = memo.key(line, world.state)
    data = memo.pack(memo_key, fresh_until, renew_from, renew_until, session.answer())
    path = memo.path_of(memo_key)
    try:
        world.cache.write_sealed(path, data, is_synced=False)  # it is made anew at little cost
        is_stored = world.cache.read_session(last.key) == session
        if not is_stored or stored_key_ids(world.cache) != world.stored:
            world.cache.remove(path)
    except OSError as error:
        debug.note(f"the memo could not be written: {error.strerror}")
