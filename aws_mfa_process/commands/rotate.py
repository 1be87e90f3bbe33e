"""``rotate``: a new access key for the old one, without a moment in which none works.

Its one rule: each step is written to the keyring before the next one begins, so that a second
run goes on where the first one was stopped.
"""

import time
from argparse import ArgumentParser, Namespace

from aws_mfa_process import keystore
from aws_mfa_process.commands.people import endpoint, say
from aws_mfa_process.commands.remove import forget_sessions
from aws_mfa_process.context import Context, open_context
from aws_mfa_process.credentials import SessionCredentials, SourceCredentials
from aws_mfa_process.errors import ConfigError, STSError
from aws_mfa_process.iam import IAM
from aws_mfa_process.keystore import Stored
from aws_mfa_process.sts import STS

HELP = "replace an access key in the keyring and at AWS by a new one"

_QUOTA = 2
_WAIT_SECONDS = 90
_PAUSE_SECONDS = 1.0


def configure(parser: ArgumentParser) -> None:
    """Take the profile."""
    parser.add_argument("profile", metavar="PROFILE", help="whose key to replace")
    parser.add_argument(
        "--deactivate-only", action="store_true", help="switch the old key off, do not delete it"
    )


def run(arguments: Namespace) -> int:
    """Replace the key, or finish what an earlier run began.

    Raises:
        MFAProcessError: A step failed; the keyring holds a key that works, and the next run goes
            on from there.
    """
    context = open_context()
    profile = arguments.profile
    stored = keystore.find(context.cache, profile)
    if stored is None:
        raise ConfigError(
            f"the keyring holds no keys for profile {profile}",
            hint=f"aws-mfa-process add {profile} stores one, import {profile} moves one there",
        )
    iam = IAM(endpoint(context, profile), _session(context, profile, stored))
    if not stored.old_key_id:
        if stored.next_keys is None:
            stored = _create(context, profile, stored, iam)
        stored = _switch(context, profile, stored)
    _retire(context, profile, stored, iam, is_kept=arguments.deactivate_only)
    return 0


def _session(context: Context, profile: str, stored: Stored) -> SessionCredentials:
    """Return the MFA session of the old key if one lives, else of the one in use."""
    key_id = stored.old_key_id or stored.keys.access_key_id
    chain = context.chain(profile, {})
    if chain.mfa is None:
        raise ConfigError(
            f"profile {profile} has no mfa_serial", hint="add it: keys are changed with MFA only"
        )
    for entry in context.cache.entries("session"):
        session = SessionCredentials(**entry.document)
        is_ours = entry.key["source"].get("access_key_id") == key_id
        if is_ours and "roles" not in entry.key and session.is_alive(time.time()):
            return session
    chain = chain._replace(roles=(), mfa=chain.mfa._replace(mode="session"))
    return context.providers(chain, is_login=True)[0].load()


def _create(context: Context, profile: str, stored: Stored, iam: IAM) -> Stored:
    """Make the new key and put it beside the old one."""
    keys = iam.access_keys()
    ours = stored.keys.access_key_id
    if stored.known_key_ids:
        for key in keys:
            if key.access_key_id not in stored.known_key_ids:
                iam.delete_access_key(key.access_key_id)
                say(f"Deleted the key …{key.access_key_id[-4:]} that an interrupted run had made.")
        keys = [key for key in keys if key.access_key_id in stored.known_key_ids]
    if len(keys) >= _QUOTA:
        told = "; ".join(
            f"{key.access_key_id} ({key.status}, {_used(iam, key.access_key_id)}"
            f"{', the stored one' if key.access_key_id == ours else ''})"
            for key in keys
        )
        raise ConfigError(
            f"the user has two access keys already, the most that AWS allows: {told}",
            hint="delete the one that is not used in the IAM console, then rotate again",
        )
    stored = stored._replace(known_key_ids=tuple(key.access_key_id for key in keys))
    keystore.write(context.cache, profile, stored)
    new = iam.create_access_key()
    stored = Stored(stored.keys, next_keys=new)
    keystore.write(context.cache, profile, stored)
    say(f"Made the new key …{new.access_key_id[-4:]}.")
    return stored


def _switch(context: Context, profile: str, stored: Stored) -> Stored:
    """Wait until AWS takes the new key, then use it."""
    new = stored.next_keys
    assert new is not None  # noqa: S101 - made by the step before
    _wait_until_accepted(context, profile, new)
    stored = Stored(new, old_key_id=stored.keys.access_key_id)
    keystore.write(context.cache, profile, stored)
    say(f"The new key …{new.access_key_id[-4:]} is in use.")
    return stored


def _wait_until_accepted(context: Context, profile: str, keys: SourceCredentials) -> None:
    sts = STS(endpoint(context, profile))
    end = time.monotonic() + _WAIT_SECONDS
    while True:
        try:
            sts.caller_arn(keys)
        except STSError as error:
            if time.monotonic() > end:
                raise STSError(
                    f"AWS does not accept the new key after {_WAIT_SECONDS} seconds:"
                    f" {error.message}",
                    hint="the old key is still in use; rotate again to go on",
                ) from None
            time.sleep(_PAUSE_SECONDS)
        else:
            return


def _retire(context: Context, profile: str, stored: Stored, iam: IAM, *, is_kept: bool) -> None:
    """Delete the old key, or switch it off, and forget what came from it."""
    old = stored.old_key_id
    if is_kept:
        iam.deactivate_access_key(old)
    else:
        iam.delete_access_key(old)
    keystore.write(context.cache, profile, Stored(stored.keys))
    forget_sessions(context, old)
    say(f"{'Switched off' if is_kept else 'Deleted'} the old key …{old[-4:]}.")


def _used(iam: IAM, access_key_id: str) -> str:
    used = iam.last_used(access_key_id)
    return f"last used {used}" if used else "never used"
