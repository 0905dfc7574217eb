"""A person found in texts and fields, and taken out of them."""

from __future__ import annotations

import pytest

from sync.domain.personal import Person, known_of, memory_without, supplier_without

ANN = Person(("ann.jones@mill.example",), ("+1 214 555-0100",), ("Ann Jones",))

SAID = [
    ("ann.jones@mill.example", "[erased]"),
    ("Ann.Jones@MILL.example", "[erased]"),
    ("ask ann.jones@mill.example, please", "ask [erased], please"),
    ("call (214) 555 0100 or +12145550100", "call ([erased] or [erased]"),
    ("call +1 (214) 555.0100", "call [erased]"),
    ("ANN  JONES agreed", "[erased] agreed"),
    ("Jones, Ann", "[erased]"),
    ("Ann.Jones", "Ann.Jones"),  # a log-in is found beside the address, not everywhere
]
NOT_HER = [
    "joann.jones@mill.example",
    "ann.jones@mill.example-shop.org",
    "Ann Jonesson",
    "Joann Jones",
    "Jones Ltd",
    "912145550100",
    "",
]


@pytest.mark.parametrize(("text", "left"), SAID)
def test_a_person_is_found_however_a_text_spells_them(text, left):
    assert ANN.erased_from(text) == left


@pytest.mark.parametrize("text", NOT_HER)
def test_what_is_somebody_elses_stays(text):
    assert ANN.erased_from(text) is text


def test_fields_side_by_side_are_a_person():
    contact = {"firstName": "ann", "lastName": "JONES", "kind": "remitto"}

    assert ANN.erased_from({"contact": [contact]}) == {
        "contact": [{"firstName": "[erased]", "lastName": "[erased]", "kind": "remitto"}]
    }


def test_a_log_in_beside_the_mail_address_goes_and_a_companys_name_stays():
    by_mail = Person(mails=ANN.mails)
    owner = {"username": "ajones", "businessUnit": "WVU", "email": "ann.jones@mill.example"}
    company = {"name": "Mill Ltd", "bizEmail": "ann.jones@mill.example"}

    assert by_mail.erased_from(owner) == {
        "username": "[erased]", "businessUnit": "WVU", "email": "[erased]",
    }  # fmt: skip
    assert by_mail.erased_from(company) == {"name": "Mill Ltd", "bizEmail": "[erased]"}


def test_the_last_part_of_a_telephone_number_goes_and_numbers_of_documents_stay():
    number = {"countryCode": "1", "areaCode": "214", "number": "4555-0100"}
    phone = Person(phones=("+1 21 4555 0100",))

    assert phone.erased_from({"telephoneNumber": number, "erpNumber": "45550100"}) == {
        "telephoneNumber": {"countryCode": "1", "areaCode": "214", "number": "[erased]"},
        "erpNumber": "45550100",
    }


def test_nothing_is_copied_where_the_person_is_not():
    value = {"lines": [{"description": "Paper", "quantity": 2}], "none": None}

    assert ANN.erased_from(value) is value


def supplier(**more):
    contacts = [
        {"_": "Contact", "name": "Ann Jones", "email": "ann.jones@mill.example", "phone": "1",
         "kind": "remitto"},
        {"_": "Contact", "name": "Bo Ek", "email": "bo@mill.example", "phone": "", "kind": ""},
    ]  # fmt: skip
    return {
        "_": "Supplier", "name": "Ann Jones", "other_names": [], "contacts": contacts,
        "addresses": [{"_": "Address", "name": "Ann Jones", "line1": "1 Mill Road"}],
        "email": "ann.jones@mill.example", "phone": None, **more,
    }  # fmt: skip


def test_a_supplier_keeps_its_own_name_and_its_other_contacts_and_says_nothing_of_the_person():
    left = supplier_without(supplier(), ANN)

    assert (left["name"], left["email"]) == ("Ann Jones", None)
    assert [(c["name"], c["email"], c["phone"]) for c in left["contacts"]] == [
        ("", "", ""), ("Bo Ek", "bo@mill.example", ""),
    ]  # fmt: skip
    assert (left["addresses"][0]["name"], left["addresses"][0]["line1"]) == ("", "1 Mill Road")


def test_what_a_supplier_says_of_a_contact_is_looked_for_too():
    found = known_of(supplier(), Person(mails=("ANN.jones@mill.example",)))

    assert "Ann Jones" in found.names
    assert "Bo Ek" not in found.names


def test_a_number_that_others_share_is_not_the_persons():
    switchboard = "+44 20 7946 0000"
    contacts = [{**one, "phone": switchboard} for one in supplier()["contacts"]]
    found = known_of(supplier(contacts=contacts), Person(mails=ANN.mails))

    left = supplier_without(supplier(contacts=contacts), Person((), (switchboard,), ()))

    assert switchboard not in found.phones
    assert [(one["name"], one["phone"]) for one in left["contacts"]] == [
        ("Ann Jones", ""), ("Bo Ek", ""),
    ]  # fmt: skip


def test_a_remembered_field_that_holds_the_person_is_forgotten_whole():
    match = {
        "fields": {
            "email": {"source": "ann.jones@mill.example", "ledger": ""},
            "website": {"source": "mill.example", "ledger": ""},
        },
        "choices": {},
        "view": [{"field": "email", "source": "ann.jones@mill.example"}],
    }

    left = memory_without(match, ANN)

    assert list(left["fields"]) == ["website"]
    assert left["view"] == [{"field": "email", "source": "[erased]"}]
