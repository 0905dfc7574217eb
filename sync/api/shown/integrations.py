"""Integrations, flows and runs."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sync.api.shown.common import reasons
from sync.domain.totals import OUTCOMES
from sync.models import Flow, Integration, Outcome, Run, RunMode
from sync.selectors.documents import amount_text
from sync.selectors.integrations import FlowView, as_json, flows_of, setup_of
from sync.services.integrations import whole_policy


def integrations(rows: Sequence[Integration]) -> list[dict[str, Any]]:
    """Return integrations with their flows and what they lack."""
    flows = flows_of(rows)
    setup = setup_of(rows, flows)
    return [
        {
            "id": row.pk,
            "name": row.name,
            "source": row.source_id,
            "ledger": row.ledger_id,
            "company": {"id": row.company_id, "name": row.company_name or row.company_id},
            "business_units": row.business_units,
            "policy": whole_policy(row),
            "setup": as_json(setup[row.pk]),
            "flows": [flow(view) for view in flows[row.pk]],
            "created_at": row.created_at,
            "updated_at": row.updated_at,
        }
        for row in rows
    ]


def flow(view: FlowView) -> dict[str, Any]:
    row: Flow = view.flow
    return {
        "id": row.pk,
        "resource": row.resource,
        "enabled": row.enabled,
        "schedule": row.schedule,
        "next_run_at": row.next_run_at,
        "last_run": run(view.last_run) if view.last_run else None,
        "watermark": {"at": row.watermark_at, "id": row.watermark_id or None},
        "resync_offered_at": row.set_back_at,
        "depends_on": view.depends_on,
    }


def run(row: Run) -> dict[str, Any]:
    """Return a run, whose flow is loaded."""
    return {
        "id": row.pk,
        "integration": row.integration_id,
        "flow": row.flow.resource,
        "mode": row.mode,
        "trigger": row.trigger,
        "state": row.state,
        "queued_at": row.queued_at,
        "started_at": row.started_at,
        "finished_at": row.finished_at,
        "progress": {"seen": row.seen, "expected": row.expected},
        "counts": {name: row.counts.get(name, 0) for name in ("read", *OUTCOMES)},
        "totals": [_total(total) for total in row.totals],
        "error": _error(row.error),
        "warnings": list(row.cursor.get("warnings", ())),
    }


def outcome(row: Outcome, *, mode: str) -> dict[str, Any]:
    """Return what became of a document; of a preview also what would be sent."""
    shown = {
        "document": row.document_id,
        "reference": row.reference,
        "decision": row.decision,
        "state": row.state,
        "reasons": reasons(row.reasons),
    }
    if mode == RunMode.PREVIEW:
        shown["writes"] = [
            {name: request.get(name) for name in ("operation", "method", "path", "body")}
            for request in row.requests or ()
        ]
    return shown


def _total(stored: dict[str, Any]) -> dict[str, Any]:
    currency = stored["currency"]
    return {
        name: value if name == "currency" else amount_text(Decimal(value), currency)
        for name, value in stored.items()
    }


def _error(stored: dict[str, Any] | None) -> dict[str, Any] | None:
    if not stored:
        return None
    return {name: stored.get(name, "") for name in ("code", "message", "cause", "owner", "fix")}
