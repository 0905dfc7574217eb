"""Which effects a document needs at NAV, one after the other, and under which keys they are found.

Pure: a document and the company's setup give the chain. Later steps carry the key of the first with
their operation behind it, in lower case, which no code in NAV has.
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
from connectors.nav import order_lines, translate
from connectors.nav.kinds import (
    CREATE,
    CREDIT_MEMO,
    JOURNAL,
    LINE_DIMENSIONS,
    LINES,
    LINES_PER_BATCH,
    ORDER,
    POST,
    UPDATE,
    VENDOR,
    DocumentKind,
)
from connectors.nav.odata import code
from connectors.nav.texts import own_code
from connectors.nav.translate import Company, plain


def plan(document: LedgerDocument, company: Company, *, post: bool = False) -> list[Step]:
    """Return the chain of a document.

    Raises ValueError for what NAV's fields cannot hold and for a journal entry out of balance: the
    caller refuses such a document before it comes here.
    """
    if isinstance(document, LedgerVendor):
        return [_vendor(document, company)]
    if isinstance(document, LedgerOrderChange):
        return [order_lines.change_step(document, company)]
    if isinstance(document, JournalEntry):
        return _journal(document, company)
    return _purchase(document, company, post=post)


def vendor_key(vendor: LedgerVendor) -> str:
    """Return the key of a vendor: its number, else the source's name for it, else its id."""
    name = code(vendor.number or "") or vendor.source_reference or vendor.remote_id
    if not name:
        raise ValueError("a vendor needs a number or a source_reference")
    return f"V|{name}"


def _vendor(vendor: LedgerVendor, company: Company) -> Step:
    key = vendor_key(vendor)
    content: dict[str, Any] = {}
    if vendor.payment_terms_code:
        content["payment_terms"] = code(vendor.payment_terms_code)
    if not vendor.remote_id:
        body = translate.vendor_create(vendor, company)
        told = translate.shortened(vendor, body, company)
        return Step(VENDOR, CREATE, key, {"body": body, **content}, told)
    body = translate.vendor_change(vendor, company)
    if not body:
        raise ValueError("a change of a vendor needs fields")
    if "paymentTermsId" not in body:
        content.pop("payment_terms", None)
    content |= {"id": vendor.remote_id, "etag": vendor.etag or "*"}
    told = translate.shortened(vendor, body, company)
    return Step(VENDOR, UPDATE, f"{key}|{UPDATE}", {"body": body, **content}, told)


def _purchase(document: LedgerOrder | LedgerInvoice, company: Company, *, post: bool) -> list[Step]:
    kind = translate.kind_of(document)
    body = translate.document_body(kind, document, company)
    lines = translate.line_bodies(kind, document, company)
    key = _document_key(kind, document, body)
    content: dict[str, Any] = {"body": body, "reference": lines[0]["description"]}
    if isinstance(document, LedgerOrder):
        content["order"] = codec.dump(document)
    else:
        content["totals"] = totals(document)
    if body.get("paymentTermsId"):
        content["payment_terms"] = code(document.payment_terms_code or "")  # type: ignore[union-attr]
    chain: list[Step] = []
    if kind.kind == CREDIT_MEMO:
        # Whether memos take their lines nested is unproven (NAV contract 3.3): one POST per line.
        chain += [Step(kind.kind, CREATE, key, content), *_lines_apart(kind, key, lines)]
    else:
        content["body"] = body | {kind.line_set: lines}
        chain.append(Step(kind.kind, CREATE, key, content))
    apart = translate.line_dimensions(document.lines, company)
    if apart:
        chain.append(_later(kind.kind, key, LINE_DIMENSIONS, {"lines": apart}))
    if post and isinstance(document, LedgerInvoice):
        chain.append(_later(kind.kind, key, POST, totals(document)))
    return again(chain, document)


def again(chain: list[Step], document: LedgerOrder | LedgerInvoice) -> list[Step]:
    """Name the steps of an order that takes another's place apart from the first one's: those of
    the document's version 5 are `create_5`, `lines_5`."""
    if not isinstance(document, LedgerOrder) or not document.again:
        return chain
    return [
        Step(
            step.kind,
            f"{step.operation}_{document.again}",
            f"{step.natural_key}|{document.again}",
            step.content,
        )
        for step in chain
    ]


def _document_key(
    kind: DocumentKind, document: LedgerOrder | LedgerInvoice, body: Mapping[str, Any]
) -> str:
    if kind.kind == ORDER:
        return f"{kind.prefix}|{document.source_reference}"
    return f"{kind.prefix}|{body['vendorNumber']}|{body[kind.number]}"


def _lines_apart(kind: DocumentKind, key: str, lines: list[dict[str, Any]]) -> list[Step]:
    """Return one step per hundred lines: so many go into one transaction."""
    found = []
    for first in range(0, len(lines), LINES_PER_BATCH):
        part = translate.numbered(lines[first : first + LINES_PER_BATCH], first + 1)
        found.append(_later(kind.kind, key, _part(LINES, first), {"lines": part}))
    return found


def _journal(entry: JournalEntry, company: Company) -> list[Step]:
    bodies = translate.journal_bodies(entry, company)
    number = bodies[0]["documentNumber"]
    batch = own_code(entry.batch, company.length("journal.batch"))
    chain = []
    for first in range(0, len(bodies), LINES_PER_BATCH):
        content = {
            "batch": batch,
            "document_number": number,
            "first": first,
            "count": len(bodies),
            "lines": bodies[first : first + LINES_PER_BATCH],
        }
        operation = _part(CREATE, first)
        key = number if operation == CREATE else f"{number}|{operation}"
        chain.append(Step(JOURNAL, operation, key, content))
    dimensions = [
        {"place": place, "dimensions": translate.dimensions_of(line.dimensions)}
        for place, line in enumerate(entry.lines)
        if line.dimensions
    ]
    if dimensions:
        content = {
            "batch": batch,
            "document_number": number,
            "count": len(bodies),
            "lines": dimensions,
        }
        chain.append(_later(JOURNAL, number, LINE_DIMENSIONS, content))
    return chain


def totals(invoice: LedgerInvoice) -> dict[str, Any]:
    """Return a document's total and by how much the ledger's may differ, in its currency."""
    return {
        "total": None if invoice.total is None else plain(invoice.total),
        "allowed": plain(invoice.total_allowed),
    }


def _later(kind: str, key: str, operation: str, content: Mapping[str, Any]) -> Step:
    return Step(kind, operation, f"{key}|{operation}", content)


def _part(operation: str, first: int) -> str:
    """Return the operation of a part: the second hundred lines are `lines_2`."""
    return operation if not first else f"{operation}_{first // LINES_PER_BATCH + 1}"


def base_operation(operation: str) -> str:
    """Return `lines` for `lines_2`, and for `lines_2_5` of an order that was made anew."""
    head, _, number = operation.rpartition("_")
    return base_operation(head) if number.isdigit() else operation
