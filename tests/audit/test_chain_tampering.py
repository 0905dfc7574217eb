"""A thousand kinds of tampering with a chain, each found by both verifiers."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from datetime import timedelta
from types import ModuleType
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from audit import checkpoints, record, selectors
from audit.chain import Head
from audit.context import acting
from audit.models import AuditEvent
from audit.tasks import checkpoint
from tenants.ids import new_id
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tests import factories
from tests.audit.tampering import Trail, a_thousand

pytestmark = pytest.mark.django_db
EVENTS = 9
NOTED = 4  # and the end


def load_standalone() -> ModuleType:
    """Load the verifier as a stranger would: from its file."""
    spec = importlib.util.spec_from_file_location("verify_export", selectors.VERIFIER)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


standalone = load_standalone()


@pytest.fixture(autouse=True)
def state_dir(settings, tmp_path):
    settings.STATE_DIR = tmp_path
    return tmp_path


def a_tenant_with_history() -> Tenant:
    tenant = factories.tenant()
    for count in (NOTED, EVENTS - NOTED):
        with acting("user:7", request_id="req-1234567", run=new_id()), tenant_scope(tenant.pk):
            for number in range(count):
                record(
                    "member.joined",
                    target=tenant,
                    changes={"name": ["A", "B"]},
                    facts={"number": number, "amount": "100.00", "place": "Zürich"},
                    document=new_id() if number % 2 else None,
                    connection=new_id(),
                )
        checkpoint()
    return tenant


def lines_of(tenant: Tenant) -> list[bytes]:
    with tenant_scope(tenant.pk):
        return [line.encode() for line in selectors.export()]


def trail_of(lines: list[bytes]) -> Trail:
    found = [json.loads(line) for line in lines]
    return Trail(
        [line for line in found if "seq" in line],
        found[-1]["head"],
        [line["note"] for line in found if "note" in line],
    )


def forged_note(tenant: Tenant, trail: Trail, settings: Any) -> dict[str, Any]:
    """Return a note over the real end, signed by somebody else."""
    own, settings.SECRET_KEY = settings.SECRET_KEY, "the key of a stranger" * 4
    head = Head(trail.head["seq"], bytes.fromhex(trail.head["hash"]))
    note = checkpoints.signed(tenant.pk, head, timezone.now() + timedelta(days=1))
    settings.SECRET_KEY = own
    return note


def kinds_for(tenant: Tenant, lines: list[bytes], settings: Any) -> tuple[Trail, list[Any]]:
    trail, other = trail_of(lines), trail_of(lines_of(a_tenant_with_history()))
    return trail, a_thousand(trail, other, forged_note(tenant, trail, settings))


def exported(trail: Trail, end: dict[str, Any]) -> list[bytes]:
    """Write a trail as an export whose end cannot be signed again."""
    objects = [*trail.events, *({"note": note} for note in trail.notes)]
    objects.append({**end, "head": trail.head})
    return [standalone.spell(one).encode() + b"\n" for one in objects]


def standalone_says(lines: list[bytes], **more: Any) -> str:
    try:
        standalone.check(lambda: iter(lines), **more)
    except standalone.NotWhole as problem:
        return str(problem)
    return ""


def test_the_stand_alone_verifier_finds_each_of_1000_kinds_of_tampering_with_a_chain(settings):
    tenant = a_tenant_with_history()
    lines = lines_of(tenant)
    keys, end = checkpoints.public_keys(), json.loads(lines[-1])
    trail, kinds = kinds_for(tenant, lines, settings)
    assert exported(trail, end) == lines
    assert len({kind.name for kind in kinds}) == 1000

    assert standalone_says(lines, keys=keys) == ""
    unseen = [
        kind.name for kind in kinds if not standalone_says(exported(kind.of(trail), end), keys=keys)
    ]

    assert unseen == []


@pytest.mark.long
def test_verify_audit_finds_each_of_1000_kinds_of_tampering_with_a_chain(
    settings, state_dir, full_size
):
    tenant = a_tenant_with_history()
    trail, kinds = kinds_for(tenant, lines_of(tenant), settings)
    vandal = Vandal(tenant, state_dir)

    assert vandal.does(trail) == ""
    unseen = [kind.name for kind in kinds[: full_size(1000)] if not vandal.does(kind.of(trail))]

    assert unseen == []
    assert vandal.does(trail) == ""


def verified(tenant_id: Any) -> str:
    with tenant_scope(tenant_id):
        return selectors.verify().problem


class Vandal:
    """Puts a changed trail in the place of a tenant's, as the owner of database and notes could."""

    def __init__(self, tenant: Tenant, folder: Any) -> None:
        self.tenant = tenant
        self.other = Tenant.objects.exclude(pk=tenant.pk).values_list("pk", flat=True).get()
        self.notes = folder / "audit" / f"{tenant.pk}.jsonl"
        self.columns = [f.column for f in AuditEvent._meta.fields if f.column != "id"]
        with connection.cursor() as cursor:
            cursor.execute("set role none")
            cursor.execute("set constraints all immediate")
            cursor.execute("alter table audit_auditevent drop constraint audit_event_seq")
            cursor.execute("alter table audit_auditevent drop constraint audit_event_seq_positive")
            cursor.execute("alter table audit_auditevent no force row level security")
            cursor.execute("set constraints all deferred")
            cursor.execute(f'set role "{settings_role()}"')

    def does(self, trail: Trail) -> str:
        """Return what `verify_audit` then says, "" where it finds nothing; all is taken back."""
        self.notes.write_text("".join(json.dumps(note) + "\n" for note in trail.notes))
        with transaction.atomic():
            try:
                with tenant_scope(self.tenant.pk):
                    self._install(trail)
                return verified(self.tenant.pk) or verified(self.other)
            finally:
                transaction.set_rollback(True)

    def _install(self, trail: Trail) -> None:
        with connection.cursor() as cursor:
            cursor.execute("set local role none")
            cursor.execute("set local app.audit_purge = 'on'")
            cursor.execute("delete from audit_auditevent where tenant_id = %s", [self.tenant.pk])
            names = ", ".join(self.columns)
            values = ", ".join(["%s"] * len(self.columns))
            rows = [[self._value(event, name) for name in self.columns] for event in trail.events]
            cursor.executemany(f"insert into audit_auditevent ({names}) values ({values})", rows)
            cursor.execute(
                "update audit_audithead set seq = %s, hash = %s where tenant_id = %s",
                [trail.head["seq"], bytes.fromhex(trail.head["hash"]), self.tenant.pk],
            )
            cursor.execute(f'set local role "{settings_role()}"')

    @staticmethod
    def _value(event: dict[str, Any], name: str) -> Any:
        value = event[name]
        if name in ("hash", "previous_hash"):
            return bytes.fromhex(value)
        return json.dumps(value) if name in ("changes", "facts") else value


