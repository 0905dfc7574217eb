"""The duplicate gate against what people typed into the ledger, before the first send.

What is found under the very key of a write is the look-up's business (`writing.verifying`). Here
are the other two: a number that differs only in punctuation or leading zeros, and another card of
the supplier's group. Both are read for some forty documents in one call, only while they wait for
their look-up.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog
from django.db.models import F, Q
from django.db.models.functions import Now

from connectors.base import CREATE
from connectors.documents import Invoice
from connectors.entered import Card, Entered
from connectors.errors import DocumentRefused, UnexpectedAnswer
from sync.domain.reasons import Reason
from sync.engine.deciding.orders_known import contents_of
from sync.engine.deciding.suppliers_known import SupplierDirectory, supplier_directory
from sync.engine.site import Site
from sync.engine.writing.allowed import allowed_difference
from sync.engine.writing.first_look import vendor_of
from sync.engine.writing.transitions import WriteBook
from sync.matching.duplicates import entered_before, entered_reason
from sync.models import Document, Link, Override, Write, WriteState
from sync.models.document import INVOICE_KINDS

_BLOCK = 200
_ACCEPTED = "duplicate_suspected"
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Create:
    """A document that is about to be created in the ledger; `content` is that of its first step."""

    document_id: UUID
    kind: str
    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """A document about to be created, with all vendors of its supplier's group."""

    create: Create
    invoice: Invoice
    vendor: str
    cards: frozenset[str]


def hold_back_entered(site: Site) -> int:
    """Park what people have entered already; returns how many. Call outside of `site.rows()`.

    A ledger that is away is asked again later, and nothing is sent before. One that does not answer
    such a question at all leaves what the look-up by number finds.
    """
    with site.rows():
        writes = {write.document_id: write for write in _before_their_first_send(site)}
        creates = [Create(pk, write.kind, write.content) for pk, write in writes.items()]
        asked = questions(site, creates)
    if not asked:
        return 0
    site.side = "ledger"
    entered: dict[str, list[Entered]] = {}
    for kind, group in by_kind(asked).items():
        try:
            entered[kind] = entered_of(site, kind, group)
        except (DocumentRefused, UnexpectedAnswer) as error:
            log.warning("entered_unread", integration=str(site.integration.pk), code=error.code)
    with site.rows():
        found = objections(site, asked, entered)
        if found:
            book = WriteBook(site, list(writes.values()))
            for pk, why in found.items():
                book.held_back(writes[pk], why, found=1)
            book.save()
    return len(found)


def _before_their_first_send(site: Site) -> list[Write]:
    due = Q(verify_at__lte=Now()) | Q(verify_at__isnull=True)
    rows = Write.objects.filter(
        due,
        integration=site.integration,
        kind__in=INVOICE_KINDS,
        operation=CREATE,
        state=WriteState.PENDING,
        look_up_first=True,
        sent_at=None,  # nothing of it can have arrived
    )
    return list(rows.order_by("created_at", "sequence")[:_BLOCK])


def questions(site: Site, creates: Sequence[Create]) -> list[Asked]:
    """Return what is to be asked about these, but for those that a person accepted as no duplicate;
    use inside `site.rows()`."""
    documents = Document.objects.in_bulk([create.document_id for create in creates])
    accepted = _accepted(documents)
    contents = contents_of(documents.values())
    refs = [invoice.supplier for invoice in contents.values()]
    directory = supplier_directory(site.integration, refs)
    return [
        Asked(create, invoice, vendor, _cards(directory, invoice, vendor))
        for create in creates
        if create.document_id not in accepted
        for invoice in [contents.get(create.document_id)]
        if isinstance(invoice, Invoice)
        for vendor in [vendor_of(create.content)]
    ]


def by_kind(asked: Iterable[Asked]) -> dict[str, list[Asked]]:
    groups: dict[str, list[Asked]] = defaultdict(list)
    for one in asked:
        groups[one.create.kind].append(one)
    return groups


def _accepted(documents: Mapping[UUID, Document]) -> set[UUID]:
    """Return the documents, as they are, of which a person said that they are no duplicate."""
    rows = Override.objects.filter(
        document__in=documents, code=_ACCEPTED, fingerprint=F("document__fingerprint")
    )
    return set(rows.values_list("document", flat=True))


def _cards(directory: SupplierDirectory, invoice: Invoice, vendor: str) -> frozenset[str]:
    ref = invoice.supplier
    family = directory.family(ref.source_id, ref.erp_number)
    return frozenset({vendor, *directory.cards_of(family)})


def entered_of(site: Site, kind: str, asked: Sequence[Asked]) -> list[Entered]:
    """Ask the ledger what stands of one kind; outside of `site.rows()`. Raises its errors."""
    days = {(one.cards, one.invoice.document_date) for one in asked}
    cards = {Card(vendor, on) for vendors, on in days if on for vendor in vendors}
    numbers = {(one.invoice.supplier_number or "").strip() for one in asked if len(one.cards) > 1}
    return list(site.ledger.entered(site.company_id, kind, list(cards), sorted(numbers - {""})))


def objections(
    site: Site, asked: Sequence[Asked], entered: Mapping[str, Sequence[Entered]]
) -> dict[UUID, Reason]:
    """Return why documents are to be held back; use inside `site.rows()`."""
    ours = _linked(entered)
    by_card: dict[tuple[str, str], list[Entered]] = defaultdict(list)
    for kind, rows in entered.items():
        for one in rows:
            if one.remote_id not in ours:
                by_card[kind, one.vendor.upper()].append(one)
    held: dict[UUID, Reason] = {}
    for each in asked:
        there = list(_on_cards(by_card, each))
        allowed = allowed_difference(each.create.content, site.policy)
        found = entered_before(each.invoice, each.vendor, there, allowed=allowed)
        if found is not None:
            key, what = found
            sides = {"ours": each.create.content, "theirs": [dict(what.row)]}
            why = entered_reason(key, each.invoice, what, **sides)
            held[each.create.document_id] = why
    return held


def _on_cards(
    by_card: Mapping[tuple[str, str], Sequence[Entered]], one: Asked
) -> Iterator[Entered]:
    for vendor in sorted(one.cards):
        yield from by_card.get((one.create.kind, vendor.upper()), ())


def _linked(entered: Mapping[str, Sequence[Entered]]) -> set[str]:
    """Return the ids of those that are documents of ours: they were compared as such."""
    ids = {one.remote_id for rows in entered.values() for one in rows}
    links = Link.objects.filter(remote_id__in=ids, kind__in=INVOICE_KINDS)
    return set(links.values_list("remote_id", flat=True))
