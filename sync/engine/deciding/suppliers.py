"""Suppliers: bound to the vendor they are, or created in the ledger; parents before children."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from connectors.documents import Readiness, Supplier
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
    supplier_keys,
    why_alike,
)
from sync.engine.deciding.suppliers_around import Holder, Surroundings, as_here, surroundings
from sync.engine.deciding.suppliers_merge import Meeting, is_inactive, merge, number_for
from sync.engine.site import Site
from sync.engine.writing import own_numbers
from sync.models import Document, DocumentState

_MAX_DEPTH = 20
_ARRIVED = (DocumentState.WRITTEN, DocumentState.SETTLED, DocumentState.IGNORED)


def decide_all(
    site: Site, received: Sequence[Any], *, pinned: bool
) -> list[tuple[Document, Decision]]:
    """Decide a block of suppliers; use inside `site.rows()`."""
    around = surroundings(site, received)
    return [(item.document, _remembering(item, _decide(item, around), around)) for item in received]


def _remembering(item: Any, decision: Decision, around: Surroundings) -> Decision:
    """Keep what both sides said last, whatever was decided: a supplier that waits or is parked for
    its parent goes on where it was."""
    kept = item.document.match or {}
    match = dict(decision.match or kept)
    if isinstance(item.source, Supplier):
        parent, before = item.source.parent_source_id, kept.get("parents", ())
        is_new = item.document.decided_at is None
        parents = dated_parents(before, parent, around.site.today(), is_new=is_new)
        match |= {"parents": parents} if parents else {}
    return replace(decision, match=match or None)


def _decide(item: Any, around: Surroundings) -> Decision:
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
    denied = around.not_these.get(document.pk, set())
    if any(vendor.number not in denied for vendor in found.candidates):
        return park(_ambiguous(supplier, found.candidates))
    return _create(document, supplier, around)


def _create(document: Document, supplier: Supplier, around: Surroundings) -> Decision:
    """A vendor of its own; the source is told its number where it takes it."""
    if around.site.policy.supplier.direction == "to_source":
        return Decision(Action.IGNORE, notes=("Suppliers flow to the source only.",))
    meeting = _meeting(document, supplier, around)
    vendor = replace(_vendor(supplier, around), pay_to=meeting.pay_to)
    notes = []
    if vendor.number and own_numbers.is_left_to_the_ledger(document):
        notes.append(f"The ledger refused the number {vendor.number} and chooses one itself.")
        vendor = replace(vendor, number=None)
    tells = [] if vendor.number else number_for(supplier, "", meeting)
    match = {"bank": bank_digests(supplier), "fields": {}, "pay_to": meeting.pay_to}
    if supplier.erp_number:
        match[own_numbers.NUMBERED] = bool(vendor.number)
    return Decision(Action.CREATE, effects=(vendor, *tells), match=match, notes=tuple(notes))


def _together(
    document: Document, supplier: Supplier, found: Identified, around: Surroundings
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


def _pay_to(supplier: Supplier, around: Surroundings) -> str:
    """Return the parent's vendor where it is to be paid and vendor cards can say so (pages)."""
    row = around.parent_rows.get(supplier.parent_source_id or "")
    if around.site.policy.supplier.parent != "pay_to" or row is None:
        return ""
    if around.site.ledger.capabilities().get("dialect") != "pages":
        return ""
    return around.parent_numbers.get(row.pk, "")


def _is_gone(document: Document, around: Surroundings) -> bool:
    """Whether all vendors were read since we knew this one, and it was not among them."""
    read_at = around.site.integration.reference_at
    return read_at is not None and read_at > around.links[document.pk].created_at


def _follow(document: Document, supplier: Supplier, around: Surroundings) -> Decision:
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


def _meeting(document: Document, supplier: Supplier, around: Surroundings) -> Meeting:
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


def _identified(document: Document, supplier: Supplier, around: Surroundings) -> Identified:
    link = around.links.get(document.pk)
    if link is not None:
        known = around.vendors.get(f"id {link.remote_id}") or [
            VendorView(link.number, link.remote_id, supplier.name, {})
        ]
        return Identified(known[0], by="link")
    return _search(supplier, around)


def _search(
    supplier: Supplier, around: Surroundings, *, including_taken: bool = False
) -> Identified:
    supplier = as_here(supplier, around.site)
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


def _vendor(supplier: Supplier, around: Surroundings) -> Any:
    policy = around.site.policy.supplier
    terms = around.tables[mapping.PAYMENT_TERMS]
    here = as_here(supplier, around.site)
    return ledger_vendor(here, terms, create_blocked=policy.create_blocked)


# Parents.


def _parent_obstacle(
    document: Document, supplier: Supplier, around: Surroundings
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
