"""POST, PATCH and DELETE: which properties a body may hold, and the order of what happens."""

from __future__ import annotations

from typing import Any

from connectors.nav.sandbox.catalogue import EntitySet, Field, Link
from connectors.nav.sandbox.errors import (
    NavError,
    bad_request,
    changed,
    no_token,
    read_only,
    unknown_property,
)
from connectors.nav.sandbox.reading import etag
from connectors.nav.sandbox.records import Record
from connectors.nav.sandbox.registry import rules_of
from connectors.nav.sandbox.rules import Call, Draft, Parent, Rules
from connectors.nav.sandbox.values import read_value

Nested = list[tuple[Link, list[dict[str, Any]]]]


def create(call: Call, set_name: str, body: Any, parent: Parent | None = None) -> Record:
    """Insert a record with its nested children; return it as stored.

    Properties are validated in the order of the JSON (NAV contract 4.1); any refusal leaves the
    caller to roll back.
    """
    rules = rules_of(set_name)
    values, nested = _split(call, rules.entity_set, body, creating=True)
    draft = Draft(call.company.new(set_name), parent=parent)
    stored = _write(call, rules, draft, values)
    for link, rows in nested:
        below = Parent(set_name, stored, link)
        for row in rows:
            create(call, link.target, row, below)
            stored = call.company.get(set_name, stored["id"]) or stored
            below = Parent(set_name, stored, link)
    rules.finish(call, stored)
    return call.company.get(set_name, stored["id"]) or stored


def update(
    call: Call, set_name: str, old: Record, body: Any, parent: Parent | None = None
) -> Record:
    """Change a record; return it as stored."""
    rules = rules_of(set_name)
    values, _ = _split(call, rules.entity_set, body, creating=False)
    stored = _write(call, rules, Draft(dict(old), old=old, parent=parent), values)
    rules.finish(call, stored)
    return call.company.get(set_name, stored["id"]) or stored


def delete(call: Call, set_name: str, record: Record) -> None:
    """Delete a record."""
    rules_of(set_name).delete(call, record)


def check_token(record: Record, if_match: str | None, *, required: bool) -> None:
    """Compare If-Match with a record's ETag: missing or malformed 400, stale 409."""
    if if_match is None or not if_match.strip():
        if required:
            raise no_token()
        return
    given = if_match.strip()
    if given == "*":
        return
    if not (given.startswith(('W/"', '"')) and given.endswith('"')):
        raise no_token()
    if given.removeprefix("W/") != etag(record).removeprefix("W/"):
        raise changed()


def _write(call: Call, rules: Rules, draft: Draft, values: dict[str, Any]) -> Record:
    rules.begin(call, draft)
    for name, value in values.items():
        rules.assign(call, draft, name, value)
        draft.seen[name] = value
    rules.complete(call, draft)
    return rules.store(call, draft)


def _split(
    call: Call, entity_set: EntitySet, body: Any, *, creating: bool
) -> tuple[dict[str, Any], Nested]:
    """Part a body into typed properties and nested children; refuse what may not be there."""
    if not isinstance(body, dict):
        raise bad_request("The request body must be a JSON object.")
    values: dict[str, Any] = {}
    nested: Nested = []
    for name, raw in body.items():
        if name.startswith("@odata."):
            continue
        field = entity_set.fields.get(name)
        if field is None:
            nested.append(_nested(call, entity_set, name, raw, creating))
        elif field.read_only:
            raise read_only(name)
        else:
            _check_form(call, field, raw)
            values[name] = read_value(field, raw)
    if call.switches.page_field_order:
        values = {name: values[name] for name in entity_set.fields if name in values}
    return values, nested


def _check_form(call: Call, field: Field, raw: Any) -> None:
    """Refuse a plain option name where the instance takes encoded ones only."""
    if field.kind == "E" and call.switches.encoded_enums_only and raw not in field.members:
        raise bad_request(f"Unable to convert value '{raw}' to {field.enum}")


def _nested(
    call: Call, entity_set: EntitySet, name: str, raw: Any, creating: bool
) -> tuple[Link, list[dict[str, Any]]]:
    link = entity_set.links.get(name)
    if link is None or not link.many:
        raise unknown_property(name, entity_set.type)
    if not creating:
        raise bad_request(f"Nested changes of '{name}' are not supported in a PATCH request.")
    if not isinstance(raw, list):
        raise bad_request(f"A collection is expected for the navigation property '{name}'.")
    if name not in call.switches.deep_insert:
        raise NavError(
            400,
            "BadRequest_InvalidOperation",
            f"Nested insert of '{name}' into '{entity_set.name}' is not supported.",
        )
    return link, raw
