"""Mappings in and out, what is unmapped, what the ledger offers, reconciliation."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.http import Http404, HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from connectors.documents import ReferenceKind
from sync.api.shapes import mappings as shapes
from sync.api.shown import mappings as shown
from sync.models import Integration
from sync.selectors import mappings as selectors
from sync.selectors.reconciliation import reconciliation
from sync.selectors.vendors import reference
from sync.services.mappings import mapping_import, mapping_preview, mapping_remove
from tenants.models import Role
from tenants.rest import CsvBody, CsvOffered, TenantView, csv_answer, page_of_rows
from tenants.rest.bodies import JsonBody

_WITH_CSV: tuple[Any, ...] = (JSONRenderer, CsvOffered)


class Kinds(TenantView):
    @extend_schema(operation_id="mappings_kinds", responses=shapes.KindShape(many=True))
    def get(self, request: Request, id: UUID) -> Response:
        """The kinds of mappings, with how many entries each has and how many codes lack one."""
        integration = self.find(Integration.objects.select_related("source"), id)
        rows = sorted(selectors.kind_counts(integration), key=lambda row: row.kind)
        page, links = page_of_rows(request, rows, lambda row: row.kind)
        return self.shown({"results": [shown.kind(row) for row in page], **links})


class _OfKind(TenantView):
    """A view of one mapping kind; an unknown kind is not found."""

    write_role = Role.OPERATOR

    def integration(self, id: UUID, kind: str) -> Integration:
        integration = self.find(Integration.objects.select_related("source"), id)
        if kind not in selectors.kinds(integration):
            raise Http404
        return integration


class Entries(_OfKind):
    parser_classes: ClassVar[Any] = [JsonBody, CsvBody]
    renderer_classes = _WITH_CSV

    @extend_schema(
        operation_id="mappings_list",
        responses={
            (200, "application/json"): shapes.EntryShape(many=True),
            (200, "text/csv"): OpenApiTypes.STR,
        },
    )
    def get(self, request: Request, id: UUID, kind: str) -> HttpResponseBase:
        """The entries in force, by source code; all of them as CSV."""
        rows = selectors.entries(self.integration(id, kind), kind)
        if request.accepted_renderer.format != "csv":
            return self.page(
                rows,
                lambda page: [shown.entry(row) for row in page],
                ordering=("source_code", "pk"),
            )
        ordered = rows.order_by("source_code", "valid_from", "pk")
        lines = ([getattr(row, name) for name in shown.ENTRY_COLUMNS] for row in ordered)
        return csv_answer(kind, shown.ENTRY_COLUMNS, lines)

    @extend_schema(
        operation_id="mappings_import",
        parameters=[shapes.ImportFilter],
        request={"application/json": shapes.EntriesBody, "text/csv": OpenApiTypes.STR},
        responses={(200, "application/json"): shapes.ImportedShape},
    )
    def post(self, request: Request, id: UUID, kind: str) -> Response:
        """Store entries by source code and day, all or none, and release what waited for them."""
        integration = self.integration(id, kind)
        asked = self.query(shapes.ImportFilter)
        keep, rows = asked.get("invalid") == "keep", _rows(request.data)
        request.accepted_renderer = JSONRenderer()
        request.accepted_media_type = JSONRenderer.media_type
        if asked.get("preview"):
            seen = mapping_preview(integration, kind=kind, rows=rows, keep_invalid=keep)
            return self.shown(shown.previewed(seen))
        done = mapping_import(integration, kind=kind, rows=rows, keep_invalid=keep)
        return self.shown(shapes.ImportedShape(done))


class Entry(_OfKind):
    @extend_schema(operation_id="mappings_remove", responses={204: None})
    def delete(self, request: Request, id: UUID, kind: str, entry: UUID) -> Response:
        """End an entry; what it said before can still be read."""
        rows = selectors.entries(self.integration(id, kind), kind)
        mapping_remove(self.find(rows.select_related("integration"), entry))
        return Response(status=204)


class Unmapped(_OfKind):
    @extend_schema(operation_id="mappings_unmapped", responses=shapes.UnmappedShape(many=True))
    def get(self, request: Request, id: UUID, kind: str) -> Response:
        """Codes that documents wait for, each with the target that it probably means."""
        integration = self.integration(id, kind)
        rows = selectors.unmapped(integration, kind)
        page, links = page_of_rows(request, rows, lambda row: row.source_code)
        about = selectors.described(integration, kind, [row.source_code for row in page])
        results = [shown.unmapped(row, *about[row.source_code]) for row in page]
        return self.shown({"results": results, **links})


class Reference(TenantView):
    @extend_schema(
        operation_id="reference_list",
        parameters=[shapes.ReferenceFilter],
        responses=shapes.ItemShape(many=True),
    )
    def get(self, request: Request, id: UUID, kind: str) -> Response:
        """What the ledger offered when its reference data was read last."""
        integration = self.find(Integration.objects, id)
        if kind not in list(ReferenceKind):
            raise Http404
        rows = reference(integration, kind, **self.query(shapes.ReferenceFilter))
        answer = self.page(rows, lambda page: [shown.item(row) for row in page], ordering="code")
        answer.data["fetched_at"] = integration.reference_at
        return answer


class Reconciliation(TenantView):
    renderer_classes = _WITH_CSV

    @extend_schema(
        operation_id="reconciliation",
        parameters=[shapes.ReconciliationFilter],
        responses={
            (200, "application/json"): shapes.ReconciledShape(many=True),
            (200, "text/csv"): OpenApiTypes.STR,
        },
    )
    def get(self, request: Request, id: UUID) -> HttpResponseBase:
        """What was seen against what stands in the ledger, by day, resource and currency."""
        integration = self.find(Integration.objects, id)
        days = self.query(shapes.ReconciliationFilter)
        rows = reconciliation(integration, since=days.get("from"), until=days.get("to"))
        if request.accepted_renderer.format == "csv":
            lines = (shown.reconciled_line(row) for row in rows)
            return csv_answer("reconciliation", shown.RECONCILED_COLUMNS, lines)
        page, links = page_of_rows(request, rows, lambda row: row.key)
        return self.shown({"results": [shown.reconciled(row) for row in page], **links})


def _rows(given: Any) -> list[Any]:
    """Return the entries of a body: CSV rows, `entries`, or one entry by itself."""
    if isinstance(given, list):
        return given
    if not isinstance(given, dict):
        raise ValidationError({"entries": ["A list of entries."]})
    if "entries" not in given:
        return [given]
    if not isinstance(given["entries"], list):
        raise ValidationError({"entries": ["A list of entries."]})
    return given["entries"]
