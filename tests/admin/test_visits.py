"""Acting for a customer is a visit: begun with a reason, told to the customer, over in time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from tenants.models import Membership, SupportVisit
from tenants.refusal import Clash
from tenants.scoping import tenant_scope
from tests import factories
from tests.admin import pages
from tests.api import rows as make

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "support"])
REASON = "Ticket 4711: the order has arrived"


def act(client: Client, customer: Any) -> Any:
    form = {"id": [str(customer.parked.pk)], "reason": REASON}
    return client.post(pages.act(customer.parked, "release"), form, follow=True)


def visits(customer: Any) -> list[SupportVisit]:
    with tenant_scope(customer.tenant.pk):
        return list(SupportVisit.objects.order_by("begun_at"))


def admin_of(customer: Any) -> Client:
    client = Client()
    client.force_login(factories.member(customer.tenant, "admin").user)
    return client


def test_the_first_act_begins_a_visit_that_administrators_are_told_by_mail(operator, customer):
    with tenant_scope(customer.tenant.pk):
        admins = set(Membership.objects.filter(role="admin").values_list("user__email", flat=True))

    act(operator, customer)

    [visit] = visits(customer)
    assert (visit.staff_email, visit.reason) == ("operator@support.example", REASON)
    assert visit.ends_at - visit.begun_at == timedelta(minutes=30)
    assert {to for message in mail.outbox for to in message.to} == admins
    assert REASON in mail.outbox[0].body
    [event] = customer.events("support.visit_begun")
    assert (event.told["reason"], event.actor) == (REASON, f"staff:{visit.staff_id}")


def test_what_follows_belongs_to_the_same_visit_and_does_not_prolong_it(operator, customer):
    act(operator, customer)
    [first] = visits(customer)
    make.park(make.fresh(customer.parked))

    act(operator, customer)

    assert [visit.ends_at for visit in visits(customer)] == [first.ends_at]
    assert len(mail.outbox) == 1


def test_after_half_an_hour_the_next_act_is_announced_anew(operator, customer):
    act(operator, customer)
    with tenant_scope(customer.tenant.pk):
        past = visits(customer)[0].begun_at - timedelta(hours=1)
        SupportVisit.objects.update(begun_at=past, ends_at=past + timedelta(minutes=30))
    make.park(make.fresh(customer.parked))

    act(operator, customer)

    assert len(visits(customer)) == 2
    assert len(mail.outbox) == 2


def test_an_act_that_a_service_refuses_begins_no_visit(operator, customer, monkeypatch):
    def refuse(*_: Any, **__: Any) -> None:
        raise Clash("busy", "Not now.")

    monkeypatch.setattr("sync.admin.flows.flow_change", refuse)

    operator.post(
        pages.act(customer.flow, "pause"), {"id": str(customer.flow.pk), "reason": REASON}
    )

    assert visits(customer) == []
    assert mail.outbox == []


def test_a_customer_sees_who_is_here_and_can_end_it(operator, customer):
    act(operator, customer)
    person = admin_of(customer)
    assert "Support is acting for you until" in text_of(person.get("/settings/"))
    assert "operator@support.example" in text_of(person.get("/settings/support/"))

    answer = person.post("/settings/support/admit/", {"may_act": "no"}, follow=True)

    assert "Support may not act for you" in text_of(answer)
    assert visits(customer)[0].ended_at is not None
    assert "Support is acting" not in text_of(person.get("/settings/"))
    [event] = customer.events("support.shut_out")
    assert event.actor.startswith("user:")


def test_where_support_may_not_act_nothing_is_done_and_said_why(operator, customer):
    admin_of(customer).post("/settings/support/admit/", {"may_act": "no"})

    answer = act(operator, customer)

    assert "lets support read but not act" in text_of(answer)
    assert make.fresh(customer.parked).state == "parked"
    assert visits(customer) == []
    assert customer.events("support.intervened") == []


def test_other_customers_go_on_where_one_does_not_want_it(operator, customer, neighbor):
    admin_of(customer).post("/settings/support/admit/", {"may_act": "no"})
    both = [str(customer.parked.pk), str(neighbor.parked.pk)]

    operator.post(pages.act(customer.parked, "release"), {"id": both, "reason": REASON})

    assert make.fresh(customer.parked).state == "parked"
    assert make.fresh(neighbor.parked).state == "received"


def text_of(answer: Any) -> str:
    return answer.content.decode()
