"""An invoice accepted beside one that people entered under its number (domain rules 1a 33): both
stand, in both dialects, and neither is ever taken for the other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from audit.context import acting
from audit.models import AuditEvent
from connectors.services import connection_ping
from sync.engine.preview import preview_document
from sync.models import (
    Document,
    Integration,
    LedgerFinding,
    Link,
    Override,
    Refusal,
    ReviewItem,
    Write,
)
from sync.services.integrations import integration_update
from sync.services.ledger_checks import ledger_check_start
from sync.services.reviews import Resolution, review_resolve
from sync.services.withdrawals import document_withdraw
from tests import small
from tests.sync.engine.desk import DIALECTS, INVOICES, ORDERS, WITHOUT_JOURNAL, Desk, desk_in
from tests.world import control

ANNA, BO = "user:anna", "user:bo"


@pytest.fixture(scope="module", params=DIALECTS)
def desk(
    request: pytest.FixtureRequest,
    django_db_setup: None,
    django_db_blocker: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("beside")
    with django_db_blocker.unblock(), desk_in(request.param, folder) as opened:
        yield opened


class Case:
    """An invoice of ours and what people entered under its number."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.customer = desk, desk.customer
        desk.last += 1
        self.own = desk.last
        self.number = small.invoice_number(self.own)

    def typed(self, *, cost: int = 7, **values: Any) -> str:
        """A person enters a draft; returns its id."""
        line = {"lineType": "Account", "lineObjectNumber": "8210", "quantity": 1, "unitCost": cost}
        head = {
            "vendorNumber": small.vendor_number(self.own),
            "vendorInvoiceNumber": self.number,
            "invoiceDate": "2026-03-03",
            "postingDate": "2026-03-03",
            "dueDate": "2026-04-02",
            **values,
        }
        before = {row["id"] for row in self.standing()}
        self.desk.type_in("purchaseInvoices", values=head, lines=[line])
        [fresh] = [row["id"] for row in self.standing() if row["id"] not in before]
        return fresh

    def by_hand(self, op: str, id: str, **wish: Any) -> None:
        self.desk.type_in("purchaseInvoices", op, id=id, **wish)

    def standing(self) -> list[dict[str, Any]]:
        rows = self.customer.ledger()["purchaseInvoices"]
        return [row for row in rows if row["vendorInvoiceNumber"] == self.number]

    def arrives(self, **changes: Any) -> Document:
        """Our order and invoice arrive; returns the invoice once decided."""
        for flow, record in (
            (ORDERS, small.order(self.own)),
            (INVOICES, small.invoice(self.own, **changes)),
        ):
            del record["body"]["header"]["lastUpdate"]
            control(self.customer.jaggaer, "records", [record])
            self.customer.run(flow)
        return self.document()

    def document(self) -> Document:
        return self.customer.document(flow_name=INVOICES, source_id=str(900_000 + self.own))

    def resolve(self, action: str = "accept", by: str = ANNA) -> Resolution:
        with self.customer.scope(), acting(by):
            review = ReviewItem.objects.get(state="open", document=self.document())
            return review_resolve(review, action=action, note="another delivery")

    def accepted(self, by: str = ANNA) -> Document:
        self.resolve(by=by)
        self.customer.settle()
        return self.document()

    def withdraw(self) -> None:
        with self.customer.scope(), acting(ANNA):
            document_withdraw(self.document())
        self.customer.settle()

    def link(self) -> Link:
        with self.customer.scope():
            return Link.objects.get(document=self.document())

    def ours(self) -> str:
        """The id of what we wrote, in the ledger's books."""
        wanted = self.link().remote_id
        [found] = [row for row in self.standing() if wanted in (row["id"], row["number"])]
        return found["id"]

    def sent(self) -> int:
        with self.customer.scope():
            rows = Write.objects.filter(document=self.document(), operation="create")
            return sum(row.attempt for row in rows)


@pytest.fixture
def case(desk: Desk) -> Case:
    return Case(desk)


def state_of(document: Document) -> tuple[str, list[str]]:
    return document.state, [row["code"] for row in document.reasons]


PARKED = ("parked", ["duplicate_invoice"])
WRITTEN = ("written", [])


def test_an_invoice_accepted_beside_an_entered_one_is_written_and_the_other_is_left_alone(
    case: Case,
):
    entered = case.typed()
    [before] = case.standing()
    parked = case.arrives()

    written = case.accepted()

    assert (state_of(parked), parked.reasons[0]["acceptable"]) == (PARKED, True)
    assert "accept with a note" in parked.reasons[0]["fix"]
    assert (state_of(written), case.sent(), len(case.standing())) == (WRITTEN, 1, 2)
    assert case.ours() != entered
    assert before in case.standing()


