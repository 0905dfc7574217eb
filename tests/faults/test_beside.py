"""Faults and kills while an invoice is written beside one that people entered under its number.

Whatever comes in between, in both dialects: ours stands once, the entered one is what it was, and
our document is bound to ours.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import Now

from audit.context import acting
from sync.models import Document, FlowName, Link, ReviewItem, Ticket
from sync.services.reviews import review_resolve
from tests import database, small
from tests.faults import dying_worker
from tests.faults.conftest import SETTLE, Bench
from tests.world import control

ROOT = Path(__file__).resolve().parents[2]
INVOICES = FlowName.INVOICES
WITHOUT_JOURNAL = {**small.POLICY, "journal": {"enabled": False}}
DIALECTS = {
    "api": (small.COMPANY, small.POLICY, "5510"),
    "pages": (small.COMPANY_NAME, WITHOUT_JOURNAL, "8210"),
}
CREATE = {"method": "POST", "path": r"(purchaseInvoices|PurchaseInvoice)$"}
LINES = {"method": "POST", "path": r"PurchaseInvoicePurchLines$"}


@pytest.fixture(scope="module", params=DIALECTS)
def both(
    request: pytest.FixtureRequest,
    django_db_setup: None,
    django_db_blocker: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Bench]:
    lines = [small.supplier(number) for number in range(small.SUPPLIERS)]
    settings = {"settle_seconds": SETTLE, "timeout_seconds": 1, "dialect": request.param}
    company, policy, _ = DIALECTS[request.param]
    with django_db_blocker.unblock():
        with small.small_world(
            tmp_path_factory.mktemp("beside"),
            lines,
            policy=policy,
            company=company,
            nav_settings=settings,
        ) as customer:
            customer.run(FlowName.SUPPLIERS)
            yield Bench(customer)
        database.empty_all()


class Story:
    """One invoice, accepted beside an entered one and not sent yet."""

    def __init__(self, faults: Bench) -> None:
        self.faults, self.customer = faults, faults.customer
        self.number = faults.number()
        settings = faults.customer.integration.ledger.settings
        self.account = DIALECTS[settings["dialect"]][2]
        self.entered = self.type_in(7)
        faults.order(self.number)
        faults.run(FlowName.PURCHASE_ORDERS)
        faults.invoice(self.number)
        faults.run(INVOICES)
        assert self.document().state == "parked"
        self.before = self.of_people()
        with self.customer.scope(), acting("user:anna"):
            review = ReviewItem.objects.get(state="open", document=self.document())
            review_resolve(review, action="accept", note="another delivery")

    def type_in(self, cost: int) -> str:
        line = {"lineType": "Account", "lineObjectNumber": "8210", "quantity": 1, "unitCost": cost}
        values = {
            "vendorNumber": small.vendor_number(self.number),
            "vendorInvoiceNumber": small.invoice_number(self.number),
        }
        wish = {"set": "purchaseInvoices", "company": small.COMPANY, "values": values}
        told = control(self.customer.nav, "records", {**wish, "lines": [line]})
        return str(told["records"][0]["id"])

    def document(self) -> Document:
        return self.faults.document(INVOICES, self.number)

    def standing(self) -> list[dict[str, Any]]:
        wanted = small.invoice_number(self.number)
        rows = self.customer.ledger()["purchaseInvoices"]
        return [row for row in rows if row["vendorInvoiceNumber"] == wanted]

    def of_people(self) -> list[dict[str, Any]]:
        return [row for row in self.standing() if row["id"] == self.entered]

    def ends_well(self) -> None:
        """Ours stands once and whole, and is what our document is bound to."""
        self.faults.nav()
        self.faults.pass_time(60)
        for _ in range(2):  # from when the lease is seen to have ended, settling counts anew
            self.faults.pass_time(2 * SETTLE)
        self.faults.run(INVOICES)
        document = self.document()
        assert document.state == "written", document.reasons
        [ours] = [row for row in self.standing() if row["id"] != self.entered]
        assert [line["lineObjectNumber"] for line in ours["lines"]][1:] == [self.account]
        with self.customer.scope():
            link = Link.objects.get(document=document, kind="purchase_invoice")
        assert link.remote_id in (ours["id"], ours["number"])
        assert self.of_people() == self.before


UNCLEAR = {
    "500 before it is applied": {"kind": "status", "status": 500},
    "504 after it was applied": {"kind": "status", "status": 504, "phase": "after"},
    "reset before it is applied": {"kind": "reset"},
    "reset after it was applied": {"kind": "reset", "phase": "after"},
    "answer cut": {"kind": "cut_body"},
    "applied minutes later": {"kind": "delay", "seconds": 420},
}


@pytest.mark.parametrize("fault", UNCLEAR.values(), ids=UNCLEAR)
def test_an_unclear_answer_beside_an_entered_document_doubles_and_binds_nothing(
    both: Bench, fault: dict[str, Any]
):
    story = Story(both)
    both.nav({**CREATE, **fault})

    story.customer.settle()
    soon = both.writes_sent(lambda: both.pass_time(30))
    if fault["kind"] == "delay":
        both.customer.nav.postponed.release(everything=True)

    assert not [entry for entry in soon if entry.path.endswith(("purchaseInvoices", "Invoice"))]
    story.ends_well()


DEATHS = {
    "before it is sent": (dying_worker.SAVED, 0),
    "with its answer": (dying_worker.ANSWERED, 0),
    "with the answer to its next step": (dying_worker.ANSWERED, 1),
    "when it was looked up": (dying_worker.FOUND, 0),
}


@pytest.mark.parametrize("death", DEATHS.values(), ids=DEATHS)
def test_a_worker_killed_beside_an_entered_document_doubles_and_binds_nothing(
    both: Bench, death: tuple[str, int]
):
    story = Story(both)

    ended = killed_at(*death)

    assert ended == -signal.SIGKILL
    story.ends_well()


def test_a_worker_killed_over_a_lost_answer_finds_ours_and_not_the_other(both: Bench):
    story = Story(both)
    both.nav({**CREATE, "kind": "reset", "phase": "after"})
    story.customer.settle()
    both.nav()
    both.pass_time(60, work=False)

    ended = killed_at(dying_worker.FOUND, 0)

    assert ended == -signal.SIGKILL
    story.ends_well()


def test_lines_lost_on_their_way_are_added_to_ours(both: Bench):
    story = Story(both)
    both.nav({**LINES, "kind": "reset", "phase": "after"}, {**LINES, "kind": "reset", "nth": 2})

    story.customer.settle()

    story.ends_well()


def test_what_is_entered_while_the_answer_is_lost_is_told_apart_from_ours(both: Bench):
    """Ours bears our reference and says what was sent; a person says what the other one is."""
    story = Story(both)
    both.nav({**CREATE, "kind": "reset", "phase": "after"})
    story.customer.settle()
    second = story.type_in(9)

    both.pass_time(60)
    parked = story.document()

    assert [row["code"] for row in parked.reasons] == ["duplicate_invoice"]
    numbers = {row["id"]: row["number"] for row in story.standing()}
    assert parked.reasons[0]["evidence"]["numbers"] == [numbers[second]]
    with both.customer.scope(), acting("user:anna"):
        review = ReviewItem.objects.get(state="open", document=parked)
        review_resolve(review, action="accept", note="a third delivery")
    both.nav()
    both.pass_time(2 * SETTLE)
    with both.customer.scope():
        link = Link.objects.get(document=parked, kind="purchase_invoice")
    assert story.document().state == "written"
    assert len(story.standing()) == 3
    assert link.remote_id not in (story.entered, second)


def killed_at(point: str, passes: int) -> int:
    """Let a worker process work until it is killed; what it held is free to be claimed after it."""
    names = ("NAME", "USER", "PASSWORD", "HOST", "PORT", "OPTIONS")
    told = json.dumps([{name: connection.settings_dict[name] for name in names}, point, passes])
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.dying_worker", told],
        cwd=ROOT,
        capture_output=True,
        timeout=120,
        check=False,
    )
    Ticket.objects.exclude(lease_until=None).update(lease_until=Now())
    return done.returncode
