"""Marked secrets are planted, the whole job runs through faults, and nobody finds them anywhere."""

from __future__ import annotations

import base64
import io
import json
import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import pytest
import requests
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from celery.signals import before_task_publish
from django.conf import settings as django_settings
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils import timezone

from audit import selectors
from connectors import services
from connectors.models import AccessToken, Connection
from sync.engine.queue import RunActive
from sync.models import Document, Flow, MappingEntry, ReviewItem, Run, Ticket
from sync.tasks import tick
from tenants.keyring import unseal
from tenants.models import ApiToken, Membership, Role
from tenants.services import member_invite
from tests import factories, small
from tests import world as world_module
from tests.isolation.conftest import Browser
from tests.isolation.routes import every_route
from tests.world import World, control

pytestmark = pytest.mark.django_db(transaction=True)


def marked(what: str) -> str:
    return f"Cnry{what}{secrets.token_urlsafe(18)}".replace("-", "x").replace("_", "y")


@dataclass
class Canaries:
    """Every planted secret by its name, and the places where it must not be."""

    planted: dict[str, str] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)

    def plant(self, name: str, value: str = "") -> str:
        self.planted[name] = value or marked(name.replace(" ", ""))
        return self.planted[name]

    def look(self, place: str, text: Any) -> None:
        self.places[place] = self.places.get(place, "") + "\n" + str(text)

    def hits(self) -> list[str]:
        """Return where which secret was found, in any of its spellings."""
        return [
            f"{name} in {place}"
            for name, value in self.planted.items()
            for place, text in self.places.items()
            if any(spelling in text for spelling in _spellings(value))
        ]


def _spellings(value: str) -> set[str]:
    raw = value.encode()
    basic = base64.b64encode(b"api-user:" + raw).decode()
    return {value, quote(value, safe=""), raw.hex(), base64.b64encode(raw).decode(), basic}


@contextmanager
def watched(canaries: Canaries) -> Iterator[None]:
    """Collect log lines as the handlers write them, and what is handed to the broker."""
    lines, sent = io.StringIO(), []
    handler = logging.StreamHandler(lines)
    ours = [h for h in logging.getLogger().handlers if "ProcessorFormatter" in repr(h.formatter)]
    handler.setFormatter(ours[0].formatter)

    def publish(body: Any = None, headers: Any = None, **more: Any) -> None:
        sent.append(json.dumps([body, headers], default=str))

    logging.getLogger().addHandler(handler)
    before_task_publish.connect(publish, weak=False)
    try:
        yield
    finally:
        before_task_publish.disconnect(publish)
        logging.getLogger().removeHandler(handler)
        canaries.look("logs", lines.getvalue())
        canaries.look("task arguments", sent)
        assert '"level"' in lines.getvalue()


@contextmanager
def planted_world(tmp_path: Any, monkeypatch: Any, canaries: Canaries) -> Iterator[World]:
    monkeypatch.setattr("tests.world.SECRET", canaries.plant("client secret"))
    supplier = small.supplier(0)
    supplier["body"]["accountsPayableList"] = {
        "accountsPayable": [
            {
                "sqIntegrationNumber": "ap-1",
                "type": "DirectDeposit",
                "bankAccount": {
                    "type": "Checking",
                    "bankName": "Example Bank",
                    "routingNumber": canaries.plant("routing number"),
                    "bankAccountNumber": canaries.plant("bank account"),
                    "ibanBankAccountNumber": canaries.plant("iban"),
                },
            }
        ]
    }
    records = [supplier, *(small.supplier(number) for number in range(1, small.SUPPLIERS))]
    records += [one for number in (1, 2, 3) for one in (small.order(number), small.invoice(number))]
    with small.small_world(tmp_path, records, nav_settings={"timeout_seconds": 1}) as customer:
        yield customer


def run_with_faults(customer: World, monkeypatch: Any) -> None:
    """The whole job, once through every kind of trouble that likes to print what it holds."""
    customer.run("suppliers")
    for fault in (
        {"kind": "reset", "times": 1},
        {"kind": "status", "status": 401, "times": 1},
        {"kind": "status", "status": 500, "times": 2},
        {"kind": "html", "times": 1},
    ):
        control(customer.nav, "scenario", {"faults": [fault]})
        go_on(customer, "purchase_orders")
    control(customer.nav, "scenario", {"faults": []})
    control(
        customer.jaggaer, "scenario", {"faults": [{"kind": "status", "status": 401, "times": 2}]}
    )
    go_on(customer, "purchase_orders")
    control(customer.jaggaer, "scenario", {"faults": []})
    blow_up(customer, monkeypatch)
    go_on(customer, "purchase_orders")
    go_on(customer, "invoices")


