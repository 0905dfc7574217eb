"""Exactly what would be sent for a document, without sending or storing anything."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from connectors import catalogue
from connectors.base import PlannedRequest
from connectors.errors import ConnectorError
from sync.domain.decision import Action, Decision
from sync.engine.deciding import decide_documents
from sync.engine.deciding.receipts import arrivals
from sync.engine.deciding.saving import requests_of
from sync.engine.looking_ahead import look_ahead, words_of
from sync.engine.site import Site
from sync.engine.tickets import NO_FENCE, Claim
from sync.engine.writing.first_look import FirstStep, first_steps
from sync.models import Document, FlowName, Integration, Run, RunMode

_WRITES = (Action.CREATE, Action.UPDATE)
_NEXT = "Nothing was sent and nothing has changed. Look again once this is put right."


@dataclass(frozen=True, slots=True)
class Previewed:
    """What would become of a document now, exactly what would be sent for it, and what else is
    worth knowing."""

    decision: Decision
    requests: Sequence[PlannedRequest] = ()
    notes: tuple[str, ...] = ()


def preview_document(
    integration: Integration, document: Document, *, mapping: str = "current"
) -> Previewed:
    """Decide a document as a live run would, with what stands in the ledger; reads only. There are
    no requests when it would wait or park.

    Call outside of a transaction. Raises the connector's errors, which say what connection they are
    of, when the ledger's metadata, which planning needs, cannot be read; where it cannot be asked
    for duplicates a note says so.
    """
    claim = Claim(integration.pk, integration.tenant_id, NO_FENCE, math.inf)
    site = Site(integration, claim)
    try:
        if document.flow_name == FlowName.SUPPLIERS:
            _ = site.source  # opened before the transaction: so it is to blame by itself
        site.side = "ledger"
        site.ledger.capabilities()
        arrived = arrivals(site, document.flow_name, [document])
        with site.rows():
            run = Run(integration=integration, mode=RunMode.PREVIEW, mapping=mapping)
            [(_, decision)] = decide_documents(site, [document], run=run, arrived=arrived)
            if decision.action not in _WRITES:
                return Previewed(decision)
            decision, steps, requests = requests_of(site, document, decision)
            look = first_steps(run, [(document, steps)]).get(document.pk)
        planned = Previewed(decision, list(chain(*requests)))
        return _looked_up(site, planned, look, of_first=len(requests[0])) if look else planned
    except ConnectorError as error:
        error.shown = _shown(site, error)
        raise
    finally:
        site.close()


def _shown(site: Site, error: ConnectorError) -> dict[str, Any]:
    """Say of which connection an error is, and that looking changed nothing. One that has no words
    of its own came of reading what the ledger offers, the only thing that planning asks for."""
    connection = getattr(site.integration, site.side)
    about = {} if error.code in catalogue.codes() else catalogue.explain("metadata")
    name = {"id": str(connection.pk), "name": connection.name, "kind": connection.kind}
    return {**about, "next_step": _NEXT, "connection": name}


def _looked_up(site: Site, planned: Previewed, look: FirstStep, *, of_first: int) -> Previewed:
    """Say what a live run would say that looks into the ledger before its first send."""
    answers = look_ahead(site, [look], patient=False)
    held = answers.held.get(look.document_id)
    if held is not None:
        parked = replace(planned.decision, action=Action.PARK, reasons=(held,), effects=())
        return Previewed(parked)
    number = answers.standing.get(look.document_id)
    if number is not None:
        note = f"It stands in the ledger already, as {number}: it is not created again."
        return replace(planned, requests=planned.requests[of_first:], notes=(note,))
    return replace(planned, notes=(words_of(answers),)) if answers.unasked else planned
