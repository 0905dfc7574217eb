"""Personal data on its way out: asked for here, told here how far it is, never whose it was."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from sync.models import Document, Erasure, FlowName
from sync.services.erasures import contact_erase, member_erase
from tenants.models import Membership, User
from tenants.support.base import SupportAdmin, column
from tenants.support.cells import badge, counted
from tenants.support.interventions import Intervention, ReasonForm
from tenants.support.reading import rows
from tenants.support.sections import Facts, Section, Table
from tenants.support.story import actor_of
from tenants.support.supportsite import site


class ContactForm(ReasonForm):
    """Who is to go, by whatever is known of them; nothing of it is kept."""

    name = forms.CharField(required=False, max_length=200, help_text="First and last name.")
    mail = forms.EmailField(required=False, max_length=254, label="Mail address")
    phone = forms.CharField(required=False, max_length=60, label="Telephone")

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if not any(given.get(name) for name in ("name", "mail", "phone")):
            raise forms.ValidationError("Say who: a name, a mail address or a telephone number.")
        return given


def _erase_contact(chosen: list[Document], choices: Mapping[str, Any]) -> str:
    asked = {name: choices[name] for name in ("mail", "phone", "name")}
    contact_erase(**asked, suppliers=chosen)
    return "The erasure was asked for; it begins within a minute. See Erasures of this customer."


def _is_supplier(document: Document) -> str:
    is_one = document.flow_name == FlowName.SUPPLIERS
    return "" if is_one else "Contacts belong to suppliers: open the supplier."


def _erase_member(chosen: list[User], choices: Mapping[str, Any]) -> str:
    asked = [one for user in chosen for one in member_erase(user)]
    customers = counted(len(asked), "customer")
    return f"The account is gone; what names it at {customers} goes within minutes."


def _tenants_of(user: User) -> Iterable[UUID]:
    found = rows(Membership).filter(user=user).order_by("tenant")
    return found.values_list("tenant", flat=True)


site.offer(
    Document,
    Intervention(
        "erase-contact",
        "Erase a contact",
        "Takes a person at this supplier out of everything that is kept of the customer: documents "
        "as received, notes, answers, mails. What was booked stays. Let the customer erase the "
        "person in JAGGAER and in the ledger first: what they send again is kept again.",
        _erase_contact,
        form=ContactForm,
        fits=_is_supplier,
        about="document",
        final=True,
    ),
)
site.offer(
    User,
    Intervention(
        "erase-member",
        "Erase this person",
        "Ends the account for good and takes the mail address out of everything that is kept, at "
        "every customer that they work for. The audit trail keeps an id that leads to nobody. "
        "There is no way back.",
        _erase_member,
        tenants_of=_tenants_of,
        scoped=False,
        superuser=True,
        final=True,
    ),
)


@admin.register(Erasure, site=site)
class ErasureAdmin(SupportAdmin):
    """The certificate of an erasure: what went, when, and what had to stay."""

    called = ("erasure", "erasures of personal data")
    menu = "History"
    list_display = (
        "__str__",
        "customer",
        "whose",
        column("state", show=badge),
        column("asked_at", "Asked for"),
        column("done_at", "Done", empty="not yet"),
    )
    list_filter = (*SupportAdmin.list_filter, "state")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("person")

    def title_of(self, row: Erasure) -> str:
        return str(row.pk)[-8:]

    def sections(self, request: HttpRequest, row: Erasure) -> Iterator[Section]:
        yield Facts(
            "Erasure",
            [
                ("State", badge(row.state)),
                ("Whose data", f"of a {row.whose}"),
                ("Asked for by", actor_of(row.asked_by)),
                ("Asked for", row.asked_at),
                ("Done", row.done_at or "not yet"),
                ("Goes on", row.not_before if row.done_at is None else ""),
                ("Id", row.pk),
            ],
        )
        yield _counted("What was erased", row.counts, "Nothing was found so far.")
        yield _counted(
            "What names the person and stays, as accounting law wants it", row.kept, "Nothing."
        )


def _counted(title: str, counts: Mapping[str, int], empty: str) -> Table:
    return Table(title, ("Where", "Rows"), sorted(counts.items()), empty=empty)
