"""Write the program's options into the completion files and the man page, or compare them.

Run by ``make completion`` with the interpreter of a virtual environment that has the program. The
files are written by hand but for what stands between two marks; that is made here from the
argument parsers of the commands. With ``--check`` nothing is written: the files that differ are
named, and the exit status is 1.
"""

import argparse
import importlib
import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from aws_mfa_process import cli
from aws_mfa_process.config.settings import WORDS

SHELLS = Path(__file__).parents[1] / "aws_mfa_process" / "shells"
SHARE = SHELLS / "data" / "share"
START = "made by `make completion`: change nothing here"
END = "made until here"


class Option(NamedTuple):
    """An option.

    Attributes:
        flags: Its names, the long one last.
        metavar: Of its value; empty: it takes none.
        words: What its value may be, where that is a list.
    """

    flags: tuple[str, ...]
    metavar: str
    help: str
    words: tuple[str, ...]

    @property
    def name(self) -> str:
        """The long name."""
        return self.flags[-1]


class Command(NamedTuple):
    """A command; that without a name is the credential process.

    Attributes:
        takes: ``profile`` or ``profiles``, with `` command`` if one may follow; or empty.
        words: What may stand in place of a profile.
        usage: What stands behind its name, but for options.
    """

    name: str
    help: str
    options: tuple[Option, ...]
    takes: str
    words: tuple[str, ...]
    usage: str = ""


def commands() -> list[Command]:
    """Return all commands, from their argument parsers."""
    main = cli.main_parser()
    options = [action for action in actions(main) if action.option_strings]
    found = [Command("", "", tuple(map(option, options)), "", ())]
    for name, module_name in cli.COMMANDS.items():
        parser = cli.command_parser(name)
        taken = actions(parser)
        places = [action for action in taken if not action.option_strings]
        takes = [
            "profiles" if it.nargs in ("*", "+") else "profile"
            for it in places
            if it.metavar == "PROFILE" or it.dest == "profile"
        ]
        module = importlib.import_module(f"aws_mfa_process.commands.{module_name}")
        is_followed = getattr(module, "TAKES_COMMAND", False)
        takes += ["command"] if is_followed else []
        found.append(
            Command(
                name,
                parser.description or "",
                tuple(option(it) for it in taken if it.option_strings),
                " ".join(takes),
                tuple(str(word) for it in places for word in it.choices or ()),
                " ".join([*map(place, places), *(["[-- COMMAND…]"] if is_followed else [])]),
            )
        )
    found.append(
        Command("help", "show this help, or that of a command", (), "", tuple(cli.COMMANDS))
    )
    return found


