"""Keeps the ledger's subscriptions alive: created, renewed at half of their life, created again
when lost, deleted when no longer wanted. NAV contract 7.

Each look begins with the ledger's own list, and our address in it tells which ones are ours: an
answer that was lost is found there the next time. A failure stops no run; it stands on the row with
its cause, owner and fix.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings

from audit.redaction import scrub
from connectors.catalogue import explain
from connectors.errors import ConfigurationError, ConnectorError, DocumentRefused
from connectors.models import Connection
from connectors.notifications import Notifications, RemoteSubscription
from connectors.runtime import open_connector
from sync.engine import tickets
from sync.engine.clock import database_now
from sync.engine.missed import measure
from sync.engine.site import Site
from sync.engine.tickets import Claim
from sync.models import Subscription, SubscriptionState
from sync.services.webhooks import Address, address_of, wake_flow
from tenants.scoping import tenant_scope

LOOK_EVERY = timedelta(hours=1)
_FIRST_PAUSE = timedelta(minutes=1)
_REFUSED = "webhook_refused"
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Kept:
    """A subscription of ours, and the address that the ledger calls for it."""

    row: Subscription
    address: Address


def keep_subscriptions(site: Site) -> None:
    """Look at the subscriptions that are due, and measure what their notices missed."""
    with site.rows():
        due = _due(site.integration.pk)
    if not due:
        return
    site.side = "ledger"
    try:
        ledger = _notifications(site.ledger)
        found = ledger.listed()
    except ConnectorError as error:
        _fail(site.rows(), [one.row for one in due], error)
        return
    for one in due:
        try:
            _look_at(site, ledger, one, [item for item in found if item.url == one.address.url])
        except ConnectorError as error:
            _fail(site.rows(), [one.row], error)


def end_orphans(claim: Claim) -> datetime | None:
    """Delete at the ledger what an ended integration has left; returns when to try again.

    A subscription whose time is over needs no deletion any more.
    """
    scope = partial(tenant_scope, claim.tenant_id)
    with scope():
        now = database_now()
        due = _due(claim.integration_id)
        gone = [one.row.pk for one in due if one.row.expires_at and one.row.expires_at < now]
        Subscription.objects.filter(pk__in=gone).delete()
        due = [one for one in due if one.row.pk not in gone]
    for one in due:
        _end_orphan(scope(), scope(), one)
    with scope():
        rows = Subscription.objects.filter(ticket=claim.integration_id)
        return rows.order_by("check_at").values_list("check_at", flat=True).first()


def next_look(integration_id: UUID) -> datetime | None:
    """Return when a subscription of an integration is to be looked at next."""
    rows = Subscription.objects.filter(ticket=integration_id).order_by("check_at")
    return rows.values_list("check_at", flat=True).first()


def _due(integration_id: UUID) -> list[Kept]:
    rows = Subscription.objects.filter(ticket=integration_id, check_at__lte=database_now())
    return [Kept(row, address_of(row)) for row in rows.order_by("resource")]


def _notifications(connector: Any) -> Notifications:
    found = connector.notifications()
    if found is None:
        raise ConfigurationError(
            "This ledger offers no subscriptions.", code="webhooks_unsupported"
        )
    return found


def _look_at(
    site: Site, ledger: Notifications, one: Kept, found: Sequence[RemoteSubscription]
) -> None:
    row = one.row
    if row.state == SubscriptionState.ENDING:
        _delete(ledger, found)
        with site.rows():
            Subscription.objects.filter(pk=row.pk, state=SubscriptionState.ENDING).delete()
        return
    fitting = [item for item in found if ledger.is_about(item, row.company_id, row.resource)]
    _delete(ledger, [item for item in found if item not in fitting[:1]])
    was_lost = bool(row.remote_id) and not fitting
    try:
        kept = _one(ledger, one, fitting[0] if fitting else None)
    except DocumentRefused as error:
        raise _refused(error) from error
    with site.rows():
        _note(row, kept, was_lost=was_lost)
        if was_lost:  # whatever changed meanwhile was told to nobody
            wake_flow(row.ticket, row.flow_name)
    measure(site, ledger, row)


def _one(ledger: Notifications, one: Kept, there: RemoteSubscription | None) -> RemoteSubscription:
    """Return the subscription as it stands now: created, renewed or left alone."""
    row, state = one.row, one.address.client_state
    if there is None:
        return ledger.create(row.company_id, row.resource, one.address.url, state)
    other_state = there.client_state not in ("", state)
    if other_state or row.renew_at is None or row.renew_at <= _now():
        fresh = ledger.renew(there, row.company_id, row.resource, state)
        return replace(fresh, expires_at=fresh.expires_at or there.expires_at)
    return there


def _note(row: Subscription, kept: RemoteSubscription, *, was_lost: bool) -> None:
    """Save where a subscription stands; its renewal is due at half of the time it has."""
    now = database_now()
    values: dict[str, Any] = {
        "state": SubscriptionState.ACTIVE,
        "remote_id": kept.id,
        "checked_at": now,
        "failures": 0,
        "error": None,
        "losses": row.losses + was_lost,
        "measured_until": row.measured_until or now,
    }
    if kept.expires_at != row.expires_at or row.renew_at is None:
        values |= {
            "renewed_at": now,
            "expires_at": kept.expires_at,
            "renew_at": now + (kept.expires_at - now) / 2 if kept.expires_at else None,
        }
    renew_at = values.get("renew_at", row.renew_at)
    values["check_at"] = min(now + LOOK_EVERY, renew_at or now + LOOK_EVERY)
    rows = Subscription.objects.filter(pk=row.pk).exclude(state=SubscriptionState.ENDING)
    rows.update(**values)
    for name, value in values.items():
        setattr(row, name, value)


def _fail(
    rows: AbstractContextManager[None], failed: Iterable[Subscription], error: ConnectorError
) -> None:
    """Say on the rows what went wrong, and look again after a growing pause."""
    message = scrub(error.message)[:500]
    log.info("subscription_failed", code=error.code, message=message)
    with rows:
        now = database_now()
        for row in failed:
            pause = min(_FIRST_PAUSE * 2 ** min(row.failures, 10), LOOK_EVERY)
            values = {
                "check_at": now + pause,
                "checked_at": now,
                "failures": row.failures + 1,
                "error": {**explain(error.code), "code": error.code, "message": message},
            }
            found = Subscription.objects.filter(pk=row.pk)
            found.update(**values)
            found.exclude(state=SubscriptionState.ENDING).update(state=SubscriptionState.FAILING)


def _refused(error: DocumentRefused) -> ConnectorError:
    """NAV says no: most of all since our address did not answer its handshake."""
    return ConfigurationError(
        f"NAV refused the subscription for {settings.PUBLIC_URL}: {scrub(error.message)[:300]}",
        code=_REFUSED,
        detail=error.detail,
    )


def _delete(ledger: Notifications, found: Iterable[RemoteSubscription]) -> None:
    for item in found:
        ledger.delete(item)


def _end_orphan(
    reading: AbstractContextManager[None], ending: AbstractContextManager[None], one: Kept
) -> None:
    connector: Any = None
    try:
        with reading:
            connector = open_connector(Connection.objects.get(pk=one.row.ledger_id))
        ledger = _notifications(connector)
        _delete(ledger, [item for item in ledger.listed() if item.url == one.address.url])
    except ConnectorError as error:
        _fail(ending, [one.row], error)
        return
    finally:
        close = getattr(connector, "close", None)
        if close:
            close()
    with ending:
        Subscription.objects.filter(pk=one.row.pk).delete()


def _now() -> datetime:
    return database_now()


def orphans_ended(claim: Claim) -> bool:
    """Finish what an ended integration left; True when its ticket may be closed."""
    again = end_orphans(claim)
    if again is None:
        return True
    tickets.release(claim, due_at=again, more=False)
    return False
