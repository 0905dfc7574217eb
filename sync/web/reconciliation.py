"""The proof that nothing is missing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse

from sync.domain.ledger_findings import TEXTS, FindingKind
from sync.models import Integration, LedgerFinding
from sync.selectors.findings import as_found, explained, findings
from sync.selectors.reconciliation import FIGURES, Figure, Period, Row
from sync.services.ledger_checks import ledger_check_start
from sync.web.choice import choice_of
from sync.web.period import period_of
from tenants.access import find
from tenants.pages import Action, Page, page_of
from tenants.rest.csvtext import csv_answer

SHOWN = ("seen", "written", "parked", "waiting", "rejected", "settled", "ignored")
_DAYS = 31
_MOST_FINDINGS = 200
_MOST_IN_CSV = 50_000


class Reconciliation(Page):
    """What was seen against what stands in the ledger; sums first, days below, CSV of all."""

    template = "sync/reconciliation.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        choice = choice_of(request)
        if choice.chosen is None:
            return self.show({"choice": choice})
        chosen = period_of(request, choice.chosen, days=_DAYS)
        period = Period(choice.chosen, since=chosen.since, until=chosen.until)
        if request.GET.get("format") == "csv":
            return _csv(period.rows(period.keys))
        if request.GET.get("format") == "findings":
            return _findings_csv(choice.chosen)
        leaf = page_of(request, list(reversed(period.keys)))
        found = list(findings(choice.chosen)[: _MOST_FINDINGS + 1])
        as_wanted = set(explained(choice.chosen))
        return self.show(
            {
                "choice": choice,
                "check": _check(choice.chosen),
                "findings": [_shown(row) for row in found if row.kind not in as_wanted],
                "commitments": [_shown(row) for row in found if row.kind in as_wanted],
                "more_findings": len(found) > _MOST_FINDINGS,
                **chosen.shown,
                "sums": period.sums(),
                "leaf": leaf,
                "rows": period.rows(leaf.rows),
                "columns": SHOWN,
                "unexplained": [one for _, one in period.unexplained if "kind" not in one],
            }
        )


class CheckLedger(Action):
    """Reconcile with the ledger now."""

    def carry_out(self, request: HttpRequest, **kwargs: Any) -> str:
        ledger_check_start(find(Integration.objects, kwargs["id"]))
        return "The ledger is compared with what was written. Findings appear here in a moment."

    def home(self, **kwargs: Any) -> str:
        return f"{reverse('reconciliation')}?integration={kwargs['id']}"


def _check(integration: Integration) -> dict[str, Any]:
    """Return how the last check of the ledger went, its instants as such."""
    state = dict(integration.ledger_check)
    for name in ("started_at", "finished_at"):
        if state.get(name):
            state[name] = datetime.fromisoformat(state[name])
    return {**state, "due_at": integration.ledger_check_due_at}


def _shown(row: LedgerFinding) -> dict[str, Any]:
    text = TEXTS[FindingKind(row.kind)]
    return {"row": row, "title": text.title, "why": text.why, "owner": text.owner, "fix": text.fix}


def _findings_csv(integration: Integration) -> HttpResponseBase:
    columns = ["reference", "kind", "effect", "number", "field", "ours", "ledger"]
    columns += ["owner", "fix", "first_seen_at", "last_seen_at"]
    return csv_answer("findings", columns, _finding_lines(integration))


def _finding_lines(integration: Integration) -> Iterable[list[Any]]:
    for row in findings(integration)[:_MOST_IN_CSV]:
        one = as_found(row)
        head = [row.document.reference, row.kind, row.effect, row.number]
        tail = [one["owner"], one["fix"], one["first_seen_at"], one["last_seen_at"]]
        for each in row.differences:
            yield [*head, each["field"], each["ours"], each["ledger"], *tail]


def _csv(rows: Iterable[Row]) -> HttpResponseBase:
    columns = ["day", "resource", "currency"]
    columns += [f"{name}_{part}" for name in FIGURES for part in ("documents", "amount")]
    lines = ([row.day, row.resource, row.currency, *_cells(row.figures)] for row in rows)
    return csv_answer("reconciliation", columns, lines)


def _cells(figures: dict[str, Figure]) -> list[Any]:
    return [cell for name in FIGURES for cell in (figures[name].documents, figures[name].amount)]
