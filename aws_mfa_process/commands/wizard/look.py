"""What `setup` has to know of the world before it can propose anything."""

import os
import re
import shlex
from argparse import Namespace

from aws_mfa_process import APP
from aws_mfa_process.aws.sts import STS
from aws_mfa_process.chain.found import Found, inherited_settings
from aws_mfa_process.chain.proposed import Wishes
from aws_mfa_process.commands.context import Context
from aws_mfa_process.commands.profile import find_device
from aws_mfa_process.config.profiles import KEY_ID, SECRET_KEY
from aws_mfa_process.credentials import SourceCredentials
from aws_mfa_process.errors import ConfigError, NotSentError, STSError

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
        MFAProcessError: AWS cannot be reached.
    """
    devices, refused = {}, {}
    for profile in found.keys:
        is_known = bool(arguments.mfa_serial) or _has_device(context, found, profile)
        if arguments.mfa_serial:
            devices[profile] = arguments.mfa_serial
        if arguments.keep_keys and is_known:
            continue
        values = context.files.keys_of(profile)
        keys = SourceCredentials(values[KEY_ID], values[SECRET_KEY])
        try:
            arn = STS(context.endpoint(profile)).caller_arn(keys)
        except NotSentError:
            raise
        except STSError as error:
            refused[profile] = error.message
            continue
        if ":user/" not in arn:
            refused[profile] = f"its key is that of {arn}, not of an IAM user"
        elif not is_known:
            devices[profile] = find_device(context, profile, keys, arn)
    return Wishes(
        program,
        not arguments.keep_keys,
        devices,
        refused,
        context.stored,
        frozenset(arguments.profiles),
    )


def _has_device(context: Context, found: Found, profile: str) -> bool:
    """Tell whether the files name a device for the user of a profile."""
    values = inherited_settings(context.files, profile)
    sources = [it for it in found.roles.values() if it.get("source_profile") == profile]
    return any(it.get("mfa_serial") or it.get("aws_mfa_device") for it in (values, *sources))
