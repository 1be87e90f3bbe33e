"""How a chain becomes providers: one for each of its links, each behind the cache.

Its one rule: this is the only place that joins them.
"""

from aws_mfa_process import debug
from aws_mfa_process.chain.model import Chain
from aws_mfa_process.display import key_tail
from aws_mfa_process.prompt.choice import Asker
from aws_mfa_process.sessions.cached import Cached, SessionProvider
from aws_mfa_process.sessions.providers import (
    AssumedRole,
    OfUncertainKeys,
    SourceKeys,
    WithCode,
    World,
)


def providers_of(chain: Chain, asker: Asker, world: World) -> list[Cached]:
    """Return a provider for each link of a chain.

    The first one uses the code, if the chain has MFA; the last one gives the answer.
    """
    if chain.mfa is None and not chain.roles:
        from aws_mfa_process.sessions.kept import handed_source  # noqa: PLC0415 - few are

        return [handed_source(chain.source, world.cache)]
    source = SourceKeys(chain.source, world)
    providers: list[Cached] = []
    links = chain.links
    for link in links:
        inner: SessionProvider
        if link.has_code and chain.mfa is not None:
            inner = WithCode(source, chain.endpoint, link.role, chain.mfa, asker)
        else:
            assert link.role is not None  # noqa: S101 - without a code only roles are made
            before = providers[-1] if providers else source
            inner = AssumedRole(before, chain, link.role, world.clients)
        mfa_session = providers[0] if len(providers) == 1 and links[0].is_mfa_session else None
        if chain.source.is_uncertain and (link.has_code or mfa_session):
            without = AssumedRole(source, chain, link.role) if link.role else None
            inner = OfUncertainKeys(source, inner, without, mfa_session)
        is_answer = link is links[-1]
        max_age = chain.mfa and not is_answer and link.has_code and chain.mfa.max_age_seconds
        providers.append(Cached(inner, world.cache, link.key, is_answer, max_age or None))
    if debug.is_wanted():
        _note(chain, providers)
    return providers


def _note(chain: Chain, providers: list[Cached]) -> None:
    mfa, start = chain.mfa, chain.source
    devices = f"device {' or '.join(mfa.serials)}, mode {mfa.mode}" if mfa else "no device"
    debug.note(
        f"profile {chain.profile}: {start.kind} keys {key_tail(start.access_key_id)} of profile"
        f" {start.profile}, {devices}"
    )
    for link, provider in zip(chain.links, providers, strict=True):
        debug.note(f"{provider.name}: {link.role.role_arn if link.role else 'MFA session'}")
