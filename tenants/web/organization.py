"""Settings of the organization: its name and zone, its people, its keys of the API."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any

from django.forms import Form
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils import timezone

from tenants import access
from tenants.models import ApiToken, Invitation, Membership, Role
from tenants.pages import Action, FormPage, Page
from tenants.services import (
    api_key_create,
    api_key_revoke,
    invitation_withdraw,
    member_invite,
    member_remove,
    member_role_change,
    tenant_change,
)
from tenants.web.forms import ApiKeyForm, InvitationForm, OrganizationForm


class Settings(Page):
    """Where each setting is found."""

    template = "tenants/settings.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        return self.show()


class Organization(FormPage):
    read_role = write_role = Role.ADMIN
    template = "tenants/organization.html"

    def form(self, data: Any = None, **kwargs: Any) -> Form:
        tenant = self.request.tenant
        initial = {"name": tenant.name, "time_zone": tenant.time_zone, "locale": tenant.locale}
        return OrganizationForm(data, initial=initial)

    def carry_out(self, form: Form, **kwargs: Any) -> HttpResponseBase:
        given = form.cleaned_data
        tenant_change(
            self.request.tenant,
            name=given["name"],
            zone=given["time_zone"],
            locale=given["locale"],
        )
        return self.done("The organization was changed.", "organization")


class Members(FormPage):
    """Who works here, who is invited, and the form that invites."""

    write_role = Role.ADMIN
    template = "tenants/members.html"

    def form(self, data: Any = None, **kwargs: Any) -> Form:
        return InvitationForm(data)

    def context(self, form: Form, **kwargs: Any) -> Mapping[str, Any]:
        rows = Membership.objects.select_related("user").order_by("created_at", "pk")
        members = list(rows)
        admins = [member.pk for member in members if member.role == Role.ADMIN]
        return {
            "form": form,
            "members": members,
            "last_admin": admins[0] if len(admins) == 1 else None,
            "invitations": list(Invitation.objects.order_by("created_at")),
            "roles": Role.choices,
        }

    def carry_out(self, form: Form, **kwargs: Any) -> HttpResponseBase:
        given = form.cleaned_data
        member_invite(given["email"], given["role"], invited_by=self.request.member.user)
        return self.done(f"{given['email']} was invited by mail, for seven days.", "members")


class _OfMember(Action):
    write_role = Role.ADMIN
    back = "members"


class ChangeRole(_OfMember):
    def carry_out(self, request: HttpRequest, **kwargs: Any) -> str:
        row = member_role_change(access.membership(kwargs["id"]), request.POST.get("role"))
        return f"{row.user} is now {Role(row.role).label.lower()}."


class Remove(_OfMember):
    def carry_out(self, request: HttpRequest, **kwargs: Any) -> str:
        row = access.membership(kwargs["id"])
        member_remove(row)
        return f"{row.user} was removed and has no access any more."


class Withdraw(_OfMember):
    def carry_out(self, request: HttpRequest, **kwargs: Any) -> str:
        row = access.invitation(kwargs["id"])
        invitation_withdraw(row)
        return f"The invitation of {row.email} was withdrawn."


class ApiKeys(FormPage):
    """The keys, and a new one, which is shown in the answer and never again."""

    read_role = write_role = Role.ADMIN
    template = "tenants/api_keys.html"

    def form(self, data: Any = None, **kwargs: Any) -> Form:
        return ApiKeyForm(data)

    def context(self, form: Form, **kwargs: Any) -> Mapping[str, Any]:
        return {"form": form, "keys": list(ApiToken.objects.order_by("-created_at"))}

    def carry_out(self, form: Form, **kwargs: Any) -> HttpResponseBase:
        given = form.cleaned_data
        until = given["expires_on"]
        ends = until and timezone.make_aware(datetime.combine(until, time.max))
        token, key = api_key_create(
            given["name"], given["role"], expires_at=ends, created_by=self.request.member.user
        )
        response = self.show({**self.context(ApiKeyForm()), "made": token, "key": key})
        response.headers["Cache-Control"] = "no-store"
        return response


class Revoke(Action):
    write_role = Role.ADMIN
    back = "api-keys"

    def carry_out(self, request: HttpRequest, **kwargs: Any) -> str:
        token = access.api_token(kwargs["id"])
        api_key_revoke(token)
        return f"The API key {token.name} was revoked; it opens nothing any more."

    def home(self, **kwargs: Any) -> str:
        return reverse("api-keys")
