"""Suppliers: bound to the vendor they are, or created in the ledger; parents before children."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from django.db.models import Q

from connectors.documents import Readiness, ReferenceKind, Supplier
from sync.domain import mapping
from sync.domain.decision import Action, Bound, Decision, park, wait
from sync.domain.reasons import from_problem, reason
from sync.domain.supplier_fields import bank_digests
from sync.domain.vendors import (
    Identified,
    VendorView,
    dated_parents,
    identify,
    ledger_vendor,
    number_in,
    supplier_keys,
    vendor_keys,
    why_alike,
)
from sync.engine.deciding.mappings_known import mapping_tables
from sync.engine.deciding.suppliers_merge import Meeting, is_inactive, merge, number_for
from sync.engine.deciding.suppliers_standing import open_documents, written_back
from sync.engine.site import Site
from sync.models import Document, DocumentState, FlowName, LedgerItem, Link, Override

_MAX_DEPTH = 20
_ARRIVED = (DocumentState.WRITTEN, DocumentState.SETTLED, DocumentState.IGNORED)


class Holder(NamedTuple):
    """The supplier that exchanges fields with a vendor."""

    id: Any
    source_id: str

    @classmethod
    def of(cls, document: Document) -> Holder:
        return cls(document.pk, document.source_id)


@dataclass
class _Surroundings:
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
    open_documents: dict[str, list[str]] = field(default_factory=dict)


def decide_all(
    site: Site, received: Sequence[Any], *, pinned: bool
) -> list[tuple[Document, Decision]]:
    """Decide a block of suppliers; use inside `site.rows()`."""
    around = _surroundings(site, received)
    return [(item.document, _remembering(item, _decide(item, around), around)) for item in received]


def _remembering(item: Any, decision: Decision, around: _Surroundings) -> Decision:
    """Keep what both sides said last, whatever was decided: a supplier that waits or is parked for
    its parent goes on where it was."""
    match = dict(decision.match or item.document.match or {})
    if isinstance(item.source, Supplier):
        parent, before = item.source.parent_source_id, match.get("parents", ())
        before = before or (item.document.match or {}).get("parents", ())
        match["parents"] = dated_parents(before, parent, around.site.today())
    return replace(decision, match=match)


def _decide(item: Any, around: _Surroundings) -> Decision:
    document, supplier = item.document, item.source
    if supplier is None or item.problems:
        return park(*(from_problem(p, document=document.source_id) for p in item.problems))
    if supplier.readiness is Readiness.HOLD:
        words = ", ".join(f"{name} {word}" for name, word in supplier.status_words.items())
        return park(reason("status_unknown", field="status", word=words or "nothing"))
    if is_inactive(supplier):
        if document.pk in around.links:
            return _together(document, supplier, _identified(document, supplier, around), around)
        return Decision(Action.SETTLE, notes=("Inactive at the source: nothing is created.",))
    if not supplier.approved or supplier.readiness is Readiness.WAITING:
        return wait(reason("not_approved", document=document.source_id))
    obstacle = _parent_obstacle(document, supplier, around)
    if obstacle is not None:
        return obstacle
    found = _identified(document, supplier, around)
    if found.vendor is not None:
        return _together(document, supplier, found, around)
    if found.candidates:
        return park(_ambiguous(supplier, found.candidates))
    return _create(document, supplier, around)


def _create(document: Document, supplier: Supplier, around: _Surroundings) -> Decision:
    """A vendor of its own; the source is told its number where it takes it."""
    if around.site.policy.supplier.direction == "to_source":
        return Decision(Action.IGNORE, notes=("Suppliers flow to the source only.",))
    meeting = _meeting(document, supplier, around)
    vendor = replace(_vendor(supplier, around), pay_to=meeting.pay_to)
    tells = [] if vendor.number else number_for(supplier, "", meeting)
    match = {"bank": bank_digests(supplier), "fields": {}, "pay_to": meeting.pay_to}
    return Decision(Action.CREATE, effects=(vendor, *tells), match=match)


def _together(
    document: Document, supplier: Supplier, found: Identified, around: _Surroundings
) -> Decision:
    """Merge a supplier with its vendor, or follow a vendor that is gone."""
    holder = around.holders.setdefault(found.vendor.remote_id, Holder.of(document))
    if holder.id != document.pk:
        return _shared(document, found.vendor, holder)
    if found.vendor.attributes:
        wanted = _vendor(supplier, around)
        return merge(document, supplier, wanted, found.vendor, _meeting(document, supplier, around))
    if _is_gone(document, around):
        return _follow(document, supplier, around)
    # Created a moment ago, and not read back yet: the next reading of vendors shows it.
    bound = Bound("vendor", found.vendor.remote_id, found.vendor.number)
    return Decision(Action.SKIP, bound=bound, match=document.match)


def _shared(document: Document, vendor: VendorView, holder: Holder) -> Decision:
    """Bind a second supplier to a vendor for its documents; the first one alone exchanges fields,
    else the two would overwrite each other without end (1b, 6)."""
    bound = Bound("vendor", vendor.remote_id, vendor.number)
    told = (
        f"Vendor {vendor.number} is that of supplier {holder.source_id} too, which alone exchanges"
        " fields with it."
    )
    return Decision(Action.SKIP, bound=bound, match=document.match, notes=(told,))


def _pay_to(supplier: Supplier, around: _Surroundings) -> str:
    """Return the parent's vendor where it is to be paid and vendor cards can say so (pages)."""
    row = around.parent_rows.get(supplier.parent_source_id or "")
    if around.site.policy.supplier.parent != "pay_to" or row is None:
        return ""
    if around.site.ledger.capabilities().get("dialect") != "pages":
        return ""
    return around.parent_numbers.get(row.pk, "")


