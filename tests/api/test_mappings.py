"""Mappings over the API: in and out as JSON and CSV, refused, released, proposed."""

import pytest

from connectors.documents import Resource
from sync.models import LedgerItem, Link, MappingEntry
from tenants.scoping import tenant_scope
from tests.api import rows

pytestmark = pytest.mark.django_db

OFFICE = {"source_code": "OFFICE", "target_code": "6100"}


@pytest.fixture
def integration(tenant):
    made = rows.integration(tenant)
    rows.offer(made, "ledger_accounts", "6100", "Office supplies")
    rows.offer(made, "ledger_accounts", "6200", "Travel expenses")
    rows.offer(made, "ledger_accounts", "6900", "Closed", why_not="The account 6900 is blocked.")
    rows.offer(made, "dimension_values", "DEPARTMENT/ADM", "Administration")
    return made


@pytest.fixture
def accounts(integration):
    return f"integrations/{integration.pk}/mappings/ledger_account"


def send_csv(client, path, text):
    return client._client.post(
        f"/api/v1/{path}", data=text.encode(), content_type="text/csv", headers=client.headers
    )


def test_one_entry_and_many_are_stored(operator, accounts):
    one = operator.post(accounts, OFFICE)
    many = operator.post(
        accounts,
        {"entries": [OFFICE, {"source_code": "TRAVEL", "target_code": "6200"}]},
    )

    assert (one.status_code, many.status_code) == (200, 200)
    assert many.json() == {"created": 1, "updated": 0, "unchanged": 1, "invalid": 0}
    codes = [row["source_code"] for row in operator.get(accounts).json()["results"]]
    assert codes == ["OFFICE", "TRAVEL"]


def test_a_preview_says_what_an_import_would_change_and_stores_nothing(
    operator, accounts, integration
):
    part = {"segments": {"Account": "OFFICE"}}
    line = {"coding": [part]}
    rows.document(integration, lines=[line, line])

    seen = operator.post(f"{accounts}?preview=true", OFFICE)

    assert seen.json() == {
        "created": 1,
        "updated": 0,
        "unchanged": 0,
        "invalid": 0,
        "stored": False,
        "open_lines": 2,
        "open_documents": 1,
        "amounts": [{"currency": "USD", "amount": "119.50"}],
    }
    assert operator.get(accounts).json()["results"] == []


def test_a_change_ends_the_entry_and_keeps_what_it_said(operator, accounts, integration):
    operator.post(accounts, OFFICE)

    answer = operator.post(accounts, OFFICE | {"target_code": "6200"})

    assert answer.json()["updated"] == 1
    with tenant_scope(integration.tenant_id):
        kept = list(MappingEntry.objects.order_by("pk").values_list("target_code", "replaced_at"))
    assert [target for target, _ in kept] == ["6100", "6200"]
    assert (kept[0][1] is None, kept[1][1] is None) == (False, True)


def test_the_same_code_may_have_another_target_from_a_day_on(operator, accounts):
    operator.post(accounts, OFFICE)

    operator.post(accounts, OFFICE | {"target_code": "6200", "valid_from": "2026-07-01"})

    shown = operator.get(accounts).json()["results"]
    assert sorted((row["valid_from"] or "", row["target_code"]) for row in shown) == [
        ("", "6100"),
        ("2026-07-01", "6200"),
    ]


@pytest.mark.parametrize("target", ["6900", "7777"])
def test_a_target_that_cannot_be_booked_stores_nothing(operator, accounts, target):
    entries = [OFFICE, {"source_code": "TRAVEL", "target_code": target}]

    answer = operator.post(accounts, {"entries": entries})

    assert answer.status_code == 400
    assert answer.json()["fields"].keys() == {"rows[2].target_code"}
    assert operator.get(accounts).json()["results"] == []


def test_with_invalid_keep_such_a_target_is_stored_with_its_problem(operator, accounts):
    entry = OFFICE | {"target_code": "6900"}

    answer = operator.post(f"{accounts}?invalid=keep", entry)

    assert answer.json() == {"created": 1, "updated": 0, "unchanged": 0, "invalid": 1}
    (shown,) = operator.get(accounts).json()["results"]
    assert (shown["state"], "blocked" in shown["problem"]) == ("invalid", True)


