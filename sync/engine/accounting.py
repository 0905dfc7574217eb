"""A run's accounts: everything seen was skipped, written, parked, rejected, unknown or failed."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

from django.db.models import Count, Sum

from connectors.documents import Resource
from sync.domain.totals import counts, outcome_of, run_state, totals
from sync.models import Outcome, Run


def account(run: Run) -> str:
    """Set the run's counts and totals from its outcomes; returns the state it would end in."""
    groups = (
        Outcome.objects.filter(run=run)
        .order_by()
        .values_list("decision", "state", "currency", "document__resource")
        .annotate(documents=Count("id"), amount=Sum("amount"))
    )
    named: Counter[str] = Counter()
    sums: list[tuple[str, str, Decimal]] = []
    for decision, state, currency, resource, documents, amount in groups:
        name = outcome_of(decision, state)
        named[name] += documents
        if amount is not None and currency:
            sums.append((currency, name, -amount if resource == Resource.CREDIT_NOTE else amount))
    run.counts = counts(
        named.items(),
        unchanged=run.cursor.get("unchanged", 0),
        failed=run.cursor.get("not_fetched", 0),
    )
    run.totals = totals(sums)
    return run_state(run.counts)
