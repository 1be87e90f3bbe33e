"""`setup` where nothing is there yet: a key, a device, a first profile."""

from argparse import Namespace

from aws_mfa_process import APP
from aws_mfa_process.commands import add, picker
from aws_mfa_process.commands.context import open_context
from aws_mfa_process.commands.talk import ask, say
from aws_mfa_process.commands.wizard import prove
from aws_mfa_process.config import arns
from aws_mfa_process.errors import ConfigError

_KEYS = "bastion-keys"
_INSTEAD = f"{APP} add {_KEYS} --stdin --write --as prod --role-arn ARN"


def begin(arguments: Namespace) -> int:
    """Ask for a role and a key, store the key as `add` does, and log in.

    Raises:
        ConfigError: There is no terminal to ask on.
    """
    if not picker.is_terminal():
        raise ConfigError("there is no access key and no role profile yet", hint=_INSTEAD)
    say("\nYour access key goes to the keyring, and a first profile into the config.")
    role = ask("ARN of the role to work in (Enter: none): ", instead=_INSTEAD)
    while role and not arns.is_arn(role, "role"):
        role = ask("That is no ARN of a role, arn:aws:iam::ACCOUNT:role/NAME: ", instead=_INSTEAD)
    offer = "prod" if role else "bastion"
    name = ask(f"Name of its profile [{offer}]: ", instead=_INSTEAD) or offer
    wanted = {"stdin": False, "write": True, "yes": arguments.yes}
    texts = {"mfa_serial": arguments.mfa_serial, "role_arn": role, "name": name}
    add.run(Namespace(profile=_KEYS, **wanted, **texts))
    if arguments.no_login or name not in open_context().files.profiles:
        return 0
    status = prove.prove([name], arguments.mfa_code)
    if not role:
        say(f"Profiles for the roles that your policies name: {APP} setup discover")
    return status
