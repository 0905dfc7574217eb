"""What people change in the ledger reaches JAGGAER as far as the profile allows it, once."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import pytest

from connectors.jaggaer.settings import default_profile
from connectors.models import Connection
from connectors.sandboxing.faults import Fault
from sync.models import FlowName, LedgerItem, ReviewItem, Write
from sync.services.mappings import mapping_import
from sync.services.reviews import review_resolve
from tests.journeys.small import put, small_world, supplier, type_in
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)

SUPPLIERS = FlowName.SUPPLIERS
COMPANY_ID = "9142"
EVERYTHING = ("ErpNumber", "Status", "Contact", "PaymentTerms")


@pytest.fixture
def customer(tmp_path):
    """A customer whose profile allows every write-back; the supplier is bound to vendor 20000."""
    with small_world(tmp_path) as customer:
        allow(customer, *EVERYTHING)
        customer.jaggaer.app.switch(mirrors_writes=True)
        put(customer, "companyprofiles", profile())
        customer.run(SUPPLIERS)
        yield customer


def allow(customer: World, *names: str) -> None:
    raw = copy.deepcopy(dict(default_profile()))
    for name in names:
        raw["writeBack"][f"supplier{name}"]["enabled"] = True
    with customer.scope():
        connection = Connection.objects.get(pk=customer.integration.source_id)
        connection.settings = {**connection.settings, "profile": raw}
        connection.save()


def profile(**values: Any) -> dict[str, Any]:
    info = {"bravoId": COMPANY_ID, "companyName": "First Up Consultants", "status": "ACTIVE"}
    return {"returnCompanyInfo": {**info, "type": "SELLER", **values}}


def edit(customer: World, **values: Any) -> None:
    type_in(customer, "vendors", "patch", key={"number": "20000"}, values=values)


def poll(customer: World) -> None:
    customer.run(SUPPLIERS)


def company(customer: World) -> Mapping[str, Any]:
    stored = customer.jaggaer.app.records.stored("default", "companyprofiles", COMPANY_ID)
    return stored["returnCompanyInfo"]


def document(customer: World):
    return customer.document(flow_name=SUPPLIERS)


def written(customer: World) -> list[Any]:
    seen = customer.requests(customer.jaggaer, "companyprofiles")
    return [entry for entry in seen if entry.method == "POST"]


def changes_in_ledger(customer: World) -> list[Any]:
    seen = customer.requests(customer.nav)
    return [entry for entry in seen if entry.method not in ("GET",)]


def test_a_vendor_blocked_by_hand_is_on_hold_at_the_source_after_one_poll(customer):
    edit(customer, blocked="All")

    poll(customer)

    assert company(customer)["status"] == "SUSPENDED"
    assert document(customer).state == "written"


def test_a_profile_more_patient_than_a_lease_still_writes(customer):
    with customer.scope():
        connection = Connection.objects.get(pk=customer.integration.source_id)
        connection.settings["profile"]["connection"]["timeoutSeconds"]["detail"] = 600
        connection.save()
    edit(customer, blocked="All")

    poll(customer)

    assert company(customer)["status"] == "SUSPENDED"


def test_a_hold_is_written_once_and_its_echo_changes_nothing(customer):
    edit(customer, blocked="Payment")
    poll(customer)
    before = changes_in_ledger(customer)

    for _ in range(3):
        poll(customer)

    assert len(written(customer)) == 1
    assert changes_in_ledger(customer) == before
    assert document(customer).blocked_because == ""


def test_a_hold_that_the_ledger_lifts_is_lifted_at_the_source(customer):
    edit(customer, blocked="All")
    poll(customer)

    edit(customer, blocked=" ")
    poll(customer)
    poll(customer)

    assert company(customer)["status"] == "ACTIVE"
    assert [entry.status for entry in written(customer)] == [200, 200]


def test_a_hold_lifted_where_it_was_not_set_comes_back(customer):
    edit(customer, blocked="All")
    poll(customer)
    poll(customer)

    put(customer, "suppliers", supplier(active="Yes"))
    poll(customer)

    assert len(written(customer)) == 2
    assert company(customer)["status"] == "SUSPENDED"


def test_an_address_of_mail_edited_in_the_ledger_reaches_the_source(customer):
    edit(customer, email="new@firstup.example")

    poll(customer)
    poll(customer)

    assert company(customer)["userEmail"] == "new@firstup.example"
    assert "userSurName" not in company(customer)
    assert len(written(customer)) == 1


def test_payment_terms_travel_by_their_mapping(customer):
    with customer.scope():
        rows = [
            {"source_code": "Net 14", "target_code": "14 DAYS"},
            {"source_code": "2% 10 Net 30", "target_code": "1M(8D)"},
        ]
        mapping_import(customer.integration, kind="payment_terms", rows=rows)
    with customer.scope():
        terms = LedgerItem.objects.get(kind="payment_terms", code="14 DAYS")
    edit(customer, paymentTermsId=terms.remote_id)

    poll(customer)

    assert company(customer)["paymentTerms"] == "Net 14"


@pytest.mark.parametrize("mirrors", [True, False])
def test_the_number_of_a_created_vendor_is_told_to_the_source_once(customer, mirrors):
    customer.jaggaer.app.switch(mirrors_writes=mirrors)
    put(customer, "companyprofiles", profile(bravoId="77", companyName="Newcomer"))
    newcomer = supplier(sqIntegrationNumber="u77", jaSupplierId="77", name="Newcomer Ltd")
    newcomer.pop("erpNumber")
    newcomer["vatIdentificationNumber"] = "GB7777"
    put(customer, "suppliers", newcomer)

    poll(customer)
    poll(customer)

    [vendor] = [row for row in customer.ledger()["vendors"] if row["displayName"] == "Newcomer Ltd"]
    stored = customer.jaggaer.app.records.stored("default", "companyprofiles", "77")
    assert stored["returnCompanyInfo"]["extCode"] == vendor["number"]
    wish = {"key": {"number": vendor["number"]}, "values": {"city": "Leeds"}}
    type_in(customer, "vendors", "patch", **wish)
    poll(customer)

    assert len(written(customer)) == 1
    assert customer.document(source_id="u77").state == "written"


def test_nothing_is_attempted_where_the_profile_does_not_allow_it(customer):
    allow(customer)

    edit(customer, blocked="All", email="new@firstup.example")
    poll(customer)

    assert written(customer) == []
    assert document(customer).state == "written"


def test_a_refused_write_parks_the_supplier_with_jaggaers_words(customer):
    customer.jaggaer.app.switch(refused_writes=("status",))
    edit(customer, blocked="All", email="new@firstup.example")

    poll(customer)
    poll(customer)

    found = document(customer)
    [reason] = found.reasons
    assert (found.state, reason["code"], reason["owner"]) == ("parked", "ledger_refused", "it")
    assert "112(status)" in reason["message"]
    assert company(customer)["userEmail"] == "new@firstup.example"
    before = written(customer)
    poll(customer)
    assert written(customer) == before


def test_a_lost_answer_is_read_back_and_adopted(customer):
    lost = Fault("reset", method="POST", path="companyprofiles", phase="after")
    customer.jaggaer.scenario.load(lost)
    edit(customer, blocked="All")

    poll(customer)
    with customer.scope():
        Write.objects.update(verify_at=None)
    poll(customer)

    with customer.scope():
        [row] = Write.objects.filter(kind="supplier")
    assert (row.state, row.adopted, row.attempt) == ("confirmed", True, 1)
    assert len(written(customer)) == 1


def test_an_empty_poll_asks_the_ledger_once_or_twice(customer):
    poll(customer)
    before = len(customer.requests(customer.nav))

    poll(customer)

    assert len(customer.requests(customer.nav)) - before <= 2


def in_conflict(customer: World) -> ReviewItem:
    """Both sides give the supplier another address of mail between two polls."""
    contact = {"email": "theirs@firstup.example", "type": "remitto"}
    put(customer, "suppliers", supplier(contactList={"contact": [contact]}))
    edit(customer, email="ours@firstup.example")
    poll(customer)
    with customer.scope():
        return ReviewItem.objects.select_related("integration").get(state="open")


@pytest.mark.parametrize(
    ("side", "value"), [("source", "theirs@firstup.example"), ("ledger", "ours@firstup.example")]
)
def test_a_person_chooses_between_two_edits_and_both_sides_follow(customer, side, value):
    review = in_conflict(customer)
    assert review.reason["evidence"]["source_value"] == "theirs@firstup.example"
    assert review.reason["evidence"]["ledger_value"] == "ours@firstup.example"

    with customer.scope():
        review_resolve(review, action="retry", value=side)
    customer.settle()
    poll(customer)

    [card] = [row for row in customer.ledger()["vendors"] if row["number"] == "20000"]
    assert (card["email"], document(customer).state) == (value, "written")
    assert company(customer).get("userEmail", value) == value


def test_bank_details_are_reported_until_a_person_has_checked_them(customer):
    account = {"type": "Checking", "ibanBankAccountNumber": "GB00OTHER"}
    payees = {"accountsPayable": [{"type": "DirectDeposit", "bankAccount": account}]}
    put(customer, "suppliers", supplier(accountsPayableList=payees))
    poll(customer)
    edit(customer, website="firstup.example")
    poll(customer)
    assert [one["code"] for one in document(customer).reasons] == ["bank_details_changed"]

    with customer.scope():
        review_resolve(ReviewItem.objects.get(state="open"), action="retry")
    customer.settle()

    assert document(customer).state == "written"
    assert "GB00OTHER" not in str(customer.ledger()) + str(company(customer))
