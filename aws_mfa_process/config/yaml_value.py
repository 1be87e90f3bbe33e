"""YAML as far as a list needs it: mappings, lists and texts.

Its one rule: a scalar is the text that stands there. ``012345678901`` is no number, ``no`` is no
truth value; nothing is built, and nothing stands for something else (aliases).
"""

from collections.abc import Callable, Iterable, Iterator

import yaml

from aws_mfa_process.errors import ConfigError

_NOTHING = ("", "~", "null", "Null", "NULL")
_DEEPEST = 50
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""That of libyaml is ten times faster, and not everywhere."""
_Mapping = Callable[[Iterable[tuple[str, object]], str], object]


def value_of(text: str, place: str, mapping: _Mapping) -> object:
    """Return what stands in a text; None: nothing.

    Args:
        text: One document.
        place: Where it stands, for errors.
        mapping: Makes a mapping of pairs, and may refuse them.

    Raises:
        ConfigError: It is no YAML of this kind.
    """
    try:
        return _built(yaml.parse(text, _LOADER), place, mapping)
    except yaml.MarkedYAMLError as error:
        line = f" line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise ConfigError(
            f"{place}{line} is no YAML: {error.problem}",
            hint="correct it, or name it .csv or .json if that is what it is",
        ) from None
    except yaml.YAMLError:
        raise ConfigError(
            f"{place} is no YAML: it has a character that YAML does not allow",
            hint="save it as plain text in UTF-8",
        ) from None


def _built(events: Iterator[yaml.Event], place: str, mapping: _Mapping) -> object:
    """Return the value that events tell of."""
    open_ones: list[list[object]] = [[]]
    for event in events:
        if isinstance(event, yaml.ScalarEvent):
            is_nothing = event.implicit[0] and event.value in _NOTHING
            open_ones[-1].append(None if is_nothing else event.value)
        elif isinstance(event, yaml.CollectionStartEvent):
            open_ones.append([])
        elif isinstance(event, yaml.SequenceEndEvent):
            ended = open_ones.pop()
            open_ones[-1].append(ended)
        elif isinstance(event, yaml.MappingEndEvent):
            parts = open_ones.pop()
            keys = [str(key) for key in parts[::2]]
            open_ones[-1].append(mapping(zip(keys, parts[1::2], strict=True), place))
        else:
            _refuse_alias(event, place)
        if len(open_ones) > _DEEPEST:
            raise ConfigError(
                f"{place} is nested too deeply for a list", hint="write a list of accounts"
            )
    documents = open_ones[0]
    if len(documents) > 1:
        raise ConfigError(f"{place} has several documents (---)", hint="write one list")
    return documents[0] if documents else None


def _refuse_alias(event: yaml.Event, place: str) -> None:
    if isinstance(event, yaml.AliasEvent):
        line = f" line {event.start_mark.line + 1}" if event.start_mark else ""
        raise ConfigError(
            f"{place}{line} has an alias (*)",
            hint="write out what it stands for: a few aliases can be longer than any list",
        )
