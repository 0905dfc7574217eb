"""Use cases around connections: added, changed, checked, deleted.

All but `connection_ping` and `connection_companies`, which speak to the other system, run inside
the tenant's scope.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import EllipsisType
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from audit import record
from audit.redaction import redact
from connectors import registry
from connectors.base import Company, Finding, FindingStatus, SettingsError
from connectors.mending import tell_mended
from connectors.models import AccessToken, Connection, Health
from connectors.outside import require_outside
from connectors.preflight import as_stored, close, examining, storable
from connectors.runtime import open_connector
from connectors.secrets import seal_secret, unseal_secret
from connectors.uses import uses_of
from tenants.access import find
from tenants.keyring import SealError
from tenants.refusal import Clash, Invalid
from tenants.scoping import tenant_scope

_LONGEST_NAME = 80
_SHOWN_AS_CHANGED = ("profile", "page_services")  # too large to show before and after


@dataclass(frozen=True, slots=True)
class Ping:
    """What a check of a connection found; `ok` when nothing failed."""

    ok: bool
    checked_at: datetime
    duration_ms: int
    findings: tuple[Finding, ...]

    @property
    def remarks(self) -> int:
        """How many findings say what to look at or to fix, though they did not fail."""
        return sum(
            one.status is FindingStatus.WARN
            or (one.status is FindingStatus.UNPROVEN and bool(one.fix))
            for one in self.findings
        )


def connection_create(
    *,
    kind: Any,
    name: Any,
    settings: Any = None,
    secret: Any = None,
    secret_valid_until: date | None = None,
) -> Connection:
    """Add a connection; raises Invalid with the path of each wrong field."""
    cls = _kind(kind)
    title = _name(name)
    _check(cls, settings if settings is not None else {}, secret)
    _not_over(secret_valid_until)
    connection = Connection(kind=kind, name=title, settings=settings or {})
    if secret is not None:
        _set_secret(connection, secret, secret_valid_until)
    _save(connection)
    record(
        "connection.created",
        target=connection,
        facts={"kind": kind, **_until(connection)},
        connection=connection.pk,
    )
    return connection


def connection_update(
    connection: Connection,
    *,
    name: Any = None,
    settings: Any = None,
    secret: Any = None,
    secret_valid_until: date | EllipsisType | None = ...,
) -> Connection:
    """Change what is given: settings key by key (null takes one away), the secret as a whole.

    A new secret forgets the last day of the old one; `...` leaves that of a kept secret alone.
    Settings that lead to another host need the secret anew: else whoever may edit an address could
    have the stored credentials sent to a server of their own.
    """
    cls = _kind(connection.kind)
    changes: dict[str, Any] = {}
    if name is not None and name != connection.name:
        changes["name"] = [connection.name, _name(name)]
        connection.name = changes["name"][1]
    if settings is not None:
        changes |= _merge(connection, settings)
    _check(cls, connection.settings, secret if secret is not None else _kept_secret(connection))
    if secret is None and connection.secret is not None and _leads_elsewhere(changes):
        raise Invalid({"secret": ["The address names another host: enter the credentials again."]})
    if secret is not None:
        until = None if secret_valid_until is ... else secret_valid_until
        _not_over(until)
        _set_secret(connection, secret, until)
    elif secret_valid_until is not ...:
        changes |= _change_end(connection, secret_valid_until)
    if changes or secret is not None:
        _note_changes(connection, changes, replaced=secret is not None)
    return connection


def connection_delete(connection: Connection) -> None:
    """Delete a connection and its secret; raises Clash `connection_in_use`."""
    try:
        with transaction.atomic():
            record("connection.deleted", target=connection, connection=connection.pk)
            connection.delete()
    except ProtectedError as error:
        users = sorted({str(row.pk) for row in error.protected_objects})
        raise Clash(
            "connection_in_use",
            "An integration uses this connection. Delete the integration first.",
            details={"used_by": users},
        ) from None


def connection_ping(tenant_id: UUID, connection_id: UUID) -> Ping:
    """Check a connection and the companies it is used for; reads only, outside of any scope.

    A system that is wrong or away is a finding. What was found is kept with the connection and
    decides its health. Raises Http404 for an unknown connection.
    """
    steps = connection_pinging(tenant_id, connection_id)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def connection_pinging(tenant_id: UUID, connection_id: UUID) -> Generator[Finding, None, Ping]:
    """Ping as a generator: each finding as soon as it is known, at the end what they come to."""
    require_outside()
    checked_at, started = timezone.now(), time.monotonic()
    with tenant_scope(tenant_id):
        connection = find(Connection.objects, connection_id)
        uses = uses_of(connection.pk)
    findings: list[Finding] = []
    steps = examining(connection, uses)
    while True:
        try:
            finding = next(steps)
        except StopIteration as end:
            capabilities = end.value
            break
        findings.append(finding)
        yield finding
    ok = all(finding.status is not FindingStatus.FAIL for finding in findings)
    ping = Ping(ok, checked_at, round((time.monotonic() - started) * 1000), tuple(findings))
    with tenant_scope(tenant_id):
        _keep(connection.pk, ping, capabilities)
    return ping


def connection_companies(tenant_id: UUID, connection_id: UUID) -> list[Company]:
    """Ask a ledger for its companies, outside of any scope; raises the classes of errors.py.

    Their names are kept, so that an integration with one of them can say its name at once.
    """
    require_outside()
    with tenant_scope(tenant_id):
        connector = open_connector(find(Connection.objects, connection_id))
    try:
        if not hasattr(connector, "companies"):
            return []
        companies = list(connector.companies())
    finally:
        close(connector)
    names = {company.id: company.name for company in companies}
    with tenant_scope(tenant_id):
        outdated = Connection.objects.filter(pk=connection_id).exclude(company_names=names)
        outdated.update(company_names=names)
    return companies


def connection_health(connection: Connection, health: str, message: str, code: str = "") -> None:
    """Note what work with a connection has shown; audited when its health changes."""
    before = Connection.objects.select_for_update().values_list("health", flat=True)
    was = before.get(pk=connection.pk)
    if was != health:
        facts = {"health": health, "code": code or "all checks passed"}
        record(
            "connection.health_changed", target=connection, facts=facts, connection=connection.pk
        )
    connection.health, connection.health_message = health, redact(message)[:500]
    connection.save(update_fields=["health", "health_message"])
    if was == Health.ATTENTION and health == Health.OK:
        tell_mended(connection.pk)


def _kind(kind: Any) -> Any:
    try:
        return registry.get(kind if isinstance(kind, str) else "")
    except registry.UnknownKind:
        known = ", ".join(sorted(cls.kind for cls in registry.all()))
        raise Invalid({"kind": [f"One of {known}."]}) from None


def _name(name: Any) -> str:
    trimmed = name.strip() if isinstance(name, str) else ""
    if not trimmed or len(trimmed) > _LONGEST_NAME or not trimmed.isprintable():
        raise Invalid({"name": [f"Between 1 and {_LONGEST_NAME} characters."]})
    return trimmed


def _check(cls: Any, settings: Any, secret: Any) -> None:
    wrong = {
        field: ["An object."]
        for field, value in (("settings", settings), ("secret", secret))
        if value is not None and not isinstance(value, Mapping)
    }
    if wrong:
        raise Invalid(wrong)
    try:
        cls.parse(settings, secret)
    except SettingsError as error:
        raise Invalid({_path(path): list(words) for path, words in error.fields.items()}) from None


def _path(path: str) -> str:
    """Return the path in the request: what does not begin with `secret` is about settings."""
    if path.partition(".")[0] in ("settings", "secret"):
        return path
    return f"settings.{path}"


def _merge(connection: Connection, settings: Any) -> dict[str, Any]:
    """Lay the given settings over the stored ones; return what changed."""
    if not isinstance(settings, Mapping):
        raise Invalid({"settings": ["An object."]})
    before = connection.settings
    after = {key: value for key, value in {**before, **settings}.items() if value is not None}
    connection.settings = after
    return {
        f"settings.{key}": _change(key, before.get(key), after.get(key))
        for key in sorted({*before, *after})
        if before.get(key) != after.get(key)
    }


def _change(key: str, before: Any, after: Any) -> Any:
    if key in _SHOWN_AS_CHANGED or isinstance(before, float) or isinstance(after, float):
        return "changed"
    return [before, after]


def _leads_elsewhere(changes: Mapping[str, Any]) -> bool:
    pairs = (value for key, value in changes.items() if key.endswith("_url"))
    return any(_host(after) not in ("", _host(before)) for before, after in pairs)


def _host(url: Any) -> str:
    try:
        return urlsplit(str(url or "")).hostname or ""
    except ValueError:
        return ""


def _kept_secret(connection: Connection) -> Mapping[str, str] | None:
    try:
        return unseal_secret(connection)
    except SealError:
        return None


def _not_over(until: date | None) -> None:
    if until is not None and until < timezone.localdate():
        raise Invalid(
            {"secret_valid_until": ["This day is over: enter the last day on which it works."]}
        )


def _change_end(connection: Connection, until: date | None) -> dict[str, Any]:
    """Correct the last day of the secret that is kept; warnings begin anew."""
    before = connection.secret_valid_until
    if until == before:
        return {}
    _not_over(until)
    connection.secret_valid_until, connection.secret_warned = until, None
    return {"secret_valid_until": [str(day) if day else None for day in (before, until)]}


def _set_secret(connection: Connection, secret: Mapping[str, Any], until: date | None) -> None:
    connection.secret_valid_until, connection.secret_warned = until, None
    connection.secret = seal_secret(connection, secret)
    connection.secret_set_at = timezone.now()
    connection.secret_hint = str(secret.get("client_id") or secret.get("username") or "")[-4:]
    AccessToken.objects.filter(connection=connection.pk).delete()


def _note_changes(connection: Connection, changes: dict[str, Any], *, replaced: bool) -> None:
    connection.updated_at = timezone.now()
    if replaced or any(key.startswith("settings.") for key in changes):
        connection.health, connection.health_message = Health.UNKNOWN, ""
    _save(connection)
    if changes:
        record("connection.changed", target=connection, changes=changes, connection=connection.pk)
    if replaced:
        record(
            "connection.secret_replaced",
            target=connection,
            changes={"secret": "changed"},
            facts=_until(connection),
            connection=connection.pk,
        )
        tell_mended(connection.pk)


def _until(connection: Connection) -> dict[str, str]:
    day = connection.secret_valid_until
    return {"valid_until": day.isoformat()} if day else {}


def _save(connection: Connection) -> None:
    try:
        with transaction.atomic():
            connection.save()
    except IntegrityError:
        raise Invalid({"name": ["Another connection has this name."]}) from None


def _keep(connection_id: UUID, ping: Ping, capabilities: Mapping[str, Any]) -> None:
    connection = Connection.objects.select_for_update().filter(pk=connection_id).first()
    if connection is None:  # deleted while it was checked
        return
    failed = [one for one in ping.findings if one.status is FindingStatus.FAIL]
    facts = {
        "passed": sum(one.status is FindingStatus.PASS for one in ping.findings),
        "failed": len(failed),
        "codes": [one.code for one in failed],
        "duration_ms": ping.duration_ms,
    }
    record("connection.pinged", target=connection, facts=facts, connection=connection_id)
    connection.last_ping_at = ping.checked_at
    connection.findings = [as_stored(one) for one in ping.findings]
    if ping.ok:
        connection.capabilities = storable(capabilities)
    connection.save(update_fields=["last_ping_at", "findings", "capabilities"])
    first = failed[0] if failed else None
    connection_health(
        connection,
        Health.ATTENTION if first else Health.OK,
        first.message if first else "",
        first.code if first else "",
    )
