"""`$batch` bodies: building them, and reading their answers one operation at a time.

The outer status says nothing (NAV contract 5.4). With `snapshot` a failure undoes all operations,
with `continue_on_error` each stands for itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from connectors.errors import ConnectorError, DocumentRefused, UnexpectedAnswer, UnknownOutcome
from connectors.http.jsonbody import parse_json
from connectors.nav.errors import failure

MOST_OPERATIONS = 100


class Mode(StrEnum):
    """What one failed operation does to the others."""

    CONTINUE = "continue_on_error"  # nothing
    SNAPSHOT = "snapshot"  # all are undone


HEADERS: Mapping[Mode, Mapping[str, str]] = {
    Mode.CONTINUE: {"Prefer": "odata.continue-on-error"},
    Mode.SNAPSHOT: {"Isolation": "snapshot"},
}


@dataclass(frozen=True, slots=True)
class Operation:
    """One request inside a batch; `url` is relative to the API root."""

    id: str
    method: str
    url: str
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer of one operation."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def error(self) -> ConnectorError | None:
        return failure(self.status, self.body, write=True, headers=self.headers)


def build(operations: Sequence[Operation]) -> dict[str, Any]:
    """Return the body of a batch. Raises ValueError for none, too many or equal ids: such a batch
    is never sent."""
    if not 1 <= len(operations) <= MOST_OPERATIONS:
        raise ValueError(f"a batch takes 1 to {MOST_OPERATIONS} operations, not {len(operations)}")
    if len({operation.id for operation in operations}) != len(operations):
        raise ValueError("operations of a batch need different ids")
    return {"requests": [_request(operation) for operation in operations]}


def _request(operation: Operation) -> dict[str, Any]:
    headers = {"Accept": "application/json", "Accept-Language": "en-US"}
    if operation.body is not None:
        headers["Content-Type"] = "application/json"
    request: dict[str, Any] = {
        "id": operation.id,
        "method": operation.method,
        "url": operation.url,
        "headers": {**headers, **operation.headers},
    }
    if operation.body is not None:
        request["body"] = operation.body
    return request


def read_replies(payload: Any, ids: Sequence[str]) -> dict[str, Reply | None]:
    """Match the answers to the operations by id, in whatever order they come.

    None stands for an operation without an answer, and for one that two answers claim. Raises
    UnknownOutcome when the payload is no batch answer at all.
    """
    responses = payload.get("responses") if isinstance(payload, Mapping) else None
    if not isinstance(responses, list):
        raise UnknownOutcome("NAV's answer to a batch holds no list of responses.")
    found: dict[str, list[Reply | None]] = {name: [] for name in ids}
    for response in responses:
        if isinstance(response, Mapping) and str(response.get("id")) in found:
            found[str(response["id"])].append(_reply(response))
    return {name: replies[0] if len(replies) == 1 else None for name, replies in found.items()}


def _reply(response: Mapping[str, Any]) -> Reply | None:
    status = response.get("status")
    if isinstance(status, str) and status.isdigit():
        status = int(status)
    if isinstance(status, bool) or not isinstance(status, int):
        return None
    headers = response.get("headers")
    body = _body(response.get("body"))
    return Reply(status, body, headers if isinstance(headers, Mapping) else {})


def _body(body: Any) -> Any:
    """Return the body of an operation, also of one whose JSON comes as text."""
    if not isinstance(body, str):
        return body
    try:
        return parse_json(body.encode(), "application/json")
    except UnexpectedAnswer:
        return body


def together(replies: Mapping[str, Reply | None]) -> ConnectorError | None:
    """Say what became of a snapshot batch: None when every operation succeeded.

    One understood refusal means that nothing was applied, whatever the other answers say; a missing
    answer without such a refusal leaves the outcome unknown.
    """
    errors = [reply.error for reply in replies.values() if reply is not None]
    refusals = [e for e in errors if e is not None and not isinstance(e, UnknownOutcome)]
    if refusals:
        return min(refusals, key=lambda error: isinstance(error, DocumentRefused))
    for error in errors:
        if error is not None:
            return error
    if any(reply is None for reply in replies.values()):
        return UnknownOutcome("NAV's answer to a batch leaves out operations.")
    return None
