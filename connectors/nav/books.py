"""What is worth remembering about one company while a connector lives."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import date
from typing import Any

from connectors.documents import LedgerSetup
from connectors.errors import ConfigurationError, ConnectorError, DocumentRefused, NotFound
from connectors.nav import journals, odata, urls
from connectors.nav.client import Client
from connectors.nav.errors import NOT_SERVED
from connectors.nav.journals import JournalBatch
from connectors.nav.metadata import field_lengths
from connectors.nav.translate import Company


class Books:
    """Setup, payment terms and journal batches of one company, each read once.

    Safe to share between threads. `remember` spares the reads where the caller kept them.
    """

    def __init__(self, client: Client, company_id: str) -> None:
        self._client = client
        self.company_id = company_id
        self._setup: LedgerSetup | None = None
        self._terms: dict[str, str] = {}
        self._batches: dict[str, JournalBatch] = {}
        self._lock = threading.RLock()

    def remember(self, setup: LedgerSetup, payment_terms: Mapping[str, str] | None = None) -> None:
        """Take over what was read before: the setup, and terms code -> id."""
        with self._lock:
            self._setup = setup
            self._terms |= {
                odata.code(name): found for name, found in (payment_terms or {}).items()
            }

    def setup(self) -> LedgerSetup:
        with self._lock:
            if self._setup is None:
                self._setup = read_setup(self._client, self.company_id)
            return self._setup

    def company(self) -> Company:
        return Company(self.setup())

    def known_terms(self, terms_code: str) -> str | None:
        """Return the id of payment terms if it is known without asking."""
        return self._terms.get(terms_code)

    def terms(self, terms_code: str) -> str:
        """Return the id of payment terms. Raises DocumentRefused for a code that NAV has not."""
        with self._lock:
            if terms_code not in self._terms:
                path = urls.company(self.company_id, "paymentTerms")
                for row in self._client.rows(path, primary=True):
                    self._terms[odata.code(str(row.get("code", "")))] = str(row["id"])
        if terms_code not in self._terms:
            raise DocumentRefused(f"NAV has no payment terms {terms_code}.", code="mapping_invalid")
        return self._terms[terms_code]

    def batch(self, batch_code: str) -> JournalBatch:
        """Return the journal batch, created if need be."""
        with self._lock:
            if batch_code not in self._batches:
                found = journals.ensure_batch(self._client, self.company_id, batch_code)
                self._batches[batch_code] = found
            return self._batches[batch_code]

    def existing_batch(self, batch_code: str) -> JournalBatch | None:
        """Return the journal batch if there is one; creates nothing."""
        with self._lock:
            if batch_code in self._batches:
                return self._batches[batch_code]
        return journals.find_batch(self._client, self.company_id, batch_code)

    def forget_batch(self, batch_code: str) -> None:
        with self._lock:
            self._batches.pop(batch_code, None)


def read_setup(client: Client, company_id: str) -> LedgerSetup:
    """Read currency, global dimensions, open posting range and field lengths of a company."""
    metadata = client.metadata()
    general = _single(client, company_id, "generalLedgerSetup")
    local = str(general.get("localCurrencyCode") or "")
    if not local and metadata.has("companyInformation"):
        local = str(_single(client, company_id, "companyInformation").get("currencyCode") or "")
    if not local:
        raise ConfigurationError(
            "The company's local currency is set up neither in General Ledger Setup nor in Company"
            " Information.",
            code="local_currency_missing",
        )
    periods = _periods(client, company_id) if metadata.has("accountingPeriods") else []
    codes = (general.get("shortcutDimension1Code"), general.get("shortcutDimension2Code"))
    return LedgerSetup(
        local_currency=odata.code(local),
        global_dimensions=tuple(odata.code(str(found or "")) for found in codes),
        posting_from=posting_from(odata.parse_date(general.get("allowPostingFrom")), periods),
        posting_to=odata.parse_date(general.get("allowPostingTo")),
        field_lengths=field_lengths(metadata),
    )


def _periods(client: Client, company_id: str) -> list[Mapping[str, Any]]:
    """Read the accounting periods; none where the instance lists the set and does not serve it."""
    try:
        return list(client.rows(urls.company(company_id, "accountingPeriods")))
    except ConnectorError as error:
        if error.status not in NOT_SERVED:
            raise
        return []


def posting_from(allowed: date | None, periods: list[Mapping[str, Any]]) -> date | None:
    """Return the first day that may be posted to: the setup's own, and not before the end of the
    last closed accounting period (its start, where no later period says when it ends)."""
    days = sorted(
        (day, bool(row.get("closed")) and bool(row.get("dateLocked")))
        for row in periods
        if (day := odata.parse_date(row.get("startingDate")))
    )
    after_closed = None
    for place, (_, is_closed) in enumerate(days):
        if is_closed:
            after_closed = days[min(place + 1, len(days) - 1)][0]
    bounds = [day for day in (allowed, after_closed) if day]
    return max(bounds) if bounds else None


def _single(client: Client, company_id: str, entity_set: str) -> Mapping[str, Any]:
    """Read a setup table: one record, sent as a list of one."""
    try:
        rows = client.rows(urls.company(company_id, entity_set))
    except NotFound as error:
        raise ConfigurationError(
            f"The company or its {entity_set} cannot be read.",
            code="company_not_found",
            status=error.status,
            request_id=error.request_id,
        ) from error
    if not rows:
        raise ConfigurationError(f"{entity_set} of the company is empty.", code="setup_missing")
    return rows[0]
