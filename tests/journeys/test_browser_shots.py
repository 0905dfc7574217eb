"""`make shots`: a picture of every page, wide and narrow, light and dark, into shots/."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from sync.mails.outbox import stop_token
from sync.models import (
    Document,
    Flow,
    MappingEntry,
    ReviewItem,
    Run,
    RunMode,
    Ticket,
    Version,
    Write,
)
from sync.services.reviews import review_resolve
from tenants.access import token_digest
from tenants.models import Invitation, Role
from tenants.services import member_invite
from tests import factories, small
from tests.browser import browsing, violations, watch
from tests.pages import sample
from tests.world import control

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser, pytest.mark.shots]

SCHEMES = ("light", "dark")
SIZES = {"wide": (1280, 900), "narrow": (360, 740)}
LONG = (
    "Wasserstraßenbauverwaltungsgesellschaft & Söhne, Zweigniederlassung Nordost (Beteiligungen) AG"
)
BETWEEN = (1280, 1153, 1024, 961, 800)  # at both ends of each form that a page takes
_SCROLLS = """[document.documentElement, ...document.querySelectorAll('.scroll')]
  .some(each => each.scrollWidth > each.clientWidth)"""
OUTSIDE = ("account_login", "signup", "account_reset_password")
PAGES = (
    "today reviews documents mappings suppliers families vendors spend runs reconciliation settings"
    " setup setup-company setup-booking setup-preview setup-live integrations connections members"
    " api-keys audit audit-verify mails support organization account sessions notifications"
    " mfa_index mfa_activate_totp account_change_password"
)


def test_pictures_of_every_page(live_server, monkeypatch, tmp_path):
    folder = Path(settings.BASE_DIR) / "shots"
    folder.mkdir(exist_ok=True)
    with sample.customer(tmp_path) as customer, browsing(monkeypatch) as browser:
        person = factories.member(customer.tenant, "admin").user
        addresses = inside(customer)
        for scheme in SCHEMES:
            page = browser.new_page(color_scheme=scheme)
            errors = watch(page)
            take(page, live_server.url, outside(customer), folder, scheme)
            log_in(page, live_server.url, person)
            take(page, live_server.url, addresses, folder, scheme)
            assert errors == []
        addresses = after_changes(customer)
        for scheme in SCHEMES:
            page = browser.new_page(color_scheme=scheme)
            log_in(page, live_server.url, person)
            take(page, live_server.url, addresses, folder, scheme)
            assert violations(page) == []


def test_pictures_of_an_organization_that_has_nothing_and_a_long_name(live_server, monkeypatch):
    folder = Path(settings.BASE_DIR) / "shots"
    folder.mkdir(exist_ok=True)
    tenant = factories.tenant(LONG)
    person = factories.member(tenant, "admin").user
    person.email = f"{'accounts.payable.' * 5}team@{'subsidiary.' * 6}kestrel.example"
    person.save()
    addresses = {
        f"empty-{name}": reverse(name) for name in PAGES.split() if name != "setup-company"
    }
    with browsing(monkeypatch) as browser:
        for scheme in SCHEMES:
            page = browser.new_page(color_scheme=scheme)
            errors = watch(page)
            log_in(page, live_server.url, person)
            take(page, live_server.url, addresses, folder, scheme)
            assert errors == []


def test_pictures_of_long_names(live_server, monkeypatch, tmp_path):
    folder = Path(settings.BASE_DIR) / "shots"
    folder.mkdir(exist_ok=True)
    with sample.customer(tmp_path) as customer, browsing(monkeypatch) as browser:
        person = factories.member(customer.tenant, "admin").user
        with customer.scope():
            Document.objects.update(
                supplier_name=LONG, reference=f"R{'0123456789' * 4}", supplier_reference="S" * 60
            )
            MappingEntry.objects.update(note=LONG)
        addresses = inside(customer)
        names = "today reviews documents suppliers spend mappings review document order run replay"
        chosen = {f"long-{name}": addresses[name] for name in names.split()}
        for scheme in SCHEMES:
            page = browser.new_page(color_scheme=scheme)
            log_in(page, live_server.url, person)
            take(page, live_server.url, chosen, folder, scheme)
        for name, address in chosen.items():
            page.goto(live_server.url + address)
            assert too_wide(page) == [], name


def test_pictures_of_the_first_documents_before_anything_is_written(
    live_server, monkeypatch, tmp_path
):
    folder = Path(settings.BASE_DIR) / "shots"
    folder.mkdir(exist_ok=True)
    with small.small_world(tmp_path, small.records(3)) as made:
        with made.scope():
            MappingEntry.objects.filter(source_code="CLEANING").delete()
        made.run(*small.FLOWS, mode=RunMode.PREVIEW)
        with browsing(monkeypatch) as browser:
            person = factories.member(made.tenant, "admin").user
            for scheme in SCHEMES:
                page = browser.new_page(color_scheme=scheme)
                log_in(page, live_server.url, person)
                found = {"setup-preview-found": reverse("setup-preview")}
                take(page, live_server.url, found, folder, scheme)
                assert violations(page) == []


def test_pictures_of_what_is_being_found_out_and_of_a_conflict(live_server, monkeypatch, tmp_path):
    folder = Path(settings.BASE_DIR) / "shots"
    folder.mkdir(exist_ok=True)
    lost = {"method": "POST", "path": r"\$batch|purchaseInvoices$", "kind": "reset", "times": 0}
    with small.small_world(
        tmp_path, small.records(1), nav_settings={"settle_seconds": 1020}
    ) as made:
        made.run(*small.FLOWS[:2])
        control(made.nav, "scenario", {"faults": [{**lost, "phase": "after"}]})
        made.run(small.FLOWS[2])
        with made.scope():
            document = Document.objects.get(resource="invoice")
        address = {"document-unknown": reverse("document", args=[document.pk])}
        with browsing(monkeypatch) as browser:
            person = factories.member(made.tenant, "operator").user
            pages = [browser.new_page(color_scheme=scheme) for scheme in SCHEMES]
            for scheme, page in zip(SCHEMES, pages, strict=True):
                log_in(page, live_server.url, person)
                take(page, live_server.url, address, folder, scheme)
            control(made.nav, "scenario", {"faults": []})
            change = {"set": "purchaseInvoices", "op": "patch", "values": {"dueDate": "2027-01-31"}}
            key = {"vendorInvoiceNumber": small.invoice_number(1)}
            control(made.nav, "records", {**change, "key": key})
            with made.scope():
                Write.objects.update(verify_at=None)
            Ticket.objects.update(due_at=timezone.now(), failures=0)
            made.settle()
            address = {"document-conflict": reverse("document", args=[document.pk])}
            for scheme, page in zip(SCHEMES, pages, strict=True):
                take(page, live_server.url, address, folder, scheme)


def log_in(page, root: str, person) -> None:
    page.goto(root + reverse("account_login"))
    page.fill("[name=login]", person.email)
    page.fill("[name=password]", factories.PASSWORD)
    with page.expect_navigation():
        page.click("main button.main")


def take(page, root: str, addresses: dict[str, str], folder: Path, scheme: str) -> None:
    """Take each page in each size; none may be wider than the window."""
    for name, address in addresses.items():
        for size, (width, height) in SIZES.items():
            page.set_viewport_size({"width": width, "height": height})
            page.goto(root + address)
            page.screenshot(path=folder / f"{name}-{size}-{scheme}.png", full_page=True)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (name, size)


def too_wide(page) -> list[int]:
    """Return the widths at which the page or a table in it must be scrolled sideways."""
    found = []
    for width in BETWEEN:
        page.set_viewport_size({"width": width, "height": 900})
        if page.evaluate(_SCROLLS):
            found.append(width)
    return found


def outside(customer) -> dict[str, str]:
    """Return the pages that need no log-in: sign-up, log-in, and what mailed links lead to."""
    person = factories.member(customer.tenant, "viewer").user
    with customer.scope():
        token = f"{person.pk}-invited"
        invited = member_invite("invited@kestrel.example", Role.VIEWER)
        Invitation.objects.filter(pk=invited.pk).update(token_hash=token_digest(token))
    return {
        **{name: reverse(name) for name in OUTSIDE},
        "signup-finish": reverse("signup-finish", args=["a-mailed-token"]),
        "join": reverse("join", args=[token]),
        "mails-stop": reverse(
            "mails-stop", args=[stop_token(customer.tenant.pk, person.pk, "review")]
        ),
    }


def inside(customer) -> dict[str, str]:
    """Return every page for members, by its name."""
    return {name: reverse(name) for name in PAGES.split()} | one_of_each(customer)


def after_changes(customer) -> dict[str, str]:
    """Change an order at the source and mend a cause; return the pages that tell of it."""
    with customer.scope():
        order = Document.objects.filter(resource="purchase_order", state="written").first()
        newer = Version.objects.get(document=order, number=1)
        newer.pk, newer.number, newer.received_at = None, 2, timezone.now()
        [line, *others] = newer.content["lines"]
        changed = {**line, "unit_price": "4600.5", "amount": "4600.5"}
        added = {**line, "number": 2, "description": "Delivery", "quantity": "3"}
        newer.content = {
            **newer.content,
            "order_date": "2014-05-12",
            "lines": [changed, *others, added],
        }
        newer.save(force_insert=True)
        review = ReviewItem.objects.filter(state="open", cause__startswith="mapping ").first()
        review_resolve(review, action="retry")
    return {
        "document-version-changed": reverse("document-version", args=[order.pk, 2]),
        "review-on-its-way": reverse("review", args=[review.pk]),
        "reviews-on-its-way": reverse("reviews"),
    }


def one_of_each(customer) -> dict[str, str]:
    """Return addresses of things: a cause, documents, a run, a schedule, a connection."""
    with customer.scope():
        documents = Document.objects.filter(resource="invoice")
        written, parked = documents.filter(state="written"), documents.filter(state="parked")
        connection = customer.integration.ledger_id
        supplier = Document.objects.filter(resource="supplier", match__isnull=False).first()
        order = Document.objects.filter(resource="purchase_order", state="written").first()
        of_invoices = Run.objects.filter(flow__resource="invoices").first()
        return {
            "review": reverse("review", args=[ReviewItem.objects.filter(state="open").first().pk]),
            "document": reverse("document", args=[written.first().pk]),
            "supplier": reverse("document", args=[supplier.pk]),
            "order": reverse("document", args=[order.pk]),
            "document-parked": reverse("document", args=[parked.first().pk]),
            "document-preview": reverse("document-preview", args=[parked.first().pk]),
            "document-version": reverse("document-version", args=[written.first().pk, 1]),
            "documents-of-run": f"{reverse('documents')}?run={of_invoices.pk}",
            "replay": f"{reverse('documents-replay')}?run={of_invoices.pk}",
            "run": reverse("run", args=[of_invoices.pk]),
            "schedule": reverse("schedule", args=[Flow.objects.get(resource="invoices").pk]),
            "policy": reverse("policy", args=[customer.integration.pk]),
            "connection": reverse("connection", args=[connection]),
            "connection-check": reverse("connection-check", args=[connection]),
            "connection-edit": reverse("connection-edit", args=[connection]),
            "connection-secret": reverse("connection-secret", args=[connection]),
            "connect-jaggaer": reverse("connection-new", args=["jaggaer"]),
            "connect-nav": reverse("connection-new", args=["nav"]),
        }
