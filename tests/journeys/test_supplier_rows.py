"""Vendor sync, row by row (domain rules 1b): what becomes of both systems.

The rows that values alone decide stand in tests/sync/engine/test_supplier_rows.py.
"""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from audit.models import AuditEvent
from connectors.sandboxing.faults import Fault
from sync.models import FlowName, Integration, Link, ReviewItem, Version
from sync.services.documents import document_replay
from sync.services.reviews import review_resolve
from tenants.refusal import Invalid
from tests import factories
from tests.journeys.small import COMPANY, line, order, put, small_world, supplier, type_in
from tests.world import World, control

pytestmark = pytest.mark.django_db(transaction=True)

SUPPLIERS = FlowName.SUPPLIERS


@pytest.fixture
def customer(tmp_path):
    """A customer whose supplier is bound to vendor 20000."""
    with small_world(tmp_path) as customer:
        customer.run(SUPPLIERS)
        yield customer


def other(source_id: str, name: str, *, parent: str = "", **values):
    """Another supplier, without a number of its own."""
    body = supplier(sqIntegrationNumber=source_id, name=name, jaSupplierId="", **values)
    for field in ("erpNumber", "taxIdentificationNumber", "vatIdentificationNumber"):
        if field not in values:
            body.pop(field, None)
    if parent:
        body["parentSupplier"] = {"sqIntegrationNumber": parent}
    return body


def send(customer: World, *bodies) -> None:
    for body in bodies:
        put(customer, "suppliers", body)
    customer.run(SUPPLIERS)


def vendors(customer: World) -> dict[str, dict]:
    return {row["displayName"]: row for row in customer.ledger()["vendors"]}


def state(customer: World, source_id: str) -> tuple[str, list[str]]:
    found = customer.document(flow_name=SUPPLIERS, source_id=source_id)
    return found.state, [one["code"] for one in found.reasons]


def test_row_4_a_number_or_name_spelled_otherwise_is_found_in_the_ledger(customer):
    for number, typed in (
        ("90001", {"taxRegistrationNumber": "DE 123-456", "displayName": "Nod Publishers Ltd."}),
        ("90002", {"displayName": "Wide World, Inc"}),
    ):
        type_in(customer, "vendors", "insert", values={"number": number, **typed})
    customer.run(SUPPLIERS)
    before = len(customer.ledger()["vendors"])

    send(
        customer, other("u2", "Nod", vatIdentificationNumber="DE123456"),
        other("u3", "WIDE WORLD Incorporated", countryOfOrigin="US"),
    )  # fmt: skip

    assert len(customer.ledger()["vendors"]) == before
    assert state(customer, "u2")[0] == "written"
    assert state(customer, "u3") == ("parked", ["supplier_ambiguous"])


def test_row_5_a_vendor_unknown_to_the_source_stays_the_ledgers_own(customer):
    type_in(customer, "vendors", "insert", values={"displayName": "Typed by hand"})

    customer.run(SUPPLIERS)

    seen = customer.requests(customer.jaggaer)
    assert [entry for entry in seen if entry.method != "GET"] == []
    assert len(customer.documents(flow_name=SUPPLIERS)) == 1


def link(customer: World, **given: str) -> str:
    """Link a vendor to a supplier on the page of those without one; returns what it says."""
    operator = Client()
    operator.force_login(factories.member(customer.tenant, "operator").user)
    address = reverse("vendor-link", args=[customer.integration.pk])
    return operator.post(address, given, follow=True).content.decode()


def test_row_5_a_vendor_unknown_to_the_source_is_listed_and_linked_by_a_click(customer):
    before = len(customer.ledger()["vendors"])
    send(customer, other("u2", "Graphic Design Institute", erpNumber="G1", countryOfOrigin="DE"))
    assert state(customer, "u2") == ("parked", ["supplier_ambiguous"])

    unknown = link(customer, vendor="30000", supplier="Nobody")
    page = link(customer, vendor="30000", supplier="graphic design institute")
    customer.settle()

    assert "No supplier has the id, number or name" in unknown
    assert 'name="vendor" value="30000"' in unknown
    assert "Graphic Design Institute is vendor 30000 from now on." in page
    assert 'name="vendor" value="30000"' not in page
    assert 'name="vendor" value="20000"' not in page
    assert state(customer, "u2") == ("written", [])
    assert len(customer.ledger()["vendors"]) == before
    assert "is vendor 30000 already" in link(customer, vendor="40000", supplier="u2")


