"""Is this connection right? Reads only, raises nothing, names cause and fix of what is wrong.

First the way to the instance, rung by rung: where one breaks, the rest is reported as not checked.
Then what it publishes, then each company that an integration uses.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from email.utils import parsedate_to_datetime
from typing import Any

from connectors.base import CompanyUse, Finding, FindingStatus
from connectors.errors import (
    AuthenticationError,
    ConfigurationError,
    ConnectorError,
    NotFound,
    TemporaryError,
    UnexpectedAnswer,
)
from connectors.http.answer import Answer
from connectors.http.egress import EgressRefused, parse_url
from connectors.nav.check_company import CompanyCheck
from connectors.nav.client import Client, Row
from connectors.nav.findings import (
    failed,
    from_error,
    guarded,
    not_checked,
    passed,
    unproven,
    warned,
)
from connectors.nav.metadata import missing, without
from connectors.nav.settings import NavSettings

_WAY = ("address", "tls", "token", "http_json", "api_enabled")
_INSTANCE = ("metadata", "companies", "company", "rights", "accounts", "dimensions")
_LATER = (*_INSTANCE, "journal_batch", "journal_vat", "clock", "paging", "filter")
_CLOCK_SECONDS = 300
_UNREACHABLE = ("unreachable", "timeout", "connection_lost", "tls")

_FIX_API = (
    "Check the instance or environment in the address. On premises enable OData and API services of"
    " the server instance, then Integrate APIs in API Setup. NAV 2018 and older have no API v2.0:"
    " publish their pages as web services."
)
_FIX_USER = (
    "In NAV open Microsoft Entra Applications, add this client id, set its state to Enabled and"
    " give it permission sets; on premises check the server's valid audiences."
)
_FIX_BASIC = "Check user name and web service access key on the user's card in NAV."


class Doctor:
    """One check of one connection; class attributes are what another dialect has otherwise."""

    probe = "companies"
    services = "API v2.0"
    fix_services = _FIX_API
    company_check: type[Any] = CompanyCheck

    def __init__(self, client: Client, settings: NavSettings) -> None:
        self._client = client
        self._settings = settings
        self._companies: list[Row] = []

    def findings(self, uses: Sequence[CompanyUse]) -> Iterator[Finding]:
        answer, way = self._way()
        yield from way
        if answer is None:
            broken = next(found for found in way if found.status is FindingStatus.FAIL)
            because = f"{broken.label} comes first."
            yield from (not_checked(code, because) for code in _LATER)
            return
        yield guarded("metadata", self._metadata)
        yield guarded("companies", lambda: self._list_companies(answer))
        yield from self._company_findings(uses)
        yield guarded("clock", lambda: clock(answer, time.time()))
        yield guarded("posting", self._posting)
        yield guarded("webhooks", self._webhooks)

    # ------------------------------------------------------------------ the way to the instance

    def _way(self) -> tuple[Answer | None, list[Finding]]:
        """Return the first good answer, None if there is none, and a finding for each rung."""
        broken, answer = self._trouble()
        host = self._client.session.origin[1]
        is_tls = self._client.session.origin[0] == "https"
        good = {
            "address": passed("address", f"{host} answers.", host=host),
            "tls": passed("tls", "The certificate is valid.")
            if is_tls
            else warned("tls", "Plain http: credentials travel readable.", "Use https."),
            "token": passed("token", "NAV accepts the credentials."),
            "http_json": passed("http_json", "NAV answers in JSON."),
            "api_enabled": passed("api_enabled", f"{self.services} answers."),
        }
        if broken is None:
            return answer, list(good.values())
        place = _WAY.index(broken.code)
        before = [good[code] for code in _WAY[:place]]
        if broken.code == "token":  # the credentials are asked for before NAV is
            before = [not_checked(code, "Log-in comes first.") for code in _WAY[:place]]
        after = [not_checked(code, f"{broken.label} comes first.") for code in _WAY[place + 1 :]]
        return None, [*before, broken, *after]

    def _trouble(self) -> tuple[Finding | None, Answer | None]:
        session = self._client.session
        try:
            target = session.egress.target(session.base_url)
            session.egress.addresses(target.host, target.port)
        except ConnectorError as error:
            return from_error("address", error), None
        try:
            session.auth.headers(session.post_form)
        except ConnectorError as error:
            if error.code in _UNREACHABLE and self._same_server(self._settings.token_url):
                return self._from_first_answer(error), None
            return from_error("token", error, _token_fix(error)), None
        try:
            answer = self._client.answer(self.probe)
            answer.json()
        except ConnectorError as error:
            return self._from_first_answer(error), None
        return None, answer

    def _same_server(self, url: str) -> bool:
        return bool(url) and parse_url(url).origin == self._client.session.origin

    def _from_first_answer(self, error: ConnectorError) -> Finding:
        if isinstance(error, AuthenticationError):
            is_basic = self._settings.auth == "basic"
            return from_error("token", error, _FIX_BASIC if is_basic else _FIX_USER)
        if error.code == "tls":
            fix = "Install a certificate that is valid for this name and whose issuer is trusted."
            return from_error("tls", error, fix)
        if isinstance(error, TemporaryError | EgressRefused):
            fix = "Check host and port of the address, and that the instance runs and is reachable."
            return from_error("address", error, fix)
        if error.code == "forbidden":
            return from_error("token", error, _FIX_USER)
        if isinstance(error, NotFound):
            return failed(
                "api_enabled",
                f"There is no {self.services} at {self._client.session.base_url}/.",
                self.fix_services,
                http_status=error.status,
            )
        if error.code == "method_not_allowed":
            message = f"{self.services} of this instance is switched off (HTTP 405)."
            return failed("api_enabled", message, self.fix_services, http_status=error.status)
        if isinstance(error, UnexpectedAnswer | ConfigurationError):
            fix = (
                "A log-in page, a proxy or another product answers at this address; enter the"
                " address of the services, not that of the web client."
            )
            return from_error("http_json", error, fix)
        return from_error("http_json", error)

    # ------------------------------------------------------------------ the instance

    def _metadata(self) -> Finding:
        metadata = self._client.metadata(fresh=True)
        lacking = missing(metadata)
        if lacking:
            names = sorted({name for names in lacking.values() for name in names})
            return failed(
                "metadata",
                f"This instance does not publish what the flows need: {', '.join(names[:20])}.",
                "Update NAV, or leave the flows named switched off.",
                missing=lacking,
            )
        less = without(metadata)
        if less:
            words = "; ".join(f"without {name} {why}" for name, why in less.items())
            return warned("metadata", f"All that is needed is there; {words}.", **less)
        return passed("metadata", "All sets and fields that the flows need are there.")

    def _list_companies(self, answer: Answer) -> Finding:
        body = answer.json()
        first = body if isinstance(body, dict) else {}
        rows = [row for row in first.get("value") or () if isinstance(row, dict)]
        if first.get("@odata.nextLink"):
            rows = self._client.rows(self.probe)
        self._companies = self._seen(rows)
        if not self._companies:
            return failed(
                "companies",
                "The user sees no company.",
                "Give the user permission sets in the companies it is to work in.",
            )
        names = [str(row.get("name", "")) for row in self._companies]
        return passed("companies", f"{len(names)} companies can be seen.", names=names[:20])

    def _seen(self, rows: list[Row]) -> list[Row]:
        """Return the companies of a list, each with `id` and `name`."""
        return [row for row in rows if row.get("id")]

    def _key(self, company_id: str) -> str:
        """Return what two ids of one company have in common."""
        return company_id.lower()

    def _company_findings(self, uses: Sequence[CompanyUse]) -> Iterator[Finding]:
        if not self._companies:
            codes = [code for code in _LATER if code not in ("metadata", "companies", "clock")]
            yield from (not_checked(code, "no company can be seen.") for code in codes)
            return
        known = {self._key(str(row["id"])): row for row in self._companies}
        for use in uses:
            row = known.get(self._key(use.company_id))
            if row is None:
                yield failed(
                    "company",
                    f"The company {use.company_id} of an integration is not among those this user"
                    " sees.",
                    "Give the user access to the company, or choose another one.",
                    company=use.company_id,
                )
                continue
            name = str(row.get("name", ""))
            yield passed("company", f"{name} is there.", company=name)
            yield from self.company_check(self._client, use, name).findings()
        if not uses:
            first = self._companies[0]
            company_id, name = str(first["id"]), str(first.get("name", ""))
            yield unproven(
                "company",
                "No integration uses this connection yet; checked with the first company.",
            )
            yield from self.company_check(self._client, CompanyUse(company_id), name).findings()

    def _posting(self) -> Finding:
        if self._client.metadata().can("purchaseInvoices", "post"):
            return passed("posting", "Invoices can be posted where the policy asks for it.")
        return warned(
            "posting",
            "This instance offers no action that posts invoices: they stay drafts.",
            "Leave posting switched off in the policy.",
        )

    def _webhooks(self) -> Finding:
        if self._client.metadata().has("subscriptions"):
            return passed("webhooks", "NAV can notify us of changes of vendors and invoices.")
        return warned("webhooks", "NAV cannot notify us: changes are seen when a flow runs.")


def clock(answer: Answer, now: float) -> Finding:
    """Compare the server's clock with ours (`now` in seconds since the epoch)."""
    text = answer.headers.get("Date") or ""
    try:
        theirs = parsedate_to_datetime(text).timestamp()
    except (TypeError, ValueError):
        return unproven("clock", "The server does not say what time it is.")
    apart = int(abs(theirs - now))
    if apart > _CLOCK_SECONDS:
        return warned(
            "clock",
            f"The server's clock and ours differ by {apart} seconds.",
            "Set the clock of the server.",
            seconds=apart,
        )
    return passed("clock", "The clocks agree.", seconds=apart)


def _token_fix(error: ConnectorError) -> str:
    fixes: dict[str, Any] = {
        "invalid_client": "Enter client id and client secret again; secrets in Entra expire.",
        "token_url": "Check the token address: in the cloud it holds your tenant's id.",
    }
    return str(fixes.get(error.code, ""))
