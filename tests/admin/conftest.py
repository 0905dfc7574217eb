"""The admin as its own process has it: mounted, and reading as the role of support.

The support connection is a second one with another role, so it sees what is committed: these tests
are transactional.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.apps import apps
from django.conf import settings as django_settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.management import create_permissions
from django.db import connections
from django.test import Client
from django.utils import timezone
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from audit.models import AuditEvent
from connectors.models import Connection
from sync.models import (
    Document,
    Flow,
    Integration,
    LedgerFinding,
    MappingEntry,
    Notice,
    Outcome,
    Refusal,
    ReviewItem,
    Run,
    RunState,
    Subscription,
    Trigger,
    Version,
    Write,
)
from sync.services.erasures import contact_erase
from sync.services.webhooks import webhooks_enable
from tenants.models import ApiToken, Tenant, User
from tenants.scoping import tenant_scope
from tenants.services.staff import StaffRole, staff_set
from tenants.support.access import make_groups
from tests import factories
from tests.api import rows as make

CANARY = "canary-7f3a9c-in-a-coal-mine"
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
PROVED = "support_second_factor"


@pytest.fixture(scope="module", autouse=True)
def support_alias(django_db_setup: None) -> Iterator[None]:
    """Give this process the address that only the admin's process has."""
    entry = copy.deepcopy(connections.settings["default"])
    entry["OPTIONS"]["options"] = f"-c role={django_settings.DATABASE_SUPPORT_ROLE}"
    connections.settings["support"] = entry
    yield
    connections["support"].close()
    del connections["support"], connections.settings["support"]


@pytest.fixture(autouse=True)
def admin_process(support_alias: None, transactional_db: None, settings: Any) -> None:
    """Mount the admin, ask staff for a second factor, and make the roles that truncation took."""
    settings.ROOT_URLCONF = "tests.admin.urls"
    settings.STAFF_TOTP = True
    create_permissions(apps.get_app_config("tenants"), verbosity=0)
    make_groups()


@pytest.fixture
def staff() -> Callable[[str], User]:
    """Make somebody of the staff: "reader", "operator" or "superuser"."""
    return lambda role: staff_set(
        f"{role}@support.example", StaffRole(role), password=factories.PASSWORD
    )


@pytest.fixture
def logged_in(staff: Callable[[str], User]) -> Callable[[str], Client]:
    """Return a browser in which somebody of this role has shown both factors."""

    def enter(role: str) -> Client:
        return browser_of(staff(role), proved=True)

    return enter


@pytest.fixture
def operator(logged_in: Callable[[str], Client]) -> Client:
    return logged_in("operator")


def browser_of(user: User, *, proved: bool = False) -> Client:
    """Return a browser with a session of this user."""
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    if proved:
        session = client.session
        session[PROVED] = str(user.pk)
        session.save()
    return client


def enroll(user: User) -> tuple[TOTP, list[str]]:
    """Give a user an authenticator and recovery codes."""
    return TOTP.activate(user, TOTP_SECRET), RecoveryCodes.activate(user).generate_codes()


@dataclass
class Customer:
    """A tenant with one row of everything that support can look at."""

    tenant: Tenant
    person: User
    key: ApiToken
    raw_key: str
    connection: Connection
    integration: Integration
    flow: Flow
    run: Run
    outcome: Outcome
    invoice: Document
    parked: Document
    review: ReviewItem
    write: Write
    mapping: MappingEntry

    def events(self, action: str) -> list[AuditEvent]:
        with tenant_scope(self.tenant.pk):
            return list(AuditEvent.objects.filter(action=action).order_by("seq"))


@pytest.fixture
def customer() -> Customer:
    return a_customer("Kestrel Ltd", "ap@kestrel.example")


@pytest.fixture
def neighbor() -> Customer:
    return a_customer("Osprey GmbH", "ap@osprey.example")


def a_customer(name: str, mail: str) -> Customer:
    """Return a customer whose every secret is the canary."""
    tenant = factories.tenant(name)
    person = factories.member(tenant, who=factories.user(mail)).user
    key, raw_key = factories.api_key(tenant)
    integration = make.integration(tenant)
    invoice, parked = _documents(integration, name)
    review = make.park(parked)
    make.link(invoice, number=f"PI-{name[:3].upper()}-1")
    with tenant_scope(tenant.pk):
        connection = _connection(integration)
        flow = Flow.objects.get(integration=integration, resource="invoices")
        run = _run(integration, flow)
        outcome = Outcome.objects.create(
            run=run,
            document=parked,
            reference=parked.reference,
            decision="park",
            state="parked",
            reasons=parked.reasons,
            currency="USD",
            amount=Decimal("119.50"),
        )
        write = _write(integration, invoice)
        mapping = MappingEntry.objects.create(
            integration=integration,
            kind="ledger_account",
            source_code=f"TRAVEL {name}",
            target_code="6110",
        )
        _seldom(integration, invoice)
    return Customer(
        tenant, person, key, raw_key, connection, integration, flow, run, outcome, invoice, parked,
        review, write, mapping,
    )  # fmt: skip


