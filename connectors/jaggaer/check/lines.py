"""The lines of the doctor that follow from what was read, without another request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any

from connectors.base import Finding, Record
from connectors.documents import CodingPart, Invoice, PurchaseOrder
from connectors.errors import ConnectorError
from connectors.jaggaer.check.words import (
    FAIL,
    PASS,
    UNPROVEN,
    WARN,
    facts_of,
    finding,
    fix_of,
    spoken,
    tally,
)
from connectors.jaggaer.client import Page
from connectors.jaggaer.profile import Resource

_CLOCK_ALLOWED = timedelta(minutes=5)
_TOLERANCE = Decimal("0.05")
_NO_RIGHTS = ("forbidden",)
_OWN_LINE = (*_NO_RIGHTS, "wrapper_not_found", "paging_loop")


@dataclass(slots=True)
class Seen:
    """What was read of one flow."""

    flow: str
    resource: Resource
    page: Page | None = None
    second: Page | None = None
    error: ConnectorError | None = None
    detail_error: ConnectorError | None = None
    records: list[Record] = field(default_factory=list)


def clock(seen: Sequence[Seen]) -> Finding:
    dates = [s.page.answer.headers.get("Date") for s in seen if s.page]
    text = next((date for date in dates if date), None)
    if text is None:
        return finding("clock", UNPROVEN, "The answers carry no time.")
    try:
        theirs = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return finding("clock", UNPROVEN, "The time of the answers cannot be read.")
    if theirs.tzinfo is None:
        theirs = theirs.replace(tzinfo=UTC)
    apart = abs(datetime.now(UTC) - theirs)
    facts = {"seconds": int(apart.total_seconds())}
    if apart > _CLOCK_ALLOWED:
        words = f"JAGGAER's clock and ours are {apart} apart; reading relies on neither."
        return finding("clock", WARN, words, "Have the clock of this server checked.", facts)
    return finding("clock", PASS, "JAGGAER's clock and ours agree.", "", facts)


def http_json(seen: Sequence[Seen]) -> Finding:
    failed = [s for s in seen if s.error is not None and s.error.code not in _OWN_LINE]
    if failed:
        error = failed[0].error
        words = f"{spoken(failed[0].flow)}: {error.message}"
        return finding("http_json", FAIL, words, fix_of(error), facts_of(error))
    answered = [s.flow for s in seen if s.page]
    if not answered:
        return finding("http_json", UNPROVEN, "No list could be read.")
    return finding("http_json", PASS, f"Read: {spoken(*answered)}.")


def rights(seen: Sequence[Seen]) -> Finding:
    refused = [s.flow for s in seen if s.error is not None and s.error.code in _NO_RIGHTS]
    if refused:
        words = f"The client may not read {spoken(*refused)}."
        fix = "Ask the customer's JAGGAER team to give this client the modules it needs."
        return finding("rights", FAIL, words, fix, {"refused": refused})
    if any(s.error is not None for s in seen):
        return finding("rights", UNPROVEN, "Not every list could be read.")
    return finding("rights", PASS, "Every list of the profile may be read.")


def wrapper(seen: Sequence[Seen]) -> Finding:
    lost = [s for s in seen if s.error is not None and s.error.code == "wrapper_not_found"]
    if lost:
        fix = f"Set resources.{lost[0].resource.name}.list.items to where the records are."
        return finding("wrapper", FAIL, lost[0].error.message, fix)
    found = {
        s.flow: {"wrapper": s.page.wrapper, "total": s.page.facts.total, "read": s.page.facts.count}
        for s in seen
        if s.page and s.page.wrapper
    }
    if not found:
        return finding("wrapper", UNPROVEN, "No list held a record yet.")
    unexpected = [
        s.flow
        for s in seen
        if s.page
        and s.page.wrapper
        and s.page.wrapper not in {p.text for p in s.resource.list.items}
    ]
    if unexpected:
        fix = "Set list.items accordingly, so that it does not depend on guessing."
        words = ", ".join(f"{spoken(flow)} in {found[flow]['wrapper']}" for flow in unexpected)
        return finding("wrapper", WARN, f"Found elsewhere: {words}.", fix, found)
    words = "Every list holds its records where the profile says."
    return finding("wrapper", PASS, words, "", found)


def _is_named(resource: Resource, wrapper: str) -> bool:
    return wrapper in {path.text for path in resource.list.items}


def paging(seen: Sequence[Seen]) -> Finding:
    proven = []
    for s in seen:
        if s.error is not None and s.error.code == "paging_loop":
            words = f"{spoken(s.flow)}: {s.error.message}"
            return finding("paging", FAIL, words, "Check paging.style.")
        if s.page is None or s.second is None:
            continue
        starts = (s.page.start, s.second.start)
        expected = None if starts[0] is None else starts[0] + s.page.facts.count
        if starts[1] is not None and expected is not None and starts[1] != expected:
            words = f"{spoken(s.flow)}: the second page starts at {starts[1]}, not at {expected}."
            fix = "Check paging.param, paging.first and paging.advanceBy."
            return finding("paging", FAIL, words, fix)
        proven.append(s.flow)
    if not proven:
        return finding("paging", UNPROVEN, "No list is longer than a page yet.")
    words = f"The second page starts where the first ended: {spoken(*proven)}."
    return finding("paging", PASS, words)


def detail(seen: Sequence[Seen]) -> Finding:
    for s in seen:
        if s.detail_error is not None:
            words = f"{spoken(s.flow)}: {s.detail_error.message}"
            facts = facts_of(s.detail_error)
            status = WARN if s.detail_error.code == "not_found" else FAIL
            return finding("detail", status, words, fix_of(s.detail_error), facts)
    counts = {s.flow: len(s.records) for s in seen if s.records}
    if not counts:
        return finding("detail", UNPROVEN, "There are no records yet.")
    return finding("detail", PASS, f"Fetched: {tally(counts)}.", "", counts)


def required_fields(seen: Sequence[Seen]) -> Finding:
    problems = [
        (s.flow, problem)
        for s in seen
        for record in s.records
        for problem in record.problems
        if problem.code in ("unreadable", "date_invalid")
    ]
    if problems:
        flow, first = problems[0]
        words = f"{spoken(flow)}, {first.path}: {first.message}"
        fix = f"Correct the path or the type of {first.path} in the profile."
        return finding("required_fields", FAIL, words, fix, {"problems": len(problems)})
    if not any(s.records for s in seen):
        return finding("required_fields", UNPROVEN, "There are no records yet.")
    return finding("required_fields", PASS, "Every required field was filled and readable.")


def vocabulary(seen: Sequence[Seen]) -> Finding:
    shares: dict[str, Counter[str]] = {}
    unknown: dict[str, set[str]] = {}
    for s in seen:
        for row in s.page.records if s.page else ():
            words = s.resource.status.words(row)
            for name, word in words.received.items():
                shares.setdefault(f"{s.flow}.{name}", Counter())[word] += 1
            for name in words.unexplained:
                unknown.setdefault(f"{s.flow}.{name}", set()).add(words.received[name])
    facts: dict[str, Any] = {name: dict(counter) for name, counter in shares.items()}
    if unknown:
        words = "; ".join(f"{name}: {', '.join(sorted(w))}" for name, w in unknown.items())
        fix = "Explain the words in status.vocabulary; until then their documents are held."
        return finding("vocabulary", WARN, f"Not explained: {words}.", fix, facts)
    if not shares:
        return finding("vocabulary", UNPROVEN, "No status word was seen yet.")
    return finding("vocabulary", PASS, "Every status word is explained.", "", facts)


def shares(seen: Sequence[Seen]) -> Finding:
    wrong = [
        (s.flow, problem)
        for s in seen
        for record in s.records
        for problem in record.problems
        if problem.code == "split_incomplete"
    ]
    if wrong:
        flow, first = wrong[0]
        fix = "Check distributionType, distributionValue and splitIndex in coding.styles."
        return finding(
            "shares", FAIL, f"{spoken(flow)}: {first.message}", fix, {"lines": len(wrong)}
        )
    split = [part for part in parts_of(seen) if part.share != 100]
    if not split:
        return finding("shares", UNPROVEN, "No line with a split was seen yet.")
    return finding("shares", PASS, f"{len(split)} parts of splits come to the whole.")


def totals(seen: Sequence[Seen]) -> Finding:
    counted, off = 0, []
    for record in (record for s in seen for record in s.records):
        document = record.document
        if isinstance(document, Invoice | PurchaseOrder) and document.total is not None:
            counted += 1
            difference = abs(document.total - _computed(document))
            if difference > _TOLERANCE:
                off.append(f"{document.reference} by {difference}")
    if not counted:
        return finding("totals", UNPROVEN, "No document with a total was seen yet.")
    if off:
        words = f"{len(off)} of {counted} documents do not add up: {', '.join(off[:5])}."
        fix = "Check the paths of tax, freight, fees and discount, or ask what else is included."
        return finding("totals", WARN, words, fix, {"off": off})
    return finding("totals", PASS, f"All {counted} documents that were fetched add up.")


def _computed(document: Invoice | PurchaseOrder) -> Decimal:
    if isinstance(document, PurchaseOrder):
        lines = sum((line.amount for line in document.lines if not line.cancelled), Decimal(0))
        return lines + document.tax1 + document.tax2 + document.freight + document.handling
    lines = sum((line.amount for line in document.lines), Decimal(0))
    charges = sum((charge.amount for charge in document.charges), Decimal(0))
    return lines + charges + document.tax1 + document.tax2 - document.discount


def _documents(seen: Sequence[Seen]) -> Iterator[Invoice | PurchaseOrder]:
    for record in (record for s in seen for record in s.records):
        if isinstance(record.document, Invoice | PurchaseOrder):
            yield record.document


def parts_of(seen: Sequence[Seen]) -> list[CodingPart]:
    return [part for doc in _documents(seen) for line in doc.lines for part in line.coding]


def line_count(seen: Sequence[Seen]) -> int:
    return sum(len(document.lines) for document in _documents(seen))
