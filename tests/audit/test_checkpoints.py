"""Signed notes outside of the database give away a chain that was rewritten whole."""

import json
import resource
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from audit import checkpoints, record, selectors
from audit.append import append
from audit.chain import Head, canonical
from audit.models import AuditEvent, AuditHead
from audit.stored import stored
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


def test_a_note_that_is_added_while_the_chain_is_walked_is_not_missed(tenant, monkeypatch):
    tell(tenant, 3)
    checkpoint()
    tell(tenant)
    real_head = selectors.stored_head

    def meanwhile_noted():
        monkeypatch.setattr(selectors, "stored_head", real_head)
        checkpoint()
        return real_head()

    monkeypatch.setattr(selectors, "stored_head", meanwhile_noted)

    assert verified(tenant).ok
    assert max(checkpoints.noted(tenant.pk)) == 4


@pytest.fixture
def room_for():
    """Let files grow by no more than so many bytes, as on a disk that is full in mid-line."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)

    @contextmanager
    def limit(size):
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)

    return limit


def test_half_a_note_on_a_full_disk_is_taken_back_and_written_later(tenant, notes, room_for):
    tell(tenant)
    checkpoint()
    whole = notes.read_bytes()
    tell(tenant)

    with room_for(len(whole) + 40), pytest.raises(OSError, match="File too large"):
        checkpoint()
    after = notes.read_bytes()
    checkpoint()

    assert after == whole
    assert len(list(checkpoints.lines(tenant.pk))) == 2
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


def restored_to(seq, tenant):
    """Let the database be what it was when event `seq` was its last and had been noted."""
    with tenant_scope(tenant.pk):
        last = bytes(AuditEvent.objects.get(seq=seq).hash).hex()
    as_owner(f"delete from audit_auditevent where seq > {seq}", tenant)
    as_owner(
        f"update audit_audithead set seq = {seq}, hash = '\\x{last}', noted_seq = {seq}", tenant
    )


def test_after_a_restore_the_command_says_which_signed_events_are_lost(tenant, notes, capsys):
    tell(tenant, 2)
    checkpoint()
    tell(tenant, 3)
    checkpoint()
    restored_to(2, tenant)

    with pytest.raises(CommandError):
        call_command("verify_audit", tenant.slug)
    assert "events 3 to 5 are missing: event 5 was signed" in capsys.readouterr().out

    tell(tenant, 9)
    checkpoint()
    assert len(notes.read_text().splitlines()) == 2  # a trail that lost its end is not signed
    assert not verified(tenant).ok


def test_a_trail_goes_on_after_a_restore_and_says_so_itself(tenant, notes, capsys):
    tell(tenant, 2)
    checkpoint()
    tell(tenant, 3)
    checkpoint()
    restored_to(2, tenant)

    call_command("verify_audit", tenant.slug, "--after-restore")
    tell(tenant, 9)
    checkpoint()

    assert verified(tenant).ok
    with tenant_scope(tenant.pk):
        event = AuditEvent.objects.get(action="audit.restored")
    assert (event.seq, event.facts) == (3, {"first": 3, "last": 5})
    lost = notes.with_suffix(".lost.jsonl").read_text().splitlines()
    assert [json.loads(line)["seq"] for line in lost] == [5]


def test_two_signed_ends_with_one_number_are_found(tenant, settings):
    tell(tenant, 3)
    checkpoint()
    with tenant_scope(tenant.pk):
        checkpoints.note(tenant.pk, Head(3, bytes(32)), timezone.now())

    assert "twice" in verified(tenant).problem


def test_a_note_that_was_taken_away_is_missed(tenant, notes):
    tell(tenant, 3)
    checkpoint()
    tell(tenant)
    checkpoint()
    notes.write_text(notes.read_text().splitlines(keepends=True)[0])

    found = verified(tenant)

    assert (found.ok, found.broken_at) == (False, 4)
    assert "gone" in found.problem


@pytest.mark.parametrize(
    "values",
    [
        {"target_id": 'a"\\b\u2028\t', "facts": {"ß": "\u0001", "b": [1, {"z": None, "a": True}]}},
        {"facts": {"big": 10**30, "\U0001f600": "\ud7ff\ue000"}, "changes": {"a": ["", {}]}},
        {"at": datetime(2026, 3, 1, 23, 59, 59, 7, tzinfo=timezone.get_fixed_timezone(-330))},
        {"document": UUID(int=1), "run": UUID(int=2), "connection": UUID(int=2**128 - 1)},
    ],
)
def test_what_is_read_back_from_the_database_is_spelled_as_it_was_chained(tenant, values):
    event = {"at": timezone.now(), "action": "member.joined", "actor": "user:ä", **values}
    with tenant_scope(tenant.pk):
        append(tenant.pk, [event])

    with tenant_scope(tenant.pk):
        (row,) = stored(tenant.pk, 10)
        assert row.link().content == canonical(AuditEvent.objects.get())
    assert verified(tenant).ok
