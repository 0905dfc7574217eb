"""Where the records of a list answer are (JAGGAER contract 5.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.errors import UnexpectedAnswer
from connectors.http.answer import Answer
from connectors.http.jsonrows import Rows, rows_of
from connectors.jaggaer.profile import Envelope, Resource
from connectors.jaggaer.profile.paths import Path
from connectors.jaggaer.profile.values import as_text

Records = Sequence[Mapping[str, Any]] | Rows


def records_in(
    answer: Answer, body: Any, resource: Resource, envelope: Envelope
) -> tuple[Records, str]:
    """Return the records of a list answer and where they were found.

    Raises UnexpectedAnswer where there are some, but not where the profile looks for them.
    """
    for path in resource.list.items:
        found = path.nodes(body, body)
        if found:
            return _rows(found), path.text
    if envelope.items_auto:
        wrapper, found = _only_array(body)
        if not wrapper and whole(scalar(envelope.returned, body)) == 1:
            wrapper, found = _only_object(body)
        if wrapper:
            return _rows(found), wrapper
    total = whole(scalar(envelope.total, body))
    if whole(scalar(envelope.returned, body)) == 0:
        return [], ""  # past the end of a list that shrank, its wrapper may be left out
    if total or answer.is_packed or not isinstance(body, dict):
        raise UnexpectedAnswer(
            f"{resource.list.path} answers with {total or 'no'} records, "
            "but not where the profile looks for them.",
            code="wrapper_not_found",
        )
    return [], ""


def scalar(path: Path | None, body: Any) -> Any:
    return path.scalar(body, body) if path is not None else None


def whole(value: Any) -> int | None:
    try:
        return None if value is None else int(as_text(value))
    except ValueError:
        return None


def _rows(found: Sequence[Any]) -> Records:
    """Return the objects among the nodes found; a long list stands alone, as one node."""
    long = rows_of(found)
    if long is None and len(found) == 1:
        long = rows_of(found[0])
    if long is not None:
        return long
    rows: list[Any] = []
    for node in found:
        rows.extend(node if isinstance(node, list) else [node])
    return [row for row in rows if isinstance(row, dict)]


def _only_array(body: Any) -> tuple[str, list[Any]]:
    """The only array of an answer, else the only one a level below; "" if that is not one."""
    if isinstance(body, list):
        return "$", body
    if not isinstance(body, dict):
        return "", []
    top = [(name, value) for name, value in body.items() if isinstance(value, list)]
    if not top:
        top = [
            (f"{name}.{inner}", value)
            for name, child in body.items()
            if isinstance(child, dict)
            for inner, value in child.items()
            if isinstance(value, list)
        ]
    return top[0] if len(top) == 1 else ("", [])


def _only_object(body: Any) -> tuple[str, list[Any]]:
    """The only object inside another of an answer that says it has one record: a list of one may
    be a lone object (JAGGAER contract 7.1); "" if it is not the only one."""
    if not isinstance(body, dict):
        return "", []
    inside = [
        (f"{name}.{inner}", [value])
        for name, child in body.items()
        if isinstance(child, dict)
        for inner, value in child.items()
        if isinstance(value, dict)
    ]
    return inside[0] if len(inside) == 1 else ("", [])
