"""General journal batches and their lines, before posting (NAV contract 4.8)."""

from __future__ import annotations

from typing import Any, ClassVar

from connectors.nav.sandbox.company import Company
from connectors.nav.sandbox.dimensions import defaults_of
from connectors.nav.sandbox.errors import NavError, dialog, no_relation
from connectors.nav.sandbox.odata_filter import Node, equalities
from connectors.nav.sandbox.records import Record
from connectors.nav.sandbox.reference_rules import check_vendor_open
from connectors.nav.sandbox.rules import Call, Computed, Draft, Parent, Rules
from connectors.nav.sandbox.tax import check_tax_code
from connectors.nav.sandbox.values import NO_DATE, NO_ID, money

GENERAL = "GENERAL"
ACCOUNT, CUSTOMER, VENDOR, BANK = (
    "G_x002F_L_x0020_Account",
    "Customer",
    "Vendor",
    "Bank_x0020_Account",
)
_SHOWN_TYPES = (ACCOUNT, CUSTOMER, VENDOR, BANK)
_STEP = 10_000


def _balancing_number(company: Company, journal: Record) -> str:
    account = company.get("accounts", journal["balancingAccountId"])
    return account["number"] if account else ""


class JournalRules(Rules):
    """Batches: those of the general template are listed, others only when asked for."""

    table: ClassVar[str] = "Gen. Journal Batch"
    computed: ClassVar[dict[str, Computed]] = {"balancingAccountNumber": _balancing_number}

    def require_parent(self, parent: Parent | None, node: Node) -> None:
        """A plain list needs no parent."""

    def begin(self, call: Call, draft: Draft) -> None:
        """A new batch belongs to the general template, and takes its balancing account, unless the
        body says otherwise."""
        if draft.creating:
            draft.record["templateDisplayName"] = GENERAL
            number = call.company.setup.get("journalTemplateBalancing")
            account = call.company.first("accounts", "number", number) if number else None
            draft.record["balancingAccountId"] = account["id"] if account else NO_ID

    def assign(self, call: Call, draft: Draft, name: str, value: Any) -> None:
        """Check the balancing account."""
        is_account = name == "balancingAccountId" and value != NO_ID
        if is_account and call.company.get("accounts", value) is None:
            raise dialog('The "balancingAccountId" does not match to an Account.')
        draft.record[name] = value

    def complete(self, call: Call, draft: Draft) -> None:
        """The code is unique within its template."""
        record = draft.record
        if not record["code"]:
            raise NavError(
                400,
                "BadRequest_RequiredParamNotProvided",
                "Field 'code' must not be blank or empty.",
            )
        twins = call.company.find(self.set_name, "code", record["code"])
        template = record["templateDisplayName"]
        if any(t["templateDisplayName"] == template and t["id"] != record["id"] for t in twins):
            self.refuse_duplicate(call, Draft(record))

    def delete(self, call: Call, record: Record) -> None:
        """Delete a batch with its lines."""
        for line in call.company.find("journalLines", "journalId", record["id"]):
            call.company.delete("journalLines", line)
        super().delete(call, record)


