"""Orders that invoices name, as received, and what was invoiced against their lines so far."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db.models import F, Q

from connectors import codec
from connectors.documents import Invoice, SupplierRef
from sync.domain.references import order_reference_keys
from sync.engine.deciding.suppliers_known import SupplierDirectory
from sync.matching.context import OrderView
from sync.models import Document, FlowName, Integration, Version

_PROPOSALS = 200


def contents_of(documents: Iterable[Document]) -> dict[UUID, Any]:
    """Return the current content of each document in our words; unreadable ones are left out."""
    rows = Version.objects.filter(
        document__in=list(documents), number=F("document__version"), content__isnull=False
    )
    stored = rows.values_list("document_id", "content")
    return {document_id: codec.load(content) for document_id, content in stored}


def named_orders(integration: Integration, references: Iterable[str]) -> dict[UUID, Document]:
    """Return orders whose number, or the digits of it, is among the references."""
    keys = [order_reference_keys(text) for text in references if text]
    strict = {key.strict for key in keys} - {""}
    digits = {key.loose for key in keys} - {""}
    rows = Document.objects.filter(integration=integration, flow_name=FlowName.PURCHASE_ORDERS)
    found = rows.filter(
        Q(reference_key__in=strict) | Q(reference_digits__in=digits) | Q(alternate_key__in=strict)
    )
    return {document.pk: document for document in found}


def orders_of_suppliers(
    integration: Integration, suppliers: Iterable[SupplierRef]
) -> dict[UUID, Document]:
    """Return the latest orders of these suppliers, from which a candidate may be proposed."""
    suppliers = list(suppliers)
    numbers = {supplier.erp_number for supplier in suppliers} - {None, ""}
    ids = {supplier.source_id for supplier in suppliers} - {None, ""}
    rows = Document.objects.filter(
        Q(supplier_erp_number__in=numbers) | Q(supplier_source_id__in=ids),
        integration=integration,
        flow_name=FlowName.PURCHASE_ORDERS,
    )
    return {document.pk: document for document in rows.order_by("-document_date")[:_PROPOSALS]}


def order_views(
    documents: Mapping[UUID, Document], directory: SupplierDirectory
) -> dict[UUID, OrderView]:
    contents = contents_of(documents.values())
    views: dict[UUID, OrderView] = {}
    for pk, order in contents.items():
        ref = order.supplier
        views[pk] = OrderView(
            id=str(pk),
            document=order,
            supplier_key=directory.key(ref.source_id, ref.erp_number),
            family=directory.family(ref.source_id, ref.erp_number),
            lineage=directory.lineage(ref.source_id, ref.erp_number),
        )
    return views


def references_of(invoices: Iterable[Invoice], chosen: Iterable[str]) -> set[str]:
    named = {line.order_reference for invoice in invoices for line in invoice.lines}
    return {text for text in (*named, *chosen) if text}
