"""Every page in a real browser: axe finds nothing, light or dark, and no request fails.

The keyboard alone reaches and does everything.
"""

from __future__ import annotations

import pytest
from django.urls import reverse

from sync.models import Document
from tests import factories
from tests.browser import OF_COLORS, browsing, violations, watch
from tests.journeys import keyboard
from tests.journeys.test_browser_shots import inside, log_in, outside, too_wide
from tests.pages import sample

WALKED = (
    *("today", "review", "document-parked", "runs"),
    *("setup-booking", "members", "connection-edit"),
)
WIDE = {"width": 1280, "height": 900}
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


def test_browser_finds_no_fault_on_any_page_light_or_dark_or_by_keyboard(
    live_server, monkeypatch, tmp_path
):
    with sample.customer(tmp_path) as customer, browsing(monkeypatch) as browser:
        person = factories.member(customer.tenant, "admin").user
        page = browser.new_page(viewport=WIDE)
        errors, failed = watch(page), failures(page)
        found = look(page, live_server.url, [*outside(customer).values()])
        log_in(page, live_server.url, person)
        addresses = inside(customer)
        found += look(page, live_server.url, [*addresses.values()])
        walk(page, live_server.url, addresses)
        find_an_order(page, live_server.url, customer)
        go_by_the_menu(page, live_server.url)

    assert errors == []
    assert failed == []
    assert found == []


def look(page, root: str, addresses: list[str]) -> list[str]:
    """Visit each page once, in both schemes and in widths between; returns what is wrong."""
    found = []
    for address in addresses:
        page.emulate_media(color_scheme="light")
        page.goto(root + address)
        found += violations(page)
        page.emulate_media(color_scheme="dark")
        found += [f"dark {one}" for one in violations(page, OF_COLORS)]
        found += [f"{address} scrolls sideways at {width}" for width in too_wide(page)]
        page.set_viewport_size(WIDE)
    return found


def walk(page, root: str, addresses: dict[str, str]) -> None:
    """Tab through pages of every build: everything is reached and shows that it is."""
    for name in WALKED:
        page.goto(root + addresses[name])
        passed_by, unseen = keyboard.tab_through(page)
        assert (passed_by, unseen) == ([], []), name


def find_an_order(page, root: str, customer) -> None:
    """Skip the menu, type a number, open what folds; no mouse."""
    with customer.scope():
        order = Document.objects.filter(resource="purchase_order", state="written").first()
    page.goto(root + reverse("today"))
    page.keyboard.press("Tab")
    assert keyboard.here(page) == "Skip to the content"
    assert page.locator(".skip").bounding_box()["y"] >= 0
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == "reference"
    page.keyboard.type(order.reference)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert order.reference in page.inner_text("h1")
    keyboard.reach(page, "Requests to the ledger")
    page.keyboard.press("Enter")
    assert page.locator("aside details[open]").count() == 1


def go_by_the_menu(page, root: str) -> None:
    """On a narrow screen the menu folds: it opens and leads on by the keyboard too."""
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(root + reverse("today"))
    keyboard.reach(page, "Menu")
    page.keyboard.press("Enter")
    keyboard.reach(page, "Runs")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.inner_text("h1") == "Runs"


def failures(page) -> list[str]:
    """Return a list that collects every request that fails or is answered with an error."""
    seen: list[str] = []
    page.on("requestfailed", lambda asked: seen.append(f"{page.url}: {asked.url}"))
    page.on(
        "response",
        lambda answer: seen.append(f"{answer.status} {answer.url}") if answer.status > 399 else 0,
    )
    return seen