def test_row_5_a_vendor_that_may_be_the_supplier_is_offered_and_linked_by_a_person(customer):
    before = len(customer.ledger()["vendors"])
    send(customer, other("u2", "Graphic Design Institute", countryOfOrigin="DE"))
    assert state(customer, "u2") == ("parked", ["supplier_ambiguous"])
    operator = Client()
    operator.force_login(factories.member(customer.tenant, "operator").user)
    with customer.scope():
        review = ReviewItem.objects.get(code="supplier_ambiguous")

    page = operator.get(reverse("review", args=[review.pk])).content.decode()
    operator.post(reverse("review-map", args=[review.pk]), {"target_code": "30000"})
    customer.settle()

    assert 'name="target_code" value="30000"' in page
    assert "(same name and country)" in page
    assert state(customer, "u2") == ("written", [])
    assert len(customer.ledger()["vendors"]) == before
    with customer.scope():
        assert Link.objects.get(document__source_id="u2", kind="vendor").number == "30000"


def test_row_4_a_supplier_that_is_none_of_the_vendors_proposed_is_created(customer):
    before = len(customer.ledger()["vendors"])
    send(customer, other("u2", "Graphic Design Institute", countryOfOrigin="DE"))
    operator = Client()
    operator.force_login(factories.member(customer.tenant, "operator").user)
    with customer.scope():
        review = ReviewItem.objects.get(code="supplier_ambiguous")

    page = operator.get(reverse("review", args=[review.pk])).content.decode()
    operator.post(reverse("review-resolve", args=[review.pk]), {"action": "retry", "value": "new"})
    customer.settle()

    assert "None of these: create a new vendor" in page
    assert state(customer, "u2") == ("written", [])
    assert len(customer.ledger()["vendors"]) == before + 1
    with customer.scope():
        assert Link.objects.get(document__source_id="u2", kind="vendor").number != "30000"
        told = AuditEvent.objects.get(action="supplier.new_vendor_chosen")
    assert (told.facts["vendors"], told.document) == ("30000", review.document_id)


def test_row_4_a_vendor_that_was_not_among_those_proposed_is_asked_about_again(customer):
    send(customer, other("u2", "Graphic Design Institute", countryOfOrigin="DE"))
    with customer.scope():
        review = ReviewItem.objects.get(code="supplier_ambiguous")
        twin = {"number": "30001", "displayName": "Graphic Design Institute"}
        type_in(customer, "vendors", "insert", values=twin)
    customer.run(FlowName.REFERENCE)
    before = len(customer.ledger()["vendors"])

    with customer.scope():
        review_resolve(review, action="retry", value="new")
    customer.settle()

    assert state(customer, "u2") == ("parked", ["supplier_ambiguous"])
    assert len(customer.ledger()["vendors"]) == before


def test_row_6_a_vendor_is_bound_once_and_never_again_by_a_tax_number(customer):
    type_in(
        customer, "vendors", "patch", key={"number": "20000"},
        values={"taxRegistrationNumber": "GB200"},
    )  # fmt: skip
    customer.run(SUPPLIERS)

    send(customer, other("u2", "Branch", vatIdentificationNumber="GB200"))

    branch = vendors(customer)["Branch"]
    assert branch["number"] != "20000"
    assert state(customer, "u2") == ("written", [])


def test_row_6_two_suppliers_of_one_vendor_share_it_and_do_not_fight_over_it(customer):
    send(customer, other("u2", "First Up Branch", erpNumber="20000"))
    assert state(customer, "u2") == ("written", [])
    card = vendors(customer)["First Up Consultants"]

    for _ in range(2):
        customer.run(FlowName.REFERENCE)
        customer.run(SUPPLIERS, full=True)

    assert vendors(customer)["First Up Consultants"] == card
    branch = customer.document(flow_name=SUPPLIERS, source_id="u2")
    assert "alone exchanges fields" in branch.notes[0]["message"]


