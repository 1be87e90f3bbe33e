"""What every command starts from: the AWS config, the cache, the environment.

Its one rule: the caller's environment is cleaned here, before botocore could see it.
"""

import contextlib
import os
import shlex
import time
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple, NoReturn

from aws_mfa_process import debug, guard, sealed
from aws_mfa_process.chain.model import Chain, code_key
from aws_mfa_process.chain.resolve import resolve, resolve_named
from aws_mfa_process.chain.source import NoKeysError
from aws_mfa_process.config.profiles import Profiles, read_profiles
from aws_mfa_process.config.settings import PROMPTS, SETTINGS
from aws_mfa_process.credentials import SessionCredentials
from aws_mfa_process.errors import (
    CannotAskError,
    ConfigError,
    MFAProcessError,
    PersonNeededError,
)
from aws_mfa_process.keys.backend import KeyringLockedError
from aws_mfa_process.keys.index import stored_key_ids
from aws_mfa_process.keys.pairs import find
from aws_mfa_process.prompt.caller import caller_name
from aws_mfa_process.prompt.choice import CodeSource, DialogWantedError, code_source
from aws_mfa_process.prompt.question import Question, digits, login_hint
from aws_mfa_process.sessions.cached import Cached
from aws_mfa_process.sessions.providers import providers_for
from aws_mfa_process.store.cache import Cache
from aws_mfa_process.store.failures import Failure

PROMPT_VARIABLE = "AWS_MFA_PROCESS_PROMPT"
"""Where to ask: beats the profile's ``mfa_prompt``, an option beats it."""

_ASKING = ("mfa_process", "mfa_prompt", "mfa_prompt_seconds", "mfa_refusal_seconds")
"""Settings that say how to ask, not for what."""
_FOREIGN_VARIABLES = (
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_CREDENTIAL_EXPIRATION",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_DATA_PATH",
)
"""What an SDK passes down from its own caller, and what is not meant for us."""


