"""From a connection's row to a connector that is ready to use."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings

from connectors import registry
from connectors.base import SettingsError
from connectors.errors import ConfigurationError
from connectors.http.answer import Exchange
from connectors.http.egress import Egress, Mode
from connectors.http.kept import Kept
from connectors.models import Connection
from connectors.secrets import SecretValues, unseal_secret
from connectors.throttle import DatabaseThrottle
from connectors.tokens import DatabaseTokenStore
from tenants.keyring import SealError

_NAMES_HOLD = 300.0  # seconds after which the names of our own servers are looked up again
_USUAL_PORTS = {
    "http": 80,
    "https": 443,
    "postgresql": 5432,
    "postgres": 5432,
    "redis": 6379,
    "rediss": 6379,
    "amqp": 5672,
    "amqps": 5671,
}
Observer = Callable[[Exchange], None]


def open_connector(connection: Connection, observer: Observer | None = None) -> Any:
    """Return the connector of a connection, wired to shared tokens, slots and budget.

    Call it inside the tenant's scope and use it outside: its requests refuse to run in a
    transaction. `observer` is told of every exchange. Raises ConfigurationError with code
    `kind_unknown`, `secret_missing`, `secret_unreadable` or `settings_invalid`. Close it if it has
    a `close`.
    """
    cls = _class_of(connection)
    secret = _secret_of(connection)
    try:
        values = cls.parse(connection.settings, secret)
    except SettingsError as error:
        raise ConfigurationError(str(error), code="settings_invalid") from error
    throttle = DatabaseThrottle(cls.principal(values, secret))
    wiring = registry.Wiring(
        egress=egress(),
        tokens=DatabaseTokenStore(connection.tenant_id, connection.pk),
        throttle=throttle,
        observer=_both(throttle.seen, observer),
        kept=_kept(connection.pk, json.dumps(values, sort_keys=True, default=str)),
    )
    return cls.open(values, secret, wiring)


@lru_cache(maxsize=256)
def _kept(connection_id: UUID, settings: str) -> Kept:
    """Return what this process knows of a connection's server, under these settings."""
    return Kept()


def egress() -> Egress:
    """Return the address guard of this installation, closed towards our own servers."""
    return _egress(
        settings.EGRESS_MODE,
        tuple(settings.EGRESS_ALLOW),
        settings.EGRESS_LOOPBACK,
        tuple(sorted(set(_own_servers()))),
        int(time.monotonic() // _NAMES_HOLD),
    )


@lru_cache(maxsize=8)
def _egress(
    mode: str, allow: tuple[str, ...], loopback: bool, own: tuple[str, ...], _period: int
) -> Egress:
    # Outside production, where loopback is open, a list alone says that this is self-hosted.
    return Egress(
        Mode.SELFHOSTED if allow and loopback else mode,
        allow,
        deny=[rule for server in own for rule in _rules(server)],
        loopback_allowed=loopback,
    )


def _own_servers() -> Iterator[str]:
    """Yield `host:port` of database, broker, mail server, pages and admin, as far as they are
    reached by TCP."""
    for database in settings.DATABASES.values():
        host = str(database.get("HOST") or "")
        if host and not host.startswith("/"):
            yield f"{host}:{database.get('PORT') or 5432}"
    for url in (
        settings.DATABASE_OWNER_URL,
        settings.SUPPORT_DATABASE_URL,
        settings.BROKER_URL,
        settings.PUBLIC_URL,
        settings.ADMIN_URL,
    ):
        parts = urlsplit(url)
        port = parts.port or _USUAL_PORTS.get(parts.scheme)
        if parts.hostname and port:
            yield f"{parts.hostname}:{port}"
    if settings.EMAIL_HOST:
        yield f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"


def _rules(server: str) -> list[str]:
    """Return an entry for the name and one for each address that it has now."""
    host, _, port = server.rpartition(":")
    try:
        found = {str(answer[4][0]) for answer in socket.getaddrinfo(host, int(port))}
    except OSError:
        found = set()
    return [f"[{one}]:{port}" for one in sorted({host, *found})]


def _class_of(connection: Connection) -> Any:
    try:
        return registry.get(connection.kind)
    except registry.UnknownKind:
        raise ConfigurationError(
            f"No connector for {connection.kind} is installed.", code="kind_unknown"
        ) from None


def _secret_of(connection: Connection) -> SecretValues:
    try:
        secret = unseal_secret(connection)
    except SealError:
        raise ConfigurationError(
            "The stored credentials cannot be opened. Enter them again.", code="secret_unreadable"
        ) from None
    if secret is None:
        raise ConfigurationError("No credentials were entered yet.", code="secret_missing")
    return secret


def _both(first: Observer, second: Observer | None) -> Observer:
    def observe(exchange: Exchange) -> None:
        first(exchange)
        if second is not None:
            second(exchange)

    return observe
