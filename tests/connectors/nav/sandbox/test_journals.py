"""General journals: lines, defaults, posting the whole batch (NAV contract 4.8)."""

import pytest

from tests.connectors.nav.sandbox.conftest import COMPANY, Api

DEBIT = {"accountNumber": "8110", "amount": 100, "documentNumber": "JAG-1"}
CREDIT = {"accountNumber": "5510", "amount": -100, "documentNumber": "JAG-1"}


@pytest.fixture
def batch(api: Api) -> str:
    """The path of an own, empty journal batch."""
    return f"journals({api.post('journals', {'code': 'JAGGAER'}).json['id']})"


def test_only_batches_of_the_general_template_are_listed(api: Api) -> None:
    listed = [row["code"] for row in api.rows("journals")]
    cash = api.rows("journals?$filter=templateDisplayName eq 'CASHRCPT'")

    assert listed == ["DEFAULT", "MONTHLY"]
    assert [row["code"] for row in cash] == ["CASH"]


def test_a_new_batch_belongs_to_the_general_template_and_is_unique(api: Api, batch: str) -> None:
    again = api.post("journals", {"code": "JAGGAER"})

    assert api.get(batch).json["templateDisplayName"] == "GENERAL"
    assert again.code == "Internal_EntityWithSameKeyExists"


def test_journal_lines_are_listed_with_a_parent_only(api: Api, batch: str) -> None:
    line = api.post(f"{batch}/journalLines", DEBIT).json

    answer = api.get("journalLines")

    assert "You must specify a journal batch ID or a journal ID" in answer.text
    assert api.rows(f"journalLines?$filter=journalId eq {line['journalId']}") == api.rows(
        f"{batch}/journalLines"
    )


def test_a_line_takes_its_defaults_from_the_line_before(api: Api, batch: str) -> None:
    api.post(f"{batch}/journalLines", {**DEBIT, "postingDate": "2026-02-01"})

    second = api.post(f"{batch}/journalLines", {"accountNumber": "5510", "amount": -100}).json

    assert (second["lineNumber"], second["postingDate"]) == (20000, "2026-02-01")
    assert second["documentNumber"] == "JAG-1"
    assert second["description"] == "Invoice Clearing"
    assert second["accountType"] == "G_x002F_L_x0020_Account"


def test_a_number_that_looks_like_a_time_is_found(api: Api, batch: str) -> None:
    number = "J234567890T23456789Z"
    api.post(f"{batch}/journalLines", {**DEBIT, "documentNumber": number})

    [found] = api.rows(f"{batch}/journalLines?$filter=documentNumber eq '{number}'")

    assert found["documentNumber"] == number


def test_a_taken_line_number_is_refused(api: Api, batch: str) -> None:
    api.post(f"{batch}/journalLines", {**DEBIT, "lineNumber": 7})

    answer = api.post(f"{batch}/journalLines", {**CREDIT, "lineNumber": 7})

    assert answer.code == "Internal_EntityWithSameKeyExists"


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ({"accountNumber": "9999"}, 'The "accountNumber" does not match to an Account.'),
        ({"accountId": COMPANY}, 'The "accountId" does not match to an Account.'),
        ({"balancingAccountId": COMPANY}, 'The "balancingAccountId" does not match'),
        ({"journalDisplayName": "X"}, "The Journal Batch Display Name isn't editable."),
        (
            {"accountType": "Vendor", "accountNumber": "X"},
            "The field Account No. of table Gen. Journal Line contains a value (X) that cannot be",
        ),
        ({"documentNumber": "X" * 21}, "it must be less than or equal to 20 characters"),
    ],
)
def test_lines_are_refused_in_the_servers_words(
    api: Api, batch: str, line: dict, text: str
) -> None:
    answer = api.post(f"{batch}/journalLines", line)

    assert answer.status == 400
    assert text in answer.text


def test_posting_takes_every_line_of_the_batch_whoever_typed_it(api: Api, batch: str) -> None:
    for line in (DEBIT, CREDIT):
        api.post(f"{batch}/journalLines", line)
    key = batch[9:-1]
    for amount in (5, -5):
        values = {"journalId": key, "accountNumber": "2920", "amount": amount,
                  "documentNumber": "TYPED", "lineNumber": 90000 + amount,
                  "postingDate": "2026-03-10"}  # fmt: skip
        api.types("journalLines", "insert", values=values)

    answer = api.post(f"{batch}/Microsoft.NAV.post")
    entries = api.rows("generalLedgerEntries")

    assert (answer.status, answer.body) == (204, b"")
    assert api.rows(f"{batch}/journalLines") == []
    assert {entry["documentNumber"] for entry in entries} == {"JAG-1", "TYPED"}
    assert sum(e["debitAmount"] - e["creditAmount"] for e in entries) == 0


