"""Keys that profiles need and nobody has stored yet: aws-vault has them, or a person."""

import shlex
import shutil
import subprocess
from collections.abc import Mapping

from aws_mfa_process import APP
from aws_mfa_process.commands import add
from aws_mfa_process.commands.context import Context
from aws_mfa_process.commands.screens.talk import agrees, ask, say
from aws_mfa_process.credentials import SourceCredentials
from aws_mfa_process.errors import ConfigError, MFAProcessError, PersonNeededError

_VAULT = ("aws-vault", "export", "--no-session", "--format=json")


def fill(context: Context, wanting: Mapping[str, str], *, may_ask: bool) -> None:
    """Let a person give the keys; what is not stored then is told, and how that is done.

    Args:
        context: As it is, with the new lines.
        wanting: Names under which keys have to be stored, by the profile that had them.
        may_ask: There is a terminal, and questions are wanted.
    """
    for profile, name in wanting.items():
        say(f"No key of {name} is stored yet.")
        if not (may_ask and _is_stored(context, profile, name)):
            say(f"When you have it: {APP} add {shlex.quote(name)}")
            if shutil.which(_VAULT[0]):
                words = shlex.join([*_VAULT, profile])
                say(f"or from aws-vault: {words} | {APP} add {shlex.quote(name)} --stdin")


def _is_stored(context: Context, profile: str, name: str) -> bool:
    try:
        old = add.stored(context, name)
        keys = _of_aws_vault(profile) or _typed()
        if keys is None:
            return False
        add.store(context, name, keys, old, is_sure=False)
    except MFAProcessError as error:
        say(f"{error.message}; {error.hint}" if error.hint else error.message)
        return False
    return True


def _typed() -> SourceCredentials | None:
    """Let a person type the pair; none if that is for later."""
    try:
        key_id = ask("Access key id (Enter: later): ", instead=APP)
        return add.with_secret(key_id) if key_id else None
    except PersonNeededError:  # Ctrl-D
        return None


def _of_aws_vault(profile: str) -> SourceCredentials | None:
    """Take the pair out of aws-vault, which may ask for its own password; none if not wanted."""
    if not shutil.which(_VAULT[0]) or not agrees("Take it from aws-vault?", is_sure=False):
        return None
    done = subprocess.run([*_VAULT, profile], stdout=subprocess.PIPE, check=False)
    if done.returncode:
        raise ConfigError(
            f"aws-vault gave no key of {profile}: exit status {done.returncode}",
            hint="aws-vault list shows what it has",
        )
    return add.pair_of(done.stdout)
