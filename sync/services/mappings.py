"""Use cases around mappings: imported, removed; inside the tenant's scope.

An entry is never edited: a change ends the old row and adds a new one, so that the mapping of any
earlier moment can be read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import F
from django.utils import timezone

from audit.context import current as acting_now
from audit.record import record
from sync.domain.mapping import OK, SUPPLIER
from sync.domain.targets import problem_with
from sync.engine.parking import close_emptied
from sync.engine.refusals import causes_naming
from sync.engine.release import release_causes
from sync.models import Document, FlowName, Integration, MappingEntry
from sync.selectors.affected import Open, open_lines, summed
from sync.selectors.reviews import Waiting
from sync.services.targets import local_currency, target_lookup
from tenants.refusal import Invalid

MOST_ROWS = 50_000
_LENGTHS = {"source_code": 200, "target_code": 100, "note": 500}
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)

Key = tuple[str, date | None]


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import came to; `invalid` ones are among the others too."""

    created: int
    updated: int
    unchanged: int
    invalid: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What an import would come to, and the open lines whose target it would change."""

    imported: Imported
    lines: int
    waiting: Waiting
    changes: Sequence[Change]


@dataclass(frozen=True, slots=True)
class Change:
    """One code that would mean something else, with the open lines that carry it."""

    source_code: str
    before: str  # "" where it is not mapped
    after: str
    valid_from: date | None
    open: Open
    problem: str


@dataclass(frozen=True, slots=True)
class _Row:
    number: int  # from 1, as the caller counts
    source_code: str
    target_code: str
    valid_from: date | None
    note: str
    problem: str = ""

    @property
    def key(self) -> Key:
        return self.source_code, self.valid_from

    @property
    def says(self) -> tuple[str, str, str]:
        return self.target_code, self.note, self.problem


@dataclass(slots=True)
class _Plan:
    """What an import changes: rows to add, entries that they replace."""

    fresh: list[_Row] = field(default_factory=list)
    replaced: list[MappingEntry] = field(default_factory=list)
    created: int = 0
    unchanged: int = 0


def mapping_import(
    integration: Integration,
    *,
    kind: str,
    rows: Iterable[Mapping[str, Any]],
    keep_invalid: bool = False,
) -> Imported:
    """Store entries by source code and day, and let the documents go on that waited for them.

    Each row has `source_code` and `target_code`, and may have `valid_from` (a day or its text) and
    `note`. A target that the ledger does not have, or that cannot be booked on, raises Invalid
    (`rows[n].target_code`, n from 1) and nothing is stored; with `keep_invalid` it is stored as
    invalid. Before the ledger's reference data was read for the first time no target can be
    checked: the first reading does that.
    """
    Integration.objects.select_for_update().get(pk=integration.pk)  # one import at a time
    checked = _checked(integration, kind, rows, keep_invalid=keep_invalid)
    plan = _plan(integration, kind, checked)
    _store(integration, kind, plan)
    done = _came_to(plan, checked)
    if plan.fresh:
        facts = {"kind": kind, "created": done.created, "updated": done.updated}
        record("mapping.imported", target=integration, facts={**facts, "invalid": done.invalid})
        release_causes(integration, _causes(integration, kind, plan.fresh))
        good = [row for row in plan.fresh if not row.problem]
        close_emptied(integration, _causes(integration, kind, good), timezone.now(), "mapped")
        left = {entry.target_code for entry in plan.replaced}
        release_causes(integration, causes_naming(integration, left))
    return done


def mapping_preview(
    integration: Integration,
    *,
    kind: str,
    rows: Iterable[Mapping[str, Any]],
    keep_invalid: bool = False,
) -> Preview:
    """Say what `mapping_import` would do with these rows; stores nothing.

    Raises Invalid where the import would. Changes stand in the order of their open lines.
    """
    checked = _checked(integration, kind, rows, keep_invalid=keep_invalid)
    plan = _plan(integration, kind, checked)
    before = {(entry.source_code, entry.valid_from): entry for entry in plan.replaced}
    current = _current_targets(integration, kind, plan.fresh)
    told = {
        row.key: before[row.key].target_code if row.key in before else current.get(row.source_code)
        for row in plan.fresh
    }
    moved = [row for row in plan.fresh if told[row.key] != row.target_code]
    found = open_lines(integration, kind, _since(moved))
    changes = [
        Change(
            row.source_code,
            told[row.key] or "",
            row.target_code,
            row.valid_from,
            found.get(row.source_code) or Open(),
            row.problem,
        )
        for row in moved
    ]
    total = summed(found.values())
    return Preview(
        imported=_came_to(plan, checked),
        lines=total.lines,
        waiting=total.waiting,
        changes=sorted(changes, key=lambda one: (-one.open.lines, one.source_code)),
    )


def _current_targets(integration: Integration, kind: str, rows: Iterable[_Row]) -> dict[str, str]:
    """Return what the codes of new rows mean until now, where an undated entry says so."""
    entries = MappingEntry.objects.filter(
        integration=integration,
        kind=kind,
        replaced_at__isnull=True,
        source_code__in={row.source_code for row in rows},
    )
    ordered = entries.order_by(F("valid_from").asc(nulls_first=True))
    return dict(ordered.values_list("source_code", "target_code"))


def _since(rows: Iterable[_Row]) -> dict[str, date | None]:
    """Return the earliest day from which each code changes, None for always."""
    days: dict[str, date | None] = {}
    for row in rows:
        known = days.get(row.source_code, row.valid_from)
        both = known and row.valid_from
        days[row.source_code] = min(known, row.valid_from) if both else None
    return days


def _came_to(plan: _Plan, checked: Sequence[_Row]) -> Imported:
    return Imported(
        created=plan.created,
        updated=len(plan.replaced),
        unchanged=plan.unchanged,
        invalid=sum(bool(row.problem) for row in checked),
    )


def mapping_remove(entry: MappingEntry) -> None:
    """End an entry; documents that need it park from now on."""
    entry.replaced_at = timezone.now()
    entry.save(update_fields=["replaced_at"])
    facts = {"kind": entry.kind, "source_code": entry.source_code, "was": entry.target_code}
    record("mapping.deleted", target=entry.integration, facts=facts)


def _causes(integration: Integration, kind: str, rows: Iterable[_Row]) -> list[str]:
    codes = sorted({row.source_code for row in rows})
    causes = [f"mapping {kind} {code}" for code in codes]
    if kind == SUPPLIER:
        known = sorted({*codes, *_numbers_of_suppliers(integration, codes)})
        causes += [f"supplier {code}" for code in known]
    return causes


def _numbers_of_suppliers(integration: Integration, codes: Sequence[str]) -> Iterable[str]:
    """Return the numbers of suppliers: who waits for one that has a number names it by that."""
    rows = Document.objects.filter(
        integration=integration, flow_name=FlowName.SUPPLIERS, source_id__in=codes
    )
    return rows.exclude(supplier_erp_number="").values_list("supplier_erp_number", flat=True)


# Reading.


def _read(rows: Iterable[Mapping[str, Any]], wrong: dict[str, list[str]]) -> list[_Row]:
    """Return the rows that can be read; what is wrong with the others joins `wrong`."""
    read: dict[Key, _Row] = {}
    for number, raw in enumerate(rows, start=1):
        if number > MOST_ROWS:
            raise Invalid({"entries": [f"At most {MOST_ROWS} at once."]})
        row = _read_row(number, raw, wrong)
        if row is None:
            continue
        earlier = read.setdefault(row.key, row)
        if earlier.says != row.says:
            wrong[f"rows[{number}].source_code"] = [f"Given in row {earlier.number} already."]
    return list(read.values())


def _read_row(number: int, raw: Any, wrong: dict[str, list[str]]) -> _Row | None:
    path = f"rows[{number}]"
    if not isinstance(raw, Mapping):
        wrong[path] = ["An object with source_code and target_code."]
        return None
    before = len(wrong)
    texts = {
        name: _text(f"{path}.{name}", raw.get(name), longest, wrong, required=name != "note")
        for name, longest in _LENGTHS.items()
    }
    day = _day(f"{path}.valid_from", raw.get("valid_from"), wrong)
    if len(wrong) > before:
        return None
    return _Row(number, texts["source_code"], texts["target_code"], day, texts["note"])


def _text(
    path: str, value: Any, longest: int, wrong: dict[str, list[str]], *, required: bool
) -> str:
    trimmed = value.strip() if isinstance(value, str) else ""
    is_text = isinstance(value, str) or (value is None and not required)
    if not is_text or (required and not trimmed):
        wrong[path] = ["A text that is not empty."]
    elif len(trimmed) > longest or not trimmed.isprintable():
        wrong[path] = [f"At most {longest} characters, on one line."]
    return trimmed


def _day(path: str, value: Any, wrong: dict[str, list[str]]) -> date | None:
    if value is None or value == "" or type(value) is date:
        return value or None
    try:
        if not isinstance(value, str) or not _DAY.fullmatch(value.strip()):
            raise ValueError
        return date.fromisoformat(value.strip())
    except ValueError:
        wrong[path] = ["A day such as 2025-01-31."]
        return None


# Checking.


def _checked(
    integration: Integration, kind: str, rows: Iterable[Mapping[str, Any]], *, keep_invalid: bool
) -> list[_Row]:
    """Return the rows with what the ledger objects to; raises Invalid with all that is wrong."""
    wrong: dict[str, list[str]] = {}
    checked = _with_problems(integration, kind, _read(rows, wrong))
    if not keep_invalid:
        wrong |= {
            f"rows[{row.number}].target_code": [row.problem] for row in checked if row.problem
        }
    if wrong:
        raise Invalid(wrong)
    return checked


def _with_problems(integration: Integration, kind: str, rows: Sequence[_Row]) -> list[_Row]:
    find, published = target_lookup(integration, (row.target_code for row in rows))
    currency = local_currency(integration)
    known = published if integration.reference_at else frozenset()
    return [
        _Row(
            row.number,
            row.source_code,
            row.target_code,
            row.valid_from,
            row.note,
            problem_with(kind, row.target_code, find, local_currency=currency, published=known)[
                :300
            ],
        )
        for row in rows
    ]


# Storing.


def _plan(integration: Integration, kind: str, rows: Sequence[_Row]) -> _Plan:
    existing = {
        (entry.source_code, entry.valid_from): entry
        for entry in MappingEntry.objects.filter(
            integration=integration,
            kind=kind,
            replaced_at__isnull=True,
            source_code__in={row.source_code for row in rows},
        )
    }
    plan = _Plan()
    for row in rows:
        entry = existing.get(row.key)
        if entry and (entry.target_code, entry.note, entry.problem) == row.says:
            plan.unchanged += 1
            continue
        plan.fresh.append(row)
        if entry:
            plan.replaced.append(entry)
        else:
            plan.created += 1
    return plan


def _store(integration: Integration, kind: str, plan: _Plan) -> None:
    now = timezone.now()
    ended = [entry.pk for entry in plan.replaced]
    MappingEntry.objects.filter(pk__in=ended).update(replaced_at=now)
    MappingEntry.objects.bulk_create(
        [
            MappingEntry(
                tenant_id=integration.tenant_id,
                integration=integration,
                kind=kind,
                source_code=row.source_code,
                target_code=row.target_code,
                valid_from=row.valid_from,
                note=row.note,
                state="invalid" if row.problem else OK,
                problem=row.problem,
                created_by=acting_now().actor,
                created_at=now,
            )
            for row in plan.fresh
        ],
        batch_size=1000,
    )
