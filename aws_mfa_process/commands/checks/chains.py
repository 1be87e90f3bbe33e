"""What keeps the credentials of a profile from being made."""

import shlex
from collections.abc import Iterator

from aws_mfa_process import APP
from aws_mfa_process.chain.endpoint import partition_of_region
from aws_mfa_process.chain.model import Chain, account_id
from aws_mfa_process.chain.no_device import no_device
from aws_mfa_process.chain.source import LifeError, LoopError, NoDeviceError
from aws_mfa_process.chain.view import Verdict
from aws_mfa_process.commands.checks.profiles import is_undecided
from aws_mfa_process.commands.checks.world import User, World
from aws_mfa_process.commands.profiles import rows
from aws_mfa_process.config import arns
from aws_mfa_process.config.settings import ArnError
from aws_mfa_process.errors import CodesRefusedError, MFAProcessError, PersonNeededError
from aws_mfa_process.sessions.origin import login_file

_IDS = {LoopError: "AMP054", NoDeviceError: "AMP055", LifeError: "AMP059"}


def decisions(world: World) -> Iterator[Verdict]:
    """Loops, devices that are none, lives that are too long, keys that are missing."""
    for standing in world.standings:
        error = standing.error
        if error is None:
            continue
        if standing.judgement.outcome in ("served", "source") or is_undecided(standing):
            yield Verdict(_id_of(error), standing.profile, error.message, error.hint)


def _id_of(error: MFAProcessError) -> str:
    if isinstance(error, ArnError) and error.setting == "mfa_serial":
        return "AMP056"
    return next((number for kind, number in _IDS.items() if isinstance(error, kind)), "AMP060")


def devices(world: World) -> Iterator[Verdict]:
    """No device, different ones, or one that shows no codes or belongs to somebody else."""
    serials: dict[str, dict[str, tuple[str, tuple[str, ...]]]] = {}
    for standing in world.standings:
        chain = standing.chain
        if chain is None or standing.judgement.outcome == "foreign":
            continue
        if chain.mfa is None:
            yield from _without_device(chain, world)
            continue
        if chain.source.access_key_id:
            known = serials.setdefault(chain.source.access_key_id, {})
            known.setdefault(chain.mfa.key_serial, (standing.profile, chain.mfa.listed))
        yield from _without_codes(chain, world)
        for serial in chain.mfa.listed:
            yield from _of_another(chain, serial, world)
    for known in serials.values():
        if len(known) > 1:
            (first, one), (second, two), *_ = known.values()
            yield Verdict(
                "AMP057",
                second,
                f"its device is {' or '.join(two)}, and that of profile {first}, with the same key,"
                f" is {' or '.join(one)}",
                "let one profile, that with the keys, have mfa_serial ="
                f" {', '.join(dict.fromkeys((*one, *two)))}; as it is, {second} wants a code of its"
                " own",
            )


def _without_device(chain: Chain, world: World) -> Iterator[Verdict]:
    why = no_device(world.view.files, chain.way, chain.source)
    if why is None or not chain.source.is_long_term:
        return
    user = world.users.get(chain.source.profile)
    hint = why.hint
    if user is not None and (theirs := _with_codes(user)):
        hint = f"add mfa_serial = {theirs} to profile {chain.source.profile}"
    elif user is not None and user.serials == ():
        hint = f"{user.arn} has none yet: {APP} setup --make-device"
    yield Verdict("AMP055", chain.profile, why.reason, hint)


def _without_codes(chain: Chain, world: World) -> Iterator[Verdict]:
    """Tell of a security key beside devices that show codes; alone it is an error."""
    text = world.view.settings(chain.profile).get("mfa_serial", "")
    for serial in arns.devices(text):
        if not arns.shows_codes(serial):
            yield Verdict(
                "AMP056",
                chain.profile,
                f"{serial} in mfa_serial shows no codes and is passed over",
                f"take it out of {world.view.place(chain.profile, 'mfa_serial')}",
            )


def _with_codes(user: User) -> str:
    """Return the devices of a user that show codes, as they may stand in a profile."""
    return ", ".join(filter(arns.shows_codes, user.serials or ()))


def _of_another(chain: Chain, serial: str, world: World) -> Iterator[Verdict]:
    """Compare a device with the user that the key belongs to, where AWS has told it."""
    user = world.users.get(chain.source.profile)
    if user is None:
        return
    account, ours = account_id(serial), account_id(user.arn)
    is_foreign = user.serials is not None and serial not in user.serials
    if (account and account != ours) or is_foreign:
        has = f"; that user has {' and '.join(user.serials)}" if user.serials else ""
        hint = f"let mfa_serial name a device of {user.arn}"
        if theirs := _with_codes(user):
            hint = f"write mfa_serial = {theirs}"
        yield Verdict(
            "AMP058",
            chain.profile,
            f"{serial} is no device of {user.arn}, the key's user{has}",
            hint,
        )


def partitions(world: World) -> Iterator[Verdict]:
    """Role, device and region have to be of one partition."""
    for profile, chain in world.chains.items():
        named = [role.role_arn for role in chain.roles]
        named += chain.mfa.listed if chain.mfa is not None else []
        found = {arn.split(":")[1]: arn for arn in named if arn.startswith("arn:")}
        if len(found) > 1:
            one, two, *_ = found.values()
            sentence = f"{one} and {two} are of different partitions of AWS"
            yield Verdict("AMP033", profile, sentence, "let both be of one partition")
            continue
        region = world.view.settings(profile).get("region", "")
        partition = next(iter(found), "")
        if region and partition and partition_of_region(region) != partition:
            place = world.view.place(profile, "region")
            sentence = (
                f"region = {region} in {place} is none of {partition}, where {found[partition]} is"
            )
            yield Verdict("AMP033", profile, sentence, f"write a region of {partition}")


def logins(world: World) -> Iterator[Verdict]:
    """A login of AWS that was never there, or has ended."""
    seen = set()
    for standing in world.standings:
        source = standing.chain.source if standing.chain is not None else None
        is_ours = standing.judgement.outcome != "foreign"
        if source is None or not source.sign_in or not is_ours or source.profile in seen:
            continue
        failure, sentence = standing.failure, ""
        if not world.text_of(login_file(source, world.view.facts.environ)):
            sentence = "nobody has signed in for it on this machine"
        elif failure is not None and isinstance(failure.error, PersonNeededError):
            sentence = f"the last try failed: {failure.error.message}"
        if sentence:
            seen.add(source.profile)
            hint = f"{APP} login {shlex.quote(source.profile)}"
            yield Verdict("AMP069", source.profile, sentence, hint)


def failures(world: World) -> Iterator[Verdict]:
    """What AWS said no to of late, and has not taken since."""
    for it in rows.failed(world.standings):
        error = it.failure.error
        if isinstance(error, PersonNeededError | CodesRefusedError):
            continue  # what a person has done, or not
        sentence = f"the last try failed: {error.message}"
        if it.number > 1:
            sentence = f"{it.who}, {it.number} profiles: {sentence}"
        hint = error.hint or f"{APP} login {shlex.quote(it.profile)}"
        yield Verdict("AMP040", "" if it.number > 1 else it.profile, sentence, hint)
