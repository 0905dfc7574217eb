"""Use case: reconcile with the ledger now; inside the tenant's scope."""

from __future__ import annotations

from audit.record import record
from sync.engine import tickets
from sync.engine.clock import database_now
from sync.models import Integration
from tenants.refusal import Clash


def ledger_check_start(integration: Integration) -> None:
    """Let the integration be reconciled as soon as nothing else is to do for it.

    Raises Clash while its ledger was never read: there is nothing to compare with.
    """
    if not integration.ledger_setup:
        raise Clash(
            "reference_missing",
            "The ledger's reference data was not read yet: run the flow 'reference' first.",
        )
    Integration.objects.filter(pk=integration.pk).update(ledger_check_due_at=database_now())
    record("ledger_check.asked", target=integration)
    tickets.wake(integration.pk, interactive=True)
