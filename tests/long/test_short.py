"""The short forms of what takes hours."""

import sys

import pytest

from long import day, faults, fuzz, hostile, kills, many
from support.parts import need


@pytest.mark.skipif(sys.platform != "linux", reason="drives the program with strace")
def test_failed_system_calls_harm_nothing() -> None:
    """Whatever fails once: no wrong answer, no lost session, and a sentence of ours."""
    need("strace")
    figures = faults.run(40, seed=1)
    assert not any(figures.bad.values()), figures.text()


def test_garbled_and_forged_files_are_missing() -> None:
    """Whatever stands in the cache folder: it is used whole or not at all."""
    figures = fuzz.run(2000, seed=1)
    assert not any(figures.bad.values()), figures.text()


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_killed_commands_lose_nothing() -> None:
    """Whenever a command is killed: no torn file, no lost session or key, no code sent twice."""
    figures = kills.run(25, seed=1)
    assert not any(figures.bad.values()), figures.text()


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_hours_of_use_need_one_code_and_leave_nothing() -> None:
    """Callers every five minutes, bursts and a sleep within one session: nearly all are warm."""
    figures = day.run(11, burst=10)
    assert not any(figures.bad.values()), figures.text()
    assert figures.done["codes asked"] == 1
    assert figures.done["warm answers"] > 0.9 * figures.done["processes started"]


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_changes_beside_many_processes_spoil_no_answer() -> None:
    """Config, keys and logouts change beside many calls: each gets what it has asked for."""
    figures = many.run(60)
    assert not any(figures.bad.values()), figures.text()
    assert figures.done["codes asked"] <= 2 * (1 + figures.done[many.CHANGES])


def test_garbled_answers_codes_and_configs_end_in_a_sentence() -> None:
    """Whatever STS, an ``mfa_process`` or the AWS files say: an answer, or a sentence of ours."""
    figures = hostile.run(40, seed=1)
    assert not any(figures.bad.values()), figures.text()
