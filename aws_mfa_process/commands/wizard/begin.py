"""`setup` where nothing is there yet: a key, a device, a first profile."""

from argparse import Namespace
from collections.abc import Callable

from aws_mfa_process import APP
from aws_mfa_process.aws.sts import STS
from aws_mfa_process.chain.found import PLAIN
from aws_mfa_process.commands import add
from aws_mfa_process.commands.context import Context, open_context
from aws_mfa_process.commands.profiles import picker
from aws_mfa_process.commands.screens.talk import ask, say
from aws_mfa_process.commands.wizard import prove
from aws_mfa_process.commands.wizard.profile import Wanted, check_new, making_of, set_up
from aws_mfa_process.commands.wizard.texts import Texts
from aws_mfa_process.commands.wizard.write import write_one
from aws_mfa_process.config import arns, edit
from aws_mfa_process.display import key_tail
from aws_mfa_process.errors import ConfigError, PersonNeededError
from aws_mfa_process.keys import pairs
from aws_mfa_process.keys.backend import open_keyring

_KEYS = "bastion-keys"
_FILES = f"aws configure && {APP} setup --keep-keys"
_INSTEAD = f"{APP} add {_KEYS} --stdin --write --as prod --role-arn ARN"


def begin(context: Context, arguments: Namespace) -> int:
    """Ask for a role and a key, store the key as `add` does, and log in.

    A key that is in the keyring already, as after a run that was left, is not asked for again.

    Raises:
        ConfigError: There is no terminal to ask on, or no key that could stay where it is.
        PersonNeededError: There is no keyring.
    """
    names = [name for name in (_KEYS, *context.stored) if name in context.stored]
    _check_keyring(is_wanted=bool(names) or not arguments.keep_keys)
    if not picker.is_terminal():
        raise ConfigError("there is no access key and no role profile yet", hint=_INSTEAD)
    if names:
        say(f"\nThe access key {key_tail(context.stored[names[0]])} is in the keyring.")
    else:
        say("\nYour access key goes to the keyring, and a first profile into the config.")
    role = ask("ARN of the role to work in (Enter: none): ", instead=_INSTEAD)
    while role and not arns.is_arn(role, "role"):
        role = ask("That is no ARN of a role, arn:aws:iam::ACCOUNT:role/NAME: ", instead=_INSTEAD)
    offer = "prod" if role else "bastion"
    name = ask(f"Name of its profile [{offer}]: ", instead=_INSTEAD) or offer
    while not PLAIN.fullmatch(name):
        question = f"Not every SDK takes that. Letters, digits, . _ - @ + / : [{offer}]: "
        name = ask(question, instead=_INSTEAD) or offer
    if names:
        wanted = Wanted(is_written=True, serial=arguments.mfa_serial, role_arn=role, name=name)
        wanted = wanted._replace(making=making_of(arguments), write=_write)
        wanted = wanted._replace(is_proved=not arguments.no_login)
        _set_up_stored(context, names[0], wanted)
    else:
        flags = {"stdin": False, "write": True, "yes": arguments.yes}
        texts = {"mfa_serial": arguments.mfa_serial, "role_arn": role, "name": name}
        device = {"make_device": arguments.make_device, "seed_to": arguments.seed_to}
        given = Namespace(profile=_KEYS, **flags, **texts, **device)
        add.add(given, _write, is_proved=not arguments.no_login)
    if arguments.no_login or name not in open_context().files.profiles:
        return 0
    status = prove.prove([name], arguments.mfa_code)
    if not role:
        say(f"Profiles for the roles that your policies name: {APP} setup discover")
    return status


def _check_keyring(*, is_wanted: bool) -> None:
    """Refuse where no key can be stored, before anything is asked.

    Raises:
        PersonNeededError: There is no keyring.
        ConfigError: None is wanted, and no key is there.
    """
    if not is_wanted:
        raise ConfigError("there is no access key yet that could stay in the files", hint=_FILES)
    try:
        open_keyring()
    except PersonNeededError as error:
        error.hint = f"{error.hint}: {_FILES}"
        raise


def _set_up_stored(context: Context, profile: str, wanted: Wanted) -> None:
    """Write the profiles of a key that is in the keyring."""
    check_new(context, profile, wanted)
    keys = pairs.read(context.cache, profile).keys
    arn = STS(context.endpoint(profile)).caller_arn(keys)
    set_up(context, profile, keys, arn, wanted)


def _write(path: str, change: Callable[[str], str]) -> None:
    """Change the config, and write down before how that is undone; the key stays stored."""
    old = edit.read(path)
    texts = Texts(path, old, change(old))
    if texts.new != old:
        write_one(texts)
