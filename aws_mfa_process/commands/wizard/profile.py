"""What follows once a key is stored: its MFA device, and the profiles that use both.

Its one rule: nothing is written that cannot work, and what is printed can be pasted.
"""

import os
import re
import shlex
import shutil
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

from aws_mfa_process import APP
from aws_mfa_process.aws.iam import IAM, user_name
from aws_mfa_process.chain.found import PLAIN
from aws_mfa_process.commands.context import Context
from aws_mfa_process.commands.profiles import picker
from aws_mfa_process.commands.screens.talk import ask, say
from aws_mfa_process.commands.wizard import new_device
from aws_mfa_process.config import edit
from aws_mfa_process.config.arns import devices, is_arn, shows_codes
from aws_mfa_process.config.process_line import own_line
from aws_mfa_process.config.profiles import profile_of_section
from aws_mfa_process.config.text import with_settings
from aws_mfa_process.credentials import SourceCredentials
from aws_mfa_process.errors import ConfigError, MFAProcessError, PersonNeededError, STSError

Writer = Callable[[str, Callable[[str], str]], object]
"""Changes a file, of which it is told the path and what makes its new text of the old one."""
_SAFE = re.compile(r"[\w/.:@+=,-]+", re.ASCII)


class Making(NamedTuple):
    """What happens if a user has no MFA device.

    Attributes:
        way: Ask the person, make one, say which would be made, or leave it.
        seed_to: A command that gets the secret of a new one, too.
    """

    way: Literal["ask", "make", "plan", "leave"] = "ask"
    seed_to: str = ""


class Wanted(NamedTuple):
    """What a person wants of the profiles.

    Attributes:
        is_written: Into the config; else they are shown.
        serial: The MFA device; empty: look for it.
        role_arn: The role of the profile for SDKs; empty: the MFA session itself.
        name: Of the profile for SDKs, which is written only if it has one.
        making: What happens if the user has no device.
        write: Changes the config, once for all profiles.
        is_proved: A login follows by itself, with what was written.
    """

    is_written: bool
    serial: str = ""
    role_arn: str = ""
    name: str = ""
    making: Making = Making()
    write: Writer = edit.edit
    is_proved: bool = False


def add_write(parser: ArgumentParser) -> None:
    """Declare ``--write``."""
    parser.add_argument("--write", action="store_true", help="write the profile into the config")


def check_name(profile: str) -> None:
    """Refuse what cannot be the name of a profile."""
    if not profile or not profile.isprintable() or "]" in profile:
        raise ConfigError(
            f"{profile!r} cannot be the name of a profile", hint="take letters, digits, . _ - @"
        )


def check_new(context: Context, profile: str, wanted: Wanted) -> None:
    """Refuse a name for SDKs that another profile has."""
    if not wanted.name:
        return
    check_name(wanted.name)
    if not PLAIN.fullmatch(wanted.name) and wanted.name not in context.files.profiles:
        raise ConfigError(
            f"not every SDK takes the name {wanted.name!r}",
            hint="take letters, digits and . _ - @ + / : alone",
        )
    there = context.files.profiles.get(wanted.name)
    line = line_of(profile, wanted.role_arn)
    if wanted.name == profile or (there and there.get("credential_process") != line):
        raise ConfigError(
            f"profile {wanted.name} exists already", hint="give --as another name, such as prod"
        )


def line_of(profile: str, role_arn: str = "") -> str:
    """Return the line of a profile for SDKs that starts with the keys of another one."""
    words = [*_program(), "--profile", profile]
    return " ".join(map(_quoted, words + (["--role-arn", role_arn] if role_arn else [])))


def set_up(
    context: Context, profile: str, keys: SourceCredentials, arn: str, wanted: Wanted
) -> None:
    """Write the profiles of a stored key if that is wanted, else show them; say what comes next.

    Args:
        context: As it was before the key was stored.
        profile: That of the key.
        keys: Just stored.
        arn: The user whose they are.
        wanted: By the person.
    """
    values = context.files.profiles.get(profile, {})
    own = values.get("mfa_serial", "")
    if own and wanted.making.way == "make":
        tell_none_is_made(f"profile {profile}", own)
    serial = wanted.serial or own or find_device(context, profile, keys, arn, wanted.making)
    region = values.get("region") or context.endpoint(profile).region
    settings = {"mfa_serial": serial or new_device.planned(arn), "region": region}
    changed = {name: text for name, text in settings.items() if values.get(name) != text}
    users = _users(context, profile)
    own = wanted.role_arn.rsplit("/", 1)[-1] if wanted.role_arn else f"{profile}-mfa"
    line = {"region": region, "credential_process": line_of(profile, wanted.role_arn)}
    is_written = wanted.is_written and bool(serial)
    if is_written:
        _write(context, {profile: changed, wanted.name: line}, wanted.write)
    elif wanted.is_written or "mfa_serial" in changed:
        _show(context, profile, changed)
    if wanted.name or wanted.role_arn or not users:
        users = [wanted.name or own]
        if not (is_written and wanted.name):
            _show(context, users[0], line)
            if not wanted.role_arn:
                say("\nFor a role, add --role-arn and its ARN to the last line.")
    new_device.wait_until_known()
    if not (is_written and wanted.name and wanted.is_proved):
        say(f"\nNext: {APP} login {shlex.quote(users[0])}")


def add_make_device(parser: ArgumentParser) -> None:
    """Declare ``--make-device``."""
    parser.add_argument(
        "--make-device",
        action="store_true",
        help="make a virtual MFA device, if the user has none: its QR code is shown",
    )
    parser.add_argument(
        "--seed-to",
        metavar="COMMAND",
        default="",
        help="a command that gets the secret of a new MFA device on its standard input, as an"
        " otpauth:// address; without it nothing keeps the secret",
    )


