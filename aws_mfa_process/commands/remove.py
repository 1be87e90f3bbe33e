"""``remove``: take a key pair out of the system keyring, with all that came from it."""

from argparse import ArgumentParser, Namespace

from aws_mfa_process.commands.context import Context, open_context
from aws_mfa_process.commands.screens.talk import confirm, say
from aws_mfa_process.display import key_tail
from aws_mfa_process.keys import pairs
from aws_mfa_process.keys.index import change_index

HELP = "remove an access key from the system keyring, and the sessions that came from it"


def configure(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("profile", metavar="PROFILE", help="whose key to remove")
    parser.add_argument("--yes", action="store_true", help="ask nothing")


def run(arguments: Namespace) -> int:
    """Remove the pair, its sessions and memos. The key itself lives on at AWS."""
    context = open_context()
    profile = arguments.profile
    key_ids: list[str] = []
    question, done = "", f"The key of profile {profile} was gone already; forgot its sessions."
    try:
        stored = pairs.find(context.cache, profile)
    except pairs.NotOurPairError:
        question = (
            f"Remove what the keyring holds for profile {profile}? It is no key pair of this"
            " program."
        )
        done = f"Removed what the keyring held for profile {profile}."
    else:
        if stored is not None:  # with what an interrupted rotation has left at AWS
            new = stored.next_keys.access_key_id if stored.next_keys else ""
            key_ids = [*filter(None, [stored.keys.access_key_id, new, stored.old_key_id])]
            tails = " and ".join(map(key_tail, key_ids))
            question = (
                f"Remove the key {tails} of profile {profile} from the keyring? AWS shows its"
                " secret to nobody again."
            )
            done = f"Removed the key {tails}. It still works at AWS until it is deleted there."
    known = context.stored.get(profile, "")
    if question:
        confirm(question, is_sure=arguments.yes)
    elif not known:
        raise pairs.NoPairError(profile)
    pairs.delete(profile)
    for key_id in filter(None, {*key_ids, known}):  # after it: a call may just have read it
        forget_sessions(context, key_id)
    change_index(context.cache, profile, None)  # last: it tells the next run whose they are
    say(done)
    return 0


def forget_sessions(context: Context, access_key_id: str) -> int:
    """Remove all sessions that came from a key, and all memos; where that fails, say so.

    Returns:
        How many sessions there were.
    """
    try:
        return context.cache.forget({"source": {"access_key_id": access_key_id}})
    except OSError as error:
        say(f"Its sessions in {context.cache.folder} could not be removed: {error.strerror}.")
    return 0
