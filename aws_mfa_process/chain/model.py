"""A chain: where credentials start, how MFA comes in, which roles follow.

Its one rule: these are decisions, written down. They hold no secret, and what they are stored
under holds everything that could change the answer.
"""

from collections.abc import Mapping
from types import MappingProxyType

from aws_mfa_process.values import Any, Literal, NamedTuple

_SSO = ("sso_account_id", "sso_role_name")
"""One of them makes a profile one of SSO (botocore ``credentials.py``, ``SSOProvider``)."""
SourceKind = Literal["keyring", "static", "botocore", "credential_source"]
CHAINED_ROLE_SECONDS = 3600
"""Limit of a role assumed with session credentials, those of GetSessionToken included
(AWS knowledge centre, «iam-role-chaining-limit»)."""


class Source(NamedTuple):
    """Where the first credentials of a chain come from.

    Attributes:
        kind: ``keyring`` and ``static`` are long-term keys (or, with a session token in the
            profile, temporary ones); ``botocore`` whatever botocore finds for the profile;
            ``credential_source`` as the setting of that name.
        access_key_id: Of long-term keys; else empty.
        is_long_term: Whether it surely is an IAM user's key pair.
        settings: What else tells one source from another (no secret), for the cache key.
    """

    kind: SourceKind
    profile: str
    access_key_id: str
    is_long_term: bool
    settings: tuple[tuple[str, str], ...] = ()

    @property
    def is_uncertain(self) -> bool:
        """Whether only loading tells if it is an IAM user's key pair: a process may give any."""
        values = dict(self.settings)
        is_early = is_federated(values) or "login_session" in values
        return self.kind == "botocore" and "credential_process" in values and not is_early

    @property
    def takes_code(self) -> bool:
        """Whether MFA can be used with it, as far as is known before it is loaded."""
        return self.is_long_term or self.is_uncertain

    @property
    def is_foreign(self) -> bool:
        """Whether another program, a service or a login gives the credentials anew each time."""
        is_environment = ("credential_source", "Environment") in self.settings
        return self.kind in ("botocore", "credential_source") and not is_environment

    @property
    def sign_in(self) -> Literal["", "login", "sso"]:
        """What a person signs in with: ``aws login``, ``aws sso login``; empty: neither.

        Another program's keys are its own, also where an ``sso_session`` stands beside it.
        """
        values = dict(self.settings)
        is_another = self.is_uncertain or bool(values.get("web_identity_token_file"))
        if self.kind != "botocore" or is_another:
            return ""
        if any(name.startswith("sso_") for name in values) and not _is_plain_login(values):
            return "sso"
        return "login" if "login_session" in values else ""

    @property
    def named(self) -> dict[str, Any]:
        """What tells it from other sources, as JSON values for cache keys."""
        if self.access_key_id:
            return {"access_key_id": self.access_key_id}
        return {**self._asdict(), "settings": dict(self.settings)}

    @property
    def is_session(self) -> bool:
        """Whether these surely are session credentials; a process may give any."""
        values = dict(self.settings)
        return (
            (self.kind == "static" and not self.is_long_term)
            or (self.kind == "botocore" and is_federated(values))
            or values.get("credential_source", "Environment") != "Environment"
        )


class MFA(NamedTuple):
    """The devices of a user, each as good as the others, and how a code is got and used.

    Attributes:
        serials: Those whose code is asked for, in the order of the profile.
        listed: All that the profile lists, these among them: sessions are the same for all.
        mode: ``session``: GetSessionToken with the code, roles from that; ``direct``: the code
            goes to the first AssumeRole.
        max_age_seconds: How old the MFA session may be for roles; None: as old as it gets.
        session_seconds: Life asked for the MFA session.
        process: Command that prints the code; empty: a person is asked.
        prompt_seconds: Time to answer; None: the usual one of the place.
        refusal_seconds: For how long a cancel answers other callers.
    """

    serials: tuple[str, ...]
    listed: tuple[str, ...]
    mode: Literal["session", "direct"]
    max_age_seconds: int | None
    session_seconds: int
    process: str
    prompt: str
    prompt_seconds: int | None
    refusal_seconds: int

    @property
    def key_serial(self) -> str:
        """What stands for all of them in a cache key, in whichever order they are listed."""
        return min(self.listed)


class Role(NamedTuple):
    """One AssumeRole, all its parameters; ``None`` and empty ones are not sent."""

    profile: str
    role_arn: str
    duration_seconds: int | None
    external_id: str
    role_session_name: str
    source_identity: str
    session_tags: tuple[tuple[str, str], ...]
    transitive_session_tags: tuple[str, ...]
    policy_arns: tuple[str, ...]
    policy: str