def test_row_6_the_source_names_another_vendor_for_each_business_unit(customer):
    numbers = [
        {"businessUnitInternalName": unit, "value": number}
        for unit, number in (("NC1", "30000"), ("NC2", "40000"))
    ]
    listed = {"businessUnitVendorNumberList": {"businessUnitVendorNumber": numbers}}
    with customer.scope():
        Integration.objects.update(business_units=["NC1", "NC2"])

    send(customer, supplier(**listed))
    for number, unit in ((1, "NC1"), (2, "NC2")):
        put(customer, "purchaseorders", order(0, line(1, 10), number=number, businessUnit=unit))
    customer.run(FlowName.PURCHASE_ORDERS)

    assert sorted(row["vendorNumber"] for row in customer.ledger()["purchaseOrders"]) == [
        "30000",
        "40000",
    ]


def test_row_7_a_vendor_merged_away_is_never_created_anew(customer):
    type_in(customer, "vendors", "delete", key={"number": "20000"})
    customer.run(FlowName.REFERENCE)
    before = len(customer.ledger()["vendors"])

    send(customer, supplier(name="First Up Group"))

    assert len(customer.ledger()["vendors"]) == before
    [found] = customer.documents(flow_name=SUPPLIERS)
    assert (found.state, found.reasons[0]["code"]) == ("parked", "supplier_ambiguous")
    assert "20000" in found.reasons[0]["message"]
    with customer.scope(), pytest.raises(Invalid):
        review_resolve(ReviewItem.objects.get(document=found), action="retry", value="new")


def test_row_7_a_vendor_merged_into_another_is_followed_and_keeps_its_history(customer):
    number = {"taxRegistrationNumber": "GB200"}
    type_in(customer, "vendors", "patch", key={"number": "20000"}, values=number)
    send(customer, supplier(vatIdentificationNumber="GB200"))
    type_in(customer, "vendors", "delete", key={"number": "20000"})
    type_in(customer, "vendors", "patch", key={"number": "30000"}, values=number)
    customer.run(FlowName.REFERENCE)

    unnumbered = supplier(vatIdentificationNumber="GB200", name="First Up Group", erpNumber="")
    send(customer, unnumbered)

    found = customer.document(flow_name=SUPPLIERS)
    assert (found.state, found.reasons) == ("written", [])
    with customer.scope():
        assert Link.objects.get(document=found, kind="vendor").number == "30000"
        assert Version.objects.filter(document=found).count() == 3
    assert vendors(customer)["First Up Group"]["number"] == "30000"


def test_row_13_a_child_waits_for_its_parent_and_goes_with_it(customer):
    before = customer.document(flow_name=SUPPLIERS).match["fields"]
    lost = supplier(parentSupplier={"sqIntegrationNumber": "u9"})
    send(customer, other("u2", "Child", parent="u3"), lost)
    assert state(customer, "u2") == ("parked", ["parent_missing"])
    bound = customer.document(flow_name=SUPPLIERS, source_id=lost["sqIntegrationNumber"])
    assert bound.state == "parked"
    assert bound.match["fields"] == before  # what both sides said last is not forgotten

    send(customer, other("u3", "Parent"))

    assert {"Child", "Parent"} <= set(vendors(customer))
    assert state(customer, "u2") == ("written", [])


def test_row_14_a_cycle_of_parents_is_parked(customer):
    send(
        customer, other("u2", "A", parent="u4"), other("u3", "B", parent="u2"),
        other("u4", "C", parent="u3"),
    )  # fmt: skip

    found = {state(customer, one)[1][0] for one in ("u2", "u3", "u4")}
    assert found == {"parent_cycle"}
    assert not {"A", "B", "C"} & set(vendors(customer))