def _documents(integration: Integration, name: str) -> tuple[Document, Document]:
    short = name[:3].upper()
    invoice = make.document(
        integration,
        reference=f"I-{short}-1",
        supplier_reference=f"2026/{short}/17",
        number_key=f"2026/{short}/17",
        number_loose_key=f"2026{short}17",
        supplier_name=f"{name} Paper Mill",
        supplier_source_id=f"V-{short}",
        state="written",
        match={"sentence": "119.50 USD fits order PO-1: 1 line within every limit."},
        lines=[{"number": 1, "description": "Pipette tips", "quantity": "10", "amount": "119.50"}],
    )
    parked = make.document(integration, reference=f"I-{short}-2")
    with tenant_scope(integration.tenant_id):
        Version.objects.create(
            document=invoice,
            number=2,
            source_version="2",
            payload={"clientSecret": CANARY, "bankAccount": CANARY, "note": f"Bearer {CANARY}A1"},
            content={"_": "Invoice", "lines": []},
            received_at=timezone.now(),
        )
    return invoice, parked


def _connection(integration: Integration) -> Connection:
    connection = Connection.objects.get(pk=integration.ledger_id)
    connection.settings |= {"password": CANARY}
    connection.findings = [{"code": "token", "label": "Log-in", "status": "fail", "token": CANARY}]
    connection.health, connection.health_message = "attention", f"client_secret={CANARY}"
    connection.save()
    return connection


def _run(integration: Integration, flow: Flow) -> Run:
    return Run.objects.create(
        integration=integration,
        flow=flow,
        trigger=Trigger.API,
        state=RunState.FAILED,
        queued_at=timezone.now(),
        error={
            "code": "internal",
            "message": "Something went wrong on our side. Quote 0123456789ab to support.",
            "cause": "Something went wrong on our side.",
            "owner": "support",
            "fix": "Quote the reference number to support.",
        },
    )


def _seldom(integration: Integration, document: Document) -> None:
    """Add what few customers have: a remembered refusal, a finding, notifications, an erasure."""
    now = timezone.now()
    Refusal.objects.create(
        integration=integration,
        step="purchase_invoice create",
        subject={"vendor": "", "account": "6110", "dimensions": {}},
        cause="ledger_refused:6110",
        words=f"Account 6110 is blocked. Authorization: Bearer {CANARY}A1",
        document=document,
        first_at=now,
        last_at=now,
        try_at=now,
    )
    LedgerFinding.objects.create(
        integration=integration,
        document=document,
        effect="purchase_invoice",
        kind="missing",
        number="PI-FOUND-1",
        differences=[{"field": "amount", "ours": "119.50", "ledger": "120.00"}],
        first_seen_at=now,
        last_seen_at=now,
    )
    webhooks_enable(integration)
    subscription = Subscription.objects.order_by("pk")[0]
    Notice.objects.create(subscription=subscription, stamp="updated", received_at=now)
    contact_erase(mail=f"{CANARY}@supplier.example")


def _write(integration: Integration, document: Document) -> Write:
    return Write.objects.create(
        integration=integration,
        connection=integration.ledger,
        document=document,
        kind="purchase_invoice",
        operation="create",
        natural_key=f"INV|V1|{document.reference}",
        content={"number": "1", "access_token": CANARY},
        digest="d",
        state="confirmed",
    )


@pytest.fixture
def beat_entry() -> PeriodicTask:
    every = IntervalSchedule.objects.create(every=2, period=IntervalSchedule.SECONDS)
    return PeriodicTask.objects.create(name="tick", task="sync.tasks.tick", interval=every)


@pytest.fixture
def staff_log() -> LogEntry:
    return LogEntry.objects.create(
        user=factories.user(), object_id="1", object_repr="tick", action_flag=CHANGE,
        change_message="Pause. Upgrade of the database.",
    )  # fmt: skip
