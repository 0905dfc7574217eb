"""Mapping kinds with counts, and the codes that documents wait for, with a proposal for each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from sync.domain.mapping import KINDS, OK, SUPPLIER, segment_kind
from sync.domain.suggestions import Candidate, Suggester, Suggestion
from sync.domain.targets import reference_kind
from sync.models import Integration, LedgerItem, MappingEntry, Version, Wait
from sync.selectors.booked_lines import suggested_by_lines
from sync.selectors.reviews import Waiting, summed

_MAPPING, _SUPPLIER = _WAITED = ("mapping ", "supplier ")  # how the causes begin


@dataclass(frozen=True, slots=True)
class KindCounts:
    """How many current entries a kind has, how many of them invalid, how many codes lack one."""

    kind: str
    entries: int
    invalid: int
    unmapped: int


@dataclass(frozen=True, slots=True)
class Unmapped:
    """A code that documents wait for."""

    source_code: str
    waiting: Waiting


def entries(integration: Integration, kind: str) -> QuerySet[MappingEntry]:
    """Return the current entries of a kind."""
    return MappingEntry.objects.filter(integration=integration, kind=kind, replaced_at__isnull=True)


def is_mapped(integration: Integration, kind: str, code: str) -> bool:
    """Say whether a code means something in the ledger as of now."""
    rows = MappingEntry.objects.filter(integration=integration, kind=kind, source_code=code)
    return rows.filter(replaced_at__isnull=True, state=OK).exists()


def kinds(integration: Integration) -> list[str]:
    """Return the kinds of an integration: the common ones, then one per further segment."""
    stored = MappingEntry.objects.filter(integration=integration, replaced_at__isnull=True)
    used = stored.order_by().values_list("kind", flat=True).distinct()
    return _kinds(integration, used, _causes(integration, _MAPPING))


def _kinds(integration: Integration, used: Iterable[str], causes: Iterable[str]) -> list[str]:
    waited = (_kind_of(cause) for cause in causes)
    further = {*used, *_segment_kinds(integration), *waited} - set(KINDS) - {""}
    return [*KINDS, *sorted(further)]


def kind_counts(integration: Integration, causes: Iterable[str] | None = None) -> list[KindCounts]:
    """Return every kind with its counts: one query, and one for the causes where none are given."""
    stored = MappingEntry.objects.filter(integration=integration, replaced_at__isnull=True)
    counted = {
        kind: (total, invalid)
        for kind, total, invalid in stored.order_by()
        .values_list("kind")
        .annotate(total=Count("pk"), invalid=Count("pk", filter=Q(state="invalid")))
    }
    found = list(_causes(integration, *_WAITED) if causes is None else causes)
    named = [cause for cause in found if cause.startswith(_MAPPING)]
    waited = Counter(_kind_of(cause) for cause in named)
    waited[SUPPLIER] += len(found) - len(named)
    return [
        KindCounts(kind, *counted.get(kind, (0, 0)), waited[kind])
        for kind in _kinds(integration, counted, named)
    ]


def waiting_by_cause(integration: Integration, *prefixes: str) -> dict[str, Waiting]:
    """Return what waits for each cause that a mapping ends; one query."""
    waits = Wait.objects.filter(_begins(*(prefixes or _WAITED)), integration=integration)
    return {cause: waiting for (_, cause), waiting in summed(waits).items()}


def unmapped(integration: Integration, kind: str) -> list[Unmapped]:
    """Return the codes of a kind that documents wait for, in the order of the codes."""
    return unmapped_among(waiting_by_cause(integration, *_prefixes(kind)), kind)


def unmapped_among(waiting: Mapping[str, Waiting], kind: str) -> list[Unmapped]:
    """Pick the codes of a kind out of what `waiting_by_cause` found, in the order of the codes."""
    found: dict[str, Waiting] = {}
    for prefix in _prefixes(kind):
        for cause, held in waiting.items():
            if cause.startswith(prefix):
                found.setdefault(cause.removeprefix(prefix), Waiting()).include(held)
    return [Unmapped(code, found[code]) for code in sorted(found)]


def targets(integration: Integration, kind: str) -> QuerySet[LedgerItem, tuple[str, str]]:
    """Return codes and names of what a kind may be mapped to, in the order of the codes."""
    rows = LedgerItem.objects.filter(
        integration=integration, kind=reference_kind(kind), usable=True
    )
    return rows.order_by("code").values_list("code", "name")


def described(
    integration: Integration,
    kind: str,
    codes: Sequence[str],
    among: Iterable[tuple[str, str]] | None = None,
) -> dict[str, tuple[str, Suggestion | None]]:
    """Return what each code is called at the source, and which target it probably means.

    `among` are all `targets` of the kind, for whoever has loaded them.
    """
    if not codes:
        return {}
    names = dict(_descriptions(integration, kind, codes))
    known = targets(integration, kind).order_by() if among is None else among
    suggester = Suggester(Candidate(code, name) for code, name in known)
    found = {code: suggester.suggest(code, names.get(code, "")) for code in codes}
    open_codes = [code for code, suggestion in found.items() if suggestion is None]
    found |= suggested_by_lines(integration, kind, open_codes)
    return {code: (names.get(code, ""), found[code]) for code in codes}


def _descriptions(
    integration: Integration, kind: str, codes: Sequence[str]
) -> Iterator[tuple[str, str]]:
    """Yield what one waiting document each says about the codes; one query."""
    causes = {f"{prefix}{code}": code for prefix in _prefixes(kind) for code in codes}
    waits = Wait.objects.filter(integration=integration, cause__in=list(causes))
    first = Wait.objects.filter(
        pk__in=waits.order_by("cause", "pk").distinct("cause").values("pk")
    ).order_by()
    if kind == SUPPLIER:
        for cause, name in first.values_list("cause", "document__supplier_name"):
            yield causes[cause], name
        return
    version = Version.objects.filter(
        document=OuterRef("document"), number=OuterRef("document__version")
    )
    for cause, content in first.values_list("cause", Subquery(version.values("content")[:1])):
        if content is not None:
            yield causes[cause], _said_about(causes[cause], kind, content)


def _said_about(code: str, kind: str, content: Mapping[str, Any]) -> str:
    for line in content.get("lines", ()):
        for part in line.get("coding", ()):
            for segment, value in part.get("segments", {}).items():
                if value == code and segment_kind(segment) == kind:
                    return str(part.get("descriptions", {}).get(segment, ""))
    return ""


def _causes(integration: Integration, *prefixes: str) -> list[str]:
    rows = Wait.objects.filter(_begins(*prefixes), integration=integration).order_by()
    return list(rows.values_list("cause", flat=True).distinct())


def _begins(*prefixes: str) -> Q:
    return reduce(or_, (Q(cause__startswith=prefix) for prefix in prefixes))


def _prefixes(kind: str) -> tuple[str, ...]:
    own = f"{_MAPPING}{kind} "
    return (own, _SUPPLIER) if kind == SUPPLIER else (own,)


def _kind_of(cause: str) -> str:
    """Return the kind out of a cause such as `mapping ledger_account OFFICE`."""
    return cause.removeprefix(_MAPPING).partition(" ")[0]


def _segment_kinds(integration: Integration) -> Iterable[str]:
    """Return the kinds of the source's coding segments: as its check found, or its profile says."""
    source = integration.source
    profile = source.settings.get("profile")
    coding = profile.get("coding", {}) if isinstance(profile, Mapping) else {}
    named = coding.get("segments", ()) if isinstance(coding, Mapping) else ()
    names = [*source.capabilities.get("segments", ()), *(_name(one) for one in named)]
    return {segment_kind(name) for name in names if isinstance(name, str) and name}


def _name(segment: Any) -> str:
    return str(segment.get("name", "")) if isinstance(segment, Mapping) else ""
