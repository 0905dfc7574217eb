"""What each intervention does for a customer: by a service, in its scope, told in its trail."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django_celery_beat.models import PeriodicTask, PeriodicTasks

from sync.models import (
    Document,
    Integration,
    LedgerFinding,
    Refusal,
    Run,
    RunState,
    Subscription,
    Wait,
)
from tenants.models import ApiToken, Membership, Tenant, User
from tenants.scoping import tenant_scope
from tenants.support.reading import rows
from tests.admin.acting import REASON, do, staff_id
from tests.api import rows as make

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "support"])


@pytest.fixture
def refusal(customer):
    """Return a remembered refusal that holds back the customer's parked document."""
    with tenant_scope(customer.tenant.pk):
        fact = Refusal.objects.get()
        Wait.objects.create(
            integration=customer.integration,
            document=customer.parked,
            cause=fact.cause,
            key=fact.cause,
        )
    return fact


def test_releasing_lets_a_document_go_on_and_tells_the_customer_who_and_why(operator, customer):
    do(operator, "release", customer.parked)

    assert make.fresh(customer.parked).state == "received"
    [event] = customer.events("support.intervened")
    assert (event.actor, event.document) == (staff_id(), customer.parked.pk)
    assert event.told == {"what": "release", "reason": REASON}
    assert {one.actor for one in customer.events("documents.released")} == {staff_id()}


def test_replaying_queues_a_run_as_the_form_says(operator, customer):
    do(operator, "replay", customer.invoice, customer.parked, mode="preview", mapping="pinned")

    with tenant_scope(customer.tenant.pk):
        run = Run.objects.get(trigger="replay")
    assert (run.mode, run.mapping, run.expected) == ("preview", "pinned", 2)
    assert [event.actor for event in customer.events("document.replayed")] == [staff_id()] * 2


def test_a_replay_takes_none_but_the_chosen_documents(operator, customer):
    do(operator, "replay", customer.invoice, mode="live", mapping="current")

    assert make.fresh(customer.invoice).state == "received"
    assert make.fresh(customer.parked).state == "parked"


def test_a_flow_is_paused_and_resumed(operator, customer):
    do(operator, "pause", customer.flow)
    assert make.fresh(customer.flow).enabled is False

    do(operator, "resume", customer.flow)
    assert make.fresh(customer.flow).enabled is True
    assert len(customer.events("flow.changed")) == 2


def test_a_run_is_stopped(operator, customer):
    with tenant_scope(customer.tenant.pk):
        queued = Run.objects.create(
            integration=customer.integration,
            flow=customer.flow,
            trigger="api",
            state=RunState.QUEUED,
            queued_at=customer.run.queued_at,
        )

    do(operator, "stop", queued)

    assert make.fresh(queued).state == "stopped"
    assert customer.events("support.intervened")[0].run == queued.pk


def test_a_ping_checks_and_keeps_what_it_found(operator, customer):
    answer = do(operator, "ping", customer.connection)

    assert answer.status_code == 302
    assert make.fresh(customer.connection).last_ping_at is not None
    assert customer.events("support.intervened")[0].connection == customer.connection.pk
    assert customer.events("connection.pinged")[0].actor == staff_id()


def test_a_disabled_key_is_gone(operator, customer):
    do(operator, "disable", customer.key)

    assert not rows(ApiToken).filter(pk=customer.key.pk).exists()
    assert customer.events("api_key.revoked")[0].actor == staff_id()
    headers = {"Authorization": f"Bearer {customer.raw_key}"}
    assert Client().get("/api/v1/me", headers=headers).status_code == 401


def test_ended_sessions_are_ended_everywhere_and_told_to_every_customer(
    operator, customer, neighbor
):
    from tests import factories

    factories.member(neighbor.tenant, who=customer.person)
    browsers = [Client(), Client()]
    for browser in browsers:
        browser.force_login(customer.person, "django.contrib.auth.backends.ModelBackend")

    do(operator, "end-sessions", customer.person)

    assert [browser.get("/api/v1/me").status_code for browser in browsers] == [401, 401]
    for one in (customer, neighbor):
        assert one.events("support.intervened")[0].told["reason"] == REASON
        assert one.events("member.sessions_ended")[0].actor == staff_id()


def test_a_person_can_log_in_again_after_sessions_were_ended(operator, customer):
    do(operator, "end-sessions", customer.person)
    browser = Client()

    browser.force_login(
        User.objects.get(pk=customer.person.pk), "django.contrib.auth.backends.ModelBackend"
    )

    assert browser.get("/api/v1/me").status_code == 200


def test_a_beat_entry_is_paused_and_beat_is_told(operator, beat_entry):
    before = PeriodicTasks.last_change()

    do(operator, "pause", beat_entry)

    assert PeriodicTask.objects.get(pk=beat_entry.pk).enabled is False
    assert PeriodicTasks.last_change() != before
    assert REASON in LogEntry.objects.get().change_message


