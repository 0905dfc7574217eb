"""Rows for tests: plain functions with good defaults, to be called inside or outside of a scope."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Any

from django.utils import timezone

from connectors.models import Connection
from connectors.secrets import seal_secret
from tenants.access import Member
from tenants.keyring import key_create
from tenants.models import ApiToken, Membership, Role, Tenant, User
from tenants.scoping import tenant_scope
from tenants.services import api_key_create

_numbers = count(1)
PASSWORD = "correct horse battery staple"


def tenant(name: str = "Kestrel Ltd", *, time_zone: str = "Europe/Berlin") -> Tenant:
    """Return a tenant with a data key, ready to hold secrets."""
    made = Tenant.objects.create(name=name, slug=f"tenant-{next(_numbers)}", time_zone=time_zone)
    with tenant_scope(made.pk):
        key_create(made.pk)
    return made


def user(email: str = "", password: str = PASSWORD) -> User:
    return User.objects.create_user(email or f"person{next(_numbers)}@kestrel.example", password)


def member(of: Tenant, role: Role | str = Role.ADMIN, who: User | None = None) -> Member:
    """Return a person who belongs to the tenant with this role."""
    person = who or user()
    with tenant_scope(of.pk):
        Membership.objects.create(user=person, role=role)
    return Member(of, Role(role), user=person)


def api_key(of: Tenant, role: Role | str = Role.ADMIN, **more: Any) -> tuple[ApiToken, str]:
    """Return the row of a new API key and the key itself."""
    with tenant_scope(of.pk):
        return api_key_create(f"key {next(_numbers)}", role, **more)


def connection(
    of: Tenant,
    kind: str = "nav",
    *,
    settings: Mapping[str, Any] | None = None,
    secret: Mapping[str, str] | None = None,
) -> Connection:
    """Return a connection of the tenant to a server that does not exist."""
    defaults = {
        "nav": {
            "base_url": "https://nav.example:7048/BC/",
            "token_url": "https://id.example/token",
        },
        "jaggaer": {
            "base_url": "https://j1p.example/j1p/api/public",
            "token_url": "https://id.example/token",
        },
    }
    values = secret or {"client_id": "client-4711", "client_secret": "s3cr3t-of-4711"}
    row = Connection(
        tenant=of,
        kind=kind,
        name=f"{kind} {next(_numbers)}",
        settings=dict(settings or defaults.get(kind, {})),
        secret_set_at=timezone.now(),
        secret_hint=str(values.get("client_id", ""))[-4:],
    )
    with tenant_scope(of.pk):
        row.secret = seal_secret(row, values)
        row.save()
    return row
