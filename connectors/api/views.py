"""Connectors, connections, their checks and companies."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from connectors import registry
from connectors.api import serializers as shapes
from connectors.models import Connection
from connectors.preflight import as_stored
from connectors.services import (
    connection_companies,
    connection_create,
    connection_delete,
    connection_ping,
    connection_update,
)
from tenants.rest import OutsideView, TenantView, etag_of, page_of_rows


class Connectors(TenantView):
    @extend_schema(operation_id="connectors_list", responses=shapes.ConnectorShape(many=True))
    def get(self, request: Request) -> Response:
        """The kinds of systems that can be connected, and what each needs to know."""
        rows = sorted(registry.all(), key=lambda cls: cls.kind)
        page, links = page_of_rows(request, rows, lambda cls: cls.kind)
        return self.shown({"results": [_connector(cls) for cls in page], **links})


class Connections(TenantView):
    @extend_schema(operation_id="connections_list", responses=shapes.ConnectionShape(many=True))
    def get(self, request: Request) -> Response:
        """The tenant's connections, newest first."""
        rows = Connection.objects.defer("secret", "findings", "company_names")
        return self.page(rows, lambda page: shapes.ConnectionShape(page, many=True).data)

    @extend_schema(
        operation_id="connections_create",
        request=shapes.ConnectionBody,
        responses={201: shapes.ConnectionShape},
    )
    def post(self, request: Request) -> Response:
        """Add a connection; wrong or unknown settings are named by their path."""
        given = self.body(shapes.ConnectionBody)
        connection = connection_create(
            kind=given["kind"],
            name=given["name"],
            settings=given.get("settings"),
            secret=given.get("secret"),
        )
        return self.shown(shapes.ConnectionShape(connection), status=201, etag=_etag(connection))


class OneConnection(TenantView):
    @extend_schema(operation_id="connections_read", responses=shapes.ConnectionShape)
    def get(self, request: Request, id: UUID) -> Response:
        """One connection."""
        connection = self.find(Connection.objects, id)
        return self.shown(shapes.ConnectionShape(connection), etag=_etag(connection))

    @extend_schema(
        operation_id="connections_change",
        request=shapes.ConnectionChange,
        responses=shapes.ConnectionShape,
    )
    def patch(self, request: Request, id: UUID) -> Response:
        """Change name or settings; `secret` replaces the stored one."""
        connection = self.find(Connection.objects.select_for_update(), id)
        self.require_match(_etag(connection))
        given = self.body(shapes.ConnectionChange, partial=True)
        connection = connection_update(connection, **given)
        return self.shown(shapes.ConnectionShape(connection), etag=_etag(connection))

    @extend_schema(operation_id="connections_delete", responses={204: None})
    def delete(self, request: Request, id: UUID) -> Response:
        """Delete a connection that no integration uses, and its secret."""
        connection_delete(self.find(Connection.objects, id))
        return Response(status=204)


class Ping(OutsideView):
    @extend_schema(operation_id="connections_ping", request=None, responses=shapes.PingShape)
    def post(self, request: Request, id: UUID) -> Response:
        """Check a connection, reading only; what is wrong is a finding, not an HTTP error."""
        ping = connection_ping(request.tenant.pk, id)
        return self.shown(
            shapes.PingShape(
                {
                    "ok": ping.ok,
                    "checked_at": ping.checked_at,
                    "duration_ms": ping.duration_ms,
                    "findings": [as_stored(finding) for finding in ping.findings],
                }
            )
        )


class Companies(OutsideView):
    @extend_schema(operation_id="connections_companies", responses=shapes.CompanyShape(many=True))
    def get(self, request: Request, id: UUID) -> Response:
        """The companies of a ledger; an integration names one by its `id`."""
        rows = sorted(connection_companies(request.tenant.pk, id), key=lambda row: row.id)
        page, links = page_of_rows(request, rows, lambda row: row.id)
        return self.shown({"results": shapes.CompanyShape(page, many=True).data, **links})


def _connector(cls: Any) -> dict[str, Any]:
    return {
        "kind": cls.kind,
        "label": cls.label,
        "sides": [side.value for side in cls.sides],
        "settings_schema": cls.settings_schema,
        "secret_schema": cls.secret_schema,
        "documentation": cls.documentation,
    }


def _etag(connection: Connection) -> str:
    return etag_of(connection.name, connection.settings, connection.secret_set_at)
