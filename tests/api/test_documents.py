"""Documents over the API: found by what people quote, shown with their story, replayed."""

from decimal import Decimal

import pytest

from connectors.documents import Resource
from sync.models import DocumentState, Run
from tenants.scoping import tenant_scope
from tests.api import rows

pytestmark = pytest.mark.django_db


def found(client, query):
    return {row["source_id"] for row in client.get(f"documents?{query}").json()["results"]}


@pytest.mark.parametrize(
    "query",
    [
        "reference=JA-77",
        "reference=re 4711",  # the supplier's own number, however it is written
        "reference=PI-100",  # the ledger's
        "supplier=S1",
        "supplier=70001",
        "supplier=frame",
        "source_id=4711",
        "state=written",
        "resource=credit_note",
        "changed_since=2026-01-01T00:00:00Z&resource=credit_note",
    ],
)
def test_a_document_is_found_by_what_people_quote(admin, integration, query):
    wanted = rows.document(
        integration,
        Resource.CREDIT_NOTE,
        source_id="4711",
        reference="JA-77",
        supplier_reference="RE 4711",
        number_key="RE 4711",
        supplier_source_id="S1",
        supplier_erp_number="70001",
        supplier_name="Frame & Sons",
        state=DocumentState.WRITTEN,
    )
    rows.link(wanted, number="PI-100")
    rows.document(integration)

    assert found(admin, query) == {"4711"}


@pytest.mark.parametrize(
    "query", ["state=lost", "integration=7", "changed_since=today", "review=x", "reference=%00"]
)
def test_a_filter_that_means_nothing_is_an_error(admin, query):
    answer = admin.get(f"documents?{query}")

    assert answer.status_code == 400
    assert answer.json()["fields"].keys() == {query.partition("=")[0]}


@pytest.mark.parametrize(
    ("amount", "shown"),
    [("119.50", "119.50"), ("119.5", "119.5"), ("1E+3", "1000"), ("0.123456", "0.123456")],
)
def test_an_amount_reads_as_it_was_received(admin, integration, amount, shown):
    row = rows.document(integration, amount=Decimal(amount))

    assert admin.get(f"documents/{row.pk}").json()["amount"] == shown


def test_a_document_names_its_vendor_and_what_stands_in_the_ledger(admin, integration):
    supplier = rows.document(
        integration,
        Resource.SUPPLIER,
        source_id="S1",
        supplier_source_id="S1",
        amount=None,
    )
    rows.link(supplier, "vendor", "V-9")
    row = rows.document(integration, supplier_source_id="S1")
    rows.link(row, "purchase_invoice", "PI-100")

    shown = admin.get(f"documents/{row.pk}").json()

    assert shown["supplier"]["ledger_number"] == "V-9"
    assert shown["ledger"]["purchase_invoice"]["number"] == "PI-100"


def test_a_supplier_without_a_vendor_shows_that_of_no_other(admin, integration):
    for source_id in ("S1", "S2"):
        row = rows.document(
            integration, Resource.SUPPLIER, source_id=source_id, supplier_source_id=source_id
        )
        if source_id == "S1":
            rows.link(row, "vendor", "V-9")

    listed = admin.get("documents?resource=supplier").json()["results"]

    numbers = {each["source_id"]: each["supplier"]["ledger_number"] for each in listed}
    assert numbers == {"S1": "V-9", "S2": None}


def test_a_supplier_that_a_document_names_by_number_alone_is_told_and_found_by_its_id(
    admin, tenant, integration
):
    for within, id in ((integration, "S1"), (rows.integration(tenant), "S2")):
        rows.document(
            within,
            Resource.SUPPLIER,
            source_id=id,
            supplier_source_id=id,
            supplier_erp_number="70001",
        )
    row = rows.document(integration, source_id="I-1", supplier_erp_number="70001")
    review = rows.park(row)

    assert admin.get(f"documents/{row.pk}").json()["supplier"]["source_id"] == "S1"
    assert found(admin, "supplier=S1&resource=invoice") == {"I-1"}
    assert found(admin, "supplier=S2&resource=invoice") == set()
    reviews = {id: admin.get(f"reviews?supplier={id}").json()["results"] for id in ("S1", "S2")}
    assert [one["id"] for one in reviews["S1"]] == [str(review.pk)]
    assert reviews["S2"] == []


def test_a_number_that_two_suppliers_have_names_neither(admin, integration):
    for id in ("S1", "S2"):
        rows.document(integration, Resource.SUPPLIER, source_id=id, supplier_erp_number="70001")
    row = rows.document(integration, supplier_erp_number="70001")

    assert admin.get(f"documents/{row.pk}").json()["supplier"]["source_id"] is None


