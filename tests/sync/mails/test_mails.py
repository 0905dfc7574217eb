"""Mails to members: told once, to those who want it, as the tenant writes; none lost or doubled."""

from __future__ import annotations

import re
from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core import mail as django_mail
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from connectors.models import Connection
from sync.mails.outbox import AGAIN, LEASE, send_mails, stop_token
from sync.mails.planning import plan_mails
from sync.models import (
    Flow,
    MailKind,
    MailTold,
    OutgoingMail,
    ReviewItem,
    Run,
)
from tenants.models import Membership, Tenant
from tenants.scoping import tenant_scope
from tests import factories
from tests.bench.year import Year

pytestmark = pytest.mark.django_db

BERLIN = ZoneInfo("Europe/Berlin")


class Office:
    """A tenant with documents, an operator, and a clock of its own."""

    def __init__(self) -> None:
        from sync.models import Integration

        self.now = timezone.now().astimezone(BERLIN).replace(hour=12, minute=0)
        self.tenant = factories.tenant("Kestrel Ltd")
        self.person = factories.member(self.tenant, "operator").user
        sides = [factories.connection(self.tenant, kind) for kind in ("jaggaer", "nav")]
        with self.scope():
            self.integration = Integration.objects.create(
                name="Main", source=sides[0], ledger=sides[1], company_id="c"
            )
            year = Year(self.integration, 100)
            year.now = self.now
            year.load_documents()
            Run.objects.all().delete()
            ReviewItem.objects.update(opened_at=self.now - timedelta(days=9))
        self.plan()

    def scope(self):
        return tenant_scope(self.tenant.pk)

    def plan(self, after: timedelta = timedelta(0)) -> list[OutgoingMail]:
        """Let time pass, plan, and return what is kept to be sent."""
        self.now += after
        plan_mails(self.tenant, self.now.astimezone(UTC))
        with self.scope():
            return list(OutgoingMail.objects.filter(sent_at=None).order_by("created_at", "pk"))

    def open_causes(self, number: int) -> None:
        self.now += timedelta(seconds=1)
        with self.scope():
            for row in ReviewItem.objects.filter(state="open").order_by("pk")[:number]:
                row.opened_at = self.now
                row.save()

    def send(self) -> int:
        return send_mails(self.tenant, self.now.astimezone(UTC))


@pytest.fixture
def office() -> Office:
    return Office()


def of_kind(mails, kind: MailKind) -> list[OutgoingMail]:
    return [row for row in mails if row.kind == kind]


def test_new_causes_are_told_together_and_once(office):
    office.open_causes(3)

    early = office.plan(timedelta(minutes=5))
    told = office.plan(timedelta(minutes=6))
    again = office.plan(timedelta(minutes=6))

    assert of_kind(early, MailKind.REVIEW) == []
    assert [row.subject for row in of_kind(told, MailKind.REVIEW)] == ["3 new causes need a person"]
    assert len(of_kind(again, MailKind.REVIEW)) == 1


def test_causes_come_at_most_once_an_hour_and_none_is_left_out(office):
    office.open_causes(1)
    office.plan(timedelta(minutes=11))
    office.open_causes(2)

    soon = office.plan(timedelta(minutes=30))
    later = office.plan(timedelta(minutes=31))

    assert len(of_kind(soon, MailKind.REVIEW)) == 1
    assert of_kind(later, MailKind.REVIEW)[-1].subject == "2 new causes need a person"


def release(office, number: int) -> None:
    """Let go on what the newest causes hold."""
    with office.scope():
        newest = ReviewItem.objects.order_by("-opened_at", "pk").values("pk")[:number]
        ReviewItem.objects.filter(pk__in=newest).update(released_at=office.now)


