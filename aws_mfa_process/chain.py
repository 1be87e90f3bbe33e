"""Profiles to `Chain`: where credentials start, how MFA comes in, which roles follow.

Its one rule: it decides and does nothing. No file, no network, no clock; the same profiles
give the same chain. A chain holds no secret.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, NoReturn

from aws_mfa_process import settings
from aws_mfa_process.errors import ConfigError, PersonNeededError
from aws_mfa_process.memo import APP
from aws_mfa_process.profiles import Profiles, Settings

SESSION_SECONDS = (900, 129600)
"""Limits of GetSessionToken for an IAM user (STS API reference)."""
DEFAULT_SESSION_SECONDS = 43200
ROLE_SECONDS = (900, 43200)
"""Limits of AssumeRole (STS API reference); the role's own maximum may be lower."""
CHAINED_ROLE_SECONDS = 3600
"""Limit of a role assumed with session credentials, those of GetSessionToken included
(AWS knowledge centre, «iam-role-chaining-limit»)."""
PROMPT_SECONDS = (5, 3600)
REFUSAL_SECONDS = (0, 3600)
DEFAULT_REFUSAL_SECONDS = 15
DEFAULT_ROLE_SESSION_NAME = "aws-mfa-process"

_FOREIGN_KEYS = (
    "credential_process",
    "sso_session",
    "sso_start_url",
    "web_identity_token_file",
    "login_session",
)
_SECRETS = ("aws_secret_access_key", "aws_session_token", "aws_security_token")
_CREDENTIAL_SOURCES = ("Environment", "Ec2InstanceMetadata", "EcsContainer")
_PARTITION_REGIONS = {
    "aws-cn": "cn-north-1",
    "aws-us-gov": "us-gov-west-1",
    "aws-iso": "us-iso-east-1",
    "aws-iso-b": "us-isob-east-1",
    "aws-iso-e": "eu-isoe-west-1",
    "aws-iso-f": "us-isof-south-1",
    "aws-eusc": "eusc-de-east-1",
}
_REGION_PARTITIONS = (
    ("cn-", "aws-cn"),
    ("us-gov-", "aws-us-gov"),
    ("us-iso-", "aws-iso"),
    ("us-isob-", "aws-iso-b"),
    ("eu-isoe-", "aws-iso-e"),
    ("us-isof-", "aws-iso-f"),
    ("eusc-", "aws-eusc"),
)

SourceKind = Literal["keyring", "static", "botocore", "credential_source"]


class Source(NamedTuple):
    """Where the first credentials of a chain come from.

    Attributes:
        kind: ``keyring`` and ``static`` are long-term keys (or, with a session token in the
            profile, temporary ones); ``botocore`` whatever botocore finds for the profile;
            ``credential_source`` as the setting of that name.
        profile: The profile that holds it.
        access_key_id: Of long-term keys; else empty.
        is_long_term: Whether MFA can be used with it.
        settings: What else tells one source from another (no secret), for the cache key.
    """

    kind: SourceKind
    profile: str
    access_key_id: str
    is_long_term: bool
    settings: tuple[tuple[str, str], ...]


class MFA(NamedTuple):
    """The device and how its code is got and used.

    Attributes:
        serial: ARN or serial number of the device.
        mode: ``session``: GetSessionToken with the code, roles from that; ``direct``: the code
            goes to the first AssumeRole.
        session_seconds: Life asked for the MFA session.
        process: Command that prints the code; empty: a person is asked.
        prompt: Where a person is asked.
        prompt_seconds: Time to answer; None: the usual one of the place.
        refusal_seconds: For how long a cancel answers other callers.
    """

    serial: str
    mode: Literal["session", "direct"]
    session_seconds: int
    process: str
    prompt: str
    prompt_seconds: int | None
    refusal_seconds: int


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
    """How STS is reached: the profile whose network settings hold, region, explicit address."""

    profile: str
    region: str
    partition: str
    url: str


class Chain(NamedTuple):
    """The whole decision for one profile."""

    profile: str
    source: Source
    mfa: MFA | None
    roles: tuple[Role, ...]
    endpoint: Endpoint


class NoKeysError(PersonNeededError):
    """The profile that must hold the keys has none; the keyring may have some after all."""

    def __init__(self, profile: str) -> None:
        """Name the profile."""
        super().__init__(
            f"no keys are stored for profile {profile}",
            hint=f"run aws-mfa-process add {profile} to store the IAM user's access key",
        )
        self.profile = profile


class _Step(NamedTuple):
    """One profile on the way from the selected one down to the source."""

    profile: str
    settings: Settings


