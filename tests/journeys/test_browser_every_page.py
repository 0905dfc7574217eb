"""Every page in a real browser, light and dark: axe finds nothing, and no request fails."""

from __future__ import annotations

import pytest

from tests import factories
from tests.browser import browsing, violations, watch
from tests.journeys.test_browser_shots import inside, log_in, outside
from tests.pages import sample

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


def test_browser_finds_no_fault_on_any_page_light_or_dark(live_server, monkeypatch, tmp_path):
    with sample.customer(tmp_path) as customer, browsing(monkeypatch) as browser:
        person = factories.member(customer.tenant, "admin").user
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        errors, failed = watch(page), failures(page)
        found = look(page, live_server.url, [*outside(customer).values()])
        log_in(page, live_server.url, person)
        found += look(page, live_server.url, [*inside(customer).values()])

    assert errors == []
    assert failed == []
    assert found == []


def look(page, root: str, addresses: list[str]) -> list[str]:
    """Visit each page once and look at it in both schemes; returns what axe objects to."""
    found = []
    for address in addresses:
        page.goto(root + address)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            found += [f"{scheme} {one}" for one in violations(page)]
    return found


def failures(page) -> list[str]:
    """Return a list that collects every request that fails or is answered with an error."""
    seen: list[str] = []
    page.on("requestfailed", lambda asked: seen.append(f"{page.url}: {asked.url}"))
    page.on(
        "response",
        lambda answer: seen.append(f"{answer.status} {answer.url}") if answer.status > 399 else 0,
    )
    return seen
