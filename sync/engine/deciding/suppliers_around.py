"""What a block of suppliers is decided with: their vendors, parents, and who holds which vendor."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet

from connectors.documents import ReferenceKind, Supplier
from sync.domain import mapping
from sync.domain.vendors import VendorView, number_in, supplier_keys, vendor_keys
from sync.engine.deciding.mappings_known import mapping_tables
from sync.engine.deciding.suppliers_standing import open_documents, written_back
from sync.engine.site import Site
from sync.models import Document, FlowName, Integration, LedgerItem, Link, Override

_BANK = "bank_details_changed"
_AMBIGUOUS = "supplier_ambiguous"


class Holder(NamedTuple):
    """The supplier that exchanges fields with a vendor."""

    id: Any
    source_id: str

    @classmethod
    def of(cls, document: Document) -> Holder:
        return cls(document.pk, document.source_id)


@dataclass
class Surroundings:
    """Everything about a block that is loaded at once."""

    site: Site
    tables: Any
    vendors: dict[str, list[VendorView]] = field(default_factory=lambda: defaultdict(list))
    links: dict[Any, Link] = field(default_factory=dict)
    holders: dict[str, Holder] = field(default_factory=dict)  # vendor -> who exchanges fields
    parents: dict[str, str] = field(default_factory=dict)
    parent_rows: dict[str, Document] = field(default_factory=dict)
    parent_numbers: dict[Any, str] = field(default_factory=dict)  # of those that have a vendor
    confirmed: dict[Any, dict[str, str]] = field(default_factory=dict)
    bank_checked: frozenset[tuple[Any, str]] = frozenset()
    not_these: dict[Any, set[str]] = field(default_factory=lambda: defaultdict(set))
    open_documents: dict[str, list[str]] = field(default_factory=dict)


def as_here(supplier: Supplier, site: Site) -> Supplier:
    """Return a supplier with the vendor number that the source has for this company."""
    return replace(supplier, erp_number=number_in(supplier, site.integration.business_units))


def surroundings(site: Site, received: Sequence[Any]) -> Surroundings:
    """Load what these suppliers are decided with: a fixed number of queries."""
    sources = [item.source for item in received if isinstance(item.source, Supplier)]
    suppliers = [as_here(supplier, site) for supplier in sources]
    codes = {supplier.source_id for supplier in suppliers}
    codes |= {supplier.terms.code for supplier in suppliers if supplier.terms.code}
    # Terms are read both ways, so that all of them are needed.
    tables = mapping_tables(site.integration, codes, whole=[mapping.PAYMENT_TERMS])
    around = Surroundings(site, tables)
    ids = [item.document.pk for item in received]
    links = Link.objects.filter(document__in=ids, kind="vendor")
    around.links = {link.document_id: link for link in links}
    _load_vendors(around, suppliers)
    rows = Document.objects.filter(integration=site.integration, flow_name=FlowName.SUPPLIERS)
    related = rows.exclude(parent_source_id="").values_list("source_id", "parent_source_id")
    around.parents = dict(related)
    named = {supplier.parent_source_id for supplier in suppliers if supplier.parent_source_id}
    around.parent_rows = {row.source_id: row for row in rows.filter(source_id__in=named)}
    parents = [row.pk for row in around.parent_rows.values()]
    bound = Link.objects.filter(document__in=parents, kind="vendor")
    around.parent_numbers = dict(bound.values_list("document_id", "number"))
    around.confirmed = written_back(ids)
    _load_answers(around, ids)
    around.open_documents = open_documents(site.integration, codes)
    return around


def _load_answers(around: Surroundings, ids: Sequence[Any]) -> None:
    """Load what people said: that bank details were checked, as long as they stay as they were; of
    which vendors a supplier is none, whatever else changes of it."""
    said = Override.objects.filter(document__in=ids, code__in=(_BANK, _AMBIGUOUS))
    around.bank_checked = frozenset(
        (row.document_id, row.fingerprint) for row in said if row.code == _BANK
    )
    for row in said:
        if row.code == _AMBIGUOUS:
            shown = row.evidence.get("choices", ())
            around.not_these[row.document_id].update(choice["number"] for choice in shown)


def _load_vendors(around: Surroundings, suppliers: Sequence[Supplier]) -> None:
    """Load the vendors that these suppliers might be, found by number, tax number, name or link."""
    mapped = around.tables[mapping.SUPPLIER].targets()
    numbers = {(supplier.erp_number or "").strip().upper() for supplier in suppliers} | set(mapped)
    numbers |= {(supplier.parent_erp_number or "").upper() for supplier in suppliers}
    keys: dict[str, set[str]] = defaultdict(set)
    for kind, key in (pair for supplier in suppliers for pair in supplier_keys(supplier)):
        keys[kind].add(key)
    linked = [link.remote_id for link in around.links.values()]
    rows = vendors_found(around.site.integration, numbers - {""}, keys, linked)
    for row in rows:
        view = VendorView(row.code, row.remote_id, row.name, row.attributes)
        found = [f"number {row.code}", f"id {row.remote_id}"]
        found += [" ".join(pair) for pair in vendor_keys(row.name, row.attributes)]
        for key in found:
            around.vendors[key].append(view)
    around.holders = _holders(around.site, [row.remote_id for row in rows])


def vendors_found(
    integration: Integration,
    numbers: Collection[str],
    keys: Mapping[str, Collection[str]],
    remote_ids: Collection[str],
) -> QuerySet[LedgerItem]:
    """Return the vendors of any of these numbers, keys or ids, each by an index of its own."""
    return LedgerItem.objects.filter(
        Q(code__in=numbers)
        | Q(name_key__in={*keys.get("name", ()), ""})
        | Q(tax_key__in=keys.get("tax", ()))
        | Q(registration_key__in=keys.get("registration", ()))
        | Q(remote_id__in=remote_ids),
        integration=integration,
        kind=ReferenceKind.SUPPLIERS,
    )


def _holders(site: Site, vendor_ids: Sequence[str]) -> dict[str, Holder]:
    """Return per vendor the supplier that was bound to it first, one that is active before others.

    One of several exchanges fields with the vendor (domain rule 1b, 6).
    """
    links = Link.objects.filter(
        kind="vendor", remote_id__in=vendor_ids, document__integration=site.integration
    ).select_related("document")
    ranked = sorted(links, key=lambda link: (bool(link.document.blocked_because), link.created_at))
    found: dict[str, Holder] = {}
    for link in ranked:
        found.setdefault(link.remote_id, Holder.of(link.document))
    return found
