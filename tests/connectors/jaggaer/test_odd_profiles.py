"""A customer whose JAGGAER is legal and unlike the default in everything a profile can say.

The server here is written from the profile language (JAGGAER contract 11) alone, without the
sandbox: pages from zero, a count that says nothing of the whole list, no filter language, days and
times in another zone and form, one record instead of a list of one, no details.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from connectors.base import Record, Since
from connectors.documents import Readiness
from connectors.errors import RateLimited, TemporaryError
from connectors.jaggaer.connector import JaggaerConnector
from tests.connectors.http.servers import RawServer, Seen, as_json

Open = Callable[..., JaggaerConnector]

PROFILE: dict[str, Any] = {
    "profileVersion": 1,
    "profileName": "hudson",
    "connection": {
        "apiBaseUrl": "${JAGGAER_API_BASE_URL}/v9",
        "headers": {"X-Client": "erp ${JAGGAER_CLIENT_ID}"},
        "reauthAttempts": 0,
        "retry": {
            "onStatus": [409],
            "retryAfterHeader": "X-Wait",
            "retryAfterDefaultSeconds": 7,
        },
        "token": {
            "url": "${JAGGAER_TOKEN_URL}",
            "grantType": "client_credentials",
            "extraParams": {"resource": "${JAGGAER_API_BASE_URL}"},
            "response": {
                "token": ["access_token", "$.tickets[].bearer"],
                "expires": [{"path": "$.ttl", "unit": "ms"}],
            },
        },
    },
    "envelope": {
        "returnCode": "info.rc",
        "okCodes": ["fine"],
        "total": "info.rows",
        "returned": "info.rows",
    },
    "paging": {
        "style": "page",
        "param": "p",
        "first": 0,
        "sizeParam": "rows",
        "expectedPageSize": 2,
        "stopWhen": ["empty"],
    },
    "filter": {"style": "query", "param": "since"},
    "dates": {
        "instant": ["M/d/yyyy h:mm:ss a"],
        "date": ["dd-MM-yyyy"],
        "compactTimeZone": "America/New_York",
        "filterFormat": "MM/dd/yyyy HH:mm:ss",
    },
    "resources": {
        "bills": {
            "role": "invoice",
            "enabled": True,
            "list": {
                "path": "/bills",
                "items": ["found.bill"],
                "modifiedFilterField": "changed",
                "staticFilters": [{"field": "kind", "op": "eq", "value": "AP"}],
                "params": {"client": "${JAGGAER_CLIENT_ID}"},
            },
            "detail": {"mode": "never"},
            "identity": {"id": "key", "version": ["rev"]},
            "cursor": {"field": "changed", "overlapSeconds": 0},
            "status": {
                "vocabulary": {"state": {"Good to Go": "go"}, "row": {"X": "void"}},
                "fields": {"state": "state"},
                "postableWhen": [{"field": "state", "in": ["go"]}],
                "settledWhen": [{"path": "void", "is": "present", "on": "list"}],
            },
            "fields": {
                "number": "key",
                "invoiceDate": {"path": "day", "type": "date"},
                "currency": "rows.row[].cur",
                "total": {"path": ["sum", "sum.amount"], "type": "decimal"},
                "discount": "none",
            },
            "lists": {
                "lines": {
                    "path": ["rows.row[]"],
                    "fields": {
                        "quantity": "n",
                        "unitPrice": ["each", "each.amount"],
                        "freight": "ship",
                        "tax1": "vat",
                    },
                }
            },
        }
    },
    "coding": {"styles": [], "segments": {}},
}


def bill(number: int, **changes: Any) -> dict[str, Any]:
    row = {"n": "2", "each": {"amount": "12.50"}, "cur": "USD", "ship": 4, "vat": "1.00"}
    return {
        "key": f"00{number}",
        "rev": number,
        "changed": f"7/4/2024 {number}:05:00 PM",
        "state": "good-to-go",
        "day": "04-07-2024",
        "sum": {"amount": "30.00"},
        "rows": {"row": row},
        **changes,
    }


class Hudson:
    """Five bills on three pages; every page counts itself, the last one stands alone."""

    def __init__(self) -> None:
        self.bills = [bill(n) for n in range(1, 5)] + [bill(5, void="yes")]
        self.trouble: bytes | None = None
        self.server = RawServer(self.reply)

    def reply(self, seen: Seen, _: Any) -> bytes:
        if seen.method == "POST":
            return as_json({"tickets": [{"bearer": "t-1"}], "ttl": "60000"})
        if self.trouble is not None:
            return self.trouble
        query = parse_qs(urlsplit(seen.target).query)
        page, size = int(query["p"][0]), int(query["rows"][0])
        rows = self.bills[page * size : page * size + size]
        body: dict[str, Any] = {"info": {"rc": "Fine".lower(), "rows": len(rows)}}
        if rows:
            body["found"] = {"bill": rows if len(rows) > 1 else rows[0]}
        return as_json(body)

    @property
    def asked(self) -> list[Seen]:
        return [seen for seen in self.server.seen if seen.method == "GET"]


@pytest.fixture
def hudson() -> Iterator[Hudson]:
    system = Hudson()
    yield system
    system.server.stop()


@pytest.fixture
def connector(hudson: Hudson, open_connector: Open) -> JaggaerConnector:
    return open_connector(hudson.server.url, profile=PROFILE)


def test_every_record_is_read_and_understood(hudson: Hudson, connector: JaggaerConnector):
    listing = connector.list("invoices", None)
    records = list(connector.fetch("invoices", listing.entries))

    assert (listing.complete, listing.warnings) == (True, ())
    assert [r.source_id for r in records if isinstance(r, Record)] == [
        "001",
        "002",
        "003",
        "004",
        "005",
    ]
    first, last = records[0].document, records[-1].document
    assert records[0].problems == ()
    assert records[0].modified_at == datetime(2024, 7, 4, 17, 5, tzinfo=UTC)
    assert (first.document_date, first.total, first.currency) == (date(2024, 7, 4), 30, "USD")
    assert (first.lines[0].amount, first.tax1, first.discount) == (Decimal("25.00"), 1, 0)
    assert [(charge.kind, charge.amount) for charge in first.charges] == [("freight", 4)]
    assert (first.readiness, last.readiness) == (Readiness.POSTABLE, Readiness.SETTLED)


def test_it_asks_as_the_profile_says(hudson: Hudson, connector: JaggaerConnector):
    connector.list("invoices", Since(datetime(2024, 7, 4, 17, 5, tzinfo=UTC)))

    first = hudson.asked[0]
    query = parse_qs(urlsplit(first.target).query)
    assert first.target.startswith("/j1p/api/public/v9/bills?")
    assert first.header("X-Client") == "erp sandbox"
    assert query == {
        "client": ["sandbox"],
        "kind": ["AP"],
        "since": ["07/04/2024 13:05:00"],
        "p": ["0"],
        "rows": ["2"],
    }
    assert b"resource=http%3A%2F%2F127.0.0.1" in hudson.server.seen[0].body


def test_a_request_to_wait_is_read_from_the_profile_s_header(
    hudson: Hudson, connector: JaggaerConnector
):
    hudson.trouble = as_json({}, status=429, **{"X-Wait": "90"})
    with pytest.raises(RateLimited) as told:
        connector.list("invoices", None)
    hudson.trouble = as_json({}, status=429)
    with pytest.raises(RateLimited) as silent:
        connector.list("invoices", None)

    assert (told.value.retry_after, silent.value.retry_after) == (90, 7)


def test_a_status_that_the_profile_calls_passing_is_tried_again_later(
    hudson: Hudson, connector: JaggaerConnector
):
    hudson.trouble = as_json({}, status=409)

    with pytest.raises(TemporaryError):
        connector.list("invoices", None)