def test_what_is_on_its_way_is_told_of_only_when_it_comes_back(office):
    office.open_causes(1)
    office.now += timedelta(minutes=9)
    release(office, 1)

    going = office.plan(timedelta(minutes=2))
    with office.scope():
        ReviewItem.objects.update(released_at=None)
    back = office.plan(timedelta(minutes=1))

    assert of_kind(going, MailKind.REVIEW) == []
    assert [row.subject for row in of_kind(back, MailKind.REVIEW)] == ["1 new cause needs a person"]


def test_what_was_opened_before_it_is_told_of_meanwhile_and_the_rest_later(office):
    with office.scope():
        pks = list(ReviewItem.objects.filter(state="open").order_by("pk").values_list("pk")[:3])
        for minute, (pk,) in enumerate(pks, start=1):
            opened = office.now + timedelta(minutes=minute)
            ReviewItem.objects.filter(pk=pk).update(
                opened_at=opened, released_at=opened if minute == 2 else None
            )

    soon = office.plan(timedelta(minutes=20))
    late = office.plan(timedelta(hours=1))

    assert [row.subject for row in of_kind(soon, MailKind.REVIEW)] == ["1 new cause needs a person"]
    [_, rest] = of_kind(late, MailKind.REVIEW)
    assert rest.subject == "2 new causes need a person"


def test_who_plans_at_the_same_time_tells_nothing_twice(office):
    office.open_causes(1)
    office.now += timedelta(minutes=11)
    with office.scope():
        before = MailTold.objects.get()
    office.plan()
    with office.scope():
        before.save()  # as if the second planner had read before the first one wrote

    assert len(of_kind(office.plan(), MailKind.REVIEW)) == 1


@pytest.mark.parametrize(("zone", "hour"), [("Europe/Berlin", 7), ("America/New_York", 7)])
def test_the_digest_comes_at_seven_where_the_tenant_is(office, zone, hour):
    office.tenant.time_zone = zone
    office.tenant.save()
    midnight = (office.now + timedelta(days=1)).astimezone(ZoneInfo(zone))
    office.now = midnight.replace(hour=hour - 1, minute=59)

    before = office.plan()
    after = office.plan(timedelta(minutes=1))
    again = office.plan(timedelta(hours=3))

    assert of_kind(before, MailKind.DIGEST) == []
    [digest] = of_kind(after, MailKind.DIGEST)
    assert re.fullmatch(r"\d+ documents wait for a decision", digest.subject)
    assert len(of_kind(again, MailKind.DIGEST)) == 1


def test_sums_are_written_as_the_tenant_writes_numbers(office):
    Tenant.objects.filter(pk=office.tenant.pk).update(locale="de")
    office.tenant.refresh_from_db()
    office.open_causes(300)
    office.plan(timedelta(minutes=11))

    office.send()

    assert re.search(r"\d,\d\d\N{NO-BREAK SPACE}(EUR|GBP|USD)", django_mail.outbox[-1].body)


def test_a_broken_connection_is_told_once_and_again_after_it_had_worked(office):
    def turn(health: str) -> int:
        with office.scope():
            Connection.objects.filter(kind="nav").update(health=health)
        return len(of_kind(office.plan(timedelta(minutes=1)), MailKind.CONNECTION))

    assert [turn(word) for word in ("attention", "attention", "ok", "attention")] == [1, 1, 1, 2]


def test_flows_that_miss_three_runs_are_told(office):
    with office.scope():
        flow = Flow.objects.get(resource="invoices")
        Flow.objects.exclude(pk=flow.pk).update(enabled=False)
        Run.objects.create(
            integration=office.integration,
            flow=flow,
            trigger="schedule",
            state="succeeded",
            queued_at=office.now,
        )

    soon = office.plan(timedelta(minutes=100))
    late = office.plan(timedelta(minutes=10))
    again = office.plan(timedelta(minutes=10))

    assert of_kind(soon, MailKind.SILENCE) == []
    assert "no run has succeeded" in of_kind(late, MailKind.SILENCE)[0].subject
    assert len(of_kind(again, MailKind.SILENCE)) == 1


