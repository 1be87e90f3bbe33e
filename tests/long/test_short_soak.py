"""The short forms of what takes hours: kills, changes beside, a day of use."""

import sys

import pytest

from long import day, kills, many


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