class Context(NamedTuple):
    """The world as it was when the command started.

    Attributes:
        files: The AWS config.
        cache: All that we store.
        stored: Access key ids in the keyring, by profile, as the index has them.
        environ: As the caller left it.
        is_silent: The keyring is not opened to look for keys that the index does not know.
    """

    files: Profiles
    cache: Cache
    stored: Mapping[str, str]
    environ: Mapping[str, str]
    is_silent: bool = False

    def chain(self, profile: str, overrides: Mapping[str, str]) -> Chain:
        """Return the chain of the credential process for a profile."""
        told = dict(overrides)
        place = self.environ.get(PROMPT_VARIABLE)
        if place:
            if place not in PROMPTS:
                raise ConfigError(
                    f"{PROMPT_VARIABLE} must be {' or '.join(PROMPTS)}, not {place!r}"
                )
            told.setdefault("mfa_prompt", place)
        return self._with_index(
            lambda stored: resolve(self.files, profile, told, stored, self.environ)
        )

    def chain_as_sdk(self, profile: str, told: Mapping[str, str] = MappingProxyType({})) -> Chain:
        """Return the chain behind a profile as the SDKs see it, with some settings told anew."""
        return self._with_index(
            lambda stored: resolve_named(self.files, profile, stored, self.environ, told)
        )

    def login_words(self, chain: Chain, told: Mapping[str, str]) -> list[str]:
        """Return the arguments with which ``login`` makes the session that a chain needs.

        Args:
            chain: As `chain` made it.
            told: The settings from which it did.

        Returns:
            The profile itself, or else one that the SDKs use for the same, or else the profile
            and the options.
        """
        values = self.files.profiles.items()
        names = [name for name, profile in values if "credential_process" in profile]
        for name in (chain.profile, *names):
            with contextlib.suppress(MFAProcessError):
                other = resolve_named(self.files, name, self.stored, self.environ)
                if code_key(other) == code_key(chain):
                    return [name]
        words = [
            f"{setting.option}={told[setting.name]}"
            for setting in SETTINGS
            if setting.name in told and setting.name not in _ASKING
        ]
        return [chain.profile, *words]

    def _with_index(self, decide: Callable[[Mapping[str, str]], Chain]) -> Chain:
        """Decide with the index of stored keys; where one is missing, ask the keyring itself."""
        try:
            return decide(self.stored)
        except NoKeysError as error:
            if self.is_silent or not self._is_in_keyring(error):
                raise
        return decide(stored_key_ids(self.cache))

    def _is_in_keyring(self, error: NoKeysError) -> bool:
        try:
            return find(self.cache, error.profile) is not None
        except KeyringLockedError as failure:
            raise PersonNeededError(
                f"no keys are known for profile {error.profile}, and {failure.message}",
                hint=failure.hint,
            ) from None
        except PersonNeededError as failure:
            debug.note(f"the keyring was asked for lost keys: {failure.message}")
            return False

    def providers(  # noqa: PLR0913 - all that tells one caller from another
        self,
        chain: Chain,
        *,
        told: Mapping[str, str] | None = None,
        given_code: str | None = None,
        is_login: bool = False,
        is_caller: bool = False,
        caller: str = "",
    ) -> list[Cached]:
        """Return the providers of a chain; a person may be asked.

        Args:
            chain: What was decided.
            told: The settings of the command line.
            given_code: The code of the command line.
            is_login: The person asked for the question.
            is_caller: An SDK waits for us, with a patience that we do not know: a window is not
                opened here, but wanted (`DialogWantedError`).
            caller: Who asks; empty: the program that started us.

        Raises:
            ConfigError: The code that was given is not six digits.
        """
        if given_code is not None and digits(given_code) is None:
            raise ConfigError(
                "the code given with --mfa-code is not six digits",
                hint="give the six digits that the MFA device shows",
            )
        line: list[Cached] = []

        def choose(refusal: Failure | None) -> CodeSource:
            mfa = chain.mfa
            assert mfa is not None  # noqa: S101 - only a device asks
            role = chain.roles[-1].role_arn if chain.roles else ""
            name = caller or caller_name()
            question = Question(
                mfa.serial,
                chain.profile,
                role,
                name,
                mfa.prompt_seconds,
                is_login,
                shlex.join(self.login_words(chain, told or {})),
            )
            source = code_source(mfa, question, given_code, refusal)
            if is_caller and source.is_window:
                _raise_for_window(line[-1].stored())
            return source

        line += providers_for(
            chain, self.files, self.cache, self.environ, choose, is_login=is_login
        )
        return line

    def silent_providers(
        self, chain: Chain, reason: str = "a renewal never asks for an MFA code"
    ) -> list[Cached]:
        """Return the providers of a chain; nobody is asked, for the reason given."""

        def choose(_refusal: Failure | None) -> CodeSource:
            raise CannotAskError(reason, hint=login_hint(shlex.quote(chain.profile)))

        return providers_for(chain, self.files, self.cache, self.environ, choose)


def _raise_for_window(old: SessionCredentials | None) -> NoReturn:
    """Want a window, but not while the old answer can still be used."""
    if old is not None and old.is_alive(time.time()):
        raise CannotAskError("a window would ask while the old session still serves")
    raise DialogWantedError


def open_context(*, is_silent: bool = False) -> Context:
    """Read the AWS config and clean the environment.

    Args:
        is_silent: Never open the keyring to look for keys that the index does not know.

    Raises:
        ConfigError: A file cannot be read, or we were started by a program that we started.
    """
    guard.refuse_if_raised()
    environ = dict(os.environ)
    for name in _FOREIGN_VARIABLES:
        os.environ.pop(name, None)
    cache = Cache(sealed.cache_dir())
    files = read_profiles(*sealed.config_paths())
    return Context(files, cache, stored_key_ids(cache), environ, is_silent)
