"""Where customers' addresses may lead us."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from connectors.errors import ConfigurationError, TemporaryError
from connectors.http.auth import BasicAuth
from connectors.http.egress import Egress, EgressRefused, parse_rule
from connectors.http.limits import Limits
from connectors.http.session import Session
from tests.connectors.http.servers import RawServer, Reply, http

OPENED = ["10.20.0.0/16:7048,443", "*.corp.example:8443", "[fd12::/16]:443"]


def resolving(*answers: str) -> Callable[[str, int], list[str]]:
    return lambda host, port: list(answers)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "fd00:ec2::254",
        "fc00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::127.0.0.1",
        "2002:7f00:0001::",
        "2002:0a00:0001::",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "2001:0:7f00:1::1",
        "::ffff:0:127.0.0.1",
        "::ffff:0:a00:1",
        "fec0::1",
        "64:ff9b:1::808:808",
        "64:ff9b:1:a00:0:100:808:808",
        "3fff::1",
        "192.88.99.1",
    ],
)
def test_hosted_reaches_no_private_or_special_address(address: str):
    with pytest.raises(EgressRefused):
        Egress(resolver=resolving(address)).addresses("api.example", 443)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "64:ff9b::5db8:d822"])
def test_public_addresses_pass(address: str):
    assert Egress(resolver=resolving(address)).addresses("api.example", 443) == [address]


def test_one_bad_answer_among_good_ones_refuses_the_name():
    egress = Egress(resolver=resolving("93.184.216.34", "10.0.0.1"))

    with pytest.raises(EgressRefused):
        egress.addresses("api.example", 443)


@pytest.mark.parametrize(
    ("host", "port", "answer", "passes"),
    [
        ("nav", 7048, "10.20.1.1", True),
        ("nav", 7049, "10.20.1.1", False),
        ("nav", 7048, "10.21.1.1", False),
        ("nav.corp.example", 8443, "192.168.0.5", True),
        ("nav.corp.example", 443, "192.168.0.5", False),
        ("navcorp.example", 8443, "192.168.0.5", False),
        ("nav.corp.example", 8443, "127.0.0.1", False),
        ("nav.corp.example", 8443, "169.254.169.254", False),
        ("nav.corp.example", 8443, "::ffff:127.0.0.1", False),
        ("nav", 443, "fd12::5", True),
        ("nav", 443, "93.184.216.34", True),
    ],
)
def test_a_self_hosted_operator_opens_networks_and_hosts_by_port(
    host: str, port: int, answer: str, passes: bool
):
    egress = Egress("selfhosted", OPENED, resolver=resolving(answer))

    if passes:
        assert egress.addresses(host, port) == [answer]
    else:
        with pytest.raises(EgressRefused):
            egress.addresses(host, port)


def test_our_own_servers_are_out_of_reach_even_inside_an_opened_network():
    egress = Egress(
        "selfhosted", ["10.0.0.0/8"], deny=["10.0.0.9:5432"], resolver=resolving("10.0.0.9")
    )

    assert egress.addresses("db", 5433) == ["10.0.0.9"]
    with pytest.raises(EgressRefused, match="this installation"):
        egress.addresses("db", 5432)


@pytest.mark.parametrize(
    "url",
    [
        "http://api.example/",
        "ftp://api.example/",
        "https://user:pw@api.example/",
        "https://user@api.example/",
        "https://api.example/#part",
        "https:///path",
        "https://api.example:99999/",
        "https://api.example:0/",
        "https://api.exa mple/",
        "https://api.example\\@evil.example/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://10.0.0.1/",
        "api.example",
        "https://exa%6dple/",
        "https://[::ffff:127.0.0.1]/",
    ],
)
def test_unusual_addresses_are_refused_before_any_look_up(url: str):
    with pytest.raises(EgressRefused):
        Egress().target(url)


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "127.1", "0177.0.0.1"])
def test_other_spellings_of_loopback_are_caught_after_the_look_up(host: str):
    with pytest.raises((EgressRefused, TemporaryError)):
        Egress().addresses(host, 443)


def test_names_are_folded_to_one_spelling():
    assert Egress().target("https://API.Bücher.example./x").host == "api.xn--bcher-kva.example"


def test_plain_http_passes_only_for_listed_hosts_and_development_loopback():
    listed = Egress("selfhosted", OPENED)
    development = Egress(loopback_allowed=True)

    assert listed.target("http://10.20.0.9:7048/NAV").port == 7048
    assert listed.target("http://nav.corp.example:8443/NAV").host == "nav.corp.example"
    assert development.target("http://localhost:7777/").scheme == "http"
    with pytest.raises(EgressRefused, match="plain http"):
        development.target("http://api.example/")


def test_a_list_that_would_have_no_effect_is_an_error():
    with pytest.raises(ValueError, match="self-hosted"):
        Egress("hosted", ["10.0.0.0/8"])


@pytest.mark.parametrize("entry", ["", ":443", "10.0.0.0/33", "host:http", "host:70000"])
def test_a_wrong_entry_of_the_list_is_an_error(entry: str):
    with pytest.raises((ValueError, EgressRefused)):
        parse_rule(entry)


def test_the_connection_goes_to_the_checked_address_with_the_original_name(
    serve: Callable[[Reply], RawServer],
):
    server = serve(lambda seen, _: http())
    answers = [["127.0.0.1"], ["10.9.9.9"], ["10.9.9.9"]]
    egress = Egress(loopback_allowed=True, resolver=lambda host, port: answers.pop(0))
    base = f"http://nav.localhost:{server.port}"
    limits = Limits(connect_seconds=1)

    with Session(base_url=base, auth=BasicAuth("a", "b"), limits=limits, egress=egress) as session:
        session.get("/x")
    assert server.seen[0].header("Host") == f"nav.localhost:{server.port}"
    assert len(answers) == 2

    again = Session(base_url=base, auth=BasicAuth("a", "b"), limits=limits, egress=egress)
    with again, pytest.raises(ConfigurationError):
        again.get("/x")