def test_a_pause_longer_than_usual_is_told_and_a_usual_one_is_not(office):
    usual = office.plan(timedelta(days=1))
    long = office.plan(timedelta(days=10))

    assert not any("nothing has arrived" in row.subject for row in usual)
    assert any("nothing has arrived" in row.subject for row in long)


def test_viewers_and_those_who_said_no_get_nothing(office):
    factories.member(office.tenant, "viewer")
    admin = factories.member(office.tenant, "admin").user
    client = Client()
    client.force_login(office.person)
    client.post(reverse("mails"), {"digest": "on"})
    office.open_causes(1)

    kept = of_kind(office.plan(timedelta(minutes=11)), MailKind.REVIEW)

    assert [row.user_id for row in kept] == [admin.pk]


def test_a_mail_is_sent_once_with_text_html_and_a_way_to_end_it(office):
    office.open_causes(1)
    office.plan(timedelta(minutes=11))

    assert (office.send(), office.send()) == (1, 0)

    [sent] = django_mail.outbox
    [(html, kind)] = sent.alternatives
    assert sent.to == [office.person.email]
    assert sent.subject == "Kestrel Ltd: 1 new cause needs a person"
    assert kind == "text/html"
    assert "/review/" in sent.body
    assert "/review/" in html
    assert sent.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_a_mail_that_could_not_be_sent_is_sent_later(office, monkeypatch):
    office.open_causes(1)
    [kept] = office.plan(timedelta(minutes=11))
    monkeypatch.setattr(EmailBackend, "send_messages", refuse)

    assert office.send() == 0

    monkeypatch.undo()
    office.now = timezone.now() + timedelta(minutes=AGAIN[0] + 1)
    assert office.send() == 1
    assert str(kept.pk) in django_mail.outbox[0].extra_headers["Message-ID"]


def refuse(*_args):
    raise OSError("no mail server")


def test_a_mail_whose_worker_died_is_sent_after_the_lease(office, monkeypatch):
    office.open_causes(1)
    office.plan(timedelta(minutes=11))
    monkeypatch.setattr(EmailBackend, "send_messages", die)
    with pytest.raises(KeyboardInterrupt):
        office.send()
    monkeypatch.undo()

    during = office.send()
    office.now += LEASE + timedelta(seconds=1)

    assert (during, office.send()) == (0, 1)


def die(*_args):
    raise KeyboardInterrupt


def test_one_click_ends_one_kind_without_logging_in(office):
    address = reverse("mails-stop", args=[stop_token(office.tenant.pk, office.person.pk, "review")])
    strict = Client(enforce_csrf_checks=True)

    looked = strict.get(address)
    office.open_causes(1)
    before = len(office.plan(timedelta(minutes=11)))
    done = strict.post(address, {"List-Unsubscribe": "One-Click"})
    office.open_causes(1)
    after = office.plan(timedelta(hours=2))

    assert (looked.status_code, done.status_code, before) == (200, 200, 1)
    assert len(of_kind(after, MailKind.REVIEW)) == 1


@pytest.mark.parametrize("token", ["x", "a:b:c", "WyJ4Il0:1abc:def"])
def test_a_forged_link_ends_nothing(office, token):
    assert Client().post(reverse("mails-stop", args=[token])).status_code == 404


def test_who_left_gets_no_more_mails(office):
    office.open_causes(1)
    office.plan(timedelta(minutes=11))
    with office.scope():
        Membership.objects.all().delete()

    assert office.send() == 0


def test_no_secret_leaves_by_mail(office):
    with office.scope():
        Connection.objects.filter(kind="nav").update(
            health="attention", health_message="Refused: client_secret=abc123secret"
        )
    office.plan(timedelta(minutes=1))
    office.send()

    [sent] = django_mail.outbox
    assert "abc123secret" not in sent.body + sent.alternatives[0][0]
