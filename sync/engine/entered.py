"""The duplicate gate against what people typed into the ledger, before the first send.

What is found under the very key of a write is the look-up's business (`writing.verifying`). Here
are the other two: a number that differs only in punctuation or leading zeros, and another card of
the supplier's group. Both are read for some forty documents in one call, only while they wait for
their look-up.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

import structlog
from django.db.models import F, Q
from django.db.models.functions import Now

from connectors.documents import Invoice
from connectors.entered import Card, Entered
from connectors.errors import DocumentRefused, UnexpectedAnswer
from sync.engine.deciding.orders_known import contents_of
from sync.engine.deciding.suppliers_known import SupplierDirectory, supplier_directory
from sync.engine.site import Site
from sync.engine.writing.transitions import WriteBook
from sync.matching.duplicates import entered_before, entered_reason
from sync.models import Document, Link, Override, Write, WriteState
from sync.models.document import INVOICE_KINDS

_BLOCK = 200
_ACCEPTED = "duplicate_suspected"
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A write before its first send, with all vendors of its supplier's group."""

    write: Write
    invoice: Invoice
    vendor: str
    cards: frozenset[str]


def hold_back_entered(site: Site) -> int:
    """Park what people have entered already; returns how many. Call outside of `site.rows()`.

    A ledger that is away is asked again later, and nothing is sent before. One that does not answer
    such a question at all leaves what the look-up by number finds.
    """
    with site.rows():
        asked = _before_their_first_send(site)
    if not asked:
        return 0
    site.side = "ledger"
    entered: dict[str, list[Entered]] = {}
    for kind in INVOICE_KINDS:
        group = [one for one in asked if one.write.kind == kind]
        if group:
            entered[kind] = _entered(site, kind, group)
    with site.rows():
        return _judge(site, asked, entered)


def _before_their_first_send(site: Site) -> list[_Asked]:
    due = Q(verify_at__lte=Now()) | Q(verify_at__isnull=True)
    rows = Write.objects.filter(
        due,
        integration=site.integration,
        kind__in=INVOICE_KINDS,
        operation="create",
        state=WriteState.PENDING,
        look_up_first=True,
        attempt=0,
    )
    writes = list(rows.order_by("created_at", "sequence")[:_BLOCK])
    documents = Document.objects.in_bulk([write.document_id for write in writes])
    accepted = _accepted(documents)
    contents = contents_of(documents.values())
    refs = [invoice.supplier for invoice in contents.values()]
    directory = supplier_directory(site.integration, refs)
    return [
        _Asked(write, invoice, vendor, _cards(directory, invoice, vendor))
        for write in writes
        if write.document_id not in accepted
        for invoice in [contents.get(write.document_id)]
        if isinstance(invoice, Invoice)
        for vendor in [_vendor(write)]
    ]


def _accepted(documents: Mapping[UUID, Document]) -> set[UUID]:
    """Return the documents, as they are, of which a person said that they are no duplicate."""
    rows = Override.objects.filter(
        document__in=documents, code=_ACCEPTED, fingerprint=F("document__fingerprint")
    )
    return set(rows.values_list("document", flat=True))


def _vendor(write: Write) -> str:
    """Return the vendor as the planned request names it, in either dialect."""
    body = write.content["body"]
    return str(body.get("vendorNumber") or body.get("Buy_from_Vendor_No") or "")


def _cards(directory: SupplierDirectory, invoice: Invoice, vendor: str) -> frozenset[str]:
    ref = invoice.supplier
    family = directory.family(ref.source_id, ref.erp_number)
    return frozenset({vendor, *directory.cards_of(family)})


def _entered(site: Site, kind: str, asked: Sequence[_Asked]) -> list[Entered]:
    days = {(one.cards, one.invoice.document_date) for one in asked}
    cards = {Card(vendor, on) for vendors, on in days if on for vendor in vendors}
    numbers = {(one.invoice.supplier_number or "").strip() for one in asked if len(one.cards) > 1}
    try:
        return list(site.ledger.entered(site.company_id, kind, list(cards), sorted(numbers - {""})))
    except (DocumentRefused, UnexpectedAnswer) as error:
        log.warning("entered_unread", integration=str(site.integration.pk), code=error.code)
        return []


def _judge(site: Site, asked: Sequence[_Asked], entered: Mapping[str, Sequence[Entered]]) -> int:
    ours = _linked(entered)
    by_card: dict[tuple[str, str], list[Entered]] = defaultdict(list)
    for kind, rows in entered.items():
        for one in rows:
            if one.remote_id not in ours:
                by_card[kind, one.vendor.upper()].append(one)
    allowed = site.policy.match.limits.total_amount or Decimal(0)
    book: WriteBook | None = None
    count = 0
    for one in asked:
        there = list(_on_cards(by_card, one))
        found = entered_before(one.invoice, one.vendor, there, allowed=allowed)
        if found is None:
            continue
        book = book or WriteBook(site, [each.write for each in asked])
        key, what = found
        sides = {"ours": one.write.content, "theirs": [dict(what.row)]}
        book.held_back(one.write, entered_reason(key, one.invoice, what, **sides), found=1)
        count += 1
    if book is not None:
        book.save()
    return count


def _on_cards(
    by_card: Mapping[tuple[str, str], Sequence[Entered]], one: _Asked
) -> Iterator[Entered]:
    for vendor in sorted(one.cards):
        yield from by_card.get((one.write.kind, vendor.upper()), ())


def _linked(entered: Mapping[str, Sequence[Entered]]) -> set[str]:
    """Return the ids of those that are documents of ours: they were compared as such."""
    ids = {one.remote_id for rows in entered.values() for one in rows}
    links = Link.objects.filter(remote_id__in=ids, kind__in=INVOICE_KINDS)
    return set(links.values_list("remote_id", flat=True))
