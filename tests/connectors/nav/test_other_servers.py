"""What servers that follow the contract may do otherwise than our sandbox does by default."""

from __future__ import annotations

import json

import pytest

from connectors.base import CompanyUse, Effect, FindingStatus
from connectors.documents import ReferenceKind
from connectors.errors import (
    ChangedInLedger,
    DocumentRefused,
    TemporaryError,
    UnexpectedAnswer,
    UnknownOutcome,
)
from connectors.nav import odata
from connectors.nav.batch import read_replies
from connectors.nav.errors import failure
from connectors.nav.sandbox.company import Company
from connectors.nav.subscriptions import Subscriptions
from connectors.notifications import RemoteSubscription
from connectors.withdrawing import withdrawal
from tests.connectors.nav.builders import COMPANY, entry, invoice, vendor

STALE = {"error": {"code": "Request_EntityChanged", "message": "Ein anderer Benutzer ..."}}


def test_a_server_with_small_pages_that_refuses_to_be_asked_for_more_chooses_their_size(
    ledger, nav
):
    nav.switch(page_size=5, strict_page_size=True)

    accounts = [
        item for page in ledger.reference(COMPANY, ReferenceKind.LEDGER_ACCOUNTS) for item in page
    ]
    again = list(ledger.reference(COMPANY, ReferenceKind.DIMENSIONS))

    assert len(accounts) == len({item.code for item in accounts}) > 5
    assert again
    refused = [entry for entry in nav.server.log.entries() if entry.status == 413]
    assert len(refused) == 1  # asked once, remembered


def test_a_page_too_large_for_memory_comes_in_blocks(ledger, nav):
    rows = [{"number": str(number), "name": "x" * 600} for number in range(2500)]
    nav.fault(path="accounts", kind="status", status=200, body={"value": rows, "after": "them"})

    blocks = list(ledger.dialect._client.pages(f"companies({COMPANY})/accounts"))

    assert [len(block) for block in blocks] == [1000, 1000, 500]
    assert [row for block in blocks for row in block] == rows


def test_a_long_list_that_holds_more_than_records_is_refused(ledger, nav):
    rows = [{"number": str(number), "name": "x" * 600} for number in range(2500)]
    nav.fault(path="accounts", kind="status", status=200, body={"value": [*rows, "more"]})

    with pytest.raises(UnexpectedAnswer, match="no records"):
        list(ledger.dialect._client.pages(f"companies({COMPANY})/accounts"))


@pytest.mark.parametrize("named", ["http://nav.internal:7048", "https://127.0.0.1:1", ""])
def test_a_server_that_knows_itself_by_another_name_is_asked_where_it_was_asked_before(
    ledger, nav, named
):
    path = f"companies({COMPANY})/dimensions"
    link = f"{named}/BC/api/v2.0/{path}?$filter=code gt 'A'&aid=FIN&$skiptoken=7%2B"
    first = {"value": [{"id": "1", "code": "AREA"}], "@odata.nextLink": link}
    nav.fault(path="dimensions", query="^$", kind="status", status=200, body=first)
    nav.switch(skiptoken_lifetime=0.0)

    with pytest.raises(TemporaryError):  # the second page was asked for here, with its token
        list(ledger.reference(COMPANY, ReferenceKind.DIMENSIONS))

    queries = [entry.query for entry in nav.server.log.entries() if "dimensions" in entry.path]
    assert queries == ["", "$filter=code%20gt%20'A'&aid=FIN&$skiptoken=7%2B"]


def test_companies_beyond_the_first_page_of_the_list_are_seen_by_the_check(nav):
    companies = [{"name": f"Sister {n}", "displayName": ""} for n in range(7)]
    nav.server.app.plant({"companies": companies})
    nav.switch(page_size=2)
    connector = nav.connect()

    findings = list(connector.check([CompanyUse(COMPANY)]))

    [listed] = [each for each in findings if each.code == "companies"]
    [company] = [each for each in findings if each.code == "company"]
    assert listed.message.startswith("8 companies")
    assert company.status is FindingStatus.PASS
    connector.close()


def test_keys_of_one_look_up_fit_into_an_address():
    long_ones = ["Ä" * 50] * 40
    plain = [f"2026-{n:015}" for n in range(90)]

    assert [len(group) for group in odata.in_groups(plain)] == [40, 40, 10]
    groups = list(odata.in_groups(long_ones))
    assert sum(map(len, groups)) == 40
    assert max(map(len, groups)) == 9
    assert [len(group) for group in odata.in_groups(["x" * 9000, "y"])] == [1, 1]


