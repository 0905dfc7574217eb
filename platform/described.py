"""The OpenAPI document as it is served: built and rendered once in each process.

It follows from the code alone, and building it takes seconds: a request answers what was built
before, or 304 where the client has it. A new version of the code is a new process.
"""

import hashlib
from dataclasses import dataclass
from functools import cache
from threading import Lock
from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

_building = Lock()  # several first requests at once build it once


@dataclass(frozen=True, slots=True)
class Rendered:
    """The document in one format, with the tag that names exactly this content."""

    content: bytes
    etag: str


class SchemaView(SpectacularAPIView):
    """Serves the document in the format that the client prefers."""

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        renderer = request.accepted_renderer
        with _building:
            rendered = rendered_as(type(renderer))
        response = HttpResponse(rendered.content, content_type=renderer.media_type)
        response["Content-Disposition"] = f'inline; filename="{self._get_filename(request, None)}"'
        response["Cache-Control"] = "no-cache"  # kept by clients, asked for again with its tag
        response["ETag"] = rendered.etag
        return get_conditional_response(request, etag=rendered.etag, response=response) or response


@cache
def rendered_as(renderer: type[BaseRenderer]) -> Rendered:
    content = renderer().render(_document())
    return Rendered(content, f'"{hashlib.sha256(content).hexdigest()[:32]}"')


@cache
def _document() -> dict[str, Any]:
    return SchemaGenerator().get_schema(request=None, public=True)
