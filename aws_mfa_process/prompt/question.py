"""The question for an MFA code."""

from aws_mfa_process.display import device_names, plain
from aws_mfa_process.values import NamedTuple


class Question(NamedTuple):
    """What a person must know to answer.

    Attributes:
        role_arn: The last role of the chain; may be empty.
        caller: Who asks: name and number of the calling program; may be empty.
        seconds: Time to answer; None: the usual one of the place.
        is_login: The person asked for this question by the command ``login``.
        obstacle: Why what the code makes is not kept; empty: it is.
        others: Devices of the same person, that asked for next first; an empty answer leads there.
    """

    serial: str
    profile: str
    role_arn: str
    caller: str
    seconds: int | None
    is_login: bool
    obstacle: str = ""
    others: tuple[str, ...] = ()

    def of(self, serials: tuple[str, ...]) -> "Question":
        """Return the same question for the first one of some devices."""
        return self._replace(serial=serials[0], others=serials[1:])

    @property
    def heading(self) -> str:
        """Who wants what.

        >>> role, device = "arn:aws:iam::2:role/R", "arn:aws:iam::1:mfa/alice"
        >>> Question(device, "prod", role, "make (4)", None, False).heading
        'prod (2:role/R) wants the MFA code of alice, for make (4)'
        """
        role = plain(self.role_arn.split(":", 4)[-1], 80)
        device = plain(self._names[0], 80)
        caller = plain(self.caller, 60)
        return (
            f"{plain(self.profile)}{role and f' ({role})'} wants the MFA code of {device}"
            f"{caller and f', for {caller}'}"
        )

    @property
    def warning(self) -> str:
        """Why the next call will ask again; empty: it will not.

        >>> Question("GAHT1", "prod", "", "", None, False, "/home/a belongs to root").warning
        'Not kept: /home/a belongs to root'
        """
        return self.obstacle and f"Not kept: {plain(self.obstacle, 200)}"

    @property
    def other(self) -> str:
        """The device that an empty answer leads to; empty: there is none."""
        return plain(self._names[1], 80) if self.others else ""

    @property
    def _names(self) -> list[str]:
        return device_names((self.serial, *self.others))
