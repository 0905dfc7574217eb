"""The audit trail: read, taken along, verified."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from audit import checkpoints, selectors
from audit.api import serializers as shapes
from tenants.rest import TenantView


class Events(TenantView):
    @extend_schema(
        operation_id="audit_list",
        parameters=[shapes.EventFilter],
        responses=shapes.EventShape(many=True),
    )
    def get(self, request: Request) -> Response:
        """What happened, newest first; `action` may end with a dot for all of a kind."""
        wanted = dict(self.query(shapes.EventFilter))
        since = _instant(wanted.pop("from", None), "from")
        until = _instant(wanted.pop("to", None), "to", end=True)
        if since and until and until <= since:
            raise ValidationError({"to": ["An instant after `from`, or a day from it on."]})
        rows = selectors.events(since=since, until=until, **wanted)
        return self.page(rows, lambda page: list(map(selectors.described, page)), ordering="-seq")


class Export(TenantView):
    @extend_schema(
        operation_id="audit_export",
        responses={(200, "application/x-ndjson"): OpenApiResponse(OpenApiTypes.BINARY)},
    )
    def get(self, request: Request) -> Any:
        """The whole chain as JSON lines: events with hashes, signed notes, the signed end."""
        return FileResponse(
            selectors.export_file(),
            as_attachment=True,
            filename="audit.jsonl",
            content_type="application/x-ndjson",
        )


class Verify(TenantView):
    @extend_schema(operation_id="audit_verify", responses=shapes.VerificationShape)
    def get(self, request: Request) -> Response:
        """Walk the whole chain and say whether nothing was edited, added, moved or cut."""
        found = selectors.verify()
        return self.shown(
            {
                "ok": found.ok,
                "events": found.events,
                "head": found.head.hash.hex(),
                "broken_at": found.broken_at,
                "problem": found.problem,
                "signed_until": found.signed_until,
                "keys": checkpoints.public_keys(),
            }
        )


def _instant(text: str | None, field: str, *, end: bool = False) -> datetime | None:
    """Read an instant, or a day in UTC: its begin, or with `end` the begin of the next one."""
    if text is None:
        return None
    try:
        if len(text) == len("2025-01-31"):
            day = date.fromisoformat(text)
            if end and day == date.max:
                return None  # nothing comes after it
            return datetime.combine(day + timedelta(days=int(end)), time.min, UTC)
        instant = datetime.fromisoformat(text)
        if instant.tzinfo is None:
            raise ValueError("no offset")
        return instant.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValidationError({field: ["A day, or an instant with its offset or Z."]}) from None