def making_of(arguments: Namespace) -> Making:
    """Return what the options want."""
    return Making("make" if arguments.make_device else "ask", arguments.seed_to)


def find_device(
    context: Context, profile: str, keys: SourceCredentials, arn: str, making: Making
) -> str:
    """Return the user's MFA device; empty if nobody can tell.

    Raises:
        MFAProcessError: There is none, and none could be made.
    """
    offer = ""
    try:
        serials = IAM(context.endpoint(profile), keys, arn).mfa_serials()
    except STSError as error:
        if making.way == "make":
            raise _untold(error, arn) from None
        serials, offer = [], new_device.planned(arn)
    else:
        if not serials:
            return _new_device(context, profile, keys, arn, making)
    usable = _usable(serials, arn, making)
    if serials and not usable:
        return ""
    if len(usable) == 1:
        return usable[0]
    for serial in usable:
        say(f"MFA device: {serial}")
    return _ask_device(arn, offer or ", ".join(usable))


def _usable(serials: list[str], arn: str, making: Making) -> list[str]:
    """Return the devices that show codes; say so if none of them does, or one was to be made."""
    if serials and making.way in ("make", "plan"):
        tell_none_is_made(user_name(arn), serials[0])
    usable = [serial for serial in serials if shows_codes(serial)]
    if serials and not usable:
        say(
            f"{user_name(arn)} has only a security key, and AWS STS takes no code of one: in the"
            " console, signed in with it, an authenticator app can be added."
        )
    return usable


def _new_device(
    context: Context, profile: str, keys: SourceCredentials, arn: str, making: Making
) -> str:
    """Return the device that was made for a user who had none; empty if that is not wanted."""
    say(f"{user_name(arn)} has no MFA device yet.")
    way = making.way
    if way == "plan":
        say(f"It would be made: {new_device.planned(arn)}")
        return new_device.planned(arn)
    if way == "ask" and picker.is_terminal() and _wants_device():
        way = "make"
    if way == "make":
        return new_device.make(context, profile, keys, arn, making.seed_to)
    say(f"In a terminal this makes one: {new_device.AGAIN}")
    return ""


def tell_none_is_made(who: str, serial: str) -> None:
    """Say that a new device was wanted for one who has one."""
    say(f"No device is made: {who} has {serial} already.")


def _untold(error: STSError, arn: str) -> STSError:
    """Return the error for a user who may have a device, but AWS does not tell."""
    return STSError(
        f"AWS does not tell whether {user_name(arn)} has an MFA device: {error.message}",
        hint=f"name it with --mfa-serial, or have iam:ListMFADevices allowed on {arn}",
    )


def _wants_device() -> bool:
    answer = ask("Make one now, with an authenticator app? [Y/n] ", instead=new_device.AGAIN)
    return answer.lower() in ("", "y", "yes")


def _ask_device(arn: str, offer: str) -> str:
    """Let a person name the device; empty if there is none, or nobody to ask."""
    question = f"ARN or serial number of the MFA device{f' [{offer}]' if offer else ''}: "
    try:
        while True:
            answer = ask(question, instead="give --mfa-serial") or offer
            if not answer or all(is_arn(serial, "mfa") for serial in devices(answer)):
                return answer
            say(f"That cannot be an MFA device: {_form(arn)}.")
    except PersonNeededError:
        return ""


def _users(context: Context, profile: str) -> list[str]:
    """Return the profiles whose line starts with the keys of this one."""
    found = []
    for name, values in context.files.profiles.items():
        try:
            request = own_line(name, values.get("credential_process", ""))
        except MFAProcessError:
            continue
        found += [name] if request and request.profile == profile else []
    return found


def _write(context: Context, profiles: Mapping[str, Mapping[str, str]], write: Writer) -> None:
    """Write settings into profiles that have a name, all in one step."""
    path = context.files.config_path
    profiles = {name: settings for name, settings in profiles.items() if name and settings}
    if profiles:
        write(path, lambda text: _with_profiles(text, profiles))
    for name, settings in profiles.items():
        written = " and ".join(f"{key} = {value}" for key, value in settings.items())
        say(f"Wrote {written} into [{_section(name)}] of {path}.")


def _with_profiles(text: str, profiles: Mapping[str, Mapping[str, str]]) -> str:
    for name, settings in profiles.items():
        text = _with_profile(text, name, settings)
    return text


def _with_profile(text: str, profile: str, settings: Mapping[str, str]) -> str:
    def is_section(name: str) -> bool:
        return profile_of_section(name) == profile

    return with_settings(text, _section(profile), settings, is_section)


def _show(context: Context, profile: str, settings: dict[str, str]) -> None:
    say(f"\nPut this into {context.files.config_path}:\n\n[{_section(profile)}]")
    say("\n".join(f"{name} = {value}" for name, value in settings.items()))


def _section(profile: str) -> str:
    return "default" if profile == "default" else f"profile {shlex.quote(profile)}"


def _program() -> list[str]:
    """Return the words that run us, from anywhere."""
    script = sys.argv[0]
    if not os.path.basename(script).startswith(APP):
        script = shutil.which(APP) or ""
    return [os.path.abspath(script)] if script else [sys.executable, "-m", "aws_mfa_process"]


def _quoted(word: str) -> str:
    """Return a word of the line as all SDKs take it, which know double quotes best."""
    if _SAFE.fullmatch(word):
        return word
    return shlex.quote(word) if set(word) & set('"\\$`') else f'"{word}"'


def _form(arn: str = "arn:aws:iam::111111111111:user/alice") -> str:
    return f"it looks like {new_device.planned(arn)}, or is the serial number of a hardware device"
