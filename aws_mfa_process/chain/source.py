"""The way from the selected profile down to the credentials that a chain starts with.

Its one rule: it decides and does nothing. No file, no network, no clock.
"""

import re
import shlex
from collections.abc import Mapping

from aws_mfa_process import APP
from aws_mfa_process.chain.model import Source, is_federated
from aws_mfa_process.config.command_line import Request
from aws_mfa_process.config.process_line import own_line
from aws_mfa_process.config.profiles import (
    KEY_ID,
    SECRET_KEY,
    SECRETS,
    Profiles,
    Settings,
    environment_token,
    session_token,
)
from aws_mfa_process.errors import ConfigError, PersonNeededError
from aws_mfa_process.values import NamedTuple

_SECRET_LENGTH = 40
"""Of a secret access key; an id has 20 letters and digits, in the tests of some people fewer."""
_CREDENTIAL_SOURCES = ("Environment", "Ec2InstanceMetadata", "EcsContainer")


class NoKeysError(PersonNeededError):
    """The profile that must hold the keys has none; the keyring may have some after all."""

    def __init__(self, profile: str, *, has_device: bool) -> None:
        """Name the profile; without an MFA device it may be meant for a sign-in."""
        name = shlex.quote(profile)
        sign_in = "" if has_device else f"; or aws login --profile {name}, to sign in by browser"
        super().__init__(
            f"no keys are stored for profile {profile}",
            hint=f"run {APP} add {name} to store the IAM user's access key{sign_in}",
        )
        self.profile = profile


class NoProfileError(ConfigError):
    """A profile does not exist."""

    def __init__(self, profile: str, by: str, path: str) -> None:
        """Name the profile, and the one that needs it, if it is another one."""
        what = f"profile {by} needs profile {profile}, which" if by else f"profile {profile}"
        super().__init__(f"{what} does not exist", hint=f"add [profile {profile}] to {path}")
        self.profile = profile


class LoopError(ConfigError):
    """Profiles refer to each other in a loop."""


class NoDeviceError(ConfigError):
    """There is neither an MFA device nor a role."""


class LifeError(ConfigError):
    """A session is to live longer than AWS lets it."""


class Step(NamedTuple):
    """One profile on the way from the selected one down to the source."""

    profile: str
    settings: Settings


