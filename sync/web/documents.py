"""Documents: found by any number, explained on one page, replayed and previewed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from audit.selectors import timeline
from connectors import codec
from connectors.base import PlannedRequest
from connectors.catalogue import explain
from connectors.errors import ConnectorError
from connectors.outside import require_outside
from sync.domain.planned import planned_of
from sync.engine.preview import preview_document
from sync.models import Document, Override, ReviewItem, ReviewState, Run, Version, Write
from sync.selectors.documents import documents
from sync.selectors.orders import usage_of
from sync.selectors.outcomes import conflicts, unclear_writes
from sync.services.documents import document_replay
from sync.services.withdrawals import document_withdraw, is_withdrawable
from sync.web.forms import DocumentFilter
from tenants.access import find
from tenants.pages import Action, Page, cut_of
from tenants.pages.formats import as_decimal
from tenants.pages.people import actor_names
from tenants.refusal import Invalid
from tenants.scoping import tenant_scope

_MOST_EVENTS = 200


class Documents(Page):
    """The list, newest change first; every filter stands in the address."""

    template = "sync/documents.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        form = DocumentFilter(request.GET)
        wanted = form.wanted()
        leaf = cut_of(request, documents(**wanted), "-changed_at", "-pk")
        if wanted.get("reference") and leaf.is_whole and len(leaf.rows) == 1:
            return redirect("document", leaf.rows[0].pk)
        review = ReviewItem.objects.filter(pk=wanted.get("review")).first()
        return self.show(
            {
                "filter": form,
                "leaf": leaf,
                "is_filtered": form.is_filtered,
                "review": review,
                "run": _run(wanted.get("run")),
            }
        )


def _run(run_id: UUID | None) -> Run | None:
    rows = Run.objects.select_related("flow")
    return rows.filter(pk=run_id).first() if run_id else None


class OneDocument(Page):
    """Everything about one document, in the order in which people ask."""

    template = "sync/document.html"

    def get(self, request: HttpRequest, id: UUID) -> HttpResponseBase:
        rows = Document.objects.select_related("integration__ledger").prefetch_related("links")
        document = find(rows, id)
        mark_menu(request, document)
        writes = list(Write.objects.filter(document=document).order_by("created_at", "sequence"))
        versions = list(
            Version.objects.filter(document=document)
            .order_by("-number")
            .defer("payload")[:_MOST_EVENTS]
        )
        content = next((row.content for row in versions if row.number == document.version), None)
        events = list(timeline(document.pk)[:_MOST_EVENTS])
        return self.show(
            {
                "document": document,
                "is_withdrawable": is_withdrawable(document, writes),
                "content": content or {},
                "lines": lines_of(document, content or {}),
                "parts": parts_of_total(content or {}),
                "usage": usage_of(document),
                "versions": versions,
                "writes": writes,
                "unclear": unclear_writes(writes, document.integration.ledger.settings),
                "conflicts": conflicts(document),
                "overrides": Override.objects.filter(document=document).order_by("created_at"),
                "causes": _causes(document),
                "events": list(zip(events, actor_names([e.actor for e in events]), strict=True)),
                "match": document.match or {},
            }
        )


def mark_menu(request: HttpRequest, document: Document) -> None:
    """Let the menu say where one is: suppliers are documents too, with a list of their own."""
    request.menu_entry = "suppliers" if document.resource == "supplier" else "documents"


def lines_of(document: Document, content: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return a document's lines, each with what it took from order lines."""
    taken: dict[Any, list[Mapping[str, Any]]] = {}
    for one in (document.match or {}).get("allocations", ()):
        taken.setdefault(one["line"], []).append(one)
    return [
        {**line, "taken": taken.get(line.get("number"), [])} for line in content.get("lines", ())
    ]


