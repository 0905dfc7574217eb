"""Settings, log-in, what an instance publishes and what is said about it."""

from __future__ import annotations

import pytest

from connectors.base import CompanyUse
from connectors.documents import ReferenceKind
from connectors.nav.sandbox.switches import DEFAULT_PAGE_SERVICES
from tests.connectors.nav.conftest import Instance
from tests.connectors.nav.pages.conftest import HOME

USE = CompanyUse(HOME, journal_batch="JAGGAER", balancing_account="5510")


def findings(nav: Instance, use: CompanyUse = USE, **settings) -> dict[str, tuple[str, str]]:
    connector = nav.connect(**{"dialect": "pages", **settings})
    found = {f.code: (f.status.value, f"{f.message} {f.fix}") for f in connector.check([use])}
    connector.close()
    return found


def without(*numbers: int) -> dict[str, int]:
    return {name: page for name, page in DEFAULT_PAGE_SERVICES.items() if page not in numbers}


def test_a_complete_instance_has_no_red_finding(nav):
    found = findings(nav)

    assert [code for code, (status, _) in found.items() if status == "fail"] == []
    assert {"metadata", "rights", "accounts", "ledger_setup", "filter", "paging"} <= {
        code for code, (status, _) in found.items() if status == "pass"
    }
    assert found["posting"][0] == found["webhooks"][0] == "warn"


TROUBLE = {
    "no order page": ({"page_services": without(50)}, "metadata", "fail", "Page 50"),
    "no journal page": ({"page_services": without(39, 254)}, "metadata", "fail", "Page 254"),
    "no memo page": ({"page_services": without(52)}, "metadata", "warn", "Page 52"),
    "no terms page": ({"page_services": without(4)}, "metadata", "warn", "Page 4"),
    "no setup page": ({"page_services": without(118)}, "ledger_setup", "warn", "local_currency"),
    "services switched off": ({"pages_enabled": False}, "api_enabled", "fail", "switched off"),
}


@pytest.mark.parametrize("trouble", TROUBLE.values(), ids=TROUBLE)
def test_what_is_missing_is_a_finding_with_its_page(nav, trouble):
    switches, code, status, words = trouble
    nav.switch(**switches)

    found = findings(nav)

    assert found[code][0] == status
    assert words in found[code][1]


def test_wrong_names_in_the_settings_are_told(nav):
    found = findings(nav, page_services={"vendor": "Kreditor"})

    assert found["metadata"][0] == "fail"
    assert "Kreditor (Page 26 (Vendor Card))" in found["metadata"][1]


@pytest.mark.parametrize("name", ["Cronus", HOME.lower()])
def test_a_company_of_another_name_is_told(nav, name):
    assert findings(nav, CompanyUse(name))["company"][0] == "fail"


def test_lines_of_others_in_the_batch_are_told(nav):
    nav.type_in("journals", "insert", values={"code": "JAGGAER"}, lines=[])
    connector = nav.connect(dialect="pages")
    client = connector.dialect._instance.client
    row = {"Journal_Batch_Name": "JAGGAER", "Line_No": 10000, "Account_No": "8210"}
    path = "Company('CRONUS%20International%20Ltd.')/GeneralJournal"
    client.create(path, row | {"Document_No": "BY-HAND"}, "Line_No")

    status, words = findings(nav)["journal_batch"]

    assert status == "fail"
    assert "1 lines of others" in words


LOG_INS = {
    "oauth": {},
    "web service key": {"auth": "basic", "secret": {"username": "ann", "password": "key"}},
}


@pytest.mark.parametrize("log_in", LOG_INS.values(), ids=LOG_INS)
def test_both_log_ins_and_the_tenant_of_a_server_are_spoken(nav, log_in):
    nav.switch(required_tenant="north")

    connector = nav.connect(dialect="pages", tenant="north", **log_in)

    assert [company.id for company in connector.companies()] == [HOME]
    accounts = [i for p in connector.reference(HOME, ReferenceKind.LEDGER_ACCOUNTS) for i in p]
    assert len(accounts) > 5
    connector.close()


CHOICES = {
    "both": ({}, "api"),
    "pages only": ({"api_enabled": False}, "pages"),
    "api only": ({"pages_enabled": False}, "api"),
}


@pytest.mark.parametrize("choice", CHOICES.values(), ids=CHOICES)
def test_auto_takes_what_answers(nav, choice):
    switches, name = choice
    nav.switch(**switches)
    connector = nav.connect(dialect="auto")

    assert connector.capabilities()["dialect"] == name
    assert "fail" not in {f.status.value for f in connector.check([])}
    connector.close()


def test_capabilities_say_what_pages_cannot(pages):
    can = pages.capabilities()

    assert (can["posting"], can["batch"], can["webhooks"], can["missing"]) == (
        False, False, False, {},
    )  # fmt: skip
    assert can["services"]["purchase_order"] == "PurchaseOrder"


def test_the_setup_comes_with_this_releases_lengths(nav, pages):
    nav.switch(page_name_length=30)
    connector = nav.connect(dialect="pages")

    setup = connector.setup(HOME)

    assert (setup.local_currency, setup.global_dimensions[:2]) == (
        "GBP", ("DEPARTMENT", "CUSTOMERGROUP"),
    )  # fmt: skip
    assert setup.field_lengths["purchase_order.line.description"] == 30
    assert pages.setup(HOME).field_lengths["vendor.name"] == 50
    connector.close()


REFERENCE = {
    ReferenceKind.LEDGER_ACCOUNTS: ("8210", {"account_type": "Posting"}),
    ReferenceKind.DIMENSIONS: ("DEPARTMENT", {}),
    ReferenceKind.DIMENSION_VALUES: ("DEPARTMENT/ADM", {"dimension": "DEPARTMENT"}),
    ReferenceKind.PAYMENT_TERMS: ("10 DAYS", {"due_date_calculation": "10D"}),
    ReferenceKind.CURRENCIES: ("CAD", {}),
    ReferenceKind.UNITS_OF_MEASURE: ("BOX", {}),
    ReferenceKind.SUPPLIERS: ("10000", {"city": "Atlanta", "payment_terms": "CM"}),
    ReferenceKind.EXCHANGE_RATES: ("CAD/2020-01-01", {"amount": "100", "local_amount": "57"}),
}


@pytest.mark.parametrize("kind", REFERENCE, ids=str)
def test_reference_data_reads_as_through_the_api(pages, kind):
    code, facts = REFERENCE[kind]

    items = {item.code: item for page in pages.reference(HOME, kind) for item in page}

    assert facts.items() <= items[code].attributes.items()
    assert items[code].usable
    assert items[code].remote_id == code


def test_blocked_dimension_values_are_seen(nav, pages):
    nav.type_in("dimensionValues", "patch", key={"code": "ADM"}, values={"blocked": True})

    values = [i for p in pages.reference(HOME, ReferenceKind.DIMENSION_VALUES) for i in p]

    assert {item.code for item in values if not item.usable} == {"DEPARTMENT/ADM"}
