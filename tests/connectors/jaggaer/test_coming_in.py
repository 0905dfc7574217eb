"""Coming in at JAGGAER: bases, tokens, secrets, and servers that are away."""

from __future__ import annotations

import pytest

from connectors.errors import AuthenticationError, ConfigurationError, RateLimited, TemporaryError
from connectors.sandboxing.faults import Fault
from tests.connectors.jaggaer.conftest import Open, Sandbox, paths


@pytest.mark.parametrize("code", ["mixed", "number", "string"])
def test_return_codes_are_compared_as_text(sandbox: Sandbox, open_connector: Open, code: str):
    server, _ = sandbox(fill=2, return_code=code)

    assert len(open_connector(server.url).list("invoices", None).entries) == 2


def test_an_error_that_comes_with_http_200_is_an_error(sandbox: Sandbox, open_connector: Open):
    server, _ = sandbox(fill=2, error_with_200="124(code,TenderCode)")

    with pytest.raises(ConfigurationError, match=r"124\(code,TenderCode\)") as caught:
        open_connector(server.url).list("invoices", None)

    assert caught.value.code == "source_refused"


def test_both_bases_and_both_token_forms_work(sandbox: Sandbox, open_connector: Open):
    server, _ = sandbox(fill=2, serves_old_base=True)
    base = f"{server.url}/esop/jint/api/public"

    connector = open_connector(server.url, base_url=base, token_url=f"{base}/v1/tokens")

    assert len(connector.list("invoices", None).entries) == 2


def test_a_token_that_dies_in_the_middle_is_replaced_once(sandbox: Sandbox, open_connector: Open):
    server, _ = sandbox(fill=20, page_size=3, token_uses=4, malformed_401=True)

    listing = open_connector(server.url).list("invoices", None)

    assert len(listing.entries) == 20


@pytest.mark.parametrize(
    ("status", "expected"), [(401, AuthenticationError), (403, ConfigurationError)]
)
def test_tokens_that_are_refused_even_fresh_end_it(
    sandbox: Sandbox, open_connector: Open, status: int, expected: type[Exception]
):
    server, _ = sandbox(fill=1, refuses_tokens=True, refused_status=status)

    with pytest.raises(expected):
        open_connector(server.url).list("invoices", None)

    assert len(paths(server)) == 2


def test_a_wrong_secret_is_tried_once(sandbox: Sandbox, open_connector: Open):
    server, _ = sandbox()
    connector = open_connector(server.url, secret={"client_id": "sandbox", "client_secret": "no"})

    with pytest.raises(AuthenticationError):
        connector.list("invoices", None)

    assert len(server.log.entries()) == 1


@pytest.mark.parametrize(("header", "seconds"), [("7", 7), ("", 15)])
def test_a_request_to_wait_ends_the_reading_at_once(
    sandbox: Sandbox, open_connector: Open, header: str, seconds: float
):
    server, _ = sandbox(fill=1, rate_limit_every=1, retry_after=header)

    with pytest.raises(RateLimited) as caught:
        open_connector(server.url).list("invoices", None)

    assert caught.value.retry_after == seconds


def test_a_page_that_is_cut_off_is_read_once_more(sandbox: Sandbox, open_connector: Open):
    server, _ = sandbox(fill=3)
    server.scenario.load(Fault("cut_body", path="/ji/v1/invoices"))

    assert len(open_connector(server.url).list("invoices", None).entries) == 3
    assert len(paths(server)) == 2


def test_servers_out_of_order_are_a_temporary_matter(sandbox: Sandbox, open_connector: Open):
    server, _ = sandbox(fill=1, server_error_every=1, server_error_status=502)

    with pytest.raises(TemporaryError):
        open_connector(server.url).list("invoices", None)
