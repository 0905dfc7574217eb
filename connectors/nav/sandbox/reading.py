"""Lists and single records: choosing by index, sorting, paging, expanding, showing."""

from __future__ import annotations

import base64
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from connectors.nav.sandbox.catalogue import Link
from connectors.nav.sandbox.company import Company
from connectors.nav.sandbox.odata_filter import Node, equalities, lower_bound
from connectors.nav.sandbox.paging import Bookmark
from connectors.nav.sandbox.query import Descending, Options
from connectors.nav.sandbox.records import Record
from connectors.nav.sandbox.registry import rules_of
from connectors.nav.sandbox.rules import Parent, Rules

_INDEXED_KINDS = ("S", "G", "Dt", "E", "I")
_ORDERED = ("lastModifiedDateTime", "entryNumber")
# Fields with few records per value; asked first, so that no long list is made.
_SELECTIVE = frozenset(
    [
        "id",
        "number",
        "documentId",
        "documentNumber",
        "orderNumber",
        "vendorInvoiceNumber",
        "vendorCreditMemoNumber",
        "externalDocumentNumber",
    ]
)
_FEW = 50
SortKey = Callable[[Record], tuple[Any, ...]]


@dataclass(frozen=True)
class Rows:
    """One page of records; `after` is the sort key of the last one if more follow."""

    records: list[Record]
    count: int | None
    after: tuple[Any, ...] | None
    left: int | None


def etag(record: Record) -> str:
    """Return a record's ETag: weak, opaque, different after every change."""
    version = record["_version"]
    return f'W/"{base64.b64encode(f"19;{version:020d};00;".encode()).decode()}"'


def page_of(
    company: Company,
    rules: Rules,
    parent: Parent | None,
    options: Options,
    size: int,
    bookmark: Bookmark | None,
) -> Rows:
    """Return one page of a list: `size` rows at most, from the bookmark on."""
    passes = _test(company, rules, options.filter)
    rows = _ordered(company, rules, parent, options, bookmark)
    matching = (row for row in rows if rules.is_visible(company, row) and passes(row))
    skip = options.skip if bookmark is None else 0
    left = options.top if bookmark is None else bookmark.left
    wanted = size if left is None else min(size, left)
    records: list[Record] = []
    more = False
    for row in matching:
        if skip:
            skip -= 1
        elif len(records) < wanted:
            records.append(row)
        else:
            more = left is None or left > wanted
            break
    key = _sort_key(company, rules, options)
    return Rows(
        records=records,
        count=_count(company, rules, parent, options) if options.count else None,
        after=_bare(key(records[-1])) if more and records else None,
        left=None if left is None else left - len(records),
    )


def is_blind(name: str, options: Options, blind: Iterable[str]) -> bool:
    """Say whether a list is asked by a property whose index is out of order."""
    return any(f"{name}.{field}" in blind for field in options.filter.fields())


def without(
    rows: list[dict[str, Any]], set_name: str, unseen: Iterable[str]
) -> list[dict[str, Any]]:
    """Return shown rows without the properties that this instance leaves out."""
    left_out = {name for name in unseen if name.startswith(f"{set_name}.")}
    if not left_out:
        return rows
    return [{k: v for k, v in row.items() if f"{set_name}.{k}" not in left_out} for row in rows]


def show(
    company: Company, rules: Rules, record: Record, options: Options, root: str
) -> dict[str, Any]:
    """Return a record as JSON: ETag, chosen properties, expanded links."""
    shown: dict[str, Any] = {"@odata.etag": etag(record)}
    for name, field in rules.entity_set.fields.items():
        if options.select and name not in options.select:
            continue
        if field.kind == "Bin":
            path = f"{rules.set_name}({record['id']})/{name}"
            shown[f"{name}@odata.mediaReadLink"] = f"{root}companies({company.id})/{path}"
        else:
            shown[name] = rules.shown(company, record, name)
    for name, inner in options.expand.items():
        link = rules.entity_set.links[name]
        shown[name] = _expanded(company, rules, record, link, inner, root)
    return shown


def _expanded(
    company: Company, owner: Rules, record: Record, link: Link, options: Options, root: str
) -> Any:
    rules = owner.linked(link) if owner.linked else rules_of(link.target)
    parent = Parent(owner.set_name, record, link)
    rows = page_of(company, rules, parent, options, 20_000, None).records
    shown = [show(company, rules, row, options, root) for row in rows]
    return shown if link.many else (shown[0] if shown else None)


def _test(company: Company, rules: Rules, node: Node) -> Callable[[Record], bool]:
    return lambda record: node.matches(lambda name: rules.shown(company, record, name))


def _sort_key(company: Company, rules: Rules, options: Options) -> SortKey:
    """Return the function that makes a record's sort key; the key field breaks ties."""
    order = options.order or ((rules.entity_set.order, False),)
    last_descends = order[-1][1]

    def key(record: Record) -> tuple[Any, ...]:
        values = [
            Descending(value) if descends else value
            for value, descends in (
                (rules.shown(company, record, name), descends) for name, descends in order
            )
        ]
        tie = record["_key"]
        return (*values, Descending(tie) if last_descends else tie)

    return key


