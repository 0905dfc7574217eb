"""Review items: the causes that documents wait for."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from django.contrib import admin
from django.db.models import Count, Q, QuerySet, Sum
from django.http import HttpRequest
from django.template.defaultfilters import pluralize

from audit.redaction import redact
from sync.admin.columns import (
    DOCUMENT_FIGURES,
    DOCUMENT_HEADINGS,
    document_row,
    every_integration,
    reasons_table,
)
from sync.domain.reasons import Owner
from sync.models import Document, ReviewItem, Wait
from sync.words import plainly
from tenants.support.base import SupportAdmin, column
from tenants.support.cells import badge, list_of, money, page_of, spoken
from tenants.support.filters import id_filter, word_filter
from tenants.support.reading import rows
from tenants.support.sections import Facts, Raw, Section, Table
from tenants.support.supportsite import site

_SHOWN = 50
_MOST_CAUSES = 15


@admin.register(ReviewItem, site=site)
class ReviewAdmin(SupportAdmin):
    """One cause in one integration, and what waits for it."""

    called = ("review", "reviews")
    menu = "Work"
    find_help = "review cause"
    with_rows = ("tenant", "integration", "assignee")
    list_display = (
        "cause",
        "customer",
        "integration",
        column("code", "Reason", spoken),
        column("owner", show=spoken),
        column("state", show=badge),
        column("opened_at"),
    )
    list_filter = (
        *SupportAdmin.list_filter,
        id_filter("integration"),
        "state",
        word_filter("owner", Owner),
    )

    def terms(self, text: str) -> Q | None:
        if len(text) < 4:
            return None
        exact = Q(integration__in=every_integration(), state="open", cause=text)
        return exact | Q(state="open", cause__istartswith=text) | Q(state="open", code=text)

    def hint(self, row: ReviewItem) -> str:
        return row.state

    def sections(self, request: HttpRequest, row: ReviewItem) -> Iterator[Section]:
        yield Facts(
            "Review",
            [
                ("Cause", row.cause),
                ("State", badge(row.state)),
                ("Integration", page_of(row.integration)),
                ("Who can mend it", spoken(row.owner)),
                ("Assigned to", page_of(row.assignee) if row.assignee else "nobody"),
                ("Opened", row.opened_at),
                ("Due", row.due_at),
                ("Closed", row.resolved_at),
                ("Id", row.pk),
            ],
        )
        yield reasons_table([row.reason], "What it means")
        yield _money(row)
        yield _documents(row)
        if row.resolution:
            yield Raw("How it was resolved", row.resolution)
        if row.pending_accept:
            yield Raw("An acceptance that waits for a second person", row.pending_accept)


def _waits(review: ReviewItem) -> QuerySet[Wait]:
    return rows(Wait).filter(integration=review.integration_id, cause=review.cause)


def _money(review: ReviewItem) -> Table:
    sums = (
        _waits(review)
        .order_by("document__currency")
        .values_list("document__currency", "document__resource")
        .annotate(Count("pk"), Sum("document__amount"))
    )
    return Table(
        "What waits for it",
        ("What", "How many", "Amount"),
        [
            (resource.replace("_", " "), number, money(amount, currency))
            for currency, resource, number, amount in sums
        ],
        empty="Nothing waits for it any more.",
        figures=("How many", "Amount"),
    )


def _documents(review: ReviewItem) -> Table:
    waiting = _waits(review).values("document")
    found = rows(Document).filter(pk__in=waiting).order_by("-pk")
    return Table(
        f"Documents that wait (the newest {_SHOWN})",
        DOCUMENT_HEADINGS,
        [document_row(document) for document in found[:_SHOWN]],
        figures=DOCUMENT_FIGURES,
        more=list_of(Document, "All that wait", review=review.pk),
    )


def causes_table(title: str, tenant_id: UUID) -> Table:
    """Return a customer's open causes, those that hold most documents first."""
    most = list(
        rows(Wait)
        .filter(tenant=tenant_id)
        .values_list("integration", "cause")
        .annotate(documents=Count("pk"))
        .order_by("-documents", "cause")[:_MOST_CAUSES]
    )
    items = {
        (one.integration_id, one.cause): one
        for one in rows(ReviewItem).filter(
            tenant=tenant_id, state="open", cause__in=[cause for _, cause, _ in most]
        )
    }
    open_ones = rows(ReviewItem).filter(tenant=tenant_id, state="open").count()
    return Table(
        f"{title}: {open_ones} open review{pluralize(open_ones)}",
        ("Cause", "Documents", "Who", "What it means", "Open since"),
        [
            (page_of(one), documents, spoken(one.owner), _meaning(one), one.opened_at)
            for integration, cause, documents in most
            if (one := items.get((integration, cause))) is not None
        ],
        empty="Nothing waits for anybody.",
        more=list_of(ReviewItem, "All reviews", tenant=tenant_id),
    )


def _meaning(review: ReviewItem) -> str:
    return plainly(redact(review.reason.get("message", "")))