def parts_of_total(content: Mapping[str, Any]) -> list[tuple[str, Decimal]]:
    """Return what a total is made of, in words: lines, taxes, charges, discount, what is left."""
    lines = [as_decimal(line.get("amount")) for line in content.get("lines", ())]
    charges = content.get("charges", ())
    taxes = [name for name in ("tax1", "tax2") if as_decimal(content.get(name))]
    names = ("Tax",) if len(taxes) == 1 else ("First tax", "Second tax")
    parts = [
        ("Lines", sum((amount for amount in lines if amount), Decimal(0))),
        *((name, as_decimal(content[tax])) for name, tax in zip(names, taxes, strict=False)),
        *((_charge(one), as_decimal(one.get("amount"))) for one in charges),
        ("Freight", as_decimal(content.get("freight"))),
        ("Handling", as_decimal(content.get("handling"))),
        ("Discount", -(as_decimal(content.get("discount")) or Decimal(0))),
    ]
    known = [(name, amount) for name, amount in parts if amount]
    rest = _not_in_parts(content, known)
    return [*known, ("Difference", rest)] if known and rest else known


def _not_in_parts(content: Mapping[str, Any], parts: list[tuple[str, Decimal]]) -> Decimal:
    """Return what the stated total has more than its parts; nothing where no total is stated."""
    total = as_decimal(content.get("total"))
    return Decimal(0) if total is None else total - sum(amount for _, amount in parts)


def _charge(charge: Mapping[str, Any]) -> str:
    words = f"{charge.get('kind', '')} {charge.get('name') or ''}".strip()
    return words[:1].upper() + words[1:]


def _causes(document: Document) -> dict[str, ReviewItem]:
    """Return the open review item of each cause that the document waits for."""
    causes = [row["cause"] for row in document.reasons if row.get("cause")]
    rows = ReviewItem.objects.filter(
        integration=document.integration_id, state=ReviewState.OPEN, cause__in=causes
    )
    return {row.cause: row for row in rows}


class Preview(Page):
    """What the document would cause now, in words and as exact requests; sends nothing."""

    template = "sync/preview.html"
    outside = True

    def get(self, request: HttpRequest, id: UUID) -> HttpResponseBase:
        require_outside()
        mapping = "pinned" if request.GET.get("mapping") == "pinned" else "current"
        with self.scope():
            rows = Document.objects.select_related(
                "integration", "integration__source", "integration__ledger"
            )
            document = find(rows, id)
        mark_menu(request, document)
        context: dict[str, Any] = {"document": document, "mapping": mapping}
        try:
            found = preview_document(document.integration, document, mapping=mapping)
            context["decision"] = found.decision
            context["notes"] = found.notes
            context["planned"] = planned_of(found.decision.effects)
            context["requests"] = [_written_out(one) for one in found.requests]
        except ConnectorError as error:
            context["error"] = {**explain(error.code), **error.shown, "message": error.message}
        with tenant_scope(request.tenant.pk):
            return self.show(context)


def _written_out(request: PlannedRequest) -> dict[str, Any]:
    body = "" if request.body is None else codec.dump(request.body)
    text = body if isinstance(body, str) else json.dumps(body, indent=2, ensure_ascii=False)
    return {"request": request, "body": text}


class Replay(Action):
    """Decide a document anew from what is kept."""

    def carry_out(self, request: HttpRequest, **kwargs: Any) -> str:
        document = find(Document.objects.select_related("integration"), kwargs["id"])
        mapping = request.POST.get("mapping", "current")
        document_replay(document, mapping=mapping)
        return f"{document} is replayed. What stands in the ledger already is not written again."

    def home(self, **kwargs: Any) -> str:
        return reverse("document", args=[kwargs["id"]])


class Withdraw(Action):
    """Have our own untouched draft taken back, once its person has confirmed it."""

    def carry_out(self, request: HttpRequest, **kwargs: Any) -> str:
        document = find(Document.objects.all(), kwargs["id"])
        if request.POST.get("confirmed") != "yes":
            raise Invalid({"confirmed": ["Tick that the draft is to be deleted in the ledger."]})
        document_withdraw(document)
        return f"The drafts of {document} are taken back. What somebody posted or changed stays."

    def home(self, **kwargs: Any) -> str:
        return reverse("document", args=[kwargs["id"]])
