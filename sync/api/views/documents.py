"""Documents: found, looked through, previewed, replayed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from sync.api.exactjson import ExactJson
from sync.api.shapes import documents as shapes
from sync.api.shown import documents as shown
from sync.api.shown import integrations as shown_runs
from sync.engine.preview import preview_document
from sync.models import Document, Integration, Run, Version
from sync.selectors import documents as selectors
from sync.services.documents import ReplayFilter, document_replay, documents_replay
from tenants.models import Role
from tenants.rest import OutsideView, TenantView
from tenants.scoping import tenant_scope


class Documents(TenantView):
    @extend_schema(
        operation_id="documents_list",
        parameters=[shapes.DocumentFilter],
        responses=shapes.DocumentShape(many=True),
    )
    def get(self, request: Request) -> Response:
        """Documents, newest first."""
        rows = selectors.documents(**self.query(shapes.DocumentFilter))
        return self.page(rows, shown.documents)


class OneDocument(TenantView):
    @extend_schema(operation_id="documents_read", responses=shapes.WholeDocumentShape)
    def get(self, request: Request, id: UUID) -> Response:
        """One document with its story: events, writes, match, lines."""
        rows = selectors.documents().select_related("integration__ledger")
        document = self.find(rows, id)
        return self.shown(shown.whole_document(document, selectors.current_version(document)))


class OneVersion(TenantView):
    renderer_classes = (ExactJson,)

    @extend_schema(operation_id="documents_version", responses=shapes.VersionShape)
    def get(self, request: Request, id: UUID, number: int) -> Response:
        """A state of the document as it was received, secret fields masked."""
        document = self.find(Document.objects, id)
        version = Version.objects.filter(document=document, number=number).first()
        if version is None:
            raise Http404
        return self.shown(shown.version(version))


class Preview(OutsideView):
    renderer_classes = (ExactJson,)

    @extend_schema(
        operation_id="documents_preview",
        parameters=[shapes.PreviewFilter],
        responses=shapes.PreviewShape,
    )
    def get(self, request: Request, id: UUID) -> Response:
        """Exactly what would be sent to the ledger as of now, or why nothing would be; the ledger
        is asked for duplicates, and nothing is sent."""
        mapping = self.query(shapes.PreviewFilter)["mapping"]
        related = ("integration__source", "integration__ledger", "integration__tenant")
        with tenant_scope(request.tenant.pk):
            document = self.find(Document.objects.select_related(*related), id)
        planned = preview_document(document.integration, document, mapping=mapping)
        return self.shown(shown.preview(planned))


class Replay(TenantView):
    write_role = Role.OPERATOR

    @extend_schema(
        operation_id="documents_replay_one",
        request=shapes.ReplayBody,
        responses={202: shapes.ReplayedShape},
    )
    def post(self, request: Request, id: UUID) -> Response:
        """Decide one document anew; effects that stand are not repeated."""
        document = self.find(Document.objects.select_related("integration"), id)
        run = document_replay(document, **self.body(shapes.ReplayBody))
        return self.shown(_runs([run]), status=202)


class ReplayMany(TenantView):
    write_role = Role.OPERATOR

    @extend_schema(
        operation_id="documents_replay",
        request=shapes.ReplayManyBody,
        responses={202: shapes.ReplayedShape},
    )
    def post(self, request: Request) -> Response:
        """Decide every document anew that the filter chooses."""
        given = self.body(shapes.ReplayManyBody)
        chosen = dict(given["filter"])
        integration = Integration.objects.filter(pk=chosen.pop("integration")).first()
        if integration is None:
            raise ValidationError({"filter": {"integration": ["No integration has this id."]}})
        days = {"since": chosen.pop("from", None), "until": chosen.pop("to", None)}
        runs = documents_replay(
            integration,
            chosen=ReplayFilter(**chosen, **days),
            mapping=given["mapping"],
            mode=given["mode"],
        )
        return self.shown(_runs(runs), status=202)


def _runs(runs: list[Run]) -> dict[str, Any]:
    every = [shown_runs.run(run) for run in runs]
    return {**every[0], "runs": every}
