"""What SECURITY.md says is held by tests is held by tests that there are."""

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
ATTACKERS = [
    "thief of the disk",
    "thief of the unlocked machine",
    "another local user",
    "malware as the same user",
    "network",
    "hostile checkout",
    "hostile web page",
    "administrator's mistakes",
]
SURFACES = [
    "Cache",
    "Locks",
    "Config",
    "Prompts",
    "Windows",
    "Endpoint of exec",
    "Practice AWS",
    "Children",
    "Installation",
]
OPEN = ("not defended", "no way there")
"""How a cell begins that no test needs to hold."""


def tables() -> dict[str, list[list[str]]]:
    """Return the rows of the threat table, by surface."""
    text = TESTS.with_name("SECURITY.md").read_text(encoding="utf-8")
    threats = text.partition("## Who could attack what\n")[2].partition("\n## ")[0]
    found = {}
    for part in threats.split("\n### ")[1:]:
        name, _, rest = part.partition("\n")
        rows = [line.strip("|").split(" | ") for line in rest.splitlines() if line[:1] == "|"]
        found[name] = [[cell.strip() for cell in row] for row in rows[2:]]
    return found


def names() -> set[str]:
    """Return the names of all tests."""
    texts = (path.read_text(encoding="utf-8") for path in TESTS.rglob("test_*.py"))
    return {name for text in texts for name in re.findall(r"def (test_\w+)", text)}


def test_every_attacker_is_looked_at_on_every_surface() -> None:
    """No cell of the table is left out."""
    assert list(tables()) == SURFACES
    assert all([row[0] for row in rows] == ATTACKERS for rows in tables().values())


@pytest.mark.parametrize("surface", SURFACES)
def test_each_rule_is_held_by_tests_that_there_are(surface: str) -> None:
    """Whatever is said to be defended names its tests."""
    known = names()
    for attacker, rule, tests in tables()[surface]:
        held_by = re.findall(r"`(test_\w+)`", tests)
        assert tests == ", ".join(f"`{name}`" for name in held_by), (surface, attacker)
        assert rule.rstrip(" .:;") not in ("", *OPEN), (surface, attacker)
        assert held_by or re.match(rf"({'|'.join(OPEN)})\b", rule), (surface, attacker)
        assert known.issuperset(held_by), (surface, attacker, held_by)
