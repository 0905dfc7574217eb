"""Documents that name their supplier by its ERP number alone, and the supplier that it means."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db.models import Q

from sync.models import Document, FlowName, Integration


def named_by_number(supplier: str, prefix: str = "", ours: Sequence[UUID] | None = None) -> Q:
    """Find what names a supplier of this `source_id` by its ERP number, in the integration that
    received the supplier; `prefix` leads to the document, e.g. `document__`. `ours` are all
    integrations, for whoever has loaded them."""
    if ours is None:
        ours = list(Integration.objects.values_list("pk", flat=True))
    suppliers = Document.objects.filter(
        integration__in=ours, flow_name=FlowName.SUPPLIERS, source_id=supplier
    ).exclude(supplier_erp_number="")
    found = Q(pk__in=[])
    for integration, number in suppliers.values_list("integration", "supplier_erp_number"):
        found |= Q(**{f"{prefix}integration": integration, f"{prefix}supplier_erp_number": number})
    return found


def source_ids(rows: Iterable[Document]) -> dict[UUID, str]:
    """Return the `source_id` of the supplier of each document that names only its ERP number.

    A number that two suppliers of an integration have tells neither. One query, none where every
    document names its supplier's id.
    """
    unnamed = [row for row in rows if not row.supplier_source_id and row.supplier_erp_number]
    if not unnamed:
        return {}
    known: dict[tuple[UUID, str], set[str]] = {}
    suppliers = Document.objects.filter(
        integration__in={row.integration_id for row in unnamed},
        flow_name=FlowName.SUPPLIERS,
        supplier_erp_number__in={row.supplier_erp_number for row in unnamed},
    )
    for integration, number, source_id in suppliers.values_list(
        "integration", "supplier_erp_number", "source_id"
    ):
        known.setdefault((integration, number), set()).add(source_id)
    found: dict[UUID, str] = {}
    for row in unnamed:
        ids = known.get((row.integration_id, row.supplier_erp_number), set())
        if len(ids) == 1:
            found[row.pk] = next(iter(ids))
    return found
