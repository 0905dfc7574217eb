"""How the ledger's notifications of an integration stand, for the API and the pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from connectors.catalogue import explain
from sync.models import WATCHED, Integration, Subscription, SubscriptionState


class Standing(StrEnum):
    """How the notifications of an integration stand."""

    OFF = "off"
    PENDING = "pending"  # asked for; a worker creates them
    ACTIVE = "active"
    ATTENTION = "attention"  # one of them fails, or is silent


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a subscription does not do its work: cause, whose it is, what to do."""

    code: str
    message: str
    cause: str
    owner: str
    fix: str


@dataclass(frozen=True, slots=True)
class SubscriptionView:
    """A subscription with what is wrong about it, if anything."""

    row: Subscription
    trouble: Trouble | None

    @property
    def standing(self) -> Standing:
        if self.trouble is not None:
            return Standing.ATTENTION
        return Standing.PENDING if self.row.state == SubscriptionState.ASKED else Standing.ACTIVE


@dataclass(frozen=True, slots=True)
class Notifications:
    """What an integration is told by its ledger."""

    subscriptions: Sequence[SubscriptionView]

    @property
    def enabled(self) -> bool:
        return bool(self.subscriptions)

    @property
    def state(self) -> Standing:
        found = {one.standing for one in self.subscriptions}
        worst = (Standing.ATTENTION, Standing.PENDING, Standing.ACTIVE)
        return next((each for each in worst if each in found), Standing.OFF)

    @property
    def trouble(self) -> Trouble | None:
        """What needs somebody first."""
        return next((one.trouble for one in self.subscriptions if one.trouble), None)


def notifications(integration: Integration) -> Notifications:
    """Return the subscriptions of an integration in the order of the flows they wake."""
    return notifications_of([integration])[integration.pk]


def notifications_of(integrations: Sequence[Integration]) -> dict[UUID, Notifications]:
    """Return the subscriptions of each integration; one query."""
    rows = Subscription.objects.filter(integration__in=integrations)
    wanted = [row for row in rows if row.state != SubscriptionState.ENDING]
    wanted.sort(key=lambda row: list(WATCHED).index(row.resource))
    views: dict[UUID, list[SubscriptionView]] = {row.pk: [] for row in integrations}
    for row in wanted:
        views[row.integration_id].append(SubscriptionView(row, _trouble(row)))
    return {pk: Notifications(found) for pk, found in views.items()}


def _trouble(row: Subscription) -> Trouble | None:
    if row.error:
        names = ("code", "message", "cause", "owner", "fix")
        return Trouble(**{name: row.error.get(name, "") for name in names})
    if row.silent_since is None:
        return None
    words = explain("webhooks_silent")
    return Trouble(
        code="webhooks_silent",
        message=f"{row.changes_missed} changes of {row.resource} came without a notification.",
        **{name: words[name] for name in ("cause", "owner", "fix")},
    )
