"""Acting for a customer is asked for, given a reason, and kept to what the role may do."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import DatabaseError, connections

from sync.models import Document, Flow
from tenants.models import ApiToken, User
from tenants.support.interventions import Intervention, intervene
from tenants.support.reading import rows
from tests.admin import pages
from tests.admin.acting import REASON, do
from tests.api import rows as make

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "support"])


@pytest.mark.parametrize("reason", ["", "   ", "x", "y" * 301])
def test_without_a_reason_nothing_is_done(operator, customer, reason):
    answer = operator.post(
        pages.act(customer.parked, "release"), {"id": str(customer.parked.pk), "reason": reason}
    )

    assert answer.status_code == 200
    assert make.fresh(customer.parked).state == "parked"
    assert customer.events("support.intervened") == []


@pytest.mark.parametrize("name", ["release", "replay"])
def test_asking_changes_nothing(operator, customer, name):
    page = f"{pages.act(customer.parked, name)}?id={customer.parked.pk}&reason={REASON}"

    operator.get(page)

    assert make.fresh(customer.parked).state == "parked"
    assert customer.events("support.intervened") == []


def test_a_list_action_asks_first(operator, customer):
    form = {"action": "release", "_selected_action": [str(customer.parked.pk)]}

    asked = operator.post(pages.list_of(Document), form)

    assert REASON not in asked.content.decode()
    assert f'name="id" value="{customer.parked.pk}"' in asked.content.decode()
    assert make.fresh(customer.parked).state == "parked"


def test_a_reason_smuggled_into_the_list_does_not_act(operator, customer):
    form = {
        "action": "release",
        "_selected_action": [str(customer.parked.pk)],
        "reason": REASON,
    }

    operator.post(pages.list_of(Document), form)

    assert make.fresh(customer.parked).state == "parked"


def test_readers_have_no_list_actions(logged_in, customer):
    form = {"action": "release", "_selected_action": [str(customer.parked.pk)]}

    logged_in("reader").post(pages.list_of(Document), form)

    assert make.fresh(customer.parked).state == "parked"


def test_what_cannot_be_done_is_left_out_and_said(operator, customer):
    page = f"{pages.act(customer.parked, 'release')}?id={customer.parked.pk}"

    asked = operator.get(f"{page}&id={customer.invoice.pk}").content.decode()

    assert "Only a parked or waiting document can be released." in asked
    assert f'value="{customer.invoice.pk}"' not in asked


def test_each_customers_documents_go_on_in_its_own_trail(operator, customer, neighbor):
    do(operator, "release", customer.parked, neighbor.parked)

    for one in (customer, neighbor):
        assert make.fresh(one.parked).state == "received"
        assert [event.document for event in one.events("support.intervened")] == [one.parked.pk]


def test_a_refusal_leaves_no_trace_of_an_effect(operator, customer, monkeypatch):
    from tenants.refusal import Clash

    def refuse(*_: Any, **__: Any) -> None:
        raise Clash("busy", "Not now.")

    monkeypatch.setattr("sync.admin.flows.flow_change", refuse)

    answer = operator.post(
        pages.act(customer.flow, "pause"),
        {"id": str(customer.flow.pk), "reason": REASON},
        follow=True,
    )

    assert "Not now." in answer.content.decode()
    assert customer.events("support.intervened") == []
    assert LogEntry.objects.count() == 0


def test_the_support_role_can_change_nothing(customer):
    for model in (Document, Flow, ApiToken, User):
        with connections["support"].cursor() as cursor, pytest.raises(DatabaseError):
            cursor.execute(f"update {model._meta.db_table} set id = id")


def test_a_row_under_another_customers_name_is_not_touched(staff, customer, neighbor):
    forged = rows(Document).get(pk=customer.parked.pk)
    forged.tenant_id = neighbor.tenant.pk
    touched: list[Any] = []
    intervention = Intervention(
        "touch", "Touch", "", lambda chosen, choices: touched.extend(chosen) or "done"
    )

    told = intervene(staff("operator"), intervention, [forged], {"reason": REASON})

    assert (touched, told.done) == ([], [])
    assert told.refused
    assert neighbor.events("support.intervened") == []


def test_a_secret_in_a_reason_is_kept_nowhere(operator, customer):
    key = customer.raw_key

    do(operator, "pause", customer.flow, reason=f"key {key} does not work")

    assert key not in str(customer.events("support.intervened")[0].facts)
    assert key not in LogEntry.objects.get().change_message


@pytest.mark.parametrize("table", ["django_session", "mfa_authenticator", "tenants_tenantkey"])
def test_the_support_role_cannot_read_what_opens_doors(table):
    with connections["support"].cursor() as cursor, pytest.raises(DatabaseError):
        cursor.execute(f"select * from {table}")


def test_an_operator_may_not_shred_a_customer_and_is_not_offered_it(operator, customer):
    answer = do(operator, "shred", customer.tenant, typed=customer.tenant.name)

    assert answer.status_code == 403
    assert "Close and shred" not in operator.get(pages.page_of(customer.tenant)).content.decode()
    assert make.fresh(customer.connection).secret is not None
