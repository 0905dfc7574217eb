"""Events share the transaction of what they tell, and cannot be changed afterwards."""

import hashlib
import json
import re
import threading
from contextlib import suppress
from string import Formatter

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection, transaction
from django.utils import timezone

from audit import actions, record, selectors
from audit.actions import UnknownAction
from audit.block import OutsideScope
from audit.chain import GENESIS
from audit.context import acting, current
from audit.models import AuditEvent, AuditHead
from tenants.ids import new_id
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant() -> Tenant:
    return factories.tenant()


def execute(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def tell(tenant: Tenant, count: int = 1, **values) -> None:
    with tenant_scope(tenant.pk):
        for number in range(count):
            record("member.joined", facts={"role": "viewer", "number": number}, **values)


def told(tenant: Tenant) -> list[AuditEvent]:
    with tenant_scope(tenant.pk):
        return list(AuditEvent.objects.order_by("seq"))


def test_an_event_says_who_did_what_to_what(tenant):
    run, request = new_id(), "req-12345678"

    with acting("user:7", request_id=request, run=run), tenant_scope(tenant.pk):
        record("tenant.changed", target=tenant, changes={"name": ["A", "B"]})
        assert current().actor == "user:7"

    (event,) = told(tenant)
    assert (event.actor, event.request_id, event.run) == ("user:7", request, run)
    assert (event.target_type, event.target_id) == ("tenants.tenant", str(tenant.pk))
    assert event.target_label == "Kestrel Ltd"
    assert event.sentence == "The settings of Kestrel Ltd were changed"


def test_events_of_one_transaction_are_one_unbroken_block(tenant, django_assert_max_num_queries):
    tell(tenant)
    with django_assert_max_num_queries(8):
        tell(tenant, 500)

    events = told(tenant)
    assert [event.seq for event in events] == list(range(1, 502))
    assert bytes(events[0].previous_hash) == GENESIS
    with tenant_scope(tenant.pk):
        assert selectors.verify().ok


def test_what_is_rolled_back_was_never_told(tenant):
    with suppress(ZeroDivisionError), tenant_scope(tenant.pk):
        record("tenant.changed", target=tenant)
        1 / 0  # noqa: B018

    assert told(tenant) == []


@pytest.mark.parametrize("inner", [lambda t: tenant_scope(t.pk), lambda t: transaction.atomic()])
def test_a_part_that_is_rolled_back_takes_its_events_with_it(tenant, inner):
    with tenant_scope(tenant.pk):
        record("member.joined", facts={"role": "first"})
        with suppress(ZeroDivisionError), inner(tenant):
            record("member.joined", facts={"role": "undone"})
            1 / 0  # noqa: B018
        with inner(tenant):
            record("member.joined", facts={"role": "last"})

    assert [event.facts["role"] for event in told(tenant)] == ["first", "last"]


def test_what_cannot_be_told_does_not_happen(tenant):
    def rename() -> None:
        with tenant_scope(tenant.pk):
            Tenant.objects.filter(pk=tenant.pk).update(name="changed")
            record("tenant.changed", target=tenant, facts={"amount": 1.5})

    with pytest.raises(TypeError):
        rename()
    tenant.refresh_from_db()
    assert tenant.name == "Kestrel Ltd"


def test_an_event_needs_a_tenant():
    with pytest.raises(OutsideScope):
        record("member.joined")
    with pytest.raises(OutsideScope):
        AuditEvent.objects.count()


def test_an_event_needs_a_sentence(tenant):
    with tenant_scope(tenant.pk), pytest.raises(UnknownAction):
        record("nobody.wrote.this")


def test_a_name_means_one_thing():
    with pytest.raises(ValueError, match="taken"):
        actions.register({"tenant.created": "something else"})


def test_a_fact_that_is_missing_reads_as_a_dash():
    assert actions.sentence("member.role_changed", "", {}) == "It became –"
    assert actions.sentence("no.longer_known", "INV-7", {}) == "INV-7: no longer known"


@pytest.mark.parametrize("action", sorted(actions.ACTIONS))
def test_no_sentence_speaks_of_one_as_of_many(action):
    facts = {name for _, name, _, _ in Formatter().parse(actions.ACTIONS[action]) if name}

    words = actions.sentence(action, "It", dict.fromkeys(facts, 1))

    assert not re.search(r"\b1 (are|go|(data )?(?!is\b|was\b|holds\b)[a-z]+s)\b", words)


@pytest.mark.parametrize(
    ("documents", "words"),
    [
        (1, "1 document goes on, its cause is gone"),
        (2, "2 documents go on, their cause is gone"),
        (0, "0 documents go on, their cause is gone"),
        (None, "– documents go on, their cause is gone"),
    ],
)
def test_one_is_spoken_of_as_one(documents, words):
    facts = {} if documents is None else {"documents": documents}
    assert actions.sentence("documents.released", "Main", facts) == words


@pytest.mark.parametrize(
    ("action", "facts", "words"),
    [
        (
            "run.finished",
            {"flow": "invoices", "state": "partial"},
            "The run of invoices ended: some documents need review",
        ),
        (
            "run.queued",
            {"flow": "reference", "trigger": "person"},
            "A run of ledger codes was asked for (by hand)",
        ),
        (
            "connection.health_changed",
            {"health": "attention", "code": "token"},
            "NAV is now in need of attention (token)",
        ),
        ("run.finished", {"flow": "invoices", "state": "new"}, "The run of invoices ended: new"),
    ],
)
def test_codes_of_facts_are_told_in_the_words_of_people(action, facts, words):
    assert actions.sentence(action, "NAV", facts) == words


@pytest.mark.parametrize(
    ("step", "number", "words"),
    [
        ("invoice 10045", "1004", "The ledger confirmed invoice 10045: its number is 1004"),
        ("journal entry J7", "J7", "The ledger confirmed journal entry J7"),
        ("journal entry J7", "", "The ledger confirmed journal entry J7"),
        ("invoice [{key}]", "1004", "The ledger confirmed invoice [{key}]: its number is 1004"),
    ],
)
def test_a_number_is_told_once(step, number, words):
    facts = {"step": step, "number": number}
    assert actions.sentence("write.confirmed", "", facts) == words


def test_secrets_and_mail_addresses_stay_out_of_the_chain(tenant):
    with tenant_scope(tenant.pk):
        record(
            "tenant.changed",
            changes={"secret": "changed", "client_secret": ["old-value", "new-value"]},
            facts={"note": "from ann@kestrel.example with Bearer abcd1234efgh"},
        )

    (event,) = told(tenant)
    stored = json.dumps([event.changes, event.facts])
    assert event.changes["secret"] == "changed"
    assert not any(word in stored for word in ("old-value", "new-value", "ann@", "abcd1234"))


@pytest.mark.parametrize(
    "statement",
    [
        "update audit_auditevent set actor = 'user:9'",
        "delete from audit_auditevent",
        "truncate audit_auditevent",
    ],
)
@pytest.mark.parametrize("role", ["app", "owner"])
def test_no_event_is_changed_by_anybody(tenant, statement, role):
    tell(tenant)

    with (
        pytest.raises(ProgrammingError, match=r"permission denied|never changed"),
        tenant_scope(tenant.pk),
    ):
        execute("set constraints all immediate", *["set role none"][: role == "owner"], statement)


def test_the_role_of_web_and_workers_cannot_lift_the_rule(tenant):
    tell(tenant)

    with pytest.raises(ProgrammingError, match="permission denied"), tenant_scope(tenant.pk):
        execute("set local app.audit_purge = 'on'", "delete from audit_auditevent")


def test_one_tenant_neither_sees_nor_lengthens_the_trail_of_another(tenant):
    other = factories.tenant()
    tell(tenant)

    with tenant_scope(other.pk):
        assert AuditEvent.unscoped.count() == 0
        assert AuditHead.unscoped.count() == 0
    with pytest.raises(ProgrammingError, match="row-level security"), tenant_scope(other.pk):
        AuditEvent.unscoped.create(
            tenant=tenant, seq=2, at=timezone.now(), action="x", previous_hash=b"", hash=b""
        )


def as_owner(statement: str, tenant: Tenant) -> None:
    """Do what an owner of the database could do who knows the door of the retention job."""
    role = settings.DATABASE_APP_ROLE
    with tenant_scope(tenant.pk):
        execute("set role none", "set local app.audit_purge = 'on'", statement)
        execute("set local app.audit_purge = 'off'", f'set role "{role}"')


@pytest.mark.parametrize(
    ("statement", "broken_at"),
    [
        ("update audit_auditevent set actor = 'user:9' where seq = 3", 3),
        ('update audit_auditevent set facts = \'{"role": "admin"}\' where seq = 3', 3),
        ("update audit_auditevent set at = at + interval '1 second' where seq = 3", 3),
        ("update audit_auditevent set target_label = 'INV-8' where seq = 3", 3),
        ("delete from audit_auditevent where seq = 3", 3),
        ("delete from audit_auditevent where seq > 3", 4),
        ("delete from audit_auditevent", 1),
        ("update audit_audithead set seq = 3", 4),
        ("delete from audit_audithead", 1),
    ],
)
def test_what_the_owner_changes_is_found(tenant, statement, broken_at, capsys):
    tell(tenant, 5)

    as_owner(statement, tenant)

    with tenant_scope(tenant.pk):
        found = selectors.verify()
    assert (found.ok, found.broken_at) == (False, broken_at)
    with pytest.raises(CommandError, match="changed"):
        call_command("verify_audit", tenant.slug)
    assert "BROKEN" in capsys.readouterr().out


def test_the_command_names_each_tenants_head(tenant, capsys):
    tell(tenant, 3)

    call_command("verify_audit", tenant.slug)

    head = bytes(told(tenant)[-1].hash).hex()
    assert f"{tenant.slug}: 3 events, head {head}, ok" in capsys.readouterr().out


def test_an_export_can_be_verified_with_sha_256_alone(tenant):
    tell(tenant, 3, document=new_id())
    with tenant_scope(tenant.pk):
        *lines, last = [json.loads(line) for line in selectors.export()]

    previous = bytes(32)
    for line in lines:
        stated = bytes.fromhex(line.pop("hash"))
        assert bytes.fromhex(line.pop("previous_hash")) == previous
        content = json.dumps(line, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        number = line["seq"].to_bytes(8, "big")
        assert hashlib.sha256(previous + number + content.encode()).digest() == stated
        previous = stated
    assert last["head"] == {"seq": 3, "hash": previous.hex()}


def test_events_are_found_by_what_they_are_about(tenant):
    document, link, run = new_id(), new_id(), new_id()
    tell(tenant, 2, document=document)
    tell(tenant, 1, connection=link)
    tell(tenant, 1, run=run)

    with tenant_scope(tenant.pk):
        assert [event.seq for event in selectors.timeline(document)] == [1, 2]
        assert [event.seq for event in selectors.events(connection=link)] == [3]
        assert [event.seq for event in selectors.events(run=run)] == [4]
        assert selectors.events(action="member.").count() == 4
        assert selectors.events(action="member.left").count() == 0
        assert selectors.events(until=timezone.now()).count() == 4
        assert selectors.events(since=timezone.now()).count() == 0


def test_an_event_is_described_in_the_shape_of_the_api(tenant):
    tell(tenant)

    with tenant_scope(tenant.pk):
        shown = selectors.described(AuditEvent.objects.get())

    assert {
        "seq",
        "at",
        "actor",
        "action",
        "sentence",
        "target",
        "changes",
        "run",
        "request_id",
    } < set(shown)
    assert shown["hash"] == bytes(told(tenant)[0].hash).hex()


@pytest.mark.django_db(transaction=True)
def test_writers_at_the_same_time_make_one_chain_without_gaps():
    tenant = factories.tenant()

    def work() -> None:
        try:
            for _ in range(10):
                tell(tenant, 3)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with tenant_scope(tenant.pk):
        found = selectors.verify()
    assert (found.ok, found.events) == (True, 120)
