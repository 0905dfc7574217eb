"""Every page of the admin, found through the site itself: a page added is a page tested."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.urls import reverse

from tenants.support.reading import rows
from tenants.support.supportsite import site

_ROWS = 5


def _name(model: Any) -> str:
    return f"admin:{model._meta.app_label}_{model._meta.model_name}"


def lists() -> list[str]:
    return [reverse(f"{_name(model)}_changelist") for model in site._registry]


def list_of(model: Any) -> str:
    return reverse(f"{_name(model)}_changelist")


def page_of(row: Any) -> str:
    return reverse(f"{_name(type(row))}_change", args=[row.pk])


def act(row: Any, name: str) -> str:
    return reverse(f"{_name(type(row))}_{name}")


def every_page() -> Iterator[str]:
    """Yield lists, the pages of some rows of each kind, and what asks before anything is done."""
    yield reverse("admin:index")
    yield from (f"{reverse('admin:find')}?q={text}" for text in ("Kestr", "TRAVEL"))
    for model, model_admin in site._registry.items():
        yield list_of(model)
        found = list(rows(model).order_by("pk")[:_ROWS])
        assert found, f"the test has no {model.__name__} to look at"
        yield from map(page_of, found)
        for one in model_admin.interventions:
            yield f"{act(found[0], one.name)}?id={found[0].pk}"


def superusers_only() -> set[str]:
    """Return the addresses of what only a superuser may do."""
    return {
        reverse(f"{_name(model)}_{one.name}")
        for model, model_admin in site._registry.items()
        for one in model_admin.interventions
        if one.superuser
    }