def go_on(customer: World, *flows: str) -> None:
    """Run flows, or whatever an earlier fault has left to be finished first, without waiting."""
    with suppress(RunActive):
        customer.run(*flows)
    Ticket.objects.update(due_at=timezone.now(), failures=0)
    customer.settle()


def blow_up(customer: World, monkeypatch: Any) -> None:
    """Let the wire fail with a mistake of ours that quotes the request, traceback and all."""
    real = requests.Session.send

    def quoting(self: Any, request: Any, **more: Any) -> Any:
        raise RuntimeError(f"cannot send {request.url} {dict(request.headers)} {request.body!r}")

    monkeypatch.setattr(requests.Session, "send", quoting)
    with suppress(RunActive):
        customer.run("purchase_orders")
    try:
        services.connection_ping(customer.tenant.pk, customer.integration.source_id)
        requests.post(customer.nav.url, headers={"Authorization": f"Bearer {world_module.SECRET}"})
    except RuntimeError:
        logging.getLogger("django.request").exception("Internal Server Error: %s", "/ping")
    monkeypatch.setattr(requests.Session, "send", real)


def plant_tokens(customer: World, canaries: Canaries) -> None:
    """Count the access tokens that the sandboxes have given us among the secrets."""
    with customer.scope():
        for row in AccessToken.objects.exclude(token=None):
            place = {"tenant_id": row.tenant_id, "row_id": row.pk, "field": "token"}
            token = json.loads(unseal(row.token, **place))[0]
            canaries.plant(f"access token {token[-6:]}", token)


def people_and_keys(customer: World, canaries: Canaries) -> tuple[Browser, Browser]:
    """Log a person in with password and second factor, use a key, fail with a wrong password."""
    password = canaries.plant("password")
    person = factories.member(customer.tenant, who=factories.user("ada@world.example", password))
    TOTP.activate(
        person.user, canaries.plant("totp seed", base64.b32encode(secrets.token_bytes(20)).decode())
    )
    for number, code in enumerate(RecoveryCodes.activate(person.user).generate_codes()):
        canaries.plant(f"recovery code {number}", f"{code}")
    _, raw = factories.api_key(customer.tenant)
    canaries.plant("api key", raw)
    browser = Browser()
    browser.force_login(person.user, backend="django.contrib.auth.backends.ModelBackend")
    canaries.plant("session id", browser.session.session_key)
    typed = {"login": "ada@world.example", "password": canaries.plant("wrong password")}
    canaries.look("pages", Client().post("/accounts/login/", typed).content.decode())
    typed["password"] = password
    canaries.look("pages", Client().post("/accounts/login/", typed).content.decode())
    return browser, Browser(headers={"Authorization": f"Bearer {raw}"})


def connect_by_key(customer: World, canaries: Canaries) -> None:
    """A connection with a web service key, made and checked against a server that refuses it."""
    with customer.scope():
        made = services.connection_create(
            kind="nav",
            name="by key",
            settings={"base_url": f"{customer.nav.url}/BC/", "auth": "basic"},
            secret={"username": "api-user", "password": canaries.plant("web service key")},
        )
    with suppress(Exception):
        services.connection_ping(customer.tenant.pk, made.pk)


