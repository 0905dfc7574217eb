"""The ledger's notifications of an integration."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from sync.api.shapes import webhooks as shapes
from sync.api.shown import webhooks as shown
from sync.models import Integration
from sync.selectors.webhooks import notifications
from sync.services.webhooks import webhooks_disable, webhooks_enable
from tenants.rest import TenantView


class Webhooks(TenantView):
    @extend_schema(operation_id="webhooks_read", responses=shapes.WebhooksShape)
    def get(self, request: Request, id: UUID) -> Response:
        """How the subscriptions at the ledger stand, and what the safety poll saw them miss."""
        return self._answer(self.find(Integration.objects, id))

    @extend_schema(
        operation_id="webhooks_change",
        request=shapes.WebhooksBody,
        responses=shapes.WebhooksShape,
    )
    def post(self, request: Request, id: UUID) -> Response:
        """Switch the ledger's notifications on or off; a worker creates, keeps or deletes them."""
        integration = self.find(Integration.objects.select_related("ledger"), id)
        if self.body(shapes.WebhooksBody)["enabled"]:
            webhooks_enable(integration)
        else:
            webhooks_disable(integration)
        return self._answer(integration)

    def _answer(self, integration: Integration) -> Response:
        return self.shown(shown.webhooks(notifications(integration)))
