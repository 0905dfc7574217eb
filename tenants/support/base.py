"""A model's pages for support: found by what people quote, read-only, acted on with a reason."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.text import capfirst

from tenants.support import access
from tenants.support.cells import Link, page_of, shown
from tenants.support.filters import TenantFilter
from tenants.support.interventions import MOST_AT_ONCE, Intervention, ReasonForm, intervene
from tenants.support.reading import CappedPaginator, rows
from tenants.support.sections import Section, panels_of


class SupportAdmin(admin.ModelAdmin):
    """Base of every page: rows of all tenants, no form, no deletion, no export."""

    called: tuple[str, str] = ("", "")  # one and many, as support says; the model's names if empty
    menu = ""  # heading under which the first page lists it; "" leaves it out
    interventions: Sequence[Intervention] = ()
    find_help = ""  # what a customer quotes that leads here; "" keeps it out of the search
    with_rows: Sequence[str] = ("tenant",)  # foreign keys that lists and pages show
    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    paginator = CappedPaginator
    ordering = ("-pk",)
    list_filter: Sequence[Any] = (TenantFilter,)
    sortable_by: Sequence[str] = ()
    change_list_template = "admin/support/list.html"

    # What is found.

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return rows(self.model).select_related(*self.with_rows).order_by(*self.ordering)

    def terms(self, text: str) -> Q | None:
        """Return the rows that a quoted text means, by equality or beginning; None: not one."""
        return None

    def found(self, request: HttpRequest, text: str) -> QuerySet:
        """Return the rows that a text means: the id of a row, or what `terms` makes of it."""
        found = self.terms(text) or Q(pk__in=[])
        key = as_uuid(text)
        if key is not None and self.model._meta.pk.get_internal_type() == "UUIDField":
            found |= Q(pk=key)
        return self.get_queryset(request).filter(found)

    @property
    def search_help_text(self) -> str:
        return f"{capfirst(self.find_help)}, or an id."

    def get_search_fields(self, request: HttpRequest) -> Sequence[str]:
        return ("pk",) if self.find_help else ()

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        text = search_term.strip()
        if not text:
            return queryset, False
        return queryset & self.found(request, text), False

    def hint(self, row: Any) -> str:
        """Say in a word or two what a search hit is."""
        return ""

    # Who may.

    def has_module_permission(self, request: HttpRequest) -> bool:
        return access.may_read(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return access.may_read(request)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def may_act(self, request: HttpRequest) -> bool:
        return access.may_act(request)

    # What is shown.

    def sections(self, request: HttpRequest, row: Any) -> Iterable[Section]:
        """Yield what the page of a row consists of."""
        return ()

    def title_of(self, row: Any) -> str:
        return str(row)

    @property
    def one(self) -> str:
        return self.called[0] or str(self.opts.verbose_name)

    @property
    def many(self) -> str:
        return self.called[1] or str(self.opts.verbose_name_plural)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return super().changelist_view(
            request, {"title": capfirst(self.many), **(extra_context or {})}
        )

    @admin.display(description="Customer")
    def customer(self, row: Any) -> Any:
        return self.cell(page_of(row.tenant))

    @staticmethod
    def cell(value: Any) -> Any:
        """Return a value as a column of the list shows it."""
        return shown(value)

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        guard = self.admin_site.admin_view
        acts = [
            path(
                f"act/{one.name}/",
                guard(partial(self.act_view, intervention=one)),
                name=f"{name}_{one.name}",
            )
            for one in self.interventions
        ]
        return [
            path("", guard(self.changelist_view), name=f"{name}_changelist"),
            *acts,
            path("<path:object_id>/change/", guard(self.change_view), name=f"{name}_change"),
        ]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show one row; there is nothing to submit here."""
        if request.method not in ("GET", "HEAD") or not self.has_view_permission(request):
            raise PermissionDenied
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": self.title_of(row),
            "subtitle": None,
            "kind": self.one,
            "many": self.many,
            "customer": page_of(row.tenant) if hasattr(row, "tenant") else "",
            "sections": [*self.sections(request, row), *panels_of(request, row)],
            "buttons": list(self._buttons(request, row)),
        }
        return TemplateResponse(request, "admin/support/page.html", context)

    def _buttons(self, request: HttpRequest, row: Any) -> Iterator[dict[str, Any]]:
        for one in self._open_to(request):
            barred = one.fits(row)
            yield {
                "label": one.label,
                "barred": barred,
                "final": one.final,
                "href": f"{self._act_path(one)}?id={row.pk}",
            }

    def _act_path(self, intervention: Intervention) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{intervention.name}")

    def list_path(self) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")

    # What is done.

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return {
            one.name: (partial(_ask, intervention=one), one.name, one.label)
            for one in self._open_to(request)
            if one.many
        }

    def _open_to(self, request: HttpRequest) -> list[Intervention]:
        """Return what this person may do to these rows."""
        if not self.may_act(request):
            return []
        is_superuser = request.user.is_superuser
        return [one for one in self.interventions if is_superuser or not one.superuser]

    def act_view(self, request: HttpRequest, intervention: Intervention) -> HttpResponse:
        """Ask on GET and after a missing reason; act on a POST with one."""
        if intervention not in self._open_to(request):
            raise PermissionDenied
        asked = request.POST if request.method == "POST" else request.GET
        form = intervention.form(request.POST if request.method == "POST" else None)
        return self.ask(request, intervention, self._chosen(request, asked.getlist("id")), form)

    def _chosen(self, request: HttpRequest, ids: Sequence[str]) -> list[Any]:
        keys = [self.model._meta.pk.to_python(one) for one in ids if _is_key(self.model, one)]
        chosen = list(self.get_queryset(request).filter(pk__in=keys[:MOST_AT_ONCE]))
        if not chosen or len(chosen) != len(set(ids)):
            raise Http404
        return chosen

    def ask(
        self,
        request: HttpRequest,
        intervention: Intervention,
        chosen: list[Any],
        form: ReasonForm,
    ) -> HttpResponse:
        """Show what is about to be done to what, and do it once the form holds."""
        barred = [(row, why) for row in chosen if (why := intervention.fits(row))]
        open_to_it = [row for row in chosen if not intervention.fits(row)]
        if open_to_it and form.is_bound and form.is_valid():
            return self._act(request, intervention, open_to_it, form.cleaned_data)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "many": self.many,
            "title": intervention.label,
            "subtitle": None,
            "question": intervention.question,
            "final": intervention.final,
            "form": form,
            "action": self._act_path(intervention),
            "chosen": [
                (row.pk, page_of(row, self.title_of(row)), self.hint(row), _customer(row))
                for row in open_to_it
            ],
            "barred": [(page_of(row, self.title_of(row)), why) for row, why in barred],
            "back": page_of(chosen[0]) if len(chosen) == 1 else Link("back", self.list_path()),
        }
        return TemplateResponse(request, "admin/support/confirm.html", context)

    def _act(
        self,
        request: HttpRequest,
        intervention: Intervention,
        chosen: list[Any],
        choices: dict[str, Any],
    ) -> HttpResponse:
        told = intervene(request.user, intervention, chosen, choices)
        for sentence in told.done:
            messages.success(request, sentence)
        for sentence in told.refused:
            messages.error(request, sentence)
        after = page_of(chosen[0]) if len(chosen) == 1 else ""
        still_there = isinstance(after, Link) and rows(self.model).filter(pk=chosen[0].pk).exists()
        return HttpResponseRedirect(after.href if still_there else self.list_path())


