"""The journal of `setup`: what stood in the AWS files before, without a secret.

Its one rule: where a secret stood, the journal names the place that has it now.
"""

import json
import os
import shlex
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import platformdirs

from aws_mfa_process import APP, sealed
from aws_mfa_process.commands.wizard.texts import Texts
from aws_mfa_process.config.changes import Hunk, back, cut, hunks
from aws_mfa_process.errors import ConfigError
from aws_mfa_process.store.digests import sha256
from aws_mfa_process.store.read import own
from aws_mfa_process.store.write import make_folder, obstacle, remove, write

_START = "setup-"
_MOST_BYTES = 64 * 1024 * 1024


class Place(NamedTuple):
    """Where a secret is by now that stood in a file.

    Attributes:
        kind: ``pair``: in the keyring, that of a profile; ``kept``: in the keyring, by itself;
            ``mfa_process``: in the file still, in another profile.
        name: Of the profile, or of the secret.
    """

    kind: str
    name: str


class Written(NamedTuple):
    """One file that was changed.

    Attributes:
        path: Where it is.
        existed: It was there before.
        before: Digest of its text before.
        after: Digest of its text afterwards.
        hunks: What leads back, with places instead of secrets.
    """

    path: str
    existed: bool
    before: str
    after: str
    hunks: Sequence[Any]


class Journal(NamedTuple):
    """One run of `setup`.

    Attributes:
        path: Of the journal.
        files: What was changed.
        pairs: Ids of the keys that came into the keyring, by profile.
        kept: Names of other secrets that came into the keyring.
    """

    path: str
    files: Sequence[Written]
    pairs: Mapping[str, str]
    kept: Sequence[str]


def new(texts: Sequence[Texts], places: Mapping[str, Place], pairs: Mapping[str, str]) -> Journal:
    """Return the journal of a run.

    Args:
        texts: The files.
        places: Where each secret is that leaves them.
        pairs: Ids of the keys that come into the keyring, by profile.
    """
    path = os.path.join(_folder(), f"{_START}{time.time_ns():020}.json")
    kept = [place.name for place in places.values() if place.kind == "kept"]
    return Journal(path, [_written(it, places) for it in texts if it.old != it.new], pairs, kept)


def save(journal: Journal) -> None:
    """Write a journal, 0600.

    Raises:
        ConfigError: It cannot be written.
    """
    document = journal._asdict() | {"files": [it._asdict() for it in journal.files]}
    try:
        make_folder(_folder())
        write(journal.path, json.dumps(document).encode())
    except OSError as error:
        raise ConfigError(
            f"{journal.path} cannot be written, and without it nothing could be undone:"
            f" {error.strerror}",
            hint="make its folder your own (mode 0700)",
        ) from None


def last() -> Journal | None:
    """Return the journal of the last run on today's AWS files that was not undone.

    Runs on other files, such as those of a practice or of another ``AWS_CONFIG_FILE``, are theirs.

    Raises:
        ConfigError: A journal is not as we write it, or not ours.
    """
    folder = _folder()
    here = _here()
    names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    names = [name for name in names if name.startswith(_START) and name.endswith(".json")]
    why = obstacle(folder) if names else ""
    if why:
        raise ConfigError(
            f"the journal of setup is not trusted: {why}",
            hint="let XDG_STATE_HOME name a folder of your own",
        )
    for name in reversed(names):
        path = os.path.join(folder, name)
        try:
            journal = _read(path)
        except OSError as error:
            raise ConfigError(
                f"{path} is no journal of yours: {error.strerror}", hint=f"rm {shlex.quote(path)}"
            ) from None
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            raise ConfigError(
                f"{path} is not as setup wrote it", hint=f"rm {shlex.quote(path)}"
            ) from None
        if not here.isdisjoint(os.path.realpath(it.path) for it in journal.files):
            return journal
    return None


def refuse_others(journal: Journal) -> None:
    """Refuse to undo what was done to other files than the two of today.

    Raises:
        ConfigError: The journal names one.
    """
    here = _here()
    for written in journal.files:
        if os.path.realpath(written.path) not in here:
            raise ConfigError(
                f"{journal.path} names {written.path}, which is not one of the AWS files of now",
                hint="let AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE name the files of then;"
                f" if you never had that one, rm {shlex.quote(journal.path)}",
            )


def _here() -> set[str]:
    return {os.path.realpath(path) for path in sealed.config_paths()}


def _read(path: str) -> Journal:
    with open(path, encoding="utf-8", opener=own) as file:
        document = json.loads(file.read(_MOST_BYTES))
    files = [_checked(Written(**it)) for it in document["files"]]
    journal = Journal(path, files, dict(document["pairs"]), list(document["kept"]))
    _check_texts([*journal.pairs.values(), *journal.kept])
    return journal


def _checked(written: Written) -> Written:
    """Return what a journal says of a file, if all of it is of its type."""
    texts = [written.path, written.before, written.after]
    for start, end, lines in written.hunks:
        parts = [part for line in lines for part in line]
        texts += [text for part in parts for text in ([part] if isinstance(part, str) else part)]
        if not isinstance(start, int) or not isinstance(end, int):
            raise TypeError
    _check_texts(texts)
    return written


def _check_texts(values: Sequence[object]) -> None:
    if not all(isinstance(value, str) for value in values):
        raise TypeError


def drop(journal: Journal) -> None:
    """Forget a run."""
    remove(journal.path)


def old_text(written: Written, now: str, secret_at: Callable[[Place], str]) -> str:
    """Return the text of before.

    Args:
        written: What was written.
        now: The text of the file, just as it was written.
        secret_at: Reads a secret from the keyring.
    """
    found = []
    for start, end, lines in written.hunks:
        texts = ("".join(_text(part, secret_at) for part in line) for line in lines)
        found.append(Hunk(start, end, tuple(texts)))
    return back(now, found)


def digest(text: str) -> str:
    """Return what tells whether a text is the same."""
    return sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def _text(part: object, secret_at: Callable[[Place], str]) -> str:
    return part if isinstance(part, str) else secret_at(Place(*part))  # type: ignore[misc]


def _written(texts: Texts, places: Mapping[str, Place]) -> Written:
    lines = [
        (it.start, it.end, [_parts(line, places) for line in it.lines])
        for it in hunks(texts.new, texts.old)
    ]
    existed = os.path.exists(texts.path)
    return Written(
        os.path.abspath(texts.path), existed, digest(texts.old), digest(texts.new), lines
    )


def _parts(line: str, places: Mapping[str, Place]) -> list[str | Place]:
    """Cut a line at the secrets in it."""
    return [places.get(it, it) for it in cut(line, places)]


def _folder() -> str:
    return platformdirs.user_state_dir(APP, appauthor=False)
