"""What the engine would have stored, made by hand: an integration with documents that wait."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count
from typing import Any

from django.utils import timezone

from connectors.documents import Resource
from sync.domain.reasons import reason
from sync.engine.parking import apply_causes, stored
from sync.models import (
    Allocation,
    Document,
    DocumentState,
    Flow,
    FlowName,
    Integration,
    LedgerFinding,
    LedgerItem,
    Link,
    ReviewItem,
    Version,
)
from sync.services.integrations import integration_create
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tests import factories

_numbers = count(1)
_FLOW = {
    Resource.SUPPLIER: FlowName.SUPPLIERS,
    Resource.PURCHASE_ORDER: FlowName.PURCHASE_ORDERS,
    Resource.INVOICE: FlowName.INVOICES,
    Resource.CREDIT_NOTE: FlowName.INVOICES,
}


def integration(of: Tenant, **details: Any) -> Integration:
    """Return an integration between two connections that nobody answers."""
    source, ledger = factories.connection(of, "jaggaer"), factories.connection(of, "nav")
    with tenant_scope(of.pk):
        made = integration_create(
            name=f"integration {next(_numbers)}",
            source=source,
            ledger=ledger,
            company="company-1",
            **details,
        )
    return made


def document(within: Integration, resource: str = Resource.INVOICE, **details: Any) -> Document:
    """Return a received document with one version."""
    number = next(_numbers)
    lines = details.pop("lines", [])
    now = timezone.now()
    values = {
        "source_id": f"id-{number}",
        "reference": f"R-{number}",
        "currency": "USD",
        "amount": Decimal("119.50"),
        "document_date": date(2026, 5, 4),
        "state": DocumentState.RECEIVED,
        "fingerprint": f"fingerprint-{number}",
        "first_seen_at": now,
        "changed_at": now,
        **details,
    }
    if isinstance(values["amount"], str):
        values["amount"] = Decimal(values["amount"])
    total = None if values["amount"] is None else format(values["amount"], "f")
    with tenant_scope(within.tenant_id):
        row = Document.objects.create(
            integration=within, flow_name=_FLOW[Resource(resource)], resource=resource, **values
        )
        Version.objects.create(
            document=row,
            number=1,
            source_version="1",
            payload={"invoiceId": row.source_id, "total": Decimal("119.50")},
            content={"_": "Invoice", "total": total, "lines": lines},
            received_at=now,
        )
    return row


def park(*rows: Document, code: str = "mapping_missing", **evidence: Any) -> ReviewItem:
    """Let documents wait for the cause that a reason gives; returns its review item."""
    first = rows[0]
    evidence = evidence or {"kind": "ledger_account", "source_code": "OFFICE"}
    with tenant_scope(first.tenant_id):
        why = reason(code, **evidence)
        for row in rows:
            row.state, row.reasons = DocumentState.PARKED, [stored(why)]
            row.save()
        apply_causes(first.integration, [(row, [why]) for row in rows], timezone.now())
        return ReviewItem.objects.get(integration=first.integration, cause=why.cause, state="open")


def offer(
    within: Integration, kind: str, code: str, name: str = "", *, why_not: str = ""
) -> LedgerItem:
    """Let the ledger offer a row of reference data."""
    with tenant_scope(within.tenant_id):
        item = LedgerItem.objects.create(
            integration=within,
            kind=kind,
            code=code,
            remote_id=f"remote {code}",
            name=name,
            usable=not why_not,
            why_not=why_not,
            fetched_at=timezone.now(),
        )
        within.reference_at = datetime(2026, 5, 1, tzinfo=UTC)
        within.save(update_fields=["reference_at"])
    return item


def link(row: Document, kind: str = "purchase_invoice", number: str = "PI-1") -> Link:
    with tenant_scope(row.tenant_id):
        return Link.objects.create(document=row, kind=kind, remote_id=f"r {number}", number=number)


def allocation(invoice: Document, order: Document, amount: str = "119.50") -> Allocation:
    """Let an invoice take from the first line of an order."""
    with tenant_scope(invoice.tenant_id):
        return Allocation.objects.create(
            document=invoice, order=order, order_line=1, quantity=Decimal(1), amount=Decimal(amount)
        )


def finding(row: Document, kind: str, *differences: Mapping[str, str]) -> LedgerFinding:
    """Let reconciliation have found that a document stands otherwise in the ledger."""
    now = timezone.now()
    with tenant_scope(row.tenant_id):
        return LedgerFinding.objects.create(
            integration=row.integration,
            document=row,
            effect="purchase_invoice",
            kind=kind,
            differences=list(differences),
            first_seen_at=now,
            last_seen_at=now,
        )


def fresh(row: Any) -> Any:
    """Return the row as it is stored now."""
    with tenant_scope(row.tenant_id):
        return type(row).objects.get(pk=row.pk)


def flow(within: Integration, name: str) -> Flow:
    with tenant_scope(within.tenant_id):
        return Flow.objects.get(integration=within, resource=name)
