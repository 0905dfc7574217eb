"""Which mails a member gets: chosen on a page, ended by the link in each mail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core import signing
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import View

from sync.mails.outbox import read_stop_token
from sync.models import MailKind
from sync.services.mails import mail_choices, mail_choose
from tenants.models import Membership, Role
from tenants.pages import FormPage, PlainForm
from tenants.scoping import tenant_scope

HELP = {
    MailKind.REVIEW: "At most once an hour, all new causes in one mail.",
    MailKind.RECEIPT: "At most once a day, all new ones in one mail; the policy says after how many"
    " days.",
    MailKind.DIGEST: "At 07:00 in the organization's time zone.",
    MailKind.SILENCE: "When runs fail three times in a row, or documents stay away for longer than"
    " in the eight weeks before.",
    MailKind.CONNECTION: "At once; again only if it has worked in between.",
}


class MailForm(PlainForm):
    says_optional = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind in MailKind:
            self.fields[kind] = forms.BooleanField(
                label=kind.label, help_text=HELP[kind], required=False
            )


class Mails(FormPage):
    """The choice of the person at hand, for the organization at hand."""

    write_role = Role.VIEWER
    template = "sync/mails.html"

    def form(self, data: Any = None, **kwargs: Any) -> Form:
        row = Membership.objects.get(user=self.request.member.user)
        return MailForm(data, initial=mail_choices(row))

    def context(self, form: Form, **kwargs: Any) -> Mapping[str, Any]:
        return {"form": form}

    def carry_out(self, form: Form, **kwargs: Any) -> HttpResponseBase:
        mail_choose(self.request.member.user.pk, form.cleaned_data)
        return self.done("Your mails were changed.", "mails")


@method_decorator([never_cache, csrf_exempt], name="dispatch")
class Stop(View):
    """The link in a mail: a button for people, a POST without any page for mail programs.

    Mail programs hold no cookie of ours, so no CSRF token can be asked for; the signed link names
    one member and one kind, and can do nothing but end it.
    """

    template = "sync/mails_stop.html"

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        _, _, kind = _read(token)
        return render(request, self.template, {"kind": MailKind(kind).label})

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        tenant_id, user_id, kind = _read(token)
        with tenant_scope(tenant_id):
            if Membership.objects.filter(user=user_id).exists():
                mail_choose(user_id, {kind: False})
        return render(request, self.template, {"kind": MailKind(kind).label, "done": True})


def _read(token: str) -> Any:
    try:
        return read_stop_token(token)
    except signing.BadSignature:
        raise Http404 from None
