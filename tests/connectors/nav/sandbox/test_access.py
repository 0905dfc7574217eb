"""Tokens, keys, limits, faults, and state that outlives the process (NAV contract 2, 6, 9)."""

import base64
import gzip
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

from connectors.sandboxing import SandboxServer
from tests.connectors.nav.sandbox.conftest import BASE, Api

SCOPE = "https://api.businesscentral.dynamics.com/.default"
FORM = {
    "grant_type": "client_credentials",
    "client_id": "connector",
    "client_secret": "connector-secret",
    "scope": SCOPE,
}
ENTRA = "/contoso.com/oauth2/v2.0/token"


def test_a_token_says_how_long_it_lives(make_api) -> None:
    api = make_api(switches={"token_lifetime": 600})

    answer = api.raw("POST", ENTRA, urlencode(FORM))

    assert answer.json["token_type"] == "Bearer"
    assert answer.json["expires_in"] == answer.json["ext_expires_in"] == 600
    assert answer.json["access_token"]


@pytest.mark.parametrize(
    ("change", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "nobody"}, 400, "unauthorized_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"scope": "openid"}, 400, "invalid_scope"),
        ({"scope": ""}, 400, "invalid_request"),
    ],
)
def test_token_errors_have_the_shape_of_entra(
    api: Api, change: dict, status: int, error: str
) -> None:
    answer = api.raw("POST", ENTRA, urlencode({**FORM, **change}))

    assert (answer.status, answer.json["error"]) == (status, error)
    assert answer.json["error_description"].startswith("AADSTS")


def test_a_plain_token_endpoint_wants_no_scope_and_takes_a_basic_header(api: Api) -> None:
    pair = base64.b64encode(b"connector:connector-secret").decode()

    answer = api.raw(
        "POST", "/token", "grant_type=client_credentials", {"Authorization": f"Basic {pair}"}
    )

    assert answer.status == 200


@pytest.mark.parametrize("authorization", [None, "Bearer ", "Bearer a.b", "Basic eDp5"])
def test_unknown_credentials_are_refused(api: Api, authorization: str | None) -> None:
    headers = {"Authorization": authorization} if authorization else {}

    answer = api.raw("GET", f"{BASE}/vendors", headers=headers)

    assert (answer.status, answer.code) == (401, "Authentication_InvalidCredentials")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_the_gateway_may_refuse_without_a_body(api: Api) -> None:
    api.switch(gateway_401=True)

    answer = api.raw("GET", f"{BASE}/vendors")

    assert (answer.status, answer.body) == (401, b"")


def test_a_token_ends_by_time_by_revocation_and_with_its_client(api: Api, clock) -> None:
    clock.advance(3600)
    expired = api.get("vendors").status
    api.token = api.new_token()
    fresh = api.get("vendors").status
    api.control("tokens/revoke")
    revoked = api.get("vendors").status
    api.token = api.new_token()
    api.control("clients", {"id": "connector", "secret": None})

    assert (expired, fresh, revoked, api.get("vendors").status) == (401, 200, 401, 401)


def test_a_web_service_key_opens_the_door_on_premises(make_api) -> None:
    api = make_api(keys={"SVC": "k" * 44})
    pair = base64.b64encode(b"SVC:" + b"k" * 44).decode()

    answer = api.raw("GET", f"{BASE}/vendors", headers={"Authorization": f"Basic {pair}"})

    assert answer.status == 200


def test_a_user_over_its_rate_gets_429_without_retry_after(api: Api, clock) -> None:
    api.switch(rate_limit=2)

    answers = [api.get("vendors") for _ in range(3)]
    clock.advance(301)

    assert [answer.status for answer in answers] == [200, 200, 429]
    assert "Retry-After" not in answers[2].headers
    assert api.get("vendors").status == 200


def test_a_request_too_many_at_once_is_refused(api: Api) -> None:
    api.switch(max_concurrent=1, max_queue=0)
    with api.app.limits.slot("connector", api.app.switches):
        refused = api.get("vendors").status
        api.switch(max_queue=1, queue_seconds=0.0)
        waited = api.get("vendors")

    assert (refused, waited.status, waited.headers["Retry-After"]) == (429, 503, "10")
    assert api.get("vendors").status == 200


def test_503_comes_with_retry_after_and_408_after_the_write_was_done(api: Api) -> None:
    api.control(
        "scenario",
        {
            "faults": [
                {"kind": "status", "status": 503, "headers": {"Retry-After": "5"}, "method": "GET"},
                {"kind": "status", "status": 408, "method": "POST", "phase": "after"},
            ]
        },
    )

    unavailable = api.get("vendors")
    timed_out = api.post("vendors", {"displayName": "Done anyway"})

    assert (unavailable.status, unavailable.headers["Retry-After"]) == (503, "5")
    assert timed_out.status == 408
    assert len(api.rows("vendors?$filter=displayName eq 'Done anyway'")) == 1


def test_many_writers_number_their_documents_without_gaps_or_repetition(api: Api) -> None:
    def write() -> None:
        for client in (Api(api.server),):
            for _ in range(5):
                client.order()

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    numbers = [int(order["number"]) for order in api.rows("purchaseOrders")]
    assert sorted(numbers) == list(range(106001, 106021))


