"""An instance that publishes the pages of the contract's list and no other (NAV contract 1.4).

No General Ledger Setup (118): the local currency and the places of the shortcut dimensions come
from what was received, from NAV's answers, or from a person.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from audit.models import AuditEvent
from connectors.models import Connection
from connectors.nav.sandbox.switches import CONTRACT_PAGE_SERVICES, ODD_PAGE_SERVICES
from connectors.services import connection_ping
from sync.models import Integration
from sync.selectors.integrations import flows_of, setup_of
from tests.journeys.books import digest, totals
from tests.journeys.test_ledger_check import check
from tests.small import (
    COMPANY,
    COMPANY_NAME,
    CRONUS,
    FLOWS,
    POLICY,
    FlowName,
    import_mappings,
    invoice,
    order,
    seed,
    supplier,
)
from tests.world import World, control, world

pytestmark = pytest.mark.django_db(transaction=True)

NO_CURRENCIES = {name: page for name, page in CONTRACT_PAGE_SERVICES.items() if page != 5}
TWO = {**POLICY, "default_dimensions": {"CUSTOMERGROUP": "LARGE"}}


def two_departments(record: dict[str, Any], lines: str) -> dict[str, Any]:
    """Return a record with a second line like its first, of another cost center."""
    body = copy.deepcopy(record)
    [first] = next(iter(body["body"]["lineList"].values()))
    second = copy.deepcopy(first) | {"lineId": first["lineId"] + 500, "lineNumber": 2}
    if "poLineNumber" in second:
        second["poLineNumber"] = "2"
    group = second["splittableFieldSetGroupList"]["splittableFieldSetGroup"][0]
    part = group["splittableFieldIndexSet"][0]["splittableFieldIndexList"]["splittableFieldIndex"]
    part[0]["customFieldValueList"]["customFieldValue"][1]["value"] = "R200"
    body["body"]["lineList"][lines] = [first, second]
    body["body"]["header"]["total"]["value"] *= 2
    return body


def credit(number: int, of: int) -> dict[str, Any]:
    """Return a record that gives back one piece of what invoice `of` billed."""
    names = {"invoiceType": "Credit Memo", "originalInvoiceNumber": f"RE-{of:06d}"}
    record = invoice(number, of=of, quantity=-1, **names)
    record["body"]["lineList"]["invoiceLine"][0]["poNumber"] = f"PO{of:06d}"
    return record


def records() -> list[dict[str, Any]]:
    """A document of each kind: one order of two departments, its invoice and credit note."""
    wide = two_departments(order(1), "poLine"), two_departments(invoice(1), "invoiceLine")
    return [*map(supplier, range(3)), *wide, order(2), invoice(2), credit(9, of=1)]


@contextmanager
def ledger_of_pages(
    folder: Path,
    lines: Iterable[Mapping[str, Any]],
    *,
    services: Mapping[str, int] = CONTRACT_PAGE_SERVICES,
    setup: Mapping[str, Any] | None = None,
    policy: Mapping[str, Any] = POLICY,
    **settings: Any,
) -> Iterator[World]:
    """The small customer, whose NAV publishes just these services; `setup` is NAV's own."""
    with world(
        jaggaer_seed=seed(folder, lines),
        nav_seed=CRONUS,
        company_id=COMPANY_NAME,
        dataset="default",
        policy=policy,
        nav_settings={"dialect": "auto", **settings},
    ) as customer:
        customer.nav.app.change_switches({"api_enabled": False, "page_services": dict(services)})
        batch = {"set": "journals", "op": "insert", "values": {"code": "JAGGAER"}}
        control(customer.nav, "records", {"company": COMPANY, **batch})
        control(customer.nav, "setup", {"company": COMPANY, "values": setup or {}})
        customer.run(FlowName.REFERENCE)
        import_mappings(customer.scope(), customer.integration)
        yield customer


def ledger_of_the_api(folder: Path, policy: Mapping[str, Any] = POLICY) -> tuple[Any, str]:
    """What the same records come to through API v2.0; worked out once for each policy."""
    name = repr(policy)
    if name not in _KNOWN:
        _KNOWN[name] = _through_the_api(folder, policy)
    return _KNOWN[name]


_KNOWN: dict[str, tuple[Any, str]] = {}