def _bare(key: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(part.value if isinstance(part, Descending) else part for part in key)


def _dressed(after: tuple[Any, ...], options: Options) -> tuple[Any, ...]:
    order = options.order or (("", False),)
    flags = [*(descends for _, descends in order), order[-1][1]]
    pairs = zip(after, flags, strict=False)
    return tuple(Descending(part) if descends else part for part, descends in pairs)


def _ordered(
    company: Company,
    rules: Rules,
    parent: Parent | None,
    options: Options,
    bookmark: Bookmark | None,
) -> Iterator[Record]:
    """Yield the candidates in order, from the bookmark on."""
    candidates = _candidates(company, rules, parent, options.filter)
    if candidates is None and _can_walk(rules, options):
        yield from _walk(company, rules, options, bookmark)
        return
    if candidates is None:
        candidates = _by_range(company, rules, options.filter)
    key = _sort_key(company, rules, options)
    start = _dressed(bookmark.after, options) if bookmark else None
    for sort_key, row in sorted(((key(row), row) for row in candidates), key=lambda pair: pair[0]):
        if start is None or sort_key > start:
            yield row


def _candidates(
    company: Company, rules: Rules, parent: Parent | None, node: Node
) -> Iterable[Record] | None:
    """Return the fewest records an index offers; None if no index helps."""
    if type(rules).rows_under is not Rules.rows_under:
        return rules.rows_under(company, parent) if parent else []
    found = _by_equality(company, rules, node)
    if parent is None:
        return found
    if found is None or len(found) > _FEW:
        return rules.rows_under(company, parent)
    return [row for row in found if _is_under(row, parent)]


def _by_equality(company: Company, rules: Rules, node: Node) -> list[Record] | None:
    """Return the fewest records that one equality of the filter leaves, by index."""
    found: list[Record] | None = None
    asked = equalities(node)
    for name in sorted(asked, key=lambda name: rules.stored_name(name) not in _SELECTIVE):
        stored = rules.stored_name(name)
        if rules.entity_set.fields[name].kind not in _INDEXED_KINDS or stored is None:
            continue
        if found is not None and len(found) <= _FEW:
            break
        rows = _by_values(company, rules.set_name, stored, asked[name])
        if found is None or len(rows) < len(found):
            found = rows
    return found


def _by_values(company: Company, set_name: str, name: str, values: tuple[Any, ...]) -> list[Record]:
    return [row for value in dict.fromkeys(values) for row in company.find(set_name, name, value)]


def _is_under(record: Record, parent: Parent) -> bool:
    return record[parent.link.other] == parent.record[parent.link.own]


def _by_range(company: Company, rules: Rules, node: Node) -> Iterable[Record]:
    """Return the records at or above a filter's lower bound, or all."""
    for name in _ORDERED:
        bound = lower_bound(node, name) if name in rules.entity_set.fields else None
        if bound is None:
            continue
        start = bound[:-3] if isinstance(bound, str) else bound - 1
        order = company.records.order(company.collection(rules.set_name), name)
        keys = order[bisect_right(order, (start, "")) :]
        return [row for _, key in keys if (row := company.get(rules.set_name, key))]
    return company.all(rules.set_name)


def _can_walk(rules: Rules, options: Options) -> bool:
    """Say whether one sorted key list gives the order of the answer."""
    if any(lower_bound(options.filter, name) is not None for name in _ORDERED):
        return False
    if not options.order:
        return rules.stored_name(rules.entity_set.order) is not None
    return len(options.order) == 1 and options.order[0][0] in _ORDERED


def _walk(
    company: Company, rules: Rules, options: Options, bookmark: Bookmark | None
) -> Iterator[Record]:
    name, descends = options.order[0] if options.order else (rules.entity_set.order, False)
    stored = rules.stored_name(name) or name
    order = company.records.order(company.collection(rules.set_name), stored)
    places = range(len(order))
    if bookmark:
        mark = tuple(bookmark.after)
        place = bisect_right(order, mark)
        if descends:
            found = place and order[place - 1] == mark
            places = range(place - 1 if found else place)
        else:
            places = range(place, len(order))
    for place in reversed(places) if descends else places:
        row = company.get(rules.set_name, order[place][1])
        if row is not None:
            yield row


def _count(company: Company, rules: Rules, parent: Parent | None, options: Options) -> int:
    """Return how many records pass the filter, whatever the page."""
    candidates = _candidates(company, rules, parent, options.filter)
    if candidates is None:
        candidates = _by_range(company, rules, options.filter)
    passes = _test(company, rules, options.filter)
    return sum(1 for row in candidates if rules.is_visible(company, row) and passes(row))
