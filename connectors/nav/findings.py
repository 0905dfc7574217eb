"""Findings of a check: their labels, and errors turned into them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from connectors.base import Finding, FindingStatus
from connectors.catalogue import explain
from connectors.errors import ConnectorError

LABELS = {
    "address": "Address",
    "tls": "Secure connection",
    "token": "Log-in",
    "http_json": "Answers in JSON",
    "api_enabled": "API services",
    "metadata": "Services and fields",
    "companies": "Companies",
    "company": "Company",
    "rights": "Rights",
    "accounts": "Ledger accounts",
    "balancing_account": "Balancing account",
    "dimensions": "Dimensions",
    "ledger_setup": "Ledger setup",
    "journal_batch": "Journal batch",
    "journal_vat": "Tax on journal lines",
    "posting": "Posting of invoices",
    "clock": "Clock",
    "paging": "Long lists",
    "filter": "Filters",
    "webhooks": "Notifications",
}


def passed(code: str, message: str, **evidence: Any) -> Finding:
    return Finding(code, LABELS[code], FindingStatus.PASS, message, evidence=evidence)


def warned(code: str, message: str, fix: str = "", **evidence: Any) -> Finding:
    return Finding(code, LABELS[code], FindingStatus.WARN, message, fix, evidence)


def failed(code: str, message: str, fix: str, **evidence: Any) -> Finding:
    return Finding(code, LABELS[code], FindingStatus.FAIL, message, fix, evidence)


def unproven(code: str, message: str, fix: str = "", **evidence: Any) -> Finding:
    return Finding(code, LABELS[code], FindingStatus.UNPROVEN, message, fix, evidence)


def not_checked(code: str, because: str) -> Finding:
    return unproven(code, f"Not checked: {because}")


def from_error(code: str, error: ConnectorError, fix: str = "") -> Finding:
    """Return a red finding for an error, with NAV's words and the catalogue's fix."""
    evidence: dict[str, Any] = {"error": error.code}
    if error.status:
        evidence["http_status"] = error.status
    if error.request_id:
        evidence["request_id"] = error.request_id
    return failed(code, error.message, fix or explain(error.code)["fix"], **evidence)


def guarded(code: str, look: Callable[[], Finding], **evidence: Any) -> Finding:
    """Return what a check finds; an error on the way is a red finding."""
    try:
        found = look()
    except ConnectorError as error:
        found = from_error(code, error)
    merged = {**found.evidence, **evidence}
    return Finding(found.code, found.label, found.status, found.message, found.fix, merged)