def test_what_was_noticed_is_shown_as_the_schema_describes_it(admin, integration):
    note = {"code": "note", "message": "H-1 has the same date.", "owner": "nobody", "fix": ""}
    row = rows.document(integration, notes=[note | {"evidence": {}}])

    assert admin.get(f"documents/{row.pk}").json()["notes"] == [note | {"evidence": {}}]


def test_a_document_is_shown_with_its_story(operator, integration):
    row = rows.document(integration, lines=[{"_": "InvoiceLine", "number": 1, "amount": "1.50"}])
    operator.post(f"documents/{row.pk}/replay")

    shown = operator.get(f"documents/{row.pk}").json()

    assert [event["action"] for event in shown["timeline"]] == ["document.replayed"]
    assert shown["lines"] == [{"number": 1, "amount": "1.50"}]
    assert (shown["writes"], shown["match"], shown["version"], shown["versions"]) == (
        [],
        None,
        1,
        1,
    )


def test_a_version_keeps_the_digits_that_were_received(admin, integration):
    row = rows.document(integration)

    answer = admin.get(f"documents/{row.pk}/versions/1")

    assert b'"total":119.50' in answer.content.replace(b" ", b"")
    assert admin.get(f"documents/{row.pk}/versions/2").status_code == 404


def test_a_list_of_documents_costs_the_same_whatever_its_length(admin, integration, queries_of):
    def fill(count):
        for _ in range(count):
            rows.link(rows.document(integration, supplier_source_id="S1"))

    fill(2)
    two = queries_of(lambda: admin.get("documents"))
    fill(6)

    assert len(admin.get("documents").json()["results"]) == 8
    assert queries_of(lambda: admin.get("documents")) == two <= 16


def test_a_replay_marks_the_document_and_queues_a_run_that_reads_nothing(operator, integration):
    row = rows.document(integration, state=DocumentState.WRITTEN)

    answer = operator.post(f"documents/{row.pk}/replay", {"mapping": "pinned"})

    assert (answer.status_code, answer.json()["trigger"]) == (202, "replay")
    with tenant_scope(integration.tenant_id):
        run = Run.objects.get(pk=answer.json()["id"])
    assert (run.reads, run.mapping, run.mode) == (False, "pinned", "live")
    row = rows.fresh(row)
    assert (row.state, row.queued_run_id) == (DocumentState.RECEIVED, run.pk)


def test_a_preview_replay_leaves_the_document_as_it_is(operator, integration):
    row = rows.document(integration, state=DocumentState.WRITTEN)

    answer = operator.post(f"documents/{row.pk}/replay", {"mode": "preview"})

    assert answer.json()["mode"] == "preview"
    assert rows.fresh(row).state == DocumentState.WRITTEN


@pytest.mark.parametrize("state", [DocumentState.WRITING, DocumentState.UNKNOWN])
def test_what_may_be_on_its_way_is_not_decided_again(operator, integration, state):
    row = rows.document(integration, state=state)

    answer = operator.post(f"documents/{row.pk}/replay")

    assert (answer.status_code, answer.json()["progress"]["expected"]) == (202, 0)
    assert rows.fresh(row).state == state


def test_a_filter_replays_a_run_for_each_flow_concerned(operator, integration):
    order = rows.document(integration, Resource.PURCHASE_ORDER, state=DocumentState.IGNORED)
    invoice = rows.document(integration, state=DocumentState.IGNORED)
    other = rows.document(integration, state=DocumentState.WRITTEN)
    body = {"filter": {"integration": str(integration.pk), "state": "ignored"}}

    answer = operator.post("documents/replay", body)

    assert [run["flow"] for run in answer.json()["runs"]] == ["purchase_orders", "invoices"]
    assert [rows.fresh(row).state for row in (order, invoice, other)] == [
        "received",
        "received",
        "written",
    ]


@pytest.mark.parametrize(
    ("days", "count"),
    [
        ({"from": "2026-05-04", "to": "2026-05-04"}, 1),
        ({"from": "2026-05-05"}, 0),
        ({"to": "2026-05-03"}, 0),
    ],
)
def test_a_replay_by_days_includes_both(operator, integration, days, count):
    rows.document(integration)
    body = {"filter": {"integration": str(integration.pk), **days}}

    assert operator.post("documents/replay", body).json()["progress"]["expected"] == count


def test_a_replay_needs_an_integration_of_ours(operator):
    body = {"filter": {"integration": "00000000-0000-7000-8000-000000000000"}}

    answer = operator.post("documents/replay", body)

    assert answer.status_code == 400
    assert answer.json()["fields"].keys() == {"filter.integration"}


def test_a_replay_of_days_that_end_before_they_begin_is_refused(operator, integration):
    chosen = {"integration": str(integration.pk), "from": "2026-05-05", "to": "2026-05-04"}

    answer = operator.post("documents/replay", {"filter": chosen})

    assert (answer.status_code, answer.json()["fields"].keys()) == (400, {"filter.to"})
