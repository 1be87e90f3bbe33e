"""What `setup` has to know of the world before it can propose anything."""

import os
import re
import shlex
from argparse import Namespace
from collections.abc import Mapping, Sequence

from aws_mfa_process import APP
from aws_mfa_process.aws.sts import STS
from aws_mfa_process.chain.found import Found, inherited_settings
from aws_mfa_process.chain.proposed import Wishes
from aws_mfa_process.chain.source import NoDeviceError, NoProfileError
from aws_mfa_process.commands.context import Context
from aws_mfa_process.commands.wizard.profile import (
    Making,
    find_device,
    making_of,
    tell_none_is_made,
)
from aws_mfa_process.config.process_line import own_line
from aws_mfa_process.config.profiles import KEY_ID, SECRET_KEY
from aws_mfa_process.credentials import SourceCredentials
from aws_mfa_process.errors import ConfigError, MFAProcessError, NotSentError, STSError
from aws_mfa_process.keys import pairs

_PATH = re.compile(r"[\w/.:@+=,\\-]+", re.ASCII)


def check_program(program: str) -> None:
    """Refuse a path of this program that SDKs would split in different ways."""
    if not os.path.isabs(program):
        raise ConfigError(
            f"{APP} is not found through PATH, so no line could name it", hint=f"pipx install {APP}"
        )
    if not _PATH.fullmatch(program):
        raise ConfigError(
            f"the path of this program has a blank or a quotation mark in it: {program}",
            hint=f"link it to a path without: ln -s {shlex.quote(program)} ~/.local/bin/{APP}, and"
            " run that",
        )


def wishes_of(context: Context, found: Found, arguments: Namespace, program: str) -> Wishes:
    """Check the keys in plaintext with AWS, and find the devices that the files do not name.

    Raises:
        MFAProcessError: AWS cannot be reached, or a device could not be made.
    """
    lacking = _lacking(context, found)
    look = _Look(context, found, arguments, lacking)
    for profile in found.keys:
        look.at_plaintext(profile)
    for profile in lacking:
        if profile not in found.keys:
            look.at_stored(profile)
    for profile in sorted(found.sources.difference(found.keys, lacking)):
        look.at_served(profile)
    return Wishes(
        program,
        not arguments.keep_keys,
        look.devices,
        look.refused,
        context.stored,
        {name: tuple(it for it in those if it in found.served) for name, those in lacking.items()},
        frozenset(arguments.profiles),
    )


class _Look:
    """What AWS says of the keys, key by key."""

    def __init__(
        self,
        context: Context,
        found: Found,
        arguments: Namespace,
        lacking: Mapping[str, Sequence[str]],
    ) -> None:
        """Nobody was asked yet."""
        self._context, self._found, self._arguments = context, found, arguments
        self._lacking = lacking
        self._making = _making(arguments)
        self._by_user: dict[str, str] = {}
        self.devices: dict[str, str] = {}
        self.refused: dict[str, str] = {}

    def at_plaintext(self, profile: str) -> None:
        """Find out whether AWS takes a key, and which device its user has."""
        context, arguments = self._context, self._arguments
        is_known = bool(arguments.mfa_serial or self.at_served(profile))
        if arguments.mfa_serial:
            self.devices[profile] = arguments.mfa_serial
        if arguments.keep_keys and is_known:
            return
        values = context.files.keys_of(profile)
        keys = SourceCredentials(values[KEY_ID], values[SECRET_KEY])
        try:
            arn = STS(context.endpoint(profile)).caller_arn(keys)
        except NotSentError:
            raise
        except STSError as error:
            self.refused[profile] = error.message
            return
        if ":user/" not in arn:
            self.refused[profile] = f"its key is that of {arn}, not of an IAM user"
        elif not is_known:
            self.devices[profile] = self._device(profile, keys, arn)

    def at_served(self, profile: str) -> str:
        """Return the device that the files name; where one is wanted, say that none is made."""
        known = _known_device(self._context, self._found, profile)
        if known and self._arguments.make_device:
            tell_none_is_made(f"profile {profile}", known)
        return known

    def at_stored(self, profile: str) -> None:
        """Find the device of the user whose key is in the keyring."""
        if self._arguments.mfa_serial:
            self.devices[profile] = self._arguments.mfa_serial
            return
        try:
            keys = pairs.read(self._context.cache, profile).keys
            arn = STS(self._context.endpoint(profile)).caller_arn(keys)
        except MFAProcessError:
            if self._making.way == "make":
                raise
            return  # `doctor` tells what is wrong
        self.devices[profile] = self._device(profile, keys, arn)

    def _device(self, profile: str, keys: SourceCredentials, arn: str) -> str:
        """Return the device of a user, of whom there may be two keys."""
        making = self._making if self._is_meant(profile) else Making("leave")
        if not self._by_user.get(arn):
            self._by_user[arn] = find_device(self._context, profile, keys, arn, making)
        return self._by_user[arn]

    def _is_meant(self, profile: str) -> bool:
        """Tell whether a device may be made for a key: for those of profiles that are named."""
        roles, names = self._found.roles, [*self._arguments.profiles]
        for name in names:
            below = roles.get(name, {}).get("source_profile", "")
            names += [below] if below and below not in names else []
        served = self._lacking.get(profile, ())
        return not names or any(it in names for it in (profile, *served))


def _making(arguments: Namespace) -> Making:
    """Return what happens if a user has no device; ``--yes`` alone makes none."""
    making = making_of(arguments)
    if arguments.dry_run or arguments.check:
        return making._replace(way="plan" if arguments.make_device else "leave")
    return making._replace(way="leave") if arguments.yes and making.way == "ask" else making


def _lacking(context: Context, found: Found) -> dict[str, list[str]]:
    """Return profiles whose way has no device, by the one with the key at its end."""
    lacking: dict[str, list[str]] = {}
    for name in (*found.served, *found.roles):
        source = _end_without_device(context, name)
        if source and not _known_device(context, found, source):
            lacking.setdefault(source, []).append(name)
    return lacking


def _end_without_device(context: Context, profile: str) -> str:
    """Return the profile with a user's key that another one starts with, without MFA.

    It need not stand in a file, as after `add` for a user who had no device yet.
    """
    try:
        chain = context.chain_as_sdk(profile)
    except (NoProfileError, NoDeviceError):
        own = own_line(profile, context.files.profiles[profile].get("credential_process", ""))
        name = own.profile if own is not None else ""
        return name if name in context.stored or context.files.keys_of(name) else ""
    except MFAProcessError:
        return ""
    source = chain.source
    is_key = source.is_long_term and source.kind in ("keyring", "static")
    return source.profile if is_key and chain.mfa is None else ""


def _known_device(context: Context, found: Found, profile: str) -> str:
    """Return the device that the files name for the user of a profile; empty for none."""
    values = inherited_settings(context.files, profile)
    sources = [it for it in found.roles.values() if it.get("source_profile") == profile]
    named = (it.get("mfa_serial") or it.get("aws_mfa_device", "") for it in (values, *sources))
    return next(filter(None, named), "")
