"""Whether what was booked is paid: read from the ledger when a run of the invoices ends.

A run asks for what is not paid for good and was written, or asked for, six hours ago; one that a
notice of the ledger woke also for those that it names, or for all when it names none. The source
gets none of it: it publishes no way to write a payment status (JAGGAER contract 8).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import structlog
from django.db.models import Q

from audit.record import record as tell
from connectors.base import CREATE
from connectors.errors import ConnectorError
from connectors.payments import Booked, Paying, Payment
from sync.engine.bulk import update_rows
from sync.engine.clock import database_now
from sync.engine.notices import changed_in_ledger
from sync.engine.reducing import follow_invoices, orders_of
from sync.engine.release import release_rivals
from sync.engine.site import Site
from sync.engine.writing.beside import not_ours
from sync.models import Document, FlowName, Link, Run, RunMode, Trigger, Write, WriteState
from sync.models.document import INVOICE_KINDS, PAID_FOR_GOOD

READ_EVERY = timedelta(hours=6)
BLOCK = 400  # ten calls
MOST_A_RUN = 4_000
_WATCHED = "purchaseInvoices"
log = structlog.get_logger(__name__)


def read_payments(site: Site, run: Run) -> None:
    """Bring the payment of written documents up to date; call outside of `site.rows()`.

    The ledger's trouble stops nothing here: the next run asks again.
    """
    if run.flow.resource != FlowName.INVOICES or run.mode != RunMode.LIVE or not run.reads:
        return
    with site.rows(run=run.pk):
        due = _due(site, run)[:MOST_A_RUN]
    try:
        for start in range(0, len(due), BLOCK):
            _read_block(site, run, due[start : start + BLOCK])
    except ConnectorError as error:
        log.info("payments_unread", run=str(run.pk), code=error.code)


def _due(site: Site, run: Run) -> list[Link]:
    """Return the links to ask for, those that were not asked for longest first."""
    links = Link.objects.filter(document__integration=site.integration, kind__in=INVOICE_KINDS)
    before = database_now() - READ_EVERY
    unsettled = ~Q(payment__in=PAID_FOR_GOOD)
    never_asked = Q(payment_read_at=None, created_at__lt=before)
    wanted = unsettled & (never_asked | Q(payment_read_at__lt=before))
    if run.trigger == Trigger.WEBHOOK:
        named = changed_in_ledger(site, _WATCHED)
        wanted |= unsettled if named is None else Q(remote_id__in=named)
    rows = links.filter(wanted).select_related("document")
    return list(rows.order_by("payment_read_at", "pk")[: MOST_A_RUN + 1])


def _read_block(site: Site, run: Run, links: Sequence[Link]) -> None:
    with site.rows(run=run.pk):
        sent = _sent(links)
        sharing = not_ours(link.document_id for link in links)
    asked = [
        Booked(
            link.kind,
            link.remote_id,
            sent.get((link.document_id, link.kind), {}),
            shares_number=link.document_id in sharing,
        )
        for link in links
    ]
    answers = site.ledger.payments(site.company_id, asked)
    with site.rows(run=run.pk):
        cancelled = _save(links, answers)
        if cancelled:
            release_rivals(site.integration, cancelled)
            follow_invoices(site, orders_of(cancelled))


def _sent(links: Sequence[Link]) -> dict:
    """Return what created each document: pages find it by the supplier's number in there."""
    rows = Write.objects.filter(
        document__in=[link.document_id for link in links],
        kind__in=INVOICE_KINDS,
        operation=CREATE,
        state=WriteState.CONFIRMED,
    )
    return {(row.document_id, row.kind): row.content for row in rows.order_by("created_at")}


def _save(links: Sequence[Link], answers: Sequence[Payment | None]) -> list[UUID]:
    """Keep what was answered; returns the documents that turned out to be cancelled."""
    now = database_now()
    told, changed = [], []
    for link, answer in zip(links, answers, strict=True):
        if answer is None:
            continue
        before = (link.payment, link.remaining)
        link.payment, link.remaining = answer.state.value, answer.remaining
        link.status = answer.status or link.status
        link.number = answer.number or link.number
        link.payment_read_at = now
        told.append(link)
        if before != (link.payment, link.remaining):
            changed.append(link)
    update_rows(told, ["payment", "remaining", "status", "number", "payment_read_at"])
    documents = [link.document_id for link in changed]
    Document.objects.filter(pk__in=documents).update(changed_at=now)
    for link in changed:
        facts = {"payment": link.payment}
        tell("document.payment", target=link.document, document=link.document_id, facts=facts)
    return [link.document_id for link in changed if link.payment == Paying.CANCELLED]