def test_the_acceptance_keeps_which_documents_it_is_about(case: Case):
    case.typed()
    [entered] = case.standing()
    document = case.arrives()

    case.accepted()

    with case.customer.scope():
        row = Override.objects.get(document=document)
        event = AuditEvent.objects.get(action="document.accepted", document=document.pk)
    assert (row.actor, row.note) == (ANNA, "another delivery")
    assert row.evidence["existing_ids"] == event.facts["beside"]["ids"]
    assert row.evidence["existing_ids"][0] in (entered["id"], entered["number"])
    assert event.facts["beside"]["numbers"] == [entered["number"]]


def test_what_is_entered_after_the_acceptance_parks_again_and_names_only_itself(case: Case):
    first = case.typed()
    case.arrives()
    case.resolve()
    second = case.typed(cost=8)
    case.customer.settle()
    again = case.document()
    unsent = case.sent()

    written = case.accepted()

    numbers = {row["id"]: row["number"] for row in case.standing()}
    assert (state_of(again), unsent) == (PARKED, 0)
    assert again.reasons[0]["evidence"]["numbers"] == [numbers[second]]
    assert (state_of(written), case.sent(), len(case.standing())) == (WRITTEN, 1, 3)
    assert case.ours() not in (first, second)


def test_what_disappears_after_the_acceptance_holds_nothing_up(case: Case):
    entered = case.typed()
    case.arrives()
    case.resolve()
    case.by_hand("delete", entered)

    case.customer.settle()

    assert (state_of(case.document()), len(case.standing())) == (WRITTEN, 1)


def test_a_new_version_of_the_invoice_asks_again(case: Case):
    entered = case.typed()
    case.arrives()
    case.accepted()
    case.arrives(dueDate="2026-04-09T00:00:00.000Z")
    case.withdraw()

    changed, stands = case.document(), [row["id"] for row in case.standing()]
    written = case.accepted()

    assert (state_of(changed), stands) == (PARKED, [entered])
    assert (state_of(written), len(case.standing())) == (WRITTEN, 2)
    assert case.ours() != entered


def test_an_entered_one_that_becomes_just_like_ours_is_not_taken_for_ours(case: Case):
    entered = case.typed()
    case.arrives()
    case.resolve()
    with case.customer.scope():
        body = Write.objects.get(document=case.document(), operation="create").content["body"]
    case.by_hand("patch", entered, values={"yourReference": body.get("Your_Reference", "")})

    case.customer.settle()

    assert (state_of(case.document()), len(case.standing())) == (WRITTEN, 2)
    assert case.ours() != entered


def test_two_people_accept_the_same_documents_or_begin_anew(case: Case):
    case.typed()
    case.arrives()
    four_eyes(case, on=True)
    first = case.resolve(by=ANNA)
    case.typed(cost=8)
    case.resolve("retry")
    case.customer.settle()

    of_another = case.resolve(by=BO)
    case.resolve(by=ANNA)
    case.customer.settle()
    four_eyes(case, on=False)

    assert (first.awaiting, of_another.awaiting) == (True, True)
    assert state_of(case.document()) == WRITTEN
    with case.customer.scope():
        row = Override.objects.get(document=case.document())
    assert (row.actor, row.second_actor, len(row.evidence["existing_ids"])) == (BO, ANNA, 2)


def four_eyes(case: Case, *, on: bool) -> None:
    with case.customer.scope():
        rows = Integration.objects.filter(pk=case.customer.integration.pk)
        rows.update(policy={**rows.get().policy, "four_eyes": on})


def test_a_preview_says_so_before_and_goes_on_after_the_acceptance(case: Case):
    case.typed()
    case.arrives()

    def previewed() -> tuple[str, list[str]]:
        related = ("integration__source", "integration__ledger", "integration__tenant")
        with case.customer.scope():
            document = Document.objects.select_related(*related).get(pk=case.document().pk)
        found = preview_document(document.integration, document)
        return found.decision.action, [one.code for one in found.decision.reasons]

    before = previewed()
    case.resolve()
    after = previewed()

    assert before == ("park", ["duplicate_invoice"])
    assert after == ("create", [])


def test_the_daily_comparison_takes_neither_for_a_double_of_the_other(case: Case):
    entered = case.typed()
    case.arrives()
    case.accepted()
    checked = findings(case)
    case.typed(cost=9)

    assert checked == []
    assert [found.kind for found in findings(case)] == ["doubled"]
    case.by_hand("post", entered)
    assert [found.kind for found in findings(case)] == ["doubled"]


def findings(case: Case) -> list[LedgerFinding]:
    with case.customer.scope(), acting(ANNA):
        ledger_check_start(Integration.objects.get(pk=case.customer.integration.pk))
    case.customer.settle()
    with case.customer.scope():
        rows = LedgerFinding.objects.filter(document=case.document(), closed_at=None)
        return list(rows)


def test_the_entered_ones_payment_is_not_ours(case: Case):
    entered = case.typed()
    case.arrives()
    case.accepted()
    case.by_hand("post", entered)
    case.by_hand("pay", entered)
    small.let_payments_fall_due(case.customer)

    case.customer.run(INVOICES)

    assert case.link().payment in ("", "draft")