def test_reset_brings_the_seed_back(api: Api) -> None:
    api.order()
    api.switch(page_size=1)

    api.control("reset")
    api.token = api.new_token()

    assert api.rows("purchaseOrders") == []
    assert len(api.rows("vendors")) == 5


@pytest.fixture
def start(tmp_path: Path):
    """Start the sandbox as a process; the same state file each time."""
    running: list[subprocess.Popen] = []

    def run() -> tuple[subprocess.Popen, Api]:
        command = [
            sys.executable, "-m", "connectors.nav.sandbox", "--port", "0",
            "--state", str(tmp_path / "nav.sqlite"), "--client", "connector:connector-secret",
        ]  # fmt: skip
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        running.append(process)
        address = urlsplit(json.loads(process.stdout.readline())["url"])
        server = type("Address", (), {"app": None, "url": address.geturl()})
        server.host, server.port = address.hostname, address.port
        return process, Api(server)

    yield run
    for process in running:
        process.kill()
        process.wait()
        process.stdout.close()


def test_state_and_tokens_outlive_a_kill(start) -> None:
    process, api = start()
    invoice = api.invoice()
    api.action("purchaseInvoices", invoice["id"], "post")
    before = api.get(f"purchaseInvoices({invoice['id']})").json
    os.kill(process.pid, signal.SIGKILL)
    process.wait()

    _, again = start()
    again.token = api.token
    after = again.get(f"purchaseInvoices({invoice['id']})").json

    assert {**after, "@odata.context": ""} == {**before, "@odata.context": ""}
    assert again.invoice("INV-2")["number"] == "1002"


def test_clients_that_were_admitted_or_removed_stay_so_after_a_restart(start) -> None:
    process, api = start()
    for client in ("kestrel", "heron"):
        api.control("clients", {"id": client, "secret": "for NAV"})
    api.control("clients", {"id": "heron", "secret": None})
    process.kill()
    process.wait()

    _, again = start()

    def status(client: str) -> int:
        form = {**FORM, "client_id": client, "client_secret": "for NAV"}
        return again.raw("POST", "/token", urlencode(form)).status

    assert (status("kestrel"), status("heron")) == (200, 400)


def test_a_seed_may_be_packed_and_bring_several_companies(make_api, tmp_path: Path) -> None:
    seed = {
        "companies": [
            {"name": "WVU", "localCurrency": "USD", "vendors": [{"number": "V1"}]},
            {
                "name": "DBC",
                "localCurrency": "GBP",
                "accounts": [{"number": "8110", "displayName": "Cleaning"}],
                "vendors": [{"number": "V2", "displayName": "Two"}],
                "taxGroups": [{"code": "VAT20", "percent": 20}],
                "purchaseOrders": [
                    {
                        "number": "4711",
                        "vendorNumber": "V2",
                        "yourReference": "JAG-1",
                        "lines": [
                            {"lineType": "Account", "lineObjectNumber": "8110", "quantity": 1,
                             "directUnitCost": 10, "taxCode": "VAT20"}
                        ],
                    }
                ],
            },
        ]
    }  # fmt: skip
    path = tmp_path / "seed.json.gz"
    path.write_bytes(gzip.compress(json.dumps(seed).encode()))
    api = make_api(seed=path)

    orders = api.rows("/BC/api/v2.0/purchaseOrders?company=DBC")

    assert [c["name"] for c in api.rows("/BC/api/v2.0/companies")] == ["DBC", "WVU"]
    assert (orders[0]["number"], orders[0]["totalAmountIncludingTax"]) == ("4711", 12)
    ledger = api.raw("GET", "/__ctl/ledger?company=DBC").json
    assert ledger["purchaseOrders"][0]["yourReference"] == "JAG-1"


def test_the_cost_of_a_request_does_not_grow_with_the_number_of_documents(
    make_api, full_size
) -> None:
    api = make_api()
    body = {"vendorNumber": "20000", "purchaseInvoiceLines": [
        {"lineType": "Account", "lineObjectNumber": "8110", "quantity": 1, "unitCost": 10}
    ] * 3}  # fmt: skip

    def seconds(count: int) -> float:
        began = time.process_time()
        for place in range(count):
            api.post("purchaseInvoices", {**body, "vendorInvoiceNumber": f"N{place}"})
            api.get(f"purchaseInvoices?$filter=vendorInvoiceNumber eq 'N{place}'")
        return (time.process_time() - began) / count

    seconds(20)
    early = seconds(50)
    seconds(full_size(3000))
    late = seconds(50)

    assert late < early * 2 + 0.002


def test_the_server_is_the_bases(api: Api) -> None:
    api.get("vendors")

    entry = api.control("log", method="GET")["entries"][-1]

    assert isinstance(api.server, SandboxServer)
    assert (entry["method"], entry["status"]) == ("GET", 200)
    assert api.token not in str(entry)


def test_a_seed_that_cannot_be_read_ends_the_start_with_a_sentence(tmp_path: Path) -> None:
    seed = tmp_path / "seed.json"
    seed.write_text('{"companies": [{"displayName": "without a name"}]}')
    command = [sys.executable, "-m", "connectors.nav.sandbox", "--port", "0", "--seed", str(seed)]

    ended = subprocess.run(command, capture_output=True, text=True, timeout=20)

    assert ended.returncode == 2
    assert ended.stderr == "nav: cannot start: KeyError: 'name'\n"
