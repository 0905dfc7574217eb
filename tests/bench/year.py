"""One year of an integration as rows: documents with all that hangs on them, the newest last."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Any
from uuid import UUID

from django.utils import timezone

from sync.models import (
    Document,
    Flow,
    FlowName,
    Integration,
    LedgerItem,
    Link,
    MappingEntry,
    Outcome,
    ReviewItem,
    Run,
    Version,
    Wait,
    Write,
)
from tests.bench.copying import copy_rows

SECONDS = 365 * 86_400
DOCUMENTS_OF_A_RUN = 10
CAUSES, SOLVED = 300, 3_000
SUPPLIERS, ORDERS = 0.03, 0.32  # shares; the rest are invoices and credit notes
SOLD_BY = 6_000
ITEMS = {"ledger_accounts": 1000, "dimension_values": 2000, "suppliers": SOLD_BY}
ENTRIES = 4_000
# Of a hundred documents so many are in each state.
_STATES = {"written": 93, "parked": 4, "waiting": 1, "settled": 1, "rejected": 1}
_BOUNDS = tuple(zip(_STATES, accumulate(_STATES.values()), strict=True))
_LINK_KINDS = {
    "supplier": "vendor",
    "purchase_order": "purchase_order",
    "invoice": "purchase_invoice",
    "credit_note": "purchase_credit_memo",
}
_BILLS = ("invoice", "credit_note")
_DIGEST = "f" * 64
_COUNTS = json.dumps({"read": 9, "written": 5, "parked": 1, "unchanged": 3})
_TOTALS = json.dumps([{"currency": "EUR", "read": "900.00", "written": "500.00"}])
_WRITTEN = json.dumps({"lines": [{"accountNumber": "8540", "amount": "50.00"}] * 2})
_PAYLOAD = json.dumps({"header": {"workflowStatus": "Completed", "note": "x" * 300}})
_MATCH = json.dumps({"sentence": "100.00 EUR fits order P0000001: 2 lines within every limit."})


class Year:
    """What document number `place` is: all tables ask the same, so that they fit together."""

    def __init__(self, integration: Integration, documents: int) -> None:
        self.integration, self.count = integration, documents
        self.now = timezone.now()
        self.documents = [self._id("document", place) for place in range(documents)]
        runs = max(len(FlowName), documents // DOCUMENTS_OF_A_RUN)
        self.runs = [self._id("run", place) for place in range(runs)]

    def load(self) -> None:
        """Insert everything, in the scope of the tenant."""
        self.load_documents()
        copy_rows(LedgerItem, self._items())
        copy_rows(MappingEntry, map(self._entry, range(ENTRIES)))

    def load_documents(self) -> None:
        """Insert the documents with all that hangs on them, without the ledger's codes."""
        copy_rows(Run, self._runs(self._flows()))
        copy_rows(Document, map(self._document, range(self.count)))
        copy_rows(Version, map(self._version, range(self.count)))
        copy_rows(Link, self._links())
        copy_rows(Write, self._writes())
        copy_rows(Outcome, map(self._outcome, range(self.count)))
        copy_rows(ReviewItem, map(self._review, range(CAUSES + SOLVED)))
        copy_rows(Wait, self._waits())

    def kind(self, place: int) -> tuple[str, str]:
        """Return flow and resource; the kinds are spread over the whole year."""
        share = place * 7919 % self.count / self.count
        if share < SUPPLIERS:
            return FlowName.SUPPLIERS, "supplier"
        if share < SUPPLIERS + ORDERS:
            return FlowName.PURCHASE_ORDERS, "purchase_order"
        return FlowName.INVOICES, "credit_note" if place % 50 == 0 else "invoice"

    def state(self, place: int) -> str:
        of_hundred = place * 31 % 100
        return next(name for name, bound in _BOUNDS if of_hundred < bound)

    def reference(self, place: int) -> str:
        return f"{self.kind(place)[1][0].upper()}{place:07d}"

    def moment(self, place: int) -> datetime:
        return self.now - timedelta(seconds=SECONDS * (self.count - place) / self.count)

    def amount(self, place: int) -> str | None:
        return None if self.kind(place)[1] == "supplier" else f"{place * 37 % 900_000 / 100:.2f}"

    def currency(self, place: int) -> str:
        return ("EUR", "EUR", "EUR", "GBP", "USD")[place % 5]

    def reason(self, place: int) -> dict[str, Any]:
        """Return why a parked document waits: a few causes hold most of them."""
        return _reason(min(place * 13 % CAUSES, place * 17 % CAUSES))

    def lines(self, place: int) -> list[dict[str, Any]]:
        """Return a document's lines; those of a parked one name the code that lacks a mapping."""
        if self.state(place) != "parked":
            return _LINES
        code = self.reason(place)["evidence"]["source_code"]
        coding = [{"kind": "percent", "share": "100", "segments": {"glAccount": code}}]
        return [line | {"coding": coding} for line in _LINES]

    def _document(self, place: int) -> dict[str, Any]:
        flow, resource = self.kind(place)
        state, moment, reference = self.state(place), self.moment(place), self.reference(place)
        number = f"RE{place}" if resource in _BILLS else ""
        supplier = place % SOLD_BY
        return {
            "id": self.documents[place],
            "integration_id": self.integration.pk,
            "flow_name": flow,
            "resource": resource,
            "source_id": f"{resource[0]}{place}",
            "source_version": "1",
            "modified_at": moment,
            "reference": reference,
            "reference_key": reference if resource == "purchase_order" else "",
            "supplier_reference": number,
            "number_key": number,
            "number_loose_key": number,
            "supplier_source_id": f"u{supplier}",
            "supplier_erp_number": f"V{supplier:05d}",
            "supplier_name": f"Supplier {supplier} Ltd",
            "parent_source_id": _parent(resource, place),
            "currency": self.currency(place),
            "amount": self.amount(place),
            "document_date": None if resource == "supplier" else moment.date(),
            "state": state,
            "reasons": json.dumps([self.reason(place)] if state == "parked" else []),
            "match": _MATCH if resource in _BILLS else None,
            "fingerprint": _DIGEST,
            "first_seen_at": moment,
            "decided_at": moment + timedelta(seconds=20),
            "changed_at": moment + timedelta(seconds=30),
        }

    def _version(self, place: int) -> dict[str, Any]:
        content = {
            "reference": self.reference(place),
            "total": self.amount(place),
            "currency": self.currency(place),
            "lines": self.lines(place),
        }
        return {
            "id": self._id("version", place),
            "document_id": self.documents[place],
            "number": 1,
            "source_version": "1",
            "payload": _PAYLOAD,
            "content": json.dumps(content),
            "fingerprint": _DIGEST,
            "received_at": self.moment(place),
        }

    def _effects(self) -> Iterator[tuple[int, int, str]]:
        """Yield place, number and kind of every effect in the ledger; invoices have a journal."""
        for place in range(self.count):
            if self.state(place) == "written":
                resource = self.kind(place)[1]
                yield place, place * 2, _LINK_KINDS[resource]
                if resource in _BILLS:
                    yield place, place * 2 + 1, "journal"

    def _links(self) -> Iterator[dict[str, Any]]:
        for place, number, kind in self._effects():
            yield {
                "id": self._id("link", number),
                "document_id": self.documents[place],
                "kind": kind,
                "remote_id": str(self._id("remote", number)),
                "number": f"N{number}",
                "status": "Draft",
                "created_at": self.moment(place) + timedelta(seconds=25),
            }

    def _writes(self) -> Iterator[dict[str, Any]]:
        for place, number, kind in self._effects():
            yield {
                "id": self._id("write", number),
                "integration_id": self.integration.pk,
                "connection_id": self.integration.ledger_id,
                "document_id": self.documents[place],
                "kind": kind,
                "operation": "create",
                "natural_key": f"{kind}|{number}",
                "content": _WRITTEN,
                "digest": _DIGEST,
                "state": "confirmed",
                "number": f"N{number}",
                "created_at": self.moment(place) + timedelta(seconds=22),
                "confirmed_at": self.moment(place) + timedelta(seconds=25),
            }

    def _flows(self) -> list[Flow]:
        return Flow.objects.bulk_create(
            Flow(
                integration=self.integration,
                resource=name,
                schedule={"kind": "interval", "every_minutes": 15},
                next_run_at=self.now + timedelta(minutes=5),
            )
            for name in FlowName
        )

    def _runs(self, flows: list[Flow]) -> Iterator[dict[str, Any]]:
        for place, run in enumerate(self.runs):
            at = self.now - timedelta(seconds=SECONDS * (len(self.runs) - place) / len(self.runs))
            yield {
                "id": run,
                "integration_id": self.integration.pk,
                "flow_id": flows[place % len(flows)].pk,
                "trigger": "schedule",
                "state": "succeeded" if place % 7 else "partial",
                "queued_at": at,
                "started_at": at,
                "finished_at": at + timedelta(seconds=40),
                "seen": 9,
                "expected": 9,
                "counts": _COUNTS,
                "totals": _TOTALS,
            }

    def _outcome(self, place: int) -> dict[str, Any]:
        """The first run brought two fifths of the documents, the others a few each."""
        first, later = self.count * 2 // 5, len(self.runs) - 1
        return {
            "id": self._id("outcome", place),
            "run_id": self.runs[0 if place < first else 1 + place % later],
            "document_id": self.documents[place],
            "reference": self.reference(place),
            "decision": "park" if self.state(place) == "parked" else "create",
            "state": self.state(place),
            "currency": self.currency(place),
            "amount": self.amount(place),
        }

    def _review(self, number: int) -> dict[str, Any]:
        reason = _reason(number)
        return {
            "id": self._id("review", number),
            "integration_id": self.integration.pk,
            "document_id": self.documents[number % self.count],
            "cause": reason["cause"],
            "code": reason["code"],
            "owner": reason["owner"],
            "reason": json.dumps(reason),
            "state": "open" if number < CAUSES else "resolved",
            "opened_at": self.now - timedelta(hours=number),
        }

    def _waits(self) -> Iterator[dict[str, Any]]:
        for place in range(self.count):
            if self.state(place) == "parked":
                cause = self.reason(place)["cause"]
                yield {
                    "id": self._id("wait", place),
                    "integration_id": self.integration.pk,
                    "document_id": self.documents[place],
                    "cause": cause,
                    "key": cause,
                }

    def _items(self) -> Iterator[dict[str, Any]]:
        """What the ledger offers."""
        for kind, size in ITEMS.items():
            for number in range(size):
                yield {
                    "integration_id": self.integration.pk,
                    "id": self._id(kind, number),
                    "kind": kind,
                    "code": f"V{number:05d}" if kind == "suppliers" else f"{number:05d}",
                    "remote_id": str(self._id(kind, number)),
                    "name": f"Name of {number}",
                    "fetched_at": self.now,
                }

    def _entry(self, number: int) -> dict[str, Any]:
        return {
            "id": self._id("entry", number),
            "integration_id": self.integration.pk,
            "kind": "ledger_account" if number % 2 else "cost_center",
            "source_code": f"KNOWN-{number}",
            "target_code": f"{number % 1000:05d}",
        }

    def _id(self, of: str, number: int) -> UUID:
        """Return the id of a row: known beforehand, another one in every integration."""
        return UUID(int=(self.integration.pk.int >> 64 << 64) | _TABLES.index(of) << 32 | number)


_TABLES = (
    "document",
    "run",
    "version",
    "link",
    "remote",
    "write",
    "outcome",
    "review",
    "wait",
    "entry",
    *ITEMS,
)
_LINES = [
    {
        "number": number,
        "description": f"Paper, box {number}",
        "quantity": "2",
        "unit": "EACH",
        "unit_price": "25.00",
        "amount": "50.00",
        "coding": [{"kind": "percent", "share": "100", "segments": {"glAccount": "OFFICE"}}],
    }
    for number in (1, 2)
]


def _parent(resource: str, place: int) -> str:
    """Every second supplier belongs to another one."""
    return f"s{place + 1}" if resource == "supplier" and place % 2 == 0 else ""


def _reason(number: int) -> dict[str, Any]:
    code = f"CODE-{number}"
    return {
        "code": "mapping_missing",
        "cause": f"mapping ledger_account {code}",
        "owner": "finance",
        "message": f"No ledger_account is mapped for {code}.",
        "fix": f"Map {code}; every document that waits for it goes on by itself.",
        "evidence": {"kind": "ledger_account", "source_code": code},
        "acceptable": False,
    }
