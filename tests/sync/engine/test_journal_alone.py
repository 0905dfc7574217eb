"""An invoice stands and its journal entry was refused: the entry alone is written by a replay."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors.sandboxing.faults import Fault
from sync.models import Document, FlowName, Link, RunMode, Write
from sync.services.documents import document_replay
from tests.small import COMPANY, COMPANY_NAME, FLOWS, records, small_world
from tests.world import World, control

pytestmark = pytest.mark.django_db(transaction=True)

DIALECTS = {"api": (COMPANY, r"\$batch", "journalLines"), "pages": (COMPANY_NAME, "Journal", "")}
SAID = "The entry cannot be made just now."


@pytest.fixture(params=DIALECTS)
def customer(request, tmp_path) -> Iterator[World]:
    """A customer whose one invoice stands, and whose ledger refused its journal entry."""
    company, path, content = DIALECTS[request.param]
    settings = {"dialect": request.param}
    with small_world(tmp_path, records(1), company=company, nav_settings=settings) as found:
        batch = {"set": "journals", "op": "insert", "values": {"code": "JAGGAER"}}
        control(found.nav, "records", {"company": COMPANY, **batch})
        body = {"error": {"code": "Application_DialogException", "message": SAID}}
        refusal = {"status": 400, "body": body, "method": "POST"}
        found.nav.scenario.load(Fault("status", path=path, content=content, **refusal))
        found.run(*FLOWS)
        found.nav.scenario.load()
        yield found


def document(customer: World) -> Document:
    return customer.document(flow_name=FlowName.INVOICES)


def in_ledger(customer: World) -> tuple[int, int]:
    """Return how many invoices and how many journal lines there are."""
    books = customer.ledger()
    lines = [line for journal in books["journals"] for line in journal["lines"]]
    return len(books["purchaseInvoices"]), len(lines)


def replay(customer: World, mode: str = RunMode.LIVE) -> None:
    with customer.scope():
        document_replay(document(customer), mode=mode)
    customer.settle()


def test_the_invoice_stays_and_the_journal_alone_is_replayed(customer: World):
    parked = document(customer)
    assert (parked.state, in_ledger(customer)) == ("parked", (1, 0))
    assert SAID in parked.reasons[0]["message"]
    with customer.scope():
        invoice = Write.objects.get(document=parked, kind="purchase_invoice", operation="create")

    replay(customer)

    assert document(customer).state == "written"
    assert in_ledger(customer) == (1, 2)
    with customer.scope():
        again = Write.objects.get(pk=invoice.pk)
        assert (again.attempt, again.confirmed_at) == (1, invoice.confirmed_at)
        kinds = set(Link.objects.filter(document=parked).values_list("kind", flat=True))
    assert kinds == {"purchase_invoice", "journal"}

    before = [entry.method for entry in customer.requests(customer.nav)]
    replay(customer)
    after = [entry.method for entry in customer.requests(customer.nav)][len(before) :]
    assert set(after) <= {"GET"}
    assert in_ledger(customer) == (1, 2)