class Walk:
    """The way from the selected profile down to its source."""

    def __init__(
        self,
        files: Profiles,
        request: Request,
        stored: Mapping[str, str],
        environ: Mapping[str, str],
    ) -> None:
        """Go it.

        Attributes: ``steps`` are the profiles passed, the selected one first; ``roles`` those of
        them whose role is assumed; ``region`` is that of an option; ``source`` is where the way
        ends.

        Raises:
            ConfigError: A profile is missing, partial or in a loop.
            NoKeysError: The profile that must hold the keys has none.
        """
        self.files = files
        self.stored = stored
        self.environ = environ
        self.steps: list[Step] = []
        self.roles: list[Step] = []
        self.region = ""
        self._trail: list[str] = []
        self.source = self._descend(request.profile, request.overrides, is_source=False)

    def _descend(self, name: str, overrides: Mapping[str, str], *, is_source: bool) -> Source:
        """Go down from one profile; note the steps and the roles on the way."""
        own = self._settings_of(name)
        before = self._trail[:-1] if overrides else self._trail  # a line may give options to itself
        if name in before:
            loop = " → ".join([*self._trail[before.index(name) :], name])
            raise LoopError(
                f"profiles refer to each other in a loop: {loop}",
                hint=f"let source_profile of one of them name the profile with the keys, in"
                f" {self.files.config_path}",
            )
        self._trail.append(name)
        self.region = self.region or overrides.get("region", "")
        values = {**own, **overrides}
        step = Step(name, values)
        self.steps.append(step)
        is_option = "role_arn" in overrides
        has_role = is_option or ("role_arn" in own and "web_identity_token_file" not in values)
        if has_role and is_source and name in self.stored and not _has_static(values):
            return self._stored(name)
        if has_role and not (is_source and _has_static(values)):
            self.roles.append(step)
            return self._source_of_role(step, is_option=is_option)
        return self._source_of(name, values, {} if has_role else overrides, is_source=is_source)

    def _settings_of(self, name: str) -> Settings:
        if name not in self.files.profiles:
            by = self._trail[-1] if self._trail else ""
            raise NoProfileError(name, by, self.files.config_path)
        return self.files.profiles[name]

    def _source_of_role(self, step: Step, *, is_option: bool) -> Source:
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
            return self._descend(below, {}, is_source=True)
        has_keys = name in self.stored or _has_static(values)
        if below == name and not has_keys:
            raise LoopError(
                f"profiles refer to each other in a loop: {name} → {name}, which has no keys",
                hint=f"let source_profile of {name} name the profile with the keys",
            )
        if below == name or is_option:
            return self._source_of(name, values, {}, is_source=False)
        if name in self.stored:
            return self._stored(name)
        raise ConfigError(
            f"profile {name} has role_arn but neither source_profile nor credential_source",
            hint=f"add source_profile to [profile {name}] in {self.files.config_path}",
        )

    def _source_of(
        self, name: str, values: Settings, overrides: Mapping[str, str], *, is_source: bool
    ) -> Source:
        """Find the credentials that a profile itself has, its role aside.

        Options that found no role here go on to the line that is followed. Keys in the keyring
        come first; no SDK sees them, so it runs our line in a source profile all the same.

        Source:
            botocore ``credentials.py``, ``ProfileProviderBuilder.providers``.
        """
        is_foreign = is_federated(values)
        is_early = is_foreign or self.files.has_credentials(name) or "login_session" in values
        line = "" if is_early else values.get("credential_process", "")
        own = own_line(name, line) if line else None
        is_run = own is not None and (is_source or name not in self.stored)
        if own is not None and is_run and (own.profile != name or (is_source and own.overrides)):
            below = {**own.overrides, **overrides}
            return self._descend(own.profile, below, is_source=False)
        if name in self.stored:
            return self._stored(name)
        has_keys = not is_foreign and self.files.has_credentials(name)
        if not has_keys and (is_early or (line and own is None)):
            return self._botocore(name)
        if not has_keys and not _has_static(values):
            if "sso_session" in values or "sso_start_url" in values:
                return self._botocore(name)
            raise NoKeysError(name, has_device="mfa_serial" in (values.keys() | overrides.keys()))
        return self._static(name)

    def _botocore(self, name: str) -> Source:
        """Return what botocore finds, told from others by all that the files say of it.

        Options are for the role: with another one it is the same source.
        """
        values = self.files.profiles[name]
        known = {key: text for key, text in values.items() if key not in SECRETS}
        login = self.files.sso_sessions.get(values.get("sso_session", ""), {})
        known |= {f"sso_session.{key}": text for key, text in login.items()}
        return Source(
            "botocore", name, "", is_long_term=False, settings=tuple(sorted(known.items()))
        )

    def _stored(self, name: str) -> Source:
        return Source("keyring", name, self.stored[name], is_long_term=True)

    def _static(self, name: str) -> Source:
        keys = self.files.keys_of(name)
        there = [key for key in (KEY_ID, SECRET_KEY) if keys.get(key)]
        if len(there) < 2:  # noqa: PLR2004 - a pair
            has = there[0] if there else SECRET_KEY
            missing = KEY_ID if has == SECRET_KEY else SECRET_KEY
            where = " in the same file" if self.files.profiles[name].get(missing) else ""
            raise ConfigError(
                f"profile {name} has {has} but no {missing}{where}",
                hint=f"put both into profile {name} of one file, or take the one away and run"
                f" {APP} add {shlex.quote(name)}",
            )
        if not re.fullmatch(r"\w+", keys[KEY_ID], re.ASCII) or len(keys[KEY_ID]) == _SECRET_LENGTH:
            raise ConfigError(
                f"{KEY_ID} of profile {name} is no id of a key",
                hint="write its letters and digits there, without quotation marks, and not the"
                f" secret: that stands in {SECRET_KEY}",
            )
        return Source("static", name, keys[KEY_ID], is_long_term=not session_token(keys))

    def _credential_source(self, name: str, kind: str) -> Source:
        if kind not in _CREDENTIAL_SOURCES:
            raise ConfigError(
                f"profile {name}: credential_source must be"
                f" {' or '.join(_CREDENTIAL_SOURCES)}, not {kind!r}",
                hint=f"correct it in [profile {name}] of {self.files.config_path}",
            )
        environ = self.environ if kind == "Environment" else {}
        key_id = environ.get("AWS_ACCESS_KEY_ID", "")
        is_long_term = bool(key_id) and not environment_token(environ)
        named = [("credential_source", kind)]
        if kind == "EcsContainer":  # another address is another container, with another role
            start = "AWS_CONTAINER_CREDENTIALS_"
            named += sorted(pair for pair in self.environ.items() if pair[0].startswith(start))
        return Source("credential_source", name, key_id, is_long_term, settings=tuple(named))


def _has_static(values: Settings) -> bool:
    """Tell whether a profile has static keys, if only in part.

    Source:
        botocore ``credentials.py``, ``AssumeRoleProvider._has_static_credentials``.
    """
    return any(values.get(key) for key in (KEY_ID, SECRET_KEY))


def first(steps: list[Step], name: str) -> Step:
    """Return the first step that has a setting, else the selected one."""
    for step in steps:
        if step.settings.get(name):
            return step
    return steps[0]
