"""How a chain becomes providers: one for each of its links, each behind the cache.

Its one rule: this is the only place that joins them.
"""

from collections.abc import Mapping
from typing import NamedTuple

from aws_mfa_process.chain.model import Chain, Source
from aws_mfa_process.config.profiles import Profiles
from aws_mfa_process.prompt.choice import Asker
from aws_mfa_process.sessions.cached import Cached, SessionProvider
from aws_mfa_process.sessions.device import Device
from aws_mfa_process.sessions.providers import (
    AssumedRole,
    BotocoreKeys,
    EnvironmentKeys,
    SourceProvider,
    StaticKeys,
    StoredKeys,
    WithCode,
)
from aws_mfa_process.store.cache import Cache


class World(NamedTuple):
    """What providers read and write.

    Attributes:
        files: The AWS config, for static keys.
        cache: Where sessions are kept.
        environ: The caller's environment, for ``credential_source = Environment``.
    """

    files: Profiles
    cache: Cache
    environ: Mapping[str, str]


def providers_of(chain: Chain, asker: Asker, world: World) -> list[Cached]:
    """Join providers for a chain.

    Args:
        chain: What was decided.
        asker: Where an MFA code comes from.
        world: What they read and write.

    Returns:
        One for each link. The first one uses the code, if the chain has MFA; the last one gives
        the answer.
    """
    source = _source_of(chain.source, world)
    line: list[Cached] = []
    links = chain.links
    for link in links:
        if link.mfa is not None:
            device = Device(link.mfa, asker, world.cache)
            inner: SessionProvider = WithCode(source, chain.endpoint, link.role, device)
        else:
            assert link.role is not None  # noqa: S101 - without a code only roles are made
            inner = AssumedRole(line[-1] if line else source, chain, link.role)
        line.append(Cached(inner, world.cache, link.key, is_answer=link is links[-1]))
    return line


def _source_of(source: Source, world: World) -> SourceProvider:
    if source.kind == "keyring":
        return StoredKeys(world.cache, source.profile)
    if source.kind == "static":
        return StaticKeys(world.files.keys_of(source.profile))
    if ("credential_source", "Environment") in source.settings:
        return EnvironmentKeys(world.environ)
    return BotocoreKeys(source)
