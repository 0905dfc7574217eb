"""What the frame of every page shows: where one is, what waits, which organizations there are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject

from tenants.models import Tenant
from tenants.pages.formats import at_home, instant
from tenants.scoping import tenant_scope

# Name of the address and words, in the order of the day's work; then what belongs there too.
ENTRIES = (
    ("today", "Today", ""),
    ("reviews", "Review", ""),
    ("documents", "Documents", ""),
    ("mappings", "Mappings", ""),
    ("suppliers", "Suppliers", "spend"),
    ("runs", "Runs", ""),
    ("reconciliation", "Reconciliation", ""),
    (
        "settings",
        "Settings",
        "setup account mfa_index account_change_password account_reauthenticate",
    ),
)
_counters: dict[str, Callable[[], int]] = {}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the navigation; `count` is how much waits there, None for nothing to count."""

    name: str
    label: str
    url: str
    is_here: bool
    count: int | None = None


def count_with(name: str, counter: Callable[[], int]) -> None:
    """Let an entry of the navigation show how much waits; the counter runs inside the scope."""
    _counters[name] = counter


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Add the navigation for members, and the other organizations of a person for the switcher."""
    member = getattr(request, "member", None)
    if member is None:
        return {}
    return {
        "member": member,
        "navigation": SimpleLazyObject(lambda: _entries(request)),
        "organizations": getattr(request, "memberships", []),
        "can_operate": member.can("operator"),
        "can_administer": member.can("admin"),
        "support_until": SimpleLazyObject(lambda: _support_until(member.tenant)),
    }


def _entries(request: HttpRequest) -> list[Entry]:
    found = []
    named = getattr(request, "menu_entry", "")  # by a page whose address does not tell
    for name, label, others in ENTRIES:
        try:
            url, *more = [reverse(each) for each in (name, *others.split())]
        except NoReverseMatch:
            continue
        below = any(_is_below(request.path, each) for each in (url, *more))
        is_here = name == named if named else below
        found.append(Entry(name, label, url, is_here, _count(name, request.member.tenant)))
    return found


def _support_until(tenant: Tenant) -> str:
    """Write when an open visit of support ends; pages that are not ours are at home nowhere."""
    with at_home(tenant):
        return instant(tenant.support_until)


def _is_below(path: str, url: str) -> bool:
    return path == url if url == "/" else path.startswith(url)


def _count(name: str, tenant: Tenant) -> int | None:
    """Count in a scope of its own: pages that are not ours, such as the log-in's, open none."""
    if name not in _counters:
        return None
    with tenant_scope(tenant.pk):
        return _counters[name]()
