"""Mapping kinds with counts, and the codes that documents wait for, with a proposal for each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum

from sync.domain.mapping import KINDS, SUPPLIER, segment_kind
from sync.domain.suggestions import Candidate, Suggester, Suggestion
from sync.domain.targets import reference_kind
from sync.models import Document, Integration, LedgerItem, MappingEntry, Version, Wait
from sync.selectors.booked_lines import suggested_by_lines
from sync.selectors.reviews import Waiting


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


def kinds(integration: Integration) -> list[str]:
    """Return the kinds of an integration: the common ones, then one per further segment."""
    stored = MappingEntry.objects.filter(integration=integration, replaced_at__isnull=True)
    used = stored.order_by().values_list("kind", flat=True).distinct()
    return _kinds(integration, used, _causes(integration, "mapping "))


def _kinds(integration: Integration, used: Iterable[str], causes: Iterable[str]) -> list[str]:
    waited = (_kind_of(cause) for cause in causes)
    further = {*used, *_segment_kinds(integration), *waited} - set(KINDS) - {""}
    return [*KINDS, *sorted(further)]


def kind_counts(integration: Integration) -> list[KindCounts]:
    """Return every kind with its counts, in two queries."""
    stored = MappingEntry.objects.filter(integration=integration, replaced_at__isnull=True)
    counted = {
        kind: (total, invalid)
        for kind, total, invalid in stored.order_by()
        .values_list("kind")
        .annotate(total=Count("pk"), invalid=Count("pk", filter=Q(state="invalid")))
    }
    found = _causes(integration, "mapping ", "supplier ")
    causes = [cause for cause in found if cause.startswith("mapping ")]
    waited = Counter(_kind_of(cause) for cause in causes)
    waited[SUPPLIER] += len(found) - len(causes)
    return [
        KindCounts(kind, *counted.get(kind, (0, 0)), waited[kind])
        for kind in _kinds(integration, counted, causes)
    ]


def unmapped(integration: Integration, kind: str) -> list[Unmapped]:
    """Return the codes of a kind that documents wait for, in the order of the codes."""
    found: dict[str, Waiting] = {}
    for prefix in _prefixes(kind):
        groups = (
            Wait.objects.filter(integration=integration, cause__startswith=prefix)
            .order_by()
            .values_list("cause", "document__currency", "document__resource")
            .annotate(documents=Count("pk"), amount=Sum("document__amount"))
        )
        for cause, currency, resource, documents, amount in groups:
            waiting = found.setdefault(cause.removeprefix(prefix), Waiting())
            waiting.add(documents, currency, resource, amount)
    return [Unmapped(code, found[code]) for code in sorted(found)]


def described(
    integration: Integration, kind: str, codes: Sequence[str]
) -> dict[str, tuple[str, Suggestion | None]]:
    """Return what each code is called at the source, and which target it probably means."""
    names = dict(_descriptions(integration, kind, codes))
    suggester = Suggester(_candidates(integration, kind)) if codes else Suggester([])
    found = {code: suggester.suggest(code, names.get(code, "")) for code in codes}
    open_codes = [code for code, suggestion in found.items() if suggestion is None]
    found |= suggested_by_lines(integration, kind, open_codes)
    return {code: (names.get(code, ""), found[code]) for code in codes}


def _candidates(integration: Integration, kind: str) -> Iterator[Candidate]:
    rows = LedgerItem.objects.filter(
        integration=integration, kind=reference_kind(kind), usable=True
    )
    for code, name in rows.values_list("code", "name"):
        yield Candidate(code, name)


def _descriptions(
    integration: Integration, kind: str, codes: Sequence[str]
) -> Iterator[tuple[str, str]]:
    """Yield what one waiting document each says about the codes."""
    causes = {f"{prefix}{code}": code for prefix in _prefixes(kind) for code in codes}
    waits = (
        Wait.objects.filter(integration=integration, cause__in=list(causes))
        .order_by("cause", "pk")
        .distinct("cause")
        .values_list("cause", "document")
    )
    documents = {document: causes[cause] for cause, document in waits}
    if kind == SUPPLIER:
        rows = Document.objects.filter(pk__in=documents).values_list("pk", "supplier_name")
        yield from ((documents[pk], name) for pk, name in rows)
        return
    versions = Version.objects.filter(
        document__in=documents, number=F("document__version"), content__isnull=False
    )
    for document, content in versions.values_list("document", "content"):
        yield documents[document], _said_about(documents[document], kind, content)


def _said_about(code: str, kind: str, content: Mapping[str, Any]) -> str:
    for line in content.get("lines", ()):
        for part in line.get("coding", ()):
            for segment, value in part.get("segments", {}).items():
                if value == code and segment_kind(segment) == kind:
                    return str(part.get("descriptions", {}).get(segment, ""))
    return ""


def _causes(integration: Integration, *prefixes: str) -> list[str]:
    begins = reduce(or_, (Q(cause__startswith=prefix) for prefix in prefixes))
    rows = Wait.objects.filter(begins, integration=integration).order_by()
    return list(rows.values_list("cause", flat=True).distinct())


def _prefixes(kind: str) -> tuple[str, ...]:
    own = f"mapping {kind} "
    return (own, "supplier ") if kind == SUPPLIER else (own,)


def _kind_of(cause: str) -> str:
    """Return the kind out of a cause such as `mapping ledger_account OFFICE`."""
    return cause.removeprefix("mapping ").partition(" ")[0]


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
