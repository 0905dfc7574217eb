"""Browsers report what the content security policy refused; the log tells it, and no secret."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from structlog.testing import capture_logs

REPORT = {
    "document-uri": "https://connector.example/join/s3cret-link/?token=abc",
    "effective-directive": "script-src-elem",
    "blocked-uri": "https://user:pw@evil.example/x.js?session=abc",
}


@pytest.fixture(autouse=True)
def no_reports_yet():
    from django.core.cache import cache

    cache.clear()


def send(body: object, **more: object) -> list[dict]:
    text = body if isinstance(body, (str, bytes)) else json.dumps(body)
    with capture_logs() as lines:
        answer = Client(enforce_csrf_checks=True).post(
            "/csp-report", text, content_type="application/csp-report", **more
        )
    assert (answer.status_code, answer.content) == (204, b"")
    return [line for line in lines if line["event"] == "csp_violation"]


def test_every_page_names_the_address_for_reports(client):
    policy = client.get("/accounts/login/").headers["Content-Security-Policy"]

    assert "report-uri /csp-report" in policy


def test_a_report_tells_rule_origin_and_page_and_nothing_of_a_secret():
    [line] = send({"csp-report": REPORT})

    assert line["directive"] == "script-src-elem"
    assert line["blocked"] == "https://evil.example"
    assert line["page"] == "join/<str:token>/"


@pytest.mark.parametrize(
    ("blocked", "kept"),
    [("inline", "inline"), ("data", "data"), ("http://[::", "unreadable"), ("x" * 900, "x" * 100)],
)
def test_what_was_blocked_need_not_be_an_address(blocked, kept):
    [line] = send({"csp-report": {**REPORT, "blocked-uri": blocked, "document-uri": "nowhere"}})

    assert (line["blocked"], line["page"]) == (kept, "none of ours")


@pytest.mark.parametrize(
    "body",
    ["", "[]", '{"csp-report": 1}', "{", b"\xff", "[" * 5000, {"csp-report": {"x": "y" * 17_000}}],
    ids=["empty", "list", "number", "cut", "bytes", "deep", "long"],
)
def test_what_is_no_report_is_dropped(body):
    assert send(body) == []


def test_a_flood_does_not_fill_the_log():
    assert sum(len(send({"csp-report": REPORT})) for _ in range(130)) == 100


def test_only_a_post_is_answered(client):
    assert client.get("/csp-report").status_code == 405