def visit_everything(customer: World, canaries: Canaries, browser: Browser, api: Browser) -> None:
    from types import SimpleNamespace

    with customer.scope():
        invitation = member_invite("new@world.example", Role.VIEWER)
        ids = SimpleNamespace(
            api_keys=ApiToken.objects.first().pk,
            members=Membership.objects.first().pk,
            invitations=invitation.pk,
            connections=Connection.objects.order_by("created_at").last().pk,
            integrations=customer.integration.pk,
            policy=customer.integration.pk,
            mappings=customer.integration.pk,
            entry=MappingEntry.objects.first().pk,
            schedule=Flow.objects.first().pk,
            runs=Run.objects.order_by("-queued_at").first().pk,
            documents=Document.objects.filter(resource="supplier").order_by("source_id").first().pk,
            reviews=getattr(ReviewItem.objects.first(), "pk", customer.integration.pk),
            review=getattr(ReviewItem.objects.first(), "pk", customer.integration.pk),
        )
    for route in every_route():
        if "get" in route.methods:
            for url in route.urls(ids):
                cache.clear()
                _, content = (api if route.is_api else browser).ask("get", url)
                canaries.look(
                    "API answers" if route.is_api else "pages", content.decode("utf-8", "replace")
                )
    canaries.look("metrics", Client().get("/metrics").content.decode())
    with customer.scope():
        canaries.look("audit", "".join(selectors.export()))


def dump(canaries: Canaries) -> None:
    """Write every table as plain text, as its owner; sessions lie under their ids, for a day."""
    with connection.cursor() as cursor:
        cursor.execute("set role none")
        cursor.execute(
            "select relname, relforcerowsecurity from pg_class c where relkind = 'r'"
            " and relnamespace = 'public'::regnamespace and relname <> 'django_session'"
        )
        for table, forced in cursor.fetchall():
            if forced:
                cursor.execute(f'alter table "{table}" no force row level security')
            cursor.execute(f'select t::text from "{table}" t')
            canaries.look("database dump", "\n".join(row for (row,) in cursor.fetchall()))
            if forced:
                cursor.execute(f'alter table "{table}" force row level security')
        cursor.execute(f'set role "{django_settings.DATABASE_APP_ROLE}"')


def whole_story(tmp_path: Any, monkeypatch: Any) -> Canaries:
    canaries = Canaries()
    for name in ("SECRET_KEY", "METRICS_TOKEN"):
        if getattr(django_settings, name):
            canaries.plant(name, getattr(django_settings, name))
    for number, key in enumerate(django_settings.FERNET_KEYS):
        canaries.plant(f"FERNET key {number}", key)
    with watched(canaries), planted_world(tmp_path, monkeypatch, canaries) as customer:
        browser, api = people_and_keys(customer, canaries)
        plant_tokens(customer, canaries)
        run_with_faults(customer, monkeypatch)
        connect_by_key(customer, canaries)
        Ticket.objects.update(rung_at=None, due_at=timezone.now())
        tick()
        plant_tokens(customer, canaries)
        assert any(name.startswith("access token") for name in canaries.planted)
        assert customer.documents(resource="invoice", state="written")
        visit_everything(customer, canaries, browser, api)
    dump(canaries)
    return canaries


def test_no_canary_is_found_after_the_whole_job_with_faults(tmp_path, monkeypatch):
    canaries = whole_story(tmp_path, monkeypatch)

    assert {
        "logs",
        "task arguments",
        "pages",
        "API answers",
        "metrics",
        "audit",
        "database dump",
    } == set(canaries.places)
    assert {place for place, text in canaries.places.items() if len(text) < 60} == set()
    assert "Traceback" in canaries.places["logs"]
    assert "cannot send" in canaries.places["logs"]
    assert "World Ltd" in canaries.places["pages"]
    assert "masked:" in canaries.places["database dump"]
    assert canaries.hits() == []


def test_a_canary_is_found_where_the_redaction_of_logs_is_off(tmp_path, monkeypatch):
    """Negative control: the same search, with one net taken away."""
    monkeypatch.setattr("integration_platform.logging.redact", lambda value: value)
    canaries = Canaries()
    with watched(canaries), planted_world(tmp_path, monkeypatch, canaries) as customer:
        customer.run("suppliers")
        plant_tokens(customer, canaries)
        blow_up(customer, monkeypatch)

    assert any(
        hit.startswith("access token") and hit.endswith("in logs") for hit in canaries.hits()
    )


def test_a_canary_is_found_where_second_factors_are_stored_in_the_clear(monkeypatch):
    """Negative control: allauth as it comes."""
    monkeypatch.setattr("tenants.second_factors.MFAAdapter.encrypt", lambda self, text: text)
    canaries = Canaries()
    TOTP.activate(factories.user(), canaries.plant("totp seed"))
    dump(canaries)

    assert canaries.hits() == ["totp seed in database dump"]
