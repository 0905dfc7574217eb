"""Findings of reconciliation as people and programs see them."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from sync.domain import policy
from sync.domain.ledger_findings import TEXTS, FindingKind
from sync.models import Integration, LedgerFinding


def findings(integration: Integration) -> QuerySet[LedgerFinding]:
    """Return the open findings, oldest first."""
    rows = LedgerFinding.objects.filter(integration=integration, closed_at__isnull=True)
    return rows.select_related("document").order_by("first_seen_at", "pk")


def explained(integration: Integration) -> list[str]:
    """Return the kinds that are as the policy wants them: who keeps orders as they are wants their
    commitment to stay."""
    wanted = policy.parse(integration.policy).purchase_order.after_invoice
    return [] if wanted == "reduce" else [FindingKind.COMMITMENT]


def as_found(row: LedgerFinding) -> dict[str, Any]:
    """Return a finding with its words: cause, owner and next step."""
    text = TEXTS[FindingKind(row.kind)]
    return {
        "document": str(row.document_id),
        "kind": row.kind,
        "effect": row.effect,
        "number": row.number,
        "why": text.why,
        "owner": text.owner.value,
        "fix": text.fix,
        "differences": row.differences,
        "first_seen_at": row.first_seen_at.isoformat().replace("+00:00", "Z"),
        "last_seen_at": row.last_seen_at.isoformat().replace("+00:00", "Z"),
    }
