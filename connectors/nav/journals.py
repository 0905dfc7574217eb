"""Journal batches: finding the one of an integration, and making it where it is missing.

A batch belongs to one integration, because NAV posts whole batches; it must not have a balancing
account, because every line would get it (NAV contract 4.8).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from connectors.errors import ConfigurationError, Conflict, TemporaryError, UnknownOutcome
from connectors.nav import odata, urls
from connectors.nav.client import Client, Row
from connectors.nav.lookup import rows_by_key

OWN_COMMENT = "JAGGAER"
OWN_NAME = "Entries from JAGGAER"  # of a batch that we made


@dataclass(frozen=True, slots=True)
class JournalBatch:
    id: str
    code: str
    template: str
    balancing_account: str
    name: str = ""
    etag: str = ""


def find_batch(client: Client, company_id: str, code: str) -> JournalBatch | None:
    """Return the batch of the general journal template with this code, None where there is none."""
    rows = client.rows(
        urls.company(company_id, "journals"),
        {"$filter": odata.equals("code", code)},
        primary=True,
    )
    found = [row for row in rows if odata.code(str(row.get("code", ""))) == code]
    return _batch(found[0]) if found else None


def all_batches(client: Client, company_id: str) -> list[JournalBatch]:
    """Return every batch of the general journal template."""
    return [_batch(row) for row in client.rows(urls.company(company_id, "journals"), primary=True)]


def ensure_batch(client: Client, company_id: str, code: str) -> JournalBatch:
    """Return the batch, created if need be.

    Nothing of a document is sent before this ends well, so a creation whose outcome is unclear is
    only temporary trouble. Raises ConfigurationError for a batch with a balancing account.
    """
    batch = find_batch(client, company_id, code) or _create(client, company_id, code)
    if batch.balancing_account and _is_fresh(client, company_id, batch):
        batch = _without_balancing(client, company_id, batch)
    if batch.balancing_account:
        raise ConfigurationError(
            f"The journal batch {code} has the balancing account {batch.balancing_account}: every"
            " line would be balanced a second time. Clear it in NAV or choose another batch.",
            code="journal_batch_balancing",
        )
    return batch


def _create(client: Client, company_id: str, code: str) -> JournalBatch:
    body = {"code": code, "displayName": OWN_NAME}
    try:
        return _batch(client.post(urls.company(company_id, "journals"), body))
    except Conflict:
        batch = find_batch(client, company_id, code)
        if batch is None:
            raise
        return batch
    except UnknownOutcome as error:
        raise _pending(code, error) from error


def _pending(code: str, error: UnknownOutcome) -> TemporaryError:
    return TemporaryError(
        f"Whether NAV made the journal batch {code} ready is not known yet; no line was sent.",
        code="journal_batch_pending",
        detail=error.detail,
    )


def _is_fresh(client: Client, company_id: str, batch: JournalBatch) -> bool:
    """Whether we made a batch and nobody has used it yet."""
    if batch.name != OWN_NAME:
        return False
    return not client.rows(lines_path(company_id, batch.id), {"$top": "1"}, primary=True)


def _without_balancing(client: Client, company_id: str, batch: JournalBatch) -> JournalBatch:
    """Take out the balancing account that a template gives its new batches (NAV contract 4.8)."""
    path = urls.company(company_id, urls.record("journals", batch.id))
    try:
        client.patch(path, {"balancingAccountId": urls.ZERO_GUID}, batch.etag or "*")
    except UnknownOutcome as error:
        raise _pending(batch.code, error) from error
    return replace(batch, balancing_account="")


def _batch(row: Mapping[str, Any]) -> JournalBatch:
    return JournalBatch(
        id=str(row["id"]),
        code=odata.code(str(row.get("code", ""))),
        template=str(row.get("templateDisplayName", "")),
        balancing_account=str(row.get("balancingAccountNumber") or ""),
        name=str(row.get("displayName") or ""),
        etag=str(row.get("@odata.etag") or ""),
    )


def lines_path(company_id: str, batch_id: str) -> str:
    return urls.company(company_id, urls.record("journals", batch_id, "journalLines"))


def lines_at(client: Client, company_id: str, batch_id: str, numbers: Iterable[int]) -> list[Row]:
    """Return the lines with these line numbers, whoever they belong to."""
    rows: list[Row] = []
    for group in odata.in_groups(sorted(set(numbers)), 2 * odata.KEYS_PER_LOOKUP):
        params = {"$filter": odata.any_of("lineNumber", group)}
        rows += client.rows(lines_path(company_id, batch_id), params, primary=True)
    return rows


def lines_between(
    client: Client, company_id: str, batch_id: str, numbers: Sequence[int]
) -> list[Row]:
    """Return the lines from the first to the last of these numbers, in their order."""
    condition = f"lineNumber ge {min(numbers)} and lineNumber le {max(numbers)}"
    path = lines_path(company_id, batch_id)
    rows = client.rows(path, {"$filter": condition}, primary=True)
    return sorted(rows, key=lambda row: int(row.get("lineNumber") or 0))


def lines_of_documents(
    client: Client,
    company_id: str,
    batch_id: str,
    documents: Iterable[str],
    *,
    expand: str | None = None,
) -> dict[str, list[Row]]:
    """Return the lines that wait in a batch by document number, each in the order of its lines."""
    path = lines_path(company_id, batch_id)
    found = _of_documents(client, path, documents, expand)
    for rows in found.values():
        rows.sort(key=lambda row: int(row.get("lineNumber") or 0))
    return found


def posted_entries(
    client: Client, company_id: str, documents: Iterable[str], *, expand: str | None = None
) -> dict[str, list[Row]]:
    """Return the ledger entries that journals with these document numbers left when posted.

    A journal line has no document type (contract 4.8): a purchase invoice that NAV happened to give
    the same number has one.
    """
    found = entries_of(client, company_id, documents, expand=expand)
    return {
        number: [row for row in rows if not odata.decode_enum(row.get("documentType"))]
        for number, rows in found.items()
    }


def entries_of(
    client: Client, company_id: str, documents: Iterable[str], *, expand: str | None = None
) -> dict[str, list[Row]]:
    """Return the ledger entries of these document numbers, whatever left them."""
    path = urls.company(company_id, "generalLedgerEntries")
    return _of_documents(client, path, documents, expand)


def _of_documents(
    client: Client, path: str, documents: Iterable[str], expand: str | None
) -> dict[str, list[Row]]:
    more = {"$expand": expand} if expand else {}
    return rows_by_key(
        "documentNumber",
        documents,
        lambda condition: client.rows(path, {"$filter": condition, **more}, primary=True),
    )
