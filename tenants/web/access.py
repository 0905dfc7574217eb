"""Coming in: sign-up, the mailed links, invitations, the choice of an organization."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.generic import View

from tenants.access import invitation_by_token
from tenants.limits import WAIT_SECONDS, signup_may_go_on
from tenants.models import Role, User
from tenants.organizations import organization_of
from tenants.pages import Page, blame
from tenants.refusal import Refusal
from tenants.services import member_join, signup, signup_finish, tenant_activate
from tenants.web.forms import NewPasswordForm, SignUpForm

_BACKEND = "django.contrib.auth.backends.ModelBackend"


@method_decorator(never_cache, name="dispatch")
class SignUpPage(View):
    """A new customer; at once, or by a mailed link where addresses are verified."""

    template = "tenants/signup.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        if request.member:
            return redirect("today")
        return render(request, self.template, {"form": SignUpForm()})

    def post(self, request: HttpRequest) -> HttpResponseBase:
        form = SignUpForm(request.POST)
        if form.is_valid() and not signup_may_go_on(request, form.cleaned_data["email"]):
            form.add_error(None, "Too many attempts to sign up. Try again in an hour.")
            answer = render(request, self.template, {"form": form}, status=429)
            answer.headers["Retry-After"] = str(WAIT_SECONDS)
            return answer
        if form.is_valid():
            given = form.cleaned_data
            try:
                done = signup(
                    organization_of(given["email"]),
                    given["email"],
                    given["password"],
                    given["time_zone"],
                )
            except Refusal as refusal:
                blame(form, refusal)
            else:
                if done is None:
                    return render(request, "tenants/check_mail.html", {"email": given["email"]})
                return _welcome(request, done.user)
        return render(request, self.template, {"form": form}, status=422)


@method_decorator(never_cache, name="dispatch")
class FinishSignUp(View):
    """The page behind the mailed link: a button, since mail scanners open links."""

    template = "tenants/signup_finish.html"

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        return render(request, self.template)

    def post(self, request: HttpRequest, token: str) -> HttpResponseBase:
        try:
            done = signup_finish(token)
        except Refusal as refusal:
            return render(request, self.template, {"problem": refusal.message}, status=422)
        return _welcome(request, done.user)


@method_decorator(never_cache, name="dispatch")
class Join(View):
    """An invitation: who has an account accepts it logged in, anybody else chooses a password."""

    template = "tenants/join.html"

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        return self._show(request, token, NewPasswordForm())

    def post(self, request: HttpRequest, token: str) -> HttpResponseBase:
        user = request.user if request.user.is_authenticated else None
        form = NewPasswordForm(request.POST)
        try:
            membership = member_join(token, user=user, password=request.POST.get("password", ""))
        except Http404:
            return self._show(request, token, form, status=404)
        except Refusal as refusal:
            form.is_valid()
            blame(form, refusal)
            return self._show(request, token, form, status=422)
        if user is None:
            login(request, membership.user, backend=_BACKEND)
        tenant_activate(request, membership.tenant_id)
        messages.success(request, f"You joined {request.tenant.name}.")
        return redirect("today")

    def _show(
        self, request: HttpRequest, token: str, form: NewPasswordForm, status: int = 200
    ) -> HttpResponse:
        try:
            offer = invitation_by_token(token)
        except Http404:
            return render(request, self.template, {"gone": True}, status=404)
        known = User.objects.filter(email=offer.email).exists()
        context = {"offer": offer, "form": form, "known": known, "role": Role(offer.role).label}
        return render(request, self.template, context, status=status)


class Account(Page):
    """The person's own page: password, second step, organizations."""

    template = "tenants/account.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        return self.show()


class Switch(Page):
    """Work in another organization from now on."""

    write_role = Role.VIEWER
    http_method_names = ["post"]

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        member = tenant_activate(request, request.POST.get("organization"))
        return self.done(f"You are now working in {member.tenant.name}.", "today")


def _welcome(request: HttpRequest, user: User) -> HttpResponseBase:
    """Log a new customer in and lead to the set-up; a verified mail has proved who it is."""
    if settings.MAIL_VERIFICATION and request.user.is_authenticated:
        return redirect(reverse("today"))
    login(request, user, backend=_BACKEND)
    return redirect("setup")
