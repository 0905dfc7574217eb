"""Reconciliation with the ledger: once a day all that was written is compared with what stands.

It reads only, block by block, after everything else there is to do; what a next slice needs lies
with the integration. A finding stays open as long as each check sees it again.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from django.db.models import Exists, OuterRef

from audit.record import record as tell
from connectors import codec
from connectors.base import CREATE, POST, Effect
from connectors.catalogue import explain
from connectors.errors import ConnectorError, TemporaryError
from connectors.standing import Deviation, Inspection, OrderSeen
from sync.domain.calendar import next_run
from sync.domain.ledger_findings import (
    FindingKind,
    Found,
    booked_twice,
    commitment,
    from_deviations,
    unposted,
)
from sync.engine.clock import database_now
from sync.engine.ledger_findings import UNDER_WAY, close_unseen, open_findings, save_findings
from sync.engine.orders_standing import Invoiced, Standing, invoiced, standing_orders
from sync.engine.site import Site
from sync.engine.writing.beside import not_ours
from sync.engine.writing.chain import as_step, known_facts
from sync.models import Document, Integration, Link, Write, WriteState
from sync.models.document import LEFT_OUT

BLOCK = 200
_KINDS = ("purchase_order", "purchase_invoice", "purchase_credit_memo", "journal")
_INVOICES = ("purchase_invoice", "purchase_credit_memo")
_DAILY = {
    "kind": "daily",
    "at": ["04:00"],
    "days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
}
_FIRST_AFTER = timedelta(hours=8)
_SPREAD_MINUTES = 120
log = structlog.get_logger(__name__)


def next_check(integration: Integration, after: datetime) -> datetime | None:
    """Return the early morning of the tenant after an instant; integrations are spread over it."""
    zone = ZoneInfo(integration.tenant.time_zone or "UTC")
    at = next_run(_DAILY, after=after, zone=zone)
    return at + timedelta(minutes=integration.pk.int % _SPREAD_MINUTES) if at else None


def plan_first(site: Site) -> None:
    """Give an integration whose ledger is known its first time; use inside `site.rows()`."""
    integration = site.integration
    if integration.ledger_check_due_at is None and integration.ledger_setup:
        due_at = next_check(integration, database_now() + _FIRST_AFTER)
        integration.ledger_check_due_at = due_at
        Integration.objects.filter(pk=integration.pk).update(ledger_check_due_at=due_at)


def is_due(site: Site) -> bool:
    """Whether a check is going on or due; use inside `site.rows()`."""
    due_at = site.integration.ledger_check_due_at
    return due_at is not None and bool(site.integration.ledger_setup) and due_at <= database_now()


def advance(site: Site, *, until: float) -> None:
    """Work on the check that is due until the monotonic time `until`, or its end.

    Trouble that passes is raised and the check goes on later; any other ends it with its cause.
    """
    with site.rows():
        if not is_due(site):
            return
        state = _begun(site)
    site.side = "ledger"
    try:
        if not state.get("orders_seen"):
            _doubled_orders(site, state)
        while _block(site, state):
            if time.monotonic() > until:
                return
    except TemporaryError:
        raise
    except ConnectorError as error:
        log.info("ledger_check_failed", integration=str(site.integration.pk), code=error.code)
        state["error"] = {**explain(error.code), "code": error.code, "message": error.message}
    _finish(site, state)


def _begun(site: Site) -> dict[str, Any]:
    state = dict(site.integration.ledger_check)
    if state.get("state") != "running":
        state = {"state": "running", "started_at": database_now().isoformat(), "documents": 0}
        _keep(site, state)
    return state


def _keep(site: Site, state: Mapping[str, Any], **more: Any) -> None:
    site.integration.ledger_check = dict(state)
    Integration.objects.filter(pk=site.integration.pk).update(ledger_check=dict(state), **more)


def _finish(site: Site, state: dict[str, Any]) -> None:
    """Close what was not seen again, and say when the next check is due."""
    with site.rows():
        now = database_now()
        if "error" not in state:
            closed = close_unseen(site, datetime.fromisoformat(state["started_at"]), now)
            open_now = open_findings(site.integration).count()
            facts = {"documents": state["documents"], "open": open_now, "closed": closed}
            tell("ledger_check.finished", target=site.integration, facts=facts)
        state |= {"state": "ended", "finished_at": now.isoformat()}
        for name in ("after", "orders_seen"):
            state.pop(name, None)
        due_at = next_check(site.integration, now)
        site.integration.ledger_check_due_at = due_at
        _keep(site, state, ledger_check_due_at=due_at)


# One block.


def _block(site: Site, state: dict[str, Any]) -> int:
    """Compare the next documents; returns how many there were."""
    with site.rows():
        documents = _next(site, state.get("after"))
        standing = standing_orders([document.pk for document in documents])
        effects = _effects(documents, standing)
        used = invoiced([pk for pk, kind in effects if kind == "purchase_order"])
    if not documents:
        return 0
    found = _compared(site, effects)
    with site.rows():
        own = _linked(site, found.values())
        rows = {document.pk: document for document in documents}
        found_here = {
            pk: [
                one
                for one in (*_judged(pk, found, own, standing, used), *_drafts(pk, effects, found))
                if not _is_as_wanted(one, rows[pk])
            ]
            for pk in {pk for pk, _ in effects}
        }
        save_findings(site, rows, found_here)
        state["after"] = str(documents[-1].pk)
        state["documents"] += len(documents)
        _keep(site, state)
    site.keep_lease()
    return len(documents)


def _next(site: Site, after: str | None) -> list[Document]:
    confirmed = Write.objects.filter(
        document=OuterRef("pk"), kind__in=_KINDS, state=WriteState.CONFIRMED
    )
    rows = Document.objects.filter(Exists(confirmed), integration=site.integration)
    rows = rows.exclude(state__in=UNDER_WAY)
    if after:
        rows = rows.filter(pk__gt=UUID(after))
    return list(rows.order_by("pk")[:BLOCK])


def _effects(
    documents: Sequence[Document], orders: Mapping[UUID, Standing]
) -> dict[tuple[UUID, str], Effect]:
    """Return what counts as standing: (document, kind) whose create was confirmed."""
    ids = [document.pk for document in documents]
    rows = Write.objects.filter(document__in=ids, kind__in=_KINDS, state=WriteState.CONFIRMED)
    strangers = not_ours(ids)
    chains: dict[tuple[UUID, str], list[Write]] = {}
    for row in rows.order_by("sequence", "created_at"):
        chains.setdefault((row.document_id, row.kind), []).append(row)
    found = {}
    for (pk, kind), chain in chains.items():
        known: dict[str, Any] = {}
        if kind in _INVOICES and pk in strangers:
            known["not_ours"] = strangers[pk]
        if kind == "purchase_order":
            if pk not in orders:
                continue
            # An order made anew for another vendor: what stands is the newest one.
            chain = [row for row in chain if row.remote_id == orders[pk].remote_id]
            known["standing"] = codec.dump(orders[pk].order)
        creates = [row for row in chain if row.operation.startswith(CREATE)]
        if not creates:
            continue
        known |= {**known_facts(chain, kind), **known, "id": creates[0].remote_id}
        first = [*creates, *(row for row in chain if not row.operation.startswith(CREATE))]
        found[pk, kind] = Effect(kind, tuple(as_step(row) for row in first), known)
    return found


def _compared(
    site: Site, effects: Mapping[tuple[UUID, str], Effect]
) -> dict[tuple[UUID, str], Inspection]:
    answers = site.ledger.inspect(site.company_id, list(effects.values()))
    return dict(zip(effects, answers, strict=True))


def _linked(site: Site, inspections: Iterable[Inspection]) -> set[str]:
    """Return those doubles that are documents of ours: people accepted them as such."""
    ids = {each for one in inspections for dev in one.deviations for each in dev.records}
    if not ids:
        return set()
    links = Link.objects.filter(document__integration=site.integration, remote_id__in=ids)
    return set(links.values_list("remote_id", flat=True))


def _judged(
    pk: UUID,
    inspected: Mapping[tuple[UUID, str], Inspection],
    own: set[str],
    standing: Mapping[UUID, Standing],
    used: Mapping[UUID, Invoiced],
) -> list[Found]:
    found: list[Found] = []
    mine = {kind: inspected[pk, kind] for kind in _KINDS if (pk, kind) in inspected}
    for kind, one in mine.items():
        found += from_deviations(kind, [d for d in one.deviations if not _is_own(d, own)])
    for kind in _INVOICES:
        if kind in mine and "journal" in mine:
            twice = booked_twice(mine[kind], mine["journal"])
            found += [twice] if twice else []
    order = mine.get("purchase_order")
    if order is not None and order.lines and not found:
        usage = used[pk].written if pk in used else {}
        differing = commitment(standing[pk].order, order.lines, usage)
        found += [differing] if differing else []
    return found


def _drafts(
    pk: UUID,
    effects: Mapping[tuple[UUID, str], Effect],
    inspected: Mapping[tuple[UUID, str], Inspection],
) -> list[Found]:
    """Return what the ledger was asked to post and shows as a draft."""
    found = []
    for kind in _INVOICES:
        effect = effects.get((pk, kind))
        if effect and any(step.operation == POST for step in effect.steps):
            found.append(unposted(kind, inspected[pk, kind]))
    return [each for each in found if each]


def _is_as_wanted(found: Found, document: Document) -> bool:
    """Whether a person ended the document here: nothing of it has to stand in the ledger."""
    return found.kind is FindingKind.MISSING and document.state in LEFT_OUT


def _is_own(deviation: Deviation, own: set[str]) -> bool:
    return bool(deviation.records) and own.issuperset(deviation.records)


# Doubles.


def _doubled_orders(site: Site, state: dict[str, Any]) -> None:
    """Find orders that bear the reference of one of ours: no field of theirs can be searched."""
    for page in site.ledger.orders_seen(site.company_id):
        with site.rows():
            suspects = _strangers_with_our_reference(site, page)
            documents = {row.document_id: row.document for row, _ in suspects}
            found = {row.document_id: [_doubled(row, seen)] for row, seen in suspects}
            save_findings(site, documents, found)
        site.keep_lease()
    state["orders_seen"] = True


def _strangers_with_our_reference(
    site: Site, page: Sequence[OrderSeen]
) -> list[tuple[Write, OrderSeen]]:
    """Return each order that we did not write, with the write of ours whose reference it bears."""
    written = Write.objects.filter(
        integration=site.integration, kind="purchase_order", state=WriteState.CONFIRMED
    )
    keys = {key for seen in page for key in seen.keys}
    ours = written.filter(operation=CREATE, natural_key__in=keys).select_related("document")
    own = written.filter(remote_id__in=[seen.remote_id for seen in page])
    own_ids = set(own.values_list("remote_id", flat=True))
    return [
        (row, seen)
        for row in ours
        for seen in page
        if row.natural_key in seen.keys and seen.remote_id not in own_ids
    ]


def _doubled(row: Write, seen: OrderSeen) -> Found:
    difference = ("reference", row.number, f"also in {seen.number}")
    return Found(FindingKind.DOUBLED, "purchase_order", (difference,))
