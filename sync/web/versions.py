"""One version of a document: what was received, in words, and the payload itself below."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase

from connectors.exactjson import ExactEncoder
from sync.domain.received import changes, head
from sync.models import Document, Version
from sync.web.documents import mark_menu, parts_of_total
from tenants.access import find
from tenants.pages import Page


class OneVersion(Page):
    """A document as it was received; secret fields of the payload are masked."""

    template = "sync/version.html"

    def get(self, request: HttpRequest, id: UUID, number: int) -> HttpResponseBase:
        document = find(Document.objects.select_related("integration"), id)
        mark_menu(request, document)
        around = Version.objects.filter(document=document, number__in=(number - 1, number))
        found = {row.number: row for row in around.defer("payload")}
        version = find(Version.objects, found[number].pk if number in found else None)
        return self.show(
            {
                "document": document,
                "version": version,
                "before": found.get(number - 1),
                "content": version.content or {},
                "currency": (version.content or {}).get("currency") or document.currency,
                "facts": head(version.content or {}),
                "lines": (version.content or {}).get("lines", ()),
                "parts": parts_of_total(version.content or {}),
                "changes": _changes(found.get(number - 1), version),
                "payload": json.dumps(
                    version.payload, cls=ExactEncoder, indent=2, ensure_ascii=False
                ),
            }
        )


def _changes(before: Version | None, now: Version) -> list[Any] | None:
    """Return what differs from the version before; None where one of them could not be read."""
    sides: list[Mapping[str, Any] | None] = [before.content if before else None, now.content]
    return None if None in sides else changes(*sides)
