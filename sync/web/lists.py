"""Suppliers as both systems know them, and the proof that nothing is missing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from sync.models import Document, FlowName, Integration
from sync.selectors.documents import beside, documents
from sync.selectors.reconciliation import FIGURES, Figure, Row, reconciliation
from sync.web.choice import choice_of
from sync.web.forms import PeriodForm, SupplierFilter
from tenants.pages import Page, page_of
from tenants.rest.csvtext import csv_answer

SHOWN = ("seen", "written", "parked", "waiting", "rejected", "settled", "ignored")
_DAYS = 31


class Suppliers(Page):
    template = "sync/suppliers.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        form = SupplierFilter(request.GET)
        rows = documents(resource="supplier", **form.wanted())
        leaf = page_of(request, rows.order_by("supplier_name", "reference", "pk"))
        ids = {row.parent_source_id for row in leaf.rows} - {""}
        parents = Document.objects.filter(flow_name=FlowName.SUPPLIERS, source_id__in=ids)
        numbers = beside(leaf.rows) if leaf.rows else {}
        return self.show(
            {
                "filter": form,
                "leaf": leaf,
                "is_filtered": form.is_filtered,
                "parents": {row.source_id: row for row in parents},
                "vendors": {pk: one.vendor_number for pk, one in numbers.items()},
            }
        )


class Reconciliation(Page):
    """What was seen against what stands in the ledger; sums first, days below, CSV of all."""

    template = "sync/reconciliation.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        choice = choice_of(request)
        form = PeriodForm(request.GET)
        if choice.chosen is None:
            return self.show({"choice": choice})
        wanted = form.wanted()
        since, until = wanted.get("since"), wanted.get("until")
        newest = newest_day(choice.chosen)
        if since is None and until is None and newest and not request.GET.get("all"):
            since, until = newest - timedelta(days=_DAYS - 1), newest
            form = PeriodForm({"since": since, "until": until})
        rows = reconciliation(choice.chosen, since=since, until=until)
        if request.GET.get("format") == "csv":
            return _csv(rows)
        return self.show(
            {
                "choice": choice,
                "filter": form,
                "since": since,
                "until": until,
                "sums": summed(rows),
                "leaf": page_of(request, list(reversed(rows))),
                "columns": SHOWN,
                "unexplained": [one for row in rows for one in row.unexplained],
            }
        )


def newest_day(integration: Integration) -> Any:
    """Return the newest date of a document up to today."""
    rows = Document.objects.filter(integration=integration, document_date__lte=timezone.localdate())
    return rows.order_by("-document_date").values_list("document_date", flat=True).first()


def summed(rows: Iterable[Row]) -> list[Row]:
    """Add the days up, per kind of document and currency."""
    found: dict[tuple[str, str], Row] = {}
    for row in rows:
        total = found.setdefault(
            (row.resource, row.currency), Row(row.resource, row.currency, row.day)
        )
        for name, figure in row.figures.items():
            total.figures[name].add(figure.documents, figure.amount)
    return sorted(found.values(), key=lambda row: (row.resource, row.currency))


def _csv(rows: Iterable[Row]) -> HttpResponseBase:
    columns = ["day", "resource", "currency"]
    columns += [f"{name}_{part}" for name in FIGURES for part in ("documents", "amount")]
    lines = ([row.day, row.resource, row.currency, *_cells(row.figures)] for row in rows)
    return csv_answer("reconciliation", columns, lines)


def _cells(figures: dict[str, Figure]) -> list[Any]:
    return [cell for name in FIGURES for cell in (figures[name].documents, figures[name].amount)]
