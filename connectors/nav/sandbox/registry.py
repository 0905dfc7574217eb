"""Which rules hold for which entity set, and what its bound actions do."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from connectors.nav.sandbox.attachments import AttachmentRules
from connectors.nav.sandbox.dimensions import DimensionSetLineRules
from connectors.nav.sandbox.document_lines import LineRules, ReceiptLineRules
from connectors.nav.sandbox.document_posting import (
    cancel_credit_memo,
    post_credit_memo,
    post_invoice,
)
from connectors.nav.sandbox.documents import CreditMemoRules, DocumentRules
from connectors.nav.sandbox.journal_posting import post_journal
from connectors.nav.sandbox.journals import JournalLineRules, JournalRules
from connectors.nav.sandbox.order_posting import receive_and_invoice
from connectors.nav.sandbox.records import Record
from connectors.nav.sandbox.reference_rules import (
    AccountRules,
    CompanyInformationRules,
    DefaultDimensionRules,
    ItemRules,
    LedgerSetupRules,
    VendorRules,
)
from connectors.nav.sandbox.rules import Call, Rules

Action = Callable[[Call, Record], int]

_RULES: dict[str, type[Rules]] = {
    "vendors": VendorRules,
    "accounts": AccountRules,
    "items": ItemRules,
    "defaultDimensions": DefaultDimensionRules,
    "dimensionSetLines": DimensionSetLineRules,
    "purchaseOrders": DocumentRules,
    "purchaseInvoices": DocumentRules,
    "purchaseCreditMemos": CreditMemoRules,
    "purchaseOrderLines": LineRules,
    "purchaseInvoiceLines": LineRules,
    "purchaseCreditMemoLines": LineRules,
    "purchaseReceiptLines": ReceiptLineRules,
    "journals": JournalRules,
    "journalLines": JournalLineRules,
    "generalLedgerSetup": LedgerSetupRules,
    "companyInformation": CompanyInformationRules,
    "attachments": AttachmentRules,
    "documentAttachments": AttachmentRules,
}

ACTIONS: dict[tuple[str, str], Action] = {
    ("purchaseInvoices", "post"): post_invoice,
    ("purchaseCreditMemos", "post"): post_credit_memo,
    ("purchaseCreditMemos", "cancel"): cancel_credit_memo,
    ("purchaseOrders", "receiveAndInvoice"): receive_and_invoice,
    ("journals", "post"): post_journal,
}


@cache
def rules_of(set_name: str) -> Rules:
    """Return the rules of an entity set."""
    return _RULES.get(set_name, Rules)(set_name)
