"""Invoices that wait for their receipt for too long: told once, whoever looks and however often."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audit.models import AuditEvent
from sync.domain.reasons import reason
from sync.engine.parking import stored
from sync.mails.planning import plan_mails
from sync.models import Document, FlowName, Integration, MailKind, OutgoingMail, ReviewItem, Wait
from sync.selectors.today import standings
from sync.services.mails import mail_choose
from tenants.scoping import tenant_scope
from tests import factories
from tests.connectors.threads import in_threads

BERLIN = ZoneInfo("Europe/Berlin")
DAY = timedelta(days=1)


class Office:
    """A tenant whose invoices wait for receipts since midday of day 0, and its clock."""

    def __init__(self) -> None:
        self.start = datetime(2026, 3, 2, 12, tzinfo=BERLIN)
        self.tenant = factories.tenant("Kestrel Ltd", time_zone="Europe/Berlin")
        self.person = factories.member(self.tenant, "operator").user
        self.pair = self.integration("Main")

    def integration(self, name: str, **match: object) -> Integration:
        sides = [factories.connection(self.tenant, kind) for kind in ("jaggaer", "nav")]
        with self.scope():
            return Integration.objects.create(
                name=name,
                source=sides[0],
                ledger=sides[1],
                company_id=name,
                policy={"match": match},
            )

    def scope(self):
        return tenant_scope(self.tenant.pk)

    def wait(self, number: int, *, pair: Integration | None = None, **values: object) -> ReviewItem:
        """Let an invoice wait for its receipt."""
        pair, name = pair or self.pair, f"I{number:05d}"
        why = reason("quantity_over_received", order="7", invoiced="4", received="0", document=name)
        with self.scope():
            document = Document.objects.create(
                integration=pair,
                flow_name=FlowName.INVOICES,
                resource="invoice",
                source_id=name,
                reference=name,
                state="parked",
                currency="EUR",
                amount=number,
                first_seen_at=self.start,
                changed_at=self.start,
            )
            Wait.objects.create(integration=pair, document=document, cause=why.cause, key=why.cause)
            row = {"opened_at": self.start, "owner": why.owner, "reason": stored(why)} | values
            return ReviewItem.objects.create(
                integration=pair, document=document, cause=why.cause, code=why.code, **row
            )

    def plan(self, after: timedelta) -> list[OutgoingMail]:
        """Plan so long after the beginning; return the mails about receipts so far."""
        plan_mails(self.tenant, self.start + after)
        with self.scope():
            rows = OutgoingMail.objects.filter(kind=MailKind.RECEIPT)
            return list(rows.order_by("created_at", "pk"))

    def told(self) -> list[str]:
        """The invoices that the trail tells of, oldest event first."""
        with self.scope():
            rows = AuditEvent.objects.filter(action="document.receipt_overdue")
            return list(rows.order_by("seq").values_list("target_label", flat=True))


@pytest.fixture
def office(db) -> Office:
    return Office()


def test_an_invoice_is_told_of_once_after_fourteen_days(office):
    review = office.wait(1)

    early = office.plan(14 * DAY)
    told = office.plan(15 * DAY)
    for days in (16, 17, 40):
        again = office.plan(days * DAY)

    assert early == []
    [mail] = told
    assert [each.pk for each in again] == [mail.pk]
    assert mail.subject == "1 invoice waits for a receipt for too long"
    [item] = mail.content["blocks"][0]["items"]
    assert item["text"].startswith("I00001, More than was received: Order 7 line")
    assert item["detail"].startswith("for 15 days. 1 document")
    assert str(review.pk) in item["path"]
    assert office.told() == ["I00001"]
    with office.scope():
        event = AuditEvent.objects.get(action="document.receipt_overdue")
        review.refresh_from_db()
    assert (event.facts["days"], event.facts["limit"]) == (15, 14)
    assert event.document == review.document_id
    assert review.alarmed_at == office.start + 15 * DAY


def test_all_of_a_day_are_one_mail_in_its_morning(office):
    for number in range(1, 13):
        office.wait(number, opened_at=office.start + timedelta(minutes=number))
    morning = 15 * DAY - timedelta(hours=5)

    night = office.plan(morning - timedelta(minutes=1))
    [mail] = office.plan(morning)

    assert night == []
    assert mail.subject == "12 invoices wait for a receipt for too long"
    items = mail.content["blocks"][0]["items"]
    assert [item["text"][:6] for item in items[:2]] == ["I00012", "I00011"]  # most money first
    assert mail.content["blocks"][1]["text"] == "And 2 more."


def test_what_becomes_too_long_later_on_a_day_is_told_the_next_morning(office):
    office.wait(1)
    office.plan(15 * DAY)
    office.wait(2)
    with CaptureQueriesContext(connection) as queries:
        later = office.plan(15 * DAY + timedelta(hours=1))
    next_morning = office.plan(16 * DAY - timedelta(hours=5))

    assert (len(later), len(next_morning)) == (1, 2)
    assert not any("alarmed_at" in query["sql"] for query in queries)
    assert office.told() == ["I00001", "I00002"]


def test_a_wait_that_begins_again_is_a_wait_of_its_own(office):
    first = office.wait(1)
    office.plan(15 * DAY)
    with office.scope():
        ReviewItem.objects.filter(pk=first.pk).update(state="resolved")
        first.refresh_from_db()
        again = {"opened_at": office.start + 20 * DAY, "document": first.document}
        ReviewItem.objects.create(
            integration=office.pair, cause=first.cause, code=first.code, **again
        )

    soon = office.plan(34 * DAY)
    later = office.plan(35 * DAY)

    assert (len(soon), len(later)) == (1, 2)
    assert office.told() == ["I00001", "I00001"]


def test_the_policy_says_after_how_many_days_and_whether_at_all(office):
    office.wait(1, pair=office.integration("Soon", receipt_alarm_days=3))
    office.wait(2, pair=office.integration("Never", receipt_alarm_days=None))
    office.wait(3)

    office.plan(3 * DAY)
    third = office.told()
    office.plan(4 * DAY)
    fourth = office.told()
    office.plan(100 * DAY)

    assert (third, fourth, office.told()) == ([], ["I00001"], ["I00001", "I00003"])


def test_other_causes_and_ended_waits_are_not_told_of(office):
    office.wait(1, state="resolved")
    other = office.wait(2)
    with office.scope():
        ReviewItem.objects.filter(pk=other.pk).update(code="price_over_tolerance")

    assert office.plan(60 * DAY) == []
    assert office.told() == []


def test_who_wants_no_such_mails_gets_none_and_the_trail_is_told_all_the_same(office):
    office.wait(1)
    with office.scope():
        mail_choose(office.person.pk, {MailKind.RECEIPT: False})

    assert office.plan(15 * DAY) == []
    assert office.told() == ["I00001"]


def test_a_planner_that_dies_has_told_nothing(office):
    office.wait(1)

    with pytest.raises(KeyboardInterrupt):
        plan_and_die(office)
    nothing = office.told()

    assert len(office.plan(15 * DAY)) == 1
    assert (nothing, office.told()) == ([], ["I00001"])


def plan_and_die(office):
    with transaction.atomic():
        office.plan(15 * DAY)
        raise KeyboardInterrupt


@pytest.mark.django_db(transaction=True)
def test_planners_at_the_same_time_tell_once(transactional_db):
    office = Office()
    for number in range(1, 6):
        office.wait(number)

    ended = in_threads(4, lambda _: plan_mails(office.tenant, office.start + 15 * DAY))

    assert ended == [None] * 4
    assert len(office.plan(15 * DAY)) == 1
    assert sorted(office.told()) == [f"I0000{number}" for number in range(1, 6)]


def test_a_hundred_invoices_cost_the_queries_of_one(office):
    def asked(after: timedelta) -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            office.plan(after)
        return len(queries)

    office.wait(1)
    asked(15 * DAY)
    office.wait(2, opened_at=office.start + DAY)
    one = asked(16 * DAY)
    for number in range(3, 103):
        office.wait(number, opened_at=office.start + 2 * DAY)

    assert asked(17 * DAY) <= one + 1  # events are stored in blocks
    assert len(office.told()) == 102


def test_today_counts_the_waits_that_were_told_of(office):
    for number in (1, 2):
        office.wait(number, opened_at=office.start + number * DAY)
    office.wait(3, opened_at=office.start + 30 * DAY)
    office.plan(20 * DAY)

    with office.scope(), timezone.override(BERLIN):
        [standing] = standings()

    assert (standing.overdue, standing.overdue_since) == (2, office.start + DAY)