@pytest.mark.parametrize(
    ("entry", "path"),
    [
        ({"target_code": "6100"}, "rows[1].source_code"),
        ({"source_code": "X", "target_code": " "}, "rows[1].target_code"),
        (OFFICE | {"valid_from": "07/01/2026"}, "rows[1].valid_from"),
        (OFFICE | {"note": "n" * 501}, "rows[1].note"),
        ("OFFICE", "rows[1]"),
    ],
)
def test_a_row_that_cannot_be_read_names_its_cell(operator, accounts, entry, path):
    answer = operator.post(accounts, {"entries": [entry]})

    assert answer.status_code == 400
    assert answer.json()["fields"].keys() == {path}


def test_cost_centers_aim_at_a_dimension_value(operator, integration):
    path = f"integrations/{integration.pk}/mappings/cost_center"

    good = operator.post(path, {"source_code": "1", "target_code": "DEPARTMENT/ADM"})
    bad = operator.post(path, {"source_code": "2", "target_code": "ADM"})

    assert (good.status_code, bad.status_code) == (200, 400)


def test_before_the_ledger_was_read_no_target_can_be_checked(operator, tenant):
    path = f"integrations/{rows.integration(tenant).pk}/mappings/ledger_account"

    assert operator.post(path, OFFICE).json()["created"] == 1


def test_csv_goes_in_and_comes_out_again(operator, accounts):
    text = '\ufeffsource_code,target_code,valid_from,note\r\n0815,6100,2026-01-01,"a, b"\r\n'

    sent = send_csv(operator, accounts, text)
    shown = operator.get(accounts, Accept="text/csv")

    assert (sent.status_code, sent.json()["created"]) == (200, 1)
    assert shown["Content-Type"].startswith("text/csv")
    assert shown.content.decode().lstrip("\ufeff") == text.lstrip("\ufeff")


def test_errors_of_a_csv_name_the_row_below_the_header(operator, accounts):
    answer = send_csv(operator, accounts, "source_code;target_code\nA;6100\nB;7777\n")

    assert answer.status_code == 400
    assert answer.json()["fields"].keys() == {"rows[2].target_code"}


def test_every_row_that_is_wrong_is_named_at_once(operator, accounts):
    text = "source_code,target_code,valid_from\nA,7777,\nB,6100,31.12.2024\n,6100,\n"

    answer = send_csv(operator, accounts, text)

    assert answer.json()["fields"].keys() == {
        "rows[1].target_code",
        "rows[2].valid_from",
        "rows[3].source_code",
    }


@pytest.mark.parametrize("text", ["", "a,b\n1,2,3\n", "source_code,target_code\nA\x00,6100\n"])
def test_a_text_that_is_no_csv_is_refused(operator, accounts, text):
    assert send_csv(operator, accounts, text).status_code == 400


def test_formula_text_goes_out_as_text_and_comes_in_as_it_was(operator, accounts):
    operator.post(accounts, OFFICE | {"source_code": "=cmd|' /C calc'!A0", "note": "-5"})

    text = operator.get(accounts, Accept="text/csv").content.decode()

    assert "'=cmd" in text
    assert ",-5" in text
    assert send_csv(operator, accounts, text).json()["unchanged"] == 1


def test_a_mapping_lets_the_documents_go_that_waited_for_it(operator, accounts, integration):
    waits, waits_elsewhere = rows.document(integration), rows.document(integration)
    rows.park(waits)
    rows.park(waits_elsewhere, kind="ledger_account", source_code="TRAVEL")

    operator.post(accounts, OFFICE)

    assert rows.fresh(waits).state == "received"
    assert rows.fresh(waits_elsewhere).state == "parked"


def test_a_supplier_mapping_lets_the_unknown_supplier_go(operator, integration):
    rows.offer(integration, "suppliers", "V-1", "Frame & Sons")
    row = rows.document(integration, supplier_source_id="S1")
    rows.park(row, code="supplier_unknown", supplier="S1")
    path = f"integrations/{integration.pk}/mappings/supplier"

    operator.post(path, {"source_code": "S1", "target_code": "V-1"})

    assert rows.fresh(row).state == "received"


def test_codes_that_documents_wait_for_come_with_a_proposal(admin, accounts, integration):
    line = {
        "coding": [
            {"segments": {"glAccount": "REISE"}, "descriptions": {"glAccount": "Travel expense"}}
        ]
    }
    rows.park(rows.document(integration, lines=[line]), source_code="REISE", kind="ledger_account")
    note = rows.document(integration, Resource.CREDIT_NOTE)
    rows.park(note, source_code="6100", kind="ledger_account")

    same, similar = admin.get(f"{accounts}/unmapped").json()["results"]

    assert (same["source_code"], same["suggestion"]["target_code"]) == ("6100", "6100")
    assert same["amounts"] == [{"currency": "USD", "amount": "-119.50"}]
    assert (similar["description"], similar["documents"]) == ("Travel expense", 1)
    assert similar["suggestion"]["target_code"] == "6200"
    assert 0.75 <= similar["suggestion"]["score"] < 1
    assert "similar name" in similar["suggestion"]["why"]