def resolve(
    files: Profiles,
    profile: str,
    overrides: Mapping[str, str],
    stored: Mapping[str, str],
    environ: Mapping[str, str],
) -> Chain:
    """Decide how the credentials of a profile are made.

    Args:
        files: The AWS config.
        profile: The selected profile.
        overrides: Settings given as options; they beat those of the selected profile.
        stored: Access key ids in the keyring, by profile.
        environ: The environment: region and endpoint variables, and for
            ``credential_source = Environment`` the key id.

    Returns:
        The chain, from the source to the last role.

    Raises:
        ConfigError: A profile is missing, partial, in a loop, or asks for what cannot be.
        PersonNeededError: The profile that must hold the keys has none.

    Source:
        botocore ``credentials.py``, ``AssumeRoleProvider``: the role of the selected profile
        beats its own keys, static keys of a source profile beat its role.
    """
    walk = _Walk(files, stored, environ)
    source = walk.descend(profile, overrides, is_source=False)
    steps = walk.steps
    mfa, holder = _mfa(steps, source)
    name = _default_session_name(mfa.serial if mfa else "")
    roles = tuple(_role(step, name) for step in reversed(walk.roles))
    if mfa is not None:
        mfa = _with_mode(mfa, steps, roles, profile)
    if mfa is None and not roles:
        _refuse_plain(profile, source)
    _check_chained(roles if source.kind == "static" and not source.is_long_term else roles[1:])
    return Chain(profile, source, mfa, roles, _endpoint(walk, holder))


def resolve_named(
    files: Profiles, profile: str, stored: Mapping[str, str], environ: Mapping[str, str]
) -> Chain:
    """Decide as `resolve` does, for a profile as the SDKs see it.

    A profile whose ``credential_process`` runs this program stands for what that line asks for.
    """
    line = files.profiles.get(profile, {}).get("credential_process")
    arguments = settings.own_arguments(line) if line else None
    if arguments is None:
        return resolve(files, profile, {}, stored, environ)
    name, overrides = _own_line(profile, arguments)
    return resolve(files, name, overrides, stored, environ)._replace(profile=profile)


def endpoint_of(files: Profiles, profile: str, environ: Mapping[str, str]) -> Endpoint:
    """Decide which STS is asked for a profile by itself; it need not exist yet."""
    walk = _Walk(files, {}, environ)
    step = _Step(profile, files.profiles.get(profile, {}))
    walk.steps.append(step)
    endpoint = _endpoint(walk, step)
    return endpoint if profile in files.profiles else endpoint._replace(profile="")


def session_key(chain: Chain) -> dict[str, Any]:
    """Return the cache key of the MFA session of a chain."""
    mfa = chain.mfa
    source = chain.source
    told: dict[str, Any] = {"access_key_id": source.access_key_id}
    if not source.access_key_id:
        told = {**source._asdict(), "settings": dict(source.settings)}
    return {
        "source": told,
        "mfa_serial": mfa.serial if mfa else "",
        "session_duration_seconds": mfa.session_seconds if mfa and mfa.mode == "session" else 0,
        "partition": chain.endpoint.partition,
        "endpoint_url": chain.endpoint.url,
    }


def role_key(chain: Chain, count: int) -> dict[str, Any]:
    """Return the cache key of the session of the first ``count`` roles of a chain."""
    roles = [{**role._asdict(), "profile": ""} for role in chain.roles[:count]]
    return {**session_key(chain), "roles": roles}


def device_key(serial: str) -> dict[str, Any]:
    """Return the cache key of what is remembered about an MFA device."""
    return {"mfa_serial": serial}


def account_id(arn: str) -> str:
    """Return the account in an ARN, or an empty text.

    >>> account_id("arn:aws:iam::111111111111:mfa/alice")
    '111111111111'
    """
    parts = arn.split(":")
    return parts[4] if len(parts) > 5 and parts[4].isdigit() else ""  # noqa: PLR2004


