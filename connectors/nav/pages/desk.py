"""What reading and writing of one company share: addresses of records, lines, confirmations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.base import Step, Written
from connectors.errors import DocumentRefused, UnknownOutcome
from connectors.nav import kinds, odata
from connectors.nav.client import Row
from connectors.nav.pages import columns
from connectors.nav.pages import services as pages
from connectors.nav.pages.books import Books
from connectors.nav.pages.client import PagesClient, etag_of, record
from connectors.nav.pages.kinds import DOCUMENTS
from connectors.nav.pages.services import Service

# A page's status words -> those of API v2.0, so that a document reads the same in both dialects.
_STATUS = {"Open": "Draft", "Released": "Open", "Pending Approval": "In Review"}


class Desk:
    """One company of one instance, ready to be read and written."""

    def __init__(self, books: Books) -> None:
        self.books = books

    @property
    def client(self) -> PagesClient:
        return self.books.client

    def service(self, kind: str) -> Service:
        page = pages.VENDOR if kind == kinds.VENDOR else DOCUMENTS[kind].page
        return self.books.services.need(page)

    # Addresses.

    def path(self, service: Service) -> str:
        return self.books.path(service.name)

    def record_path(self, kind: str, number: str, document_type: str = "", inside: str = "") -> str:
        """Return the path of a vendor or document by its number in NAV."""
        key: dict[str, str | int] = {"No": number}
        if kind != kinds.VENDOR:
            key = DOCUMENTS[kind].key(number, document_type)
        return self.books.path(record(self.service(kind).name, key, inside))

    def lines_path(self, kind: str, known: Mapping[str, Any]) -> str:
        document_type = str(known.get("document_type") or "")
        lines = self.service(kind).lines
        return self.record_path(kind, known_number(known), document_type, lines)

    def url(self, path: str) -> str:
        return self.client.session.url(self.client.root.path(path))

    # Reading.

    def lines(self, kind: str, known: Mapping[str, Any]) -> dict[int, Row]:
        """Read a document's lines by their number. Raises NotFound for a document that is gone."""
        rows = self.client.rows(self.lines_path(kind, known), primary=True)
        return by_number(rows)

    # Confirmations.

    def confirm(self, step: Step, row: Row) -> Written:
        """Return what the answer to a create or change proves.

        Raises UnknownOutcome when it shows another record than the one that was sent.
        """
        kind = DOCUMENTS.get(step.kind)
        names = ("Buy_from_Vendor_No", kind.number) if kind else ("No",)
        body = step.content["body"]
        for name in names:
            if name in body and not odata.same_code(body[name], row.get(name)):
                raise UnknownOutcome(
                    "NAV's answer does not show the record that was sent.",
                    detail=f"{name}: {str(row.get(name))[:60]!r}",
                )
        return self.written(step.kind, row)

    def written(self, kind: str, row: Row, **facts: Any) -> Written:
        """Return a vendor or document; its number stands for the id, which pages do not show."""
        number = str(row.get("No") or "")
        document_type = str(row.get("Document_Type") or "")
        if kind != kinds.VENDOR and document_type:
            facts = {"document_type": document_type, **facts}
        is_vendor = kind == kinds.VENDOR
        word = odata.decode_enum(row.get("Blocked")) if is_vendor else status_word(row)
        return Written(
            remote_id=number,
            number=number,
            etag=etag_of(row),
            status=word,
            url=self.url(self.record_path(kind, number, document_type)),
            facts=facts,
        )

    def learned(self, step: Step, written: Written) -> Written:
        """Remember what it proves that NAV holds a step, and hand it on with the confirmation."""
        before = self.books.setup()
        after = columns.taught(step, before)
        if after is before:
            return written
        self.books.remember(after)
        return columns.told(written, after)

    def later(self, step: Step, known: Mapping[str, Any]) -> Written:
        """Return the confirmation of lines: it speaks of the same document."""
        number = known_number(known)
        document_type = str(known.get("document_type") or "")
        return Written(
            remote_id=number,
            number=number,
            status="Draft",
            url=self.url(self.record_path(step.kind, number, document_type)),
            facts={"document_type": document_type} if document_type else {},
        )


def known_number(known: Mapping[str, Any]) -> str:
    """Return the number that the chain's first step taught; raises DocumentRefused without one."""
    found = str(known.get("id") or "")
    if not found:
        raise DocumentRefused("The document's number in NAV is not known.", code="id_missing")
    return found


def status_word(row: Row) -> str:
    """Return a document's status in the words of API v2.0; a page without it shows open ones."""
    word = odata.decode_enum(row.get("Status"))
    return _STATUS.get(word, word)


def by_number(rows: Sequence[Row]) -> dict[int, Row]:
    found = {int(row.get("Line_No") or 0): row for row in rows}
    return {number: found[number] for number in sorted(found)}
