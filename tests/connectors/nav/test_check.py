"""A check reads only, raises nothing, and names cause and fix of whatever is wrong."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.base import CompanyUse, FindingStatus
from tests.connectors.nav.builders import COMPANY, entry

USE = CompanyUse(COMPANY, journal_batch="JAGGAER", balancing_account="5510")
PASS, WARN, FAIL, UNPROVEN = (
    FindingStatus.PASS,
    FindingStatus.WARN,
    FindingStatus.FAIL,
    FindingStatus.UNPROVEN,
)


def check(nav: Any, use: CompanyUse = USE, **options: Any) -> dict[str, Any]:
    connector = nav.connect(**options)
    findings = list(connector.check([use]))
    connector.close()
    return {finding.code: finding for finding in findings}


def red(findings: dict[str, Any]) -> list[str]:
    return [code for code, finding in findings.items() if finding.status is FAIL]


def test_a_good_connection_has_no_red_finding_and_was_only_read(nav):
    findings = check(nav)

    assert red(findings) == []
    assert len(findings) >= 12
    assert {call.split()[0] for call in nav.calls()} == {"GET"}
    assert findings["journal_vat"].status is UNPROVEN
    assert {findings[code].status for code in ("paging", "filter", "clock", "rights")} == {PASS}


def test_every_code_appears_whatever_is_wrong(nav):
    good = set(check(nav))
    wrong = set(check(nav, secret={"client_id": "connector", "client_secret": "old"}))

    assert {"token", "metadata", "company", "journal_batch", "paging", "filter"} <= good & wrong


def test_what_was_not_checked_names_what_is_broken_and_no_warning_before_it(nav):
    nav.switch(api_enabled=False)

    findings = check(nav, dialect="api")

    assert (findings["tls"].status, findings["api_enabled"].status) == (WARN, FAIL)
    assert findings["metadata"].message.endswith(f"{findings['api_enabled'].label} comes first.")


BROKEN = {
    "a wrong secret": ({"secret": {"client_id": "connector", "client_secret": "x"}}, {}, "token"),
    "a dead host": (
        {"base_url": "http://127.0.0.1:9/BC/", "token_url": "http://127.0.0.1:9/token"},
        {},
        "address",
    ),
    "a dead api behind a living token address": (
        {"base_url": "http://127.0.0.1:9/BC/"},
        {},
        "address",
    ),
    "a token address of a private network": (
        {"token_url": "https://10.0.0.1/token"},
        {},
        "token",
    ),
    "api services switched off": ({}, {"api_enabled": False}, "api_enabled"),
    "a set that may not be read": ({}, {"denied_sets": ["purchaseOrders"]}, "rights"),
    "a set that is not published": ({}, {"hidden": ["purchaseCreditMemos"]}, "metadata"),
}


@pytest.mark.parametrize("case", BROKEN.values(), ids=BROKEN)
def test_what_is_wrong_is_a_finding_with_its_fix(nav, case):
    options, switches, code = case
    nav.switch(**switches)

    findings = check(nav, **options)

    assert red(findings)[0] == code
    assert findings[code].fix
    assert "connector-secret" not in str(findings)


ANSWERS = {
    "a log-in page": ({"path": "companies", "kind": "html"}, "http_json"),
    "no such instance": ({"path": "companies", "kind": "status", "status": 404}, "api_enabled"),
    "no such token address": ({"path": "token", "kind": "status", "status": 404}, "token"),
    "a token address out of order": ({"path": "token", "kind": "html", "status": 503}, "token"),
    "an instance out of order": ({"path": "companies", "kind": "html", "status": 500}, "address"),
    "not for this user": ({"path": "companies", "kind": "status", "status": 403}, "token"),
    "unknown to NAV": ({"path": "companies", "kind": "status", "status": 401}, "token"),
    "a redirect": (
        {"path": "companies", "kind": "status", "status": 302, "headers": {"Location": "/login"}},
        "api_enabled",
    ),
    "metadata that is none": ({"path": "metadata", "kind": "html"}, "metadata"),
    "paging in circles": (
        {"path": "accounts", "query": "skiptoken", "kind": "status", "status": 200, "body": "{}"},
        "paging",
    ),
}


@pytest.mark.parametrize("case", ANSWERS.values(), ids=ANSWERS)
def test_a_wrong_answer_is_a_finding_with_its_fix(nav, case):
    fault, code = case
    nav.fault(times=0, **fault)

    findings = check(nav)

    assert red(findings)[0] == code
    assert findings[code].message


def test_a_company_that_is_gone_is_named(nav):
    findings = check(nav, CompanyUse("11111111-1111-1111-1111-111111111111"))

    assert red(findings) == ["company"]


def test_a_batch_with_lines_of_others_or_a_balancing_account_is_refused(nav):
    connector = nav.connect()
    written = connector.send(COMPANY, connector.plan(COMPANY, entry())[0], {})
    assert check(nav)["journal_batch"].status is PASS

    line = {"lineNumber": 10000, "accountType": "G/L Account", "accountNumber": "8110", "amount": 5}
    nav.type_in("journalLines", "insert", values={"journalId": written.facts["batch_id"], **line})
    others = check(nav)["journal_batch"]

    assert (others.status, "1 lines of others" in others.message) == (FAIL, True)
    default = check(nav, CompanyUse(COMPANY, journal_batch="CASH"))["journal_batch"]
    assert default.code == "journal_batch"


@pytest.mark.parametrize("account", ["9999", "1000", "5410"])
def test_a_balancing_account_that_cannot_be_used_is_red(nav, account):
    findings = check(nav, CompanyUse(COMPANY, balancing_account=account))

    assert red(findings) == ["balancing_account"]


def test_user_and_access_key_work_on_premises(nav):
    secret = {"username": "ann", "password": "key"}

    good = check(nav, secret=secret, auth="basic")
    bad = check(nav, secret={**secret, "password": "old"}, auth="basic")

    assert red(good) == []
    assert red(bad) == ["token"]
    assert "access key" in bad["token"].fix


def test_without_an_integration_the_first_company_is_checked(nav):
    connector = nav.connect()
    findings = {finding.code: finding for finding in connector.check()}

    assert findings["company"].status is UNPROVEN
    assert findings["accounts"].status is PASS
