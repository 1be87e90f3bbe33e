"""``remove``: a key pair out of the system keyring, with all that came from it."""

from argparse import ArgumentParser, Namespace

from aws_mfa_process import keystore
from aws_mfa_process.commands.people import confirm, say
from aws_mfa_process.context import Context, open_context
from aws_mfa_process.errors import ConfigError

HELP = "remove an access key from the system keyring, and the sessions that came from it"


def configure(parser: ArgumentParser) -> None:
    """Take the profile."""
    parser.add_argument("profile", metavar="PROFILE", help="whose key to remove")
    parser.add_argument("--yes", action="store_true", help="ask nothing")


def run(arguments: Namespace) -> int:
    """Remove the pair, its sessions and memos. The key itself lives on at AWS.

    Raises:
        ConfigError: There is no such pair.
        PersonNeededError: The keyring cannot be used, or the person said no.
    """
    context = open_context()
    stored = keystore.find(context.cache, arguments.profile)
    if stored is None:
        raise ConfigError(f"the keyring holds no keys for profile {arguments.profile}")
    last = stored.keys.access_key_id[-4:]
    confirm(
        f"Remove the key …{last} of profile {arguments.profile} from the keyring? AWS shows its"
        " secret to nobody again.",
        is_sure=arguments.yes,
    )
    keystore.delete(context.cache, arguments.profile)
    forget_sessions(context, stored.keys.access_key_id)
    say(f"Removed the key …{last}. It still works at AWS until it is deleted there.")
    return 0


def forget_sessions(context: Context, access_key_id: str) -> None:
    """Remove all sessions that came from a key, and all memos."""
    for entry in list(context.cache.entries("session")):
        if entry.key["source"].get("access_key_id") == access_key_id:
            context.cache.remove(entry.path)
    context.cache.remove_memos()