def column(
    field: str, title: str = "", show: Callable[[Any], Any] = shown, empty: str = ""
) -> Callable[..., Any]:
    """Return a column of a list that shows a field as pages do, and `empty` for None.

    `badge` as `show` colors a state.
    """

    @admin.display(description=title or field.replace("_", " ").removesuffix(" at").capitalize())
    def value(row: Any) -> Any:
        found = getattr(row, field)
        return shown(empty if found is None else show(found))

    return value


def _ask(
    model_admin: SupportAdmin,
    request: HttpRequest,
    queryset: QuerySet,
    *,
    intervention: Intervention,
) -> HttpResponse | None:
    chosen = list(queryset[: MOST_AT_ONCE + 1])
    if len(chosen) > MOST_AT_ONCE:
        messages.error(request, f"At most {MOST_AT_ONCE} at once: narrow the list first.")
        return None
    return model_admin.ask(request, intervention, chosen, intervention.form())


def _customer(row: Any) -> Any:
    return page_of(row.tenant) if hasattr(row, "tenant") else ""


def _is_key(model: type[Model], text: str) -> bool:
    if model._meta.pk.get_internal_type() == "UUIDField":
        return as_uuid(text) is not None
    return text.isdigit()


def as_uuid(text: str) -> UUID | None:
    """Return the id that a text is, also with braces or without hyphens; None for anything else."""
    try:
        return UUID(text.strip())
    except ValueError:
        return None