class _Walk:
    """The way from the selected profile down to its source."""

    def __init__(
        self, files: Profiles, stored: Mapping[str, str], environ: Mapping[str, str]
    ) -> None:
        self.files = files
        self.stored = stored
        self.environ = environ
        self.steps: list[_Step] = []
        self.roles: list[_Step] = []
        self.region = ""
        self._trail: list[str] = []

    def descend(self, name: str, overrides: Mapping[str, str], *, is_source: bool) -> Source:
        """Go down from one profile; note the steps and the roles on the way."""
        own = self._settings_of(name)
        if name in self._trail:
            loop = " → ".join([*self._trail[self._trail.index(name) :], name])
            raise ConfigError(
                f"profiles refer to each other in a loop: {loop}",
                hint=f"let source_profile of one of them name the profile with the keys, in"
                f" {self.files.config_path}",
            )
        self._trail.append(name)
        self.region = self.region or overrides.get("region", "")
        values = {**own, **overrides}
        step = _Step(name, values)
        self.steps.append(step)
        has_role = "role_arn" in values and (
            "role_arn" in overrides or "web_identity_token_file" not in values
        )
        if not has_role:
            return self._source_of(name, values, overrides)
        if is_source and self._keys_of(name) is not None:
            return self._source_of(name, values, {})
        self.roles.append(step)
        return self._source_of_role(step, is_option="role_arn" in overrides)

    def _settings_of(self, name: str) -> Settings:
        if name not in self.files.profiles:
            if self._trail:
                raise ConfigError(
                    f"profile {self._trail[-1]} needs profile {name}, which does not exist",
                    hint=f"add [profile {name}] to {self.files.config_path}",
                )
            raise ConfigError(
                f"profile {name} does not exist",
                hint=f"add [profile {name}] to {self.files.config_path}",
            )
        return self.files.profiles[name]

    def _source_of_role(self, step: _Step, *, is_option: bool) -> Source:
        """Find whose credentials assume the role of a step."""
        name, values = step
        below = values.get("source_profile")
        credential_source = values.get("credential_source")
        if below is not None and credential_source is not None:
            raise ConfigError(
                f"profile {name} has both source_profile and credential_source",
                hint=f"keep one of the two in {self.files.config_path}",
            )
        if credential_source is not None:
            return self._credential_source(name, credential_source)
        if below is not None and below != name:
            return self.descend(below, {}, is_source=True)
        keys = self._keys_of(name)
        if below == name:
            if keys is None:
                raise ConfigError(
                    f"profiles refer to each other in a loop: {name} → {name}, which has no keys",
                    hint=f"let source_profile of {name} name the profile with the keys",
                )
            return keys
        if is_option:
            return self._source_of(name, values, {})
        if keys is not None and keys.kind == "keyring":
            return keys
        raise ConfigError(
            f"profile {name} has role_arn but neither source_profile nor credential_source",
            hint=f"add source_profile to [profile {name}] in {self.files.config_path}",
        )

    def _source_of(self, name: str, values: Settings, overrides: Mapping[str, str]) -> Source:
        """Find the credentials that a profile itself has, its role aside.

        Options that found no role here go on to the line that is followed.
        """
        keys = self._keys_of(name)
        if keys is not None:
            return keys
        line = values.get("credential_process")
        arguments = settings.own_arguments(line) if line else None
        if arguments is not None:
            below, told = _own_line(name, arguments)
            if below != name:
                return self.descend(below, {**told, **overrides}, is_source=False)
        elif any(key in values for key in _FOREIGN_KEYS):
            known = tuple(sorted((k, v) for k, v in values.items() if k not in _SECRETS))
            return Source("botocore", name, "", is_long_term=False, settings=known)
        raise NoKeysError(name)

    def _keys_of(self, name: str) -> Source | None:
        """Return the keys that a profile holds: those in the keyring before static ones."""
        if name in self.stored:
            return Source("keyring", name, self.stored[name], is_long_term=True, settings=())
        values = self.files.profiles[name]
        pair = [key for key in ("aws_access_key_id", "aws_secret_access_key") if values.get(key)]
        if not pair:
            return None
        if len(pair) == 1:
            missing = {"aws_access_key_id", "aws_secret_access_key"} - set(pair)
            raise ConfigError(f"profile {name} has {pair[0]} but no {missing.pop()}")
        is_long_term = not values.get("aws_session_token")
        key_id = values["aws_access_key_id"]
        return Source("static", name, key_id, is_long_term=is_long_term, settings=())

    def _credential_source(self, name: str, kind: str) -> Source:
        if kind not in _CREDENTIAL_SOURCES:
            raise ConfigError(
                f"profile {name}: credential_source must be"
                f" {' or '.join(_CREDENTIAL_SOURCES)}, not {kind!r}"
            )
        key_id = self.environ.get("AWS_ACCESS_KEY_ID", "") if kind == "Environment" else ""
        told = (("credential_source", kind),)
        return Source("credential_source", name, key_id, is_long_term=False, settings=told)


def _own_line(profile: str, arguments: list[str]) -> tuple[str, dict[str, str]]:
    """Return the profile and the options of a ``credential_process`` line that runs us."""
    try:
        values = settings.parse(arguments)
    except ConfigError as error:
        raise ConfigError(
            f"credential_process of profile {profile}: {error.message}", hint=error.hint
        ) from error
    if not values.get("profile"):
        raise ConfigError(
            f"credential_process of profile {profile} names no profile",
            hint=f"write {APP} --profile NAME there",
        )
    return values["profile"], settings.overrides(values)


