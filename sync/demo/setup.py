"""Sets up the demo's tenants through the product's own services, as a customer would by the API."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audit.context import acting
from connectors.models import Connection
from connectors.services import connection_create
from sync.demo.tenants import STAFF, DemoTenant
from sync.models import Integration
from sync.services.flows import flow_change
from sync.services.integrations import integration_create
from sync.services.mappings import mapping_import
from tenants.models import Membership, Tenant, User
from tenants.scoping import presenting, tenant_scope
from tenants.services import signup
from tenants.services.staff import StaffRole, staff_set

SCHEDULE = {"kind": "interval", "every_minutes": 5}


@dataclass(frozen=True)
class Addresses:
    """Where the sandboxes listen, and the secret that their clients have."""

    jaggaer: str
    nav: str
    secret: str


@dataclass(frozen=True)
class DemoSite:
    """A demo tenant as it lives in the database."""

    demo: DemoTenant
    tenant: Tenant
    integration: Integration


def ensure_site(demo: DemoTenant, at: Addresses, *, password: str) -> DemoSite:
    """Return the demo tenant's integration, made now or by an earlier start."""
    tenant = _tenant(demo, password)
    with acting(actor="system:demo"), tenant_scope(tenant.pk):
        integration = Integration.objects.filter(name=demo.organization).first()
        source, ledger = _connections(demo, at)
        if integration is None:
            integration = integration_create(
                name=demo.organization,
                source=source,
                ledger=ledger,
                company=demo.company,
                policy=dict(demo.policy),
            )
    return DemoSite(demo, tenant, integration)


def ensure_support(password: str) -> None:
    """Let somebody of support look at the demo; an account that is there keeps what it may."""
    if not User.objects.filter(email=STAFF).exists():
        staff_set(STAFF, StaffRole.SUPERUSER, password=password)


def ensure_mappings(site: DemoSite, files: Mapping[str, Path]) -> None:
    """Import mapping files; wrong targets are kept as invalid, as a customer's would be."""
    with acting(actor="system:demo"), tenant_scope(site.tenant.pk):
        site.integration.refresh_from_db()
        for kind, path in files.items():
            with path.open(encoding="utf-8", newline="") as lines:
                rows = list(csv.DictReader(lines))
            mapping_import(site.integration, kind=kind, rows=rows, keep_invalid=True)


def ensure_schedule(site: DemoSite) -> None:
    """Let every flow run by itself, unless somebody chose a schedule already."""
    with acting(actor="system:demo"), tenant_scope(site.tenant.pk):
        for flow in site.integration.flows.all():
            if flow.schedule.get("kind", "manual") == "manual":
                flow_change(flow, schedule=SCHEDULE)


def _tenant(demo: DemoTenant, password: str) -> Tenant:
    user = User.objects.filter(email=demo.email).first()
    if user is None:
        return signup(demo.organization, demo.email, password, demo.time_zone).tenant
    with presenting(user_id=user.pk):
        return Membership.unscoped.select_related("tenant").get(user=user).tenant


def _connections(demo: DemoTenant, at: Addresses) -> tuple[Connection, Connection]:
    secret = {"client_id": demo.client_id, "client_secret": at.secret}
    source = _connection(
        "jaggaer",
        {
            "base_url": f"{at.jaggaer}/j1p/api/public",
            "token_url": f"{at.jaggaer}/auth/realms/J1p-integrations/protocol/openid-connect/token",
            "requests_per_second": 200,
        },
        secret,
    )
    ledger = _connection(
        "nav",
        {"base_url": f"{at.nav}/BC/", "token_url": f"{at.nav}/token", "dialect": demo.dialect},
        secret,
    )
    return source, ledger


def _connection(kind: str, settings: dict[str, Any], secret: dict[str, str]) -> Connection:
    name = f"{kind.upper()} sandbox"
    found = Connection.objects.filter(kind=kind, name=name).first()
    if found is not None:
        return found
    return connection_create(kind=kind, name=name, settings=settings, secret=secret)