class Endpoint(NamedTuple):
    """How STS is reached.

    Attributes:
        profile: Whose network settings hold; empty where none does.
        url: Explicit address, which may hold a password; empty: the one that AWS has.
        settings: Of the profile, without secrets, and without a ``services`` that is decided.
    """

    profile: str
    region: str
    partition: str
    url: str
    settings: Mapping[str, str] = MappingProxyType({})

    def __repr__(self) -> str:
        """Show whose it is: an address may hold a password."""
        return f"Endpoint({self.profile}, {self.region})"


class Link(NamedTuple):
    """One session on the way of a chain.

    Attributes:
        has_code: Whether an MFA code makes it; else it is assumed from what comes before it.
        role: None for the MFA session (GetSessionToken), and for what a source gives by itself.
        key: Its cache key: everything that could change it, as JSON values.
    """

    has_code: bool
    role: Role | None
    key: dict[str, Any]

    @property
    def is_mfa_session(self) -> bool:
        """Whether it is what roles are derived from without a further code."""
        return self.has_code and self.role is None


class MFAUse(NamedTuple):
    """How MFA comes into a call.

    Attributes:
        missing: Why it does not; empty: it does, or it cannot.
        hint: What to do about that.
        age_seconds: Of the MFA session that makes the call; 0: of another one, or none.
        profile: For whom a person logs in.
    """

    missing: str = ""
    hint: str = ""
    age_seconds: int = 0
    profile: str = ""


class Chain(NamedTuple):
    """The whole decision for one profile.

    Attributes:
        way: The profiles passed, the selected one first.
    """

    profile: str
    source: Source
    mfa: MFA | None
    roles: tuple[Role, ...]
    endpoint: Endpoint
    way: tuple[str, ...] = ()

    @property
    def links(self) -> tuple[Link, ...]:
        """The sessions to make, in this order.

        The first one takes the code, if the chain has MFA; the last one is the answer.
        """
        mfa, source = self.mfa, self.source
        is_direct = mfa is not None and mfa.mode == "direct"
        key = {
            "source": source.named,
            "mfa_serial": mfa.key_serial if mfa else "",
            "session_duration_seconds": mfa.session_seconds if mfa and not is_direct else 0,
            "partition": self.endpoint.partition,
            "endpoint_url": self.endpoint.url,
        }
        if mfa is None and not self.roles:
            return (Link(has_code=False, role=None, key=source_key(source)),)
        links = [] if mfa is None or is_direct else [Link(has_code=True, role=None, key=key)]
        for number, role in enumerate(self.roles, start=1):
            roles = [{**passed._asdict(), "profile": ""} for passed in self.roles[:number]]
            links.append(Link(is_direct and number == 1, role, {**key, "roles": roles}))
        return tuple(links)

    @property
    def is_made_with_code(self) -> bool:
        """Whether the code itself makes the answer, so that each one needs another code."""
        is_direct = self.mfa is not None and self.mfa.mode == "direct"
        return self.mfa is not None and len(self.roles) == is_direct

    @property
    def is_of_mfa_session(self) -> bool:
        """Whether its first session is one that roles are derived from without a further code."""
        return self.mfa is not None and self.mfa.mode == "session"

    @property
    def is_chained(self) -> bool:
        """Whether the last role may be assumed with session credentials, not with a user's keys."""
        is_direct = self.mfa is None or self.mfa.mode == "direct"
        return not (len(self.roles) == 1 and self.source.is_long_term and is_direct)

    def to_mfa_session(self) -> "Chain":
        """Return the chain whose answer is the MFA session that this one could start with."""
        mfa = self.mfa and self.mfa._replace(mode="session")
        return self._replace(roles=(), mfa=mfa)


def source_key(source: Source) -> dict[str, Any]:
    """Return the cache key of what a source has given by itself, its surroundings aside."""
    return {"source": source.named, "mfa_serial": ""}


def device_key(serial: str) -> dict[str, Any]:
    """Return the cache key of what is remembered about an MFA device.

    What concerns all of several devices stands under ``MFA.key_serial``.
    """
    return {"mfa_serial": serial}


def account_id(arn: str) -> str:
    """Return the account in an ARN, or an empty text.

    >>> account_id("arn:aws:iam::111111111111:mfa/alice")
    '111111111111'
    """
    parts = arn.split(":")
    is_there = len(parts) > 5 and parts[4].isascii() and parts[4].isdigit()  # noqa: PLR2004
    return parts[4] if is_there else ""


def _is_plain_login(values: Mapping[str, str]) -> bool:
    """Tell whether ``login_session`` counts: with a whole SSO role it does not."""
    return "login_session" in values and not any(name in values for name in _SSO)


def is_federated(values: Mapping[str, str]) -> bool:
    """Tell whether a profile's credentials are those of a web identity or of SSO."""
    return bool(values.get("web_identity_token_file")) or any(name in values for name in _SSO)