def _default_session_name(serial: str) -> str:
    """Return the user's name from the ARN of the device, so that CloudTrail shows a person."""
    name = serial.rsplit("/", 1)[-1] if ":mfa/" in serial else ""
    name = re.sub(r"[^\w+=,.@-]", "-", name, flags=re.ASCII)[:64]
    return name if len(name) > 1 else DEFAULT_ROLE_SESSION_NAME


def _mfa(steps: list[_Step], source: Source) -> tuple[MFA | None, _Step]:
    """Return the device of a chain and the step that holds it (else the selected one)."""
    for step in steps:
        serial = step.settings.get("mfa_serial", "")
        if not serial or not source.is_long_term:
            continue
        if ":u2f/" in serial or re.search(r"\s", serial):
            raise ConfigError(
                f"profile {step.profile}: mfa_serial {serial} is no device that shows codes",
                hint="AWS takes codes from virtual and hardware TOTP devices only, not from"
                " security keys or passkeys; add a virtual device to the IAM user",
            )
        return _device(serial, steps), step
    return None, steps[0]


def _device(serial: str, steps: list[_Step]) -> MFA:
    """Return a device with its settings, each from the first profile that has it."""

    def number(name: str, limits: tuple[int, int]) -> int | None:
        step = _first(steps, name)
        return settings.whole_number(step.settings, name, limits, step.profile)

    prompt = _first(steps, "mfa_prompt")
    refusal_seconds = number("mfa_refusal_seconds", REFUSAL_SECONDS)
    return MFA(
        serial=serial,
        mode="session",
        session_seconds=number("session_duration_seconds", SESSION_SECONDS)
        or DEFAULT_SESSION_SECONDS,
        process=_first(steps, "mfa_process").settings.get("mfa_process", ""),
        prompt=settings.choice(prompt.settings, "mfa_prompt", settings.PROMPTS, prompt.profile),
        prompt_seconds=number("mfa_prompt_seconds", PROMPT_SECONDS),
        refusal_seconds=DEFAULT_REFUSAL_SECONDS if refusal_seconds is None else refusal_seconds,
    )


def _first(steps: list[_Step], name: str) -> _Step:
    """Return the first step that has a setting, else the selected one."""
    return next((step for step in steps if step.settings.get(name)), steps[0])


def _with_mode(mfa: MFA, steps: list[_Step], roles: tuple[Role, ...], profile: str) -> MFA:
    """Decide between one session for all roles and a code for this one."""
    step = _first(steps, "mfa_mode")
    mode = settings.choice(step.settings, "mfa_mode", settings.MFA_MODES, step.profile)
    is_long = bool(roles) and (roles[0].duration_seconds or 0) > CHAINED_ROLE_SECONDS
    if mode == "session" and is_long:
        raise ConfigError(
            f"profile {profile}: with mfa_mode = session a role session lasts at most"
            f" {CHAINED_ROLE_SECONDS} seconds, but duration_seconds is"
            f" {roles[0].duration_seconds}",
            hint="lower duration_seconds (it is renewed silently), or set mfa_mode = direct (one"
            " code per role)",
        )
    if roles and (mode == "direct" or (mode == "auto" and is_long)):
        return mfa._replace(mode="direct")
    return mfa


def _refuse_plain(profile: str, source: Source) -> NoReturn:
    """Fail for a profile that asks for nothing that we could make."""
    if source.is_long_term:
        raise ConfigError(
            f"profile {profile} has keys, but neither mfa_serial nor role_arn",
            hint=f"add mfa_serial to profile {source.profile}, as the IAM console shows it",
        )
    raise ConfigError(
        f"profile {profile} has credentials that are not an IAM user's, and no role_arn",
        hint="let the SDK use that profile itself, or add role_arn",
    )


def _check_chained(roles: tuple[Role, ...]) -> None:
    """Refuse roles assumed with session credentials that are to live longer than AWS lets them."""
    for role in roles:
        if (role.duration_seconds or 0) > CHAINED_ROLE_SECONDS:
            raise ConfigError(
                f"profile {role.profile}: a role assumed with session credentials lasts at most"
                f" {CHAINED_ROLE_SECONDS} seconds, but duration_seconds is"
                f" {role.duration_seconds}",
                hint=f"set duration_seconds = {CHAINED_ROLE_SECONDS} in profile {role.profile};"
                " it is renewed silently",
            )


