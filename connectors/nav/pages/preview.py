"""What a step sends through pages, exactly as it would be sent; numbers not yet known in braces."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.base import PlannedRequest, Step
from connectors.nav import kinds, urls
from connectors.nav.pages import columns, entries, order_changes
from connectors.nav.pages.client import wire_body
from connectors.nav.pages.desk import Desk
from connectors.nav.steps import base_operation


def planned(desk: Desk, root: str, step: Step, known: Mapping[str, Any]) -> list[PlannedRequest]:
    """Return one request for a header or a change, and one for each line."""
    step = columns.placed(step, desk.books.setup())
    operation = base_operation(step.operation)
    if operation == kinds.UPDATE:
        path = desk.record_path(step.kind, str(step.content["id"]))
        return [_request(step, "PATCH", root + path, step.content["body"])]
    if operation == kinds.CHANGE:
        return order_changes.planned(desk, root, step)
    if operation == kinds.LINES:
        number = str(known.get("id") or urls.placeholder(f"number of the {step.kind}"))
        path = desk.lines_path(step.kind, {**known, "id": number})
        return [_request(step, "POST", root + path, line) for line in step.content["lines"]]
    if step.kind == kinds.JOURNAL:
        _, service = desk.books.services.journal()
        template = desk.books.known_template(step.content["batch"])
        lines = entries.bodies(template, step.content)
        return [_request(step, "POST", root + desk.path(service), line) for line in lines]
    path = desk.path(desk.service(step.kind))
    return [_request(step, "POST", root + path, step.content["body"])]


def _request(step: Step, method: str, path: str, body: Mapping[str, Any]) -> PlannedRequest:
    return PlannedRequest(step.operation, method, path, wire_body(body))
