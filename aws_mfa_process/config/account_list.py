"""A list of accounts as people and programs write it: CSV, YAML or JSON.

Its one rule: pure, and every value is taken as it is written: no reader makes numbers, so that no
account loses the zeros at its start.
"""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from aws_mfa_process.config.accounts import COLUMNS, Account, account_of
from aws_mfa_process.errors import ConfigError

_ENDINGS = {"csv": "csv", "json": "json", "yaml": "yaml", "yml": "yaml"}
_FORM = f"its first line is {','.join(COLUMNS)}"
_KEYS = "each account has account, name, roles and, if you like, region"
_OF_AWS = {"id": "account", "name": "name"}
"""What ``aws organizations list-accounts`` calls our columns, in lower case."""
_ROWS = "accounts"


class Listing(NamedTuple):
    """A list as it was found.

    Attributes:
        place: Where, as a person is told; no password is in it.
        name: Of the file, whose ending tells its form; may be empty.
        text: What stands in it.
        note: What a person should know of it; may be empty.
    """

    place: str
    name: str
    text: str
    note: str = ""


class _Row(NamedTuple):
    place: str
    values: Mapping[str, Any]


def accounts_of(
    listing: Listing, roles: Sequence[str] = (), *, is_free: bool = False
) -> list[Account]:
    r"""Return the accounts of a list.

    Args:
        listing: In CSV the columns `COLUMNS`, in any order; in YAML and JSON a list of mappings
            with keys of these names, by itself or under ``accounts``; or what
            ``aws organizations list-accounts`` prints.
        roles: Of accounts for which the list names none.
        is_free: An account need not have a role.

    Raises:
        ConfigError: An entry is not as it should be; it is named.

    >>> accounts_of(Listing("x", "x", "account,name,roles\n222222222222,prod,Admin Ops\n"))
    [Account(account='222222222222', name='prod', roles=('Admin', 'Ops'), region='')]
    """
    readers = {"csv": _in_csv, "json": _in_json, "yaml": _in_yaml}
    rows = readers[_form_of(listing)](listing)
    found = [_account(row, roles, is_free=is_free) for row in rows]
    if not found:
        raise ConfigError(
            f"{listing.place} names no account", hint=f"for CSV {_FORM}; in YAML and JSON {_KEYS}"
        )
    return found


def _form_of(listing: Listing) -> str:
    """Return the form of a list, by the name of its file, else by how it starts."""
    ending = listing.name.rpartition(".")[2].lower()
    if ending in _ENDINGS:
        return _ENDINGS[ending]
    start = listing.text.lstrip()
    if start[:1] in ("[", "{"):
        return "json"
    return "yaml" if re.match(r"(-|#|%|---|[\w\"']+\s*:)(\s|$)", start, re.ASCII) else "csv"


def _in_csv(listing: Listing) -> Iterator[_Row]:
    first = listing.text.partition("\n")[0]
    mark = "," if "," in first else ";"  # as spreadsheets write it where , stands in numbers
    rows = csv.reader(io.StringIO(listing.text), delimiter=mark, skipinitialspace=True)
    try:
        names = [name.strip().lower() for name in next(rows, [])]
        if len(set(names)) < len(names):
            raise ConfigError(f"{listing.place} has a column twice", hint=_FORM)
        if "account" not in names:
            raise ConfigError(f"{listing.place} has no column account", hint=_FORM)
        for row in rows:
            place = f"{listing.place} line {rows.line_num}"
            texts = [text.strip() for text in row]
            if any(texts[len(names) :]):
                raise ConfigError(
                    f"{place} has more fields than the first line",
                    hint='put a name that has a comma in quotation marks: "Acme, Inc."',
                )
            if any(texts):
                yield _Row(place, dict.fromkeys(names, "") | dict(zip(names, texts, strict=False)))
    except csv.Error as error:
        raise ConfigError(
            f"{listing.place} line {rows.line_num} is no CSV: {error}", hint=_FORM
        ) from None


def _in_json(listing: Listing) -> Iterator[_Row]:
    def mapping(pairs: list[tuple[str, object]]) -> dict[str, object]:
        return _mapping(pairs, listing.place)

    try:
        value = json.loads(
            listing.text,
            parse_int=str,
            parse_float=str,
            parse_constant=str,
            object_pairs_hook=mapping,
        )
    except json.JSONDecodeError as error:
        if re.match(r"0\d", listing.text[error.pos - 1 : error.pos + 1], re.ASCII):
            raise ConfigError(
                f"{listing.place} line {error.lineno} has a number that starts with 0, which JSON"
                " does not know",
                hint='write accounts as text, in quotation marks: "012345678901"',
            ) from None
        raise ConfigError(
            f"{listing.place} line {error.lineno} is no JSON: {error.msg}",
            hint="correct it, or name it .csv or .yaml if that is what it is",
        ) from None
    except RecursionError:
        raise ConfigError(
            f"{listing.place} is nested too deeply for a list", hint="write a list of accounts"
        ) from None
    return _rows(value, listing)


def _in_yaml(listing: Listing) -> Iterator[_Row]:
    from aws_mfa_process.config.yaml_value import value_of  # noqa: PLC0415 - yaml is heavy

    return _rows(value_of(listing.text, listing.place, _mapping), listing)


def _mapping(pairs: Iterable[tuple[str, object]], place: str) -> dict[str, object]:
    """Return a mapping whose keys differ, in lower case.

    Raises:
        ConfigError: One stands there twice.
    """
    found: dict[str, object] = {}
    for key, value in pairs:
        if key.lower() in found:
            raise ConfigError(
                f"{place} has {key!r} twice in one place", hint="take one of them out"
            )
        found[key.lower()] = value
    return found


def _rows(value: object, listing: Listing) -> Iterator[_Row]:
    """Yield the entries of a list in YAML or JSON."""
    is_of_aws = False
    if isinstance(value, dict) and _ROWS in value:
        if value.get("nexttoken"):
            raise ConfigError(
                f"{listing.place} is not the whole list: it has a NextToken",
                hint="aws organizations list-accounts --output json, without --max-items",
            )
        value = value[_ROWS]
        is_of_aws = isinstance(value, list) and all(
            isinstance(it, dict) and "id" in it and "account" not in it for it in value
        )
    if not isinstance(value, list):
        raise ConfigError(f"{listing.place} is no list of accounts", hint=_KEYS)
    for number, entry in enumerate(value, start=1):
        place = f"{listing.place} entry {number}"
        if not isinstance(entry, dict):
            raise ConfigError(f"{place} is no account", hint=_KEYS)
        if is_of_aws and (entry.get("state") or entry.get("status") or "ACTIVE") != "ACTIVE":
            continue
        named: dict[str, object] = entry
        if is_of_aws:
            named = {_OF_AWS.get(str(key), str(key)): text for key, text in entry.items()}
        yield _Row(f"{place} ({named['name']})" if named.get("name") else place, named)


def _account(row: _Row, roles: Sequence[str], *, is_free: bool) -> Account:
    values = {}
    for name in ("account", "name", "region"):
        text = row.values.get(name)
        if not isinstance(text, str | None):
            raise ConfigError(f"{row.place}: {name} is no text", hint=_KEYS)
        values[name] = (text or "").strip()
    given = row.values.get("roles") or []
    names = given.split() if isinstance(given, str) else given
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ConfigError(
            f"{row.place}: roles are a list of names, or names with blanks between them",
            hint="such as [Admin, Ops]",
        )
    return account_of(values, names or roles, row.place, is_free=is_free)
