"""How `setup` writes what was accepted, and how it is undone.

Its one rule: a secret is in the keyring, read back, before it leaves a file; the way back is
written down before the first file is changed.
"""

import contextlib
import os
import shlex
from collections.abc import Sequence

from aws_mfa_process import APP
from aws_mfa_process.chain.proposed import Proposal
from aws_mfa_process.commands.context import Context
from aws_mfa_process.commands.remove import forget_sessions
from aws_mfa_process.commands.screens.talk import confirm, say
from aws_mfa_process.commands.wizard import journals
from aws_mfa_process.commands.wizard.journals import Journal, Place
from aws_mfa_process.commands.wizard.texts import Texts
from aws_mfa_process.config import edit
from aws_mfa_process.config.profiles import KEY_ID, SECRET_KEY, SECRETS
from aws_mfa_process.credentials import SourceCredentials
from aws_mfa_process.display import key_tail
from aws_mfa_process.errors import ConfigError, MFAProcessError
from aws_mfa_process.keys import kept, pairs
from aws_mfa_process.keys.index import change_index
from aws_mfa_process.keys.pairs import Stored
from aws_mfa_process.store.write import remove

_UNDO = f"{APP} setup --undo"


def write(context: Context, proposal: Proposal, texts: Sequence[Texts]) -> None:
    """Store the secrets, write the journal, then the files.

    Raises:
        MFAProcessError: The keyring or a file does not take it.
    """
    places, stored = _store_pairs(context, proposal)
    for number, (secret, name) in enumerate(_session_secrets(context, proposal).items()):
        kept.keep(f"{name} {journals.digest(secret)[:12]} {number}", secret)
        places[secret] = Place("kept", f"{name} {journals.digest(secret)[:12]} {number}")
    for change in proposal.changes:  # what a command for codes is given may be a seed
        if "mfa_process" in change.settings:
            places[change.settings["mfa_process"]] = Place("mfa_process", change.profile)
    journal = journals.new(texts, places, stored)
    try:
        journals.save(journal)
        for it in texts:
            replace(it.path, it.old, it.new)
    except ConfigError:
        _take_back(context, journal)
        raise


def write_one(texts: Texts) -> None:
    """Write one file, and before it the journal.

    Raises:
        ConfigError: It does not take it; no journal is left of that.
    """
    journal = journals.new([texts], {}, {})
    try:
        journals.save(journal)
        replace(*texts)
    except ConfigError:
        journals.drop(journal)
        raise


def _take_back(context: Context, journal: Journal) -> None:
    """Leave nothing behind where no file was written."""
    if all(journals.digest(edit.read(it.path)) != it.after for it in journal.files):
        with contextlib.suppress(MFAProcessError):
            _empty_keyring(context, journal)
            journals.drop(journal)


def refuse_half() -> None:
    """Refuse to go on where the last run was ended before it was done.

    Raises:
        ConfigError: One of its files was written, another one was not.
    """
    journal = journals.last()
    if journal is None:
        return
    digests = [(it, journals.digest(edit.read(it.path))) for it in journal.files]
    done = [it.path for it, now in digests if now == it.after]
    rest = [it.path for it, now in digests if now == it.before]
    if done and rest:
        raise ConfigError(
            f"setup was ended when {done[0]} was written and {rest[0]} was not", hint=_UNDO
        )


def undo(context: Context, *, is_sure: bool) -> None:
    """Put the bytes of before back, and take out of the keyring what came into it.

    Raises:
        ConfigError: A file was changed since.
        PersonNeededError: The keyring no longer has what stood in a file.
    """
    journal = journals.last()
    if journal is None:
        raise ConfigError(
            "setup has changed nothing that could be undone in these files", hint=f"{APP} setup"
        )
    journals.refuse_others(journal)
    secrets = _Secrets(context, journal)
    todo = []
    for written in journal.files:
        now = edit.read(written.path)
        if journals.digest(now) == written.before:
            continue
        if not os.path.exists(written.path):
            raise ConfigError(
                f"{written.path} is gone, and with it what setup left as it was",
                hint="; or ".join(["put it back and try again", *_keys_back(journal)]),
            )
        if journals.digest(now) != written.after:
            raise ConfigError(
                f"{written.path} was changed after setup, and is left as it is",
                hint="take the lines of the later change out, and try again",
            )
        todo.append((written, now, journals.old_text(written, now, secrets.at)))
    names = " and ".join(written.path for written, _, _ in todo) or "the keyring"
    confirm(f"Put {names} back as before?", is_sure=is_sure)
    for written, now, old in todo:
        if written.existed:
            is_secret = any(it in old for it in secrets.used.values())
            replace(written.path, now, old, is_secret=is_secret)
        else:
            remove(os.path.realpath(written.path))
    _empty_keyring(context, journal)
    journals.drop(journal)
    say(f"{names}: as before, to the byte.")


