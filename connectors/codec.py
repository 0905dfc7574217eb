"""Documents to JSON and back, exactly: decimals as strings, days and instants as ISO text.

Used for what is stored (versions, the content of writes), so that a document read back equals the
one that was kept.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any

from connectors import documents

_KINDS = {
    cls.__name__: cls
    for cls in vars(documents).values()
    if isinstance(cls, type) and dataclasses.is_dataclass(cls)
}


def dump(value: Any) -> Any:
    """Return `value` as plain JSON; dataclasses carry their class name as `_`."""
    if isinstance(value, Enum):
        return value.value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {"_": type(value).__name__, **_fields(value)}
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date):  # datetime is one
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): dump(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [dump(item) for item in value]
    return value


def _fields(value: Any) -> dict[str, Any]:
    """Return the fields of a dataclass; a sparse one is left out while it has its default."""
    found = ((f, getattr(value, f.name)) for f in dataclasses.fields(value))
    return {
        f.name: dump(content)
        for f, content in found
        if not f.metadata.get("sparse") or content != f.default
    }


def load(stored: Mapping[str, Any]) -> Any:
    """Return the document that `dump` stored.

    Fields that a newer class no longer has are left out, new ones take their default.
    Raises KeyError for a class that does not exist.
    """
    cls = _KINDS[stored["_"]]
    readers = _readers(cls)
    return cls(**{name: read(stored[name]) for name, read in readers.items() if name in stored})


@cache
def _readers(cls: type) -> dict[str, Any]:
    hints = typing.get_type_hints(cls)
    return {f.name: _reader(hints[f.name]) for f in dataclasses.fields(cls)}


def _reader(hint: Any) -> Any:
    """Return the function that turns stored JSON into a value of type `hint`."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        inner = _reader(next(item for item in arguments if item is not types.NoneType))
        return lambda stored: None if stored is None else inner(stored)
    if origin is tuple:
        item = _reader(arguments[0])
        return lambda stored: tuple(item(value) for value in stored)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        if arguments and arguments[1] is Decimal:
            return lambda stored: {key: Decimal(value) for key, value in stored.items()}
        return dict
    if dataclasses.is_dataclass(hint):
        return load
    return _SCALARS.get(hint) or (
        hint if isinstance(hint, type) and issubclass(hint, Enum) else _same
    )


def _same(stored: Any) -> Any:
    return stored


_SCALARS = {
    Decimal: Decimal,
    date: date.fromisoformat,
    datetime: datetime.fromisoformat,
}