def test_balance_is_checked_per_document_number(api: Api, batch: str) -> None:
    api.post(f"{batch}/journalLines", DEBIT)
    api.post(f"{batch}/journalLines", {**CREDIT, "documentNumber": "JAG-2"})

    answer = api.post(f"{batch}/Microsoft.NAV.post")

    assert answer.code == "Application_DialogException"
    assert "Document No. JAG-1 is out of balance by 100. Please check that" in answer.text
    assert len(api.rows(f"{batch}/journalLines")) == 2
    assert api.rows("generalLedgerEntries") == []


def test_an_empty_batch_has_nothing_to_post(api: Api, batch: str) -> None:
    assert "There is nothing to post." in api.post(f"{batch}/Microsoft.NAV.post").text


def test_a_batch_with_a_balancing_account_balances_itself(api: Api) -> None:
    bank = api.rows("accounts?$filter=number eq '2920'")[0]
    journal = api.post("journals", {"code": "BAL", "balancingAccountId": bank["id"]}).json
    line = api.post(f"journals({journal['id']})/journalLines", DEBIT).json

    api.action("journals", journal["id"], "post")

    assert line["balancingAccountNumber"] == "2920"
    assert [e["creditAmount"] for e in api.rows("generalLedgerEntries")] == [0, 100]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"amount": 0}, "Amount must have a value in Gen. Journal Line"),
        ({"postingDate": "2025-12-31"}, "Posting Date is not within your range"),
        ({"accountNumber": "8420"}, "Blocked must be equal to 'No'"),
        ({"accountNumber": "5630"}, "Direct Posting must be equal to 'Yes'"),
    ],
)
def test_lines_are_checked_at_posting(api: Api, batch: str, change: dict, text: str) -> None:
    api.setup(allowPostingFrom="2026-01-01")
    api.post(f"{batch}/journalLines", {**DEBIT, **change})
    api.post(f"{batch}/journalLines", CREDIT)

    answer = api.post(f"{batch}/Microsoft.NAV.post")

    assert answer.status == 400
    assert text in answer.text


def test_dimensions_of_journal_lines_reach_the_ledger(api: Api, batch: str) -> None:
    line = api.post(f"{batch}/journalLines", DEBIT).json
    api.post(f"{batch}/journalLines", CREDIT)
    path = f"journalLines({line['id']})/dimensionSetLines"

    made = api.post(path, {"code": "DEPARTMENT", "valueCode": "ADM"})
    api.post(f"{batch}/Microsoft.NAV.post")

    assert made.json["parentType"] == "Journal_x0020_Line"
    assert api.ledger()["generalLedgerEntries"][0]["dimensions"] == {"DEPARTMENT": "ADM"}


def test_a_vendor_line_is_no_invoice(api: Api, batch: str) -> None:
    api.post(f"{batch}/journalLines", DEBIT)
    api.post(
        f"{batch}/journalLines",
        {"accountType": "Vendor", "accountNumber": "20000", "amount": -100,
         "externalDocumentNumber": "A-17"},
    )  # fmt: skip
    api.post(f"{batch}/Microsoft.NAV.post")

    entry = api.ledger()["vendorLedgerEntries"][0]

    assert (entry["documentType"], entry["amount"]) == ("_x0020_", -100)
    assert api.vendor()["balance"] == 100
    assert api.action("purchaseInvoices", api.invoice("A-17")["id"], "post").status == 204


def test_a_blocked_vendor_takes_no_journal_line(api: Api, batch: str) -> None:
    api.patch(f"vendors({api.vendor()['id']})", {"blocked": "All"})

    answer = api.post(f"{batch}/journalLines", {"accountType": "Vendor", "accountNumber": "20000"})

    assert "blocked with type All" in answer.text


def test_an_accounts_tax_setup_splits_the_line_unless_the_batch_says_no(
    api: Api, batch: str
) -> None:
    taxed = {"genPostingType": "Purchase", "vatBusPostingGroup": "DOMESTIC"}
    api.types("accounts", "patch", key={"number": "8110"}, values=taxed)
    for line in (DEBIT, CREDIT):
        api.post(f"{batch}/journalLines", line)
    api.post(f"{batch}/Microsoft.NAV.post")

    split = {e["accountNumber"]: e["debitAmount"] for e in api.rows("generalLedgerEntries")}

    assert split == {"8110": 80, "5630": 20, "5510": 0}
