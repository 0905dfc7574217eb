"""The sums of days are what counting the documents one by one says, at every instant."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.documents import Resource
from sync.engine.day_sums import sum_changed_days
from sync.models import MAIN_KINDS, ChangedDay, DaySum, Document, DocumentState, LedgerFinding, Link
from sync.selectors.days import added_up, counted
from sync.services.integrations import integration_delete
from tenants.scoping import tenant_scope
from tests import factories
from tests.api import rows

pytestmark = pytest.mark.django_db(transaction=True)

DAYS = [date(2026, 5, 4), date(2026, 5, 5), None]  # None: first seen on a day of its own
FIRST_SEEN = datetime(2026, 5, 5, 23, 30, tzinfo=UTC)  # already the sixth in Berlin


@pytest.fixture
def integration():
    return rows.integration(factories.tenant("Days Ltd"))


def by_hand(integration) -> dict[tuple[Any, ...], tuple[int, Decimal]]:
    """Count the documents one by one."""
    documents, amounts = Counter(), Counter()
    for one in Document.objects.filter(integration=integration):
        links = Link.objects.filter(document=one, kind__in=MAIN_KINDS)
        gone = LedgerFinding.objects.filter(
            document=one, effect__in=MAIN_KINDS, kind__in=("missing", "cancelled"), closed_at=None
        )
        day = one.document_date or one.first_seen_at.astimezone(UTC).date()
        stands = links.exists() and not gone.exists()
        key = (one.resource, one.currency, day, one.state, stands)
        documents[key] += 1
        amounts[key] += one.amount or 0
    return {key: (documents[key], amounts[key]) for key in documents}


def shown(integration) -> dict[tuple[Any, ...], tuple[int, Decimal]]:
    """Return what pages count, as `by_hand` does."""
    return {one[:5]: one[5:] for one in added_up(counted(integration))}


def assert_right(integration) -> None:
    with tenant_scope(integration.tenant_id):
        assert shown(integration) == by_hand(integration)


# What may happen to a document: each takes one, or makes one.


def comes(integration, at: int) -> None:
    rows.document(
        integration,
        Resource.CREDIT_NOTE if at % 3 == 0 else Resource.INVOICE,
        document_date=DAYS[at % len(DAYS)],
        first_seen_at=FIRST_SEEN,
        amount=None if at % 5 == 0 else Decimal(at),
    )


def goes(one: Document) -> None:
    one.delete()


def moves(one: Document) -> None:
    later = (one.document_date or DAYS[0]) + timedelta(days=1)
    Document.objects.filter(pk=one.pk).update(document_date=later)


def loses_its_date(one: Document) -> None:
    Document.objects.filter(pk=one.pk).update(document_date=None)


def is_decided(one: Document) -> None:
    written = one.state == DocumentState.WRITTEN
    state = DocumentState.PARKED if written else DocumentState.WRITTEN
    Document.objects.filter(pk=one.pk).update(state=state)


def costs_more(one: Document) -> None:
    Document.objects.filter(pk=one.pk).update(amount=(one.amount or 0) + 1, currency="EUR")


def is_linked(one: Document) -> None:
    if not Link.objects.filter(document=one, kind="purchase_invoice").exists():
        Link.objects.create(document=one, kind="purchase_invoice", remote_id="r")


def is_unlinked(one: Document) -> None:
    Link.objects.filter(document=one).delete()


def is_relinked(one: Document) -> None:
    Link.objects.filter(document=one, kind="purchase_invoice").update(kind="journal")


def is_found_gone(one: Document) -> None:
    if not LedgerFinding.objects.filter(document=one, closed_at=None).exists():
        rows.finding(one, "missing")


def is_found_again(one: Document) -> None:
    LedgerFinding.objects.filter(document=one).update(closed_at=timezone.now())


def all_are_decided(one: Document) -> None:
    Document.objects.filter(integration=one.integration_id).update(state=DocumentState.WRITTEN)


CHANGES = (
    *(goes, moves, loses_its_date, is_decided, costs_more, all_are_decided),
    *(is_linked, is_unlinked, is_relinked, is_found_gone, is_found_again),
)
STEPS = st.one_of(
    st.tuples(st.just("comes"), st.integers(0, 14)),
    st.tuples(st.sampled_from(CHANGES), st.integers(0, 14)),
    st.tuples(st.just("sums"), st.just(0)),
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, min_size=3, max_size=12))
def test_whatever_happens_the_days_add_up(integration, steps):
    with tenant_scope(integration.tenant_id):
        Document.objects.filter(integration=integration).delete()
        comes(integration, 1)
        for what, at in steps:
            known = list(Document.objects.filter(integration=integration).order_by("pk"))
            if what == "comes":
                comes(integration, at)
            elif what == "sums":
                sum_changed_days(integration)
            elif known:
                what(known[at % len(known)])
            assert shown(integration) == by_hand(integration), (what, at)


def test_what_was_summed_is_not_counted_again(integration):
    with tenant_scope(integration.tenant_id):
        for at in range(6):
            comes(integration, at)
        assert sum_changed_days(integration) == 2
        assert (sum_changed_days(integration), ChangedDay.objects.count()) == (0, 0)
        # Sums that are wrong show that it is they who are asked.
        DaySum.objects.update(documents=100)
        assert {one.documents for one in counted(integration)} == {100}


def test_what_changes_no_figure_marks_no_day(integration):
    with tenant_scope(integration.tenant_id):
        comes(integration, 1)
        one = Document.objects.get()
        is_linked(one)
        sum_changed_days(integration)

        one.changed_at = timezone.now()
        one.save()
        Link.objects.update(etag="2", kind="purchase_invoice")

        assert not ChangedDay.objects.exists()


def test_an_integration_that_is_deleted_leaves_neither_sums_nor_marks(integration):
    with tenant_scope(integration.tenant_id):
        comes(integration, 1)
        is_linked(Document.objects.get())
        sum_changed_days(integration)
        comes(integration, 2)

        integration_delete(integration)

    with tenant_scope(integration.tenant_id):
        assert (DaySum.objects.count(), ChangedDay.objects.count()) == (0, 0)


class Other:
    """Somebody else with a connection and an open transaction of their own."""

    def __init__(self, tenant_id: Any) -> None:
        self._thread, self._scope = ThreadPoolExecutor(1), tenant_scope(tenant_id)

    def __enter__(self) -> Other:
        self.does(self._scope.__enter__)
        return self

    def does(self, what: Callable[..., Any], *args: Any) -> None:
        self._thread.submit(what, *args).result(timeout=20)

    def commits(self) -> None:
        self.does(self._scope.__exit__, None, None, None)

    def __exit__(self, *_: Any) -> None:
        self.does(lambda: connection.close())
        self._thread.shutdown()


@pytest.fixture
def one(integration) -> Document:
    """A document on a day that was summed, among others."""
    with tenant_scope(integration.tenant_id):
        for at in (1, 1, 2, 4):
            comes(integration, at)
        one = Document.objects.order_by("pk").first()
        is_linked(Document.objects.order_by("pk").last())
        sum_changed_days(integration)
    return one


@contextmanager
def right_before(statement: int, happens: Callable[[], None]) -> Iterator[None]:
    """Let something happen right before the so many-th statement, or behind the last one."""
    seen = Counter()

    def execute(run: Callable[..., Any], *args: Any) -> Any:
        if seen["statements"] == statement:
            happens()
        seen["statements"] += 1
        return run(*args)

    with connection.execute_wrapper(execute):
        yield
    if seen["statements"] <= statement:
        happens()


@pytest.mark.parametrize("statement", range(8))
@pytest.mark.parametrize(
    "change", [goes, moves, is_decided, is_linked, is_found_gone], ids=lambda each: each.__name__
)
def test_a_commit_in_the_midst_of_summing_is_not_lost(integration, one, change, statement):
    with tenant_scope(integration.tenant_id):
        is_decided(one)  # so that there is something to sum

    with Other(integration.tenant_id) as other:
        other.does(change, one)
        with right_before(statement, other.commits), tenant_scope(integration.tenant_id):
            sum_changed_days(integration)
            sum_changed_days(integration)
            sum_changed_days(integration)
    assert_right(integration)


def test_nobody_sees_what_is_not_committed(integration, one):
    with Other(integration.tenant_id) as other:
        other.does(moves, one)
        assert_right(integration)
        with tenant_scope(integration.tenant_id):
            sum_changed_days(integration)
        assert_right(integration)
        other.commits()
    assert_right(integration)


def test_a_link_counts_on_the_day_to_which_somebody_else_moved_its_document(integration, one):
    with Other(integration.tenant_id) as mover, Other(integration.tenant_id) as linker:
        mover.does(moves, one)
        linker.does(is_linked, one)  # still sees it on the old day
        mover.commits()
        with tenant_scope(integration.tenant_id):
            sum_changed_days(integration)
        assert_right(integration)
        linker.commits()
    assert_right(integration)
    with tenant_scope(integration.tenant_id):
        assert sum_changed_days(integration) == 1
    assert_right(integration)


def test_who_writes_on_the_same_day_waits_for_nobody(integration, one):
    with tenant_scope(integration.tenant_id):
        another = Document.objects.filter(document_date=one.document_date).exclude(pk=one.pk)[0]

    with Other(integration.tenant_id) as first, Other(integration.tenant_id) as second:
        first.does(is_decided, one)
        second.does(is_decided, another)  # would time out
        with tenant_scope(integration.tenant_id):
            sum_changed_days(integration)
        second.commits()
        first.commits()
    assert_right(integration)


def test_links_and_findings_are_read_once_and_not_for_each_document(integration):
    """Where statistics do not know a tenant, a look-up for each would read all of its links."""
    for at in range(4):
        comes(integration, at)
    with tenant_scope(integration.tenant_id), CaptureQueriesContext(connection) as asked:
        counted(integration)
        with connection.cursor() as cursor:
            cursor.execute(f"explain {asked.captured_queries[-1]['sql']}")
            plan = "\n".join(line for (line,) in cursor.fetchall())

    asked_for = re.findall(r"(hashed )?SubPlan \d+\)", plan)
    assert len(asked_for) >= 4, plan  # two lists, for documents with a date and without
    assert set(asked_for) == {"hashed "}, plan
