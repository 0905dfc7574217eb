"""Use cases around personal data: somebody's is to go. The job itself: `sync.engine.erasing`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django.db import transaction

from audit.context import current as acting_now
from audit.record import record
from sync.domain.personal import SHORTEST_NUMBER, Person, digits_of, known_of
from sync.engine.clock import database_now
from sync.models import Document, Erasure, FlowName, MailChoice, OutgoingMail, Version
from tenants.access import customers_of
from tenants.ids import new_id
from tenants.keyring import seal
from tenants.models import Membership, Tenant, User
from tenants.refusal import Clash, Invalid
from tenants.scoping import require_tenant_id, tenant_scope
from tenants.services.erasing import account_erase
from tenants.services.members import member_remove

CONTACT, MEMBER = "contact", "member"


def contact_erase(
    *, mail: Any = "", phone: Any = "", name: Any = "", suppliers: Iterable[Document] = ()
) -> Erasure:
    """Let everything about a person at a supplier go from what this tenant keeps.

    One of the three suffices; what the named suppliers' contacts say beside it is found too. Raises
    Invalid. Erase the person in the other systems first: what they send again is kept again.
    """
    person = _asked(mail, phone, name)
    found = person
    chosen = list(suppliers)
    for content in _contents(chosen):
        found = known_of(content, found)
    return _ask(_alone(found, person, chosen), CONTACT)


def member_erase(user: User) -> list[Erasure]:
    """Let a member's account and all that names them go, at every tenant they work for; outside of
    any scope.

    The trail keeps `user:<id>`, which leads to nobody any more. Raises Clash `last_admin`, and
    `is_staff` for somebody of support, whose customers may know who acted.
    """
    if user.is_staff:
        raise Clash("is_staff", "End the role in support first: manage.py staff ADDRESS none.")
    person = Person(mails=(user.email,))
    asked = []
    with transaction.atomic():
        for tenant_id in customers_of(user):
            with tenant_scope(tenant_id):
                member_remove(Membership.objects.get(user=user))
                MailChoice.objects.filter(user=user).delete()
                OutgoingMail.objects.filter(user=user).delete()
                asked.append(_ask(person, MEMBER))
        account_erase(user)
    return asked


def _alone(found: Person, asked: Person, suppliers: Iterable[Document]) -> Person:
    """Leave out what contacts of other suppliers bear as well, as "Accounts Receivable": it was not
    asked for, and would take them along."""
    others = Version.objects.exclude(document__in=suppliers)

    def own(known: tuple[str, ...], given: tuple[str, ...], name: str) -> tuple[str, ...]:
        return tuple(
            one
            for one in known
            if one in given or not others.filter(content__contacts__contains=[{name: one}]).exists()
        )

    return Person(
        own(found.mails, asked.mails, "email"),
        own(found.phones, asked.phones, "phone"),
        own(found.names, asked.names, "name"),
    )


def _ask(person: Person, whose: str) -> Erasure:
    erasure = Erasure(pk=new_id(), tenant_id=require_tenant_id(), whose=whose)
    plain = json.dumps(person.as_json()).encode()
    erasure.person = seal(plain, tenant_id=erasure.tenant_id, row_id=erasure.pk, field="person")
    erasure.asked_by, erasure.asked_at = acting_now().actor, database_now()
    erasure.not_before = erasure.asked_at
    erasure.save(force_insert=True)
    Tenant.objects.filter(pk=erasure.tenant_id).update(erasing=True)
    record("personal_data.erasure_asked", target=erasure, facts={"whose": whose})
    return erasure


def _asked(mail: Any, phone: Any, name: Any) -> Person:
    mail, phone, name = (str(value or "").strip() for value in (mail, phone, name))
    wrong: dict[str, list[str]] = {}
    if not (mail or phone or name):
        wrong["mail"] = ["Give a mail address, a telephone number or a name."]
    if mail and ("@" not in mail[1:-1] or any(map(str.isspace, mail))):
        wrong["mail"] = ["A mail address, as ann@supplier.example."]
    if phone and not digits_of(phone):
        wrong["phone"] = [f"A telephone number of at least {SHORTEST_NUMBER} digits."]
    if name and len(name.split()) < 2:
        wrong["name"] = ["First and last name: one word alone would be found in other texts."]
    if wrong:
        raise Invalid(wrong)
    return Person(*((value,) if value else () for value in (mail, phone, name)))


def _contents(suppliers: Iterable[Document]) -> list[Any]:
    ids = [one.pk for one in suppliers if one.flow_name == FlowName.SUPPLIERS]
    rows = Version.objects.filter(document__in=ids, content__isnull=False)
    return list(rows.order_by("pk").values_list("content", flat=True))
