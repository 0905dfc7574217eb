"""The doctor: what each state of the other system looks like to an administrator."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from connectors.base import Finding, FindingStatus, SettingsError
from connectors.catalogue import codes
from connectors.jaggaer import codes as own_codes
from connectors.jaggaer.check.words import LABELS
from connectors.jaggaer.connector import JaggaerConnector
from connectors.sandboxing.faults import Fault
from tests import ports
from tests.connectors.http.servers import RawServer, certificate, http, serving

Sandbox = Callable[..., tuple[Any, Any]]
Open = Callable[..., JaggaerConnector]
Payload = Callable[[str], Any]


def examined(connector: JaggaerConnector) -> dict[str, Finding]:
    findings = list(connector.check())
    assert all(f.message for f in findings)
    assert all(f.fix for f in findings if f.status is FindingStatus.FAIL)
    return {finding.code: finding for finding in findings}


def status(findings: dict[str, Finding], code: str) -> str:
    return findings[code].status.value


def test_a_healthy_system_passes_every_line_it_can_prove(sandbox: Sandbox, open_connector: Open):
    server, _ = sandbox(fill=120)

    findings = examined(open_connector(server.url))

    assert len(findings) >= 12
    assert set(findings) == set(LABELS)
    proven = set(LABELS) - {"tls", "shares", "profile"}
    assert {code for code, f in findings.items() if f.status is FindingStatus.PASS} == proven
    assert "300 seconds" in findings["token"].message


def test_a_young_system_leaves_lines_unproven_and_fails_none(
    sandbox: Sandbox, open_connector: Open
):
    server, _ = sandbox()

    findings = examined(open_connector(server.url))

    assert not [f for f in findings.values() if f.status is FindingStatus.FAIL]
    assert status(findings, "paging") == status(findings, "detail") == "unproven"


@pytest.mark.parametrize(
    ("switches", "code", "expected", "words"),
    [
        ({"invalid_client_error": "invalid_client"}, "token", "pass", ""),
        ({"token_endpoint_status": 503}, "token", "fail", "out of order"),
        ({"token_born_dead": True}, "token", "pass", ""),
        ({"refuses_tokens": True}, "http_json", "fail", "refuses our credentials"),
        ({"denied_modules": ("ji",)}, "rights", "fail", "suppliers, purchase orders, invoices"),
        ({"error_with_200": "112(X)"}, "http_json", "fail", "112(X)"),
        ({"filter_ignored": True}, "filter", "warn", "ignores the filter"),
        ({"page_size": 7}, "page_size", "warn", "expects 100"),
        ({"variations": {"unknown_word": ["*"]}}, "vocabulary", "warn", "Not explained"),
        ({"variations": {"parts_without_shares": ["*"]}}, "shares", "fail", "have a share"),
        ({"variations": {"parts_with_shares": ["*"]}}, "shares", "pass", "come to the whole"),
        ({"variations": {"total_off_by_units": ["*"]}}, "totals", "warn", "do not add up"),
        ({"detail_missing": ("*",)}, "detail", "warn", "does not have it any more"),
        ({"missing_fields": ("invoiceNumber",)}, "required_fields", "fail", "invoiceNumber"),
        (
            {"wrappers": {"invoices": "bills", "suppliers": "s", "purchaseorders": "p"}},
            "wrapper",
            "warn",
            "bills",
        ),
        ({"paths": {"invoices": "/x/bills"}}, "http_json", "fail", "nothing at /ji/v1/invoices"),
        ({"renames": {"internalName": "kind"}}, "segments", "warn", "glAccount"),
        ({"server_error_every": 1, "server_error_html": True}, "http_json", "fail", "out of order"),
        ({"rate_limit_every": 1, "retry_after": "9"}, "http_json", "fail", "wait 9 seconds"),
    ],
)
def test_each_trouble_shows_in_its_line(
    sandbox: Sandbox,
    open_connector: Open,
    switches: dict[str, Any],
    code: str,
    expected: str,
    words: str,
):
    server, _ = sandbox(fill=9, **switches)

    findings = examined(open_connector(server.url))

    assert status(findings, code) == expected
    assert words in findings[code].message


def test_a_write_back_that_nothing_here_makes_use_of_is_told(
    sandbox: Sandbox, open_connector: Open, raw_profile: dict[str, Any]
):
    spec = {"enabled": True, "method": "POST", "path": "/x", "body": {"id": "{sourceId}"}}
    raw_profile["writeBack"]["invoicePaymentStatus"] = spec
    server, _ = sandbox(fill=1)

    findings = examined(open_connector(server.url, profile=raw_profile))

    assert status(findings, "write_back") == "warn"
    assert "invoicePaymentStatus" in findings["write_back"].message


def test_a_wrong_secret_is_named_and_the_rest_left_unproven(sandbox: Sandbox, open_connector: Open):
    server, _ = sandbox(fill=1)
    secret = {"client_id": "sandbox", "client_secret": "hush-hush"}

    findings = examined(open_connector(server.url, secret=secret))

    assert status(findings, "token") == "fail"
    assert "client secret" in findings["token"].message
    assert status(findings, "http_json") == "unproven"
    assert len(findings) == len(LABELS)
    assert "hush-hush" not in repr(findings)
    assert len(server.log.entries()) == 1


def test_a_dead_host_is_a_finding(open_connector: Open):
    with ports.reserve() as held:
        findings = examined(open_connector(f"http://127.0.0.1:{ports.number(held)}"))

    assert status(findings, "address") == "fail"
    assert "cannot be reached" in findings["address"].message


def test_an_address_this_installation_does_not_talk_to_is_a_finding(open_connector: Open):
    findings = examined(open_connector("https://169.254.169.254"))

    assert status(findings, "address") == "fail"
    assert "metadata" in findings["address"].message


def test_a_log_in_page_in_place_of_the_api_is_a_finding(sandbox: Sandbox, open_connector: Open):
    server, _ = sandbox(fill=1)
    server.scenario.load(Fault("html", path="/ji/v1/", times=0))

    findings = examined(open_connector(server.url))

    assert status(findings, "http_json") == "fail"
    assert "web page" in findings["http_json"].message


def test_a_log_in_page_in_place_of_tokens_is_a_finding(open_connector: Open):
    page = http(body=b"<html>log in</html>", content_type="text/html")
    server = RawServer(lambda seen, _: page)

    findings = examined(open_connector(server.url))
    server.stop()

    assert status(findings, "token") == "fail"
    assert "log-in page" in findings["token"].fix


def test_a_certificate_that_nobody_signed_is_a_finding(open_connector: Open, tmp_path: Path):
    server = RawServer(lambda seen, _: http(), serving(certificate(tmp_path)))

    findings = examined(open_connector(server.url))
    server.stop()

    assert status(findings, "tls") == "fail"


def test_every_code_of_a_finding_has_its_words_in_the_catalogue():
    assert own_codes is not None
    assert set(LABELS) <= codes()


GOOD = {"base_url": "https://api.example/j1p/api/public", "token_url": "https://api.example/token"}
SECRET = {"client_id": "a", "client_secret": "b"}


def test_settings_are_completed_and_keep_the_profile_as_given(payload: Payload):
    assert JaggaerConnector.parse({**GOOD, "base_url": GOOD["base_url"] + "/"}, SECRET) == {
        **GOOD,
        "profile": "default",
        "max_parallel": 2,
        "requests_per_second": 4.0,
    }
    custom = JaggaerConnector.parse({**GOOD, "profile": payload("other_profile")}, None)
    assert custom["profile"] == payload("other_profile")
    assert (custom["max_parallel"], custom["requests_per_second"]) == (1, 2.0)
    assert JaggaerConnector.parse(custom, None) == custom


@pytest.mark.parametrize(
    ("change", "secret", "place"),
    [
        ({"base_url": None}, SECRET, "base_url"),
        ({"token_url": None}, SECRET, "token_url"),
        ({"base_url": "ftp://x.example"}, SECRET, "base_url"),
        ({"base_url": "https://u:p@api.example/x"}, SECRET, "base_url"),
        ({"token_url": "https://api.example/t#x"}, SECRET, "token_url"),
        ({"base_url": "https://api.example/x?y=1"}, SECRET, "base_url"),
        ({"profile": "other"}, SECRET, "profile"),
        ({"profile": []}, SECRET, "profile"),
        ({"max_parallel": 0}, SECRET, "max_parallel"),
        ({"max_parallel": "2"}, SECRET, "max_parallel"),
        ({"requests_per_second": -1}, SECRET, "requests_per_second"),
        ({"colour": "blue"}, SECRET, "colour"),
        ({}, {"client_id": "a"}, "secret.client_secret"),
        ({}, {**SECRET, "client_id": " "}, "secret.client_id"),
        ({}, {**SECRET, "token": "x"}, "secret.token"),
    ],
)
def test_each_wrong_setting_is_named_by_its_path(
    change: dict[str, Any], secret: dict[str, str], place: str
):
    settings = {k: v for k, v in {**GOOD, **change}.items() if v is not None}

    with pytest.raises(SettingsError) as caught:
        JaggaerConnector.parse(settings, secret)

    assert list(caught.value.fields) == [place]


def test_a_fault_inside_a_profile_is_named_by_its_path_in_the_settings(
    raw_profile: dict[str, Any],
):
    raw_profile["resources"]["invoices"]["list"]["path"] = "//evil.example"

    with pytest.raises(SettingsError) as caught:
        JaggaerConnector.parse({**GOOD, "profile": raw_profile}, None)

    assert list(caught.value.fields) == ["profile.resources.invoices.list.path"]


def test_a_principal_is_host_and_client(payload: Payload):
    principal = JaggaerConnector.principal(JaggaerConnector.parse(GOOD, SECRET), SECRET)

    assert (principal.host, principal.user, principal.max_parallel) == ("api.example", "a", 2)
