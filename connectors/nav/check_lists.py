"""What is checked alike of a company in both dialects: rights, setup, accounts, lists. Reads only.

A dialect says under which path the accounts lie and what their number and key are called.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar

from connectors.base import CompanyUse, Finding
from connectors.documents import LedgerSetup, ReferenceItem
from connectors.errors import ConfigurationError, NotFound
from connectors.nav import odata
from connectors.nav.client import Client, Row
from connectors.nav.findings import failed, passed, unproven, warned
from connectors.nav.journals import OWN_COMMENT

_PROBE = 2
_FIX_PROXY = (
    "Something between us and NAV changes addresses, e.g. a proxy; let it leave query parameters"
    " alone."
)


class CompanyLists(ABC):
    """The checks that both dialects share; every finding names the company."""

    number: ClassVar[str]  # of an account
    key: ClassVar[str]  # of a record
    comment: ClassVar[str]  # of a journal line
    document: ClassVar[str]  # the document number of a journal line

    def __init__(self, client: Client, use: CompanyUse, name: str) -> None:
        self._client = client
        self._use = use
        self._name = name

    @abstractmethod
    def accounts_path(self) -> str: ...

    @abstractmethod
    def account(self, row: Row) -> ReferenceItem: ...

    def _rights_to_read(self, sets: Mapping[str, str], *, whose: str, what: str) -> Finding:
        """Read one record of each set (path -> what people call it).

        The right to write is proved by the first document only.
        """
        refused: dict[str, str] = {}
        for path, words in sets.items():
            try:
                self._client.get(path, {"$top": "1"})
            except (ConfigurationError, NotFound) as error:
                refused[words] = error.message
        if refused:
            return failed(
                "rights",
                f"The user may not read {', '.join(refused)}.",
                f"Add permission sets for these to the {whose} in NAV.",
                refused=refused,
            )
        proved = f"All that is {what} can be read; writing is proved by the first document."
        return passed("rights", proved)

    @staticmethod
    def _setup_read(setup: LedgerSetup) -> Finding:
        first = f" from {setup.posting_from}" if setup.posting_from else ""
        last = f" up to {setup.posting_to}" if setup.posting_to else ""
        return passed(
            "ledger_setup",
            f"Local currency {setup.local_currency}; posting is allowed{first}{last}.",
            local_currency=setup.local_currency,
        )

    @cached_property
    def _account_rows(self) -> list[Row]:
        return next(iter(self._client.pages(self.accounts_path())), [])

    def _accounts(self) -> Finding:
        items = [self.account(row) for row in self._account_rows]
        usable = sum(item.usable for item in items)
        if not usable:
            return failed(
                "accounts",
                "No account of this company takes direct posting.",
                "Check the chart of accounts: posting accounts, direct posting, not blocked.",
            )
        text = f"{usable} of {len(items)} accounts read take direct posting."
        return passed("accounts", text, usable=usable)

    def _balancing_account(self) -> Finding:
        number = odata.code(self._use.balancing_account or "")
        params = {"$filter": odata.equals(self.number, number)}
        rows = self._client.rows(self.accounts_path(), params)
        found = [self.account(row) for row in rows if odata.code(str(row[self.number])) == number]
        fix = "Name an account in the policy that exists, is not blocked and takes direct posting."
        if not found:
            return failed("balancing_account", f"There is no account {number}.", fix)
        if not found[0].usable:
            text = f"The account {number} cannot be used: {found[0].why_not}."
            return failed("balancing_account", text, fix)
        return passed("balancing_account", f"{number} {found[0].name} takes direct posting.")

    def _only_own_lines(self, batch: str, lines: Sequence[Row]) -> Finding:
        others = [line for line in lines if not self.is_own(line)]
        if others:
            numbers = sorted({str(line.get(self.document, "")) for line in others})
            return failed(
                "journal_batch",
                f"The batch {batch} holds {len(others)} lines of others; NAV posts whole batches.",
                "Post or move those lines, or name a batch of its own in the policy.",
                documents=numbers[:20],
            )
        return passed("journal_batch", f"The batch {batch} holds no lines of others.")

    @classmethod
    def is_own(cls, line: Mapping[str, Any]) -> bool:
        """Whether a journal line is one of ours: its comment bears a JAGGAER reference."""
        return str(line.get(cls.comment) or "").upper().startswith(OWN_COMMENT)

    def _journal_vat(self) -> Finding:
        return unproven(
            "journal_vat",
            "Whether journal lines take tax from their accounts cannot be seen from outside.",
            "Switch off Copy VAT Setup to Jnl. Lines of the journal batch, or use accounts without"
            " a general posting type; compare the first posted entries with their lines.",
            company=self._name,
        )

    def _paging(self) -> Finding:
        """Read two short pages and see that they differ."""
        found = self._client.pages(self.accounts_path(), records=_PROBE)
        first, second = next(found, []), next(found, [])
        if len(first) > _PROBE:
            return warned("paging", "NAV chooses the size of pages itself; long lists still work.")
        if not second:
            return unproven("paging", "There is too little to see a second page.")
        if {row[self.key] for row in first} & {row[self.key] for row in second}:
            return failed("paging", "The second page of a list repeats the first.", _FIX_PROXY)
        return passed("paging", "Long lists come page by page.")

    def _filter(self) -> Finding:
        numbers = [str(row.get(self.number, "")) for row in self._account_rows[:_PROBE]]
        if len(numbers) < _PROBE or len(self._account_rows) <= _PROBE:
            return unproven("filter", "There is too little to see a filter work.")
        params = {"$filter": odata.any_of(self.number, numbers)}
        rows = self._client.rows(self.accounts_path(), params)
        if sorted(str(row.get(self.number, "")) for row in rows) != sorted(numbers):
            return failed(
                "filter",
                "NAV does not honor filters: looking up what was written would find too much or"
                " nothing.",
                _FIX_PROXY,
            )
        return passed("filter", "Filters are honored.")
