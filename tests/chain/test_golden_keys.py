"""Cache keys are what they always were: else everybody would be asked for a code once more.

`golden_keys.json` was written by the program of before the first change of its layout (b6dfbf4):
for each config the kinds of the sessions on the way, their keys and the files they stand in.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from aws_mfa_process.chain.model import Link
from aws_mfa_process.chain.resolve import resolve
from aws_mfa_process.config.command_line import Request
from aws_mfa_process.config.profiles import read_profiles
from aws_mfa_process.store.cache import Cache

CASES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "golden_keys.json").read_text(encoding="utf-8")
)


def kind(link: Link) -> str:
    """Return how a session is made, in the words of the file."""
    if link.is_mfa_session:
        return "mfa_session"
    return "role_with_code" if link.has_code else "role"


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_sessions_of_before_are_found(tmp_path: Path, case: dict[str, Any]) -> None:
    """Each session of a chain has the key, and so the file, that it had."""
    (tmp_path / "config").write_text(case["config"], encoding="utf-8")
    (tmp_path / "credentials").write_text(case["credentials"], encoding="utf-8")
    files = read_profiles(str(tmp_path / "config"), str(tmp_path / "credentials"))
    chain = resolve(files, Request(case["profile"], case["told"]), case["stored"], case["environ"])
    assert [kind(link) for link in chain.links] == case["kinds"]
    assert json.loads(json.dumps([link.key for link in chain.links])) == case["keys"]
    paths = [Path(Cache("/x").path_of("session", link.key)).name for link in chain.links]
    assert paths == case["files"]
