"""From sign-up to the first posted invoice, by a person with a browser, against both sandboxes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from connectors.jaggaer.sandbox import Client, JaggaerSandbox
from connectors.nav.sandbox.app import NavSandbox
from connectors.sandboxing.server import SandboxServer
from tests.browser import browsing, violations, watch
from tests.demo_world import demo_tenant
from tests.pages.sample import small_seeds
from tests.working import work_off

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]

CLIENT, SECRET = "browser-client", "browser-secret"
MOST_FIELDS = 8  # from sign-up to two green checks


@dataclass
class Person:
    """Somebody at the browser; each page that is looked at is checked for barriers."""

    page: Any
    root: str
    barriers: list[str] = field(default_factory=list)
    seen: set[tuple[str, str]] = field(default_factory=set)
    asked: int = 0

    def open(self, path: str) -> None:
        self.page.goto(self.root + path)
        self.look()

    def look(self) -> None:
        """Check the page, each of its states once."""
        state = (re.sub(r"[0-9a-f-]{36}", "id", self.page.url), self.page.inner_text("h1"))
        if state not in self.seen:
            self.seen.add(state)
            self.barriers += violations(self.page)

    def fill(self, **fields: str) -> None:
        for name, value in fields.items():
            self.page.fill(f"main [name={name}]", value)

    def count_fields(self) -> None:
        """Add what the form asks for: every field that a person sees."""
        fields = self.page.locator("main :is(input, select, textarea)")
        self.asked += sum(one.is_visible() for one in fields.all())

    def button(self, words: str) -> Any:
        return self.page.locator("main").get_by_role("button", name=words, exact=True).first

    def press(self, words: str) -> None:
        with self.page.expect_navigation():
            self.button(words).click()
        self.look()

    def follow(self, words: str) -> None:
        with self.page.expect_navigation():
            self.page.locator("main").get_by_role("link", name=words).first.click()
        self.look()

    def await_text(self, words: str) -> None:
        """Look once the page says so by itself, and is whole."""
        self.page.get_by_text(words).wait_for()
        self.page.wait_for_load_state()
        self.look()

    def await_end(self) -> None:
        """Look once the page of a run has seen its end: until then it loads itself anew, which
        would take away another page that is just opened."""
        self.page.locator("main [hx-get]").wait_for(state="detached")
        self.page.wait_for_load_state()
        self.look()

    @property
    def text(self) -> str:
        return self.page.inner_text("main")


@pytest.fixture
def systems(tmp_path) -> Iterator[tuple[SandboxServer, SandboxServer]]:
    jaggaer_seed, nav_seed = small_seeds(tmp_path, written=2, parked=1)
    jaggaer = JaggaerSandbox(
        clients=(Client(CLIENT, SECRET, demo_tenant().dataset),), seeds=[jaggaer_seed]
    )
    nav = NavSandbox(keys={CLIENT: SECRET}, seed=nav_seed)
    with SandboxServer(jaggaer) as source, SandboxServer(nav) as ledger:
        yield source, ledger


@pytest.fixture
def person(live_server, monkeypatch) -> Iterator[Person]:
    with browsing(monkeypatch) as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(60_000)
        errors = watch(page)
        somebody = Person(page, live_server.url)
        yield somebody
        assert errors == []
        assert somebody.barriers == []


def test_browser_from_sign_up_to_the_first_posted_invoice(person, systems):
    source, ledger = systems

    sign_up(person)
    connect(person, source, ledger)
    assert person.asked <= MOST_FIELDS
    decide(person)
    preview_and_map(person)
    go_live(person)

    person.open("/documents/?state=written&resource=invoice")
    person.page.locator("main tbody th a").first.click()
    person.look()
    assert "Everything that the policy asks for stands in the ledger." in person.text
    assert re.search(r"Purchase invoice \d+", person.text)


def sign_up(person: Person) -> None:
    person.open("/signup/")
    person.fill(email="ap@kestrel.example", password="three quiet words here")
    person.count_fields()
    person.press("Sign up")
    assert "Set-up of Kestrel" in person.text
    assert "Connect JAGGAER" in person.text


def connect(person: Person, source: SandboxServer, ledger: SandboxServer) -> None:
    person.follow("Connect JAGGAER")
    person.fill(base_url=f"{source.url}/j1p/api/public", client_id=CLIENT, client_secret=SECRET)
    person.count_fields()
    person.button("Save and check").click()  # the check begins by itself on the page that follows
    person.await_text("JAGGAER works.")
    person.follow("Go on with the set-up")
    person.follow("Connect NAV")
    person.fill(base_url=f"{ledger.url}/BC/")
    person.page.keyboard.press("Tab")
    person.page.get_by_label("Web service access key").wait_for()
    person.fill(client_id=CLIENT, client_secret=SECRET)
    person.count_fields()
    person.button("Save and check").click()
    person.await_text("NAV works.")
    person.follow("Go on with the set-up")


def decide(person: Person) -> None:
    person.follow("Choose the company")
    person.page.get_by_label(demo_tenant().company_name).check()
    person.press("Choose")
    assert work_off(200)
    person.open("/setup/booking/")
    person.fill(
        start_on="2010-01-01",
        journal__balancing_account=demo_tenant().policy["journal"]["balancing_account"],
    )
    person.press("Save the way of booking")
    assert "Preview the first documents" in person.text


def preview_and_map(person: Person) -> None:
    person.press("Preview")
    assert work_off(200)
    person.await_text("What would happen")  # the page looks again by itself
    assert re.search(r"(The first \d+ of \d+|All \d+) invoices", person.text)
    for kind, file in demo_tenant().mappings.items():
        person.open(f"/mappings/?kind={kind}")
        person.page.set_input_files("main [name=file]", str(file))
        person.page.check("main [name=keep_invalid]")
        person.press("Look what changes")
        person.press("Import")
        assert "Imported:" in person.text


def go_live(person: Person) -> None:
    person.open("/setup/live/")
    person.press("Go live")
    assert "You are live." in person.text
    assert work_off(200)
    person.await_end()
    person.open("/")
    assert "Nothing yet" not in person.text
    person.open("/review/")
