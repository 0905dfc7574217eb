"""Parts of a list: by place where the list is short, behind a row where it may be long."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest

PER_PAGE = 50
MOST_PAGES = 2000


@dataclass(frozen=True, slots=True)
class Leaf:
    """One page of a list: its rows and whether there are more."""

    rows: list[Any]
    number: int
    has_next: bool

    @property
    def previous(self) -> int | None:
        return self.number - 1 if self.number > 1 else None

    @property
    def next(self) -> int | None:
        return self.number + 1 if self.has_next else None

    @property
    def first(self) -> int:
        """The place of the first row on this page, counted from 1."""
        return (self.number - 1) * PER_PAGE + 1

    @property
    def last(self) -> int:
        return self.first + len(self.rows) - 1


@dataclass(frozen=True, slots=True)
class Cut:
    """A piece of a long list; `before` and `after` are the marks of its ends, None at the end."""

    rows: list[Any]
    before: str | None = None
    after: str | None = None

    @property
    def is_whole(self) -> bool:
        return self.before is None and self.after is None


def page_of(request: HttpRequest, rows: QuerySet[Any] | list[Any], per: int = PER_PAGE) -> Leaf:
    """Return the page that the address asks for by `?page=`; what is no number is the first."""
    asked = request.GET.get("page", "1")
    number = min(max(int(asked), 1), MOST_PAGES) if asked.isascii() and asked.isdigit() else 1
    start = (number - 1) * per
    found = list(rows[start : start + per + 1])
    return Leaf(found[:per], number, len(found) > per)


def cut_of(request: HttpRequest, rows: QuerySet[Any], *order: str, per: int = PER_PAGE) -> Cut:
    """Return the rows behind `?after=` or in front of `?before=`; a broken mark is none.

    `order` names columns that are never null, the last of them unique, such as "-changed_at",
    "-pk". However far somebody leafs, an index over these columns finds the place at once.
    """
    after, before = (
        _read(request.GET.get(name), rows.model, order) for name in ("after", "before")
    )
    back = after is None and before is not None
    wanted = [_turned(name) for name in order] if back else list(order)
    mark = before if back else after
    found = rows.order_by(*wanted)
    if mark is not None:
        found = found.filter(_beyond(wanted, mark))
    seen = list(found[: per + 1])
    more, seen = len(seen) > per, seen[:per]
    if back:
        seen.reverse()
    has_before, has_after = (more, True) if back else (mark is not None, more)
    return Cut(
        seen,
        mark_of(seen[0], order) if seen and has_before else None,
        mark_of(seen[-1], order) if seen and has_after else None,
    )


def _beyond(order: Sequence[str], mark: Sequence[Any]) -> Q:
    """Return what lies behind a mark: the first column bounds, so that its index is used."""
    found = Q()
    same = Q()
    for name, value in zip(order, mark, strict=True):
        column, side = name.removeprefix("-"), "lt" if name.startswith("-") else "gt"
        found |= same & Q(**{f"{column}__{side}": value})
        same &= Q(**{column: value})
    first = order[0]
    bound = f"{first.removeprefix('-')}__{'lte' if first.startswith('-') else 'gte'}"
    return Q(**{bound: mark[0]}) & found


def _turned(name: str) -> str:
    return name[1:] if name.startswith("-") else f"-{name}"


def mark_of(row: Model, order: Sequence[str]) -> str:
    """Return how an address names the place of a row in a list."""
    values = [str(getattr(row, name.removeprefix("-"))) for name in order]
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def _read(text: str | None, model: type[Model], order: Sequence[str]) -> list[Any] | None:
    if not text:
        return None
    try:
        values = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if "\x00" in "".join(map(str, values)):
            return None
        return [
            _field(model, name).to_python(str(value))
            for name, value in zip(order, values, strict=True)
        ]
    except (ValueError, TypeError, ValidationError, FieldDoesNotExist):
        return None


def _field(model: type[Model], name: str) -> Any:
    column = name.removeprefix("-")
    return model._meta.pk if column == "pk" else model._meta.get_field(column)
