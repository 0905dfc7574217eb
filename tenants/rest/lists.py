"""Pages of rows that were computed rather than read: cut behind a key, like those of tables."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.utils.urls import replace_query_param

from tenants.cursors import mark_of

Row = TypeVar("Row")


def page_size(request: Request) -> int:
    """Return `?limit=`, 1 to 500; raises ValidationError for anything else."""
    return api_settings.DEFAULT_PAGINATION_CLASS().get_page_size(request)


def page_of_rows(
    request: Request, rows: Sequence[Row], key: Callable[[Row], Any]
) -> tuple[list[Row], dict[str, Any]]:
    """Return the rows of the page that the request asks for, and its links.

    `rows` are in ascending order of `key`, whose values are unique and JSON.
    """
    size = page_size(request)
    side, at = _cursor(request)
    try:
        after = [row for row in rows if side == "after" and _order(key(row)) > _order(at)]
        before = [row for row in rows if side == "before" and _order(key(row)) < _order(at)]
    except TypeError:
        raise _bad_cursor() from None
    if side == "before":
        page = before[-size:]
        has_previous, has_next = len(before) > size, True
    else:
        behind = after if side else list(rows)
        page = behind[:size]
        has_previous, has_next = bool(side) and len(behind) < len(rows), len(behind) > size
    links = {
        "next": _link(request, "after", key(page[-1])) if page and has_next else None,
        "previous": _link(request, "before", key(page[0])) if page and has_previous else None,
    }
    return page, links


def _order(key: Any) -> Any:
    return tuple(key) if isinstance(key, list | tuple) else (key,)


def _cursor(request: Request) -> tuple[str, Any]:
    text = request.query_params.get("cursor")
    if not text:
        return "", None
    try:
        mark, side, at = json.loads(urlsafe_b64decode(text.encode()))
    except (ValueError, TypeError):
        raise _bad_cursor() from None
    if mark != mark_of(request.path) or side not in ("after", "before"):
        raise _bad_cursor()
    return side, at


def _bad_cursor() -> ValidationError:
    return ValidationError({"cursor": ["Not a cursor of this list."]})


def _link(request: Request, side: str, at: Any) -> str:
    marked = json.dumps([mark_of(request.path), side, at])
    cursor = urlsafe_b64encode(marked.encode()).decode()
    return replace_query_param(request.build_absolute_uri(), "cursor", cursor)
