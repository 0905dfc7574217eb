"""What all writes to one company share: the client, what is known of the company, confirmations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from connectors.base import Step, Written
from connectors.errors import ConnectorError, DocumentRefused, NotFound, UnknownOutcome
from connectors.nav import batch, kinds, odata, requests, urls
from connectors.nav.batch import Mode, Operation
from connectors.nav.books import Books
from connectors.nav.client import Client
from connectors.nav.compare import in_sequence

_CARRIED = (
    "line_ids",
    "batch",
    "batch_id",
    "slot_attempt",
    "total",
    "total_tax",
    "total_excluding_tax",
)


class Desk:
    """One company of one instance, ready to be written to."""

    def __init__(self, client: Client, books: Books) -> None:
        self.client = client
        self.books = books

    @property
    def company_id(self) -> str:
        return self.books.company_id

    def path(self, entity_set: str, record_id: str, inside: str = "") -> str:
        return urls.company(self.company_id, urls.record(entity_set, record_id, inside))

    def url(self, entity_set: str, record_id: str) -> str:
        path = self.path(entity_set, record_id)
        return self.client.session.url(self.client.root.path(path))

    # Reading before writing.

    def document(self, kind: str, document_id: str) -> dict[str, Any]:
        """Read a document's header on the primary. Raises NotFound."""
        return self.client.get(self.path(requests.entity_set(kind), document_id), primary=True)

    def lines(self, kind: str, document_id: str) -> list[Mapping[str, Any]]:
        """Read a document's lines in order, each with its `dimensionSetLines`. Raises NotFound."""
        found = kinds.DOCUMENTS[kind]
        expand = {"$expand": f"{found.line_set}($expand=dimensionSetLines)"}
        record = self.client.get(self.path(found.entity_set, document_id), expand, primary=True)
        return in_sequence(record.get(found.line_set))

    # Writing.

    def all_or_nothing(self, operations: Sequence[Operation]) -> list[Any]:
        """Send operations of one document in one transaction; returns their bodies in order."""
        replies = self.client.batch(operations, Mode.SNAPSHOT)
        error = batch.together(replies)
        if error is not None:
            raise error
        return [reply.body for reply in replies.values() if reply is not None]

    # Confirmations.

    def confirm(self, step: Step, record: Mapping[str, Any]) -> Written:
        """Return what the answer to a create proves.

        Raises UnknownOutcome when it does not show the record that was sent.
        """
        body = step.content["body"]
        kind = kinds.DOCUMENTS.get(step.kind)
        names = ["number"] if kind is None else ["vendorNumber", kind.number or "vendorNumber"]
        for name in names:
            if name in body and not odata.same_code(body[name], record.get(name)):
                raise UnknownOutcome(
                    "NAV's answer does not show the record that was sent.",
                    detail=f"{name}: {str(record.get(name))[:60]!r}",
                )
        if not urls.is_guid(record.get("id")):
            raise UnknownOutcome("NAV's answer to the change shows no record id.")
        return self.written(step.kind, record)

    def written(self, kind: str, record: Mapping[str, Any], **facts: Any) -> Written:
        """Return a vendor's or document's record as a confirmed effect."""
        word = "blocked" if kind == kinds.VENDOR else "status"
        return Written(
            remote_id=str(record["id"]),
            number=str(record.get("number") or ""),
            etag=str(record.get("@odata.etag") or ""),
            status=odata.decode_enum(record.get(word)),
            url=self.url(requests.entity_set(kind), str(record["id"])),
            facts={**totals_of(record), **facts},
        )

    def later(self, step: Step, known: Mapping[str, Any]) -> Written:
        """Return the confirmation of a later step: it speaks of the same document."""
        is_journal = step.kind == kinds.JOURNAL
        record_id = str(known["id"])
        entities = "journalLines" if is_journal else requests.entity_set(step.kind)
        return Written(
            remote_id=record_id,
            number=str(known.get("number") or ""),
            status="open" if is_journal else "Draft",
            url=self.url(entities, record_id),
            facts={name: known[name] for name in _CARRIED if name in known},
        )


def totals_of(record: Mapping[str, Any]) -> dict[str, str]:
    """Return the totals that NAV computed, as text; without those the record does not show."""
    names = {
        "total_excluding_tax": "totalAmountExcludingTax",
        "total_tax": "totalTaxAmount",
        "total": "totalAmountIncludingTax",
    }
    return {
        ours: format(odata.parse_number(record[theirs]), "f")
        for ours, theirs in names.items()
        if record.get(theirs) is not None
    }


def refused(error: ConnectorError) -> ConnectorError:
    """What is missing on a create or an action is something the document names: the error without
    the meaning that the document itself is gone."""
    if not isinstance(error, NotFound):
        return error
    return DocumentRefused(
        error.message,
        code=error.code,
        detail=error.detail,
        status=error.status,
        request_id=error.request_id,
    )


@contextmanager
def missing_means_refused() -> Iterator[None]:
    try:
        yield
    except NotFound as error:
        raise refused(error) from error
