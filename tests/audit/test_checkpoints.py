"""Signed notes outside of the database give away a chain that was rewritten whole."""

import json

import pytest

from audit import checkpoints, record, selectors
from audit.chain import Head
from audit.models import AuditEvent, AuditHead
from audit.tasks import checkpoint
from tenants.scoping import tenant_scope
from tests import factories
from tests.audit.test_trail import as_owner, tell

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant():
    return factories.tenant()


@pytest.fixture(autouse=True)
def notes(settings, tmp_path, tenant):
    """Return the file of the tenant's notes."""
    settings.STATE_DIR = tmp_path
    return tmp_path / "audit" / f"{tenant.pk}.jsonl"


def verified(tenant):
    with tenant_scope(tenant.pk):
        return selectors.verify()


def test_an_end_is_noted_once_for_each_growth(tenant, notes):
    tell(tenant, 3)
    checkpoint()
    checkpoint()
    tell(tenant)
    checkpoint()

    assert [json.loads(line)["seq"] for line in notes.read_text().splitlines()] == [3, 4]
    assert verified(tenant).ok


def test_a_tail_cut_together_with_its_head_is_found(tenant):
    tell(tenant, 5)
    checkpoint()
    with tenant_scope(tenant.pk):
        third = bytes(AuditEvent.objects.get(seq=3).hash).hex()
    as_owner("delete from audit_auditevent where seq > 3", tenant)
    as_owner(f"update audit_audithead set seq = 3, hash = '\\x{third}'", tenant)

    found = verified(tenant)

    assert (found.ok, found.broken_at) == (False, 4)


def test_a_chain_written_anew_is_found(tenant):
    tell(tenant, 3)
    checkpoint()
    as_owner("delete from audit_auditevent", tenant)
    as_owner("delete from audit_audithead", tenant)
    tell(tenant, 4)

    found = verified(tenant)

    assert (found.ok, found.broken_at) == (False, 3)
    assert "signed" in found.problem


@pytest.mark.parametrize(
    "forge",
    [
        lambda line: {**line, "seq": 2},
        lambda line: {**line, "hash": "00" * 32},
        lambda line: {**line, "signature": "00" * 64},
        lambda line: {**line, "tenant": "other"},
        lambda line: {},
        lambda line: [],
    ],
)
def test_a_forged_note_is_found(tenant, notes, forge):
    tell(tenant, 3)
    checkpoint()
    notes.write_text(json.dumps(forge(json.loads(notes.read_text()))) + "\n")

    assert not verified(tenant).ok


def test_notes_outlive_a_change_of_the_key_that_names_the_former_one(tenant, settings):
    tell(tenant, 3)
    checkpoint()

    former, settings.SECRET_KEY = settings.SECRET_KEY, "another key of the installation" * 2
    assert not verified(tenant).ok
    settings.SECRET_KEY_FALLBACKS = [former]

    assert verified(tenant).ok


def test_a_note_is_for_the_owner_of_the_process_alone(tenant, notes):
    tell(tenant)
    checkpoint()

    assert notes.stat().st_mode & 0o077 == 0
    assert checkpoints.noted(tenant.pk).keys() == {1}


def test_the_head_itself_is_not_moved_by_a_note(tenant):
    tell(tenant, 2)
    checkpoint()

    with tenant_scope(tenant.pk):
        head = AuditHead.objects.get()
        record("member.joined")
        assert selectors.stored_head() == Head(2, bytes(head.hash))
