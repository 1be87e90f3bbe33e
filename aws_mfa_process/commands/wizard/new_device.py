"""A virtual MFA device for an IAM user who has none: made, read by a phone, and given to the user.

Its one rule: the secret of the device is shown on the terminal, once, and goes nowhere else. What
was made and is not used is taken back, whatever ends us.
"""

import subprocess
import sys
import time

from aws_mfa_process import APP, signals
from aws_mfa_process.aws.iam import IAM, WRONG_CODES, NewDevice, user_name
from aws_mfa_process.chain.model import account_id
from aws_mfa_process.commands.context import Context
from aws_mfa_process.commands.profiles import picker
from aws_mfa_process.commands.screens import device_screen
from aws_mfa_process.commands.screens.talk import agrees, note, say, warn
from aws_mfa_process.config.process_line import split_command
from aws_mfa_process.credentials import SourceCredentials
from aws_mfa_process.display import plain
from aws_mfa_process.errors import ConfigError, MFAProcessError, PersonNeededError, STSError
from aws_mfa_process.sessions.device import note_sent
from aws_mfa_process.store.cache import Cache

AGAIN = f"{APP} setup --make-device"
"""The command that makes a device."""
_KNOWN_SECONDS = 15
"""What it takes until STS knows a new device: 8 to 14 seconds, as recorded in September 2026."""
_YOUNG_SECONDS = 120
_MOST_NAMES = 9
_made_at: list[float] = []
"""When devices were made here, by the monotonic clock."""


def make(
    context: Context, profile: str, keys: SourceCredentials, arn: str, seed_to: str = ""
) -> str:
    """Make a device, show its QR code, and give it to the user with two codes.

    Args:
        context: The world.
        profile: Whose network settings hold.
        keys: Of the user.
        arn: The user.
        seed_to: A command that gets the secret, too; empty: there is none.

    Returns:
        The ARN of the device.

    Raises:
        PersonNeededError: There is no terminal, or the person left.
        ConfigError: The command cannot be run, or fails.
        STSError: AWS does not let the user; nothing is left of it, or what is left is told.
    """
    if not picker.is_terminal():
        raise PersonNeededError(
            f"{user_name(arn)} has no MFA device, and there is no terminal that could show the QR"
            " code of a new one",
            hint=f"in a terminal: {AGAIN}",
        )
    making = _Making(IAM(context.endpoint(profile), keys, arn), arn)
    with signals.as_exceptions(), signals.unpausable():
        try:
            device = making.create()
            if seed_to:
                _hand_over(device_screen.uris(device, arn)[0], seed_to)
            making.enable(device, context.cache)
        finally:
            making.take_back()
    _made_at.append(time.monotonic())
    say(f"{user_name(arn)} has an MFA device now: {device.serial}")
    return device.serial


def wait_until_known() -> None:
    """Wait until STS knows the device that was made here, if one was, and say so."""
    seconds = _made_at[-1] + _KNOWN_SECONDS - time.monotonic() if _made_at else 0
    if seconds > 0:
        say(f"AWS takes some seconds to know the new device everywhere; waiting {seconds:.0f} s.")
        time.sleep(seconds)


def is_young() -> bool:
    """Tell whether a device was made here so lately that STS may not know it yet."""
    return bool(_made_at) and time.monotonic() - _made_at[-1] < _YOUNG_SECONDS


def planned(arn: str) -> str:
    """Return the ARN of the device that would be made for a user: AWS's policies name it so.

    >>> planned("arn:aws-cn:iam::111111111111:user/team/alice")
    'arn:aws-cn:iam::111111111111:mfa/alice'
    """
    return f"arn:{arn.split(':')[1]}:iam::{account_id(arn)}:mfa/{user_name(arn)}"


def _hand_over(uri: str, command: str) -> None:
    """Give the secret to a command, on its standard input.

    Raises:
        ConfigError: It cannot be run, or fails.
    """
    words, hint = split_command(command), "run the command by hand to see why"
    name = plain(words[0]) if words else "''"
    try:
        done = subprocess.run(words, input=f"{uri}\n".encode(), stdout=sys.stderr, check=False)
    except (OSError, IndexError) as error:
        reason = getattr(error, "strerror", None) or "it is empty"
        raise ConfigError(f"--seed-to {name} cannot be run: {reason}", hint=hint) from None
    if done.returncode:
        raise ConfigError(f"--seed-to {name} failed with exit status {done.returncode}", hint=hint)