def _is_gone(document: Document, around: _Surroundings) -> bool:
    """Whether all vendors were read since we knew this one, and it was not among them."""
    read_at = around.site.integration.reference_at
    return read_at is not None and read_at > around.links[document.pk].created_at


def _follow(document: Document, supplier: Supplier, around: _Surroundings) -> Decision:
    """The ledger merged or deleted the vendor: bind to the one that is left; never create it anew
    (1b, 7)."""
    found = _search(supplier, around, including_taken=True)
    if found.vendor is not None:
        holder = around.holders.setdefault(found.vendor.remote_id, Holder.of(document))
        if holder.id != document.pk:
            return _shared(document, found.vendor, holder)
        # Another card: what it says is no edit of what the first one said.
        document.match = {**(document.match or {}), "fields": {}, "choices": {}}
        wanted = _vendor(supplier, around)
        return merge(document, supplier, wanted, found.vendor, _meeting(document, supplier, around))
    gone = around.links[document.pk].number
    return park(_ambiguous(supplier, found.candidates, "supplier_ambiguous/gone", gone=gone))


def _meeting(document: Document, supplier: Supplier, around: _Surroundings) -> Meeting:
    direction = around.site.policy.supplier.direction
    takes = frozenset() if direction == "to_ledger" else around.site.source.takes(supplier)
    return Meeting(
        policy=around.site.policy.supplier,
        terms=around.tables[mapping.PAYMENT_TERMS],
        source=around.site.source,
        takes=takes,
        confirmed=around.confirmed.get(document.pk, {}),
        bank_checked=(document.pk, document.fingerprint) in around.bank_checked,
        pay_to=_pay_to(supplier, around),
        open_documents=around.open_documents.get(supplier.source_id, ()),
    )


def _identified(document: Document, supplier: Supplier, around: _Surroundings) -> Identified:
    link = around.links.get(document.pk)
    if link is not None:
        known = around.vendors.get(f"id {link.remote_id}") or [
            VendorView(link.number, link.remote_id, supplier.name, {})
        ]
        return Identified(known[0], by="link")
    return _search(supplier, around)


