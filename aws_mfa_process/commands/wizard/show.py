"""What `setup` shows a person: what it found, what would change, what it leaves."""

import sys
from collections.abc import Iterator, Sequence

from aws_mfa_process import APP
from aws_mfa_process.chain.found import Found
from aws_mfa_process.chain.proposed import Proposal
from aws_mfa_process.chain.view import View
from aws_mfa_process.commands.profiles import picker
from aws_mfa_process.commands.profiles.rows import device_name
from aws_mfa_process.commands.screens import screen
from aws_mfa_process.commands.screens.screen import Block, Cell, Line, Table
from aws_mfa_process.commands.wizard.texts import Texts, differences
from aws_mfa_process.config.arns import devices
from aws_mfa_process.config.profiles import KEY_ID
from aws_mfa_process.display import key_tail
from aws_mfa_process.errors import PersonNeededError


def found(view: View, it: Found, proposal: Proposal) -> list[Block]:
    """Return what was found, and what is left as it is, and why."""
    files = view.files
    rows = tuple((Cell(what), Cell(" ".join(names))) for what, names in _rows(view, it, proposal))
    places = f"{view.short(files.config_path)} and {view.short(files.credentials_path)}"
    blocks: list[Block] = [Line(f"Found in {places}")]
    blocks += [Table(rows, (1,))] if rows else [Line("  no profile that could use this program")]
    if proposal.left:
        notes = tuple((name, why, "") for name, why in proposal.left.items())
        blocks += [Line(), Line("Left as they are"), screen.Notes(notes, "dim")]
    return blocks


def _rows(view: View, it: Found, proposal: Proposal) -> Iterator[tuple[str, list[str]]]:
    files = view.files
    roles = [name for name in it.roles if name not in proposal.left]
    if roles:
        yield f"{_count(len(roles), 'role profile')} to serve with MFA", roles
    if it.served:
        yield f"{_count(len(it.served), 'profile')} with our line", list(it.served)
    if it.lines:
        yield f"{_count(len(it.lines), 'line')} of other tools", list(it.lines)
    if it.keys:
        tails = [f"{name} ({key_tail(files.keys_of(name)[KEY_ID])})" for name in it.keys]
        yield f"{_count(len(it.keys), 'access key')} in plaintext", tails
    if it.sessions:
        yield f"{_count(len(it.sessions), 'session')} in plaintext", list(it.sessions)
    serials = dict.fromkeys(
        serial
        for values in files.profiles.values()
        for serial in devices(values.get("mfa_serial") or values.get("aws_mfa_device", ""))
        if serial
    )
    if serials:
        yield _count(len(serials), "MFA device"), [_device(it) for it in serials]


def _device(serial: str) -> str:
    name = device_name(serial)
    return name if name == serial else f"{name} ({serial})"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"


def changes(view: View, proposal: Proposal, texts: Sequence[Texts], keyring: str) -> list[Block]:
    """Return the difference of the files, and that secrets go to a keyring of that name."""
    blocks: list[Block] = [Line(), Line("This is what would change")]
    for it in texts:
        if it.old != it.new:
            blocks.append(Line(f"  {view.short(it.path)}"))
            blocks += differences(view.files, it)
    for name, holder in proposal.moves.items():
        end = "" if name == holder else f", as {holder}"
        blocks.append(Line(f"  The key of {name} goes to {keyring}{end}"))
    for name in proposal.sessions:
        blocks.append(Line(f"  The session of {name} goes: this program makes its own"))
    if proposal.served:
        served = _count(len(proposal.served), "profile")
        blocks.append(Line(f"  {served} would be served by this program"))
    undo = f"Everything else stays as it is, to the byte. Undo: {APP} setup --undo"
    return [*blocks, Line(undo)]


def accepts() -> bool:
    """Ask whether it is to be done.

    Raises:
        PersonNeededError: There is no terminal to ask on, or it was closed (Ctrl-D).
    """
    if not picker.is_terminal():
        raise PersonNeededError("there is no terminal to ask on", hint="give --yes")
    import questionary  # noqa: PLC0415 - only where a person is asked
    from prompt_toolkit.output import create_output  # noqa: PLC0415 - same

    question = questionary.confirm("Do it?", output=create_output(stdout=sys.stderr))
    try:
        return bool(question.unsafe_ask())
    except EOFError:
        raise PersonNeededError("cancelled", hint="nothing was changed; give --yes") from None
