"""Every page and every button, as nobody, stranger, viewer, operator and administrator."""

from __future__ import annotations

import importlib
import re
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import resolve, reverse

from tests import factories
from tests.journeys.test_browser_shots import inside, outside

MOST_QUERIES = 15
OPEN = {"mails-stop", "nav-notification", "signup", "signup-finish", "join"}
DOWNLOADS = {"mapping-export", "audit-export", "audit-verifier"}
_FRAME = re.compile(r"^(SAVEPOINT|RELEASE|ROLLBACK|BEGIN|COMMIT|select set_config)", re.IGNORECASE)
RANKS = ("viewer", "operator", "admin")


def may(role: str, needed: str) -> bool:
    return RANKS.index(role) >= RANKS.index(needed)


def test_every_address_of_the_pages_is_visited_here(pages, actions):
    known = {place.name for place in (*pages, *actions)} | OPEN

    for app in ("tenants", "connectors", "sync", "audit"):
        patterns = importlib.import_module(f"{app}.web.urls").urlpatterns
        assert {pattern.name for pattern in patterns} <= known


def test_every_page_is_looked_at_by_the_browser(customer, pages):
    """In both schemes by axe, and as a picture: a new page without an address there is told."""
    seen = {
        resolve(urlsplit(address).path).url_name
        for address in (*inside(customer).values(), *outside(customer).values())
    }

    assert {place.name for place in pages} | OPEN - {"nav-notification"} <= seen | DOWNLOADS


def test_nobody_is_sent_to_the_log_in_from_every_page(pages, actions):
    for place in pages:
        answer = Client().get(place.url)
        assert (answer.status_code, answer.url.split("?")[0]) == (302, "/accounts/login/"), place
    for place in actions:
        assert Client().post(place.url).status_code == 302, place


def test_a_stranger_finds_nothing_of_another_organization(customer, pages, actions, log_in):
    stranger = log_in(factories.tenant("Stranger Ltd"), "admin")

    for place in pages:
        answer = stranger.get(place.url, follow=True)
        assert answer.status_code == (404 if place.has_id else 200), place
        assert b"World Ltd" not in answer.getvalue(), place
    for place in actions:
        if place.has_id:
            assert stranger.post(place.url).status_code == 404, place


@pytest.mark.parametrize("role", RANKS)
def test_each_role_sees_and_does_what_it_may(customer, pages, actions, log_in, role):
    client = log_in(customer.tenant, role)

    for place in pages:
        expected = 200 if may(role, place.role) else 403
        assert client.get(place.url, follow=True).status_code == expected, place
    for place in actions:
        if not may(role, place.role):
            assert client.post(place.url).status_code == 403, place


def test_no_page_asks_the_database_too_often(customer, pages, log_in):
    admin = log_in(customer.tenant, "admin")
    admin.get(reverse("account"))  # what the first page after a log-in writes is no page's own

    for place in pages:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            admin.get(place.url)
        asked = [query["sql"] for query in captured if not _FRAME.match(query["sql"])]
        assert len(asked) <= MOST_QUERIES or place.network, f"{place}: {len(asked)}"


def test_no_page_holds_a_script_or_a_style_of_its_own(customer, pages, log_in):
    admin = log_in(customer.tenant, "admin")

    for place in pages:
        text = admin.get(place.url, follow=True).getvalue().decode()
        if not text.startswith("<!doctype"):
            continue
        assert not re.search(r"<script(?![^>]*\bsrc=)", text), place
        assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", text), place
        assert len(re.findall("<h1", text)) == 1, place
        assert "None" not in re.sub(r"<[^>]+>", "", text), place


def test_every_link_leads_somewhere(customer, pages, log_in):
    admin = log_in(customer.tenant, "admin")
    links: set[str] = set()
    for place in pages:
        text = admin.get(place.url, follow=True).getvalue().decode()
        links |= {link.replace("&amp;", "&") for link in re.findall(r'href="(/[^"#]*)"', text)}
    distinct = {re.sub(r"[0-9a-f-]{36}", "id", link): link for link in sorted(links)}

    for link in distinct.values():
        if not link.startswith(("/static/", "/admin/", "/api/")):
            assert admin.get(link, follow=True).status_code == 200, link


def test_a_secret_never_stands_on_a_page(customer, pages, log_in):
    admin = log_in(customer.tenant, "admin")

    for place in pages:
        assert b"world-secret" not in admin.get(place.url, follow=True).getvalue(), place
