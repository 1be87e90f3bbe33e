"""Commands for keys that are killed: where may the key be then, and where is it after the next?"""

import json
import shutil
from pathlib import Path

from long.figures import Figures
from support.home import Home
from support.keyring import Keyring
from support.practice import KEYS, PracticeAWS, role

PROFILE = KEYS[1]
IMPORT = ("import", "--yes", PROFILE)
COMMANDS = {
    "import": IMPORT,
    "undo": ("import", "--undo", PROFILE),
    "add": ("add", "--stdin", PROFILE),
    "remove": ("remove", "--yes", PROFILE),
    "rotate": ("rotate", PROFILE),
}
_FILE, _KEYRING, _ELSEWHERE = "file", "keyring", "elsewhere"
_WAYS = {
    "import": ({_FILE}, {_FILE, _KEYRING}, {_KEYRING}),
    "undo": ({_KEYRING}, {_FILE, _KEYRING}),
    "add": (set[str](), {_KEYRING}),
    "remove": ({_KEYRING}, set[str]()),
}
"""In which places the secret is, one after the other; the last are those where it is to be."""


class Desk:
    """The key of a user: in the AWS files, in a keyring, and at AWS."""

    def __init__(self, home: Home, folder: Path, sandbox: PracticeAWS) -> None:
        self.keyring = Keyring(home, folder / "runtime")
        self._home = home
        self._sandbox = sandbox
        self._credentials = home.aws / "credentials"
        self._imported = folder / "imported"

    def prepare(self, scenario: str) -> None:
        """Put the key where a command finds it; it stands in the file, and only there."""
        if scenario in ("undo", "remove", "rotate"):
            self._import()
        elif scenario == "add":
            self._credentials.write_text("", encoding="utf-8")

    def _import(self) -> None:
        """Let the key be in the keyring; what `import` left there the first time is put back."""
        if not self._imported.exists():
            done = self._home.run(*IMPORT)
            assert done.status == 0, done
            self._imported.mkdir()
            for path in (self._credentials, *self._home.cache.glob("keys-*")):
                shutil.copy2(path, self._imported)
            self._text = self.keyring.text(PROFILE)
        for path in self._imported.iterdir():
            is_ours = path.name.startswith("keys-")
            shutil.copy2(path, self._home.cache if is_ours else self._home.aws)
        for path in self._home.cache.glob("memo-*"):
            path.unlink()
        self.keyring.put(PROFILE, self._text)

    def pair(self) -> str:
        """Return what `add` reads: the user's first key."""
        return f"{self._sandbox.access_key_id}\n{self._sandbox.secret_access_key}\n"

    def look(self, figures: Figures, scenario: str, told: str) -> None:
        """Count what is wrong after a kill; let the next command end it, and look again."""
        if scenario == "rotate":
            self._look_at_rotation(figures, told)
            return
        places = self._places()
        is_torn = self.keyring.text(PROFILE) and not self._stored()
        if is_torn or places - {_ELSEWHERE} not in _WAYS[scenario]:
            figures.note("lost keys", f"{told}: {places}")
        end = _WAYS[scenario][-1]
        if places != end or scenario == "remove":  # that may have sessions to forget
            done = self._home.run(*COMMANDS[scenario], text=self.pair())
            if done.status and not (scenario == "remove" and places == end):
                figures.note("next runs that fail", f"{told}: {done.err}")
        sessions = list(self._home.cache.glob("session-*")) if scenario == "remove" else []
        if self._places() != end or sessions:
            figures.note("keys out of place", f"{told}: {self._places()}, {len(sessions)} sessions")

    def _look_at_rotation(self, figures: Figures, told: str) -> None:
        first = self._sandbox.access_key_id
        if not self._works():
            figures.note("lost keys", told)
        if self._stored()[:1] == [first] or len(self._keys_at_aws()) > 1:
            done = self._home.run(*COMMANDS["rotate"])
            if done.status:
                figures.note("next runs that fail", f"{told}: {done.err}")
        keys = self._keys_at_aws()
        if list(keys.items()) != [tuple(self._stored())] or first in keys or self._places():
            figures.note("keys out of place", f"{told}: {len(keys)} at AWS, {self._places()}")

    def _stored(self) -> list[str]:
        """Return the pair that the keyring holds; nothing if there is none."""
        try:
            return list(json.loads(self.keyring.text(PROFILE))["keys"])
        except (ValueError, KeyError):
            return []

    def _keys_at_aws(self) -> dict[str, str]:
        keys = self._sandbox.state.access_keys.all()
        return {key.access_key_id: key.secret_access_key for key in keys if key.is_active}

    def _works(self) -> bool:
        """Tell whether AWS takes the pair that is stored."""
        key_id, secret = self._stored() or ("", None)
        return self._keys_at_aws().get(key_id) == secret

    def _places(self) -> set[str]:
        """Return where the secret of the first key is."""
        secret = self._sandbox.secret_access_key
        found = {_KEYRING} if secret in self.keyring.text(PROFILE) else set[str]()
        for path in self._home.path.rglob("*"):
            if path.is_file() and secret.encode() in path.read_bytes():
                found.add(_FILE if path == self._credentials else _ELSEWHERE)
        return found

    def next_line(self, scenario: str) -> tuple[str, ...]:
        """Return a command that has to work afterwards."""
        if scenario == "remove":
            return ("status",)
        return (*role(self._sandbox), "--mfa-code", self._sandbox.code())
