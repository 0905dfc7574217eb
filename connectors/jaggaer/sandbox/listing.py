"""List answers: filter, page, envelope (JAGGAER contract 5)."""

from collections.abc import Mapping
from dataclasses import replace
from operator import eq, ge, le
from typing import Any

from connectors.jaggaer.sandbox.catalogue import Body, Collection
from connectors.jaggaer.sandbox.fiql import Condition, FilterRefused, holds, parse
from connectors.jaggaer.sandbox.records import Entry, respelled, updated_ms
from connectors.jaggaer.sandbox.stamps import milliseconds
from connectors.jaggaer.sandbox.switches import Switches
from connectors.jaggaer.sandbox.variations import EVERY
from connectors.sandboxing import Request, Response, json_response

_COMPARE = {"==": eq, ">=": ge, "<=": le}


def list_answer(
    request: Request, shape: Collection, entries: list[Entry], now_ms: float, switches: Switches
) -> Response:
    """Return one page of the collection as the request asks for it."""
    if switches.error_with_200:
        return refusal(shape, switches.error_with_200, switches)
    try:
        start = _start(request)
        seen = _visible(shape, entries, now_ms, switches)
        found = _sorted(_selected(request, shape, seen, switches), switches)
    except FilterRefused as error:
        return refusal(shape, str(error), switches)
    page = found[start - 1 : start - 1 + switches.page_size]
    components = frozenset(filter(None, (request.param("comp") or "").split(";")))
    listed = [shape.listed(entry.body, components, full=switches.full_lists) for entry in page]
    listed = [respelled(body, switches) for body in listed]
    counts = {"totRecords": len(found), "returnedRecords": len(page), "startAt": start}
    envelope = {**return_code(shape, 0, switches), **counts}
    return json_response(200, {**envelope, **_wrapped(shape, listed, switches)})


def refusal(shape: Collection, message: str, switches: Switches) -> Response:
    """Return an error the way JAGGAER gives it: HTTP 200 and a code that is not 0."""
    return json_response(200, {**return_code(shape, 2, switches), "returnMessage": message})


def return_code(shape: Collection, code: int | str, switches: Switches) -> dict[str, Any]:
    """Return code and message: number and "" for ji, string and "OK" for ja, if not switched."""
    as_text = {"mixed": shape.old_style, "string": True, "number": False}[switches.return_code]
    message = "OK" if shape.old_style else ""
    return {"returnCode": str(code) if as_text else int(code), "returnMessage": message}


def _visible(
    shape: Collection, entries: list[Entry], now_ms: float, switches: Switches
) -> list[Entry]:
    """Return the entries with the version to be shown; usually the very list that came in."""
    lag, behind = switches.visibility_lag_seconds, switches.behind == "list"
    repeated = switches.variations.get("repeated", ())
    if not (lag or behind or repeated):
        return entries
    visible: list[Entry] = []
    for entry in entries:
        body = entry.previous if behind and entry.previous else entry.seen(now_ms, lag)
        if body is not None:
            shown = replace(entry, body=body, updated_ms=updated_ms(shape, body))
            visible += [shown] * (2 if {entry.key, EVERY} & set(repeated) else 1)
    return visible


def _selected(
    request: Request, shape: Collection, seen: list[Entry], switches: Switches
) -> list[Entry]:
    if switches.filter_ignored:
        return seen
    conditions = parse(request.param("flt") or "", _filter_keys(shape, switches))
    extensions = parse(request.param("deFlt") or "", None)
    for condition in conditions:
        if condition.field == shape.stamp_field and condition.operator in _COMPARE:
            seen = _since(condition, seen, switches)
        else:
            seen = [entry for entry in seen if _holds(shape, condition, entry.body, switches)]
    for condition in extensions:
        seen = [entry for entry in seen if _extended(condition, entry.body, switches)]
    return seen


def _sorted(found: list[Entry], switches: Switches) -> list[Entry]:
    """Return the entries as this customer's lists come: by id, unless switched."""
    if switches.list_order == "id":
        return found
    return sorted(found, key=lambda e: e.updated_ms, reverse=switches.list_order == "newest")


def _since(condition: Condition, seen: list[Entry], switches: Switches) -> list[Entry]:
    """Filter by the stamp, the common case, without parsing each record's again."""
    wished = milliseconds(condition.values[0], switches.date_literals)
    if wished is None:
        raise FilterRefused(f"124({condition.field})")
    compare = _COMPARE[condition.operator]
    return [entry for entry in seen if compare(entry.updated_ms, wished)]


def _holds(shape: Collection, condition: Condition, body: Body, switches: Switches) -> bool:
    value: Any = shape.head_of(body)
    if condition.field == "subUserLogin":
        users = body.get("returnSubUser", {}).get("subUser", [])
        return any(holds(condition, user.get("login"), switches.date_literals) for user in users)
    for name in condition.field.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return holds(condition, value, switches.date_literals)


def _extended(condition: Condition, body: Body, switches: Switches) -> bool:
    """Compare with a customer's own field: a custom field of ji, a questionnaire answer of ja."""
    header = body.get("header", {})
    sets = header.get("customFieldValueSetList", {}).get("customFieldValueSet", [])
    values = [
        value.get("value")
        for named in sets
        if named.get("name") == condition.field
        for value in named.get("customFieldValueList", {}).get("customFieldValue", [])
    ]
    values += [
        value.get("deValue")
        for answer in body.get("deBasic", {}).get("deInfo", [])
        if answer.get("name") == condition.field
        for value in answer.get("values", {}).get("value", [])
    ]
    return any(holds(condition, value, switches.date_literals) for value in values)


def _filter_keys(shape: Collection, switches: Switches) -> Mapping[str, str]:
    respelled_keys = {switches.renames.get(k, k): v for k, v in shape.filter_keys.items()}
    return {**respelled_keys, **switches.filter_keys}


def _start(request: Request) -> int:
    text = request.param("start") or "1"
    if not text.isdigit() or int(text) < 1:
        raise FilterRefused("124(start)")
    return int(text)


def _wrapped(shape: Collection, listed: list[Body], switches: Switches) -> dict[str, Any]:
    outer, _, inner = switches.wrappers.get(shape.name, shape.wrapper).partition(".")
    if not listed and switches.empty_wrapper == "absent":
        return {}
    if not listed and switches.empty_wrapper == "null":
        return {outer: None}
    items = listed[0] if switches.lone_objects and len(listed) == 1 else listed
    return {outer: {inner: items} if inner else items}
