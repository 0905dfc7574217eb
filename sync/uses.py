"""Tells the checks of a connection what it is used for."""

from __future__ import annotations

from uuid import UUID

from connectors.base import CompanyUse
from connectors.codec import load
from connectors.uses import tell_uses
from sync.domain.policy import parse
from sync.models import Integration


@tell_uses
def uses_of_connection(connection_id: UUID) -> list[CompanyUse]:
    """Return the companies and journal batches that a ledger connection is used for."""
    return [_use(row) for row in Integration.objects.filter(ledger=connection_id)]


def _use(integration: Integration) -> CompanyUse:
    journal = parse(integration.policy).journal
    known = load(integration.ledger_setup) if integration.ledger_setup else None
    if not journal.enabled:
        return CompanyUse(integration.company_id, known=known)
    return CompanyUse(integration.company_id, journal.batch, journal.balancing_account, known)
