"""One block of received documents: load, decide each, store all in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import Q, QuerySet

from connectors import codec
from connectors.documents import Problem, SourceDocument
from sync.domain.decision import Action, Decision
from sync.engine.accounting import count_once
from sync.engine.deciding import invoices, orders, suppliers
from sync.engine.deciding.receipts import arrivals, needs_receipts
from sync.engine.deciding.saving import previewed, save_decisions, save_preview
from sync.engine.pretending import pretending
from sync.engine.site import Site
from sync.engine.usage import ARRIVAL
from sync.matching.receipts import Arrivals
from sync.models import (
    Document,
    DocumentState,
    FlowName,
    Outcome,
    Run,
    RunMode,
    Trigger,
    Version,
)

BLOCK = 200
_MOST_WAITING = 2000

Decided = tuple[Document, Decision]

_DECIDERS: dict[str, Callable[..., list[Decided]]] = {
    FlowName.SUPPLIERS: suppliers.decide_all,
    FlowName.PURCHASE_ORDERS: orders.decide_all,
}


class Received:
    """A document with its current content; `source` is None where it could not be read."""

    __slots__ = ("document", "problems", "source")

    def __init__(self, document: Document, version: Version | None) -> None:
        self.document = document
        content = version.content if version else None
        self.source: SourceDocument | None = codec.load(content) if content else None
        self.problems: tuple[Problem, ...] = tuple(
            codec.load(problem) for problem in (version.problems if version else ())
        )


def decide_block(site: Site, run: Run) -> int:
    """Decide the next documents of a run, in the order of (source change time, id)."""
    site.side = "ledger"
    _ = site.setup  # without it no document can be planned, whichever side it goes to
    site.ledger.capabilities()  # what planning needs is read before the transaction begins
    if run.flow.resource == FlowName.SUPPLIERS:
        _ = site.source  # opened here for the same reason
    if run.mode == RunMode.PREVIEW:
        return _preview_block(site, run)
    arrived = Arrivals()
    if needs_receipts(site, run.flow.resource):
        with site.rows(run=run.pk):
            coming = _next(run)
        arrived = arrivals(site, run.flow.resource, coming)
    with site.rows(run=run.pk):
        documents = _next(run)
        if not documents:
            return 0
        decided = decide_documents(site, documents, run=run, arrived=arrived)
        count_once(run, documents)
        save_decisions(site, run, decided)
        _count(run, len(documents))
    return len(documents)


def _preview_block(site: Site, run: Run) -> int:
    """Decide the next documents of a preview, as if all it decided before had been written."""
    with site.rows(run=run.pk):
        coming = _next(run)
    if not coming:
        return 0
    rows = _rehearsed(site, run, coming, again=False)
    with site.rows(run=run.pk):
        count_once(run, coming)
        _count(run, len(coming))
        save_preview(rows)
    return len(rows)


def decide_waiting(site: Site, run: Run) -> int:
    """Decide those again that wait in a preview which has decided everything once; returns how
    many go on: in a live run the arrival of what they wait for releases them."""
    with site.rows(run=run.pk):
        waiting = _waiting(run)
    decided = _rehearsed(site, run, waiting, again=True) if waiting else []
    rows = [row for row in decided if row.decision != Action.WAIT]
    if rows:
        with site.rows(run=run.pk):
            save_preview(rows)
    return len(rows)


def _rehearsed(
    site: Site, run: Run, documents: Sequence[Document], *, again: bool
) -> list[Outcome]:
    arrived = arrivals(site, run.flow.resource, documents)
    decided_again = [document.pk for document in documents if again]
    with site.rows(run=run.pk), pretending(run, again=decided_again):
        decided = decide_documents(site, documents, run=run, arrived=arrived)
        return previewed(site, run, decided)


def _count(run: Run, documents: int) -> None:
    """Let people see how far a run is that reads nothing: what it has decided of what it has."""
    if run.reads or run.expected is None:
        return
    run.seen = min(run.seen + documents, run.expected)
    run.save(update_fields=["seen"])


def _waiting(run: Run) -> list[Document]:
    outcomes = run.outcomes.filter(decision=Action.WAIT).values("document")
    rows = Document.objects.filter(pk__in=outcomes)
    return list(rows.order_by(*ARRIVAL)[:_MOST_WAITING])


def decide_documents(
    site: Site,
    documents: Sequence[Document],
    *,
    run: Run | None,
    arrived: Arrivals | None = None,
) -> list[Decided]:
    """Take the decision for each document, changing nothing; use inside `site.rows()`."""
    if not documents:
        return []
    versions = _versions(documents)
    items = [Received(document, versions.get(document.pk)) for document in documents]
    pinned = bool(run and run.mapping == "pinned")
    flow_name = documents[0].flow_name
    if flow_name == FlowName.INVOICES:
        return invoices.decide_all(site, items, pinned=pinned, arrived=arrived or Arrivals())
    return _DECIDERS[flow_name](site, items, pinned=pinned)


def _next(run: Run) -> list[Document]:
    """Return the next block: documents that a person or program asked for, else all received."""
    rows = Document.objects.filter(integration=run.integration_id, flow_name=run.flow.resource)
    if run.mode == RunMode.PREVIEW:
        rows = _to_preview(run, rows)
    elif run.trigger == Trigger.REPLAY:
        rows = rows.filter(state=DocumentState.RECEIVED, queued_run=run)
    else:
        mine = Q(queued_run=run) | Q(queued_run__isnull=True)
        rows = rows.filter(mine, state=DocumentState.RECEIVED)
    if run.mode == RunMode.LIVE:
        rows = rows.select_for_update(of=("self",))
    return list(rows.order_by(*ARRIVAL)[:BLOCK])


def _to_preview(run: Run, rows: QuerySet[Document]) -> QuerySet[Document]:
    """Preview the documents that were named, else what a live run would decide."""
    named = run.cursor.get("documents")
    if named is None:
        rows = rows.filter(state=DocumentState.RECEIVED)
    else:
        rows = rows.filter(pk__in=named)
    return rows.exclude(pk__in=run.outcomes.values("document"))


def _versions(documents: Sequence[Document]) -> dict[Any, Version]:
    wanted = {(document.pk, document.version) for document in documents}
    rows = Version.objects.filter(
        document__in=documents, number__in={number for _, number in wanted}
    ).only("document_id", "number", "content", "problems")
    return {row.document_id: row for row in rows if (row.document_id, row.number) in wanted}