def _through_the_api(folder: Path, policy: Mapping[str, Any]) -> tuple[Any, str]:
    with world(
        jaggaer_seed=seed(folder, records()),
        nav_seed=CRONUS,
        company_id=COMPANY,
        dataset="default",
        policy=policy,
    ) as customer:
        customer.run(FlowName.REFERENCE)
        import_mappings(customer.scope(), customer.integration)
        customer.run(*FLOWS)
        assert_written(customer)
        return totals(customer.ledger()), digest(customer.ledger())


def assert_written(customer: World) -> None:
    seen = {(each.reference, each.state) for each in customer.documents()}
    assert {state for _, state in seen} == {"written"}, reasons(customer)


def reasons(customer: World) -> dict[str, list[str]]:
    return {
        each.reference: [found["message"] for found in each.reasons]
        for each in customer.documents()
        if each.reasons
    }


def missing(customer: World) -> dict[str, str]:
    with customer.scope():
        rows = [Integration.objects.get(pk=customer.integration.pk)]
        return {each.code: each.message for each in setup_of(rows, flows_of(rows))[rows[0].pk]}


def told(customer: World) -> list[str]:
    """What the audit trail says was learned about the ledger."""
    with customer.scope():
        events = AuditEvent.objects.filter(action="integration.setup_learned").order_by("seq")
        return [event.sentence for event in events]


def refused(customer: World) -> list[str]:
    """The requests that NAV refused."""
    seen = customer.requests(customer.nav, "ODataV4")
    return [f"{each.method} {each.path}" for each in seen if each.status >= 400]


def enter(customer: World, **settings: Any) -> None:
    """Let the administrator change the connection, and read the reference data again."""
    with customer.scope():
        connection = Connection.objects.get(pk=customer.integration.ledger_id)
        connection.settings |= settings
        connection.save(update_fields=["settings"])
    customer.run(FlowName.REFERENCE)


@pytest.mark.parametrize(
    "services", [CONTRACT_PAGE_SERVICES, ODD_PAGE_SERVICES], ids=["usual", "odd"]
)
def test_the_contracts_pages_are_enough_for_all_four_flows(tmp_path, services):
    with ledger_of_pages(tmp_path, records(), services=services) as customer:
        assert "local_currency_unknown" in missing(customer)

        customer.run(*FLOWS)

        assert_written(customer)
        books = customer.ledger()
        assert refused(customer) == []
        assert "GBP" in missing(customer)["local_currency_assumed"]
        assert len(told(customer)) == 2
        ping = connection_ping(customer.tenant.pk, customer.integration.ledger_id)
        found = {each.code: (each.status.value, each.message) for each in ping.findings}
        assert [code for code, (status, _) in found.items() if status == "fail"] == []
        assert (found["ledger_setup"][0], found["dimensions"][0]) == ("warn", "warn")
        assert "GBP" in found["ledger_setup"][1]
        assert "1 DEPARTMENT" in found["dimensions"][1]
        assert check(customer) == {}
        before = len(customer.requests(customer.nav))
        customer.run()
        again = customer.requests(customer.nav)[before:]
        assert [each for each in again if each.method != "GET"] == []
    assert (totals(books), digest(books)) == ledger_of_the_api(tmp_path)


def test_a_dimension_in_the_other_column_is_found_by_one_refusal_for_good(tmp_path):
    other = {"globalDimensions": ["CUSTOMERGROUP", "DEPARTMENT"]}
    with ledger_of_pages(tmp_path, records(), setup=other) as customer:
        customer.run(*FLOWS)

        assert_written(customer)
        assert len(refused(customer)) == 1
        assert told(customer)[1].endswith("is DEPARTMENT (2), known from NAV's answers")
        books = customer.ledger()
        assert check(customer) == {}
        customer.run(FlowName.REFERENCE)
        with customer.scope():
            kept = Integration.objects.get(pk=customer.integration.pk).ledger_setup
        assert kept["global_dimensions"] == ["", "DEPARTMENT"]
        assert kept["local_currency"] == "GBP"
    assert (totals(books), digest(books)) == ledger_of_the_api(tmp_path)


def test_two_dimensions_take_both_columns_as_nav_has_them(tmp_path):
    with ledger_of_pages(tmp_path, records(), policy=TWO) as customer:
        customer.run(*FLOWS)

        assert_written(customer)
        books = customer.ledger()
        [said] = [each for each in told(customer) if "dimensions" in each]
        assert "DEPARTMENT (1), CUSTOMERGROUP (2)" in said
    assert (totals(books), digest(books)) == ledger_of_the_api(tmp_path, TWO)


