"""A coding of the source becomes an account and dimensions of the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from connectors.documents import CodingPart, ReferenceKind
from sync.domain.mapping import (
    COST_CENTER,
    LEDGER_ACCOUNT,
    MappingTable,
    segment_kind,
    split_dimension,
)
from sync.domain.reasons import Reason, reason
from sync.domain.targets import Lookup, problem_with

_ALL_KINDS = frozenset(ReferenceKind)


@dataclass(frozen=True, slots=True)
class Targets:
    """Where codes go: the mapping tables, the defaults, and what the ledger offers.

    `find` looks up reference data to make sure that a target is known, open and takes direct
    posting; without it targets are taken as they are.
    """

    tables: Mapping[str, MappingTable]
    default_dimensions: Mapping[str, str] = field(default_factory=dict)
    find: Lookup | None = None
    local_currency: str | None = ""  # None: nobody knows it yet
    published: frozenset[ReferenceKind] = _ALL_KINDS

    def resolve(self, kind: str, code: str, on: date | None) -> str | Reason:
        """Map one code; the target must be usable today, whatever it was when it was mapped."""
        target = self.table(kind).resolve(code, on)
        if isinstance(target, Reason):
            return target
        problem = self.problem(kind, target)
        if not problem:
            return target
        return reason(
            "mapping_invalid", kind=kind, source_code=code, target_code=target, problem=problem
        )

    def table(self, kind: str) -> MappingTable:
        table = self.tables.get(kind)
        return MappingTable(kind) if table is None else table

    def problem(self, kind: str, target: str) -> str:
        """Say why a target cannot be used; empty when it can."""
        if self.find is None:
            return ""
        return problem_with(
            kind,
            target,
            self.find,
            local_currency=self.local_currency,
            published=self.published,
        )


@dataclass(frozen=True, slots=True)
class Coded:
    """Account and dimensions of one part of a line, and what is missing for them."""

    account: str | None
    dimensions: Mapping[str, str]
    reasons: tuple[Reason, ...] = ()


def translate(
    part: CodingPart, targets: Targets, on: date | None, *, line: int, document: str
) -> Coded:
    """Map every segment of a part; segments without a value count as absent.

    Default dimensions fill in what the segments leave open. A part without an account cannot be
    booked, whatever else it says.
    """
    account: str | None = None
    dimensions: dict[str, str] = {}
    reasons: list[Reason] = []
    named = {segment_kind(name): code for name, code in part.segments.items() if code.strip()}
    for kind, code in named.items():
        target = targets.resolve(kind, code, on)
        if isinstance(target, Reason):
            reasons.append(target)
        elif kind == LEDGER_ACCOUNT:
            account = target
        else:
            pair = split_dimension(target)
            if pair is None:
                reasons.append(_not_a_dimension(kind, code, target))
            else:
                dimensions[pair[0]] = pair[1]
    if LEDGER_ACCOUNT not in named:
        reasons.append(_lacking(LEDGER_ACCOUNT, line, document))
    reasons += _fill_in(dimensions, targets, failed=bool(reasons) and COST_CENTER in named)
    return Coded(account, dimensions, tuple(reasons))


def default_dimensions(targets: Targets) -> tuple[dict[str, str], tuple[Reason, ...]]:
    """The default dimensions alone, for lines that no order line lends its own."""
    dimensions: dict[str, str] = {}
    reasons = _fill_in(dimensions, targets, failed=False)
    return dimensions, tuple(reasons)


def _fill_in(dimensions: dict[str, str], targets: Targets, *, failed: bool) -> list[Reason]:
    reasons = []
    for dimension, value in targets.default_dimensions.items():
        if dimension in dimensions or failed:
            continue
        target = f"{dimension}/{value}"
        problem = targets.problem(COST_CENTER, target)
        if problem:
            reasons.append(reason("mapping_invalid/dimension", target_code=target, problem=problem))
        else:
            dimensions[dimension] = value
    return reasons


def _not_a_dimension(kind: str, code: str, target: str) -> Reason:
    return reason(
        "mapping_invalid",
        kind=kind,
        source_code=code,
        target_code=target,
        problem="it is not of the form DIMENSION/VALUE.",
    )


def _lacking(kind: str, line: int, document: str) -> Reason:
    name = kind.replace("_", " ")
    return reason("mapping_missing/coding", kind=name, line=line, document=document)
