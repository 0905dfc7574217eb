"""Suppliers as both systems know them: side by side, and as families under their parents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponseBase

from sync.models import Document, FlowName, Integration
from sync.selectors.documents import documents, vendor_numbers
from sync.selectors.parents import families_of
from sync.services.integrations import whole_policy
from sync.web.choice import choice_of
from sync.web.forms import SupplierFilter
from tenants.pages import Page, cut_of, page_of

FIELDS = {
    "name": "Name",
    "address": "Address",
    "contact": "Contact",
    "payment_terms": "Payment terms",
    "status": "Blocked or not",
}


class Suppliers(Page):
    """By name; where both sides differ, what each of them says."""

    template = "sync/suppliers.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        form = SupplierFilter(request.GET)
        choice = choice_of(request)
        rows = documents(resource="supplier", **form.wanted())
        leaf = cut_of(request, rows, "supplier_name", "pk")
        ids = {row.parent_source_id for row in leaf.rows} - {""}
        parents = Document.objects.filter(flow_name=FlowName.SUPPLIERS, source_id__in=ids)
        return self.show(
            {
                "filter": form,
                "leaf": leaf,
                "is_filtered": form.is_filtered,
                "parents": {row.source_id: row for row in parents},
                "differing": {row.pk: differing(row) for row in leaf.rows},
                "vendors": vendors_of(leaf.rows),
                "integration": choice.chosen,
                "owners": owners_of(choice.chosen),
            }
        )


class Families(Page):
    """Parents as trees, each supplier with its vendor in the ledger."""

    template = "sync/families.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        choice = choice_of(request)
        if choice.chosen is None:
            return self.show({"choice": choice})
        leaf = page_of(request, families_of(choice.chosen))
        ids = [node.source_id for top in leaf.rows for node in top.members()]
        rows = Document.objects.filter(
            integration=choice.chosen, flow_name=FlowName.SUPPLIERS, source_id__in=ids
        )
        found = {row.source_id: row for row in rows.prefetch_related("links")}
        return self.show(
            {
                "choice": choice,
                "leaf": leaf,
                "documents": found,
                "vendors": vendors_of(list(found.values())),
            }
        )


def vendors_of(rows: Sequence[Document]) -> dict[Any, str | None]:
    """Return the number in the ledger of each supplier."""
    numbers = vendor_numbers(rows) if rows else {}
    return {row.pk: numbers.get(row.pk) for row in rows}


def differing(row: Document) -> list[Mapping[str, Any]]:
    """Return the fields in which both sides of a supplier differ, with what each says."""
    view: Iterable[Mapping[str, Any]] = (row.match or {}).get("view", ())
    return [one for one in view if one["outcome"] != "keep"]


def owners_of(integration: Integration | None) -> list[tuple[str, str]]:
    """Return each field of a supplier with the side that decides on it."""
    if integration is None:
        return []
    owners = whole_policy(integration)["supplier"]["owners"]
    return [(words, owners[name]) for name, words in FIELDS.items()]
