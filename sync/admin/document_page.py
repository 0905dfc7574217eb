"""One document's page: where it stands, why, its lines, what was written, and its story."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from django.db.models import Q

from audit.models import AuditEvent
from audit.redaction import redact
from sync.admin.columns import (
    DOCUMENT_FIGURES,
    DOCUMENT_HEADINGS,
    asked_for_by,
    document_row,
    plain,
    reasons_table,
)
from sync.models import Document, FlowName, Link, Outcome, Override, Version, Wait, Write
from tenants.support.cells import Link as To
from tenants.support.cells import badge, list_of, money, page_at, page_of
from tenants.support.reading import rows
from tenants.support.sections import Facts, Raw, Section, Story, Table
from tenants.support.story import story_of

_EVENTS, _VERSIONS, _LINES, _OF_SUPPLIER = 200, 20, 200, 15


def sections_of(document: Document) -> Iterator[Section]:
    """Yield everything that is known of a document."""
    versions = list(rows(Version).filter(document=document).order_by("-number")[:_VERSIONS])
    newest = next((one for one in versions if one.number == document.version), None)
    yield _facts(document, versions)
    yield reasons_table(document.reasons)
    yield from _of_supplier(document)
    yield from _match(document)
    yield _ledger(document)
    yield from _lines(newest)
    yield _writes(document)
    yield from _accepted(document)
    yield _story(document)
    yield _runs(document)
    for version in versions:
        yield Raw(
            f"Version {version.number} as received {version.received_at:%Y-%m-%d %H:%M} UTC",
            {
                "payload": version.payload,
                "problems": version.problems,
            },
        )


def _facts(document: Document, versions: Sequence[Version]) -> Facts:
    last = max((one.number for one in versions), default=0)
    waits = rows(Wait).filter(document=document).values_list("cause", flat=True)
    return Facts(
        "Document",
        [
            ("State", badge(document.state)),
            ("What", document.resource.replace("_", " ")),
            ("Reference", document.reference),
            ("Supplier's number", document.supplier_reference),
            ("Supplier", _supplier(document)),
            ("Supplier's ERP number", document.supplier_erp_number),
            ("Amount", money(document.amount, document.currency)),
            ("Document date", document.document_date),
            ("Business unit", document.business_unit),
            ("Id at the source", document.source_id),
            ("Changed at the source", document.modified_at),
            ("First seen", document.first_seen_at),
            ("Decided", document.decided_at or "not yet"),
            (
                "Version",
                f"{document.version} of {last}",
            ),
            ("Waits for", list(waits)),
            ("Integration", page_of(document.integration)),
            ("Id", document.pk),
        ],
    )


def _supplier(document: Document) -> Any:
    """Return the supplier's name with a link to its own page."""
    named = Q(source_id=document.supplier_source_id or None)
    if document.supplier_erp_number:
        named |= Q(supplier_erp_number=document.supplier_erp_number)
    if document.flow_name == FlowName.SUPPLIERS:
        return document.supplier_name
    found = rows(Document).filter(
        named, integration=document.integration_id, flow_name=FlowName.SUPPLIERS
    )
    return page_of(found.first(), document.supplier_name) or document.supplier_name


def _of_supplier(document: Document) -> Iterator[Section]:
    """Yield what a supplier has sent and was ordered from it, on the supplier's own page.

    Documents name it by its ERP number or, some profiles, by its id at the source.
    """
    if document.flow_name != FlowName.SUPPLIERS:
        return
    name = document.supplier_erp_number or document.source_id
    found = rows(Document).filter(
        Q(supplier_source_id=document.source_id) | Q(supplier_erp_number=name),
        integration=document.integration_id,
    )
    newest = found.exclude(pk=document.pk).order_by("-pk")[:_OF_SUPPLIER]
    yield Table(
        f"Its documents (the newest {_OF_SUPPLIER})",
        DOCUMENT_HEADINGS,
        [document_row(one) for one in newest],
        figures=DOCUMENT_FIGURES,
        more=list_of(
            Document, "All of them", integration=document.integration_id, supplier=quote(name)
        ),
    )


