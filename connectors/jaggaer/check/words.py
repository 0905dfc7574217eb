"""The words of findings: labels, fixes, and how an error becomes one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.base import Finding, FindingStatus
from connectors.errors import (
    AuthenticationError,
    ConfigurationError,
    ConnectorError,
    RateLimited,
    TemporaryError,
)

PASS, WARN, FAIL = FindingStatus.PASS, FindingStatus.WARN, FindingStatus.FAIL
UNPROVEN = FindingStatus.UNPROVEN

LABELS = {
    "address": "Addresses",
    "tls": "Secure connection",
    "token": "OAuth token",
    "clock": "Clock",
    "http_json": "Answers in JSON",
    "rights": "Modules that may be read",
    "wrapper": "Records found in lists",
    "page_size": "Page size",
    "paging": "Paging",
    "filter": "Filter by change time",
    "order": "Order of lists",
    "stable_ids": "Ids stay the same",
    "detail": "Details",
    "required_fields": "Required fields",
    "vocabulary": "Status words",
    "segments": "Coding segments",
    "shares": "Shares of splits",
    "totals": "Totals add up",
    "write_back": "Write-back",
    "profile": "Profile",
}

_FIXES = {
    "invalid_client": "Enter client id and client secret again, exactly as JAGGAER gave them.",
    "token_refused": "Enter client id and client secret again, exactly as JAGGAER gave them.",
    "authentication": "Enter the credentials again; ask whether they belong to this gateway.",
    "token_url": "Correct the token address; it ends with /protocol/openid-connect/token.",
    "token_missing": "Correct the token address, or token.response of the profile.",
    "token_away": "Open the token address in a browser: a log-in page means a wrong address.",
    "html_answer": "Correct the API address: what answers there is a web page.",
    "not_json": "Correct the API address: what answers there is no API.",
    "path_not_found": "Correct the API address, or the paths of the profile.",
    "source_refused": "Compare paths and filters of the profile with the onboarding document.",
    "tls": "Have the certificate of the server put right; verification is never switched off.",
    "unreachable": "Check host and port, and whether JAGGAER must allow our address.",
    "dns_failure": "Check the spelling of the host.",
    "timeout": "Try again; if it stays, ask whether JAGGAER must allow our address.",
    "redirect_refused": "Enter the address that the old one points to.",
}


def spoken(*flows: str) -> str:
    """Return names of flows as people say them: suppliers, purchase orders."""
    return ", ".join(flow.replace("_", " ") for flow in flows)


def tally(counts: Mapping[str, int]) -> str:
    """Return counts by flow in words: 3 suppliers, 2 purchase orders."""
    return ", ".join(f"{count} {spoken(flow)}" for flow, count in counts.items())


def fix_of(error: ConnectorError) -> str:
    """What the administrator does about an error."""
    if error.code in _FIXES:
        return _FIXES[error.code]
    if isinstance(error, RateLimited):
        return f"Wait {error.retry_after:.0f} seconds, then check again."
    if isinstance(error, TemporaryError):
        return "Check again later; if it stays, ask the customer's JAGGAER team."
    if isinstance(error, AuthenticationError):
        return _FIXES["authentication"]
    if isinstance(error, ConfigurationError):
        return "Correct the settings of the connection or its profile."
    return "Ask support; quote the time of this check."


def facts_of(error: ConnectorError) -> dict[str, Any]:
    """Status, request id and detail of an error, as far as it has them."""
    facts = {"status": error.status, "request_id": error.request_id, "detail": error.detail[:300]}
    return {name: value for name, value in facts.items() if value}


def finding(
    code: str,
    status: FindingStatus,
    message: str,
    fix: str = "",
    evidence: Mapping[str, Any] | None = None,
) -> Finding:
    return Finding(code, LABELS[code], status, message, fix, evidence or {})
