"""Shortcut dimensions without page 118: tried where a wrong booking is impossible, then known."""

from __future__ import annotations

from dataclasses import replace

import pytest

from connectors.base import LEARNED_SETUP, CompanyUse, Effect, Step
from connectors.documents import LedgerSetup, SetupSource
from connectors.errors import DocumentRefused, PlaceUnknown, UnknownOutcome
from connectors.nav.metadata import Metadata
from connectors.nav.pages import columns
from connectors.nav.pages.instance import Instance
from connectors.nav.pages.setup import read_setup
from connectors.nav.sandbox.switches import CONTRACT_PAGE_SERVICES
from connectors.nav.settings import NavSettings
from tests.connectors.nav.builders import COMPANY, entry, invoice, line
from tests.connectors.nav.pages.conftest import HOME
from tests.world import control

OPEN = LedgerSetup(
    local_currency="GBP",
    global_dimensions_from=SetupSource.EVIDENCE,
    dimensions=("CUSTOMERGROUP", "DEPARTMENT"),
    ambiguous_values=("X",),
)
ONE, BOTH = {"DEPARTMENT": "ADM"}, {"CUSTOMERGROUP": "LARGE", "DEPARTMENT": "ADM"}
TWO_LINES = (line("10.00"), line("5.00", dimensions={"DEPARTMENT": "SALES"}))
ENTRY = replace(entry(), lines=(replace(entry().lines[0], dimensions=ONE), *entry().lines[1:]))
SHARED = "Shortcut_Dimension_{}_Code"


def dims(*values: dict[str, str]):
    return invoice(lines=tuple(line(dimensions=value) for value in values))


