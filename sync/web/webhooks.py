"""The ledger's notifications: how they stand for each integration, and their switch."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase

from sync.models import Integration
from sync.selectors.webhooks import notifications_of
from sync.services.webhooks import webhooks_disable, webhooks_enable
from tenants.access import find
from tenants.models import Role
from tenants.pages import Action, Page


class Notifications(Page):
    template = "sync/notifications.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        rows = list(Integration.objects.select_related("ledger").order_by("name"))
        found = notifications_of(rows)
        return self.show(
            {
                "rows": [
                    (row, found[row.pk], row.ledger.capabilities.get("webhooks") is not False)
                    for row in rows
                ]
            }
        )


class Switch(Action):
    """Switches the notifications of one integration on or off."""

    write_role = Role.ADMIN
    back = "notifications"

    def carry_out(self, request: HttpRequest, **kwargs: Any) -> str:
        integration = _integration(kwargs["id"])
        if request.POST.get("enabled") == "true":
            webhooks_enable(integration)
            return "The notifications were switched on. The ledger is asked within seconds."
        webhooks_disable(integration)
        return "The notifications were switched off. Polling goes on."


def _integration(id: UUID) -> Integration:
    return find(Integration.objects.select_related("ledger"), id)