def _keys_back(journal: Journal) -> list[str]:
    """Return the command that writes a key back without the rest."""
    names = list(journal.pairs)[:1]
    return [f"{APP} import --undo {shlex.quote(it)} writes its key back alone" for it in names]


class _Secrets:
    """Reads secrets from the keyring, each once."""

    def __init__(self, context: Context, journal: Journal) -> None:
        self._context, self._journal = context, journal
        self.used: dict[Place, str] = {}

    def at(self, place: Place) -> str:
        """Return a secret.

        Raises:
            PersonNeededError: The keyring does not have it any more.
        """
        if place not in self.used:
            self.used[place] = self._read(place)
        return self.used[place]

    def _read(self, place: Place) -> str:
        if place.kind == "mfa_process":
            return self._context.files.profiles[place.name][place.kind]
        return self._pair(place.name) if place.kind == "pair" else kept.kept(place.name)

    def _pair(self, profile: str) -> str:
        keys = pairs.read(self._context.cache, profile).keys
        if keys.access_key_id != self._journal.pairs.get(profile, keys.access_key_id):
            raise ConfigError(
                f"the key of profile {profile} is another one by now,"
                f" {key_tail(keys.access_key_id)}",
                hint="to write that one into the credentials file:"
                f" {APP} import --undo {shlex.quote(profile)}",
            )
        return keys.secret_access_key


def _store_pairs(context: Context, proposal: Proposal) -> tuple[dict[str, Place], dict[str, str]]:
    """Store the pairs that move; return where each secret is, and the ids of those that are new."""
    places, new = {}, {}
    for profile, holder in proposal.moves.items():
        values = context.files.keys_of(profile)
        keys = SourceCredentials(values[KEY_ID], values[SECRET_KEY])
        stored = pairs.find(context.cache, holder)
        if stored is not None and stored.keys != keys:
            raise ConfigError(
                f"the keyring holds another key for profile {holder},"
                f" {key_tail(stored.keys.access_key_id)}",
                hint=f"if that is an old one: {APP} remove {shlex.quote(holder)}",
            )
        if stored is None:
            pairs.write(context.cache, holder, Stored(keys))
            new[holder] = keys.access_key_id
        places[keys.secret_access_key] = Place("pair", holder)
    return places, new


def _session_secrets(context: Context, proposal: Proposal) -> dict[str, str]:
    """Return the secrets of sessions that go, each with its profile."""
    files = context.files
    return {
        values[name]: profile
        for profile in proposal.sessions
        for values in (files.in_config.get(profile, {}), files.in_credentials.get(profile, {}))
        for name in SECRETS
        if values.get(name)
    }


def replace(path: str, old: str, new: str, *, is_secret: bool = False) -> None:
    """Replace the text of a file that nobody has changed meanwhile.

    Raises:
        ConfigError: Somebody has, or it cannot be written.
    """

    def change(now: str) -> str:
        if now != old:
            raise ConfigError(
                f"{path} was changed meanwhile", hint=f"see {APP} setup --check, then run it again"
            )
        return new

    edit.edit(path, change, is_secret=is_secret)


def _empty_keyring(context: Context, journal: Journal) -> None:
    for profile, key_id in journal.pairs.items():
        pairs.delete(profile)
        forget_sessions(context, key_id)
        change_index(context.cache, profile, None)
    for name in journal.kept:
        kept.forget(name)
