"""What `typing` gives, for those who cannot wait for it: it costs a fifth of an interpreter.

Its one rule: to a type checker all of it is `typing`'s own. At run time a `NamedTuple` is one of
`collections`, whose annotations nobody looks at, and the others do nothing.
"""

from collections import namedtuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal, NamedTuple, NoReturn, Protocol, TypeVar
else:
    Any = NoReturn = Protocol = object
    Literal, TypeVar = tuple, type
    _ANNOTATIONS = {"__annotations__", "__annotate__", "__annotate_func__"}

    class _Named(type):
        """Makes a named tuple of each class that is derived."""

        def __new__(cls, name: str, bases: tuple[type, ...], members: dict[str, object]) -> type:
            if not bases:
                return super().__new__(cls, name, bases, members)
            names = members.get("__annotations__")
            if names is None:  # from CPython 3.14 on they stand in no namespace
                names = super().__new__(cls, name, (), members).__annotations__
            defaults = [members[key] for key in names if key in members]
            made = namedtuple(name, names, defaults=defaults)  # noqa: PYI024 - see above
            for key in members.keys() - names.keys() - _ANNOTATIONS:
                setattr(made, key, members[key])
            return made

    class NamedTuple(metaclass=_Named):
        """A tuple whose items have names; as in `typing`."""


__all__ = ("Any", "Literal", "NamedTuple", "NoReturn", "Protocol", "TypeVar")
