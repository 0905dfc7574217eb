"""What the ledger offers; of its vendors those that are no supplier's, and the suppliers that have
no vendor."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet

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
    return rows.filter(_is_bound()) if bound else rows.exclude(_is_bound())


def suppliers_without_vendor(integration: Integration) -> list[tuple[str, str]]:
    """Return ids and names of suppliers that may be linked, by name, cut after a few hundred."""
    rows = Document.objects.filter(integration=integration, flow_name=FlowName.SUPPLIERS)
    mapped = _current_mappings().filter(
        integration=OuterRef("integration"), source_code=OuterRef("source_id")
    )
    free = rows.exclude(_has_vendor()).exclude(Exists(mapped)).order_by("supplier_name", "pk")
    return list(free.values_list("source_id", "supplier_name")[:_MOST])


def _has_vendor() -> Exists:
    return Exists(Link.objects.filter(document=OuterRef("pk"), kind="vendor"))


def _is_bound() -> Q:
    linked = Link.objects.filter(
        kind="vendor",
        remote_id=OuterRef("remote_id"),
        document__integration=OuterRef("integration"),
    )
    mapped = _current_mappings().filter(
        integration=OuterRef("integration"), target_code=OuterRef("code")
    )
    named = Document.objects.filter(
        integration=OuterRef("integration"),
        flow_name=FlowName.SUPPLIERS,
        supplier_erp_number=OuterRef("code"),
    )
    return Q(Exists(linked)) | Q(Exists(mapped)) | Q(Exists(named))


def _current_mappings() -> QuerySet[MappingEntry]:
    return MappingEntry.objects.filter(kind=SUPPLIER, replaced_at__isnull=True)
