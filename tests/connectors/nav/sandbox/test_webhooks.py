"""Subscriptions: handshake, expiry, notifications, what a bad answer costs (NAV contract 7)."""

import json
import queue
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.connectors.nav.sandbox.conftest import COMPANY, Api

ROOT = "/BC/api/v2.0"
VENDORS = f"/api/v2.0/companies({COMPANY})/vendors"
INVOICES = f"/api/v2.0/companies({COMPANY})/purchaseInvoices"


class Listener:
    """A webhook receiver: echoes tokens, keeps payloads, answers what it is told to."""

    def __init__(self) -> None:
        self.echo = True
        self.statuses: list[int] = []
        self.received: queue.Queue[dict[str, Any]] = queue.Queue()
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                query = parse_qs(urlsplit(self.path).query)
                token = query.get("validationToken", [""])[0]
                status = 200 if token else listener.next_status()
                answer = token if listener.echo else "something else"
                self.send_response(status)
                self.end_headers()
                self.wfile.write(answer.encode())
                if not token:
                    listener.received.put(json.loads(body))

            def log_message(self, *_: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}/hook?tenant=1"
        threading.Thread(target=self.http.serve_forever, args=(0.02,), daemon=True).start()

    def next_status(self) -> int:
        return self.statuses.pop(0) if self.statuses else 202

    def notes(self) -> list[dict[str, str]]:
        return self.received.get(timeout=5)["value"]


@pytest.fixture
def listener() -> Iterator[Listener]:
    running = Listener()
    yield running
    running.http.shutdown()
    running.http.server_close()


def subscribe(api: Api, listener: Listener, resource: str = VENDORS) -> Any:
    body = {"notificationUrl": listener.url, "resource": resource, "clientState": "s3cret"}
    return api.post(f"{ROOT}/subscriptions", body)


def test_a_subscription_is_shaken_hands_on_and_ends_after_three_days(
    api: Api, listener: Listener, clock
) -> None:
    answer = subscribe(api, listener)
    made = answer.json
    clock.advance(3 * 86_400 + 1)
    api.token = api.new_token()

    assert answer.status == 201
    assert made["expirationDateTime"] == "2026-03-13T09:00:00Z"
    assert made["clientState"] == "s3cret"
    assert api.rows(f"{ROOT}/subscriptions") == []


def test_a_callback_that_does_not_echo_is_refused(api: Api, listener: Listener) -> None:
    listener.echo = False

    answer = subscribe(api, listener)

    assert (answer.status, answer.code) == (400, "Application_DialogException")
    assert api.rows(f"{ROOT}/subscriptions") == []


def test_a_renewal_needs_its_etag_and_moves_the_end(api: Api, listener: Listener, clock) -> None:
    made = subscribe(api, listener).json
    path = f"{ROOT}/subscriptions('{made['subscriptionId']}')"
    body = {"notificationUrl": listener.url, "resource": VENDORS, "clientState": "s3cret"}
    clock.advance(1800)

    without = api.patch(path, body, None)
    renewed = api.patch(path, body, made["@odata.etag"])

    assert without.code == "BadRequest_InvalidToken"
    assert renewed.json["expirationDateTime"] == "2026-03-13T09:30:00Z"
    assert api.delete(path, made["@odata.etag"]).status == 409
    assert api.delete(path, renewed.json["@odata.etag"]).status == 204


def test_changes_are_told_after_the_delay_and_gathered_by_record(
    api: Api, listener: Listener, clock
) -> None:
    made = subscribe(api, listener).json
    vendor = api.post("vendors", {"displayName": "A"}).json
    api.patch(f"vendors({vendor['id']})", {"city": "Leeds"})
    api.delete(f"vendors({api.vendor('10000')['id']})")
    early = listener.received.empty()

    clock.advance(30)
    notes = listener.notes()

    assert early
    assert {note["changeType"] for note in notes} == {"created", "deleted"}
    assert notes[0]["clientState"] == "s3cret"
    assert notes[0]["subscriptionId"] == made["subscriptionId"]
    assert notes[0]["resource"] == f"api/v2.0/companies({COMPANY})/vendors({vendor['id']})"


def test_a_line_change_notifies_the_header(api: Api, listener: Listener, clock) -> None:
    invoice = api.invoice()
    subscribe(api, listener, INVOICES)
    line = api.rows(f"purchaseInvoices({invoice['id']})/purchaseInvoiceLines")[0]

    api.patch(f"purchaseInvoiceLines({line['id']})", {"quantity": 3})
    clock.advance(30)

    assert listener.notes()[0]["resource"].endswith(f"purchaseInvoices({invoice['id']})")


def test_many_changes_become_one_collection_notice(api: Api, listener: Listener, clock) -> None:
    api.switch(collection_threshold=2)
    subscribe(api, listener)
    for place in range(3):
        api.post("vendors", {"displayName": f"V{place}"})

    clock.advance(30)
    notes = listener.notes()

    assert [note["changeType"] for note in notes] == ["collection"]
    assert "?$filter=lastModifiedDateTime%20gt%202026-03-10T08:59:59.950Z" in notes[0]["resource"]


def test_a_5xx_answer_is_tried_again_and_a_4xx_ends_the_subscription(
    api: Api, listener: Listener, clock
) -> None:
    listener.statuses = [503, 404]
    subscribe(api, listener)
    api.post("vendors", {"displayName": "A"})
    clock.advance(30)
    first = listener.notes()
    kept = api.rows(f"{ROOT}/subscriptions")

    clock.advance(61)
    second = listener.notes()
    until = time.monotonic() + 5
    while api.rows(f"{ROOT}/subscriptions") and time.monotonic() < until:
        continue

    assert first == second
    assert len(kept) == 1
    assert api.rows(f"{ROOT}/subscriptions") == []


@pytest.mark.parametrize(
    ("resource", "status"),
    [
        (VENDORS.removeprefix("/"), 201),
        (f"/api/v2.0/companies({COMPANY})/purchaseOrders", 400),
        (f"/api/v2.0/companies({COMPANY})/nonsense", 400),
        ("/api/v2.0/vendors", 400),
    ],
)
def test_not_every_resource_takes_subscriptions(
    api: Api, listener: Listener, resource: str, status: int
) -> None:
    assert subscribe(api, listener, resource).status == status


def test_the_instance_lists_what_takes_subscriptions(api: Api) -> None:
    path = f"/BC/api/microsoft/runtime/beta/companies({COMPANY})/webhookSupportedResources"

    names = [row["resource"] for row in api.rows(path)]

    assert "v2.0/vendors" in names
    assert "v2.0/purchaseOrders" not in names
