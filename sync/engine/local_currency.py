"""The local currency of a ledger that does not show it, told by what was received.

A ledger that lists its currencies lists all but the local one (NAV contract 8): the only currency
of everything received that it does not list can be no other. It is taken once, said loudly, and
stays until the ledger or a person says otherwise; of several none is taken, and their documents
wait.
"""

from __future__ import annotations

from dataclasses import replace

from audit.record import record as tell
from connectors.documents import SetupSource
from sync.domain.ledger_setup import CURRENCY_KEY, candidates
from sync.domain.mapping import CURRENCY
from sync.engine.deciding.mappings_known import mapping_tables
from sync.engine.release import release_causes
from sync.engine.site import Site
from sync.models import Document, FlowName, Integration, Run

_FLOWS = (FlowName.PURCHASE_ORDERS, FlowName.INVOICES)


def settle_local_currency(site: Site, run: Run) -> None:
    """Take the local currency from what was received, where nothing else says it."""
    if run.flow.resource not in _FLOWS:
        return
    setup = site.setup
    if setup.local_currency or setup.foreign_currencies is None:
        return
    with site.rows(run=run.pk):
        found = candidates(setup, received_currencies(site.integration))
        if len(found) != 1:
            return
        source = SetupSource.EVIDENCE
        site.take_setup(replace(setup, local_currency=found[0], local_currency_from=source))
        site.integration.save(update_fields=["ledger_setup", "updated_at"])
        facts = {"what": "local currency", "value": found[0], "evidence": "documents received"}
        tell("integration.setup_learned", target=site.integration, run=run.pk, facts=facts)
        release_causes(site.integration, [CURRENCY_KEY])


def received_currencies(integration: Integration) -> set[str]:
    """Return the currencies of all orders and invoices received, as they are mapped today."""
    rows = Document.objects.filter(integration=integration, flow_name__in=_FLOWS)
    codes = set(rows.order_by().values_list("currency", flat=True).distinct()) - {""}
    table = mapping_tables(integration, codes)[CURRENCY]
    mapped = {code: table.find(code.upper()) for code in codes}
    return {entry.target_code if entry else code for code, entry in mapped.items()}