def test_a_value_of_two_dimensions_waits_until_a_person_says_which_column_it_has(tmp_path):
    with ledger_of_pages(tmp_path, records()) as customer:
        value = {"set": "dimensionValues", "op": "insert", "values": {"code": "ADM"}}
        value["values"]["dimensionId"] = dimension_id(customer, "CUSTOMERGROUP")
        control(customer.nav, "records", {"company": COMPANY, **value})
        customer.run(FlowName.REFERENCE)

        customer.run(*FLOWS)

        assert customer.ledger()["purchaseOrders"] == []
        [waiting] = customer.documents(reference="PO000001")
        assert waiting.reasons[0]["code"] == "mapping_invalid"
        assert "other dimensions have a value ADM too" in waiting.reasons[0]["message"]
        assert "shortcut_dimensions" in waiting.reasons[0]["fix"]
        enter(customer, shortcut_dimensions=["DEPARTMENT", "CUSTOMERGROUP"])
        customer.settle()
        assert_written(customer)


def dimension_id(customer: World, code: str) -> str:
    wish = {"set": "dimensions", "op": "patch", "key": {"code": code}, "values": {}}
    done = control(customer.nav, "records", {"company": COMPANY, **wish})
    return done["records"][0]["id"]


def in_currency(record: dict[str, Any], code: str) -> dict[str, Any]:
    record["body"]["header"]["total"]["currency"] = code
    return record


def test_of_two_currencies_that_nav_does_not_list_none_is_taken(tmp_path):
    lines = [*records(), in_currency(order(3), "NZD"), in_currency(order(4), "EUR")]
    with ledger_of_pages(tmp_path, lines) as customer:
        customer.run(*FLOWS)

        found = {each.reference: [r["code"] for r in each.reasons] for each in customer.documents()}
        assert found["PO000001"] == found["PO000003"] == ["currency_differs"]
        assert [row["currencyCode"] for row in customer.ledger()["purchaseOrders"]] == ["EUR"]
        assert refused(customer) == []
        enter(customer, local_currency="GBP")
        customer.settle()
        found = {each.reference: each.reasons for each in customer.documents() if each.reasons}
        assert {name: [r["code"] for r in each] for name, each in found.items()} == {
            "PO000003": ["mapping_missing"]
        }
        assert "local_currency_assumed" not in missing(customer)


def test_without_a_list_of_currencies_documents_wait_for_a_person(tmp_path):
    with ledger_of_pages(tmp_path, records(), services=NO_CURRENCIES) as customer:
        customer.run(*FLOWS)

        assert customer.ledger()["purchaseOrders"] == []
        assert "local_currency" in customer.documents(reference="PO000001")[0].reasons[0]["fix"]
        assert "local_currency_unknown" in missing(customer)
        enter(customer, local_currency="gbp", shortcut_dimensions=["DEPARTMENT"])
        customer.settle()
        assert_written(customer)
        assert told(customer) == []


def test_a_foreign_invoice_stands_and_its_journal_waits_for_a_rate(tmp_path):
    lines = [*records(), in_currency(order(4), "EUR"), in_currency(invoice(4), "EUR")]
    with ledger_of_pages(tmp_path, lines) as customer:
        customer.run(*FLOWS)

        [waiting] = customer.documents(state="parked")
        assert (waiting.reference, waiting.reasons[0]["code"]) == ("I000004", "currency_differs")
        books = customer.ledger()
        written = {row["vendorInvoiceNumber"]: row for row in books["purchaseInvoices"]}
        assert written["RE-000004"]["currencyCode"] == "EUR"
        entries = [line for batch in books["journals"] for line in batch["lines"]]
        assert "RE-000004" not in {line["externalDocumentNumber"] for line in entries}


def test_a_local_currency_that_was_told_wrongly_is_said_so(tmp_path):
    with ledger_of_pages(tmp_path, [supplier(1), in_currency(order(1), "NZD")]) as customer:
        customer.run(*FLOWS)
        assert "NZD" in missing(customer)["local_currency_assumed"]

        enter(customer, local_currency="GBP")

        with customer.scope():
            [event] = AuditEvent.objects.filter(action="integration.local_currency_corrected")
        assert "is GBP; it was taken to be NZD" in event.sentence
