"""``doctor``: what is wrong, why it hurts, and what mends it."""

import re
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from aws_mfa_process import guard
from aws_mfa_process.chain.view import Verdict
from aws_mfa_process.commands.checks.fix import can_fix, fix
from aws_mfa_process.commands.checks.look import look
from aws_mfa_process.commands.checks.table import findings, skipped
from aws_mfa_process.commands.checks.why import page, why
from aws_mfa_process.commands.context import open_context
from aws_mfa_process.commands.profiles import rows
from aws_mfa_process.commands.screens import screen
from aws_mfa_process.commands.screens.screen import Block, Line
from aws_mfa_process.commands.screens.talk import say
from aws_mfa_process.display import listed
from aws_mfa_process.errors import ConfigError

HELP = "find what is wrong, and mend it"


class Finding(NamedTuple):
    """A thing that is wrong.

    Attributes:
        verdict: What, where, and what mends it.
        is_fixable: Whether ``--fix`` mends it.
    """

    verdict: Verdict
    is_fixable: bool = False


class Report(NamedTuple):
    """All that ``doctor`` tells.

    Attributes:
        findings: In the order of what people meet most.
        right: How many things are right.
        skipped: Which checks could not be made, and why.
        fixed: What was done.
        foreign: The profile that is named, where it does not use this program.
        step: What comes next where no profile uses this program.
    """

    findings: tuple[Finding, ...]
    right: int = 0
    skipped: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()
    foreign: str = ""
    step: tuple[Line, ...] = ()


def configure(parser: ArgumentParser) -> None:
    """Take a profile, and what to do."""
    parser.add_argument(
        "profile", metavar="PROFILE", nargs="?", default="", help="profile to look at; none: all"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument(
        "--fix",
        action="store_true",
        help="mend what is safe to mend: paths in lines of this program, and its own files; never"
        " a secret",
    )


def run(arguments: Namespace) -> int:
    """Look, mend if that is wanted, and tell; 1 if something is wrong.

    Raises:
        ConfigError: The profile does not exist, or a file cannot be written.
    """
    report = _report(arguments.profile, is_fixing=arguments.fix)
    if arguments.json:
        from aws_mfa_process.commands.formats.doctor import text_of  # noqa: PLC0415 - for scripts

        say(text_of(report))
    else:
        screen.show(_blocks(report))
    return 1 if report.findings else 0


def _report(profile: str, *, is_fixing: bool) -> Report:
    guard.refuse_if_raised()
    try:
        context = open_context(is_silent=True)
    except ConfigError as error:
        return Report((Finding(Verdict("AMP061", "", error.message, error.hint)),))
    world = look(context, profile)
    found, right = findings(world)
    fixed = tuple(fix(found, world)) if is_fixing else ()
    if fixed:
        again = open_context(is_silent=True)._replace(environ=context.environ)
        world = look(again, profile, world)
        found, right = findings(world)
    foreign = [it.profile for it in world.standings if it.judgement.outcome == "foreign"]
    return Report(
        tuple(Finding(it, can_fix(it, world)) for it in found),
        right,
        tuple(skipped(world)),
        fixed,
        "".join(foreign),
        () if profile or found else tuple(rows.first_step(world.standings)),
    )


def _blocks(report: Report) -> list[Block]:
    """Return what is shown, in this order."""
    blocks: list[Block] = [Line(f"Mended: {done}", "lives") for done in report.fixed]
    if report.foreign:
        blocks.append(Line(f"{report.foreign} does not use this program.", "dim"))
    blocks.append(Line(_summary(len(report.findings), report.right)))
    for finding, others in _grouped(report.findings):
        blocks += [Line(), rows.notes([_note(finding, others)])]
    blocks += report.step
    blocks += [Line()] if report.skipped or report.findings else []
    blocks += [Line(f"Not checked: {text}.", "dim") for text in report.skipped]
    pages: dict[str, list[str]] = {}
    for finding in report.findings:
        pages.setdefault(page(finding.verdict.id), []).append(finding.verdict.id)
    return [
        *blocks,
        *(Line(f"{', '.join(dict.fromkeys(ids))}: {it}", "dim") for it, ids in pages.items()),
    ]


def _summary(wrong: int, right: int) -> str:
    """Return the first line.

    >>> _summary(0, 31), _summary(1, 1)
    ('Nothing is wrong, 31 things are right', '1 thing is wrong, 1 is right')
    """
    told = f"{right} is right" if right == 1 else f"{right} are right"
    if not wrong:
        return f"Nothing is wrong, {told.replace(' are', ' things are')}"
    return f"{wrong} {'thing is' if wrong == 1 else 'things are'} wrong, {told}"


def _grouped(findings: Iterable[Finding]) -> Iterator[tuple[Finding, list[str]]]:
    """Yield findings, each with the further profiles of which just the same is to be said."""
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.verdict.id, _mend(finding)), []).append(finding)
    for first, *others in groups.values():
        named = [it.verdict.profile for it in others]
        if all(named) and len({first.verdict.profile, *named}) > len(named):  # each once
            yield first, named
        else:
            yield from ((it, []) for it in (first, *others))


def _note(finding: Finding, others: list[str]) -> tuple[str, str, str]:
    """Return id, what is to be said, and what mends it."""
    verdict = finding.verdict
    told = verdict.sentence
    if verdict.profile:
        told = f"{verdict.profile}: {told}"
    elif re.match("[a-z]+ ", told):
        told = told[0].upper() + told[1:]
    told += f"{'' if told.endswith('?') else ';'} {why(verdict.id)}."
    if others:
        told += f" The same is wrong with {listed(others)}."
    return verdict.id, told, f"mend: {_mend(finding)}"


def _mend(finding: Finding) -> str:
    """Return what mends it, and its like in other profiles."""
    hint = finding.verdict.hint.replace(f"doctor {finding.verdict.profile} --fix", "doctor --fix")
    return f"{hint}  (or doctor --fix)" if finding.is_fixable and "--fix" not in hint else hint
