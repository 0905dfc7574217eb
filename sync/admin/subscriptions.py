"""Subscriptions: where a ledger tells us of changes by itself. Their addresses are secrets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from sync.models import Integration, Notice, Subscription, SubscriptionState
from sync.services.webhooks import subscription_check, webhooks_disable
from tenants.support.base import SupportAdmin, column
from tenants.support.cells import badge, counted, page_of, times
from tenants.support.filters import id_filter
from tenants.support.interventions import Intervention
from tenants.support.reading import rows
from tenants.support.sections import Facts, Raw, Section, Table
from tenants.support.supportsite import site

_SHOWN = 20


def _check(chosen: list[Subscription], choices: Mapping[str, Any]) -> str:
    for one in chosen:
        subscription_check(one)
    return f"{counted(len(chosen), 'subscription')} to be looked at as soon as a worker is free."


def _switch_off(chosen: list[Subscription], choices: Mapping[str, Any]) -> str:
    ids = {one.integration_id for one in chosen}
    for integration in Integration.objects.filter(pk__in=ids):
        webhooks_disable(integration)
    return "Notifications are off; a worker deletes the subscriptions at the ledger. Polls go on."


def _not_ending(row: Subscription) -> str:
    return "It is being ended." if row.state == SubscriptionState.ENDING else ""


@admin.register(Subscription, site=site)
class SubscriptionAdmin(SupportAdmin):
    """One set of a ledger's company that notifies us."""

    called = ("webhook subscription", "webhook subscriptions")
    menu = "Customers"
    find_help = "id of a subscription at the ledger"
    with_rows = ("tenant", "integration", "ledger")
    list_display = (
        "resource",
        "customer",
        "integration",
        column("state", show=badge),
        column("expires_at", "Ends at the ledger"),
        column("last_notice_at", "Last notice", empty="none yet"),
        "notices",
    )
    list_filter = (*SupportAdmin.list_filter, id_filter("integration"), "state", "resource")
    interventions = (
        Intervention(
            "check",
            "Look at it now",
            "Asks the ledger whether the subscription still stands. It is renewed if need be, and "
            "made anew where it is gone.",
            _check,
            many=True,
        ),
        Intervention(
            "switch-off",
            "Switch notifications off",
            "Switches them off for the whole integration. Changes are then seen by polling alone.",
            _switch_off,
            fits=_not_ending,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        found = super().get_queryset(request)
        return found.defer(
            "secret", "token_hash", "state_hash", "ledger__secret", "integration__policy"
        )

    def terms(self, text: str) -> Q | None:
        return Q(remote_id=text) if len(text) > 7 else None

    def hint(self, row: Subscription) -> str:
        return row.state

    def title_of(self, row: Subscription) -> str:
        return f"{row.resource} of {row.integration or 'an integration that has ended'}"

    def sections(self, request: HttpRequest, row: Subscription) -> Iterator[Section]:
        yield Facts(
            "Subscription",
            [
                ("State", badge(row.state)),
                ("What it tells of", row.resource),
                ("Integration", page_of(row.integration) if row.integration else "ended"),
                ("Ledger", page_of(row.ledger)),
                ("Company", row.company_id),
                ("Id at the ledger", row.remote_id or "none yet"),
                ("Made", row.created_at),
                ("Renewed", row.renewed_at or "not yet"),
                ("Ends at the ledger", row.expires_at),
                ("Renewed next", row.renew_at),
                ("Looked at", row.checked_at or "not yet"),
                ("Looked at next", row.check_at),
                ("Failures in a row", row.failures),
                ("Dropped by the ledger", times(row.losses)),
                ("Notices", row.notices),
                ("Last notice", row.last_notice_at or "none yet"),
                ("Changes that no notice told of", f"{row.changes_missed} of {row.changes_seen}"),
                ("Silent since", row.silent_since or "not silent"),
                ("Id", row.pk),
            ],
        )
        if row.error:
            yield Raw("What the ledger said", row.error)
        found = rows(Notice).filter(subscription=row).order_by("-received_at")
        yield Table(
            f"Notices (the newest {_SHOWN})",
            ("Record at the ledger", "What and when", "Arrived", "Taken up by a run"),
            [
                (one.remote_id or "anything", one.stamp, one.received_at, one.taken_at or "not yet")
                for one in found[:_SHOWN]
            ],
            empty="None has arrived.",
        )
