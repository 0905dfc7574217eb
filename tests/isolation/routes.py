"""Every route of the product with its methods and the policy that its view declares."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from tenants.models import Role

METHODS = ("get", "post", "put", "patch", "delete")
_PLACE = re.compile(r"<(?:(\w+):)?(\w+)>")

# Addresses that belong to no tenant, and why nobody's rows can come out of them.
OPEN = {
    r"health/(live|ready)": "counts nothing, names nobody",
    r"metrics": "from loopback or with a token; counts over all tenants",
    r"csp-report": "what a browser refused, for the log; answers nothing",
    r"api/schema/|api/docs/": "describes the product",
    r"\^admin/": "of the support role's own process; elsewhere a redirect",
    r"accounts/.*": "a person's own account: password, second factor",
    r"signup/.*|api/v1/signup|join/.*": "before there is a tenant; a secret link",
    r"api/v1/\^\[\\s\\S\]\*\$": "every other path: not found",
    r"mails/stop/.*": "a signed link names the one whose mails end",
    r"webhooks/.*": "a token of its own names connection and tenant",
}


@dataclass(frozen=True)
class Route:
    """One pattern with the methods that its view has a handler for."""

    pattern: str
    view: Any
    methods: tuple[str, ...]

    @property
    def is_api(self) -> bool:
        return self.pattern.startswith("api/")

    @property
    def has_id(self) -> bool:
        return "<uuid:" in self.pattern

    def role(self, method: str) -> Role:
        """Return the least role that the view declares for a method."""
        return Role(self.view.read_role if method == "get" else self.view.write_role)

    def urls(self, ids: SimpleNamespace) -> list[str]:
        """Return the address on these things; where the kind of id is unknown, on each of them."""
        unknown = [m for m in _PLACE.finditer(self.pattern) if self._value(m, ids) is None]
        if not unknown:
            return ["/" + _PLACE.sub(lambda m: str(self._value(m, ids)), self.pattern)]
        return [
            "/"
            + _PLACE.sub(lambda m, any_id=any_id: str(self._value(m, ids) or any_id), self.pattern)
            for any_id in vars(ids).values()
        ]

    def _value(self, match: re.Match[str], ids: SimpleNamespace) -> Any:
        kind, name = match.groups()
        before = self.pattern[: match.start()].rstrip("/").rpartition("/")[2].replace("-", "_")
        match kind:
            case "uuid":
                return getattr(ids, "entry" if name == "entry" else before, None)
            case "int":
                return 1
            case "slug":
                return "nav"
        if name == "kind":
            return "suppliers" if before == "reference" else "tax"
        return "invoices" if name == "resource" else "x" * 43


def every_route() -> list[Route]:
    """Return every route of the URL table, those of no tenant left out."""
    return [
        route
        for route in _walk(get_resolver("integration_platform.urls"), "")
        if not is_open(route)
    ]


def is_open(route: Route) -> bool:
    return any(re.fullmatch(pattern, route.pattern) for pattern in OPEN)


def without_policy(routes: list[Route]) -> list[str]:
    """Return the routes whose view says nothing of roles, so that nobody knows who may."""
    return [
        r.pattern
        for r in routes
        if not hasattr(r.view, "read_role") or not hasattr(r.view, "write_role")
    ]


def _walk(resolver: URLResolver, prefix: str) -> Iterator[Route]:
    for entry in resolver.url_patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _walk(entry, path)
        elif isinstance(entry, URLPattern):
            view = getattr(
                entry.callback, "view_class", getattr(entry.callback, "cls", entry.callback)
            )
            allowed = getattr(view, "http_method_names", METHODS)
            handled = tuple(m for m in METHODS if m in allowed and hasattr(view, m))
            yield Route(path, view, handled)