class JournalLineRules(Rules):
    """Lines: account by type, defaults from the line before and from the batch."""

    unique: ClassVar[str] = "id"

    def is_visible(self, company: Company, record: Record) -> bool:
        """Lines of other document or account types were made in the client and stay hidden."""
        return record["accountType"] in _SHOWN_TYPES and not record.get("documentType")

    def require_parent(self, parent: Parent | None, node: Node) -> None:
        """Lines are listed below a batch or with a filter that names one."""
        if parent is None and not equalities(node).keys() & {"journalId", "id"}:
            raise dialog(
                "You must specify a journal batch ID or a journal ID to get a journal line."
            )

    def begin(self, call: Call, draft: Draft) -> None:
        """Take the batch from the path."""
        if draft.creating and draft.parent:
            draft.record["journalId"] = draft.parent.record["id"]

    def assign(self, call: Call, draft: Draft, name: str, value: Any) -> None:
        """Validate one line property."""
        step = _STEPS.get(name)
        if step:
            step(self, call, draft, name, value)
        else:
            draft.record[name] = value

    def complete(self, call: Call, draft: Draft) -> None:
        """Fill defaults: place, date, document number, balancing account, dimensions."""
        company, record = call.company, draft.record
        journal = company.get("journals", record["journalId"])
        if journal is None:
            raise dialog(
                "You must specify a journal batch ID or a journal ID to get a journal line."
            )
        record["journalDisplayName"] = journal["code"]
        if draft.creating:
            self._take_defaults(company, draft, journal)
        record["place"] = f"{journal['id']}/{record['lineNumber']}"
        twins = company.find("journalLines", "place", record["place"])
        if any(row["id"] != record["id"] for row in twins):
            raise NavError(
                call.switches.duplicate_key_status,
                "Internal_EntityWithSameKeyExists",
                "The record in table Gen. Journal Line already exists. Identification fields and "
                f"values: Journal Template Name='{journal['templateDisplayName']}',"
                f"Journal Batch Name='{journal['code']}',Line No.='{record['lineNumber']}'",
            )

    def _take_defaults(self, company: Company, draft: Draft, journal: Record) -> None:
        record = draft.record
        complete = record["lineNumber"] and record["documentNumber"]
        last = None
        if not complete or record["postingDate"] == NO_DATE:
            rows = company.find("journalLines", "journalId", journal["id"])
            last = max(rows, key=lambda row: row["lineNumber"], default=None)
        record["lineNumber"] = record["lineNumber"] or (last["lineNumber"] if last else 0) + _STEP
        if record["postingDate"] == NO_DATE:
            record["postingDate"] = last["postingDate"] if last else company.today()
        if not record["documentNumber"]:
            record["documentNumber"] = (
                last["documentNumber"] if last else company.next_number("journalLines")
            )
        if not draft.seen.keys() & {"balancingAccountId", "balancingAccountNumber"}:
            account = company.get("accounts", journal["balancingAccountId"])
            record["balancingAccountId"] = account["id"] if account else NO_ID
            record["balancingAccountNumber"] = account["number"] if account else ""

    def _assign_journal(self, call: Call, draft: Draft, name: str, value: str) -> None:
        if draft.old and value != draft.old["journalId"]:
            raise dialog("The Journal Batch Id isn't editable.")
        if not draft.parent:
            draft.record["journalId"] = value

    def _assign_title(self, call: Call, draft: Draft, name: str, value: str) -> None:
        raise dialog("The Journal Batch Display Name isn't editable.")

    def _assign_type(self, call: Call, draft: Draft, name: str, value: str) -> None:
        if value == VENDOR and not call.switches.vendor_journal_lines:
            raise dialog("Lines of account type Vendor are not supported.")
        if value != draft.record["accountType"]:
            draft.record.update(accountId=NO_ID, accountNumber="")
        draft.record["accountType"] = value

    def _assign_account(self, call: Call, draft: Draft, name: str, value: str) -> None:
        kind = draft.record["accountType"]
        if value in ("", NO_ID):
            return
        if kind in (ACCOUNT, BANK):
            self._assign_ledger_account(call, draft, name, value)
        elif name == "accountNumber":
            self._assign_partner(call, draft, kind, value)

    def _assign_ledger_account(self, call: Call, draft: Draft, name: str, value: str) -> None:
        key = "id" if name == "accountId" else "number"
        account = call.company.first("accounts", key, value)
        if account is None:
            raise dialog(f'The "{name}" does not match to an Account.')
        record = draft.record
        if draft.seen.keys() & {"accountId", "accountNumber"} and record["accountId"] not in (
            NO_ID,
            account["id"],
        ):
            raise dialog("The account values do not match to a specific Account.")
        record.update(accountId=account["id"], accountNumber=account["number"])
        self._take_card(call.company, draft, account)

    def _assign_partner(self, call: Call, draft: Draft, kind: str, value: str) -> None:
        card = call.company.first("vendors", "number", value) if kind == VENDOR else None
        if card is None:
            raise no_relation("Account No.", "Gen. Journal Line", value, kind)
        check_vendor_open(card, "create")
        draft.record["accountNumber"] = card["number"]
        draft.record["currencyCode"] = card["currencyCode"]
        self._take_card(call.company, draft, card)

    def _take_card(self, company: Company, draft: Draft, card: Record) -> None:
        if "description" not in draft.seen:
            draft.record["description"] = card["displayName"]
        draft.record["dims"] = {**draft.record.get("dims", {}), **defaults_of(company, card)}

    def _assign_balance(self, call: Call, draft: Draft, name: str, value: str) -> None:
        if value in ("", NO_ID):
            draft.record.update(balancingAccountId=NO_ID, balancingAccountNumber="")
            return
        key = "id" if name == "balancingAccountId" else "number"
        account = call.company.first("accounts", key, value)
        if account is None:
            raise dialog('The "balancingAccountId" does not match to an Account.')
        draft.record.update(
            balancingAccountId=account["id"], balancingAccountNumber=account["number"]
        )

    def _assign_amount(self, call: Call, draft: Draft, name: str, value: Any) -> None:
        draft.record["amount"] = money(value)

    def _assign_tax(self, call: Call, draft: Draft, name: str, value: str) -> None:
        check_tax_code(call.company, value, "Gen. Journal Line")
        draft.record["taxCode"] = value


_STEPS = {
    "journalId": JournalLineRules._assign_journal,
    "journalDisplayName": JournalLineRules._assign_title,
    "accountType": JournalLineRules._assign_type,
    "accountId": JournalLineRules._assign_account,
    "accountNumber": JournalLineRules._assign_account,
    "balancingAccountId": JournalLineRules._assign_balance,
    "balancingAccountNumber": JournalLineRules._assign_balance,
    "amount": JournalLineRules._assign_amount,
    "taxCode": JournalLineRules._assign_tax,
}
