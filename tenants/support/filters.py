"""Narrowing lists by what stands in the address: ids that pages link with, and words.

None of them asks the database for its choices: a menu of all customers helps nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from django.contrib.admin import BooleanFieldListFilter, ModelAdmin, SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.text import capfirst

from tenants.models import Tenant
from tenants.support.cells import spoken
from tenants.support.reading import rows


class TenantFilter(SimpleListFilter):
    """`?tenant=<id>`, which pages of customers link to."""

    title = "customer"
    parameter_name = "tenant"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> Iterable[tuple[str, str]]:
        return [(given, self._name(given))] if (given := _given(self, request)) else []

    def _name(self, given: str) -> str:
        found = rows(Tenant).filter(pk=_uuid(given)).first()
        return found.name if found else given

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet | None:
        if not self.value():
            return None
        key = _uuid(self.value())
        return queryset.filter(tenant=key) if key else queryset.none()


class IdFilter(SimpleListFilter):
    """The same for any other id that lists are narrowed by: name the field and the parameter."""

    field: str

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> Iterable[tuple[str, str]]:
        return [(given, given)] if (given := _given(self, request)) else []

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet | None:
        if not self.value():
            return None
        key = _uuid(self.value())
        return queryset.filter(**{self.field: key}) if key else queryset.none()


def id_filter(field: str, title: str = "") -> type[IdFilter]:
    """Return a filter by the id in a field, under the field's name in the address."""
    name = title or field.replace("_", " ")
    return type(
        "FieldFilter", (IdFilter,), {"field": field, "title": name, "parameter_name": field}
    )


def word_filter(
    field: str,
    words: Iterable[str],
    title: str = "",
    show: Callable[[str], str] = spoken,
) -> type[SimpleListFilter]:
    """Return a filter by one of some words in a field, under the field's name in the address."""

    def lookups(self: Any, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, str]]:
        return [(str(word), capfirst(show(word))) for word in words]

    def queryset(self: Any, request: HttpRequest, queryset: QuerySet) -> QuerySet | None:
        return queryset.filter(**{field: self.value()}) if self.value() is not None else None

    names = {"title": title or field.replace("_", " "), "parameter_name": field}
    return type(
        "WordFilter", (SimpleListFilter,), names | {"lookups": lookups, "queryset": queryset}
    )


def _given(narrowing: SimpleListFilter, request: HttpRequest) -> str:
    """Return what the address says, whatever it is: a filter without a choice is not applied."""
    return request.GET.get(narrowing.parameter_name, "")


def _uuid(value: Any) -> UUID | None:
    try:
        return UUID(str(value))
    except ValueError:
        return None


def switch_filter(field: str, title: str) -> tuple[str, type[BooleanFieldListFilter]]:
    """Return a filter by a yes or no, under words of ours."""

    class Titled(BooleanFieldListFilter):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.title = title

    return field, Titled
