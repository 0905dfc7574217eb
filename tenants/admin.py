"""Customers, people and keys as support sees them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from uuid import UUID

from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from tenants.models import (
    ApiToken,
    Membership,
    SupportVisit,
    Tenant,
    TenantStatus,
    User,
    email_key,
)
from tenants.refusal import Invalid
from tenants.services import api_key_revoke, tenant_close
from tenants.services.sessions import sessions_end
from tenants.support.base import SupportAdmin, column
from tenants.support.cells import Badge, badge, counted, list_of, page_of
from tenants.support.filters import switch_filter
from tenants.support.interventions import Intervention, ReasonForm
from tenants.support.reading import rows
from tenants.support.sections import Facts, Section, Table, panel
from tenants.support.supportsite import site

_SHOWN = 20


class ShredForm(ReasonForm):
    """Why, and the customer's name once more."""

    typed = forms.CharField(
        label="Name",
        max_length=200,
        help_text="The customer's name, letter by letter: there is no way back.",
        widget=forms.TextInput(attrs={"size": 40, "autocomplete": "off"}),
    )


def _shred(chosen: list[Tenant], choices: Mapping[str, Any]) -> str:
    [tenant] = chosen
    if choices["typed"] != tenant.name:
        raise Invalid({"Name": [f"Nothing was done: this is not the name of {tenant.name}."]})
    values = tenant_close(tenant, reason=choices["reason"])
    sealed = counted(values, "sealed value")
    return f"{tenant.name} is closed; {sealed} can never be opened again."


def _shreddable(tenant: Tenant) -> str:
    return "It is closed already." if tenant.status == TenantStatus.CLOSED else ""


@admin.register(Tenant, site=site)
class TenantAdmin(SupportAdmin):
    """A customer on one page: people, keys, and what the other apps add."""

    called = ("customer", "customers")
    menu = "Customers"
    find_help = "organization"
    with_rows = ()
    list_display = (
        "name",
        column("slug", "Short name"),
        column("status", show=badge),
        "time_zone",
        column("created_at", "Since"),
    )
    list_filter = ("status",)
    interventions = (
        Intervention(
            "shred",
            "Close and shred",
            "Ends this customer's access and destroys its data keys: no credential of it can be"
            " opened again by anybody. Its documents, and the accounts of people who work for"
            " nobody else, are deleted once the time that closed customers are kept has passed; the"
            " audit trail stays. There is no way back.",
            _shred,
            form=ShredForm,
            fits=_shreddable,
            tenants_of=lambda tenant: [tenant.pk],
            superuser=True,
            final=True,
        ),
    )

    def terms(self, text: str) -> Q | None:
        return Q(name__istartswith=text) | Q(slug=text.lower())

    def hint(self, row: Tenant) -> str:
        return row.status

    def sections(self, request: HttpRequest, row: Tenant) -> Iterator[Section]:
        yield Facts(
            "Customer",
            [
                ("Name", row.name),
                ("Short name", row.slug),
                ("Status", badge(row.status)),
                ("Time zone", row.time_zone),
                ("Support", "may act" if row.support_may_act else Badge("may only read", "warn")),
                ("Since", row.created_at),
                *_ending(row),
                ("Id", row.pk),
            ],
        )


def _ending(tenant: Tenant) -> Iterator[tuple[str, Any]]:
    """Show when a customer was closed and what was deleted since: the certificate."""
    if tenant.closed_at:
        yield "Closed", tenant.closed_at
        counts = (f"{number} {kind}" for kind, number in sorted(tenant.emptied.items()))
        yield "Rows deleted", ", ".join(counts) or "none yet"
        yield "All deleted", tenant.emptied_at or "no"


@panel(Tenant, place=5)
def access_of(request: HttpRequest, tenant: Tenant) -> Iterator[Section]:
    """Show who and what may reach a customer."""
    yield _members(tenant)
    yield _keys(tenant)
    yield _visits(tenant)


def _members(tenant: Tenant) -> Table:
    found = rows(Membership).select_related("user").filter(tenant=tenant).order_by("created_at")
    return Table(
        "People",
        ("Mail address", "Role", "Since", "Last log-in"),
        [
            (
                page_of(one.user),
                one.get_role_display(),
                one.created_at,
                one.user.last_login or "never",
            )
            for one in found[:_SHOWN]
        ],
        empty="Nobody: only API keys can reach this customer.",
    )


def _keys(tenant: Tenant) -> Table:
    found = rows(ApiToken).filter(tenant=tenant).order_by("-created_at")
    return Table(
        "API keys",
        ("Name", "Ends with", "Role", "Last used", "Valid until"),
        [
            (
                page_of(one),
                one.hint,
                one.get_role_display(),
                one.last_used_at or "never",
                one.expires_at or "for good",
            )
            for one in found[:_SHOWN]
        ],
        empty="None.",
        more=list_of(ApiToken, "All keys", tenant=tenant.pk),
    )


