"""Tokens of both forms, their end, refusals, several customers of one gateway."""

import base64

import pytest

from connectors.jaggaer.sandbox import BASE, OLD_BASE, OLD_PATH, Client, JaggaerSandbox, sample
from connectors.sandboxing import SandboxServer
from tests.connectors.jaggaer.sandbox.conftest import Customer, id_of, items_of


def test_the_keycloak_form_gives_seconds(customer):
    status, answer = customer.ask_token()

    assert status == 200
    assert answer["expires_in"] == 300
    assert (answer["token_type"], answer["refresh_expires_in"]) == ("Bearer", 0)
    assert "refresh_token" not in answer


def test_the_older_form_gives_milliseconds_and_calls_it_token(customer):
    status, answer = customer.ask_token(OLD_PATH)

    assert status == 200
    assert answer["expire_in"] == 86_399_911
    assert answer["expire_on"].endswith("Z")
    customer.token = answer["token"]
    assert customer.raw("GET", "/ji/v1/invoices")[0] == 200


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "unauthorized_client"),
        ({"client_id": "nobody"}, 401, "unauthorized_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    ],
)
def test_a_token_is_refused_with_keycloaks_words(customer, form, status, error):
    assert (status, error) == (
        customer.ask_token(**form)[0],
        customer.ask_token(**form)[1]["error"],
    )


def test_the_realm_is_case_sensitive(customer):
    path = "/auth/realms/j1p-integrations/protocol/openid-connect/token"

    assert customer.ask_token(path)[0] == 404


def test_credentials_in_a_basic_header_are_not_taken_unless_switched(app, customer):
    sent = base64.b64encode(b"sandbox:sandbox-secret").decode()
    headers = {
        "Authorization": f"Basic {sent}",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    path = "/auth/realms/J1p-integrations/protocol/openid-connect/token"
    body = "grant_type=client_credentials"
    assert customer.send("POST", path, body, headers)[0] == 401

    app.switch(accepts_basic_client_auth=True)

    assert customer.send("POST", path, body, headers)[0] == 200


def test_a_token_ends_with_its_lifetime(customer):
    assert customer.raw("GET", "/ji/v1/invoices")[0] == 200

    customer.control("POST", "clock", {"advance": 299})
    assert customer.raw("GET", "/ji/v1/invoices")[0] == 200
    customer.control("POST", "clock", {"advance": 2})

    status, headers, _ = customer.raw("GET", "/ji/v1/invoices")
    assert (status, headers["WWW-Authenticate"][:6]) == (401, "Bearer")


def test_a_call_without_token_or_with_a_made_up_one_is_refused(customer):
    assert customer.send("GET", f"{BASE}/ji/v1/invoices")[0] == 401
    customer.token = "eyJ.made.up"
    assert customer.raw("GET", "/ji/v1/invoices")[0] == 401


def test_the_older_base_is_there_by_switch_and_its_401_is_malformed(app, customer):
    assert customer.raw("GET", "/ji/v1/invoices", base=OLD_BASE)[0] == 404
    app.switch(serves_old_base=True)
    assert customer.raw("GET", "/ji/v1/invoices", base=OLD_BASE)[0] == 200

    customer.token = "wrong"
    status, headers, _ = customer.raw("GET", "/ji/v1/invoices", base=OLD_BASE)

    assert (status, headers["Content-Type"]) == (401, "; charset=UTF-8")
    assert "WWW-Authenticate" not in headers


def test_the_credentials_select_the_data_set():
    clients = (Client("a", "sa", "north"), Client("b", "sb", "south"))
    app = JaggaerSandbox(clients=clients)
    for number, dataset in ((1, "north"), (2, "south")):
        body = sample("invoices", number)
        app.order({"collection": "invoices", "dataset": dataset, "body": body})

    with SandboxServer(app) as server:
        seen = {}
        for client in clients:
            customer = Customer(server, client)
            answer = customer.get("/ji/v1/invoices")
            seen[client.client_id] = [id_of(item) for item in items_of(answer)]
            foreign = {"a": "2526305", "b": "2526304"}[client.client_id]
            assert customer.get(f"/ji/v1/invoices/{foreign}") == 404
            customer.close()

    assert seen == {"a": ["2526304"], "b": ["2526305"]}


def test_a_customer_can_be_admitted_while_the_gateway_runs(customer, server):
    wish = {"client_id": "late", "secret": "s", "dataset": "late"}
    newcomer = Customer(server, Client("late", "s"))
    assert newcomer.ask_token()[0] == 401

    customer.control("POST", "clients", wish)

    assert newcomer.get("/ji/v1/invoices")["totRecords"] == 0
    newcomer.close()


@pytest.mark.parametrize(
    ("switches", "status"),
    [
        ({"refuses_tokens": True}, 401),
        ({"refuses_tokens": True, "refused_status": 403}, 403),
        ({"token_born_dead": True}, 401),
        ({"denied_modules": ["ji"]}, 403),
        ({"server_error_every": 1, "server_error_status": 502}, 502),
        ({"rate_limit_every": 1}, 429),
    ],
    ids=str,
)
def test_access_switches_turn_calls_away(app, customer, switches, status):
    app.switch(**switches)

    assert customer.raw("GET", "/ji/v1/invoices")[0] == status


def test_a_token_can_die_in_the_middle_of_a_list(app, customer):
    app.switch(token_uses=2, page_size=1)

    statuses = [customer.raw("GET", f"/ji/v1/invoices?start={n}")[0] for n in (1, 2, 3)]

    assert statuses == [200, 200, 401]
    customer.token = None
    assert customer.raw("GET", "/ji/v1/invoices?start=3")[0] == 200


def test_revoked_tokens_are_dead_at_once(customer):
    customer.raw("GET", "/ji/v1/invoices")

    assert customer.control("DELETE", "tokens") == {"revoked": 1}
    assert customer.raw("GET", "/ji/v1/invoices")[0] == 401


@pytest.mark.parametrize(("given", "sent"), [("7", "7"), ("", None)])
def test_429_comes_with_and_without_retry_after(app, customer, given, sent):
    app.switch(rate_limit_every=2, retry_after=given)

    first, second = (customer.raw("GET", "/ji/v1/invoices") for _ in range(2))

    assert (first[0], second[0], second[1]["Retry-After"]) == (200, 429, sent)


@pytest.mark.parametrize(
    ("switches", "seen"),
    [
        ({"expires_in": "text"}, "300"),
        ({"expires_in": "absent"}, None),
        ({"token_lifetime_seconds": 60}, 60),
    ],
)
def test_the_lifetime_can_be_odd(app, customer, switches, seen):
    app.switch(**switches)

    assert customer.ask_token()[1].get("expires_in") == seen


def test_the_token_endpoint_can_be_down(app, server):
    app.switch(token_endpoint_status=503)
    customer = Customer(server)

    status, headers, _ = customer.send("POST", OLD_PATH, "")

    assert (status, headers["Content-Type"]) == (503, "text/html")
    customer.close()