def test_ours_is_withdrawn_and_the_entered_one_stays(case: Case):
    entered = case.typed()
    case.arrives()
    case.accepted()
    case.by_hand("post", entered)
    case.arrives(paymentStatus="Cancelled")
    parked = state_of(case.document())

    case.withdraw()

    assert parked == ("parked", ["cancelled_at_source"])
    assert state_of(case.document()) == ("settled", [])
    assert [row["id"] for row in case.standing()] == [entered]


def test_a_refused_invoice_that_somebody_enters_meanwhile_may_be_accepted_too(case: Case):
    words = {"error": {"code": "Application_DialogException", "message": "Not today."}}
    refusal = {"kind": "status", "status": 400, "body": words, "method": "POST"}
    control(case.customer.nav, "scenario", {"faults": [{**refusal, "path": "nvoices?$|batch"}]})
    refused = case.arrives()
    control(case.customer.nav, "scenario", {"faults": []})
    entered = case.typed()
    case.resolve("retry")
    case.customer.settle()
    parked = case.document()

    written = case.accepted()

    assert state_of(refused) == ("parked", ["ledger_refused"])
    assert state_of(parked) == PARKED
    assert (state_of(written), len(case.standing())) == (WRITTEN, 2)
    assert case.ours() != entered


# ------------------------------------------------------------------------------ pages alone


@pytest.fixture
def bare(desk: Desk) -> Iterator[Desk]:
    """A ledger whose page of purchase invoices shows no reference in its header."""
    ledger = desk.customer.integration.ledger
    if ledger.settings.get("dialect") != "pages":
        pytest.skip("only pages lack the reference")
    hidden = desk.customer.nav.app.switches.hidden_controls
    control(desk.customer.nav, "switches", {"hidden_controls": ["PurchaseInvoice.Your_Reference"]})
    connection_ping(desk.customer.tenant.pk, ledger.pk)
    yield desk
    control(desk.customer.nav, "switches", {"hidden_controls": list(hidden)})
    connection_ping(desk.customer.tenant.pk, ledger.pk)


def test_a_header_that_says_the_same_is_not_bound_where_its_lines_are_somebody_elses(bare: Desk):
    case = Case(bare)
    entered = case.typed(cost=100, shortcutDimension1Code="ADM")

    parked = case.arrives()
    written = case.accepted()

    assert state_of(parked) == PARKED
    assert parked.reasons[0]["evidence"]["differences"] == ["reference"]
    assert (state_of(written), len(case.standing())) == (WRITTEN, 2)
    assert case.ours() != entered


# -------------------------------------------------------------------------------- API alone


@pytest.fixture
def posting(desk: Desk) -> Iterator[Desk]:
    """A customer whose policy has invoices posted."""
    if desk.customer.integration.company_id == small.COMPANY_NAME:
        pytest.skip("no page posts")
    have(desk, {**small.POLICY, "invoice": {"post": True}})
    yield desk
    have(desk, WITHOUT_JOURNAL)


def have(desk: Desk, policy: dict[str, Any]) -> None:
    with desk.customer.scope(), acting(ANNA):
        integration = Integration.objects.get(pk=desk.customer.integration.pk)
        integration_update(integration, policy=policy)


def test_a_number_that_is_posted_already_leaves_a_draft_and_says_what_to_do(posting: Desk):
    case = Case(posting)
    entered = case.typed()
    case.by_hand("post", entered)
    case.arrives()

    parked = case.accepted()
    case.customer.run(INVOICES)
    attempts = posts(case)

    draft = next(row for row in case.standing() if row["id"] != entered)
    [why] = case.document().reasons
    assert (state_of(parked), draft["status"], attempts) == (PARKED, "Draft", 1)
    assert f"Draft {draft['number']} stands" in why["message"]
    assert "already exists for this vendor" in why["message"]
    assert not why["acceptable"]
    with case.customer.scope():
        assert not Refusal.objects.exists()

    case.by_hand("patch", draft["id"], values={"vendorInvoiceNumber": f"{case.number}-B"})
    case.by_hand("post", draft["id"])
    case.resolve("retry")
    case.customer.settle()

    assert (state_of(case.document()), posts(case)) == (WRITTEN, 1)
    assert findings(case) == []


def test_a_draft_that_was_the_same_invoice_is_deleted_there_and_rejected_here(posting: Desk):
    case = Case(posting)
    entered = case.typed()
    case.by_hand("post", entered)
    case.arrives()
    case.accepted()
    draft = next(row for row in case.standing() if row["id"] != entered)

    case.by_hand("delete", draft["id"])
    before = findings(case)
    case.resolve("reject")

    assert [found.kind for found in before] == ["missing"]
    assert findings(case) == []
    assert state_of(case.document())[0] == "rejected"
    assert [row["id"] for row in case.standing()] == [entered]


def posts(case: Case) -> int:
    with case.customer.scope():
        return Write.objects.get(document=case.document(), operation="post").attempt
