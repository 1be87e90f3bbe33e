"""The short forms of what takes hours: faults and garbage."""

import sys

import pytest

from long import faults, fuzz, hostile
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


def test_garbled_answers_codes_and_configs_end_in_a_sentence() -> None:
    """Whatever STS, an ``mfa_process`` or the AWS files say: an answer, or a sentence of ours."""
    figures = hostile.run(40, seed=1)
    assert not any(figures.bad.values()), figures.text()
