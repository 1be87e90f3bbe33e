"""Whose turn it is: of several MFA devices one is asked for at a time.

Its one rule: the one whose code AWS took last comes first, and after the last one the first again.
"""

from aws_mfa_process.chain.model import MFA, device_key
from aws_mfa_process.display import device_names
from aws_mfa_process.errors import PersonNeededError
from aws_mfa_process.prompt.choice import CodeSource
from aws_mfa_process.store import last_device
from aws_mfa_process.store.cache import Cache

_ROUNDS = 3


class Turn:
    """The devices of one question.

    Attributes:
        serials: The one that is asked for, then those that come after it.
    """

    def __init__(self, cache: Cache, mfa: MFA, source: CodeSource) -> None:
        """Begin with the last one used; of a command with the first one, whose codes it gives."""
        self.serials = mfa.serials if source.knows_devices else mfa.serials[:1]
        self._cache = cache
        self._key = device_key(mfa.key_serial)
        self._is_remembered = source.knows_devices and len(mfa.listed) > 1
        self._takes_turns = source.is_person and len(mfa.serials) > 1
        self._left = _ROUNDS * len(mfa.serials)
        self._names = dict(zip(mfa.serials, device_names(mfa.serials), strict=True))
        if self._is_remembered and (last := last_device.read(cache, self._key)) in self.serials:
            self.serials = (last, *(serial for serial in self.serials if serial != last))

    @property
    def serial(self) -> str:
        """The device that is asked for."""
        return self.serials[0]

    @property
    def name(self) -> str:
        """Its name, as a person knows it."""
        return self._names[self.serial]

    def goes_on(self, answer: str) -> bool:
        """Go on to the next device if that is what an answer means: it is empty.

        Raises:
            PersonNeededError: That happened three times for each.
        """
        if answer.strip() or not self._takes_turns:
            return False
        self._left -= 1
        if not self._left:
            names = " or ".join(self._names.values())
            raise PersonNeededError(f"nobody gave an MFA code of {names}")
        return self.give_way()

    def give_way(self) -> bool:
        """Go on to the next device, if a person can give its code; tell whether that is so."""
        if self._takes_turns:
            self.serials = (*self.serials[1:], self.serials[0])
        return self._takes_turns

    def hint_for_given(self, hint: str) -> str:
        """Return a hint for a code of the command line, which may be another device's."""
        options = " or ".join(f"--mfa-serial {serial}" for serial in self.serials[1:])
        other = f"if it is the code of another device, add {options}; else "
        return f"{other if options else ''}{hint}"

    def note_used(self) -> None:
        """Remember for the next time whose code AWS took."""
        if self._is_remembered:
            last_device.write(self._cache, self._key, self.serial)
