"""The views below every endpoint: a handler runs in the scope of the member's tenant."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, TypeVar

from django.core.exceptions import RequestDataTooBig
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase
from rest_framework import exceptions, status
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer, Serializer
from rest_framework.settings import api_settings
from rest_framework.views import APIView

from tenants import idempotency
from tenants.access import find
from tenants.models import Role
from tenants.rest.bodies import JsonBody
from tenants.rest.csvtext import CsvOffered
from tenants.scoping import tenant_scope

Row = TypeVar("Row", bound=Model)
Handler = Callable[..., HttpResponseBase]


class Stale(exceptions.APIException):
    """The object was changed since the client read it."""

    status_code = status.HTTP_412_PRECONDITION_FAILED
    default_code = "stale"
    default_detail = "This was changed meanwhile. Read it again, then change it."


class TooLarge(exceptions.APIException):
    """The body is larger than this installation takes."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"
    default_detail = "The body is too large. Send it in parts."


class JsonUnlessAsked(DefaultContentNegotiation):
    """Answers what `?format=` names, else what a client likes best, by `q`, then as named first;
    JSON to a client that accepts nothing we have: it reads the status at least."""

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        named = request.query_params.get("format")
        renderers = [one for one in renderers if one.format == named] or renderers
        offered = {renderer.media_type: renderer for renderer in renderers}
        liked = request._request.get_preferred_type(list(offered))
        if liked:
            return offered[liked], liked
        try:
            return super().select_renderer(request, renderers, format_suffix)
        except (exceptions.NotAcceptable, Http404):
            return renderers[0], renderers[0].media_type


def etag_of(*parts: Any) -> str:
    """Return an entity tag that changes whenever one of the parts does."""
    text = json.dumps(parts, sort_keys=True, default=str, ensure_ascii=False)
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:24]}"'


