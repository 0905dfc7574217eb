"""Use cases around the ledger's notifications: switched on and off, and a notice that arrives."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import F

from audit.record import record
from audit.redaction import remember
from sync.domain.notices import ANYTHING, Told, digest, read_notices
from sync.engine import tickets
from sync.engine.clock import database_now
from sync.models import WATCHED, Flow, Integration, Notice, Subscription, SubscriptionState
from tenants.ids import new_id
from tenants.keyring import seal, unseal
from tenants.refusal import Clash
from tenants.scoping import presenting, tenant_scope

MOST_KEPT = 5_000  # notices of one subscription that no run has taken up yet
EARLY_EVERY = timedelta(seconds=30)  # NAV itself gathers for as long
_FIELD = "secret"


@dataclass(frozen=True, slots=True)
class Address:
    """Where the ledger shall call, and what it shall say there."""

    token: str
    client_state: str

    @property
    def url(self) -> str:
        return f"{settings.PUBLIC_URL}/webhooks/nav/{self.token}"


def webhooks_enable(integration: Integration) -> None:
    """Ask for the ledger's notifications; a worker creates the subscriptions and keeps them.

    Raises Clash `webhooks_unsupported` where the check of the connection found that the ledger has
    none. What is on already stays as it is.
    """
    if integration.ledger.capabilities.get("webhooks") is False:
        raise Clash(
            "webhooks_unsupported",
            "This ledger cannot notify us: its instance offers no subscriptions. Changes are seen"
            " by polling; give the flows a shorter interval.",
        )
    now = database_now()
    rows = Subscription.objects.select_for_update().filter(integration=integration)
    there = {row.resource for row in rows}
    revived = rows.filter(state=SubscriptionState.ENDING).update(
        state=SubscriptionState.ASKED, check_at=now, error=None, failures=0
    )
    fresh = [_asked(integration, name, now) for name in WATCHED if name not in there]
    Subscription.objects.bulk_create(fresh)
    if fresh or revived:
        tickets.wake(integration.pk, interactive=True)
        record("webhook.enabled", target=integration)


def webhooks_disable(integration: Integration) -> None:
    """End the notifications: nothing that arrives counts from now on, and a worker deletes the
    subscriptions at the ledger."""
    rows = Subscription.objects.filter(integration=integration)
    ended = rows.exclude(state=SubscriptionState.ENDING).update(
        state=SubscriptionState.ENDING, check_at=database_now(), failures=0
    )
    if ended:
        tickets.wake(integration.pk, interactive=True)
        record("webhook.disabled", target=integration)


def subscription_check(subscription: Subscription) -> None:
    """Let a worker look at a subscription now: whether it stands, and how long; renewed if need
    be, made anew where the ledger dropped it."""
    Subscription.objects.filter(pk=subscription.pk).update(check_at=database_now(), failures=0)
    tickets.wake(subscription.ticket, interactive=True)
    record("webhook.check_asked", target=subscription)


def webhooks_orphan(integration: Integration) -> bool:
    """Let the subscriptions of an integration that ends be deleted at the ledger as well.

    Returns whether there are any: then its ticket must stay until a worker has done so.
    """
    return bool(
        Subscription.objects.filter(integration=integration).update(
            state=SubscriptionState.ENDING, integration=None, check_at=database_now(), failures=0
        )
    )


def address_of(subscription: Subscription) -> Address:
    """Return what lies sealed; logs show dots in its place from now on."""
    plain = unseal(
        subscription.secret,
        tenant_id=subscription.tenant_id,
        row_id=subscription.pk,
        field=_FIELD,
    )
    found = Address(**json.loads(plain))
    remember(found.token)
    remember(found.client_state)
    return found


def subscription_by_token(token: str) -> Subscription | None:
    """Return the subscription whose address was called, None for an unknown or ended one."""
    found = digest(token)
    with presenting(token_hash=found):
        row = (
            Subscription.unscoped.select_related("tenant")
            .filter(token_hash=found)
            .exclude(state=SubscriptionState.ENDING)
            .first()
        )
    return row if row is not None and row.tenant.is_active else None


def notice_arrived(subscription: Subscription, body: bytes) -> bool:
    """Keep what a notification tells and ask for an early run; returns whether it told anything
    new. Nothing that is forged, repeated or about something else has any effect."""
    told = read_notices(
        body,
        state_hash=subscription.state_hash,
        company_id=subscription.company_id,
        resource=subscription.resource,
    )
    if not told:
        return False
    with tenant_scope(subscription.tenant_id):
        fresh = _new_in(subscription, told)
        if not fresh:
            return False
        _keep(subscription, fresh)
        _wake(subscription)
    return True


def _asked(integration: Integration, resource: str, now: datetime) -> Subscription:
    pk = new_id()
    token, state = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    plain = json.dumps({"token": token, "client_state": state}).encode()
    return Subscription(
        pk=pk,
        integration=integration,
        ticket=integration.pk,
        ledger=integration.ledger,
        company_id=integration.company_id,
        resource=resource,
        token_hash=digest(token),
        state_hash=digest(state),
        secret=seal(plain, tenant_id=integration.tenant_id, row_id=pk, field=_FIELD),
        created_at=now,
        check_at=now,
    )


def _new_in(subscription: Subscription, told: Told) -> dict[str, str]:
    """Return the notices that say something we have not been told yet."""
    rows = Notice.objects.filter(subscription=subscription, remote_id__in=list(told.stamps))
    known = dict(rows.values_list("remote_id", "stamp"))
    return {key: stamp for key, stamp in told.stamps.items() if known.get(key) != stamp}


def _keep(subscription: Subscription, fresh: dict[str, str]) -> None:
    now = database_now()
    waiting = Notice.objects.filter(subscription=subscription, taken_at=None)
    if waiting.count() + len(fresh) > MOST_KEPT:
        waiting.delete()
        fresh = {ANYTHING: f"too many at {now.isoformat()}"}
    Notice.objects.bulk_create(
        [
            Notice(subscription=subscription, remote_id=key, stamp=stamp, received_at=now)
            for key, stamp in sorted(fresh.items())  # in one order: two at once do not block
        ],
        update_conflicts=True,
        unique_fields=["subscription", "remote_id"],
        update_fields=["stamp", "received_at", "taken_at"],
    )
    Subscription.objects.filter(pk=subscription.pk).update(
        notices=F("notices") + len(fresh), last_notice_at=now
    )


def _wake(subscription: Subscription) -> None:
    """Let the flow run at once, at most every 30 seconds: a burst becomes one early run."""
    wake_flow(subscription.ticket, subscription.flow_name)


def wake_flow(integration_id: UUID, resource: str) -> None:
    """Ask for an early run of a flow; one that was asked for already stays as it is."""
    flow = Flow.objects.filter(
        integration=integration_id, resource=resource, enabled=True, woken_at=None
    ).first()
    if flow is None:
        return
    at = database_now()
    if flow.early_at is not None:
        at = max(at, flow.early_at + EARLY_EVERY)
    if Flow.objects.filter(pk=flow.pk, woken_at=None).update(woken_at=at):
        tickets.wake(integration_id, at=at, interactive=True)
