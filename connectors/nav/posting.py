"""Posting a draft, provided that NAV computed the total the document bears."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from connectors.base import Step, Written
from connectors.errors import ConnectorError, DocumentRefused, NumberTaken, UnknownOutcome
from connectors.nav import kinds, odata, requests, urls
from connectors.nav.desk import Desk, missing_means_refused

_OPEN = frozenset({"", "Draft", "In Review"})
_POSTED = frozenset({"Open", "Paid"})  # one that was cancelled gives its number back


def post(desk: Desk, step: Step, known: Mapping[str, Any]) -> Written:
    """Post a draft; one that is posted already is confirmed.

    The totals NAV computed come back in `facts`. A total beyond the allowed difference leaves the
    draft alone: `facts` then hold `posted: False` and `total_difference`.
    """
    record = desk.document(step.kind, requests.known_id(known))
    if is_posted(record):
        return desk.written(step.kind, record, posted=True)
    difference = total_difference(step.content, record)
    if difference:
        return desk.written(step.kind, record, posted=False, total_difference=difference)
    try:
        with missing_means_refused():
            desk.client.act(requests.post_path(desk.books, step.kind, str(record["id"])))
    except DocumentRefused as error:
        return _in_spite_of(desk, step, record, error)
    return _after(desk, step, record)


def _in_spite_of(
    desk: Desk, step: Step, draft: Mapping[str, Any], error: DocumentRefused
) -> Written:
    """Posting commits inside the call, so that what fails after it answers with an error for a
    document that is posted: it is read back. Raises the refusal only for one that is a draft, as
    NumberTaken where its number is posted already."""
    try:
        record = desk.document(step.kind, str(draft["id"]))
    except ConnectorError as unread:
        raise UnknownOutcome(
            "NAV refused to post, and whether it has posted cannot be read.", detail=error.detail
        ) from unread
    if is_posted(record):
        return desk.written(step.kind, record, posted=True)
    numbers = _posted_before(desk, step.kind, record)
    if not numbers:
        raise error
    raise NumberTaken(
        error.message,
        draft=str(record.get("number") or ""),
        numbers=numbers,
        detail=error.detail,
        status=error.status,
        request_id=error.request_id,
    ) from error


def _posted_before(desk: Desk, kind: str, draft: Mapping[str, Any]) -> list[str]:
    """Return the numbers of what is posted under the draft's supplier's number for the vendor that
    is paid: NAV posts that number once, whatever the date, and its refusal has no code of its own
    (NAV contract 4.5). Empty where it cannot be read."""
    number = kinds.DOCUMENTS[kind].number
    if not draft.get(number):
        return []
    params = {"$filter": odata.any_of(number, [str(draft[number])])}
    path = urls.company(desk.company_id, requests.entity_set(kind))
    try:
        rows = list(desk.client.rows(path, params, primary=True))
        return [str(row.get("number") or "") for row in rows if _takes_the_number_of(draft, row)]
    except ConnectorError:
        return []


def _takes_the_number_of(draft: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    """Whether a row is another document that is posted, and not cancelled, for the same payee."""
    if row.get("id") == draft["id"] or odata.decode_enum(row.get("status")) not in _POSTED:
        return False
    return odata.key_of(row, "payToVendorNumber") == odata.key_of(draft, "payToVendorNumber")


def _after(desk: Desk, step: Step, draft: Mapping[str, Any]) -> Written:
    """Return the posted document. That it was posted is certain (unless the company posts in the
    background); its new number is worth a read, which may fail."""
    try:
        record = desk.document(step.kind, str(draft["id"]))
        return desk.written(step.kind, record, posted=is_posted(record))
    except ConnectorError:
        return desk.written(step.kind, {**draft, "status": "Open", "@odata.etag": ""}, posted=True)


def is_posted(record: Mapping[str, Any]) -> bool:
    return odata.decode_enum(record.get("status")) not in _OPEN


def total_difference(
    content: Mapping[str, Any], record: Mapping[str, Any]
) -> dict[str, str] | None:
    """Compare NAV's total with the document's; None when they agree within what is allowed."""
    if content.get("total") is None:
        return None
    ours = Decimal(content["total"])
    theirs = odata.parse_number(record.get("totalAmountIncludingTax"))
    if abs(ours - theirs) <= Decimal(content.get("allowed") or 0):
        return None
    return {"total": format(ours, "f"), "ledger_total": format(theirs, "f")}
