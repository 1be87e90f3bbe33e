"""Names of `typing` for those who cannot wait for it: it costs a fifth of an interpreter.

Its one rule: to a type checker all of it is `typing`'s own. At run time a `NamedTuple` does what
one of `typing` does, compiled when one is made, and the others do nothing.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal, NamedTuple, NoReturn, Protocol, TypeVar
else:
    from _collections import _tuplegetter  # what a named tuple of `collections` has too

    Any = NoReturn = Protocol = object
    Literal, TypeVar = tuple, type

    class _Named(type):
        """Makes a named tuple of each class that is derived."""

        def __new__(cls, name: str, bases: tuple[type, ...], members: dict[str, object]) -> type:
            if getattr(bases[0], "_fields", ()):  # it has its items from there
                return super().__new__(cls, name, bases, members)
            names = members.get("__annotations__")
            if names is None:  # from CPython 3.14 on they stand in no namespace
                names = super().__new__(cls, name, (), members).__annotations__
            members["_field_defaults"] = {key: members[key] for key in names if key in members}
            members["_fields"] = members["__match_args__"] = tuple(names)
            members["__slots__"] = ()
            for number, key in enumerate(names):
                members[key] = _tuplegetter(number, "")
            return super().__new__(cls, name, bases, members)

    class NamedTuple(tuple, metaclass=_Named):
        """A tuple whose items have names; as in `typing`."""

        __slots__ = ()

        def __new__(cls, *items: object, **named: object) -> tuple[object, ...]:
            """Take items by position or name; the first call by name compiles what others run."""
            if not named and len(items) == len(cls._fields):
                return tuple.__new__(cls, items)
            names = ", ".join(cls._fields)
            code = f"lambda cls, {names}: new(cls, ({names},))"
            make = eval(code, {"new": tuple.__new__})  # noqa: S307 - as `collections` does
            make.__defaults__ = tuple(cls._field_defaults.values())
            cls.__new__ = make
            return make(cls, *items, **named)

        def __repr__(self) -> str:
            """Show all items."""
            items = ", ".join(f"{key}={value!r}" for key, value in self._asdict().items())
            return f"{type(self).__name__}({items})"

        def __getnewargs__(self) -> tuple[object, ...]:
            """Return what a copy is made of."""
            return tuple(self)

        def _asdict(self) -> dict[str, object]:
            return dict(zip(self._fields, self, strict=True))

        def _replace(self, **named: object) -> tuple[object, ...]:
            made = tuple.__new__(type(self), map(named.pop, self._fields, self))
            if named:
                raise TypeError(f"it has no {' or '.join(named)}")
            return made


__all__ = ("Any", "Literal", "NamedTuple", "NoReturn", "Protocol", "TypeVar")
