"""Is one company ready for what an integration does in it? Reads only."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.base import Finding
from connectors.documents import ReferenceItem
from connectors.nav import journals, odata, reference, urls
from connectors.nav.books import read_setup
from connectors.nav.check_lists import CompanyLists
from connectors.nav.client import Row
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


class CompanyCheck(CompanyLists):
    """The checks of one company; every finding names it."""

    number, key = "number", "id"
    comment, document = "comment", "documentNumber"

    def accounts_path(self) -> str:
        return self._path("accounts")

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
        }
        if self._use.balancing_account:
            looks["balancing_account"] = self._balancing_account
        if self._use.journal_batch:
            looks["journal_batch"] = self._journal_batch
        for code, look in looks.items():
            yield guarded(code, look, company=self._name)
        if not self._use.journal_batch:
            yield unproven("journal_batch", "No journal is planned here.", company=self._name)
        yield self._journal_vat()

    def _path(self, entity_set: str) -> str:
        return urls.company(self._use.company_id, entity_set)

    # Rights and reference.

    def _rights(self) -> Finding:
        published = filter(self._client.metadata().has, _RIGHTS)
        sets = {self._path(entity_set): _RIGHTS[entity_set] for entity_set in published}
        return self._rights_to_read(sets, whose="user or application", what="needed")

    def _setup(self) -> Finding:
        return self._setup_read(read_setup(self._client, self._use.company_id))

    def _dimensions(self) -> Finding:
        codes = [str(row.get("code", "")) for row in self._client.rows(self._path("dimensions"))]
        if not codes:
            return warned(
                "dimensions",
                "This company has no dimensions: cost centers have nowhere to go.",
                "Set up a dimension, or map no cost centers.",
            )
        return passed("dimensions", f"Dimensions: {', '.join(codes[:10])}.", codes=codes[:50])

    # Journals.

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