def test_a_look_up_of_long_names_asks_more_than_once_and_finds_all(ledger, nav):
    names = [
        f"Ünïcödé & Söhne GmbH + Co. KG, Zweigniederlassung Österreich, Büro {n}" for n in range(40)
    ]
    steps = [
        ledger.plan(COMPANY, vendor(number="", name=name, source_reference=name))[0]
        for name in names
    ]
    for written in ledger.send_many(COMPANY, [(step, {}) for step in steps]):
        assert written.remote_id
    nav.forget_calls()

    found = ledger.find(COMPANY, [(step, {}) for step in steps])

    assert [len(each) for each in found] == [1] * 40
    assert 1 < len(nav.calls()) < 8


def test_a_draft_whose_version_changed_by_being_read_is_looked_at_again_and_withdrawn(
    ledger, nav, rows
):
    [step] = ledger.plan(COMPANY, invoice())
    written = ledger.send(COMPANY, step, {})
    known = {"id": written.remote_id, "number": written.number}
    effect = Effect(step.kind, (step,), known)
    nav.fault(method="DELETE", kind="status", status=409, body=STALE)

    ledger.send(COMPANY, withdrawal(effect), {})

    assert rows("purchaseInvoices") == []


def test_a_draft_that_goes_on_changing_is_not_withdrawn(ledger, nav, rows):
    [step] = ledger.plan(COMPANY, invoice())
    written = ledger.send(COMPANY, step, {})
    effect = Effect(step.kind, (step,), {"id": written.remote_id, "number": written.number})
    nav.fault(method="DELETE", kind="status", status=409, body=STALE, times=0)

    with pytest.raises(ChangedInLedger):
        ledger.send(COMPANY, withdrawal(effect), {})

    assert len(rows("purchaseInvoices")) == 1


@pytest.mark.parametrize("code", ["Internal_ServerError", "Internal_TenantUnavailable"])
@pytest.mark.parametrize("status", [400, 409, 500, 503])
def test_the_servers_own_trouble_is_no_refusal_whatever_its_status(code, status):
    body = {"error": {"code": code, "message": "Die Tabelle ist gesperrt."}}

    assert isinstance(failure(status, body, write=True), UnknownOutcome)
    assert isinstance(failure(status, body, write=False), TemporaryError)


def test_bodies_of_batch_answers_may_come_as_text():
    refusal = {"error": {"code": "Application_DialogException", "message": "Nein."}}
    answer = {
        "responses": [
            {"id": 1, "status": "201", "headers": {}, "body": json.dumps({"id": "x"})},
            {"id": "2", "status": 400, "headers": {}, "body": json.dumps(refusal)},
            {"id": "3", "status": 502, "headers": {}, "body": "<html>"},
        ]
    }

    replies = read_replies(answer, ["1", "2", "3"])

    assert replies["1"].body == {"id": "x"}
    assert isinstance(replies["2"].error, DocumentRefused)
    assert isinstance(replies["3"].error, UnknownOutcome)


class Heard:
    """A client that notes what would be sent."""

    def __init__(self) -> None:
        self.versions: list[str] = []

    def change(self, method: str, path: str, body: object = None, *, etag: str = "") -> dict:
        self.versions.append(f"{method} {path} {etag}")
        return {"subscriptionId": "7"}


def test_a_subscription_shown_without_its_version_is_renewed_and_deleted_all_the_same():
    client = Heard()
    known = RemoteSubscription("7", "https://us.example/x", "", "", None)
    subscriptions = Subscriptions(client)

    subscriptions.renew(known, COMPANY, "vendors", "state")
    subscriptions.delete(known)

    assert client.versions == ["PATCH subscriptions('7') *", "DELETE subscriptions('7') *"]


@pytest.mark.parametrize("lost", ["", "POST", "PATCH"])
def test_the_balancing_account_a_template_gives_a_new_batch_is_taken_out_again(
    ledger, nav, rows, lost
):
    app = nav.server.app
    company = Company(app.records, app.clock, COMPANY)
    company.change_setup({"journalTemplateBalancing": "2910"})
    app.records.commit()

    [step] = ledger.plan(COMPANY, entry())
    if lost:
        nav.fault(method=lost, path="journals", kind="reset", phase="after")
        with pytest.raises(TemporaryError):
            ledger.send(COMPANY, step, {})
    ledger.send(COMPANY, step, {})

    [batch] = rows("journals", filter="code eq 'JAGGAER'", expand="journalLines")
    assert batch["balancingAccountNumber"] == ""
    assert [line["balancingAccountNumber"] for line in batch["journalLines"]] == ["", ""]
