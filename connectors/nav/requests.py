"""The requests of each step, exactly as they are sent; also what a preview shows.

A single-request step is one `Operation`. Steps whose requests depend on what NAV holds (dimensions
that are there already) show what they add at most.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.base import PlannedRequest, Step
from connectors.errors import DocumentRefused
from connectors.nav import batch, kinds, odata, order_lines, urls
from connectors.nav.batch import Operation
from connectors.nav.books import Books
from connectors.nav.steps import base_operation
from connectors.nav.translate import terms_placeholder

SINGLE = frozenset(
    {
        (kinds.VENDOR, kinds.CREATE),
        (kinds.VENDOR, kinds.UPDATE),
        (kinds.ORDER, kinds.CREATE),
        (kinds.INVOICE, kinds.CREATE),
        (kinds.CREDIT_MEMO, kinds.CREATE),
    }
)


def is_single(step: Step) -> bool:
    """Whether a step is one request that depends on nothing but its content."""
    operation = base_operation(step.operation) if step.kind == kinds.ORDER else step.operation
    return (step.kind, operation) in SINGLE


def entity_set(kind: str) -> str:
    return "vendors" if kind == kinds.VENDOR else kinds.DOCUMENTS[kind].entity_set


def known_id(known: Mapping[str, Any]) -> str:
    """Return the id that the chain's first step taught; raises DocumentRefused without one."""
    found = str(known.get("id") or "")
    if not urls.is_guid(found):
        raise DocumentRefused("The document's id in NAV is not known.", code="id_missing")
    return found


def single(books: Books, step: Step, *, preview: bool = False) -> Operation:
    """Return the one request of a step. Raises DocumentRefused for payment terms NAV has not."""
    body = odata.wire_body(_with_terms(books, step.content, preview=preview))
    entities = entity_set(step.kind)
    if step.operation == kinds.UPDATE:
        path = urls.company(books.company_id, urls.record(entities, str(step.content["id"])))
        headers = {"If-Match": str(step.content.get("etag") or "*")}
        return Operation(step.natural_key, "PATCH", path, body, headers)
    return Operation(step.natural_key, "POST", urls.company(books.company_id, entities), body)


def _with_terms(books: Books, content: Mapping[str, Any], *, preview: bool) -> Mapping[str, Any]:
    """Put the id of the payment terms where the stored body has their code."""
    body: Mapping[str, Any] = content["body"]
    terms = content.get("payment_terms")
    if not terms or body.get("paymentTermsId") != terms_placeholder(terms):
        return body
    found = books.known_terms(terms) if preview else books.terms(terms)
    return {**body, "paymentTermsId": found or body["paymentTermsId"]}


def memo_lines(books: Books, step: Step, memo_id: str) -> list[Operation]:
    """Return the requests that add the lines of a step to a credit memo that stands."""
    kind = kinds.DOCUMENTS[step.kind]
    path = urls.company(books.company_id, urls.record(kind.entity_set, memo_id, kind.line_set))
    return _posts(path, step.content["lines"])


def journal_lines(
    books: Books, step: Step, batch_id: str, numbers: Sequence[int] = ()
) -> list[Operation]:
    """Return one POST per line; `numbers` replaces the line numbers of the plan."""
    path = urls.company(books.company_id, urls.record("journals", batch_id, "journalLines"))
    lines = list(step.content["lines"])
    if numbers:
        pairs = zip(lines, numbers, strict=True)
        lines = [{**line, "lineNumber": number} for line, number in pairs]
    return _posts(path, lines)


def _posts(path: str, bodies: Sequence[Mapping[str, Any]]) -> list[Operation]:
    return [
        Operation(str(place), "POST", path, odata.wire_body(body))
        for place, body in enumerate(bodies, start=1)
    ]


def add_dimension(books: Books, line_set: str, line_id: str, name: str, value: str) -> Operation:
    path = urls.company(books.company_id, urls.record(line_set, line_id, "dimensionSetLines"))
    return Operation("", "POST", path, {"code": name, "valueCode": value})


def change_dimension(
    books: Books, line_set: str, line_id: str, row: Mapping[str, Any], value: str
) -> Operation:
    """A dimension that is there already, e.g. by default, is changed instead (contract 4.9)."""
    inside = urls.record("dimensionSetLines", str(row["id"]))
    path = urls.company(books.company_id, urls.record(line_set, line_id, inside))
    headers = {"If-Match": str(row.get("@odata.etag") or "*")}
    return Operation("", "PATCH", path, {"valueCode": value}, headers)


def numbered(operations: Sequence[Operation]) -> list[Operation]:
    """Return operations with the ids 1, 2, 3 ..."""
    return [
        Operation(str(place), each.method, each.url, each.body, each.headers)
        for place, each in enumerate(operations, start=1)
    ]


def post_path(books: Books, kind: str, record_id: str) -> str:
    action = urls.record(entity_set(kind), record_id, "Microsoft.NAV.post")
    return urls.company(books.company_id, action)


# Preview.


def planned(
    books: Books, root: str, step: Step, known: Mapping[str, Any] | None = None
) -> list[PlannedRequest]:
    """Return what a step sends; asks nobody. Ids not yet known stand in braces."""
    known = known or {}
    operation = base_operation(step.operation)
    if is_single(step):
        one = single(books, step, preview=True)
        return [PlannedRequest(step.operation, one.method, root + one.url, one.body)]
    document_id = str(known.get("id") or urls.placeholder(f"id of the {step.kind}"))
    if operation == kinds.POST:
        return [
            PlannedRequest(step.operation, "POST", root + post_path(books, step.kind, document_id))
        ]
    if operation == kinds.CHANGE:
        operations = numbered(order_lines.at_most(books.company_id, step))
    elif operation == kinds.LINES:
        operations = memo_lines(books, step, document_id)
    elif operation == kinds.CREATE:
        name = urls.placeholder(f"id of the journal batch {step.content['batch']}")
        operations = journal_lines(books, step, str(known.get("batch_id") or name))
    else:
        operations = _dimensions_planned(books, step)
    body = batch.build(operations[: batch.MOST_OPERATIONS])
    return [PlannedRequest(step.operation, "POST", f"{root}$batch", body)]


def _dimensions_planned(books: Books, step: Step) -> list[Operation]:
    line_set = "journalLines"
    if step.kind != kinds.JOURNAL:
        line_set = kinds.DOCUMENTS[step.kind].line_set
    return numbered(
        [
            add_dimension(
                books, line_set, urls.placeholder(f"id of line {line['place'] + 1}"), name, value
            )
            for line in step.content["lines"]
            for name, value in line["dimensions"].items()
        ]
    )
