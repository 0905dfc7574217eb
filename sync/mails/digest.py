"""The mails about work: what newly needs a person, and every morning how things stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.urls import reverse

from sync.engine.receipt_alarms import AWAITS_RECEIPT, days_since
from sync.mails.content import Block, Content, Item
from sync.selectors.causes import Cause, top_causes
from sync.selectors.today import Standing, standings
from sync.words import OWNERS, plainly, reason_title
from tenants.pages import formats

MOST_CAUSES = 10


def of_causes(causes: Sequence[Cause], new: int) -> Content:
    """Tell of causes that were opened since the last such mail, the heaviest of them by name."""
    title = "1 new cause needs" if new == 1 else f"{formats.number(new)} new causes need"
    blocks = [
        Block(
            text="Documents wait for what follows. Fix a cause once, and all that waits for it"
            " goes on by itself.",
            items=[_item(cause) for cause in causes],
        )
    ]
    if new > len(causes):
        blocks.append(Block(text=f"And {formats.number(new - len(causes))} more."))
    return Content(f"{title} a person", blocks, reverse("reviews"), "Open the review queue")


def of_receipts(causes: Sequence[Cause], invoices: Mapping[UUID, str], now: datetime) -> Content:
    """Tell of invoices that newly wait for their receipt for too long, the heaviest by name.

    `invoices` are the names of all, by their review item.
    """
    new = len(invoices)
    title = "1 invoice waits" if new == 1 else f"{formats.number(new)} invoices wait"
    blocks = [
        Block(
            text="The supplier has billed more than NAV has received for longer than your policy"
            " allows. Each goes on by itself once its receipt is entered: ask whether the goods"
            " came. You are told of each once.",
            items=[_waiting(cause, invoices[cause.review.pk], now) for cause in causes],
        )
    ]
    if new > len(causes):
        blocks.append(Block(text=f"And {formats.number(new - len(causes))} more."))
    page = f"{reverse('reviews')}?reason={AWAITS_RECEIPT}"
    return Content(f"{title} for a receipt for too long", blocks, page, "Open them in Review")


def _waiting(cause: Cause, invoice: str, now: datetime) -> Item:
    item, days = _item(cause), days_since(cause.review.opened_at, now)
    detail = f"for {formats.number(days)} days. {item.detail}"
    return replace(item, text=f"{invoice}, {item.text}", detail=detail)


def _item(cause: Cause) -> Item:
    row = cause.review
    documents = cause.waiting.documents
    counted = "1 document" if documents == 1 else f"{formats.number(documents)} documents"
    sums = formats.sums(cause.waiting.amounts.items())
    held = counted if sums == formats.DASH else f"{counted}, {sums}"
    return Item(
        f"{reason_title(row.code)}: {plainly(row.reason.get('message', row.cause))}",
        f"{held}. {OWNERS.get(row.owner, row.owner)}",
        reverse("review", args=[row.pk]),
    )


def of_the_day() -> Content | None:
    """Say what was posted in the last seven days, what waits and what comes next; None: nothing."""
    rows = standings()
    if not rows:
        return None
    blocks = [_standing(row) for row in rows]
    causes = top_causes(MOST_CAUSES)
    if causes:
        blocks.append(Block("What holds most money", items=[_item(cause) for cause in causes]))
    parked = sum(row.parked for row in rows)
    subject = "Nothing waits for a decision"
    if parked:
        noun = "document waits" if parked == 1 else "documents wait"
        subject = f"{formats.number(parked)} {noun} for a decision"
    return Content(subject, blocks, reverse("today"), "Open Today")


def _standing(row: Standing) -> Block:
    posted = f"{formats.number(row.week.documents)} invoices and credit notes"
    if row.week.documents:
        posted += f", {formats.sums(row.week.amounts.items())}"
    items = [
        Item("In the ledger, last seven days", posted),
        Item("Needs a decision", formats.number(row.parked)),
        Item("Goes on by itself", formats.number(row.waiting)),
        Item("Next run", formats.instant(row.next_run_at) if row.next_run_at else "none planned"),
    ]
    items += [Item(missing.message, missing.fix) for missing in row.missing]
    if row.is_overdue:
        items.append(Item("A run was due and has not begun", "Tell support."))
    return Block(row.integration.name, items=items)
