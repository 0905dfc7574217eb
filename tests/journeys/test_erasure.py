"""A person's data goes from all that is kept, and what was booked stays."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from audit import record, selectors
from audit.models import AuditText
from sync.engine import erasing
from sync.models import Erasure, FlowName, MappingEntry, Version, Write
from sync.services.documents import ReplayFilter, documents_replay
from sync.services.erasures import contact_erase
from tests import small
from tests.journeys import erasing_worker
from tests.journeys.small import type_in
from tests.world import World

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.django_db(transaction=True)
MAIL, PHONE, NAME = "ann.jones@mill.example", "+44 20 7946 0123", "Ann Jones"
CONTACT = {
    "type": "remitto",
    "firstName": "Ann",
    "lastName": "Jones",
    "email": MAIL,
    "phone": {"telephoneNumber": {"countryCode": "44", "areaCode": "20", "number": "79460123"}},
}
NAMESAKE = {**CONTACT, "email": "ann@other.example", "phone": None}
COMPANY_MAIL = "accounts@mill.example"


@pytest.fixture
def customer(tmp_path):
    """One supplier with two contacts, an order that Ann asked for, an invoice that she entered."""
    other = {**CONTACT, "firstName": "Bo", "lastName": "Ek", "email": COMPANY_MAIL, "phone": None}
    lines = [
        small.supplier(0, contactList={"contact": [CONTACT, other]}),
        small.supplier(1, contactList={"contact": [NAMESAKE]}),
        small.order(0, requestor={"username": "ajones", "email": MAIL}),
        small.invoice(0, invoicedBy={"username": "ajones", "email": MAIL}),
    ]
    with small.small_world(tmp_path, lines) as world:
        world.run(*small.FLOWS)
        yield world


def ask(customer: World, **more: str) -> Erasure:
    with customer.scope():
        first = {"flow_name": FlowName.SUPPLIERS, "source_id": small.supplier_id(0)}
        suppliers = customer.documents(**first)
        return contact_erase(mail=MAIL, suppliers=suppliers, **more)


def erase(customer: World, **more: str) -> Erasure:
    erasure = ask(customer, **more)
    while erasing.erase_slice(customer.tenant.pk):
        pass
    with customer.scope():
        return Erasure.objects.get(pk=erasure.pk)


def everything_kept(customer: World) -> str:
    """Every row of every table of the tenant, as the database would spell it in a dump."""
    tables = "select table_name from information_schema.columns where column_name = 'tenant_id'"
    with customer.scope(), connection.cursor() as cursor:
        cursor.execute(tables)
        names = [name for (name,) in cursor.fetchall()]
        found = []
        for name in names:
            cursor.execute(f'select to_jsonb(t)::text from "{name}" t')
            found += [f"{name} {row}" for (row,) in cursor.fetchall()]
    return "\n".join(found)


def booked(customer: World) -> list[tuple[str, str, dict]]:
    with customer.scope():
        rows = Write.objects.exclude(kind__in=("vendor", "supplier")).order_by("pk")
        return [(row.kind, row.state, row.content) for row in rows]


def test_what_names_a_contact_is_gone_from_every_table(customer):
    assert MAIL in everything_kept(customer)

    done = erase(customer)

    left = everything_kept(customer)
    assert done.state == "done"
    for said in (MAIL, "ajones", "79460123"):
        assert said not in left
    assert "Jones" not in "".join(row for row in left.splitlines() if "ann@other" not in row)
    assert COMPANY_MAIL in left
    assert "ann@other.example" in left
    assert done.counts["versions"] == 3


def test_the_trail_says_what_went_and_both_know_the_chain_as_whole(customer):
    with customer.scope():
        record("tenant.closed", target=customer.tenant, words={"reason": f"{NAME} asked"})

    erase(customer, name=NAME)

    with customer.scope():
        assert selectors.verify().ok
        told = [event.sentence for event in selectors.events(action="personal_data.")]
        exported = "".join(selectors.export())
        assert not AuditText.objects.filter(text__contains=NAME).exists()
    assert "4 versions" in told[0]  # the namesake too: here the name was asked for
    assert MAIL not in exported
    assert NAME not in exported


def test_a_replay_of_what_was_erased_writes_nothing_and_changes_nothing(customer):
    before, in_ledger = booked(customer), customer.ledger()
    erase(customer)

    with customer.scope():
        documents_replay(
            customer.integration, chosen=ReplayFilter(), mapping="current", mode="live"
        )
    customer.settle()

    assert customer.ledger() == in_ledger
    assert booked(customer) == before


def test_what_waits_is_booked_as_before_after_it_was_erased(tmp_path):
    lines = [
        small.supplier(0, contactList={"contact": [CONTACT]}),
        small.order(0),
        small.invoice(0, invoicedBy={"username": "ajones", "email": MAIL}),
    ]
    with small.small_world(tmp_path, lines) as world:
        with world.scope():
            MappingEntry.objects.filter(source_code="OFFICE").delete()
        world.run(*small.FLOWS)
        assert world.document(flow_name=FlowName.INVOICES).state == "parked"

        erase(world)
        small.import_mappings(world.scope(), world.integration)
        world.settle()

        assert world.document(flow_name=FlowName.INVOICES).state == "written"
        with world.scope():
            [write] = Write.objects.filter(kind="purchase_invoice", operation="create")
    line = write.content["body"]["purchaseInvoiceLines"][1]
    assert (line["quantity"], line["unitCost"], line["description"]) == ("2", "50", "Paper 0")


def test_after_the_ledger_forgot_the_person_too_polls_bring_nothing_back(customer):
    key = {"number": small.vendor_number(0)}
    emptied = {"email": "", "phoneNumber": ""}
    type_in(customer, "vendors", "patch", key=key, values=emptied)
    erase(customer)
    asked = len(customer.requests(customer.nav))

    customer.run(FlowName.REFERENCE, *small.FLOWS, full=True)

    found = {row.split()[0] for row in everything_kept(customer).splitlines() if MAIL in row}
    assert found == set()
    sent = {entry.method for entry in customer.requests(customer.nav)[asked:]}
    assert sent <= {"GET"}


def test_an_erasure_that_is_killed_half_way_goes_on_and_counts_nothing_twice(customer):
    """K26: every block is a transaction of its own; here each second one dies before its commit."""
    erasure = ask(customer)
    dies = False
    more = True
    while more:
        with transaction.atomic():
            more = erasing.erase_block(customer.tenant.pk)
            if dies and more:
                transaction.set_rollback(True)
        dies = not dies

    with customer.scope():
        done = Erasure.objects.get(pk=erasure.pk)
        numbers = list(Version.objects.values_list("payload", flat=True))
    assert (done.state, done.counts["versions"], done.person) == ("done", 3, None)
    assert MAIL not in json.dumps(numbers, default=str)


def test_a_worker_that_is_killed_at_every_point_erases_everything_once(customer):
    """K26, by SIGKILL: inside of blocks, between them, and at the end."""
    erasure = ask(customer)
    unharmed = counts_of_an_erasure_that_nobody_kills(customer, erasure)

    lives = erase_in_a_process(customer)

    with customer.scope():
        done = Erasure.objects.get(pk=erasure.pk)
        told = list(selectors.events(action="personal_data.erased"))
        assert selectors.verify().ok
    assert lives == {"died": erasing_worker.LIVES, "last": 0}
    assert (done.state, done.person, done.counts) == ("done", None, unharmed)
    assert len(told) == 1
    assert MAIL not in everything_kept(customer)


def counts_of_an_erasure_that_nobody_kills(customer: World, erasure: Erasure) -> dict[str, int]:
    with transaction.atomic():
        while erasing.erase_slice(customer.tenant.pk):
            pass
        with customer.scope():
            counts = Erasure.objects.get(pk=erasure.pk).counts
        transaction.set_rollback(True)
    return counts


def erase_in_a_process(customer: World) -> dict[str, Any]:
    names = ("NAME", "USER", "PASSWORD", "HOST", "PORT", "OPTIONS")
    database = {name: connection.settings_dict[name] for name in names}
    told = json.dumps([database, str(customer.tenant.pk)])
    done = subprocess.run(
        [sys.executable, "-m", "tests.journeys.erasing_worker", told],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


def test_what_is_on_its_way_is_sent_as_it_was_decided_and_erased_afterwards(customer):
    with customer.scope():
        write = Write.objects.filter(kind="vendor").order_by("pk").last()
        Write.objects.filter(pk=write.pk).update(state="unknown", content={"body": {"email": MAIL}})

    held = erase(customer)
    with customer.scope():
        assert (held.state, Write.objects.get(pk=write.pk).content["body"]["email"]) == (
            "held", MAIL,
        )  # fmt: skip
        Write.objects.filter(pk=write.pk).update(state="confirmed")
        Erasure.objects.update(not_before=held.asked_at)
    while erasing.erase_slice(customer.tenant.pk):
        pass

    with customer.scope():
        assert Write.objects.get(pk=write.pk).content["body"]["email"] == "[erased]"
        assert Erasure.objects.get(pk=held.pk).state == "done"


def test_who_is_to_go_is_kept_sealed_and_only_until_it_is_done(customer):
    erasure = ask(customer)
    with customer.scope():
        assert MAIL.encode() not in bytes(Erasure.objects.get(pk=erasure.pk).person)
        assert MAIL not in "".join(selectors.export())
