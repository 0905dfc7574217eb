"""Read-only checks of a connection -> findings, whatever state the other system is in."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from audit.redaction import redact
from connectors import registry
from connectors.base import CompanyUse, Finding, FindingStatus, Side
from connectors.catalogue import explain
from connectors.errors import ConfigurationError, ConnectorError
from connectors.models import Connection
from connectors.runtime import open_connector
from tenants.scoping import tenant_scope

_MOST_FINDINGS = 200


def examining(
    connection: Connection, uses: Sequence[CompanyUse]
) -> Generator[Finding, None, dict[str, Any]]:
    """Let a connection's connector check itself, outside of any scope.

    Yields each finding as soon as it is known, errors on the way among them; returns what the
    system is capable of (empty when something failed).
    """
    failed = False
    capabilities: dict[str, Any] = {}
    connector = None
    try:
        with tenant_scope(connection.tenant_id):
            ending = _ending(connection)
            connector = open_connector(connection)
        if ending:
            yield ending
        for finding in islice(_found(connection, connector, uses), _MOST_FINDINGS):
            failed |= finding.status is FindingStatus.FAIL
            yield finding
        if not failed:
            capabilities = dict(getattr(connector, "capabilities", dict)())
    except ConnectorError as error:
        yield _as_finding(error)
    finally:
        close(connector)
    return capabilities


def as_stored(finding: Finding) -> dict[str, Any]:
    """Return a finding as it is kept and shown."""
    return {
        "code": finding.code,
        "label": finding.label,
        "status": finding.status.value,
        "message": redact(finding.message),
        "fix": redact(finding.fix),
        "evidence": storable(finding.evidence),
    }


def storable(value: Any) -> Any:
    """Return findings or capabilities as JSON, without secrets; what JSON lacks becomes text."""
    match value:
        case Mapping():
            return redact({str(key): storable(item) for key, item in value.items()})
        case list() | tuple() | set() | frozenset():
            return [storable(item) for item in value]
        case None | bool() | int():
            return value
        case _:
            return redact(str(value))


def close(connector: Any) -> None:
    """Close a connector, if it is one and has something to close."""
    closing = getattr(connector, "close", None)
    if closing is not None:
        closing()


def _ending(connection: Connection) -> Finding | None:
    """Say how near the end of the secret is, where a person has entered its last day.

    Never a failure: the day may be wrong, and whether the secret works is for the token to say.
    """
    if connection.secret_valid_until is None:
        return None
    today = timezone.localdate(timezone=ZoneInfo(connection.tenant.time_zone))
    near = connection.expiry_on(today)
    evidence = {"valid_until": connection.secret_valid_until.isoformat()}
    code, label = "secret_end", "End of the client secret"
    if near is None:
        message = f"The client secret is valid until {connection.secret_valid_until}."
        return Finding(code, label, FindingStatus.PASS, message, evidence=evidence)
    message = f"{near.message[:1].upper()}{near.message[1:]}."
    return Finding(code, label, FindingStatus.WARN, message, near.fix, evidence)


def _found(connection: Connection, connector: Any, uses: Sequence[CompanyUse]) -> Iterable[Finding]:
    if Side.LEDGER in registry.get(connection.kind).sides:
        return connector.check(uses)
    return connector.check()


def _as_finding(error: ConnectorError) -> Finding:
    """Turn an error into a red finding with the fix of the catalogue."""
    label = "Settings" if isinstance(error, ConfigurationError) else "Connection"
    fix = explain(error.code)["fix"]
    return Finding(error.code, label, FindingStatus.FAIL, error.message, fix)
