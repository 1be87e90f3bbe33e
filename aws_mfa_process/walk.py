"""The way from the selected profile down to the credentials that a chain starts with.

Its one rule: it decides and does nothing. No file, no network, no clock.
"""

from collections.abc import Mapping
from typing import NamedTuple

from aws_mfa_process import settings
from aws_mfa_process.chain import Source
from aws_mfa_process.errors import ConfigError, PersonNeededError
from aws_mfa_process.memo import APP
from aws_mfa_process.profiles import Profiles, Settings

_FOREIGN_KEYS = (
    "credential_process",
    "sso_session",
    "sso_start_url",
    "web_identity_token_file",
    "login_session",
)
_SECRETS = ("aws_secret_access_key", "aws_session_token", "aws_security_token")
_CREDENTIAL_SOURCES = ("Environment", "Ec2InstanceMetadata", "EcsContainer")


class NoKeysError(PersonNeededError):
    """The profile that must hold the keys has none; the keyring may have some after all."""

    def __init__(self, profile: str) -> None:
        """Name the profile."""
        super().__init__(
            f"no keys are stored for profile {profile}",
            hint=f"run aws-mfa-process add {profile} to store the IAM user's access key",
        )
        self.profile = profile


class Step(NamedTuple):
    """One profile on the way from the selected one down to the source."""

    profile: str
    settings: Settings


class Walk:
    """The way from the selected profile down to its source."""

    def __init__(
        self, files: Profiles, stored: Mapping[str, str], environ: Mapping[str, str]
    ) -> None:
        """Start with the files, the index of stored keys and the environment.

        Attributes: ``steps`` are the profiles passed, the selected one first; ``roles`` those of
        them whose role is assumed; ``region`` is that of an option.
        """
        self.files = files
        self.stored = stored
        self.environ = environ
        self.steps: list[Step] = []
        self.roles: list[Step] = []
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
        step = Step(name, values)
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
            below, told = own_line(name, arguments)
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


def own_line(profile: str, arguments: list[str]) -> tuple[str, dict[str, str]]:
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


def first(steps: list[Step], name: str) -> Step:
    """Return the first step that has a setting, else the selected one."""
    return next((step for step in steps if step.settings.get(name)), steps[0])