def _role(step: _Step, default_name: str) -> Role:
    name, values = step
    arn = values["role_arn"]
    if not re.fullmatch(r"arn:[^:\s]*:iam:[^:\s]*:[^:\s]*:role/\S+", arn):
        raise ConfigError(
            f"profile {name}: role_arn {arn!r} is not the ARN of a role",
            hint="it looks like arn:aws:iam::123456789012:role/NAME",
        )
    tags = _tags(values, name)
    transitive = settings.words(values, "transitive_session_tags")
    unknown = set(transitive) - {key for key, _ in tags}
    if unknown:
        raise ConfigError(
            f"profile {name}: transitive_session_tags names {min(unknown)}, which is not in"
            " session_tags"
        )
    return Role(
        profile=name,
        role_arn=arn,
        duration_seconds=settings.whole_number(values, "duration_seconds", ROLE_SECONDS, name),
        external_id=values.get("external_id", ""),
        role_session_name=_session_name(values, default_name, name),
        source_identity=values.get("source_identity", ""),
        session_tags=tags,
        transitive_session_tags=transitive,
        policy_arns=settings.words(values, "policy_arns"),
        policy=_policy(values, name),
    )


def _session_name(values: Settings, default: str, profile: str) -> str:
    name = values.get("role_session_name") or default
    if not re.fullmatch(r"[\w+=,.@-]{2,64}", name, flags=re.ASCII):
        raise ConfigError(
            f"profile {profile}: role_session_name {name!r} must be 2 to 64 letters, digits or"
            " any of _+=,.@-"
        )
    return name


def _tags(values: Settings, profile: str) -> tuple[tuple[str, str], ...]:
    """Return ``K=V,K=V`` as pairs (the form that aws-vault reads too)."""
    pairs = []
    for word in settings.words(values, "session_tags"):
        key, equals, value = word.partition("=")
        if not equals or not key.strip():
            raise ConfigError(
                f"profile {profile}: session_tags must be KEY=VALUE pairs with commas between"
                f" them, not {word!r}"
            )
        pairs.append((key.strip(), value.strip()))
    return tuple(pairs)


def _policy(values: Settings, profile: str) -> str:
    """Return the inline policy in compact form: equal policies have equal cache keys."""
    text = values.get("policy", "")
    if not text:
        return ""
    try:
        policy = json.loads(text)
    except ValueError as error:
        raise ConfigError(f"profile {profile}: policy is not JSON: {error}") from None
    return json.dumps(policy, separators=(",", ":"))


def _partition(steps: list[_Step]) -> str:
    """Return the partition that the ARNs of a chain name, else the one of its region."""
    for name in ("mfa_serial", "role_arn"):
        for step in steps:
            parts = step.settings.get(name, "").split(":")
            if parts[0] == "arn" and len(parts) > 1:
                return parts[1]
    region = _first(steps, "region").settings.get("region", "")
    return _partition_of_region(region)


def _partition_of_region(region: str) -> str:
    return next((name for start, name in _REGION_PARTITIONS if region.startswith(start)), "aws")


def _endpoint(walk: _Walk, holder: _Step) -> Endpoint:
    """Decide which STS is asked: that of an option, else of the profile that holds the device."""
    partition = _partition(walk.steps)
    environ = walk.environ
    regions = [
        walk.region,
        holder.settings.get("region", ""),
        *(step.settings.get("region", "") for step in reversed(walk.steps)),
        environ.get("AWS_REGION", ""),
        environ.get("AWS_DEFAULT_REGION", ""),
    ]
    known = partition == "aws" or partition in _PARTITION_REGIONS
    region = next(
        (
            name
            for name in regions
            if name and (not known or _partition_of_region(name) == partition)
        ),
        _PARTITION_REGIONS.get(partition, "us-east-1"),
    )
    return Endpoint(holder.profile, region, partition, _endpoint_url(walk.files, holder, environ))


def _endpoint_url(files: Profiles, holder: _Step, environ: Mapping[str, str]) -> str:
    """Return the explicit address of STS, or an empty text.

    Source:
        AWS SDKs reference guide, «Service-specific endpoints»: the service's variable, the
        global variable, the service in the ``services`` section, the profile's
        ``endpoint_url``; none of them with ``ignore_configured_endpoint_urls``.
    """
    values = holder.settings
    ignore = environ.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") or values.get(
        "ignore_configured_endpoint_urls", ""
    )
    if ignore.lower() == "true":
        return ""
    section = files.services.get(values.get("services", ""), {})
    return (
        environ.get("AWS_ENDPOINT_URL_STS")
        or environ.get("AWS_ENDPOINT_URL")
        or section.get("sts", {}).get("endpoint_url")
        or values.get("endpoint_url", "")
    )
