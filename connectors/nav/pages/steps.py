"""Which effects a document needs through pages, and under which keys they are found.

A header and its lines are effects of their own, because pages take no nested lines (NAV contract
1.4). Keys are those of the dialect `api`: a document keeps its key when an instance is updated.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors import codec
from connectors.base import Step
from connectors.documents import (
    JournalEntry,
    LedgerDocument,
    LedgerInvoice,
    LedgerOrder,
    LedgerOrderChange,
    LedgerVendor,
)
from connectors.errors import ConfigurationError
from connectors.nav import kinds
from connectors.nav.pages import columns, order_changes, translate
from connectors.nav.pages import services as pages
from connectors.nav.pages.kinds import DOCUMENTS, LINES_PER_STEP
from connectors.nav.pages.services import Services
from connectors.nav.steps import again, totals, vendor_key
from connectors.nav.texts import own_code
from connectors.nav.translate import Company, kind_of

_PREFIXES = {kinds.ORDER: "PO", kinds.INVOICE: "INV", kinds.CREDIT_MEMO: "CM"}


def plan(document: LedgerDocument, company: Company, services: Services) -> list[Step]:
    """Return the chain of a document; there is no step that posts, because pages have none.

    Raises ValueError for what the pages cannot hold, for a page that is not published and for a
    journal entry out of balance: such a document waits, the others go on.
    """
    meant = columns.meant_for(document, company.setup)
    chain = _chain(document, Company(meant), services)
    return columns.marked(chain, company.setup, meant)


def _chain(document: LedgerDocument, company: Company, services: Services) -> list[Step]:
    try:
        if isinstance(document, LedgerVendor):
            return _vendor(document, company, services)
        if isinstance(document, JournalEntry):
            return _journal(document, company, services)
        if isinstance(document, LedgerOrderChange):
            return [order_changes.change_step(document, company, services)]
        if isinstance(document, LedgerOrder | LedgerInvoice):
            return _purchase(document, company, services)
    except ConfigurationError as error:
        raise ValueError(error.message) from error
    raise ValueError(f"no such document through pages: {type(document).__name__}")


def _vendor(vendor: LedgerVendor, company: Company, services: Services) -> list[Step]:
    """Return the step of a vendor; none for a change of what the page does not show."""
    key = vendor_key(vendor)
    service = services.need(pages.VENDOR)
    if not vendor.remote_id:
        body, told = translate.vendor_create(vendor, company, service)
        return [Step(kinds.VENDOR, kinds.CREATE, key, {"body": body}, told)]
    body, told = translate.vendor_change(vendor, company, service)
    if not body:
        return []
    content = {"body": body, "id": vendor.remote_id, "etag": vendor.etag or "*"}
    return [Step(kinds.VENDOR, kinds.UPDATE, f"{key}|{kinds.UPDATE}", content, told)]


def _purchase(
    document: LedgerOrder | LedgerInvoice, company: Company, services: Services
) -> list[Step]:
    kind = kind_of(document).kind
    service = services.need(DOCUMENTS[kind].page)
    body = translate.document_body(document, company, service)
    lines = translate.line_bodies(document, company, service)
    content: dict[str, Any] = {"body": body, "reference": lines[0]["Description"]}
    if isinstance(document, LedgerOrder):
        content["order"] = codec.dump(document)
    else:
        content["totals"] = totals(document)
    key = _document_key(kind, document, body)
    chain = [Step(kind, kinds.CREATE, key, content)]
    for first in range(0, len(lines), LINES_PER_STEP):
        operation = _part(kinds.LINES, first)
        part = {"lines": lines[first : first + LINES_PER_STEP], "count": len(lines)}
        chain.append(Step(kind, operation, f"{key}|{operation}", part))
    return again(chain, document)


def _document_key(kind: str, document: LedgerOrder | LedgerInvoice, body: Mapping[str, Any]) -> str:
    if kind == kinds.ORDER:
        return f"{_PREFIXES[kind]}|{document.source_reference}"
    number = translate.number_of(kind, body)
    return f"{_PREFIXES[kind]}|{body['Buy_from_Vendor_No']}|{number}"


def _journal(entry: JournalEntry, company: Company, services: Services) -> list[Step]:
    _, service = services.journal()
    bodies = translate.journal_bodies(entry, company, service)
    number = str(bodies[0]["Document_No"])
    batch = own_code(entry.batch, company.length("journal.batch"))
    chain = []
    for first in range(0, len(bodies), LINES_PER_STEP):
        operation = _part(kinds.CREATE, first)
        key = number if operation == kinds.CREATE else f"{number}|{operation}"
        content = {
            "batch": batch,
            "document_number": number,
            "first": first,
            "count": len(bodies),
            "lines": bodies[first : first + LINES_PER_STEP],
        }
        chain.append(Step(kinds.JOURNAL, operation, key, content))
    return chain


def _part(operation: str, first: int) -> str:
    return operation if not first else f"{operation}_{first // LINES_PER_STEP + 1}"
