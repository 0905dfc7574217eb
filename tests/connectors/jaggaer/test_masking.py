"""Bank details: known by digest and last four, masked wherever they stand."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from connectors.jaggaer.masking import masked, reads_accounts
from connectors.jaggaer.profile import Profile

Understand = Callable[..., Any]
Payload = Callable[[str], Any]


def test_bank_details_are_known_only_by_digest_and_last_four(
    understand: Understand, payload: Payload
):
    (account,) = understand("suppliers", payload("supplier")).document.bank_accounts

    assert (account.hint, account.bank, account.currency) == ("5678", "Example Bank", "EUR")
    assert "123456789012" not in repr(account)


def test_a_masked_payload_shows_no_bank_details_and_gives_the_same_document(
    understand: Understand, payload: Payload, profile: Profile
):
    body = payload("supplier")
    resource = profile.resources["suppliers"]

    kept = masked(body, resource, "test")

    assert "3456" not in json.dumps(kept["accountsPayableList"]).replace("5678", "")
    assert understand("suppliers", kept).document == understand("suppliers", body).document
    assert masked(kept, resource, "test") == kept
    assert "1234 5678" in json.dumps(body)


@pytest.mark.parametrize(
    "name", ["iban", "IBAN", "bankAccount", "bank_account_number", "accountNumber", "payeeIban"]
)
def test_what_bears_the_name_of_a_bank_account_is_masked_wherever_it_stands(
    payload: Payload, profile: Profile, name: str
):
    body = payload("supplier") | {
        name: "DE89370400440532013000",
        "extra": [{"deep": {name: ["DE89370400440532013000", 370400440532013000, None, ""]}}],
        "note": "stays",
    }

    kept = masked(body, profile.resources["suppliers"], "test")

    assert "37040044053201" not in json.dumps(kept)
    assert kept[name].startswith("masked:")
    assert kept["extra"][0]["deep"][name][2:] == [None, ""]
    assert kept["note"] == "stays"
    assert masked(kept, profile.resources["suppliers"], "test") == kept


def test_an_account_number_that_the_profile_reads_is_the_ledgers_and_stays(
    payload: Payload, profile: Profile
):
    body = payload("supplier") | {"accountNumber": "6100", "iban": "DE89370400440532013000"}
    raw = {"coding": {"account": {"path": "coding[*].accountNumber"}}}

    kept = masked(body, profile.resources["suppliers"], "test", keep_accounts=True)

    assert reads_accounts(raw)
    assert not reads_accounts(profile.raw)
    assert not reads_accounts({"fields": {"x": {"path": "a.accountNumber", "secret": True}}})
    assert kept["accountNumber"] == "6100"
    assert kept["iban"].startswith("masked:")


def test_another_account_has_another_digest(understand: Understand, payload: Payload):
    one, other = payload("supplier"), payload("supplier")
    bank = other["accountsPayableList"]["accountsPayable"][0]["bankAccount"]
    bank["ibanBankAccountNumber"] = "de001234567890123456 78"
    same = understand("suppliers", other).document.bank_accounts
    bank["ibanBankAccountNumber"] = "DE99123456789012345678"
    changed = understand("suppliers", other).document.bank_accounts

    assert understand("suppliers", one).document.bank_accounts == same
    assert changed[0].digest != same[0].digest
