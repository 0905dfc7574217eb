"""Spend by parent: what each family of suppliers was billed in a period, as a page and as CSV."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponseBase

from sync.selectors.parents import Family, named, spend_by_parent, totals
from sync.web.choice import choice_of
from sync.web.period import period_of
from tenants.pages import Page, page_of
from tenants.rest.csvtext import csv_answer

_DAYS = 365


class Spend(Page):
    template = "sync/spend.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        choice = choice_of(request)
        if choice.chosen is None:
            return self.show({"choice": choice})
        chosen = period_of(request, choice.chosen, days=_DAYS)
        families = spend_by_parent(choice.chosen, since=chosen.since, until=chosen.until)
        if request.GET.get("format") == "csv":
            return _csv(named(choice.chosen, families))
        leaf = page_of(request, families)
        named(choice.chosen, leaf.rows)
        sums = totals(families) if len(families) > 1 else []
        return self.show({"choice": choice, **chosen.shown, "leaf": leaf, "totals": sums})


def _csv(families: Sequence[Family]) -> HttpResponseBase:
    columns = ["parent", "number", "currency", "suppliers", "documents", "amount", "in_ledger"]
    lines = (
        [
            one.name,
            one.number,
            one.currency,
            len(one.suppliers),
            one.documents,
            one.amount,
            one.written,
        ]
        for one in families
    )
    return csv_answer("spend-by-parent", columns, lines)