def _visits(tenant: Tenant) -> Table:
    found = rows(SupportVisit).filter(tenant=tenant).order_by("-begun_at")
    return Table(
        "Visits of support",
        ("Who", "Begun", "Until", "Why"),
        [
            (one.staff_email, one.begun_at, one.ended_at or one.ends_at, one.reason)
            for one in found[:_SHOWN]
        ],
        empty="Nobody has acted for this customer.",
    )


def _end_sessions(chosen: list[User], choices: Mapping[str, Any]) -> str:
    for user in chosen:
        sessions_end(user)
    return f"{len(chosen)} logged out everywhere."


def _tenants_of_user(user: User) -> Iterable[UUID]:
    found = rows(Membership).filter(user=user).order_by("tenant")
    return found.values_list("tenant", flat=True)


@admin.register(User, site=site)
class UserAdmin(SupportAdmin):
    """People of customers, and staff."""

    called = ("person", "people")
    menu = "Customers"
    find_help = "mail address"
    with_rows = ()
    list_display = (
        column("email", "Mail address"),
        column("is_active", "Active"),
        column("is_staff", "Staff"),
        column("last_login", "Last log-in", empty="never"),
        column("date_joined", "Since"),
    )
    list_filter = (switch_filter("is_staff", "staff"), switch_filter("is_active", "active"))
    interventions = (
        Intervention(
            "end-sessions",
            "End sessions",
            "Logs this person out everywhere at once. API keys go on working.",
            _end_sessions,
            tenants_of=_tenants_of_user,
            scoped=False,
        ),
    )

    def terms(self, text: str) -> Q | None:
        return Q(email__startswith=email_key(text)) if len(text) > 2 else None

    def hint(self, row: User) -> str:
        return "staff" if row.is_staff else "person"

    def sections(self, request: HttpRequest, row: User) -> Iterator[Section]:
        groups = list(row.groups.using("support").values_list("name", flat=True))
        has_totp = Authenticator.objects.filter(user=row.pk, type=Authenticator.Type.TOTP).exists()
        yield Facts(
            "Person",
            [
                ("Mail address", row.email),
                ("Active", row.is_active),
                ("Staff", ", ".join(groups) or row.is_staff),
                ("Superuser", row.is_superuser),
                ("Second factor", "set up" if has_totp else Badge("none", "warn")),
                ("Last log-in", row.last_login or "never"),
                ("Since", row.date_joined),
                ("Id", row.pk),
            ],
        )
        found = rows(Membership).select_related("tenant").filter(user=row).order_by("created_at")
        yield Table(
            "Works for",
            ("Customer", "Role", "Since"),
            [(page_of(one.tenant), one.get_role_display(), one.created_at) for one in found],
            empty="No customer.",
        )


def _revoke(chosen: list[ApiToken], choices: Mapping[str, Any]) -> str:
    for key in chosen:
        api_key_revoke(key)
    keys = counted(len(chosen), "key")
    return f"{keys} disabled: requests with a disabled key are answered 401 from now on."


@admin.register(ApiToken, site=site)
class ApiKeyAdmin(SupportAdmin):
    """Keys of the API: what they may do and when they were used, never the key."""

    called = ("API key", "API keys")
    menu = "Customers"
    find_help = "last four characters or name of an API key"
    with_rows = ("tenant", "created_by")
    list_display = (
        "name",
        column("hint", "Ends with"),
        "customer",
        "role",
        column("last_used_at", "Last used", empty="never"),
        "valid_until",
    )
    interventions = (
        Intervention(
            "disable",
            "Disable",
            "Ends the key at once and for good. The customer has to make another one.",
            _revoke,
            many=True,
            final=True,
        ),
    )

    def terms(self, text: str) -> Q | None:
        return Q(hint=text[-4:]) if text.startswith("mlc_") or len(text) == 4 else Q(name=text)

    def hint(self, row: ApiToken) -> str:
        return f"{row.get_role_display()}, ends with {row.hint}"

    def sections(self, request: HttpRequest, row: ApiToken) -> Iterator[Section]:
        valid = row.is_valid(timezone.now())
        yield Facts(
            "API key",
            [
                ("Name", row.name),
                ("Ends with", row.hint),
                ("State", badge("active" if valid else "expired")),
                ("Role", row.get_role_display()),
                ("Made by", page_of(row.created_by)),
                ("Made at", row.created_at),
                ("Valid until", row.expires_at or "for good"),
                ("Last used", row.last_used_at or "never"),
                ("Id", row.pk),
            ],
        )

    @admin.display(description="Valid until")
    def valid_until(self, row: ApiToken) -> Any:
        if not row.is_valid(timezone.now()):
            return self.cell(badge("expired"))
        return self.cell(row.expires_at or "for good")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).defer("token_hash")
