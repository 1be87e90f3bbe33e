"""What every command starts from: the AWS config, the cache, the environment.

Its one rule: the caller's environment is cleaned here, before botocore could see it.
"""

import os
import shlex
from collections.abc import Callable, Mapping
from types import MappingProxyType

from aws_mfa_process import debug, guard, memo, sealed
from aws_mfa_process.chain.endpoint import endpoint_of
from aws_mfa_process.chain.model import Chain, Endpoint
from aws_mfa_process.chain.resolve import resolve, resolve_named
from aws_mfa_process.chain.source import NoKeysError, NoProfileError
from aws_mfa_process.config.command_line import Request
from aws_mfa_process.config.profiles import Profiles, read_profiles
from aws_mfa_process.config.settings import PROMPT_VARIABLE, choice
from aws_mfa_process.errors import PersonNeededError
from aws_mfa_process.keys.index import stored_key_ids
from aws_mfa_process.sessions.providers import World
from aws_mfa_process.store.cache import Cache
from aws_mfa_process.values import NamedTuple

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
        state: As memos tell it, before the files were read.
        is_silent: The keyring is not opened to look for keys that the index does not know.
    """

    files: Profiles
    cache: Cache
    stored: Mapping[str, str]
    environ: Mapping[str, str]
    state: bytes
    is_silent: bool = False

    @property
    def world(self) -> World:
        """What providers read and write."""
        return World(self.files, self.cache, self.environ, self.stored, self.state)

    def endpoint(self, profile: str) -> Endpoint:
        """Return how AWS is reached for a profile, which need not exist yet."""
        return endpoint_of(self.files, profile, self.environ)

    def chain(self, request: Request) -> Chain:
        """Return the chain that the credential process makes.

        It gets the name of the first profile in which the command line stands, compared as text:
        as a person knows it.
        """
        if self.environ.get(PROMPT_VARIABLE):
            prompt = choice(self.environ, PROMPT_VARIABLE, "")
            request = request._replace(overrides={"mfa_prompt": prompt, **request.overrides})
        chain = self._with_index(lambda stored: resolve(self.files, request, stored, self.environ))
        end = f" {shlex.join(request.line)}"
        for name, values in self.files.profiles.items() if request.line else []:
            if values.get("credential_process", "").endswith(end):
                return chain._replace(profile=name)
        return chain

    def chain_as_sdk(
        self, profile: str, overrides: Mapping[str, str] = MappingProxyType({})
    ) -> Chain:
        """Return the chain behind a profile as the SDKs see it; options beat its settings."""
        return self._with_index(
            lambda stored: resolve_named(self.files, profile, stored, self.environ, overrides)
        )

    def _with_index(self, decide: Callable[[Mapping[str, str]], Chain]) -> Chain:
        """Decide with the index of stored keys; where one is missing, ask the keyring itself."""
        try:
            return decide(self.stored)
        except NoProfileError as error:
            from aws_mfa_process.commands.profiles.view import hint_for_missing  # noqa: PLC0415 - rare

            error.hint = hint_for_missing(error.profile, self.files, self.environ)
            raise
        except NoKeysError as error:
            if self.is_silent or not self._is_in_keyring(error):
                from aws_mfa_process.commands.profiles.view import hint_for_no_keys  # noqa: PLC0415 - rare

                other = hint_for_no_keys(error.profile, self.files, self.environ)
                error.hint = other or error.hint
                raise
        return decide(stored_key_ids(self.cache))

    def _is_in_keyring(self, error: NoKeysError) -> bool:
        from aws_mfa_process.keys import backend, pairs  # noqa: PLC0415 - the index serves most

        try:
            return pairs.find(self.cache, error.profile) is not None
        except backend.KeyringLockedError as failure:
            raise PersonNeededError(
                f"no keys are known for profile {error.profile}, and {failure.message}",
                hint=failure.hint,
            ) from None
        except PersonNeededError as failure:
            debug.note(f"the keyring was asked for lost keys: {failure.message}")
            return False


def open_context(*, is_silent: bool = False) -> Context:
    """Read the AWS config and clean the environment; for ``is_silent`` see `Context`.

    Raises:
        ConfigError: A file cannot be read, or we were started by a program that we started.
    """
    guard.refuse_if_raised()
    environ = dict(os.environ)
    for name in _FOREIGN_VARIABLES:
        os.environ.pop(name, None)
    state = memo.state_now()
    cache = Cache(sealed.cache_dir())
    files = read_profiles(*sealed.config_paths())
    return Context(files, cache, stored_key_ids(cache), environ, state, is_silent)
