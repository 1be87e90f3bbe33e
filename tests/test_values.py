"""Named tuples of our own: as those of `typing`, which an answer does not wait for."""

import copy
import typing
from collections.abc import Callable, Mapping

import pytest

from aws_mfa_process import values


class Typed(typing.NamedTuple):
    """A value of `typing`."""

    name: str
    number: int = 3
    more: Mapping[str, str] = {}

    @property
    def twice(self) -> int:
        return 2 * self.number


class Own(values.NamedTuple):
    """A value of ours."""

    name: str
    number: int = 3
    more: Mapping[str, str] = {}

    @property
    def twice(self) -> int:
        return 2 * self.number


Kind = type[Typed] | type[Own]
MADE: list[Callable[[Kind], object]] = [
    lambda kind: kind("a"),
    lambda kind: kind("a", 1),
    lambda kind: kind(number=1, name="a"),
    lambda kind: kind("a", more={"b": "c"}),
    lambda kind: kind("a", 1)._replace(number=2, name="b"),
    lambda kind: kind("a")._asdict(),
    lambda kind: kind("a").number,
    lambda kind: kind("a", 7).twice,
    lambda kind: (*kind("a", 1),),
    lambda kind: kind("a") == ("a", 3, {}),
    lambda kind: {kind("a", 1, ()): 1}[kind(name="a", number=1, more=())],  # type: ignore[arg-type]
    lambda kind: kind("a") < kind("b"),
    lambda kind: isinstance(kind("a"), tuple),
    lambda kind: copy.deepcopy(kind("a")),
    lambda kind: repr(kind("a")).partition("(")[2],
]


@pytest.mark.parametrize("made", MADE)
def test_it_is_as_in_typing(made: Callable[[Kind], object]) -> None:
    """What a value of ours does is what one of `typing` does."""
    assert made(Own) == made(Typed)


WRONG: list[Callable[[typing.Any], object]] = [
    lambda kind: kind(),
    lambda kind: kind(number=1),
    lambda kind: kind("a", 1, {}, 1),
    lambda kind: kind("a", other=1),
    lambda kind: kind("a", name="b"),
]


@pytest.mark.parametrize("wrong", WRONG)
def test_what_does_not_fit_is_refused(wrong: Callable[[typing.Any], object]) -> None:
    """An item too many, too few or of another name makes none: documents are read so."""
    for kind in (Typed, Own):
        with pytest.raises(TypeError):
            wrong(kind)


@pytest.mark.parametrize("name", ["name", "other"])
def test_it_is_frozen(name: str) -> None:
    """No attribute can be set, of an item or another one."""
    for kind in (Typed, Own):
        with pytest.raises(AttributeError):
            setattr(kind("a"), name, "b")
