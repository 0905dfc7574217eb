"""The admin's site: staff with a second factor, one box to find things by, nothing without rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import update_wrapper
from typing import Any

import structlog
from django.contrib import admin
from django.db import DatabaseError, connections, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from tenants.support import access, enrolment, reading
from tenants.support.cells import NOTHING, page_of
from tenants.support.interventions import Intervention
from tenants.support.login import StaffLoginForm
from tenants.support.sections import watches

_HITS = 6
_MENU = ("Customers", "Work", "History", "Machinery")
_PATIENCE = "5s"  # what a search may take at the database before it is given up
log = structlog.get_logger(__name__)


class SupportSite(admin.AdminSite):
    """Where support works; the only admin site that is mounted."""

    site_header = "ml-connector support"
    site_title = "ml-connector support"
    index_title = "Find what the customer quotes"
    index_template = "admin/support/index.html"
    login_form = StaffLoginForm
    login_template = "admin/support/login.html"
    enable_nav_sidebar = False
    empty_value_display = NOTHING

    def offer(self, model: type[Any], *more: Intervention) -> None:
        """Add what may be done to rows of a model that is registered, by an app that it is not
        to know of."""
        model_admin = self._registry[model]
        model_admin.interventions = (*model_admin.interventions, *more)

    def has_permission(self, request: HttpRequest) -> bool:
        return access.may_enter(request)

    def admin_view(self, view: Callable[..., HttpResponse], cacheable: bool = False) -> Any:
        """Guard a page; without the support database there is one sentence instead of it."""
        guarded = super().admin_view(view, cacheable)

        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not reading.is_configured():
                return _sorry(request, reading.NOT_CONFIGURED, 503)
            if access.must_enroll(request):
                return redirect("admin:two_factor")
            return guarded(request, *args, **kwargs)

        return update_wrapper(inner, view)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        return [
            path("find/", self.admin_view(self.find), name="find"),
            path("two-factor/", enrolment.two_factor, {"site": self}, name="two_factor"),
            *super().get_urls(),
        ]

    @method_decorator(sensitive_post_parameters("password", "code"))
    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        response = super().login(request, extra_context)
        if getattr(request, "second_factor_shown", False) and request.user.is_authenticated:
            access.note_proof(request)
        return response

    @method_decorator(never_cache)
    def find(self, request: HttpRequest) -> HttpResponse:
        """Look a quoted text up in everything that can be found by one."""
        text = request.GET.get("q", "").replace("\0", "").strip()[:200]
        context = {
            **self.each_context(request),
            "title": f"Search for “{text}”" if text else "Find",
            "subtitle": None,
            "text": text,
            "groups": list(self._hits(request, text)) if text else [],
        }
        return TemplateResponse(request, "admin/support/found.html", context)

    def _hits(self, request: HttpRequest, text: str) -> Iterator[dict[str, Any]]:
        for model, model_admin in self._registry.items():
            if not getattr(model_admin, "find_help", ""):
                continue
            try:
                hits = _first_hits(model_admin, request, text)
            except DatabaseError as error:
                log.warning("support_search_given_up", model=model.__name__, error=str(error)[:200])
                yield {"title": model_admin.many, "given_up": True}
                continue
            if hits:
                yield {
                    "title": model_admin.many,
                    "hits": [_hit(model_admin, row) for row in hits[:_HITS]],
                    "more": model_admin.list_path() if len(hits) > _HITS else "",
                }

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return super().index(request, {"watches": watches(), **(extra_context or {})})

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Group the lists by what people come for rather than by the app that holds them."""
        headings: dict[str, list[dict[str, str]]] = {name: [] for name in _MENU}
        for one in self._registry.values():
            if one.menu and one.has_module_permission(request):
                headings[one.menu].append({"name": one.many, "admin_url": one.list_path()})
        return [{"name": name, "models": models} for name, models in headings.items()]

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        helps = [getattr(one, "find_help", "") for one in self._registry.values()]
        return {**super().each_context(request), "find_helps": list(filter(None, helps))}


def _first_hits(model_admin: Any, request: HttpRequest, text: str) -> list[Any]:
    with transaction.atomic(using=reading.ALIAS):
        with connections[reading.ALIAS].cursor() as cursor:
            cursor.execute("select set_config('statement_timeout', %s, true)", [_PATIENCE])
        return list(model_admin.found(request, text)[: _HITS + 1])


def _hit(model_admin: Any, row: Any) -> dict[str, Any]:
    return {
        "page": page_of(row, model_admin.title_of(row)),
        "customer": page_of(row.tenant) if hasattr(row, "tenant") else "",
        "hint": model_admin.hint(row),
    }


def _sorry(request: HttpRequest, sentence: str, status: int) -> HttpResponse:
    return TemplateResponse(
        request, "admin/support/sorry.html", {"sentence": sentence}, status=status
    )


site = SupportSite(name="admin")
site.disable_action("delete_selected")
