"""How lists are cut into pages; apart from api.py, as DRF reads it while still importing."""

import re
from base64 import b64decode, b64encode
from typing import Any
from urllib.parse import parse_qs, urlencode

from django.core.exceptions import ValidationError as DjangoValidationError
from rest_framework import exceptions
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from tenants.cursors import mark_of

_SHORT_NUMBER = re.compile(r"\d{1,9}", re.ASCII)


class Pages(CursorPagination):
    """Cursor paging in the contract's shape; a limit outside 1 to 500 is an error."""

    page_size = 50
    max_page_size = 500
    page_size_query_param = "limit"
    ordering = "-pk"

    def get_page_size(self, request: Request) -> int:
        """Return ?limit=; raises ValidationError for anything but 1 to 500."""
        raw = request.query_params.get(self.page_size_query_param)
        if raw is None:
            return self.page_size
        if not (_SHORT_NUMBER.fullmatch(raw) and 1 <= int(raw) <= self.max_page_size):
            raise exceptions.ValidationError({"limit": ["A whole number from 1 to 500."]})
        return int(raw)

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> Any:
        """Return the rows of a page; raises ValidationError for a cursor that is none of ours."""
        try:
            return super().paginate_queryset(queryset, request, view)
        except (exceptions.NotFound, DjangoValidationError, ValueError):
            if self.cursor_query_param not in request.query_params:
                raise
            raise exceptions.ValidationError({"cursor": ["Not a cursor of this list."]}) from None

    def decode_cursor(self, request: Request) -> Cursor | None:
        """Return where the page begins; raises NotFound for a cursor that another list gave."""
        self._mark = mark_of(request.path)
        text = request.query_params.get(self.cursor_query_param)
        if not text:
            return None
        cursor = super().decode_cursor(request)
        if parse_qs(b64decode(text).decode("ascii")).get("l") != [self._mark]:
            raise exceptions.NotFound
        return cursor

    def encode_cursor(self, cursor: Cursor) -> str:
        """Return the address of the page at a cursor, with the mark of this list."""
        values = {
            "o": cursor.offset or None,
            "r": int(cursor.reverse) or None,
            "p": cursor.position,
        }
        given = {name: value for name, value in values.items() if value is not None}
        text = b64encode(urlencode({"l": self._mark, **given}).encode()).decode()
        return replace_query_param(self.base_url, self.cursor_query_param, text)

    def get_paginated_response(self, data: list[Any]) -> Response:
        """Return the three keys that the contract names."""
        return Response(
            {"results": data, "next": self.get_next_link(), "previous": self.get_previous_link()}
        )
