"""Connections as support sees them: settings, health and findings, never a credential."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from audit.redaction import redact
from connectors import registry
from connectors.models import AccessToken, Connection, Health
from connectors.services import connection_ping
from tenants.models import Tenant
from tenants.support.base import SupportAdmin, column
from tenants.support.cells import Badge, agreeing, badge, badge_as, list_of, page_of, spoken
from tenants.support.filters import word_filter
from tenants.support.interventions import Intervention
from tenants.support.reading import rows
from tenants.support.sections import Facts, Raw, Section, Table, Watch, panel, watch
from tenants.support.supportsite import site

_LARGE = ("profile", "page_services")  # settings too large for a line


def _ping(chosen: list[Connection], choices: Mapping[str, Any]) -> str:
    """Check each connection outside of any scope, since it speaks to the other system."""
    pings = [connection_ping(one.tenant_id, one.pk) for one in chosen]
    well = sum(ping.ok for ping in pings)
    return f"{well} of {len(pings)} checked without a failure; the findings are on their pages."


def _system(kind: str) -> str:
    """Return the name of the system that a kind of connection speaks to."""
    return registry.get(kind).label


def _health(connection: Connection) -> Badge:
    return badge_as(connection.health, connection.get_health_display().lower())


@admin.register(Connection, site=site)
class ConnectionAdmin(SupportAdmin):
    """A customer's access to one system."""

    find_help = "connection name or host"
    menu = "Customers"
    list_display = (
        "name",
        "customer",
        column("kind", show=_system),
        "health_",
        column("last_ping_at", "Last checked", empty="never"),
        "health_message_",
    )
    list_filter = (
        *SupportAdmin.list_filter,
        word_filter("kind", ("jaggaer", "nav"), show=_system),
        "health",
    )
    interventions = (
        Intervention(
            "ping",
            "Ping",
            "Checks the other system now. It reads there, changes nothing, and may take a minute.",
            _ping,
            scoped=False,
            about="connection",
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).defer("secret")

    def terms(self, text: str) -> Q | None:
        found = Q(name__istartswith=text)
        if "." in text and len(text) > 5:
            found |= Q(settings__base_url__icontains=text)
        return found

    def hint(self, row: Connection) -> str:
        return f"{_system(row.kind)}, {row.get_health_display().lower()}"

    @admin.display(description="Health")
    def health_(self, row: Connection) -> Any:
        return self.cell(_health(row))

    @admin.display(description="Message")
    def health_message_(self, row: Connection) -> str:
        return redact(row.health_message)[:100]

    def sections(self, request: HttpRequest, row: Connection) -> Iterator[Section]:
        yield Facts(
            "Connection",
            [
                ("Kind", _system(row.kind)),
                ("Health", _health(row)),
                ("Message", redact(row.health_message)),
                ("Last checked", row.last_ping_at or "never"),
                ("Client id ends with", row.secret_hint),
                ("Credentials set", row.secret_set_at or Badge("none", "bad")),
                ("Secret valid until", _end(row)),
                ("Token", _token(row)),
                ("Added", row.created_at),
                ("Changed", row.updated_at),
                ("Id", row.pk),
            ],
        )
        yield Facts("Settings", _settings(row))
        yield _findings(row)
        for name in _LARGE:
            if isinstance(row.settings.get(name), Mapping):
                yield Raw(f"Setting {name}", row.settings[name])
        yield Raw("What the system is capable of", row.capabilities)


def _settings(connection: Connection) -> list[tuple[str, Any]]:
    """Return the settings that fit a line, under the names that the customer's form gives them."""
    known = registry.get(connection.kind).settings_schema["properties"]
    return [
        (known.get(name, {}).get("title") or spoken(name).capitalize(), value)
        for name, value in redact(connection.settings).items()
        if name not in _LARGE
    ]


def _end(connection: Connection) -> Any:
    """Say when the secret ends, in colour when that is near."""
    near = connection.expiry_now
    if near is None:
        return connection.secret_valid_until or "not known"
    return Badge(str(near.until), "bad" if near.is_over else "warn")


def _token(connection: Connection) -> Any:
    """Say how long the newest token holds, or why there is none; never the token."""
    newest = (
        rows(AccessToken)
        .defer("token")
        .filter(connection=connection)
        .order_by("-generation")
        .first()
    )
    if newest is None:
        return "none was needed yet"
    if newest.failure and (newest.expires_at is None or newest.failed_at > newest.expires_at):
        return Badge("refused", "bad")
    return {"holds until": newest.expires_at}


def _findings(connection: Connection) -> Table:
    return Table(
        "Findings of the last check",
        ("Result", "Check", "Message", "Fix"),
        [
            (badge(one.get("status", "")), one.get("label", ""), one.get("message"), one.get("fix"))
            for one in redact(connection.findings)
        ],
        empty="It was never checked.",
    )


@panel(Tenant, place=1)
def connections_of(request: HttpRequest, tenant: Tenant) -> Iterator[Section]:
    """Show the health of the customer's connections on its page."""
    found = rows(Connection).defer("secret").filter(tenant=tenant).order_by("kind", "name")
    yield Table(
        "Connections",
        ("Name", "Kind", "Health", "Message", "Last checked"),
        [
            (
                page_of(one),
                _system(one.kind),
                _health(one),
                redact(one.health_message),
                one.last_ping_at or "never",
            )
            for one in found[:20]
        ],
        empty="None: nothing can be read or posted.",
        more=list_of(Connection, "All connections", tenant=tenant.pk),
    )


@watch
def connections_to_look_at() -> Iterator[Watch]:
    """Count the connections that do not work."""
    count = rows(Connection).filter(health=Health.ATTENTION).count()
    link = list_of(Connection, "Connections", health__exact=Health.ATTENTION.value)
    title = agreeing(count, "connection needs attention", "connections need attention")
    yield Watch(title, count, link)