def _match(document: Document) -> Iterator[Section]:
    if not document.match:
        return
    match = redact(document.match)
    yield Facts("Match", [("In a sentence", match.get("sentence"))])
    if match.get("allocations"):
        orders = _orders(document, {str(one.get("order")) for one in match["allocations"]})
        yield Table(
            "What it takes from orders",
            ("Line", "Order", "Order line", "Quantity", "Amount", "Found by"),
            [
                (
                    one.get("line"),
                    orders.get(one.get("order"), one.get("order")),
                    one.get("order_line"),
                    one.get("quantity"),
                    one.get("amount"),
                    one.get("chosen_by") or one.get("basis"),
                )
                for one in match["allocations"]
            ],
            figures=("Quantity", "Amount"),
        )
    if match.get("checks"):
        yield Table(
            "What was compared",
            ("Result", "Rule", "Order", "Lines", "Numbers"),
            [
                (
                    badge("pass" if one.get("ok") else "fail"),
                    str(one.get("rule", "")).replace("_", " "),
                    _place(one),
                    ", ".join(map(str, one.get("lines") or [])),
                    one.get("numbers"),
                )
                for one in match["checks"]
            ],
        )


def _orders(document: Document, references: Iterable[str]) -> dict[str, Any]:
    """Return links to the orders of the same integration that bear these references."""
    found = rows(Document).filter(
        integration=document.integration_id,
        flow_name=FlowName.PURCHASE_ORDERS,
        reference__in=references,
    )
    return {order.reference: page_of(order) for order in found}


def _place(check: Mapping[str, Any]) -> str:
    line = check.get("order_line")
    return f"{check.get('order') or ''}{f' / {line}' if line else ''}"


def _ledger(document: Document) -> Table:
    found = rows(Link).filter(document=document).order_by("created_at")
    return Table(
        "In the ledger",
        ("What", "Number", "Status", "Id there", "Since"),
        [
            (
                one.kind.replace("_", " "),
                To(one.number, one.url) if one.url.startswith("https://") else one.number,
                one.status,
                one.remote_id,
                one.created_at,
            )
            for one in found
        ],
        empty="Nothing of it stands in the ledger.",
    )


def _lines(version: Version | None) -> Iterator[Section]:
    lines = (version.content or {}).get("lines") if version else None
    if not lines:
        return
    yield Table(
        f"Lines of version {version.number}",
        ("Line", "Description", "Quantity", "Unit", "Price", "Amount", "Order", "Coding"),
        [
            (
                line.get("number"),
                line.get("description"),
                plain(line.get("quantity")),
                line.get("unit"),
                plain(line.get("unit_price")),
                plain(line.get("amount")),
                _order(line),
                [part.get("segments") for part in line.get("coding") or []],
            )
            for line in redact(lines[:_LINES])
        ],
        figures=("Quantity", "Price", "Amount"),
    )


def _order(line: Mapping[str, Any]) -> str:
    parts = (line.get("order_reference"), line.get("order_line"))
    return " / ".join(str(part) for part in parts if part)


def _writes(document: Document) -> Table:
    found = rows(Write).filter(document=document).order_by("created_at", "sequence")
    return Table(
        "Writes",
        ("What", "State", "Key at the ledger", "Number", "Attempt", "Sent", "Confirmed", "Said"),
        [
            (
                page_of(one, f"{one.operation} {one.kind.replace('_', ' ')}"),
                badge(one.state),
                one.natural_key,
                one.number,
                one.attempt,
                one.sent_at,
                one.confirmed_at,
                redact((one.error or {}).get("message", "")),
            )
            for one in found
        ],
        empty="Nothing was to be written.",
    )


def _accepted(document: Document) -> Iterator[Section]:
    found = list(rows(Override).filter(document=document).order_by("created_at"))
    if found:
        yield Table(
            "Accepted by people",
            ("What", "Note", "Who", "Second person", "When"),
            [
                (one.code, redact(one.note), one.actor, one.second_actor, one.created_at)
                for one in found
            ],
        )


def _story(document: Document) -> Story:
    events = rows(AuditEvent).filter(tenant=document.tenant_id, document=document.pk)
    newest = list(events.order_by("-seq")[:_EVENTS])
    return Story(
        "Story",
        story_of(reversed(newest)),
        more=list_of(AuditEvent, "All its events", document=document.pk),
    )


def _runs(document: Document) -> Table:
    found = rows(Outcome).select_related("run", "run__flow").filter(document=document)
    return Table(
        "Runs that met it",
        ("Run", "Asked for by", "When", "Decision", "State then"),
        [
            (
                page_at(one.run._meta, one.run_id, one.run.flow.resource.replace("_", " ")),
                asked_for_by(one.run),
                one.run.started_at,
                badge(one.decision),
                badge(one.state),
            )
            for one in found.order_by("-pk")[:20]
        ],
    )
