"""The ``credential_process`` of another program: what it prints, as credentials.

Its one rule: it is read as botocore reads it, within bounds; what it wrote is never shown.
"""

import json
import time
from datetime import datetime
from typing import Any

from aws_mfa_process import guard
from aws_mfa_process.chain.model import Source
from aws_mfa_process.config.process_line import split_command
from aws_mfa_process.credentials import (
    AnyCredentials,
    SessionCredentials,
    SourceCredentials,
    seconds_of,
    writable,
)
from aws_mfa_process.errors import ConfigError, PersonNeededError
from aws_mfa_process.prompt.child import MOST_BYTES, TooMuchError, why_not_started
from aws_mfa_process.sessions import bounded

_NO_ANSWER = "printed JSON that is no answer of such a process"
_ACCOUNT_LENGTH = 12


def load(source: Source) -> AnyCredentials:
    """Run the program of a profile once.

    Raises:
        ConfigError: It leads back to us, or gives no credentials.
        PersonNeededError: It failed, took too long, or printed something else.
    """
    try:
        words = split_command(dict(source.settings)["credential_process"])
        ended = bounded.run(words, guard.environment(), asks=True)
    except TimeoutError:  # an OSError too
        raise _failure(source, f"gave no answer within {bounded.SECONDS} seconds") from None
    except (OSError, IndexError, ValueError) as error:
        raise _failure(source, f"cannot be run: {why_not_started(error)}") from None
    except ConfigError:
        raise _failure(source, "cannot be run: a quotation mark is not closed") from None
    except TooMuchError:
        raise _failure(source, f"printed more than {MOST_BYTES // 1024} KiB") from None
    if guard.has_refused(ended.said.decode("utf-8", "replace")):
        raise ConfigError(
            f"the credential_process of profile {source.profile} leads back to this program",
            hint="let it run another program, or hold the keys in the profile",
        )
    if ended.status:
        raise _failure(source, "failed")
    try:
        answer = json.loads(ended.out.decode())
    except (ValueError, RecursionError):
        raise _failure(source, "did not print JSON") from None
    return _credentials(source, answer)


def _credentials(source: Source, answer: Any) -> AnyCredentials:  # noqa: ANN401 - JSON
    """Return the credentials of an answer.

    Source:
        botocore ``credentials.py``, ``ProcessProvider``.
    """
    names = ("AccessKeyId", "SecretAccessKey")
    is_answer = isinstance(answer, dict) and answer.get("Version") == 1
    if not is_answer or any(name not in answer for name in names):
        raise _failure(source, _NO_ANSWER)
    key_id, secret = (answer[name] for name in names)
    token, ends = answer.get("SessionToken") or "", answer.get("Expiration")
    if not key_id or not secret:
        raise ConfigError(f"profile {source.profile} gives no credentials", hint=_hint(source))
    check_plain(source.profile, _hint(source), key_id, secret, token)
    if ends is None or not token:  # an IAM user's keys have no end, whatever is said of one
        return SourceCredentials(key_id, secret, token)
    now, expiration = int(time.time()), _seconds(ends)
    if not expiration:
        raise _failure(source, "gives an Expiration that is no time with a zone")
    if expiration <= now:
        raise _failure(source, "gives credentials that have ended")
    account = answer.get("AccountId") or ""
    return SessionCredentials(key_id, secret, token, expiration, now, plain_account(account))


def check_plain(profile: str, hint: str, *keys: object) -> None:
    """Raise `ConfigError` for what cannot be a part of credentials."""
    if not all(isinstance(key, str) and key.isascii() and key.isprintable() for key in keys):
        raise ConfigError(
            f"profile {profile} gives credentials that are not plain text on one line", hint=hint
        )


def plain_account(found: object) -> str:
    r"""Return the number of an account; empty for anything else.

    >>> plain_account("111111111111"), plain_account("\u0661" * 12), plain_account(None)
    ('111111111111', '', '')
    """
    is_one = isinstance(found, str) and found.isascii() and found.isdecimal()
    return str(found) if is_one and len(str(found)) == _ACCOUNT_LENGTH else ""


def _seconds(text: object) -> int:
    """Return a time with a zone as seconds since the epoch; 0: it is none.

    >>> _seconds("2030-01-01T00:00:00Z"), _seconds("2030-01-01 00:00:00+00:00")
    (1893456000, 1893456000)
    >>> _seconds("2030-01-01T00:00:00"), _seconds(1893456000)
    (0, 0)
    """
    if not isinstance(text, str):
        return 0
    try:
        found = datetime.fromisoformat(text)
        return seconds_of(text) or (writable(int(found.timestamp())) if found.tzinfo else 0)
    except (ValueError, OverflowError, OSError):
        return seconds_of(text)


def _failure(source: Source, reason: str) -> PersonNeededError:
    return PersonNeededError(
        f"the credentials of profile {source.profile} cannot be had: its credential_process"
        f" {reason}",
        hint=_hint(source),
    )


def _hint(source: Source) -> str:
    where = f"[profile {source.profile}] of the AWS config"
    return f"run the credential_process of {where} by hand, or correct it there"
