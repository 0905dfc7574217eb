"""Is an instance of page web services right, and each company that an integration uses?

The way to the instance and its clock are checked as in the dialect `api`; findings bear the same
codes. Reads only.
"""

from __future__ import annotations

from collections.abc import Iterator

from connectors.base import CompanyUse, Finding
from connectors.documents import LedgerSetup, ReferenceItem, SetupSource
from connectors.nav import odata
from connectors.nav.check import Doctor
from connectors.nav.check_lists import CompanyLists
from connectors.nav.client import Client, Row
from connectors.nav.findings import failed, guarded, passed, unproven, warned
from connectors.nav.pages import reference
from connectors.nav.pages import services as pages
from connectors.nav.pages.client import company
from connectors.nav.pages.instance import Instance
from connectors.nav.pages.services import WISHES, Services, missing, words
from connectors.nav.pages.setup import read_setup
from connectors.nav.settings import NavSettings

_FIX_PUBLISH = "Publish the pages in NAV (page Web Services), or enter their service names here."
_FIX_CURRENCY = (
    "Enter local_currency (ISO code) in the settings of the connection, or publish"
    f" {words(pages.SETUP)}."
)
_FIX_DIMENSIONS = (
    "Enter shortcut_dimensions (codes in their order) in the settings of the connection, or publish"
    f" {words(pages.SETUP)}."
)
_READ = (
    pages.VENDOR,
    pages.ORDER,
    pages.INVOICE,
    pages.CREDIT_MEMO,
    pages.ACCOUNT,
    pages.DIMENSION_VALUE,
    pages.PAYMENT_TERMS,
    pages.CURRENCY,
    pages.UNIT,
    pages.LEDGER_ENTRY,
)


class PagesDoctor(Doctor):
    """One check of one connection that speaks to pages."""

    probe = "Company"
    services = "OData V4"
    fix_services = (
        "Check the instance in the address, and enable OData services of the server instance."
    )

    def __init__(self, instance: Instance, settings: NavSettings) -> None:
        super().__init__(instance.client, settings)
        self._instance = instance

    def company_check(self, client: Client, use: CompanyUse, name: str) -> CompanyPages:
        return CompanyPages(self._instance, use, name)

    def _seen(self, rows: list[Row]) -> list[Row]:
        return [{"id": row["Name"], "name": row["Name"]} for row in rows if row.get("Name")]

    def _key(self, company_id: str) -> str:
        """Names of companies are case-sensitive in paths (NAV contract 1.4)."""
        return company_id

    def _metadata(self) -> Finding:
        self._client.metadata(fresh=True)
        services = self._instance.services
        evidence = {"services": {role: each.name for role, each in services.found.items()}}
        lacking = missing(services)
        if services.unknown:
            names = ", ".join(f"{name} ({words(page)})" for page, name in _pairs(services))
            return failed("metadata", f"Not published: {names}.", _FIX_PUBLISH, **evidence)
        if lacking:
            names = ", ".join(sorted({name for group in lacking.values() for name in group}))
            text = f"This instance does not publish what the flows need: {names}."
            return failed("metadata", text, _FIX_PUBLISH, missing=lacking, **evidence)
        if services.rivals:
            names = "; ".join(
                f"{words(page)}: {', '.join(found)}" for page, found in services.rivals.items()
            )
            fix = "Enter the names of these web services in the settings of the connection."
            return warned("metadata", f"More than one service fits: {names}.", fix, **evidence)
        less = {page: why for page, why in WISHES.items() if services.get(page) is None}
        if less:
            why = "; ".join(f"without {words(page)} {why}" for page, why in less.items())
            text = f"All that is needed is there; {why}."
            return warned("metadata", text, _FIX_PUBLISH, **evidence)
        return passed("metadata", "All pages that the flows need are published.", **evidence)

    def _posting(self) -> Finding:
        return warned(
            "posting",
            "Page web services offer no action that posts invoices: they stay drafts.",
            "Leave posting switched off in the policy; finance posts in NAV.",
        )

    def _webhooks(self) -> Finding:
        return warned("webhooks", "NAV cannot notify us: changes are seen when a flow runs.")


def _pairs(services: Services) -> list[tuple[str, str]]:
    return sorted(services.unknown.items())


