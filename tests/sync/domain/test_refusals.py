"""What a refusal is about: only what the ledger names, in whatever language it says so."""

from datetime import timedelta

import pytest

from sync.domain.refusals import Booked, pause_before_next_try, step_of, subject_of

ADM = Booked("10000", "8210", {"DEPARTMENT": "ADM"})
PROD = Booked("10000", "8230", {"DEPARTMENT": "PROD"})
BOTH = Booked("10000", "8210", {"AREA": "30", "DEPARTMENT": "ADM"})

NAMED = {
    "a blocked dimension value": (
        "Dimension Value DEPARTMENT - ADM is blocked.",
        [ADM, PROD],
        Booked(dimensions={"DEPARTMENT": "ADM"}),
    ),
    "the same in another language": (
        "Dimensionswert DEPARTMENT - ADM ist gesperrt.",
        [ADM, PROD],
        Booked(dimensions={"DEPARTMENT": "ADM"}),
    ),
    "a combination, of which nothing but these values is known": (
        "Dimensions AREA and DEPARTMENT can't be used concurrently.",
        [BOTH],
        Booked(dimensions={"AREA": "30", "DEPARTMENT": "ADM"}),
    ),
    "a combination of values": (
        "Dimension combinations AREA - 30 and DEPARTMENT - ADM can't be used concurrently.",
        [BOTH, PROD],
        Booked(dimensions={"AREA": "30", "DEPARTMENT": "ADM"}),
    ),
    "a dimension that is mandatory for an account and missing": (
        "Select a Dimension Value Code for the Dimension Code PROJECT for G/L Account 8210.",
        [ADM, PROD],
        Booked(account="8210", dimensions={"PROJECT": ""}),
    ),
    "a vendor without posting group": (
        "Gen. Bus. Posting Group must have a value in Vendor: No.=10000. It cannot be zero.",
        [ADM, PROD],
        Booked(vendor="10000"),
    ),
    "an account of one line": (
        "Gen. Prod. Posting Group must have a value in G/L Account: No.=8230.",
        [ADM, PROD],
        Booked(account="8230"),
    ),
}


@pytest.mark.parametrize(("words", "lines", "subject"), NAMED.values(), ids=NAMED)
def test_the_subject_is_what_the_words_name(words: str, lines: list[Booked], subject: Booked):
    found = subject_of(words, lines, dimensions=["AREA", "DEPARTMENT", "PROJECT"])

    assert found == subject


OWN = {
    "nothing is named": "The VAT Posting Setup does not exist.",
    "an unknown number": "Posting Date is not allowed in Purchase Header No.='108001'.",
    "the document itself": "Purchase Invoice RE-7 already exists for Vendor 10000.",
    "its total": "The amount 1,250.00 is above the limit of Vendor 10000.",
    "a longer code that holds ours": "Vendor 100001 is blocked, so is G/L Account 8210-X.",
    "a number with decimals": "The rate of 8210.55 is wrong.",
}


@pytest.mark.parametrize("words", OWN.values(), ids=OWN)
def test_what_names_none_of_the_codes_or_the_document_stays_its_own(words: str):
    assert subject_of(words, [ADM, PROD], own=["RE-7", "1,250.00"]) is None


def test_two_lines_that_it_may_mean_equally_teach_nothing():
    other = Booked("10000", "8210", {"AREA": "40", "DEPARTMENT": "PROD"})
    words = "Dimensions AREA and DEPARTMENT can't be used concurrently."

    assert subject_of(words, [BOTH, other]) is None


def test_a_text_that_is_too_long_is_a_fault_of_one_document():
    words = "The length of the string is 57, it must be at most 50. Value: Vendor 10000"

    assert subject_of(words, [ADM], code="Application_StringExceededLength") is None


def test_only_lines_that_carry_all_of_it_are_covered():
    subject = Booked(account="8210", dimensions={"PROJECT": ""})

    assert subject.covers(ADM)
    assert not subject.covers(PROD)
    assert not subject.covers(Booked("10000", "8210", {"PROJECT": "P1"}))


def test_a_refusal_is_believed_an_hour_at_first_and_a_day_at_most():
    pauses = [pause_before_next_try(count) for count in (1, 2, 3, 9, 900)]

    assert pauses == [timedelta(hours=hours) for hours in (1, 2, 4, 24, 24)]


def test_parts_of_a_step_are_the_step():
    assert step_of("purchase_invoice", "lines_2") == "purchase_invoice lines"


def test_people_read_what_is_held_back():
    subject = Booked("10000", "8210", {"DEPARTMENT": "ADM", "PROJECT": ""})

    assert subject.words() == "vendor 10000 with account 8210 with DEPARTMENT/ADM without PROJECT"