def test_an_order_and_its_own_invoice_wait_for_a_code_with_the_same_money(
    admin, accounts, integration
):
    order = rows.document(integration, Resource.PURCHASE_ORDER, amount="300.00")
    invoice = rows.document(integration, amount="119.50")
    rows.allocation(invoice, order)
    review = rows.park(order, invoice, source_code="OFFICE", kind="ledger_account")

    [found] = admin.get(f"{accounts}/unmapped").json()["results"]

    assert found["documents"] == 2
    assert found["amounts"] == [{"currency": "USD", "amount": "119.50"}]
    assert found["amounts"] == admin.get(f"reviews/{review.pk}").json()["money_at_risk"]


def test_a_code_that_nothing_names_is_proposed_by_what_similar_lines_got(
    operator, admin, accounts, integration
):
    operator.post(accounts, OFFICE)

    def line(code: str, said: str) -> dict:
        return {"description": said, "coding": [{"segments": {"glAccount": code}}]}

    for said in ("Pipette tips 200 ul", "Pipette tips 20 ul", "Wine"):
        lines = [line("OFFICE", said)]
        rows.document(integration, state="written", supplier_erp_number="V-1", lines=lines)
    waits = {"supplier_erp_number": "V-1", "lines": [line("Q7", "Pipette tips 100 ul")]}
    rows.park(rows.document(integration, **waits), source_code="Q7", kind="ledger_account")

    [found] = admin.get(f"{accounts}/unmapped").json()["results"]

    assert found["suggestion"]["target_code"] == OFFICE["target_code"]
    assert "2 of 2" in found["suggestion"]["why"]
    assert 0 < found["suggestion"]["score"] < 0.75


def test_kinds_are_counted_and_an_unknown_one_is_not_found(operator, accounts, integration):
    operator.post(accounts, OFFICE)
    rows.park(rows.document(integration), source_code="X", kind="project")
    path = f"integrations/{integration.pk}/mappings"

    counted = {row.pop("kind"): row for row in operator.get(path).json()["results"]}

    assert counted["ledger_account"] == {"entries": 1, "invalid": 0, "unmapped": 0}
    assert counted["project"] == {"entries": 0, "invalid": 0, "unmapped": 1}
    assert len(counted) >= 8
    assert operator.get(f"{path}/nonsense").status_code == 404


def test_an_entry_can_be_removed(operator, accounts):
    operator.post(accounts, OFFICE)
    (entry,) = operator.get(accounts).json()["results"]

    assert operator.delete(f"{accounts}/{entry['id']}").status_code == 204
    assert operator.get(accounts).json()["results"] == []


def test_what_the_ledger_offers_is_listed_as_of_its_last_reading(admin, integration):
    answer = admin.get(f"integrations/{integration.pk}/reference/ledger_accounts").json()

    assert [row["code"] for row in answer["results"]] == ["6100", "6200", "6900"]
    assert answer["results"][2]["usable"] is False
    assert answer["fetched_at"] == "2026-05-01T00:00:00Z"
    assert admin.get(f"integrations/{integration.pk}/reference/nonsense").status_code == 404


def test_instants_of_the_ledgers_records_are_written_as_all_others(admin, integration):
    with tenant_scope(integration.tenant_id):
        item = LedgerItem.objects.get(integration=integration, code="6100")
        item.attributes = {"category": "Expense", "modified_at": "2026-05-01T08:00:00.250000+02:00"}
        item.save()

    row = admin.get(f"integrations/{integration.pk}/reference/ledger_accounts").json()["results"][0]

    assert row["attributes"] == {
        "category": "Expense",
        "modified_at": "2026-05-01T06:00:00.250000Z",
    }


@pytest.mark.parametrize(
    ("days", "found"),
    [("from=0001-01-01&to=9999-12-31", 2), ("from=2026-05-04&to=2026-05-04", 1)],
)
def test_any_days_can_be_reconciled(admin, integration, days, found):
    rows.document(integration, state="parked")
    rows.document(integration, state="parked", document_date=None)

    answer = admin.get(f"integrations/{integration.pk}/reconciliation?{days}")

    assert (answer.status_code, len(answer.json()["results"])) == (200, found)


