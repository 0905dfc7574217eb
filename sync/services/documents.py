"""Use cases around documents: replayed one by one or by a filter; inside the tenant's scope."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from audit.record import record
from sync.engine import tickets
from sync.engine.clock import database_now
from sync.models import (
    Document,
    DocumentState,
    Flow,
    FlowName,
    Integration,
    Outcome,
    ReviewItem,
    Run,
    RunMode,
    RunState,
    Trigger,
    Wait,
)
from tenants.refusal import Clash, Invalid

MAPPINGS = ("current", "pinned")
# What is on its way, or may have arrived, is not decided again before its end is known.
_LEFT_ALONE = (DocumentState.WRITING, DocumentState.UNKNOWN)


@dataclass(frozen=True, slots=True)
class ReplayFilter:
    """Which documents of an integration are meant; the days are those of the documents."""

    resource: str | None = None
    state: str | None = None
    review: UUID | None = None
    since: date | None = None
    until: date | None = None
    documents: Collection[UUID] | None = None

    def rows(self, integration: Integration) -> QuerySet[Document]:
        rows = Document.objects.filter(integration=integration)
        if self.documents is not None:
            rows = rows.filter(pk__in=self.documents)
        if self.resource:
            rows = rows.filter(resource=self.resource)
        if self.state:
            rows = rows.filter(state=self.state)
        if self.review:
            rows = waiting_for(rows, self.review)
        return dated(rows, self.since, self.until)


def waiting_for(rows: QuerySet[Document], review_id: UUID) -> QuerySet[Document]:
    """Return those of the documents that wait for a review item."""
    item = ReviewItem.objects.filter(pk=review_id).values("integration", "cause")
    waits = Wait.objects.filter(
        integration__in=item.values("integration"), cause__in=item.values("cause")
    )
    return rows.filter(pk__in=waits.values("document"))


def dated(rows: QuerySet[Document], since: date | None, until: date | None) -> QuerySet[Document]:
    """Return those of a period, both days included; without a date the day of arrival counts."""
    if since:
        seen = Q(document_date__isnull=True, first_seen_at__date__gte=since)
        rows = rows.filter(Q(document_date__gte=since) | seen)
    if until:
        seen = Q(document_date__isnull=True, first_seen_at__date__lte=until)
        rows = rows.filter(Q(document_date__lte=until) | seen)
    return rows


def of_run(rows: QuerySet[Document], run_id: UUID) -> QuerySet[Document]:
    """Return those of the documents that a run decided on."""
    return rows.filter(pk__in=Outcome.objects.filter(run=run_id).values("document"))


def document_replay(
    document: Document, *, mapping: Any = "current", mode: Any = RunMode.LIVE
) -> Run:
    """Let one document be decided anew from the version that is kept; returns the run.

    `mapping` is that of today or, `pinned`, the one of its last decision. Effects that stand are
    recognized and not repeated; a document that is being written is left alone.
    """
    _check(mapping, mode)
    rows = Document.objects.filter(pk=document.pk)
    return _replay(document.integration, FlowName(document.flow_name), rows, mapping, mode)


def documents_replay(
    integration: Integration,
    *,
    chosen: ReplayFilter,
    mapping: Any = "current",
    mode: Any = RunMode.LIVE,
) -> list[Run]:
    """Replay every document that the filter chooses: a run for each flow that has some.

    Without a single document it is one run with nothing to do.
    """
    _check(mapping, mode)
    rows = chosen.rows(integration)
    names = set(rows.order_by().values_list("flow_name", flat=True).distinct())
    found = {(integration.pk, name) for name in names or {FlowName.INVOICES}}
    return _replay_each(rows, found, mapping, mode)


def found_replay(
    rows: QuerySet[Document], *, mapping: Any = "current", mode: Any = RunMode.LIVE
) -> list[Run]:
    """Replay what a search found, in whichever integrations: a run for each with its flows.

    Raises Clash `nothing_to_replay` where all of it is on its way or nothing was found.
    """
    _check(mapping, mode)
    rows = rows.order_by()
    free = rows.exclude(state__in=_LEFT_ALONE)
    found = set(free.values_list("integration", "flow_name").distinct())
    if not found:
        raise Clash("nothing_to_replay", "No document fits that is not being written just now.")
    return _replay_each(rows, found, mapping, mode)


def replayable(rows: QuerySet[Document]) -> dict[str, int]:
    """Count what a replay of these would decide anew, per resource, and what it leaves `busy`."""
    groups = rows.order_by().values_list("resource", "state").annotate(documents=Count("pk"))
    counted: dict[str, int] = {}
    for resource, state, documents in groups:
        name = "busy" if state in _LEFT_ALONE else resource
        counted[name] = counted.get(name, 0) + documents
    return counted


def _replay_each(
    rows: QuerySet[Document], found: Collection[tuple[UUID, str]], mapping: str, mode: str
) -> list[Run]:
    """Queue a run for each integration and flow, flows in the order in which they depend."""
    integrations = Integration.objects.in_bulk([integration for integration, _ in found])
    return [
        _replay(
            integrations[pk],
            name,
            rows.filter(integration=pk, flow_name=name),
            mapping,
            mode,
        )
        for pk in integrations
        for name in FlowName
        if (pk, name) in found
    ]


def _check(mapping: Any, mode: Any) -> None:
    wrong: dict[str, list[str]] = {}
    if mapping not in MAPPINGS:
        wrong["mapping"] = [f"One of {', '.join(MAPPINGS)}."]
    if mode not in RunMode.values:
        wrong["mode"] = [f"One of {', '.join(RunMode.values)}."]
    if wrong:
        raise Invalid(wrong)


def _replay(
    integration: Integration,
    flow_name: FlowName,
    rows: QuerySet[Document],
    mapping: str,
    mode: str,
) -> Run:
    chosen = list(rows.exclude(state__in=_LEFT_ALONE).only("id", "reference", "source_id"))
    run = Run.objects.create(
        tenant_id=integration.tenant_id,
        integration=integration,
        flow=Flow.objects.get(integration=integration, resource=flow_name),
        trigger=Trigger.REPLAY,
        mode=mode,
        mapping=mapping,
        reads=False,
        state=RunState.QUEUED,
        queued_at=database_now(),
        position=list(FlowName).index(flow_name),
        expected=len(chosen),
        cursor=_cursor(chosen, mode),
    )
    ids = [document.pk for document in chosen]
    if mode == RunMode.LIVE:
        Document.objects.filter(pk__in=ids).exclude(state__in=_LEFT_ALONE).update(
            state=DocumentState.RECEIVED, queued_run=run, changed_at=timezone.now()
        )
    _tell(run, chosen)
    tickets.wake(integration.pk, interactive=True)
    return run


def _cursor(chosen: list[Document], mode: str) -> Mapping[str, Any]:
    if mode != RunMode.PREVIEW:
        return {}
    return {"documents": [str(document.pk) for document in chosen]}


def _tell(run: Run, chosen: list[Document]) -> None:
    facts = {"mode": run.mode, "mapping": run.mapping}
    for document in chosen:
        record("document.replayed", target=document, document=document.pk, run=run.pk, facts=facts)
    queued = {"flow": run.flow.resource, "trigger": run.trigger, "documents": len(chosen)}
    record("run.queued", target=run, run=run.pk, facts={**queued, **facts})
