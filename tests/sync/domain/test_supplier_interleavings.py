"""Edits on both sides in any order, with lost writes between: the two sides end as one, quietly.

Two records stand for the two systems, everything between them is the real rule. What a person
types is counted, and so is what we write.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.documents import Address, LedgerVendor
from sync.domain.policy import Owners
from sync.domain.supplier_fields import Outcome, Reach, compare, remembered
from sync.domain.vendors import VendorView

pytestmark = pytest.mark.long

WRITABLE = frozenset({"name", "address", "email", "phone", "website", "payment terms", "status"})
TEXTS = ("name", "email", "phone", "website", "payment terms", "line1")
VALUES = ("A", "B", "C")
OWNER = ("source", "ledger", "changed")
EDITED = ("name", "email", "payment terms", "line1")
TYPED = [
    (side, name, value) for side in ("source", "ledger") for name in EDITED for value in VALUES
]
HELD = [("source", "status", word) for word in ("", "all")]
HELD += [("ledger", "status", word) for word in ("", "payment", "all")]
SYNCED = ["sync", "to_ledger lost", "to_source lost"]
STEPS = st.lists(st.sampled_from(TYPED + 2 * HELD + 5 * SYNCED), min_size=4, max_size=20)
OWNERS = st.lists(st.sampled_from(OWNER), min_size=4, max_size=4).map(
    lambda chosen: Owners(*chosen, status="stricter")
)


@dataclass
class Two:
    """Both systems' records of one supplier, and our memory of them."""

    owners: Owners
    source: dict[str, str] = field(default_factory=lambda: dict.fromkeys(TEXTS, "0"))
    ledger: dict[str, str] = field(default_factory=lambda: dict.fromkeys(TEXTS, "0"))
    memory: dict = field(default_factory=dict)
    edits: int = 0
    writes: int = 0
    lost: int = 0

    def __post_init__(self) -> None:
        self.source["status"] = self.ledger["status"] = ""
        self.sync()

    def edit(self, side: str, name: str, value: str) -> None:
        record = getattr(self, side)
        self.edits += record[name] != value
        record[name] = value

    def sync(self, loses: str = "", choices=None) -> tuple:
        verdicts = compare(
            self._wanted(), self._vendor(), self.owners, self.memory, Reach(True, WRITABLE), choices
        )
        for one in verdicts:
            name = "line1" if one.field == "address" else one.field
            value = one.value.removesuffix(", , , , ")
            if one.outcome is Outcome.WRITE:
                self._write(self.ledger, name, value, lost=loses == "to_ledger")
            elif one.outcome is Outcome.WRITE_BACK:
                shown = ("all" if value else "") if name == "status" else value
                self._write(self.source, name, shown, lost=loses == "to_source")
        self.memory = remembered(verdicts, self.memory)
        return verdicts

    def settle(self) -> None:
        """Synchronize until nothing moves; a person decides what is in conflict for the source."""
        for _ in range(4):
            verdicts = self.sync()
            choices = {
                one.field: {"side": "source", "source": one.source, "ledger": one.ledger}
                for one in verdicts
                if one.outcome is Outcome.CONFLICT
            }
            if choices:
                self.sync(choices=choices)
                self.writes -= len(choices)  # what a person ordered is no write of ours

    def _write(self, record: dict[str, str], name: str, value: str, *, lost: bool) -> None:
        self.lost += lost
        if not lost:
            self.writes += 1
            record[name] = value

    def _wanted(self) -> LedgerVendor:
        said = self.source
        return LedgerVendor(
            number="V1",
            name=said["name"],
            address=Address(line1=said["line1"]),
            email=said["email"],
            phone=said["phone"],
            website=said["website"],
            payment_terms_code=said["payment terms"],
            blocked=said["status"],
        )

    def _vendor(self) -> VendorView:
        said = {name: text for name, text in self.ledger.items() if name != "name"}
        said |= {"payment_terms": said["payment terms"], "blocked": said["status"]}
        return VendorView("V1", "id-1", self.ledger["name"], said)


def differences(two: Two) -> dict[str, tuple[str, str]]:
    return {
        name: (two.source[name], two.ledger[name])
        for name in TEXTS
        if two.source[name] != two.ledger[name]
    }


@pytest.fixture(scope="module")
def examples(request: pytest.FixtureRequest) -> int:
    return 10_000 if request.config.getoption("--long") else 200


def test_edits_in_any_order_end_in_one_state_with_no_more_writes_than_edits(examples: int) -> None:
    @settings(max_examples=examples, database=None, derandomize=True)
    @given(
        OWNERS,
        STEPS,
    )
    def interleave(owners: Owners, steps: list) -> None:
        two = Two(owners)
        for step in steps:
            if isinstance(step, tuple):
                two.edit(*step)
            else:
                two.sync(step.removesuffix(" lost") if "lost" in step else "")
        two.settle()
        before = replace(two)
        two.sync()
        two.sync()

        assert differences(two) == {}
        assert bool(two.source["status"]) == bool(two.ledger["status"])
        assert two.writes == before.writes, "a loop"
        assert two.writes <= two.edits

    interleave()


def test_edits_on_one_side_alone_are_never_a_conflict(examples: int) -> None:
    @settings(max_examples=examples, database=None, derandomize=True)
    @given(st.sampled_from(("source", "ledger")), OWNERS, STEPS)
    def edit(side: str, owners: Owners, steps: list) -> None:
        two = Two(owners)
        for step in steps:
            if isinstance(step, tuple) and step[1] != "status":
                two.edit(side, *step[1:])
            else:
                found = two.sync()
                assert not [one for one in found if one.outcome is Outcome.CONFLICT]

    edit()


def test_a_hold_carried_over_is_lifted_with_the_one_it_came_from(examples: int) -> None:
    @settings(max_examples=examples // 10, database=None, derandomize=True)
    @given(st.lists(st.sampled_from(HELD), max_size=12), st.sampled_from(("payment", "all")))
    def lift(steps: list, hold: str) -> None:
        two = Two(Owners("source", "source", "changed", "ledger", "stricter"))
        for step in steps:
            two.edit(*step)
            two.sync()
        two.settle()
        two.edit("source", "status", "")
        two.settle()
        two.edit("ledger", "status", "")
        two.settle()
        two.edit("ledger", "status", hold)
        two.settle()
        assert two.source["status"] == "all"
        two.edit("ledger", "status", "")
        two.settle()

        assert (two.source["status"], two.ledger["status"]) == ("", "")

    lift()
