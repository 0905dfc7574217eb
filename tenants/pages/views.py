"""The frame around a page: who may see it, whose rows it shows, how it says no."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any, ClassVar

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.generic import View

from tenants.models import Role
from tenants.pages.formats import at_home
from tenants.pages.forms import blame
from tenants.refusal import Refusal
from tenants.scoping import tenant_scope


class Page(View):
    """A page for members. `get` runs in the tenant's scope; `post` opens one where it needs it.

    A service that refuses must take everything back, so it is called in a scope of its own; the
    page that says so is then made in another one.
    """

    http_method_names: ClassVar = ["get", "post", "head"]
    read_role: ClassVar[Role] = Role.VIEWER
    write_role: ClassVar[Role] = Role.OPERATOR
    template: ClassVar[str] = ""
    outside: ClassVar[bool] = False  # a page that asks other systems holds no transaction open

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Let in who may, then answer in the tenant's time zone and number format."""
        member = getattr(request, "member", None)
        reading = request.method in ("GET", "HEAD")
        if member is None and not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if member is None:
            return render(request, "tenants/nowhere.html", status=403)
        if not member.can(self.read_role if reading else self.write_role):
            raise PermissionDenied
        with at_home(member.tenant):
            if self.outside or not reading:
                return super().dispatch(request, *args, **kwargs)
            with self.scope():
                return super().dispatch(request, *args, **kwargs)

    def scope(self) -> AbstractContextManager[None]:
        return tenant_scope(self.request.member.tenant.pk)

    def show(self, context: Mapping[str, Any] | None = None, *, status: int = 200) -> HttpResponse:
        """Render the page's template now, while the scope is open."""
        return render(self.request, self.template, dict(context or {}), status=status)

    def done(self, message: str, to: str, *args: Any, **kwargs: Any) -> HttpResponseRedirect:
        """Say what was done and go on to another page."""
        messages.success(self.request, message)
        return redirect(to, *args, **kwargs)


class FormPage(Page, ABC):
    """A page with one form: subclasses make the form, carry it out, and say where it goes then."""

    @abstractmethod
    def form(self, data: Any = None, **kwargs: Any) -> Form:
        """Make the form: bound to what was sent, or as the page shows it first."""

    def context(self, form: Form, **kwargs: Any) -> Mapping[str, Any]:
        return {"form": form}

    @abstractmethod
    def carry_out(self, form: Form, **kwargs: Any) -> HttpResponseBase:
        """Call the service, in the tenant's scope; a Refusal brings the form back."""

    def blame(self, form: Form, refusal: Refusal) -> None:
        blame(form, refusal)

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        return self.show(self.context(self.form(**kwargs), **kwargs))

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        with self.scope():
            form = self.form(request.POST, **kwargs)
            valid = form.is_valid()
        if valid:
            try:
                with self.scope():
                    return self.carry_out(form, **kwargs)
            except Refusal as refusal:
                self.blame(form, refusal)
        with self.scope():
            return self.show(self.context(form, **kwargs), status=422)


class Button(Page):
    """An address that takes a POST alone, and goes back to where it was pressed."""

    http_method_names: ClassVar = ["post"]
    back: ClassVar[str] = "today"

    def home(self, **kwargs: Any) -> str:
        """Where to go when the form names no page of ours."""
        return reverse(self.back)

    def next_page(self, request: HttpRequest, **kwargs: Any) -> str:
        wanted = request.POST.get("next", "")
        if url_has_allowed_host_and_scheme(wanted, None):
            return wanted
        return self.home(**kwargs)


class Action(Button, ABC):
    """A button that does one thing and says so."""

    @abstractmethod
    def carry_out(self, request: HttpRequest, **kwargs: Any) -> str:
        """Do it in the tenant's scope; returns the words for the person, "" where all is said."""

    def complaints(self, refusal: Refusal) -> Iterable[str]:
        """Say why it was refused, in one message or several."""
        return [words_of(refusal)]

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        try:
            with self.scope():
                words = self.carry_out(request, **kwargs)
            if words:
                messages.success(request, words)
        except Refusal as refusal:
            for words in self.complaints(refusal):
                messages.error(request, words)
        return redirect(self.next_page(request, **kwargs))


def words_of(refusal: Refusal) -> str:
    """Return a refusal as one message for a person."""
    said = [message for messages in refusal.fields.values() for message in messages]
    return " ".join(said) or refusal.message