class CompanyPages(CompanyLists):
    """The checks of one company; every finding names it."""

    number = key = "No"
    comment, document = "Comment", "Document_No"

    def __init__(self, instance: Instance, use: CompanyUse, name: str) -> None:
        super().__init__(instance.client, use, name)
        self._instance = instance

    def accounts_path(self) -> str:
        return self._path(pages.ACCOUNT)

    def account(self, row: Row) -> ReferenceItem:
        return reference.account(row)

    def findings(self) -> Iterator[Finding]:
        looks = {
            "rights": self._rights,
            "accounts": self._accounts,
            "ledger_setup": self._setup,
            "dimensions": self._dimensions,
            "paging": self._paging,
            "filter": self._filter,
            "journal_batch": self._journal_batch,
        }
        if self._use.balancing_account:
            looks["balancing_account"] = self._balancing_account
        for code, look in looks.items():
            yield guarded(code, look, company=self._name)
        yield self._journal_vat()

    def _path(self, page: str) -> str:
        return company(self._use.company_id, self._instance.services.need(page).name)

    # ------------------------------------------------------------------ rights and reference

    def _rights(self) -> Finding:
        there = [page for page in _READ if self._instance.services.get(page) is not None]
        sets = {self._path(page): words(page) for page in there}
        return self._rights_to_read(sets, whose="user", what="published")

    def _setup(self) -> Finding:
        setup = self._read_setup()
        named = self._instance.settings.local_currency
        if setup.local_currency_from is SetupSource.EVIDENCE:
            return self._currency_not_shown(setup)
        if named and named != setup.local_currency:
            return warned(
                "ledger_setup",
                f"Local currency {setup.local_currency}; the settings name {named}.",
                "Correct local_currency in the settings of the connection, or leave it empty.",
            )
        return self._setup_read(setup)

    def _read_setup(self) -> LedgerSetup:
        return read_setup(self._instance, self._use.company_id)

    def _currency_not_shown(self, setup: LedgerSetup) -> Finding:
        """Name what was told by documents, or what happens until they tell."""
        known = self._use.known
        is_told = known is not None and known.local_currency_from is SetupSource.EVIDENCE
        taken = known.local_currency if known and is_told else ""
        text = "The local currency is not shown here: the only currency of documents that page 5"
        if setup.foreign_currencies is None:
            text = "Neither the local currency nor the currencies are shown here: documents wait."
        elif taken:
            text += f" does not list is {taken}, and is taken for it."
        else:
            text += " does not list will be taken; of several none is, and their documents wait."
        return warned("ledger_setup", text, _FIX_CURRENCY, local_currency=taken)

    def _dimensions(self) -> Finding:
        """Only shortcut dimensions have columns on pages."""
        setup = self._read_setup()
        codes = [code for code in setup.global_dimensions if code]
        if setup.global_dimensions_from is SetupSource.EVIDENCE:
            return self._dimensions_not_shown(setup)
        if not codes:
            return warned(
                "dimensions",
                "This company has no shortcut dimensions: cost centers have nowhere to go.",
                f"Set up shortcut dimensions and publish {words(pages.SETUP)}, or map no cost"
                " centers.",
            )
        return passed("dimensions", f"Shortcut dimensions: {', '.join(codes)}.", codes=codes)

    def _dimensions_not_shown(self, setup: LedgerSetup) -> Finding:
        """Name the places that are proved, and the values that wait for a person."""
        known = self._use.known
        is_told = known is not None and known.global_dimensions_from is SetupSource.EVIDENCE
        proved = (known if known and is_told else setup).global_dimensions
        told = ", ".join(f"{place} {name}" for place, name in enumerate(proved, 1) if name)
        text = f"Which shortcut dimension is which is not shown here; proved: {told or 'none yet'}."
        text += " A value that only one dimension has goes into the column where NAV takes it"
        several = ", ".join(setup.ambiguous_values[:5])
        text += f"; values of several dimensions wait: {several}." if several else "."
        return warned("dimensions", text, _FIX_DIMENSIONS, codes=[code for code in proved if code])

    # ------------------------------------------------------------------ journals

    def _journal_batch(self) -> Finding:
        """Lines tell of their batch; an empty one cannot be seen through the journal page."""
        services = self._instance.services
        _, service = services.journal()
        batch = odata.code(self._use.journal_batch or "")
        if not batch:
            return unproven("journal_batch", "No journal is planned here.")
        path = company(self._use.company_id, service.name)
        params = {"$filter": odata.equals("Journal_Batch_Name", batch)}
        lines = self._instance.client.rows(path, params)
        if not lines:
            return unproven(
                "journal_batch",
                f"The batch {batch} holds no lines, or is not there yet.",
                f"Create the batch {batch} in NAV, without a balancing account: pages cannot.",
            )
        if not service.shows("Comment"):
            return unproven(
                "journal_batch",
                f"Whose {len(lines)} lines the batch {batch} holds cannot be seen: the page shows"
                " no comment. NAV posts whole batches.",
                "Name a batch of its own in the policy.",
            )
        return self._only_own_lines(batch, lines)
