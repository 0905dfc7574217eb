"""Connections: added, checked with findings that arrive one by one, mended, deleted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse

from audit.context import acting
from audit.selectors import events
from connectors import registry
from connectors.models import Connection
from connectors.preflight import as_stored
from connectors.services import (
    connection_create,
    connection_delete,
    connection_pinging,
    connection_update,
)
from connectors.web.forms import BLAME, CHOICES, NEW, NavForm, SecretForm, SettingsForm
from tenants.access import find
from tenants.models import Role
from tenants.pages import Action, FormPage, Page, blame
from tenants.pages.formats import at_home, number
from tenants.pages.people import actor_names
from tenants.refusal import Refusal

_MARK = "<!--findings-->"
_EVENTS = 20
_NAMES = {"jaggaer": "JAGGAER", "nav": "NAV"}


class Connections(Page):
    template = "connectors/connections.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        rows = Connection.objects.defer("secret").order_by("created_at", "pk")
        kinds = [(kind, registry.get(kind).label) for kind in NEW]
        return self.show({"rows": list(rows), "kinds": kinds})


class New(FormPage):
    """The fields that a green check takes, and nothing else."""

    read_role = write_role = Role.ADMIN
    template = "connectors/new.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        if request.htmx:
            form = self.form(**kwargs)
            return render(request, "connectors/new_fields.html", {"form": form})
        return super().get(request, **kwargs)

    def form(self, data: Any = None, **kwargs: Any) -> Form:
        kind = kwargs["kind"]
        if kind not in NEW:
            raise Http404
        if kind == "nav":
            domain = self.request.user.email.rpartition("@")[2]
            return NavForm(data, base_url=self.request.GET.get("base_url", ""), mail_domain=domain)
        return NEW[kind](data)

    def context(self, form: Form, **kwargs: Any) -> Mapping[str, Any]:
        cls = registry.get(kwargs["kind"])
        return {"form": form, "kind": kwargs["kind"], "label": cls.label}

    def carry_out(self, form: Form, **kwargs: Any) -> HttpResponseBase:
        kind = kwargs["kind"]
        connection = connection_create(
            kind=kind,
            name=free_name(kind),
            settings=form.settings(),
            secret=form.secret(),
        )
        return _checking(connection)

    def blame(self, form: Form, refusal: Refusal) -> None:
        blame(form, refusal, BLAME, "settings.")


def _checking(connection: Connection) -> HttpResponseBase:
    """Go on to the page that checks what was just entered."""
    return redirect(f"{reverse('connection-check', args=[connection.pk])}?begin=1")


def free_name(kind: str) -> str:
    """Return a name that no connection has yet: NAV, NAV 2, …"""
    base = _NAMES.get(kind, kind)
    taken = set(Connection.objects.filter(name__startswith=base).values_list("name", flat=True))
    number = 1
    while (name := base if number == 1 else f"{base} {number}") in taken:
        number += 1
    return name


class One(Page):
    """A connection with what its last check found."""

    template = "connectors/connection.html"

    def get(self, request: HttpRequest, id: UUID) -> HttpResponseBase:
        connection = find(Connection.objects.defer("secret"), id)
        told = list(events(connection=connection.pk, action="connection.")[:_EVENTS])
        names = actor_names([event.actor for event in told])
        findings, quiet = loud_and_quiet(connection.findings)
        return self.show(
            {
                "connection": connection,
                "label": registry.get(connection.kind).label,
                "settings": _shown_settings(connection),
                "findings": findings,
                "quiet": quiet,
                "events": list(zip(told, names, strict=True)),
            }
        )


def is_quiet(finding: Mapping[str, Any]) -> bool:
    """Say whether a finding proves nothing and asks for nothing: it is folded away."""
    return finding["status"] == "unproven" and not finding["fix"]


def loud_and_quiet(findings: Iterable[Mapping[str, Any]]) -> tuple[list[Any], list[Any]]:
    """Part the findings that are read from those that are folded away, each in their order."""
    loud, quiet = [], []
    for finding in findings:
        (quiet if is_quiet(finding) else loud).append(finding)
    return loud, quiet


def _in_words(value: Any, rule: Mapping[str, Any]) -> Any:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if "enum" in rule:
        return CHOICES.get(value, value)
    return number(value) if isinstance(value, int | float) else value


def _shown_settings(connection: Connection) -> list[tuple[str, Any]]:
    schema = registry.get(connection.kind).settings_schema["properties"]
    return [
        (rule.get("title", name), _in_words(connection.settings[name], rule))
        for name, rule in schema.items()
        if name in connection.settings and not isinstance(connection.settings[name], dict)
    ]


class Check(Page):
    """Checks a connection; the page is sent while it does, finding by finding."""

    template = "connectors/check.html"

    def get(self, request: HttpRequest, id: UUID) -> HttpResponseBase:
        connection = find(Connection.objects.defer("secret"), id)
        return self.show({"connection": connection, "begin": request.GET.get("begin") == "1"})

    def post(self, request: HttpRequest, id: UUID) -> HttpResponseBase:
        with self.scope():
            connection = find(Connection.objects.defer("secret"), id)
            context = {"connection": connection, "running": True, "mark": _MARK}
            page = render_to_string(self.template, context, request)
        before, _, after = page.partition(_MARK)
        response = StreamingHttpResponse(self.pieces(connection, before, after))
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Accel-Buffering"] = "no"
        return response

    def pieces(self, connection: Connection, before: str, after: str) -> Iterator[str]:
        """Yield the page in pieces; runs after the view has returned, so it names who acts."""
        request = self.request
        with (
            at_home(request.tenant),
            acting(request.member.actor, request_id=request.request_id),
        ):
            yield before
            steps = connection_pinging(request.tenant.pk, connection.pk)
            quiet = []
            while True:
                try:
                    found = as_stored(next(steps))
                except StopIteration as end:
                    ping = end.value
                    break
                if is_quiet(found):
                    quiet.append(found)
                else:
                    yield render_to_string("connectors/finding.html", {"finding": found})
            if quiet:
                yield render_to_string("connectors/quiet.html", {"quiet": quiet})
            context = {"ping": ping, "connection": connection}
            yield render_to_string("connectors/check_end.html", context)
            yield after


class Edit(FormPage):
    """All settings of a connection."""

    read_role = write_role = Role.ADMIN
    template = "connectors/edit.html"

    def form(self, data: Any = None, **kwargs: Any) -> Form:
        connection = find(Connection.objects, kwargs["id"])
        form = SettingsForm(connection.kind, connection.settings, data)
        form.initial |= {
            "name": connection.name,
            "secret_valid_until": connection.secret_valid_until,
        }
        return form

    def context(self, form: Form, **kwargs: Any) -> Mapping[str, Any]:
        return {"form": form, "connection": find(Connection.objects, kwargs["id"])}

    def carry_out(self, form: Form, **kwargs: Any) -> HttpResponseBase:
        connection = find(Connection.objects.select_for_update(), kwargs["id"])
        settings = {
            name: value
            for name, value in form.settings().items()
            if value is not None or name in connection.settings
        }
        connection_update(
            connection,
            name=form.cleaned_data["name"],
            settings=settings,
            secret=form.secret(),
            secret_valid_until=form.cleaned_data["secret_valid_until"],
        )
        messages.success(self.request, "The connection was changed.")
        return _checking(connection)

    def blame(self, form: Form, refusal: Refusal) -> None:
        blame(form, refusal, {**BLAME, "secret": "client_secret", "name": "name"}, "settings.")


class ReplaceSecret(FormPage):
    read_role = write_role = Role.ADMIN
    template = "connectors/secret.html"

    def form(self, data: Any = None, **kwargs: Any) -> Form:
        return SecretForm(data)

    def context(self, form: Form, **kwargs: Any) -> Mapping[str, Any]:
        return {"form": form, "connection": find(Connection.objects, kwargs["id"])}

    def carry_out(self, form: Form, **kwargs: Any) -> HttpResponseBase:
        connection = find(Connection.objects.select_for_update(), kwargs["id"])
        auth = str(connection.settings.get("auth", "oauth2"))
        until = form.cleaned_data["secret_valid_until"]
        connection_update(connection, secret=form.secret(auth), secret_valid_until=until)
        return _checking(connection)

    def blame(self, form: Form, refusal: Refusal) -> None:
        blame(form, refusal, BLAME, "settings.")


class Delete(Action):
    write_role = Role.ADMIN
    back = "connections"

    def carry_out(self, request: HttpRequest, **kwargs: Any) -> str:
        connection = find(Connection.objects, kwargs["id"])
        name = connection.name
        connection_delete(connection)
        return f"The connection {name} was deleted, and its credentials with it."
