"""Integrations and their flows."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from sync.api.shapes import integrations as shapes
from sync.api.shown import integrations as shown
from sync.models import Flow, FlowName, Integration
from sync.selectors import integrations as selectors
from sync.services.flows import flow_change
from sync.services.integrations import (
    integration_create,
    integration_delete,
    integration_update,
)
from tenants.rest import TenantView, etag_of


class Integrations(TenantView):
    @extend_schema(operation_id="integrations_list", responses=shapes.IntegrationShape(many=True))
    def get(self, request: Request) -> Response:
        """The pairs of a source and a ledger, newest first."""
        return self.page(selectors.integrations(), shown.integrations)

    @extend_schema(
        operation_id="integrations_create",
        request=shapes.IntegrationBody,
        responses={201: shapes.IntegrationShape},
    )
    def post(self, request: Request) -> Response:
        """Pair two connections; the pair comes with its four flows, on no schedule yet."""
        integration = integration_create(**self.body(shapes.IntegrationBody))
        return _answer(self, integration, status=201)


class OneIntegration(TenantView):
    @extend_schema(operation_id="integrations_read", responses=shapes.IntegrationShape)
    def get(self, request: Request, id: UUID) -> Response:
        """One integration with its policy, its flows and what it still lacks."""
        return _answer(self, self.find(selectors.integrations(), id))

    @extend_schema(
        operation_id="integrations_change",
        request=shapes.IntegrationChange,
        responses={200: shapes.IntegrationShape, 202: shapes.AwaitingIntegrationShape},
    )
    def patch(self, request: Request, id: UUID) -> Response:
        """Change what is given, the policy key by key. Lifting four_eyes takes two persons."""
        rows = selectors.integrations().select_for_update(of=("self",))
        integration = self.find(rows, id)
        self.require_match(_etag(integration))
        _refuse_other_systems(request.data)
        if integration_update(integration, **self.body(shapes.IntegrationChange, partial=True)):
            return _answer(self, integration)
        awaiting = {"status": "awaiting_second_person"}
        return _answer(self, integration, status=202, more=awaiting)

    @extend_schema(operation_id="integrations_delete", responses={204: None})
    def delete(self, request: Request, id: UUID) -> Response:
        """Delete an integration and what was kept for it; the ledger keeps what it has."""
        integration_delete(self.find(Integration.objects, id))
        return Response(status=204)


class OneFlow(TenantView):
    @extend_schema(operation_id="flows_read", responses=shapes.FlowShape)
    def get(self, request: Request, id: UUID, resource: str) -> Response:
        """One flow of an integration."""
        return self._answer(self._flow(id, resource))

    @extend_schema(operation_id="flows_change", request=shapes.FlowBody, responses=shapes.FlowShape)
    def patch(self, request: Request, id: UUID, resource: str) -> Response:
        """Switch a flow on or off, or put it on a schedule."""
        flow = self._flow(id, resource, lock=True)
        self.require_match(_flow_etag(flow))
        given = self.body(shapes.FlowBody, partial=True)
        return self._answer(flow_change(flow, **given))

    def _flow(self, id: UUID, resource: str, *, lock: bool = False) -> Flow:
        integration = self.find(Integration.objects, id)
        if resource not in FlowName.values:
            raise Http404
        rows = Flow.objects.select_related("tenant")
        rows = rows.select_for_update(of=("self",)) if lock else rows
        return rows.get(integration=integration, resource=resource)

    def _answer(self, flow: Flow) -> Response:
        views = selectors.flows_of([flow.integration])[flow.integration_id]
        (view,) = (one for one in views if one.flow.pk == flow.pk)
        return self.shown(shown.flow(view), etag=_flow_etag(flow))


def _answer(
    view: TenantView, integration: Integration, *, status: int = 200, more: Any = None
) -> Response:
    data = {**(more or {}), **shown.integrations([integration])[0]}
    return view.shown(data, status=status, etag=_etag(integration))


def _refuse_other_systems(given: Any) -> None:
    """What was written to one ledger cannot move to another: links and effects would be lost."""
    named = [side for side in ("source", "ledger") if isinstance(given, dict) and side in given]
    if named:
        words = ["This cannot be changed. Make another integration."]
        raise ValidationError(dict.fromkeys(named, words))


def _etag(integration: Integration) -> str:
    return etag_of(
        integration.name,
        integration.company_id,
        integration.business_units,
        integration.policy,
    )


def _flow_etag(flow: Flow) -> str:
    return etag_of(flow.enabled, flow.schedule)
