"""Is one company ready for what an integration does in it? Reads only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

from connectors.base import CompanyUse, Finding
from connectors.errors import ConfigurationError, NotFound
from connectors.nav import journals, odata, reference, urls
from connectors.nav.books import read_setup
from connectors.nav.client import Client, Row
from connectors.nav.findings import failed, guarded, passed, unproven, warned

_RIGHTS = {
    "vendors": "vendors",
    "purchaseOrders": "purchase orders",
    "purchaseInvoices": "purchase invoices",
    "purchaseCreditMemos": "purchase credit memos",
    "journals": "general journal batches",
    "generalLedgerEntries": "general ledger entries",
    "dimensionValues": "dimension values",
    "paymentTerms": "payment terms",
    "currencies": "currencies",
    "unitsOfMeasure": "units of measure",
}
_PROBE = 2


class CompanyCheck:
    """The checks of one company; every finding names it."""

    def __init__(self, client: Client, use: CompanyUse, name: str) -> None:
        self._client = client
        self._use = use
        self._name = name

    def findings(self) -> Iterator[Finding]:
        looks = {
            "rights": self._rights,
            "accounts": self._accounts,
            "ledger_setup": self._setup,
            "dimensions": self._dimensions,
            "paging": self._paging,
            "filter": self._filter,
        }
        if self._use.balancing_account:
            looks["balancing_account"] = self._balancing_account
        if self._use.journal_batch:
            looks["journal_batch"] = self._journal_batch
        for code, look in looks.items():
            yield guarded(code, look, company=self._name)
        if not self._use.journal_batch:
            yield unproven("journal_batch", "No journal is planned here.", company=self._name)
        yield unproven(
            "journal_vat",
            "Whether journal lines take tax from their accounts cannot be seen from outside.",
            "Switch off Copy VAT Setup to Jnl. Lines of the journal batch, or use accounts without"
            " a general posting type; compare the first posted entries with their lines.",
            company=self._name,
        )

    def _path(self, entity_set: str) -> str:
        return urls.company(self._use.company_id, entity_set)

    # ------------------------------------------------------------------ rights and reference

    def _rights(self) -> Finding:
        """Read one record of each set; the right to write is proved by the first document only."""
        refused: dict[str, str] = {}
        for entity_set, words in _RIGHTS.items():
            if not self._client.metadata().has(entity_set):
                continue
            try:
                self._client.get(self._path(entity_set), {"$top": "1"})
            except (ConfigurationError, NotFound) as error:
                refused[words] = error.message
        if refused:
            return failed(
                "rights",
                f"The user may not read {', '.join(refused)}.",
                "Add permission sets for these to the user or application in NAV.",
                refused=refused,
            )
        return passed(
            "rights", "All that is needed can be read; writing is proved by the first document."
        )

    @cached_property
    def _account_rows(self) -> list[Row]:
        return next(iter(self._client.pages(self._path("accounts"))), [])

    def _accounts(self) -> Finding:
        items = [reference.account(row) for row in self._account_rows]
        usable = sum(item.usable for item in items)
        if not usable:
            return failed(
                "accounts",
                "No account of this company takes direct posting.",
                "Check the chart of accounts: posting accounts, direct posting, not blocked.",
            )
        return passed(
            "accounts",
            f"{usable} of {len(items)} accounts read take direct posting.",
            usable=usable,
        )

    def _balancing_account(self) -> Finding:
        number = odata.code(self._use.balancing_account or "")
        rows = self._client.rows(
            self._path("accounts"), {"$filter": odata.equals("number", number)}
        )
        found = [reference.account(row) for row in rows if odata.code(str(row["number"])) == number]
        fix = "Name an account in the policy that exists, is not blocked and takes direct posting."
        if not found:
            return failed("balancing_account", f"There is no account {number}.", fix)
        if not found[0].usable:
            words = f"The account {number} cannot be used: {found[0].why_not}."
            return failed("balancing_account", words, fix)
        return passed("balancing_account", f"{number} {found[0].name} takes direct posting.")

    def _setup(self) -> Finding:
        setup = read_setup(self._client, self._use.company_id)
        first = f" from {setup.posting_from}" if setup.posting_from else ""
        last = f" up to {setup.posting_to}" if setup.posting_to else ""
        return passed(
            "ledger_setup",
            f"Local currency {setup.local_currency}; posting is allowed{first}{last}.",
            local_currency=setup.local_currency,
        )

    def _dimensions(self) -> Finding:
        codes = [str(row.get("code", "")) for row in self._client.rows(self._path("dimensions"))]
        if not codes:
            return warned(
                "dimensions",
                "This company has no dimensions: cost centers have nowhere to go.",
                "Set up a dimension, or map no cost centers.",
            )
        return passed("dimensions", f"Dimensions: {', '.join(codes[:10])}.", codes=codes[:50])

    # ------------------------------------------------------------------ journals

    def _journal_batch(self) -> Finding:
        code = odata.code(self._use.journal_batch or "")
        batch = journals.find_batch(self._client, self._use.company_id, code)
        if batch is None:
            return passed(
                "journal_batch", f"The batch {code} is not there yet; the first entry creates it."
            )
        if batch.balancing_account:
            return failed(
                "journal_batch",
                f"The batch {code} has the balancing account {batch.balancing_account}: every line"
                " would be balanced a second time.",
                "Clear the balancing account of the batch, or name another batch in the policy.",
            )
        path = journals.lines_path(self._use.company_id, batch.id)
        return self._only_own_lines(code, self._client.rows(path))

    def _only_own_lines(self, code: str, lines: list[Row]) -> Finding:
        others = [line for line in lines if not is_own(line)]
        if others:
            numbers = sorted({str(line.get("documentNumber", "")) for line in others})
            return failed(
                "journal_batch",
                f"The batch {code} holds {len(others)} lines of others; NAV posts whole batches.",
                "Post or move those lines, or name a batch of its own in the policy.",
                documents=numbers[:20],
            )
        return passed("journal_batch", f"The batch {code} holds no lines of others.")

    # ------------------------------------------------------------------ protocol

    def _paging(self) -> Finding:
        """Read two short pages and see that they differ."""
        pages = self._client.pages(self._path("accounts"), records=_PROBE)
        first = next(pages, [])
        second = next(pages, [])
        if len(first) > _PROBE:
            return warned("paging", "NAV chooses the size of pages itself; long lists still work.")
        if not second:
            return unproven("paging", "There is too little to see a second page.")
        if {row["id"] for row in first} & {row["id"] for row in second}:
            return failed(
                "paging",
                "The second page of a list repeats the first.",
                "Something between us and NAV changes addresses, e.g. a proxy; let it leave"
                " query parameters alone.",
            )
        return passed("paging", "Long lists come page by page.")

    def _filter(self) -> Finding:
        numbers = [str(row.get("number", "")) for row in self._account_rows[:_PROBE]]
        if len(numbers) < _PROBE or len(self._account_rows) <= _PROBE:
            return unproven("filter", "There is too little to see a filter work.")
        rows = self._client.rows(
            self._path("accounts"), {"$filter": odata.any_of("number", numbers)}
        )
        if sorted(str(row.get("number", "")) for row in rows) != sorted(numbers):
            return failed(
                "filter",
                "NAV does not honor filters: looking up what was written would find too much or"
                " nothing.",
                "Something between us and NAV changes addresses, e.g. a proxy; let it leave"
                " query parameters alone.",
            )
        return passed("filter", "Filters are honored.")


def is_own(line: Mapping[str, object]) -> bool:
    """Whether a journal line is one of ours: its comment bears a JAGGAER reference."""
    return str(line.get("comment") or "").upper().startswith(journals.OWN_COMMENT)
