"""What may be written to JAGGAER, and how: the profile's `writeBack` (JAGGAER contract 8).

Off by default, each capability an explicit flag. A body is a template: a text `{name}` stands for
one of our values, and what is not to change is left out of the body. A write names the record by
its key and sets values, so that a repetition changes nothing more; what became of one whose answer
was lost is read back from the company's profile.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.base import Found, PlannedRequest, Step, Written
from connectors.documents import SupplierChange
from connectors.errors import (
    AuthenticationError,
    ConfigurationError,
    ConnectorError,
    DocumentRefused,
    UnknownOutcome,
)
from connectors.http.answer import Answer
from connectors.http.session import Session
from connectors.jaggaer.profile import Envelope, Profile
from connectors.jaggaer.profile.placeholders import FIELDS, IDS, names_in
from connectors.jaggaer.profile.values import as_text

KIND = "supplier"
_JSON = {"Content-Type": "application/json", "Accept": "application/json"}
_BY_ID = "BRAVOID"  # the filter key of company profiles (contract 5.3)
_WHOLE = re.compile(r"\{(\w+)\}")
_UNCERTAIN = frozenset({408, 425})
_STATUS_WORDS = {"": ("active",), "payment": ("payment_hold", "blocked"), "all": ("blocked",)}


@dataclass(frozen=True, slots=True)
class Capability:
    """One enabled entry of `writeBack`."""

    name: str
    method: str
    path: str
    body: Any
    values: Mapping[str, Mapping[str, str]]

    @property
    def operation(self) -> str:
        return f"update_{re.sub('(?<=[a-z])(?=[A-Z])', '_', self.name).lower()}"

    @property
    def fields(self) -> frozenset[str]:
        """Our fields that its body carries."""
        return frozenset(FIELDS[name] for name in names_in(self.body) if name in FIELDS)


def capabilities(profile: Profile) -> list[Capability]:
    """Return what the profile lets us write of suppliers, in the order of their names."""
    raw = profile.raw.get("writeBack") or {}
    return [
        Capability(name, spec["method"], spec["path"], spec["body"], spec.get("values") or {})
        for name, spec in sorted(raw.items())
        if spec["enabled"] and name.startswith(KIND)
    ]


def unused_capabilities(profile: Profile) -> list[str]:
    """Return what the profile enables and nothing here makes use of: their shape is not public."""
    raw = profile.raw.get("writeBack") or {}
    return [name for name in sorted(raw) if raw[name]["enabled"] and not name.startswith(KIND)]


_LONGEST = 120.0  # seconds, well within a lease


class WriteBack:
    """Plans, sends and reads back changes of suppliers."""

    def __init__(self, session: Session, profile: Profile) -> None:
        self._session = session
        self._profile = profile
        self._envelope = Envelope(profile.envelope)
        self._capabilities = capabilities(profile)

    @property
    def settle_seconds(self) -> float:
        """How long after a request JAGGAER may still apply it; its reads and writes are
        synchronous (contract 9), so that this is our own patience. Never longer than the lease of
        a worker, or nothing would be sent."""
        return min(self._profile.seconds("detail", _LONGEST), _LONGEST)

    def takes(self) -> frozenset[str]:
        """Return the fields of a supplier that may be written."""
        return frozenset(name for one in self._capabilities for name in one.fields)

    def plan(self, change: SupplierChange) -> list[Step]:
        """Turn a change into one step for each capability it needs.

        A value that is not known yet, the number that the ledger will give, stays a placeholder.
        Raises ValueError where the profile has no word for a value.
        """
        steps = []
        for one in self._capabilities:
            wanted = {ours: change.fields[ours] for ours in one.fields if ours in change.fields}
            if wanted:
                steps.append(self._step(one, change, wanted))
        return steps

    def _step(self, one: Capability, change: SupplierChange, wanted: Mapping[str, str]) -> Step:
        theirs = {name: _word(one, name, wanted[ours]) for name, ours in _named(one, wanted)}
        theirs |= dict.fromkeys(IDS, change.profile_id) | {"sourceId": change.source_id}
        body = _render(one.body, theirs)
        names = {name for name, ours in FIELDS.items() if ours in wanted}
        return Step(
            KIND,
            one.operation,
            f"{change.profile_id}|{one.operation}",
            {
                "fields": dict(wanted),
                "version": change.version,
                "method": one.method,
                "path": one.path,
                "body": body,
                "id": change.profile_id,
                "id_name": next((n for n, text in _leaves(one.body) if names_in(text) & IDS), ""),
                "values": {n: text for n, text in _leaves(body) if n in _carriers(one, names)},
            },
        )

    def request(self, step: Step, known: Mapping[str, Any]) -> PlannedRequest:
        body = _filled(step.content["body"], known)
        return PlannedRequest(step.operation, step.content["method"], step.content["path"], body)

    def send(self, step: Step, known: Mapping[str, Any]) -> Written:
        """Send a step once. Raises DocumentRefused with JAGGAER's words, also where the client
        lacks the right to write; UnknownOutcome where nobody can tell."""
        request = self.request(step, known)
        try:
            answer = self._session.write(
                request.method,
                request.path,
                body=json.dumps(request.body, ensure_ascii=False).encode(),
                headers=_JSON,
                timeout=self.settle_seconds,
            )
        except AuthenticationError:
            raise
        except ConfigurationError as error:
            if error.code != "forbidden":
                raise
            raise DocumentRefused(
                "JAGGAER does not let this client change suppliers.",
                code="write_back_forbidden",
                status=error.status,
                request_id=error.request_id,
            ) from error
        self._raise_refused(answer)
        return _written(step, known)

    def _raise_refused(self, answer: Answer) -> None:
        facts = {"status": answer.status, "request_id": answer.request_id}
        if answer.status >= 500 or answer.status in _UNCERTAIN or answer.status < 200:
            raise UnknownOutcome("JAGGAER did not confirm the change.", **facts)
        if answer.status >= 400:
            raise DocumentRefused(
                f"JAGGAER answers with HTTP {answer.status}: {_said(answer)}.",
                code="source_refused",
                **facts,
            )
        body = answer.json(lenient=True)
        code = _scalar(self._envelope.code, body)
        if code is None:
            raise UnknownOutcome("JAGGAER's answer to the change holds no returnCode.", **facts)
        if as_text(code).strip() in self._envelope.ok | self._envelope.warn:
            return
        message = as_text(_scalar(self._envelope.message, body) or "").strip()[:300]
        raise DocumentRefused(
            f"JAGGAER says: {message or f'code {as_text(code)}'}.", code="source_refused", **facts
        )

    def find(self, steps: Sequence[tuple[Step, Mapping[str, Any]]]) -> list[list[Found]]:
        """Look whether the company's profile shows the values; nothing found where it does not."""
        seen: dict[tuple[str, str], Mapping[str, Any] | None] = {}
        answers = []
        for step, known in steps:
            key = (step.content["path"], step.content["id"])
            if key not in seen:
                seen[key] = self._record(step)
            record = seen[key]
            wanted = _filled(step.content["values"], known)
            stands = record is not None and all(
                as_text(record.get(name, "")).strip() == as_text(value).strip()
                for name, value in wanted.items()
            )
            found = Found(_written(step, known), same=True, document=record or {})
            answers.append([found] if stands and wanted else [])
        return answers

    def _record(self, step: Step) -> Mapping[str, Any] | None:
        filters = self._profile.filter
        params = []
        if filters["style"] == "fiql":
            params = [(filters["param"], f"{_BY_ID}=={step.content['id']}")]
        try:
            answer = self._session.get(step.content["path"], params=params)
        except ConnectorError as error:
            if error.code == "forbidden":
                return None
            raise
        body = answer.json(lenient=True) if answer.status == 200 else None
        name, key = step.content["id_name"], step.content["id"]
        return next((row for row in _objects(body) if as_text(row.get(name, "")) == key), None)