def settings_role() -> str:
    from django.conf import settings

    return settings.DATABASE_APP_ROLE


SPELLINGS = {
    "two values for one field": lambda t: t.replace('"actor":', '"actor":"user:1","actor":', 1),
    "a space": lambda t: t.replace('":', '": ', 1),
    "an escape": lambda t: t.replace("Zürich", "Z\\u00fcrich"),
    "another order": lambda t: t.replace('{"action"', '{"zaction":1,"action"'),
    "no JSON": lambda t: t[:-5],
    "a number as text": lambda t: t.replace('"seq":3', '"seq":"3"'),
    "a truth for a number": lambda t: t.replace('"seq":1,', '"seq":true,'),
}


@pytest.mark.parametrize("how", SPELLINGS)
def test_an_export_of_a_chain_has_one_spelling(how):
    tenant = a_tenant_with_history()
    text = b"".join(lines_of(tenant)).decode()
    for place in range(EVENTS):
        lines = text.splitlines(keepends=True)
        changed = SPELLINGS[how](lines[place])
        if changed != lines[place]:
            lines[place] = changed
            assert standalone_says([line.encode() for line in lines])


def test_an_export_of_a_chain_has_one_order():
    lines = lines_of(a_tenant_with_history())

    for place in range(len(lines) - 1):
        swapped = [*lines[:place], lines[place + 1], lines[place], *lines[place + 2 :]]
        notes_alone = lines[place].startswith(b'{"note"') and lines[place + 1].startswith(
            b'{"note"'
        )
        assert bool(standalone_says(swapped)) != notes_alone


def test_a_chain_cut_together_with_its_end_is_found_by_the_notes_of_the_second_place(state_dir):
    tenant = a_tenant_with_history()
    with tenant_scope(tenant.pk):
        record("member.joined")
    older = lines_of(tenant)
    with tenant_scope(tenant.pk):
        record("member.joined")
    checkpoint()
    notes = (state_dir / "audit" / f"{tenant.pk}.jsonl").read_bytes().splitlines()

    assert standalone_says(older) == ""
    assert "11 was signed" in standalone_says(older, notes=notes)


def test_the_verifier_of_a_chain_runs_as_a_program_of_its_own(tmp_path):
    tenant = a_tenant_with_history()
    lines = lines_of(tenant)
    file = tmp_path / "audit.jsonl"
    key = checkpoints.public_keys()[0]

    def run(*more: str) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-I", str(selectors.VERIFIER), str(file), *more],
            cwd="/",
            capture_output=True,
            text=True,
        )
        return done.returncode, done.stdout

    file.write_bytes(b"".join(lines))
    code, said = run("--key", key, "--tenant", str(tenant.pk))
    assert (code, said.split(",")[0]) == (0, f"whole: {EVENTS} events")
    assert run("--key", "ab" * 32)[0] == 1
    file.write_bytes(b"".join(lines).replace(b"user:7", b"user:8", 1))
    code, said = run()
    assert (code, said) == (1, "NOT WHOLE: the content of event 1 was changed\n")


def test_the_verifier_needs_nothing_of_ours_and_is_short():
    text = selectors.VERIFIER.read_text()

    assert len(text.splitlines()) < 200
    imported = {
        line.split()[1].split(".")[0]
        for line in text.splitlines()
        if line.startswith(("import ", "from "))
    }
    assert imported <= {*sys.stdlib_module_names, "cryptography"}


def test_without_its_digests_no_chain_would_be_found_tampered_with(
    monkeypatch, settings, state_dir
):
    """Negative control: a verifier that believes every digest sees nothing of an edit."""
    tenant = a_tenant_with_history()
    trail, _ = kinds_for(tenant, lines_of(tenant), settings)
    trail.events[2]["actor"] = "user:9"
    vandal = Vandal(tenant, state_dir)

    assert "content of event 3" in vandal.does(trail)
    monkeypatch.setattr("audit.chain._fault", lambda link, seq, last: "")
    assert vandal.does(trail) == ""