class _View(APIView):
    """Adds to DRF's view the frame around the handler: subclasses say what it is."""

    parser_classes: ClassVar[Any] = [JsonBody]
    content_negotiation_class = JsonUnlessAsked

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer as DRF does, with `carry_out` around the handler."""
        self.args, self.kwargs = args, kwargs
        self.request = self.initialize_request(request, *args, **kwargs)
        self.headers = self.default_response_headers
        try:
            self.initial(self.request, *args, **kwargs)
            _ = request.body  # once, within the limit of the settings, so that it can be read again
            response = self.carry_out(self._handler())
        except Exception as error:
            response = self.handle_exception(error)
        self.response = self.finalize_response(self.request, response, *args, **kwargs)
        return self.response

    def finalize_response(
        self, request: Request, response: HttpResponseBase, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        """What is no table is JSON, to a client that asked for CSV too."""
        if isinstance(request.accepted_renderer, CsvOffered):
            self._answer_json()
        return super().finalize_response(request, response, *args, **kwargs)

    def _answer_json(self) -> None:
        self.request.accepted_renderer = JSONRenderer()
        self.request.accepted_media_type = JSONRenderer.media_type

    def handle_exception(self, exc: Exception) -> Response:
        """Errors are JSON, whatever else the client asked for."""
        too_large = isinstance(exc, RequestDataTooBig)
        response = super().handle_exception(TooLarge() if too_large else exc)
        self._answer_json()
        return response

    def carry_out(self, handler: Handler) -> HttpResponseBase:
        return handler(self.request, *self.args, **self.kwargs)

    def body(self, serializer: type[Serializer], *, partial: bool = False) -> Mapping[str, Any]:
        """Return what the client sent, its shape checked; raises ValidationError."""
        checked = serializer(data=self.request.data, partial=partial)
        checked.is_valid(raise_exception=True)
        return checked.validated_data

    def query(self, serializer: type[Serializer]) -> Mapping[str, Any]:
        """Return the filters of the address, checked; an empty one counts as not given."""
        given = {name: value for name, value in self.request.query_params.items() if value != ""}
        checked = serializer(data=given)
        checked.is_valid(raise_exception=True)
        return checked.validated_data

    def _handler(self) -> Handler:
        name = (self.request.method or "").lower()
        if name not in self.http_method_names:
            return self.http_method_not_allowed
        return getattr(self, name, self.http_method_not_allowed)


class OpenView(_View):
    """A view for everybody: no member, no tenant, no repeats."""

    authentication_classes: ClassVar[Any] = []
    permission_classes: ClassVar[Any] = []


class TenantView(_View):
    """A view for members: its handler is one transaction in their tenant's scope.

    A refusal takes everything back. A POST with `Idempotency-Key` is answered once; its answer is
    kept in the same transaction, without the fields in `shown_once`.
    """

    read_role: ClassVar[Role] = Role.VIEWER
    write_role: ClassVar[Role] = Role.ADMIN
    shown_once: ClassVar[tuple[str, ...]] = ()
    pagination_class = api_settings.DEFAULT_PAGINATION_CLASS

    def carry_out(self, handler: Handler) -> HttpResponseBase:
        with tenant_scope(self.request.tenant.pk):
            claimed = self._claim()
            if isinstance(claimed, idempotency.Replay):
                return _replayed(claimed)
            response = handler(self.request, *self.args, **self.kwargs)
            self._store(claimed, response)
            return response

    def find(self, rows: QuerySet[Row] | Any, id: Any) -> Row:
        """Return the row with this id, or raise Http404."""
        return find(rows, id)

    def page(
        self,
        rows: QuerySet[Row],
        show: Callable[[list[Row]], list[Any]],
        *,
        ordering: str | tuple[str, ...] = "-pk",
    ) -> Response:
        """Return one page of rows, each as `show` puts it."""
        pages = self.pagination_class()
        pages.ordering = ordering
        return pages.get_paginated_response(show(pages.paginate_queryset(rows, self.request, self)))

    def require_match(self, etag: str) -> None:
        """Raise Stale when the client names another state than this in `If-Match`."""
        named = self.request.headers.get("If-Match", "*")
        tags = {tag.strip().removeprefix("W/").strip('"') for tag in named.split(",")}
        if "*" not in tags and etag.strip('"') not in tags:
            raise Stale

    def shown(
        self, data: Any, *, status: int = 200, etag: str | None = None, **headers: str
    ) -> Response:
        """Answer an object, with its entity tag."""
        if isinstance(data, BaseSerializer):
            data = data.data
        return Response(data, status, headers={**headers, **({"ETag": etag} if etag else {})})

    def _claim(self) -> idempotency.Claim | idempotency.Replay | None:
        key = self.request.headers.get("Idempotency-Key")
        if key is None or self.request.method != "POST":
            return None
        plain = self.request._request
        digest = idempotency.request_hash("POST", plain.get_full_path(), plain.body)
        return idempotency.claim(self.request.member.actor, key, digest)

    def _store(self, claimed: idempotency.Claim | None, response: HttpResponseBase) -> None:
        if claimed is None:
            return
        body = json.loads(JSONRenderer().render(getattr(response, "data", None)) or b"null")
        if isinstance(body, dict):
            body = {name: value for name, value in body.items() if name not in self.shown_once}
        kept = {name: response[name] for name in ("ETag", "Location") if name in response}
        idempotency.store(claimed, response.status_code, body, kept)


class OutsideView(TenantView):
    """A view whose handler speaks to another system: it opens scopes of its own, briefly."""

    def carry_out(self, handler: Handler) -> HttpResponseBase:
        tenant_id = self.request.tenant.pk
        with tenant_scope(tenant_id):
            claimed = self._claim()
        if isinstance(claimed, idempotency.Replay):
            return _replayed(claimed)
        try:
            response = handler(self.request, *self.args, **self.kwargs)
        except Exception:
            if claimed is not None:
                with tenant_scope(tenant_id):
                    idempotency.release(claimed)
            raise
        with tenant_scope(tenant_id):
            self._store(claimed, response)
        return response


def _replayed(answer: idempotency.Replay) -> Response:
    headers = {**answer.headers, "Idempotent-Replay": "true"}
    return Response(answer.body, answer.status, headers=headers)