def test_a_remembered_refusal_is_forgotten_and_what_it_held_back_goes_on(
    operator, customer, refusal
):
    do(operator, "forget", refusal)

    assert make.fresh(refusal).ended_by == staff_id()
    assert make.fresh(customer.parked).state == "received"
    assert customer.events("refusal.ended")[0].actor == staff_id()


def test_one_document_tries_what_was_refused_and_the_refusal_stays_remembered(
    operator, customer, refusal
):
    do(operator, "try", refusal)

    assert make.fresh(refusal).ended_at is None
    assert make.fresh(customer.parked).state == "received"


def test_a_finding_lets_the_ledger_be_compared_again(operator, customer):
    with tenant_scope(customer.tenant.pk):
        Integration.objects.update(ledger_setup={"_": "LedgerSetup"}, ledger_check_due_at=None)
        finding = LedgerFinding.objects.get()

    do(operator, "check-again", finding)

    assert make.fresh(customer.integration).ledger_check_due_at is not None
    assert customer.events("ledger_check.asked")[0].actor == staff_id()


def test_a_subscription_is_looked_at_and_notifications_are_switched_off(operator, customer):
    with tenant_scope(customer.tenant.pk):
        subscription = Subscription.objects.order_by("pk")[0]
        Subscription.objects.update(check_at=subscription.check_at + timedelta(days=1))

    do(operator, "check", subscription)
    assert make.fresh(subscription).check_at < subscription.check_at + timedelta(hours=1)

    do(operator, "switch-off", subscription)
    assert make.fresh(subscription).state == "ending"
    assert customer.events("webhook.disabled")[0].actor == staff_id()


def test_a_contact_is_erased_by_what_is_known_of_them_and_nobody_reads_who_it_was(
    operator, customer
):
    with tenant_scope(customer.tenant.pk):
        Document.objects.filter(pk=customer.invoice.pk).update(flow_name="suppliers")

    do(operator, "erase-contact", customer.invoice, mail="ann@mill.example", name="Ann Jones")

    asked = customer.events("personal_data.erasure_asked")[-1]
    assert asked.actor == staff_id()
    told = json.dumps([event.told for event in customer.events("support.intervened")])
    log = LogEntry.objects.latest("action_time").change_message
    assert "Jones" not in told + log
    assert "ann@" not in told + log


def test_without_saying_who_nobody_is_erased(operator, customer):
    with tenant_scope(customer.tenant.pk):
        Document.objects.filter(pk=customer.invoice.pk).update(flow_name="suppliers")
    before = len(customer.events("personal_data.erasure_asked"))

    answer = do(operator, "erase-contact", customer.invoice)

    assert b"Say who" in answer.content
    assert len(customer.events("personal_data.erasure_asked")) == before


def test_a_person_is_erased_at_every_customer_by_a_superuser_alone(
    logged_in, operator, customer, neighbor
):
    from tests import factories

    second = factories.user("second@admin.example")
    for one in (customer, neighbor):
        factories.member(one.tenant, who=second, role="admin")
    factories.member(neighbor.tenant, who=customer.person)
    mail = customer.person.email

    assert do(operator, "erase-member", customer.person).status_code == 403
    do(logged_in("superuser"), "erase-member", customer.person)

    erased = User.objects.get(pk=customer.person.pk)
    assert (erased.is_active, erased.has_usable_password()) == (False, False)
    assert mail not in erased.email
    assert not rows(Membership).filter(user=erased).exists()
    for one in (customer, neighbor):
        assert len(one.events("member.removed")) == 1
        assert one.events("personal_data.erasure_asked")[-1].facts == {"whose": "member"}
    assert not LogEntry.objects.filter(object_repr__contains=mail).exists()


def test_the_last_administrator_is_not_erased(logged_in, customer):
    answer = do(logged_in("superuser"), "erase-member", customer.person)

    assert answer.status_code == 302
    assert User.objects.get(pk=customer.person.pk).is_active
    assert rows(Membership).filter(user=customer.person).exists()


def test_a_superuser_shreds_a_customer_whose_name_is_typed(logged_in, customer):
    superuser = logged_in("superuser")

    do(superuser, "shred", customer.tenant, typed="kestrel")
    spared = make.fresh(customer.connection).secret
    do(superuser, "shred", customer.tenant, typed=customer.tenant.name)

    assert spared is not None
    assert make.fresh(customer.connection).secret is None
    assert rows(Tenant).get(pk=customer.tenant.pk).status == "closed"
    [event] = customer.events("tenant.closed")
    assert event.actor.startswith("staff:")
    assert event.told["reason"] == REASON
    assert len(customer.events("support.intervened")) == 1
