"""Spend by parent: what the suppliers of one family billed, each under its topmost parent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import (
    Count,
    DateField,
    F,
    Func,
    IntegerField,
    Max,
    Q,
    QuerySet,
    Sum,
    Value,
)
from django.db.models.functions import Coalesce

from connectors.documents import Resource
from sync.domain.families import Node, families
from sync.domain.vendors import parent_on
from sync.models import BILLS, LEFT_OUT, Document, DocumentState, FlowName, Integration

_MOST_STEPS = 20
_DATED = "match__parents"  # of a supplier: [{"parent", "since"}], the oldest first


@dataclass(slots=True)
class Family:
    """A parent with what it and its suppliers billed in one currency; credits negative.

    `source_id` is "" for a supplier that was never received: it stands for itself.
    """

    source_id: str
    name: str
    number: str
    currency: str
    suppliers: set[str] = field(default_factory=set)
    documents: int = 0
    amount: Decimal = Decimal(0)
    written: Decimal = Decimal(0)  # of it in the ledger

    @property
    def key(self) -> tuple[Decimal, str, str, str]:
        return (-self.amount, self.name, self.number, self.currency)


def spend_by_parent(
    integration: Integration, *, since: date | None = None, until: date | None = None
) -> list[Family]:
    """Return families by money, suppliers without relatives as families of their own.

    Each document counts under the parent that its supplier had on its date (domain rule 1b, 15).
    Two queries, whatever the number of documents; what was rejected or left out does not count.
    Suppliers that were never received have their names from their documents: see `named`.
    """
    suppliers = _Suppliers(integration)
    families: dict[tuple[str, str], Family] = {}
    for row in _billed(integration, since, until, suppliers.changed_on):
        source_id, number, currency, resource, period, documents, total, in_ledger = row
        own = suppliers.find(source_id, number)
        top = suppliers.top(own, period) if own else ""
        place = (top or number or source_id, currency)
        family = families.get(place)
        if family is None:
            name, its_number = suppliers.named(top)
            family = families[place] = Family(top, name, its_number or number, currency)
        family.suppliers.add(own or number or source_id)
        sign = -1 if resource == Resource.CREDIT_NOTE else 1
        family.documents += documents
        family.amount += sign * (total or 0)
        family.written += sign * (in_ledger or 0)
    return sorted(families.values(), key=lambda family: family.key)


def totals(families: Sequence[Family]) -> list[Family]:
    """Return what all families come to, one row for each currency in its order."""
    found: dict[str, Family] = {}
    for one in families:
        total = found.setdefault(one.currency, Family("", "", "", one.currency))
        total.suppliers |= one.suppliers
        total.documents += one.documents
        total.amount += one.amount
        total.written += one.written
    return [found[currency] for currency in sorted(found)]


def named(integration: Integration, families: Sequence[Family]) -> Sequence[Family]:
    """Name the families that no supplier was received for as their documents do; one query."""
    strangers = {id for one in families if not one.source_id for id in one.suppliers}
    rows = Document.objects.filter(integration=integration, resource__in=BILLS).order_by()
    rows = rows.filter(Q(supplier_source_id__in=strangers) | Q(supplier_erp_number__in=strangers))
    told = rows.values_list("supplier_source_id", "supplier_erp_number")
    names = {
        number or source_id: name
        for source_id, number, name in told.annotate(name=Max("supplier_name"))
    }
    for one in families:
        if not one.source_id:
            one.name = next((names[id] for id in one.suppliers if id in names), one.name)
    return families


def families_of(integration: Integration) -> list[Node]:
    """Return the families of several suppliers as trees, by the name of their head; one query."""
    rows = Document.objects.filter(integration=integration, flow_name=FlowName.SUPPLIERS)
    told = list(rows.values_list("source_id", "supplier_name", "parent_source_id"))
    names = {source_id: name for source_id, name, _ in told}
    return families(names, {source_id: parent for source_id, _, parent in told if parent})


def _billed(
    integration: Integration, since: date | None, until: date | None, cuts: Sequence[date]
) -> QuerySet[Document, tuple[Any, ...]]:
    """Return sums by supplier, currency, kind and `period`: how many days of `cuts` a document's
    date has reached; one without a date has reached all. All of it lies in one index."""
    rows = Document.objects.filter(integration=integration, resource__in=BILLS)
    if since:
        rows = rows.filter(document_date__gte=since)
    if until:
        rows = rows.filter(document_date__lte=until)
    return (
        rows.exclude(state__in=LEFT_OUT)
        .order_by()
        .annotate(period=_period(cuts))
        .values_list("supplier_source_id", "supplier_erp_number", "currency", "resource", "period")
        .annotate(
            documents=Count("pk"),
            total=Sum("amount"),
            in_ledger=Sum("amount", filter=Q(state=DocumentState.WRITTEN)),
        )
    )


def _period(cuts: Sequence[date]) -> Any:
    if not cuts:
        return Value(0)
    reached = Func(
        F("document_date"),
        Value(list(cuts), output_field=ArrayField(DateField())),
        function="width_bucket",
        output_field=IntegerField(),
    )
    return Coalesce(reached, Value(len(cuts)))


class _Suppliers:
    """Who belongs to whom, and since when: read once."""

    def __init__(self, integration: Integration) -> None:
        rows = Document.objects.filter(integration=integration, flow_name=FlowName.SUPPLIERS)
        self._names: dict[str, tuple[str, str]] = {}
        self._parents: dict[str, str] = {}
        self._dated: dict[str, Sequence[Mapping[str, str]]] = {}
        self._by_number: dict[str, str] = {}
        for source_id, name, number, parent, dated in rows.values_list(
            "source_id", "supplier_name", "supplier_erp_number", "parent_source_id", _DATED
        ):
            self._names[source_id] = (name, number)
            if parent:
                self._parents[source_id] = parent
            if dated and len(dated) > 1:
                self._dated[source_id] = dated
            if number:
                self._by_number[number] = source_id
        changes = {each["since"] for dated in self._dated.values() for each in dated[1:]}
        self.changed_on = [date.fromisoformat(day) for day in sorted(changes)]

    def find(self, source_id: str, number: str) -> str:
        """Return a supplier's id at the source as documents name it, "" where it is not known."""
        by_number = self._by_number.get(number, "")
        return by_number or (source_id if source_id in self._names else "")

    def top(self, source_id: str, period: int) -> str:
        """Return the topmost parent of a period; a cycle ends at its smallest member."""
        on = self.changed_on[period - 1] if period else date.min
        seen = [source_id]
        while (parent := self._parent(seen[-1], on)) and len(seen) < _MOST_STEPS:
            if parent in seen:
                return min(seen)
            seen.append(parent)
        return seen[-1]

    def _parent(self, source_id: str, on: date) -> str:
        if source_id in self._dated:
            return parent_on(self._dated[source_id], on)
        return self._parents.get(source_id, "")

    def named(self, source_id: str) -> tuple[str, str]:
        """Return name and number of a supplier; a parent never received has its id alone."""
        return self._names.get(source_id, (source_id, ""))
