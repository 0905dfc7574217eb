"""What happened, as support reads it: by customer, action, document, run, connection or request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.text import capfirst

from audit.actions import ACTIONS
from audit.models import AuditEvent
from audit.redaction import redact
from tenants.models import Tenant
from tenants.support.base import SupportAdmin, column
from tenants.support.cells import Link, list_of, page_named, page_of, spoken
from tenants.support.filters import TenantFilter, id_filter
from tenants.support.reading import rows
from tenants.support.sections import Facts, Raw, Section, Story, panel
from tenants.support.story import actor_of, story_of
from tenants.support.supportsite import site

_SHOWN = 15


class ActionFilter(admin.SimpleListFilter):
    """Events of one kind of thing (`connection.`) or of one action."""

    title = "what it is about"
    parameter_name = "action"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        kinds = sorted({f"{name.partition('.')[0]}." for name in ACTIONS})
        exact = request.GET.get(self.parameter_name, "")
        chosen = [(exact, exact)] if exact in ACTIONS else []
        return [*chosen, *((kind, capfirst(spoken(kind.rstrip(".")))) for kind in kinds)]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet | None:
        value = self.value()
        if value is None:
            return None
        return (
            queryset.filter(action__startswith=value)
            if value.endswith(".")
            else queryset.filter(action=value)
        )


@admin.register(AuditEvent, site=site)
class AuditEventAdmin(SupportAdmin):
    """The trail: read, never changed."""

    menu = "History"
    find_help = "request id"
    list_display = (column("at"), "sentence_", "customer", "actor_", "action", column("seq", "No."))
    list_filter = (
        TenantFilter,
        id_filter("document"),
        id_filter("run"),
        id_filter("connection"),
        ActionFilter,
    )

    def terms(self, text: str) -> Q | None:
        if len(text) < 8 or " " in text:
            return None
        return Q(request_id=text)

    def hint(self, row: AuditEvent) -> str:
        return f"{row.at:%Y-%m-%d %H:%M} UTC"

    def title_of(self, row: AuditEvent) -> str:
        return redact(row.sentence)

    @admin.display(description="Who")
    def actor_(self, row: AuditEvent) -> Any:
        return self.cell(actor_of(row.actor))

    @admin.display(description="What happened")
    def sentence_(self, row: AuditEvent) -> str:
        return redact(row.sentence)

    def sections(self, request: HttpRequest, row: AuditEvent) -> Iterator[Section]:
        yield Facts(
            "Event",
            [
                ("At", row.at),
                ("Who", actor_of(row.actor)),
                ("Action", list_of(AuditEvent, row.action, action=row.action)),
                ("About", page_named(row.target_type, row.target_id, row.target_label)),
                ("Kind and id", f"{row.target_type} {row.target_id}".strip()),
                ("Document", page_named("sync.document", row.document)),
                ("Run", page_named("sync.run", row.run)),
                ("Connection", page_named("connectors.connection", row.connection)),
                ("Events beside it", _beside(row)),
                ("Request", row.request_id),
                ("Number in the trail", row.seq),
                ("Digest", bytes(row.hash).hex()),
            ],
        )
        yield Facts("Facts", [(capfirst(spoken(k)), v) for k, v in redact(row.told).items()])
        if row.changes:
            yield Raw("Changes: before and after", row.changes)


def _beside(row: AuditEvent) -> list[Link]:
    """Return links to the events of the same document, run, connection and request."""
    links = [
        list_of(AuditEvent, f"of the {field}", **{field: key})
        for field in ("document", "run", "connection")
        if (key := getattr(row, field))
    ]
    if row.request_id:
        links.append(list_of(AuditEvent, "of the request", q=row.request_id))
    return links


@panel(Tenant, place=9)
def newest_events(request: HttpRequest, tenant: Tenant) -> Iterator[Section]:
    """Show what happened last on the customer's page."""
    newest = rows(AuditEvent).filter(tenant=tenant).order_by("-seq")[:_SHOWN]
    yield Story(
        "What happened last, newest first",
        story_of(newest),
        more=list_of(AuditEvent, "The whole trail", tenant=tenant.pk),
    )


@admin.register(LogEntry, site=site)
class StaffLogAdmin(SupportAdmin):
    """What staff did here, over all customers."""

    called = ("action of staff", "actions of staff")
    menu = "History"
    with_rows = ("user", "content_type")
    list_display = (
        column("action_time", "At"),
        column("user", "Who"),
        "what",
        column("change_message", "What and why"),
    )
    list_filter = ()
    ordering = ("-action_time",)

    @admin.display(description="To")
    def what(self, row: LogEntry) -> Any:
        return self.cell(self._page(row))

    def title_of(self, row: LogEntry) -> str:
        return row.change_message[:120]

    def sections(self, request: HttpRequest, row: LogEntry) -> Iterator[Section]:
        yield Facts(
            "Entry",
            [
                ("At", row.action_time),
                ("Who", page_of(row.user)),
                ("To", self._page(row)),
                ("What and why", row.change_message),
            ],
        )

    @staticmethod
    def _page(row: LogEntry) -> Link | str:
        if row.content_type is None:  # of an app that is gone
            return row.object_repr
        url = row.get_admin_url()
        index = reverse("admin:index")
        text = f"{row.content_type.name} {row.object_repr}"
        return Link(text, url) if url and url.startswith(index) else text
