"""What was sent or entered before."""

from sync.domain.reason_texts.text import ReasonText

DUPLICATES = {
    "duplicate_invoice": ReasonText(
        "finance",
        "{number} of this supplier exists already: {existing}, dated {existing_date},"
        " {existing_total}.",
        "Reject the document, or withdraw the earlier one first.",
    ),
    "duplicate_invoice/other_year": ReasonText(
        "finance",
        "{number} of this supplier was used in another year: {existing}, dated {existing_date},"
        " {existing_total}; the ledger refuses the number at posting.",
        "Ask the supplier for a new number, or accept with a note.",
        acceptable=True,
    ),
    "duplicate_invoice/other_card": ReasonText(
        "finance",
        "{number} exists already under another card of this supplier: {existing}, dated"
        " {existing_date}, {existing_total}.",
        "Reject the document, or withdraw the earlier one first.",
    ),
    "duplicate_suspected/other_card": ReasonText(
        "finance",
        "{number} has the number and total of {existing} under another card of this supplier,"
        " dated {existing_date}, {existing_total}.",
        "Compare both documents; accept with a note if both are right.",
        acceptable=True,
    ),
    "duplicate_invoice/ledger": ReasonText(
        "finance",
        "{number} of this supplier was entered in the ledger already: {numbers}; it differs in"
        " {fields}.",
        "Reject the document if it is the same invoice, or correct the one in the ledger.",
    ),
    "duplicate_invoice/typed": ReasonText(
        "finance",
        "{number} of this supplier was entered in the ledger already: {numbers}; it differs in"
        " {fields}.",
        "Reject the document if it is the same invoice. If it is another one, accept with a note:"
        " it is written as a draft beside {numbers}. The ledger posts a supplier's number once, so"
        " that one of both has to get another number there.",
        cause="duplicate_invoice in the ledger {document}",
        acceptable=True,
    ),
    "duplicate_invoice/posting": ReasonText(
        "finance",
        "Draft {draft} stands in the ledger, and posting it was refused: {number} of this supplier"
        " is posted already, as {numbers}. The ledger's words: {words}",
        "If it is another invoice, change the supplier's number on draft {draft} in the ledger,"
        " post it there and retry here. If it is the same one, delete the draft there and reject"
        " the document here.",
        cause="duplicate_invoice to be posted {document}",
    ),
    "duplicate_suspected/same_amount": ReasonText(
        "finance",
        "{number} has the date and total of {existing}, {existing_date}, {existing_total}, and"
        " order {order} line {order_line} was invoiced in full before.",
        "Compare both documents; accept with a note if both are right.",
        acceptable=True,
    ),
    "duplicate_invoice/entered": ReasonText(
        "finance",
        "{number} was entered in the ledger already, on vendor {existing_vendor} of the same group:"
        " {existing_number}, dated {existing_date}, {existing_total}.",
        "Reject the document, or delete the one in the ledger first.",
    ),
    "duplicate_suspected/entered_card": ReasonText(
        "finance",
        "{number} has the number and total of what was entered in the ledger on vendor"
        " {existing_vendor} of the same group: {existing_number}, dated {existing_date},"
        " {existing_total}.",
        "Compare both documents; accept with a note if both are right.",
        acceptable=True,
    ),
    "duplicate_suspected/entered": ReasonText(
        "finance",
        "{number} has the same date and total as {existing}, entered in the ledger on vendor"
        " {existing_vendor} as {existing_number}, {existing_date}, {existing_total}; the numbers"
        " differ only in punctuation or leading zeros.",
        "Compare both documents; accept with a note if both are right.",
        acceptable=True,
    ),
    "duplicate_suspected": ReasonText(
        "finance",
        "{number} has the same date and total as {existing}, {existing_date}, {existing_total};"
        " the numbers differ only in punctuation or leading zeros.",
        "Compare both documents; accept with a note if both are right.",
        acceptable=True,
    ),
}
