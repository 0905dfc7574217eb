"""Exactly what would be sent for a document, without sending or storing anything."""

from __future__ import annotations

import math
from dataclasses import dataclass

from connectors.base import PlannedRequest
from sync.domain.decision import Action, Decision
from sync.engine.deciding import decide_documents
from sync.engine.deciding.receipts import received_quantities
from sync.engine.deciding.saving import requests_of
from sync.engine.site import Site
from sync.engine.tickets import NO_FENCE, Claim
from sync.models import Document, Integration, Run, RunMode


@dataclass(frozen=True, slots=True)
class Previewed:
    """What would become of a document now, and exactly what would be sent for it."""

    decision: Decision
    requests: list[PlannedRequest]


def preview_document(
    integration: Integration, document: Document, *, mapping: str = "current"
) -> Previewed:
    """Return a document's decision as of now with its requests; none when it would wait or park.

    Call outside of a transaction. Raises the connector's errors when the ledger's metadata, which
    planning needs, cannot be read.
    """
    claim = Claim(integration.pk, integration.tenant_id, NO_FENCE, math.inf)
    site = Site(integration, claim)
    try:
        site.ledger.capabilities()
        received = received_quantities(site, document.flow_name, [document])
        with site.rows():
            run = Run(integration=integration, mode=RunMode.PREVIEW, mapping=mapping)
            [(_, decision)] = decide_documents(site, [document], run=run, received=received)
            if decision.action not in (Action.CREATE, Action.UPDATE):
                return Previewed(decision, [])
            return Previewed(decision, requests_of(site, document, decision))
    finally:
        site.close()