# Templates.


def _named(one: Capability, wanted: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name in names_in(one.body):
        if FIELDS.get(name) in wanted:
            yield name, FIELDS[name]


def _word(one: Capability, name: str, value: str) -> str:
    """Return the profile's word for a value; a blank number is one that is not known yet."""
    if name == "erpNumber" and not value:
        return "{erpNumber}"
    table = one.values.get(name)
    if table is None:
        return value
    words = _STATUS_WORDS.get(value, (value,)) if name == "status" else (value,)
    for word in words:
        if word in table:
            return table[word]
    raise ValueError(f"writeBack.{one.name}.values.{name} has no word for {words[-1]}")


def _render(template: Any, values: Mapping[str, str]) -> Any:
    """Fill a template; an entry whose value is not to change is left out."""
    if isinstance(template, Mapping):
        filled = {name: _render(part, values) for name, part in template.items()}
        return {name: part for name, part in filled.items() if part is not None}
    if isinstance(template, list):
        return [part for part in (_render(item, values) for item in template) if part is not None]
    if not isinstance(template, str) or names_in(template) <= values.keys():
        return _text(template, values)
    return None


def _text(template: Any, values: Mapping[str, str]) -> Any:
    if not isinstance(template, str):
        return template
    return _WHOLE.sub(lambda found: values[found[1]], template)


def _written(step: Step, known: Mapping[str, Any]) -> Written:
    """Say what was told: a number that the ledger gave meanwhile stands in no field of the step."""
    is_given = "{erpNumber}" in str(step.content["body"])
    number = str(known.get("vendor_number") or "") if is_given else ""
    return Written(step.content["id"], number=number)


def _filled(body: Any, known: Mapping[str, Any]) -> Any:
    """Put in the number that the ledger gave meanwhile."""
    if isinstance(body, Mapping):
        return {name: _filled(part, known) for name, part in body.items()}
    if isinstance(body, list):
        return [_filled(part, known) for part in body]
    if isinstance(body, str) and "{erpNumber}" in body:
        return body.replace("{erpNumber}", str(known.get("vendor_number") or "{erpNumber}"))
    return body


def _leaves(body: Any) -> Iterator[tuple[str, str]]:
    """Yield name and text of every text inside a body."""
    if isinstance(body, Mapping):
        for name, part in body.items():
            if isinstance(part, str):
                yield name, part
            else:
                yield from _leaves(part)
    elif isinstance(body, list):
        for part in body:
            yield from _leaves(part)


def _carriers(one: Capability, names: set[str]) -> set[str]:
    """Return the entries of a body that carry one of these values."""
    return {name for name, text in _leaves(one.body) if names_in(text) & names}


def _objects(body: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(body, Mapping):
        yield body
        for part in body.values():
            yield from _objects(part)
    elif isinstance(body, list):
        for part in body:
            yield from _objects(part)


def _scalar(path: Any, body: Any) -> Any:
    return path.scalar(body, body) if path is not None and isinstance(body, Mapping) else None


def _said(answer: Answer) -> str:
    try:
        body = answer.plain_json(lenient=True)
    except ConnectorError:
        return "no reason given"
    texts = [text for name, text in _leaves(body) if "message" in name.lower() or name == "error"]
    return (texts[0] if texts else "no reason given")[:300]
