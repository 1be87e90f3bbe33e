"""What a version of before has stored is used: nobody is asked once more.

The files are written here in the form of commit b6dfbf4, by a copy of how it wrote them.
"""

import json
import os
import time
from typing import Any

import pytest

from aws_mfa_process.sandbox.server.sandbox import Sandbox
from support.home import Home, assert_refused
from support.practice import KEYS, role

KEYRING_ID = "AKIAIOSFODNN7EXAMPLE"
Document = dict[str, Any]


def fingerprint(data: bytes) -> str:
    """Return the name and check sum of before."""
    return f"{int.from_bytes(b'1' + data, 'big') % (2**128 - 159):032x}"


def canonical(document: Document) -> bytes:
    """Return JSON as it was written."""
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode("ascii")


def put(home: Home, name: str, data: bytes) -> None:
    """Write a sealed file."""
    home.cache.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = home.cache / name
    path.touch(mode=0o600)
    path.write_bytes(b"aws-mfa-process 1 " + fingerprint(data).encode() + b"\n" + data)


def store(home: Home, kind: str, key: Document, document: Document) -> None:
    """Write a document."""
    data = canonical({"kind": kind, "key": key, "document": document})
    put(home, f"{kind}-{fingerprint(canonical(key))}", data)


def key_of(sandbox: Sandbox, access_key_id: str, arn: str = "") -> Document:
    """Return the key of the MFA session, or of a role assumed from it."""
    key: Document = {
        "source": {"access_key_id": access_key_id},
        "mfa_serial": sandbox.mfa_serial,
        "session_duration_seconds": 43200,
        "partition": "aws",
        "endpoint_url": sandbox.endpoint_url,
    }
    parts: Document = {
        "profile": "",
        "role_arn": arn,
        "duration_seconds": None,
        "external_id": "",
        "role_session_name": "alice",
        "source_identity": "",
        "session_tags": [],
        "transitive_session_tags": [],
        "policy_arns": [],
        "policy": "",
    }
    return {**key, "roles": [parts]} if arn else key


def session(seconds: int) -> Document:
    """Return a session as it was stored."""
    return {
        "access_key_id": "ASIASTOREDBEFORE0000",
        "secret_access_key": "secret",
        "session_token": "token",
        "expiration": int(time.time()) + seconds,
        "issued_at": int(time.time()),
        "account_id": "222222222222",
    }


@pytest.mark.parametrize("where", ["the credentials file", "the keyring"])
def test_sessions_of_before_answer(practice: Home, sandbox: Sandbox, where: str) -> None:
    """MFA session and role session are handed out, wherever the key stands."""
    key_id = sandbox.access_key_id
    if where == "the keyring":
        key_id = KEYRING_ID
        (practice.aws / "credentials").write_text("")
        entry = [key_id, "SecretService Keyring", 1790000000]
        store(practice, "keys", {"index": 2}, {"bastion-keys": entry})
    store(practice, "session", key_of(sandbox, key_id), session(40000))
    arn = sandbox.role_arns["Admin"]
    store(practice, "session", key_of(sandbox, key_id, arn), session(3600))
    for line in (KEYS, role(sandbox)):
        done = practice.run(*line, "--no-prompt")
        assert (done.status, done.err) == (0, "")
        assert json.loads(done.out)["AccessKeyId"] == "ASIASTOREDBEFORE0000"
    assert sandbox.calls == []


def test_memo_of_before_answers(practice: Home) -> None:
    """A whole answer is found by its question."""
    parts = [*KEYS, ""]
    names = ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
    parts += [f"{name}=None" for name in names]
    for path in (practice.aws / "config", practice.aws / "credentials"):
        status = os.stat(path)
        stamps = (status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino)
        parts.append(f"{path}: {stamps}")
    question = "\0".join(parts).encode()
    until = int(time.time()) + 1000
    answer = b'{"Version":1}\n'
    times = b"%d %d %d " % (until, until, until)
    put(practice, f"memo-{fingerprint(question)}", question + b"\0\n" + times + answer)
    assert practice.run(*KEYS).out.encode() == answer


def test_codes_of_before_are_not_sent_again(practice: Home, sandbox: Sandbox) -> None:
    """A code that was sent is known as used."""
    import hashlib  # noqa: PLC0415 - for this one test

    code = sandbox.code()
    name = hashlib.sha256(f"{sandbox.mfa_serial}\0{code}".encode()).hexdigest()
    store(practice, "codes", {"mfa_serial": sandbox.mfa_serial}, {name: time.time()})
    assert_refused(practice.run(*KEYS, "--mfa-code", code), 1, "That code was used already")
    assert sandbox.calls == []
