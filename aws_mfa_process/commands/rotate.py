"""``rotate``: replace an access key; at every moment one works.

Its one rule: each step is written to the keyring before the next one begins, so that a second
run goes on where the first one was stopped.
"""

import shlex
import time
from argparse import ArgumentParser, Namespace

from aws_mfa_process import APP, memo
from aws_mfa_process.aws.iam import IAM, AccessKey
from aws_mfa_process.aws.sts import STS
from aws_mfa_process.commands.context import Context, open_context
from aws_mfa_process.commands.remove import forget_sessions
from aws_mfa_process.commands.screens.talk import say
from aws_mfa_process.config.command_line import Request
from aws_mfa_process.credentials import SessionCredentials, SourceCredentials
from aws_mfa_process.display import key_tail
from aws_mfa_process.errors import ConfigError, SessionRejectedError, STSError
from aws_mfa_process.keys import pairs
from aws_mfa_process.keys.index import stored_key_ids
from aws_mfa_process.keys.pairs import Stored
from aws_mfa_process.prompt.choice import Asker
from aws_mfa_process.sessions.assembly import providers_of
from aws_mfa_process.signals import through_pauses
from aws_mfa_process.store.lock import Lock

HELP = "replace an access key in the keyring and at AWS by a new one"

_QUOTA = 2
_WAIT_SECONDS = 90
_PAUSE_SECONDS = 1.0
_LOST_KEY_SECONDS = 600
"""A key whose answer was lost is at most this much away from the moment before it was made:
the time of a call, and the clocks of this machine and of AWS, apart by less than five minutes."""


def configure(parser: ArgumentParser) -> None:
    """Declare the arguments."""
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
    pairs.read(context.cache, profile)  # before the lock, whose file stays
    with Lock(context.cache.path_of("lock", {"rotation": profile})) as lock:
        if not lock.try_acquire():
            raise ConfigError(
                f"the key of profile {profile} is being rotated already",
                hint="wait until that has ended; run it again if it failed",
            )
        try:
            _rotate(context, profile, is_kept=arguments.deactivate_only)
        except SessionRejectedError:  # made by a key that is gone
            stored = pairs.read(context.cache, profile)
            for key_id in (stored.old_key_id, stored.keys.access_key_id):
                forget_sessions(context, key_id)
            _rotate(context, profile, is_kept=arguments.deactivate_only)
    return 0


def _rotate(context: Context, profile: str, *, is_kept: bool) -> None:
    """Go on from wherever the last run was stopped."""
    stored = pairs.read(context.cache, profile)
    context = context._replace(stored=stored_key_ids(context.cache))
    session, endpoint = _session(context, profile, stored), context.endpoint(profile)
    iam = IAM(endpoint, session, STS(endpoint).caller_arn(session))
    if not stored.old_key_id:
        new = _create(context, profile, stored, iam)
        _wait_until_accepted(context, profile, new)
        stored = Stored(new, int(time.time()), old_key_id=stored.keys.access_key_id)
        pairs.write(context.cache, profile, stored)
        say(f"The new key {key_tail(new.access_key_id)} is in use.")
    old = stored.old_key_id
    if is_kept:
        iam.deactivate_access_key(old)
    else:
        iam.delete_access_key(old)
    count = forget_sessions(context, old)
    pairs.write(context.cache, profile, Stored(stored.keys, stored.stored_at))
    say(f"{'Switched off' if is_kept else 'Deleted'} the old key {key_tail(old)}.")
    if count:
        say(
            f"{count} session{'' if count == 1 else 's'} of it {'is' if count == 1 else 'are'}"
            f" forgotten; a code makes new ones: {APP} login {shlex.quote(profile)}"
        )


def _session(context: Context, profile: str, stored: Stored) -> SessionCredentials:
    """Return the MFA session of the old key if one is alive, else of the one in use."""
    key_id = stored.old_key_id or stored.keys.access_key_id
    chain = context.chain(Request(profile, {}))
    if chain.mfa is None:
        raise ConfigError(
            f"profile {profile} has no mfa_serial", hint="add it: keys are changed with MFA only"
        )
    for entry in context.cache.entries("session"):
        is_its = entry.key.get("source") == {"access_key_id": key_id} and "roles" not in entry.key
        session = context.cache.read_session(entry.key) if is_its else None
        if session is not None and session.is_alive(time.time()):
            return session
    chain = chain.to_mfa_session()
    asker = Asker(chain, Request(profile, {}), is_login=True)
    return through_pauses(providers_of(chain, asker, context.world)[0].load, memo.release)


def _create(context: Context, profile: str, stored: Stored, iam: IAM) -> SourceCredentials:
    """Make the new key and put it beside the old one, unless an earlier run has done so."""
    keys = iam.access_keys()
    new = stored.next_keys
    if new is not None and new.access_key_id in [key.access_key_id for key in keys]:
        return new
    keys = _without_lost_keys(stored, keys, iam)
    if len(keys) >= _QUOTA:
        raise _quota_error(stored, keys, iam)
    before = Stored(stored.keys, stored.stored_at)
    known = tuple(key.access_key_id for key in keys)
    noted = before._replace(known_key_ids=known, noted_at=int(time.time()))
    pairs.write(context.cache, profile, noted)
    new = iam.create_access_key()
    pairs.write(context.cache, profile, before._replace(next_keys=new))
    say(f"Made the new key {key_tail(new.access_key_id)}.")
    return new


def _without_lost_keys(stored: Stored, keys: list[AccessKey], iam: IAM) -> list[AccessKey]:
    """Delete the key that an interrupted run has made and could not keep; return the others.

    It is told from one that a person has made: new since that run, made within minutes of it, and
    never used, since nobody has seen its secret.
    """
    if not stored.known_key_ids:
        return keys
    kept = []
    for key in keys:
        is_new = key.access_key_id not in stored.known_key_ids
        is_of_then = abs(key.created_at - stored.noted_at) < _LOST_KEY_SECONDS
        if is_new and is_of_then and not iam.last_used(key.access_key_id):
            iam.delete_access_key(key.access_key_id)
            say(f"Deleted the key {key_tail(key.access_key_id)} that an interrupted run had made.")
        else:
            kept.append(key)
    return kept


def _quota_error(stored: Stored, keys: list[AccessKey], iam: IAM) -> ConfigError:
    """Return the error for a user who has two keys; nothing was changed."""
    ours = stored.keys.access_key_id
    listed = "; ".join(
        f"{key.access_key_id} ({'the stored one, ' if key.access_key_id == ours else ''}"
        f"{key.status}, {_used(iam, key.access_key_id)})"
        for key in keys
    )
    other = next((key for key in keys if key.access_key_id != ours), keys[0])
    return ConfigError(
        f"the user has two access keys already, the most that AWS allows: {listed}",
        hint=f"if nothing uses {other.access_key_id} any more, delete it in the IAM console; then"
        " rotate again",
    )


def _wait_until_accepted(context: Context, profile: str, keys: SourceCredentials) -> None:
    sts = STS(context.endpoint(profile))
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


def _used(iam: IAM, access_key_id: str) -> str:
    try:
        used = iam.last_used(access_key_id)
    except STSError:
        return "last use unknown"
    return f"last used {used}" if used else "never used"
