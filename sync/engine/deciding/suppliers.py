"""Suppliers: bound to the vendor they are, or created in the ledger; parents before children."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import Q

from connectors.documents import LedgerVendor, Readiness, ReferenceKind, Supplier
from sync.domain import mapping
from sync.domain.decision import Action, Bound, Decision, park, wait
from sync.domain.reasons import from_problem, reason
from sync.domain.supplier_fields import Outcome, bank_digests, compare, remembered
from sync.domain.vendors import (
    Identified,
    VendorView,
    identify,
    ledger_vendor,
    tax_key,
)
from sync.engine.deciding.mappings_known import mapping_tables
from sync.engine.site import Site
from sync.models import Document, DocumentState, FlowName, LedgerItem, Link

_MAX_DEPTH = 20
_ARRIVED = (DocumentState.WRITTEN, DocumentState.SETTLED, DocumentState.IGNORED)


@dataclass
class _Surroundings:
    site: Site
    tables: Any
    vendors: dict[str, list[VendorView]] = field(default_factory=lambda: defaultdict(list))
    links: dict[Any, Link] = field(default_factory=dict)
    taken: frozenset[str] = frozenset()  # vendors that other suppliers are bound to
    parents: dict[str, str] = field(default_factory=dict)
    parent_rows: dict[str, Document] = field(default_factory=dict)


def decide_all(
    site: Site, received: Sequence[Any], *, pinned: bool
) -> list[tuple[Document, Decision]]:
    """Decide a block of suppliers; use inside `site.rows()`."""
    around = _surroundings(site, received)
    return [(item.document, _decide(item, around)) for item in received]


def _decide(item: Any, around: _Surroundings) -> Decision:
    document, supplier = item.document, item.source
    if supplier is None or item.problems:
        return park(*(from_problem(p, document=document.source_id) for p in item.problems))
    if around.site.policy.supplier.direction == "to_source":
        return Decision(Action.IGNORE, notes=("Suppliers flow to the source only.",))
    if supplier.readiness is Readiness.HOLD:
        words = ", ".join(f"{name} {word}" for name, word in supplier.status_words.items())
        return park(reason("status_unknown", field="status", word=words or "nothing"))
    if not supplier.active or supplier.readiness is Readiness.CANCELLED:
        if document.pk in around.links:
            return _merge(document, supplier, _identified(document, supplier, around), around)
        return Decision(Action.SETTLE, notes=("Inactive at the source: nothing is created.",))
    if not supplier.approved or supplier.readiness is Readiness.WAITING:
        return wait(reason("not_approved", document=document.source_id))
    obstacle = _parent_obstacle(document, supplier, around)
    if obstacle is not None:
        return obstacle
    found = _identified(document, supplier, around)
    if found.vendor is not None:
        return _merge(document, supplier, found, around)
    if found.candidates:
        return park(_ambiguous(supplier, found.candidates))
    return Decision(Action.CREATE, effects=(_vendor(supplier, around),))


def _merge(
    document: Document, supplier: Supplier, found: Identified, around: _Surroundings
) -> Decision:
    """Bind a supplier to its vendor and bring over what the policy lets the source decide.

    Fields in conflict park the supplier and hold back nothing but themselves; bank details are
    only reported (domain rules 1b).
    """
    vendor = found.vendor
    bound = Bound("vendor", vendor.remote_id, vendor.number)
    wanted = _vendor(supplier, around)
    if not supplier.active or supplier.readiness is Readiness.CANCELLED:
        wanted = replace(wanted, blocked="all")
    before = document.match or {}
    if not vendor.attributes:
        return _unread(document, wanted, bound, around)
    owners = around.site.policy.supplier.owners
    verdicts = compare(wanted, vendor, owners, before.get("fields", {}))
    stands = document.booked_fingerprint == document.fingerprint
    if stands:
        verdicts = tuple(replace(v, outcome=_without_write(v.outcome)) for v in verdicts)
    fields = before.get("fields", {}) if stands else remembered(verdicts, before.get("fields", {}))
    match = {"fields": fields, "bank": bank_digests(supplier)}
    reasons = _differences(supplier, verdicts, before, match["bank"])
    names = [name for one in verdicts if one.outcome is Outcome.WRITE for name in one.writes]
    if not names:
        if reasons:
            return park(*reasons, bound=bound, match=match)
        return Decision(Action.SKIP, bound=bound, match=match)
    change = replace(
        wanted,
        number=vendor.number,
        remote_id=vendor.remote_id,
        etag=vendor.attributes.get("etag", "*"),
        only=tuple(dict.fromkeys(names)),
    )
    return Decision(Action.UPDATE, tuple(reasons), effects=(change,), bound=bound, match=match)


def _without_write(outcome: Outcome) -> Outcome:
    """What stands in this version is not written again, however old our picture of the ledger."""
    return Outcome.KEEP if outcome is Outcome.WRITE else outcome


def _unread(
    document: Document, wanted: LedgerVendor, bound: Bound, around: _Surroundings
) -> Decision:
    """Judge a vendor that we created after the last reference run: nobody read it back yet."""
    match = document.match
    if document.booked_fingerprint in ("", document.fingerprint):
        return Decision(Action.SKIP, bound=bound, match=match)
    owners = around.site.policy.supplier.owners
    fields = [name for name in ("name", "address") if getattr(owners, name) == "source"]
    if wanted.blocked and owners.status != "ledger":
        fields.append("blocked")
    if not fields:
        return Decision(Action.SKIP, bound=bound, match=match)
    change = replace(wanted, number=bound.number, remote_id=bound.remote_id, only=tuple(fields))
    return Decision(Action.UPDATE, effects=(change,), bound=bound, match=match)


def _differences(supplier: Supplier, verdicts: Any, before: dict[str, Any], bank: str) -> list[Any]:
    """Say what only a person can settle: both sides changed a field, or bank details changed."""
    code = supplier.erp_number or supplier.source_id
    found = [
        reason(
            "supplier_conflict",
            supplier=code,
            field=one.field.capitalize(),
            source_value=one.source or "nothing",
            ledger_value=one.ledger or "nothing",
        )
        for one in verdicts
        if one.outcome is Outcome.CONFLICT
    ]
    if before and before.get("bank", bank) != bank:
        found.append(reason("bank_details_changed", supplier=code))
    return found


def _identified(document: Document, supplier: Supplier, around: _Surroundings) -> Identified:
    link = around.links.get(document.pk)
    if link is not None:
        known = around.vendors.get(f"id {link.remote_id}") or [
            VendorView(link.number, link.remote_id, supplier.name, {})
        ]
        return Identified(known[0], by="link")
    entry = around.tables[mapping.SUPPLIER].find(supplier.source_id)
    mapped_to = entry.target_code if entry and entry.state == mapping.OK else None
    keys = [
        f"number {mapped_to}",
        f"number {(supplier.erp_number or '').upper()}",
        f"tax {tax_key(supplier.tax_number)}",
        f"name {supplier.name.casefold()}",
    ]
    candidates = {
        vendor.remote_id: vendor
        for key in keys
        for vendor in around.vendors.get(key, ())
        if vendor.remote_id not in around.taken or key.startswith("number ")
    }
    return identify(supplier, candidates.values(), mapped_to)


def _ambiguous(supplier: Supplier, candidates: Iterable[VendorView]) -> Any:
    return reason(
        "supplier_ambiguous",
        supplier=supplier.erp_number or supplier.source_id,
        supplier_code=supplier.source_id,
        candidates=[f"{vendor.number} {vendor.name}" for vendor in candidates],
    )


def _vendor(supplier: Supplier, around: _Surroundings) -> Any:
    policy = around.site.policy.supplier
    terms = around.tables[mapping.PAYMENT_TERMS]
    return ledger_vendor(supplier, terms, create_blocked=policy.create_blocked)


# ------------------------------------------------------------------------------------ parents


def _parent_obstacle(
    document: Document, supplier: Supplier, around: _Surroundings
) -> Decision | None:
    """A child waits for its parent; a parent never received, or a cycle, needs a person."""
    parent = supplier.parent_source_id
    if not parent:
        return None
    chain = _chain(supplier.source_id, around.parents)
    if chain is not None:
        return park(reason("parent_cycle", supplier=supplier.source_id, chain=" > ".join(chain)))
    row = around.parent_rows.get(parent)
    if row is None:
        if f"number {(supplier.parent_erp_number or '').upper()}" in around.vendors:
            return None
        return park(reason("parent_missing", parent=parent, supplier=supplier.source_id))
    if row.state in _ARRIVED:
        return None
    return wait(reason("parent_missing/waiting", parent=parent, supplier=supplier.source_id))


def _chain(start: str, parents: dict[str, str]) -> list[str] | None:
    """Return the way from a supplier back to itself, None where there is no such way."""
    way = [start]
    while way[-1] in parents and len(way) <= _MAX_DEPTH:
        way.append(parents[way[-1]])
        if way[-1] == start:
            return way
    return None


# ------------------------------------------------------------------------------------ loading


def _surroundings(site: Site, received: Sequence[Any]) -> _Surroundings:
    suppliers = [item.source for item in received if isinstance(item.source, Supplier)]
    codes = {supplier.source_id for supplier in suppliers}
    codes |= {supplier.terms.code for supplier in suppliers if supplier.terms.code}
    around = _Surroundings(site, mapping_tables(site.integration, codes))
    ids = [item.document.pk for item in received]
    links = Link.objects.filter(document__in=ids, kind="vendor")
    around.links = {link.document_id: link for link in links}
    _load_vendors(around, suppliers)
    rows = Document.objects.filter(integration=site.integration, flow_name=FlowName.SUPPLIERS)
    related = rows.exclude(parent_source_id="").values_list("source_id", "parent_source_id")
    around.parents = dict(related)
    named = {supplier.parent_source_id for supplier in suppliers if supplier.parent_source_id}
    around.parent_rows = {row.source_id: row for row in rows.filter(source_id__in=named)}
    return around


def _load_vendors(around: _Surroundings, suppliers: Sequence[Supplier]) -> None:
    """Load the vendors that these suppliers might be, found by number, tax number, name or link."""
    mapped = around.tables[mapping.SUPPLIER].targets()
    numbers = {(supplier.erp_number or "").upper() for supplier in suppliers} | set(mapped)
    numbers |= {(supplier.parent_erp_number or "").upper() for supplier in suppliers}
    taxes = {supplier.tax_number for supplier in suppliers if supplier.tax_number}
    names = [supplier.name for supplier in suppliers]
    linked = [link.remote_id for link in around.links.values()]
    rows = LedgerItem.objects.filter(
        Q(code__in=numbers - {""})
        | Q(attributes__tax_number__in=list(taxes))
        | Q(name__in=names)
        | Q(remote_id__in=linked),
        integration=around.site.integration,
        kind=ReferenceKind.SUPPLIERS,
    )
    ids = [row.remote_id for row in rows]
    bound = Link.objects.filter(kind="vendor", remote_id__in=ids).exclude(
        pk__in=[link.pk for link in around.links.values()]
    )
    around.taken = frozenset(bound.values_list("remote_id", flat=True))
    for row in rows:
        view = VendorView(row.code, row.remote_id, row.name, row.attributes)
        around.vendors[f"number {row.code}"].append(view)
        around.vendors[f"id {row.remote_id}"].append(view)
        around.vendors[f"tax {tax_key(row.attributes.get('tax_number'))}"].append(view)
        around.vendors[f"name {row.name.casefold()}"].append(view)