PLACES = {
    "the first column": (OPEN, dims(ONE), ("DEPARTMENT", "")),
    "the dimension of most lines first": (OPEN, dims(BOTH, ONE), ("DEPARTMENT", "CUSTOMERGROUP")),
    "beside what is known": (
        replace(OPEN, global_dimensions=("CUSTOMERGROUP",)), dims(ONE),
        ("CUSTOMERGROUP", "DEPARTMENT"),
    ),
    "what is known whatever its value": (
        replace(OPEN, global_dimensions=("", "DEPARTMENT")), dims({"DEPARTMENT": "X"}),
        ("", "DEPARTMENT"),
    ),
    "as the ledger says": (
        LedgerSetup(local_currency="GBP", global_dimensions=("AREA",)), dims(ONE), ("AREA",),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", PLACES.values(), ids=PLACES)
def test_a_dimension_is_meant_for_a_column_that_is_free(case):
    setup, document, wanted = case

    assert columns.meant_for(document, setup).global_dimensions == wanted


MOVED = {
    "nothing known since": (("DEPARTMENT", "AREA"), (), ("DEPARTMENT", "AREA")),
    "known in its place": (("DEPARTMENT", ""), ("DEPARTMENT",), ("DEPARTMENT", "")),
    "known in the other place": (("DEPARTMENT", ""), ("", "DEPARTMENT"), ("", "DEPARTMENT")),
    "both known the other way": (
        ("DEPARTMENT", "AREA"), ("AREA", "DEPARTMENT"), ("AREA", "DEPARTMENT"),
    ),
    "another is there": (("DEPARTMENT", ""), ("AREA",), ("", "DEPARTMENT")),
    "others are in both": (("DEPARTMENT", "X"), ("AREA", "Y"), ("DEPARTMENT", "X")),
    "said by a person": (
        ("DEPARTMENT", ""), ("A", "B", "DEPARTMENT"), ("", "", "DEPARTMENT"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", MOVED.values(), ids=MOVED)
def test_a_stored_step_is_told_in_the_columns_that_are_known_by_now(case):
    before, known, after = case
    body = {columns.shortcut(place): name for place, name in enumerate(before, 1) if name}
    step = Step("purchase_invoice", "create", "K", {"body": body, columns.COLUMNS: list(before)})

    found = columns.placed(step, replace(OPEN, global_dimensions=known))

    told = {columns.shortcut(place): name for place, name in enumerate(after, 1) if name}
    assert found.content["body"] == told


DOUBTS = {
    "a value of several dimensions": (dims({"DEPARTMENT": "X"}), "a value X too"),
    "more dimensions than columns": (dims(BOTH | {"AREA": "30"}), "taken by others"),
}


@pytest.mark.parametrize("case", DOUBTS.values(), ids=DOUBTS)
def test_what_could_be_booked_on_a_wrong_dimension_is_not_tried(case):
    with pytest.raises(PlaceUnknown, match=case[1]):
        columns.meant_for(case[0], OPEN)


@pytest.fixture
def open_nav(nav):
    """An instance without page 118 whose first shortcut dimension is not the one we use."""
    nav.switch(page_services=dict(CONTRACT_PAGE_SERVICES))
    values = {"globalDimensions": ["CUSTOMERGROUP", "DEPARTMENT"]}
    control(nav.server, "setup", {"company": COMPANY, "values": values})
    nav.type_in("journals", "insert", values={"code": "JAGGAER"})
    return nav


@pytest.fixture
def worker(open_nav):
    """Connectors that each know what the last reference run learned: nothing of dimensions."""
    opened = []

    def open_one():
        connector = open_nav.connect(dialect="pages", local_currency="GBP")
        connector.setup(HOME)
        opened.append(connector)
        return connector

    yield open_one
    for connector in opened:
        connector.close()


def write(connector, chain):
    known = {}
    for step in chain:
        done = connector.send(HOME, step, known)
        known |= {"id": done.remote_id, **done.facts}
    return known


CHAINS = {"header": invoice(), "lines": invoice(lines=TWO_LINES), "journal": ENTRY}


@pytest.mark.parametrize("document", CHAINS.values(), ids=CHAINS)
def test_a_refusal_turns_the_columns_once_and_what_was_taken_teaches(open_nav, worker, document):
    connector = worker()
    chain = connector.plan(HOME, document)
    open_nav.forget_calls()

    known = write(connector, chain)

    assert known[LEARNED_SETUP] == {"global_dimensions": ["", "DEPARTMENT"]}
    refused = [each for each in open_nav.server.log.entries() if each.status == 400]
    assert len(refused) == 1
    again = connector.plan(HOME, document)
    assert [columns.COLUMNS in step.content for step in again] == [False] * len(again)
    [seen] = connector.inspect(HOME, [Effect(chain[0].kind, tuple(chain), known)])
    assert seen.deviations == ()


@pytest.mark.parametrize("document", CHAINS.values(), ids=CHAINS)
def test_what_another_worker_wrote_in_the_other_column_is_found_and_teaches(worker, document):
    first, second = worker(), worker()
    chain = first.plan(HOME, document)
    known = write(first, chain)
    second.remember(HOME, OPEN)

    answers = [second.find(HOME, [(step, known)])[0][0] for step in chain]

    assert [found.differences for found in answers] == [()] * len(chain)
    taught = [found.written.facts.get(LEARNED_SETUP) for found in answers]
    assert {"global_dimensions": ["", "DEPARTMENT"]} in taught


def test_a_reply_lost_on_the_way_to_the_right_column_does_not_book_twice(open_nav, worker):
    connector = worker()
    create, lines = connector.plan(HOME, invoice(lines=TWO_LINES))
    known = write(connector, [create])
    open_nav.fault(method="POST", path="PurchLines$", kind="reset", phase="after", times=1)

    with pytest.raises(UnknownOutcome):
        connector.send(HOME, lines, known)
    assert connector.find(HOME, [(lines, known)]) == [[]]
    connector.send(HOME, lines, known)

    [[found]] = connector.find(HOME, [(lines, known)])
    assert found.same
    stored = found.document["lines"]
    assert [row[SHARED.format(2)] for row in stored] == ["", "ADM", "SALES"]


def test_a_refusal_of_something_else_stays_that_refusal(open_nav, worker):
    connector = worker()
    chain = connector.plan(HOME, invoice(lines=(line(account="1000"), line())))

    with pytest.raises(DocumentRefused, match="has 1 of 3 lines"):
        write(connector, chain)


def test_records_prove_what_column_a_dimension_has(open_nav, worker):
    connector = worker()
    write(connector, connector.plan(HOME, invoice()))

    setup = connector.setup(HOME)

    assert setup.global_dimensions == ("", "DEPARTMENT")
    assert setup.global_dimensions_from is SetupSource.EVIDENCE


def test_page_118_counts_as_soon_as_it_is_published(open_nav, worker):
    connector = worker()
    assert connector.setup(HOME).global_dimensions == ()
    open_nav.switch(page_services={**CONTRACT_PAGE_SERVICES, "Setup": 118})

    setup = connector.setup(HOME)

    assert setup.global_dimensions == ("CUSTOMERGROUP", "DEPARTMENT")
    assert setup.local_currency_from is SetupSource.LEDGER


class Values:
    """A client whose page 537 shows these rows, with the place of each dimension."""

    def __init__(self, *rows: tuple[str, str, int]) -> None:
        names = ("Dimension_Code", "Code", "Global_Dimension_No")
        self._rows = [dict(zip(names, row, strict=True)) for row in rows]
        shown = dict.fromkeys((*names, "Name"))
        self._metadata = Metadata("NAV", {"Values": shown})

    def metadata(self) -> Metadata:
        return self._metadata

    def rows(self, path: str) -> list[dict[str, object]]:
        return self._rows


def test_page_537_may_show_the_places_itself():
    values = Values(("AREA", "30", 3), ("DEPARTMENT", "ADM", 1), ("PROJECT", "ADM", 0))

    setup = read_setup(Instance(values, NavSettings(base_url="")), HOME)

    assert setup.global_dimensions == ("DEPARTMENT", "", "AREA")
    assert setup.ambiguous_values == ("ADM",)
    assert setup.dimensions == ("AREA", "DEPARTMENT", "PROJECT")


def test_settings_make_a_green_check_where_page_118_is_missing(open_nav):
    told = {"local_currency": "GBP", "shortcut_dimensions": ["CUSTOMERGROUP", "DEPARTMENT"]}
    connector = open_nav.connect(dialect="pages", **told)

    found = {each.code: each for each in connector.check([CompanyUse(HOME)])}

    assert found["ledger_setup"].status.value == found["dimensions"].status.value == "pass"
    assert found["dimensions"].evidence["codes"] == ["CUSTOMERGROUP", "DEPARTMENT"]
    assert columns.COLUMNS not in connector.plan(HOME, invoice())[0].content
    connector.close()
