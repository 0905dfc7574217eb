"""What is wrong now and was not planned by anybody: silence, and connections that fail."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from django.db.models import Max
from django.db.models.functions import TruncDate
from django.urls import reverse

from connectors.expiry import Expiry
from connectors.models import Connection, Health
from sync.domain.calendar import next_run
from sync.mails.content import Block, Content, Item
from sync.models import Document, Flow, Integration, MailKind, Run, RunMode, RunState
from sync.words import FLOWS
from tenants.pages import formats

GOOD = (RunState.SUCCEEDED, RunState.PARTIAL)
MISSED_RUNS = 3
GRACE = timedelta(hours=1)
LOOKED_AT = timedelta(days=56)
FEWEST_DAYS = 5  # with fewer days on which something arrived nobody knows what is usual


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that stands until it is put right; `key` names it as long as it does."""

    key: str
    kind: MailKind
    content: Content


def alarms(integrations: Sequence[Integration], now: datetime, zone: ZoneInfo) -> list[Alarm]:
    """Return everything that is wrong now, in the scope of the tenant; five queries."""
    found = list(_broken())
    found += _without_runs(now, zone)
    for integration in integrations:
        found += _without_documents(integration, now)
    return found


def _broken() -> Iterator[Alarm]:
    for row in Connection.objects.filter(health=Health.ATTENTION).order_by("created_at"):
        items = [Item(row.name, row.health_message, reverse("connection", args=[row.pk]))]
        content = Content(
            f"The connection {row.name} is broken",
            [
                Block(
                    text="Nothing travels through it until it works again. Nothing is lost: what"
                    " waits goes on by itself afterwards.",
                    items=items,
                )
            ],
            reverse("connection", args=[row.pk]),
            "Fix the connection",
        )
        yield Alarm(f"connection {row.pk}", MailKind.CONNECTION, content)


def of_secret(connection: Connection, near: Expiry) -> Content:
    """Tell that a client secret ends soon, or that its last day is over."""
    state = "is over" if near.is_over else f"ends on {formats.day(near.until)}"
    block = Block(
        text=f"The connection {connection.name}: {near.message}. Without a new one nothing is read"
        f" or posted through it. {near.fix}"
    )
    page = reverse("connection", args=[connection.pk])
    return Content(
        f"The client secret of {connection.name} {state}", [block], page, "Open the connection"
    )


def _without_runs(now: datetime, zone: ZoneInfo) -> Iterator[Alarm]:
    """Find flows that missed three runs in a row and an hour more."""
    flows = list(Flow.objects.filter(enabled=True).select_related("integration"))
    good = Run.objects.filter(flow__in=flows, mode=RunMode.LIVE, state__in=GOOD)
    last = dict(good.order_by().values_list("flow").annotate(at=Max("queued_at")))
    for flow in flows:
        since = last.get(flow.pk)
        limit = since and _limit(flow, since, zone)
        if since is None or limit is None or now < limit:
            continue
        words = FLOWS[flow.resource]
        page = f"{reverse('runs')}?integration={flow.integration_id}"
        content = Content(
            f"{words} of {flow.integration.name}: no run has succeeded for longer than usual",
            [
                Block(
                    text=f"The last good run was {formats.instant(since)}; since then at least"
                    f" {MISSED_RUNS} were due. What the source has changed meanwhile is not in the"
                    " ledger yet."
                )
            ],
            page,
            "Open the runs",
        )
        yield Alarm(f"runs {flow.pk}", MailKind.SILENCE, content)


def _limit(flow: Flow, since: datetime, zone: ZoneInfo) -> datetime | None:
    due: datetime | None = since
    for _ in range(MISSED_RUNS):
        due = due and next_run(flow.schedule, after=due, zone=zone)
    return due and due + GRACE


def _without_documents(integration: Integration, now: datetime) -> Iterator[Alarm]:
    """Compare how long nothing has arrived with the longest pause of the last eight weeks."""
    rows = Document.objects.filter(
        integration=integration, first_seen_at__gt=now - LOOKED_AT, first_seen_at__lte=now
    )
    arrived = rows.annotate(day=TruncDate("first_seen_at")).order_by("day")
    days = list(arrived.values_list("day", flat=True).distinct())
    if len(days) < FEWEST_DAYS:
        return
    usual = max(later - earlier for earlier, later in pairwise(days))
    pause = formats.local_day(now) - days[-1]
    if pause <= max(usual * 3 / 2, timedelta(days=2)):
        return
    content = Content(
        f"{integration.name}: nothing has arrived for {pause.days} days",
        [
            Block(
                text=f"The newest document arrived on {formats.day(days[-1])}. In the last eight"
                f" weeks the longest pause was {usual.days} days. Runs may succeed and find"
                " nothing: look whether JAGGAER still exports, and for this business unit."
            )
        ],
        f"{reverse('documents')}?integration={integration.pk}",
        "Open the documents",
    )
    yield Alarm(f"arrival {integration.pk} {days[-1]}", MailKind.SILENCE, content)
