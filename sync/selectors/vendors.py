"""What the ledger offers; of its vendors those that are no supplier's, and the suppliers that have
no vendor."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from connectors.documents import ReferenceKind
from sync.domain.mapping import SUPPLIER
from sync.models import Document, FlowName, Integration, LedgerItem, Link, MappingEntry
from tenants.refusal import Invalid

_MOST = 500


def reference(
    integration: Integration, kind: str, *, search: str = "", bound: bool | None = None
) -> QuerySet[LedgerItem]:
    """Return what the ledger had of a kind when it was read last, all or by code or name.

    `bound`: the vendors that are some supplier's, by a link, a mapping or the number that a
    supplier carries; or those that are nobody's (domain rule 1b, 5). Raises Invalid for other
    kinds, which nothing is bound to.
    """
    rows = LedgerItem.objects.filter(integration=integration, kind=kind)
    if search:
        rows = rows.filter(Q(code__icontains=search) | Q(name__icontains=search))
    if bound is None:
        return rows
    if kind != ReferenceKind.SUPPLIERS:
        raise Invalid({"bound": ["Only `suppliers` are bound to something."]})
    is_bound = _is_bound(integration)
    return rows.filter(is_bound) if bound else rows.exclude(is_bound)


def suppliers_without_vendor(integration: Integration) -> list[tuple[str, str]]:
    """Return ids and names of suppliers that may be linked, by name, cut after a few hundred."""
    rows = Document.objects.filter(integration=integration, flow_name=FlowName.SUPPLIERS)
    bound = Q(pk__in=_links(integration).values("document"))
    bound |= Q(source_id__in=_mappings(integration).values("source_code"))
    free = rows.exclude(bound).order_by("supplier_name", "pk")
    return list(free.values_list("source_id", "supplier_name")[:_MOST])


def _is_bound(integration: Integration) -> Q:
    """Whether a vendor is some supplier's. Each list is read once and hashed: correlated, it would
    be read once for each vendor wherever the database's statistics are old."""
    suppliers = Document.objects.filter(integration=integration, flow_name=FlowName.SUPPLIERS)
    numbers = suppliers.exclude(supplier_erp_number="").values("supplier_erp_number")
    return (
        Q(remote_id__in=_links(integration).values("remote_id"))
        | Q(code__in=_mappings(integration).values("target_code"))
        | Q(code__in=numbers)
    )


def _links(integration: Integration) -> QuerySet[Link]:
    return Link.objects.filter(
        kind="vendor",
        document__integration=integration,
        document__flow_name=FlowName.SUPPLIERS,  # a few of all documents
    )


def _mappings(integration: Integration) -> QuerySet[MappingEntry]:
    return MappingEntry.objects.filter(
        integration=integration, kind=SUPPLIER, replaced_at__isnull=True
    )