def test_days_that_end_before_they_begin_are_refused(admin, integration):
    days = "from=2026-05-05&to=2026-05-04"

    for path in (f"integrations/{integration.pk}/reconciliation", "audit"):
        answer = admin.get(f"{path}?{days}")

        assert (answer.status_code, answer.json()["fields"].keys()) == (400, {"to"})


def test_reconciliation_tells_what_is_written_and_what_is_not(admin, integration):
    rows.link(rows.document(integration, state="written"))
    lost = rows.document(integration, state="written", amount="10.00")
    rows.document(integration, Resource.CREDIT_NOTE, state="parked", amount="5.00")
    path = f"integrations/{integration.pk}/reconciliation"

    notes, invoices = admin.get(path).json()["results"]

    assert notes["parked"] == {"documents": 1, "amount": "-5.00"}
    assert invoices["seen"] == {"documents": 2, "amount": "129.50"}
    assert invoices["in_ledger"] == {"documents": 1, "amount": "119.50"}
    assert invoices["difference"] == {"documents": 1, "amount": "10.00"}
    assert [row["document"] for row in invoices["unexplained"]] == [str(lost.pk)]
    assert admin.get(f"{path}?from=2026-05-05").json()["results"] == []


def test_reconciliation_names_what_the_ledger_shows_otherwise_and_how_to_mend_it(
    admin, integration
):
    deleted = rows.document(integration, state="written", reference="I-1")
    changed = rows.document(integration, state="written", reference="I-2")
    for document in (deleted, changed):
        rows.link(document)
    rows.finding(deleted, "missing")
    rows.finding(changed, "changed", {"field": "dueDate", "ours": "2026", "ledger": "2027"})
    rows.finding(changed, "commitment")  # as the policy wants it: nothing to explain

    [row] = admin.get(f"integrations/{integration.pk}/reconciliation").json()["results"]

    assert (row["in_ledger"]["documents"], row["difference"]["documents"]) == (1, 1)
    told = {one["reference"]: one for one in row["unexplained"]}
    assert {name: one["kind"] for name, one in told.items()} == {"I-1": "missing", "I-2": "changed"}
    assert told["I-2"]["differences"][0]["ledger"] == "2027"
    assert all(one["owner"] == "finance" and one["fix"] for one in told.values())


def test_reconciliation_comes_as_csv_too(admin, integration):
    rows.document(integration, Resource.CREDIT_NOTE, state="parked", amount="5.00")

    text = admin.get(
        f"integrations/{integration.pk}/reconciliation", Accept="text/csv"
    ).content.decode()

    header, line = text.splitlines()
    assert header.startswith("resource,currency,day,seen_documents,seen_amount")
    assert line.startswith("credit_note,USD,2026-05-04,1,-5.00")


def test_vendors_that_are_no_suppliers_are_found(admin, operator, integration):
    for code, name in (("1", "Linked"), ("2", "Mapped"), ("3", "Numbered"), ("4", "Free Ltd")):
        rows.offer(integration, "suppliers", code, name)
    linked = rows.document(integration, Resource.SUPPLIER, source_id="u1")
    with tenant_scope(integration.tenant_id):
        Link.objects.create(document=linked, kind="vendor", remote_id="remote 1", number="1")
    entry = {"source_code": "u2", "target_code": "2"}
    operator.post(f"integrations/{integration.pk}/mappings/supplier", entry)
    rows.document(integration, Resource.SUPPLIER, source_id="u3", supplier_erp_number="3")
    address = f"integrations/{integration.pk}/reference"

    def found(query: str) -> list[str]:
        shown = admin.get(f"{address}/suppliers?{query}").json()
        return [row["code"] for row in shown["results"]]

    assert found("") == ["1", "2", "3", "4"]
    assert (found("bound=true"), found("bound=false")) == (["1", "2", "3"], ["4"])
    assert (found("search=ree"), found("bound=true&search=ree")) == (["4"], [])
    refused = admin.get(f"{address}/ledger_accounts?bound=false")
    assert (refused.status_code, list(refused.json()["fields"])) == (400, ["bound"])
    searched = admin.get(f"{address}/ledger_accounts?search=travel").json()
    assert [row["code"] for row in searched["results"]] == ["6200"]