def actions(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    """Return the arguments of a parser, but for those without a help."""
    every = parser._actions  # noqa: SLF001 - there is no other way to see them
    return [action for action in every if action.help is not argparse.SUPPRESS]


def option(action: argparse.Action) -> Option:
    """Return an option as its parser has it."""
    words = tuple(str(word) for word in action.choices or WORDS.get(action.dest, ()))
    metavar = "" if action.nargs == 0 else str(action.metavar or action.dest.upper())
    return Option(
        tuple(sorted(action.option_strings, key=len)),
        "PROFILE" if action.dest == "profile" else metavar,
        action.help or "",
        () if action.nargs == 0 else words,
    )


def place(action: argparse.Action) -> str:
    """Return how an argument that is no option is shown, such as ``[PROFILE…]``."""
    name = str(action.metavar or "") or "|".join(action.choices or ()) or action.dest.upper()
    name += "…" if action.nargs in ("*", "+") else ""
    return f"[{name}]" if action.nargs in ("?", "*") else name


def single(text: str, quote: str = "'\\''") -> str:
    """Return a text in single quotation marks."""
    return "'" + text.replace("'", quote) + "'"


def bash(every: list[Command]) -> Iterable[str]:
    """Yield the lines for bash."""
    yield (SHELLS / "profiles.sh").read_text(encoding="utf-8")
    yield "# Set what there is, for a command or, with one, for an option of it."
    yield "__aws_mfa_process_table() {"
    yield f"    commands={single(' '.join(it.name for it in every if it.name))}"
    yield "    options='' valued='' choices='' takes='' values=''"
    yield "    case $1 in"
    for it in every:
        yield f"    {single(it.name)})"
        yield f"        options={single(' '.join(flag for o in it.options for flag in o.flags))}"
        yield f"        valued={single(' '.join(o.name for o in it.options if o.metavar))}"
        yield f"        choices={single(' '.join(it.words))} takes={single(it.takes)}"
        yield "        ;;"
    yield "    esac"
    yield '    case "$1 $2" in'
    for it in every:
        for o in it.options:
            values = ("profiles",) if o.metavar == "PROFILE" else o.words
            if values:
                yield f"    {single(f'{it.name} {o.name}')}) values={single(' '.join(values))} ;;"
    yield "    esac"
    yield "}"


def zsh(every: list[Command]) -> Iterable[str]:
    """Yield the lines for zsh."""
    yield (SHELLS / "profiles.sh").read_text(encoding="utf-8")
    yield "__aws_mfa_process_table() { # sets: commands, specs"
    yield "    commands=("
    for it in every[1:]:
        yield f"        {single(f'{it.name}:{it.help}')}"
    yield "    )"
    yield "    case $1 in"
    for it in every:
        yield f"    {single(it.name)})"
        yield "        specs=("
        yield from (f"            {spec}" for spec in zsh_specs(it))
        yield "        )"
        yield "        ;;"
    yield "    esac"
    yield "}"


def zsh_specs(command: Command) -> Iterable[str]:
    """Yield what `_arguments` is told of a command."""
    profiles = "__aws_mfa_process_offer_profiles"
    for o in command.options:
        text = re.sub(r"([\[\]\\])", r"\\\1", o.help)
        message = o.metavar.replace(":", r"\:")
        action = f"({' '.join(o.words)})" if o.words else profiles if message == "PROFILE" else " "
        value = f":{message}:{action}" if o.metavar else ""
        for flag in o.flags:
            is_long = flag.startswith("--") and o.metavar
            yield single(f"{flag}{'=' if is_long else ''}[{text}]{value}")
    if command.takes:
        many = command.takes.startswith("profiles")
        yield single(f"{'*' if many else '1'}:profile:{profiles}")
    elif command.words:
        yield single(f"1:{command.name}:({' '.join(command.words)})")
    if "command" in command.takes:
        yield single("*::command:_normal")


def fish(every: list[Command]) -> Iterable[str]:
    """Yield the lines for fish."""
    start = "complete -c aws-mfa-process -n"
    for it in every[1:]:
        text = single(it.help, "\\'")
        yield f"{start} 'test (count (commandline -opc)) -eq 1' -a {it.name} -d {text}"
    for it in every:
        name = it.name or '""'
        at = f"{start} '__aws_mfa_process_at {name}'"
        for o in it.options:
            names = [f"-l {f[2:]}" if f.startswith("--") else f"-s {f[1:]}" for f in o.flags]
            values = "(__aws_mfa_process_profiles)" if o.metavar == "PROFILE" else " ".join(o.words)
            value = f" -x -a {single(values)}" if values else " -x" if o.metavar else ""
            text = single(o.help.replace("\\", "\\\\"), "\\'")
            yield f"{at} {' '.join(names)}{value} -d {text}"
        if it.takes:
            profiles = "(__aws_mfa_process_profiles)"
            one = f"{at[:-1]}; and not __fish_seen_subcommand_from {profiles}'"
            yield f"{at if it.takes.startswith('profiles') else one} -a '{profiles}'"
        if it.words:
            yield f"{at} -a {single(' '.join(it.words))}"
        if "command" in it.takes:
            yield "complete -c aws-mfa-process -a '(__aws_mfa_process_behind)'"


def powershell(every: list[Command]) -> Iterable[str]:
    """Yield the lines for PowerShell."""

    def texts(words: Iterable[str]) -> str:
        quoted = ", ".join(single(word, "''") for word in words)
        return f"@({quoted})"

    yield "$global:AwsMfaProcessTable = @{"
    for it in every:
        yield f"    {single(it.name)} = @{{"
        yield f"        Options = {texts(flag for o in it.options for flag in o.flags)}"
        yield f"        Takes = {single(it.takes.partition(' ')[0])}"
        yield f"        Words = {texts(it.words)}"
        yield "        Values = @{"
        for o in it.options:
            values = ("profile",) if o.metavar == "PROFILE" else o.words
            if values:
                yield f"            {single(o.name)} = {texts(values)}"
        yield "        }"
        yield "    }"
    yield "}"


def man(every: list[Command]) -> Iterable[str]:
    """Yield the lines of the man page that tell commands and options."""
    yield ".SH OPTIONS"
    yield "Every option of a role may stand in the profile too, such as"
    yield r"\fBrole_arn\fR."
    for o in every[0].options:
        yield from man_option(o)
    yield ".SH COMMANDS"
    for it in every[1:]:
        line = roff(f"aws-mfa-process {it.name} {it.usage}".rstrip())
        yield f'.SS "{line}"'
        yield roff(it.help[:1].upper() + it.help[1:] + ".")
        own = [o for o in it.options if o not in every[0].options]
        if len(it.options) - len(own) > len(every[0].options) // 2:
            yield "It takes the options of a role, above."
        for o in own:
            yield from man_option(o)


def man_option(o: Option) -> Iterable[str]:
    """Yield the lines of the man page on an option."""
    yield ".TP"
    names = ", ".join(rf"\fB{roff(flag)}\fR" for flag in o.flags)
    yield names + (rf" \fI{roff(o.metavar)}\fR" if o.metavar else "")
    yield roff(o.help)


def roff(text: str) -> str:
    """Return a text as roff wants it."""
    text = text.replace("\\", r"\e").replace("-", r"\-").replace("…", "...")
    return rf"\&{text}" if text.startswith((".", "'")) else text


FILES: dict[Path, Callable[[list[Command]], Iterable[str]]] = {
    SHARE / "bash-completion" / "completions" / "aws-mfa-process": bash,
    SHARE / "zsh" / "site-functions" / "_aws-mfa-process": zsh,
    SHARE / "fish" / "vendor_completions.d" / "aws-mfa-process.fish": fish,
    SHELLS / "completion.ps1": powershell,
    SHARE / "man" / "man1" / "aws-mfa-process.1": man,
}


def main(arguments: list[str]) -> int:
    """Write the files, or compare them, and return the exit status."""
    every = commands()
    status = 0
    for path, make in FILES.items():
        text = path.read_text(encoding="utf-8")
        before, start, rest = text.partition(f"{START}\n")
        _, end, after = rest.partition(END)
        mark = before.splitlines()[-1]
        made = "\n".join(make(every))
        new = f"{before}{start}{made}\n{mark}{end}{after}"
        if not (start and end):
            sys.exit(f"{path} has no marks")
        if "--check" not in arguments:
            path.write_text(new, encoding="utf-8")
        elif new != text:
            print(path.name)
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