def _search(
    supplier: Supplier, around: _Surroundings, *, including_taken: bool = False
) -> Identified:
    supplier = _as_here(supplier, around.site)
    entry = around.tables[mapping.SUPPLIER].find(supplier.source_id)
    mapped_to = entry.target_code if entry and entry.state == mapping.OK else None
    keys = [
        f"number {mapped_to}",
        f"number {(supplier.erp_number or '').strip().upper()}",
        *(" ".join(pair) for pair in supplier_keys(supplier)),
    ]
    candidates = {
        vendor.remote_id: vendor
        for key in keys
        for vendor in around.vendors.get(key, ())
        if including_taken or vendor.remote_id not in around.holders or key.startswith("number ")
    }
    return identify(supplier, candidates.values(), mapped_to)


def _as_here(supplier: Supplier, site: Site) -> Supplier:
    """Return a supplier with the vendor number that the source has for this company."""
    return replace(supplier, erp_number=number_in(supplier, site.integration.business_units))


def _ambiguous(
    supplier: Supplier,
    candidates: Iterable[VendorView],
    code: str = "supplier_ambiguous",
    **more: Any,
) -> Any:
    """Name the vendors that it may be, with what each has in common; a person links one."""
    candidates = list(candidates)
    return reason(
        code,
        supplier=supplier.erp_number or supplier.source_id,
        supplier_code=supplier.source_id,
        candidates=[f"{vendor.number} {vendor.name}" for vendor in candidates],
        choices=[
            {"number": each.number, "name": each.name, "why": why_alike(supplier, each)}
            for each in candidates
        ],
        **more,
    )


def _vendor(supplier: Supplier, around: _Surroundings) -> Any:
    policy = around.site.policy.supplier
    terms = around.tables[mapping.PAYMENT_TERMS]
    here = _as_here(supplier, around.site)
    return ledger_vendor(here, terms, create_blocked=policy.create_blocked)


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
    if row.state in _ARRIVED or row.pk in around.parent_numbers:
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
    sources = [item.source for item in received if isinstance(item.source, Supplier)]
    suppliers = [_as_here(supplier, site) for supplier in sources]
    codes = {supplier.source_id for supplier in suppliers}
    codes |= {supplier.terms.code for supplier in suppliers if supplier.terms.code}
    # Terms are read both ways, so that all of them are needed.
    tables = mapping_tables(site.integration, codes, whole=[mapping.PAYMENT_TERMS])
    around = _Surroundings(site, tables)
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
    checked = Override.objects.filter(document__in=ids, code="bank_details_changed")
    around.bank_checked = frozenset(checked.values_list("document_id", "fingerprint"))
    around.open_documents = open_documents(site.integration, codes)
    return around


def _load_vendors(around: _Surroundings, suppliers: Sequence[Supplier]) -> None:
    """Load the vendors that these suppliers might be, found by number, tax number, name or link."""
    mapped = around.tables[mapping.SUPPLIER].targets()
    numbers = {(supplier.erp_number or "").strip().upper() for supplier in suppliers} | set(mapped)
    numbers |= {(supplier.parent_erp_number or "").upper() for supplier in suppliers}
    keys: dict[str, set[str]] = defaultdict(set)
    for kind, key in (pair for supplier in suppliers for pair in supplier_keys(supplier)):
        keys[kind].add(key)
    linked = [link.remote_id for link in around.links.values()]
    rows = LedgerItem.objects.filter(
        Q(code__in=numbers - {""})
        | Q(name_key__in={*keys["name"], ""})
        | Q(tax_key__in=keys["tax"])
        | Q(registration_key__in=keys["registration"])
        | Q(remote_id__in=linked),
        integration=around.site.integration,
        kind=ReferenceKind.SUPPLIERS,
    )
    for row in rows:
        view = VendorView(row.code, row.remote_id, row.name, row.attributes)
        found = [f"number {row.code}", f"id {row.remote_id}"]
        found += [" ".join(pair) for pair in vendor_keys(row.name, row.attributes)]
        for key in found:
            around.vendors[key].append(view)
    around.holders = _holders(around.site, [row.remote_id for row in rows])


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
