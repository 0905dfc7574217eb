"""Documents as people look for them, and everything that is shown beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.db.models.fields.json import KeyTextTransform

from connectors.documents import ReferenceKind
from sync.domain.mapping import SUPPLIER
from sync.domain.money import exponent
from sync.domain.references import invoice_number_key, order_reference_keys
from sync.models import Document, FlowName, Integration, LedgerItem, Link, MappingEntry, Version
from sync.selectors.supplier_codes import named_by_number, source_ids
from sync.services.documents import dated, of_run, waiting_for

_MOST_LINKED = 1000
_MOST_NAMES = 200


def documents(
    *,
    integration: UUID | None = None,
    resource: str | None = None,
    state: str | None = None,
    reference: str | None = None,
    supplier: str | None = None,
    source_id: str | None = None,
    changed_since: datetime | None = None,
    review: UUID | None = None,
    payment: str | None = None,
    run: UUID | None = None,
    since: date | None = None,
    until: date | None = None,
) -> QuerySet[Document]:
    """Return the documents that fit, links included.

    `reference` is any number that people quote: the document's own, the supplier's, the ledger's;
    `supplier` its id at the source, its vendor number or a part of its name; `run` one that decided
    on it; `since` and `until` are days of the document.
    """
    exact: dict[str, Any] = {
        "integration": integration,
        "resource": resource,
        "state": state,
        "source_id": source_id,
        "changed_at__gte": changed_since,
    }
    rows = Document.objects.filter(
        **{name: value for name, value in exact.items() if value is not None}
    )
    if reference is not None:
        # Named, since every index on numbers begins with the integration.
        ours = list(Integration.objects.values_list("pk", flat=True))
        rows = rows.filter(_quoted(reference), integration__in=ours)
    if supplier is not None:
        rows = rows.filter(_of_supplier(supplier))
    if review is not None:
        rows = waiting_for(rows, review)
    if payment is not None:
        rows = rows.filter(Exists(Link.objects.filter(document=OuterRef("pk"), payment=payment)))
    if run is not None:
        rows = of_run(rows, run)
    return dated(rows, since, until).prefetch_related("links")


def _quoted(reference: str) -> Q:
    found = Q(reference=reference) | Q(supplier_reference=reference)
    order, invoice = order_reference_keys(reference).strict, invoice_number_key(reference)
    if order:
        found |= Q(reference_key=order)
    if invoice:
        found |= Q(number_key=invoice)
    linked = Link.objects.filter(number=reference).values_list("document", flat=True)
    return found | Q(pk__in=list(linked[:_MOST_LINKED]))


def _of_supplier(supplier: str) -> Q:
    """Find by id, number or name; a part that few names hold is turned into those names first.

    The names alone lie in an index. A part that many names hold is found soon in any list, so that
    every row of it may be asked.
    """
    ours = list(Integration.objects.values_list("pk", flat=True))
    holds = Q(supplier_name__icontains=supplier)
    known = Document.objects.filter(holds).order_by().values_list("supplier_name", flat=True)
    names = list(known.distinct()[: _MOST_NAMES + 1])
    if len(names) <= _MOST_NAMES:
        holds = Q(supplier_name__in=names)
    by_id = Q(supplier_source_id=supplier, integration__in=ours)
    by_id |= named_by_number(supplier, ours=ours)
    return by_id | Q(supplier_erp_number=supplier) | holds


@dataclass(frozen=True, slots=True)
class Beside:
    """What the row of a document does not hold itself."""

    versions: int = 1
    total_text: str | None = None  # as received, with its own decimals
    vendor_number: str | None = None
    supplier_source_id: str | None = None


def beside(rows: Sequence[Document]) -> dict[UUID, Beside]:
    """Return what is shown beside each document; six queries, however many they are."""
    counts = dict(
        Version.objects.filter(document__in=rows)
        .order_by()
        .values_list("document")
        .annotate(versions=Count("pk"))
    )
    totals = dict(
        Version.objects.filter(document__in=rows, number=F("document__version")).values_list(
            "document", KeyTextTransform("total", "content")
        )
    )
    numbers, ids = vendor_numbers(rows), source_ids(rows)
    return {
        row.pk: Beside(
            counts.get(row.pk, 0),
            totals.get(row.pk),
            numbers.get(row.pk),
            row.supplier_source_id or ids.get(row.pk),
        )
        for row in rows
    }


def amount_text(amount: Decimal | None, currency: str, received: str | None = None) -> str | None:
    """Write an amount as it was received; else without zeros beyond the currency's decimals."""
    if amount is None:
        return None
    if received is not None and Decimal(received) == amount:
        return received
    text = format(amount, "f")
    whole, _, decimals = text.partition(".")
    kept = decimals.rstrip("0").ljust(exponent(currency), "0")
    return f"{whole}.{kept}" if kept else whole


def vendor_numbers(rows: Sequence[Document]) -> dict[UUID, str]:
    """Return the vendor that each document's supplier is in the ledger.

    Found as matching finds it: by mapping, by the supplier that we wrote, by the number itself.
    """
    integrations = {row.integration_id for row in rows}
    ids = {row.supplier_source_id for row in rows} - {""}
    codes = {row.supplier_erp_number for row in rows} - {""}
    mapped = {
        (entry.integration_id, entry.source_code): entry.target_code
        for entry in MappingEntry.objects.filter(
            integration__in=integrations,
            kind=SUPPLIER,
            source_code__in=ids,
            replaced_at__isnull=True,
        )
    }
    linked = _linked_vendors(integrations, ids, codes)
    known = set(
        LedgerItem.objects.filter(
            integration__in=integrations, kind=ReferenceKind.SUPPLIERS, code__in=codes
        ).values_list("integration", "code")
    )
    found: dict[UUID, str] = {}
    for row in rows:
        by_id = (row.integration_id, row.supplier_source_id)
        by_code = (row.integration_id, row.supplier_erp_number)
        number = mapped.get(by_id) or linked.get(by_id) or linked.get(by_code)
        if number or by_code in known:
            found[row.pk] = number or row.supplier_erp_number
    return found


def _linked_vendors(
    integrations: set[UUID], ids: set[str], codes: set[str]
) -> dict[tuple[UUID, str], str]:
    links = Link.objects.filter(
        kind="vendor",
        document__integration__in=integrations,
        document__flow_name=FlowName.SUPPLIERS,
    ).filter(Q(document__source_id__in=ids) | Q(document__supplier_erp_number__in=codes))
    linked: dict[tuple[UUID, str], str] = {}
    for integration, source_id, code, number in links.values_list(
        "document__integration", "document__source_id", "document__supplier_erp_number", "number"
    ):
        if number:
            linked[integration, source_id] = number
            if code:
                linked.setdefault((integration, code), number)
    return linked


def current_version(document: Document) -> Version | None:
    return Version.objects.filter(document=document, number=document.version).first()