class _Making:
    """A device in the making.

    A signal waits for the end of each call, so that nothing is made that is not known here.
    """

    def __init__(self, iam: IAM, arn: str) -> None:
        """Nothing is made yet."""
        self._iam, self._arn, self._name = iam, arn, user_name(arn)
        self._unfinished: NewDevice | None = None

    def create(self) -> NewDevice:
        """Make a device named as the user, or like that where such a one exists.

        One that exists may belong to somebody, or be about to: it is not touched.
        """
        name, number = self._name, 1
        while True:
            try:
                return self._create(name)
            except STSError as error:
                if error.code == "EntityAlreadyExists" and number < _MOST_NAMES:
                    number += 1
                    name = f"{self._name}-{number}"
                elif error.code == "AccessDenied" and number > 1:
                    return self._create_instead()
                else:
                    raise self._refused(error) from None

    def _create(self, name: str) -> NewDevice:
        with signals.held():
            self._unfinished = device = self._iam.create_device(name)
        return device

    def _create_instead(self) -> NewDevice:
        """Make one in place of one that was left over, where the policy allows no other name."""
        old = planned(self._arn)
        if not agrees(
            f"{old} exists, and is not yours. Delete it and make a new one?", is_sure=False
        ):
            raise PersonNeededError("nothing was changed", hint=f"answer y: {AGAIN}")
        try:
            self._iam.delete_device(old)
            return self._create(self._name)
        except STSError as error:
            raise STSError(
                f"{old} exists, left over perhaps, and AWS lets you neither delete it nor make one"
                f" of another name: {error.message}",
                hint="whoever manages IAM in the account can delete it: aws iam"
                f" delete-virtual-mfa-device --serial-number {old}; then {AGAIN}",
            ) from None

    def enable(self, device: NewDevice, cache: Cache) -> None:
        """Show a device to the person, and give it to the user with the first good codes."""
        with device_screen.opened():
            for codes in device_screen.pairs(device, self._arn):
                note_sent(cache, device.serial, codes)
                if self._is_enabled_by(device, codes):
                    return

    def _is_enabled_by(self, device: NewDevice, codes: tuple[str, str]) -> bool:
        with signals.held():
            try:
                self._iam.enable_device(device.serial, codes)
            except STSError as error:
                if error.code == WRONG_CODES:
                    return False
                raise self._has_another() or self._refused(error) from None
            self._unfinished = None
        return True

    def _has_another(self) -> STSError | None:
        """Return the error for a user who has got a device meanwhile: AWS takes no second one."""
        try:
            serials = self._iam.mfa_serials()
        except STSError:
            serials = []
        if not serials:
            return None
        return STSError(
            f"{self._name} has got an MFA device meanwhile: {serials[0]}", hint=f"{APP} setup"
        )

    def _refused(self, error: STSError) -> STSError:
        """Return the error for a user who may not have a device; another one stays as it is."""
        account = account_id(self._arn)
        devices = planned(self._arn).rpartition("/")[0]
        hints = {
            "AccessDenied": f"whoever manages IAM in account {account} can allow"
            f" iam:CreateVirtualMFADevice on {devices}/* and iam:EnableMFADevice on {self._arn}, or"
            " make a device for you",
            "LimitExceeded": f"whoever manages IAM in account {account} can delete unused devices",
        }
        if error.code not in hints:
            return error
        message = f"AWS does not let {self._name} make an MFA device: {error.message}"
        return STSError(message, hint=f"{hints[error.code]}; then {AGAIN}")

    def take_back(self) -> None:
        """Delete what was made and is nobody's, and tell the person what became of it."""
        device = self._unfinished
        if device is None:
            return
        with signals.held():
            try:
                self._iam.delete_device(device.serial)
            except MFAProcessError as error:
                warn(
                    f"{device.serial} stays at AWS as a device of nobody: {error.message}",
                    "it does no harm, and the next one gets another name; who manages IAM can"
                    f" delete it: aws iam delete-virtual-mfa-device --serial-number"
                    f" {device.serial}",
                )
            else:
                note(f"the unfinished device {device.serial} was deleted")
