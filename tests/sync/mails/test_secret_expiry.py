"""Client secrets that end: told 30, 7 and 1 days ahead and when over, each once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit.models import AuditEvent
from connectors.expiry import OVER, expiry
from connectors.models import Connection
from connectors.preflight import examining
from connectors.services import connection_update
from sync.mails.planning import plan_mails
from sync.models import MailKind, OutgoingMail
from tenants.access import Member
from tenants.refusal import Invalid
from tenants.scoping import tenant_scope
from tests import factories
from tests.api import rows as make

pytestmark = pytest.mark.django_db

SECRET = {"client_id": "client-4712", "client_secret": "another-s3cr3t"}
UNTIL = date(2031, 7, 1)
WEEKS = (31, 30, 29, 8, 7, 6, 2, 1, 0, -1, -9)


class Office:
    """A customer with an administrator and a connection whose secret ends; a clock of its own."""

    def __init__(self) -> None:
        self.tenant = factories.tenant()
        self.admin = factories.member(self.tenant, "admin")
        self.connection = factories.connection(self.tenant)
        self.ends(UNTIL)

    def ends(self, until: date | None) -> None:
        with tenant_scope(self.tenant.pk):
            connection_update(self.fresh(), secret_valid_until=until)

    def fresh(self) -> Connection:
        with tenant_scope(self.tenant.pk):
            return Connection.objects.get(pk=self.connection.pk)

    def plan(self, until: date, left: Iterable[int]) -> None:
        """Let the planner run twice on each of these days before the last day of the secret."""
        for days in left:
            day = until - timedelta(days=days)
            for hour in (8, 16):
                plan_mails(self.tenant, datetime(day.year, day.month, day.day, hour, tzinfo=UTC))

    def told(self) -> list[tuple[str, int]]:
        with tenant_scope(self.tenant.pk):
            found = AuditEvent.objects.filter(action__startswith="connection.secret_").order_by(
                "seq"
            )
            warned = [one for one in found if one.action != "connection.secret_replaced"]
            return [(one.action.rpartition("_")[2], one.facts["days"]) for one in warned]

    def subjects(self) -> list[str]:
        with tenant_scope(self.tenant.pk):
            mails = OutgoingMail.objects.filter(kind=MailKind.CONNECTION)
            found = mails.filter(user=self.admin.user).order_by("created_at")
            return list(found.values_list("subject", flat=True))


def as_member(member: Member) -> Client:
    client = Client()
    client.force_login(member.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.mark.parametrize(
    ("left", "reached"),
    [(31, None), (30, 30), (8, 30), (7, 7), (2, 7), (1, 1), (0, 1), (-1, OVER), (-400, OVER)],
)
def test_the_nearest_threshold_counts(left, reached):
    found = expiry(UNTIL, UNTIL - timedelta(days=left))

    assert (found and found.threshold) == reached


def test_each_threshold_is_recorded_and_mailed_exactly_once(office):
    office.plan(UNTIL, WEEKS)

    assert office.told() == [("ends", 30), ("ends", 7), ("ends", 1), ("over", -1)]
    name = office.connection.name
    ends = f"The client secret of {name} ends on"
    said = office.subjects()
    assert [one.startswith(ends) for one in said] == [True, True, True, False]
    assert said[-1] == f"The client secret of {name} is over"


def test_a_threshold_passed_while_nothing_ran_is_not_told_late(office):
    office.plan(UNTIL, [3])

    assert office.told() == [("ends", 3)]
    assert len(office.subjects()) == 1


def test_a_day_without_warning_is_silent(office):
    office.ends(None)

    office.plan(UNTIL, WEEKS)

    assert office.told() == []
    assert office.subjects() == []


def test_a_replaced_secret_is_warned_of_anew(office):
    office.plan(UNTIL, [5, -1])
    with tenant_scope(office.tenant.pk):
        connection_update(office.fresh(), secret=SECRET, secret_valid_until=date(2032, 7, 1))
    before = len(office.told())

    office.plan(date(2032, 7, 1), WEEKS)

    assert before == 2
    assert office.told()[before:] == [("ends", 30), ("ends", 7), ("ends", 1), ("over", -1)]


def test_a_replaced_secret_without_a_day_forgets_the_old_one(office):
    office.plan(UNTIL, [5, -1])
    with tenant_scope(office.tenant.pk):
        connection_update(office.fresh(), secret=SECRET)

    assert office.fresh().secret_valid_until is None
    assert office.fresh().secret_warned is None


def test_other_settings_may_be_changed_after_the_last_day_but_no_past_day_entered(office):
    over = timezone.localdate() - timedelta(days=3)
    with tenant_scope(office.tenant.pk):
        Connection.objects.update(secret_valid_until=over)
        connection_update(office.fresh(), name="Books", secret_valid_until=over)
        with pytest.raises(Invalid) as refused:
            connection_update(office.fresh(), secret_valid_until=over - timedelta(days=1))

    assert list(refused.value.fields) == ["secret_valid_until"]


def test_a_check_warns_of_the_end_before_it_speaks_to_the_system(office):
    found = {}
    for left in (60, 5, -2):
        until = timezone.localdate() + timedelta(days=left)
        with tenant_scope(office.tenant.pk):
            Connection.objects.update(secret_valid_until=until)
        found[left] = next(examining(office.fresh(), ()))

    assert {left: (one.code, one.status.value) for left, one in found.items()} == {
        60: ("secret_end", "pass"),
        5: ("secret_end", "warn"),
        -2: ("secret_end", "warn"),
    }
    assert "Replace the secret" in found[5].fix


def test_the_pages_warn_and_take_the_day(office):
    integration = make.integration(office.tenant)
    with tenant_scope(office.tenant.pk):
        connection = integration.ledger
        until = timezone.localdate() + timedelta(days=90)
    client = as_member(office.admin)
    page = reverse("connection", args=[connection.pk])

    answer = client.post(
        reverse("connection-secret", args=[connection.pk]), SECRET | {"secret_valid_until": until}
    )
    quiet = client.get(page).content.decode()
    with tenant_scope(office.tenant.pk):
        kept = Connection.objects.get(pk=connection.pk).secret_valid_until
        Connection.objects.filter(pk=connection.pk).update(
            secret_valid_until=timezone.localdate() + timedelta(days=6)
        )

    assert answer.status_code == 302
    assert kept == until
    assert "Its client secret ends" not in quiet
    for warned in (page, reverse("today")):
        assert "Its client secret ends in" in client.get(warned).content.decode(), warned


def test_a_past_day_is_refused_on_the_form_and_nothing_is_replaced(office):
    answer = as_member(office.admin).post(
        reverse("connection-secret", args=[office.connection.pk]),
        SECRET | {"secret_valid_until": "2001-01-01"},
    )

    assert "This day is over" in answer.content.decode()
    assert office.fresh().secret_hint == "4711"