def test_row_15_another_parent_is_a_new_version_and_writes_nothing(customer):
    send(customer, other("u3", "Old parent"), other("u4", "New parent"))
    send(customer, other("u2", "Child", parent="u3"))
    before = customer.ledger()["vendors"]

    send(customer, other("u2", "Child", parent="u4"))

    child = customer.document(flow_name=SUPPLIERS, source_id="u2")
    assert (child.parent_source_id, child.state) == ("u4", "written")
    with customer.scope():
        parents = [
            row.content["parent_source_id"]
            for row in Version.objects.filter(document=child).order_by("number")
        ]
    assert parents == ["u3", "u4"]
    dated = child.match["parents"]
    assert [each["parent"] for each in dated] == ["u3", "u4"]
    assert all(date.fromisoformat(each["since"]) for each in dated)
    assert customer.ledger()["vendors"] == before


def test_row_17_what_is_shortened_is_said_and_a_tax_number_is_never_cut(customer):
    name = "The Society of Users of a Vendor Card " * 3
    send(customer, other("u2", name), other("u3", "Cut", vatIdentificationNumber="9" * 51))

    [card] = [row for row in vendors(customer) if row.startswith("The Society")]
    assert (len(card), card[-1]) == (100, "…")
    found = customer.document(flow_name=SUPPLIERS, source_id="u2")
    assert found.notes[0]["message"].startswith("Name has 113 characters, 100 fit in the ledger")
    assert state(customer, "u3") == ("parked", ["too_long"])
    assert "Cut" not in vendors(customer)


def test_row_18_a_list_read_by_half_blocks_nobody(customer):
    customer.jaggaer.scenario.load(
        Fault("cut_body", path="/ji/v1/suppliers", times=0), Fault("reset", path="/ja/", times=0)
    )

    customer.run(SUPPLIERS, full=True)

    assert vendors(customer)["First Up Consultants"]["blocked"] in ("", " ", "_x0020_")
    assert customer.document(flow_name=SUPPLIERS).state == "written"


def test_row_20_a_supplier_that_is_not_approved_gets_no_vendor(customer):
    send(customer, other("u2", "Applicant", approvedForERPSync="false"))

    assert "Applicant" not in vendors(customer)
    assert state(customer, "u2") == ("waiting", ["not_approved"])
    found = customer.document(flow_name=SUPPLIERS, source_id="u2")
    assert found.blocked_because == "not approved for the ledger at the source"


def test_a_vendor_whose_number_the_ledger_chooses_is_created_without_its_erp_number(customer):
    control(customer.nav, "setup", {"company": COMPANY, "values": {"manualVendorNumbers": False}})
    source_id = "u1599"

    send(customer, other(source_id, "Newcomer Ltd", erpNumber="000333"))

    assert state(customer, source_id) == ("written", [])
    number = vendors(customer)["Newcomer Ltd"]["number"]
    assert number != "000333"
    document = customer.document(flow_name=SUPPLIERS, source_id=source_id)
    with customer.scope():
        assert Link.objects.get(document=document).number == number
        told = AuditEvent.objects.filter(document=document.pk, action="write.refused")
        assert [event.facts["words"][:41] for event in told] == [
            "You may not enter numbers manually. If yo"
        ]
    assert not customer.documents(flow_name=SUPPLIERS, state="parked")

    customer.run(SUPPLIERS)

    assert list(vendors(customer)).count("Newcomer Ltd") == 1


def test_a_vendor_refused_with_and_without_its_number_parks_and_keeps_it_for_later(customer):
    body = {"error": {"code": "Application_DialogException", "message": "Not this one."}}
    faults = {"path": r"vendors$|\$batch$", "method": "POST", "kind": "status", "status": 400}
    control(customer.nav, "scenario", {"faults": [{**faults, "body": body, "times": 2}]})
    source_id = "u1599"

    send(customer, other(source_id, "Newcomer Ltd", erpNumber="000333"))

    assert state(customer, source_id) == ("parked", ["ledger_refused"])
    with customer.scope():
        document_replay(customer.document(flow_name=SUPPLIERS, source_id=source_id))
    customer.settle()

    assert vendors(customer)["Newcomer Ltd"]["number"] == "000333"
