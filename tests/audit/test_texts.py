"""What people say in their own words: chained as a digest, erasable without harm to the chain."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import suppress

import pytest

from audit import record, selectors
from audit.models import AuditEvent, AuditText
from tenants.scoping import tenant_scope
from tests import factories

pytestmark = pytest.mark.django_db
SAID = "Ann Jones called and agreed"


@pytest.fixture
def tenant():
    found = factories.tenant()
    with tenant_scope(found.pk):
        record("tenant.closed", target=found, facts={"values": 3}, words={"reason": SAID})
    return found


def the_event(tenant) -> AuditEvent:
    with tenant_scope(tenant.pk):
        return AuditEvent.objects.get(action="tenant.closed")


def exported(tenant) -> str:
    with tenant_scope(tenant.pk):
        return "".join(selectors.export())


def test_what_somebody_said_is_read_beside_the_chain_and_not_in_it(tenant):
    event = the_event(tenant)

    assert event.told == {"values": 3, "reason": SAID}
    assert SAID not in json.dumps(event.facts)
    assert SAID not in exported(tenant)


def test_an_erased_text_leaves_a_chain_that_both_verifiers_find_whole(tenant, tmp_path):
    with tenant_scope(tenant.pk):
        AuditText.objects.all().delete()
        assert selectors.verify().ok

    export = tmp_path / "audit.jsonl"
    export.write_text(exported(tenant))
    seen = subprocess.run(
        [sys.executable, str(selectors.VERIFIER), str(export)], capture_output=True, text=True
    )

    assert seen.stdout.startswith("whole: ")
    assert the_event(tenant).told == {"values": 3, "reason": "[erased]"}


def test_another_text_put_in_its_place_is_found(tenant):
    with tenant_scope(tenant.pk):
        AuditText.objects.update(text="Ann Jones refused")
        found = selectors.verify()

    assert (found.ok, found.broken_at) == (False, the_event(tenant).seq)
    assert "refused" not in the_event(tenant).told["reason"]


class Undone(Exception):
    pass


def begin_and_undo(tenant) -> None:
    with tenant_scope(tenant.pk):
        record("tenant.closed", target=tenant, words={"reason": "never happened"})
        raise Undone


def test_a_text_of_something_that_was_rolled_back_is_not_kept(tenant):
    with tenant_scope(tenant.pk), suppress(Undone):
        begin_and_undo(tenant)

    with tenant_scope(tenant.pk):
        assert [row.text for row in AuditText.objects.all()] == [SAID]


def test_texts_of_many_events_come_by_one_query(tenant, django_assert_num_queries):
    with tenant_scope(tenant.pk):
        for number in range(5):
            record("tenant.closed", target=tenant, words={"reason": f"reason {number}"})
    with tenant_scope(tenant.pk), django_assert_num_queries(2):
        told = [event.sentence for event in AuditEvent.objects.all()]

    assert len(told) >= 5
