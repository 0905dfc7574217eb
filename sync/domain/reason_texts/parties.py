"""What is wrong with suppliers and vendors, and between them."""

from sync.domain.reason_texts.text import ReasonText

PARTIES = {
    "supplier_unknown": ReasonText(
        "procurement",
        "Supplier {supplier} is not known here.",
        "Send the supplier, or map it to a vendor of the ledger.",
        "supplier {supplier}",
    ),
    "supplier_unknown/missing": ReasonText(
        "procurement",
        "The document names no supplier code, only {name}.",
        "Complete the supplier at the source.",
    ),
    "supplier_unknown/number": ReasonText(
        "procurement",
        "Supplier {supplier} has no vendor in the ledger yet.",
        "Map the supplier to a vendor, or let the suppliers flow create it.",
        "supplier {supplier}",
    ),
    "order_ambiguous/same_number": ReasonText(
        "procurement",
        "Order {order} ({document}) has the number of another order ({existing}) once case and"
        " blanks are put aside.",
        "Give one of them another number at the source, or cancel it there; then retry.",
        "order_ambiguous {document} {existing}",
    ),
    "supplier_ambiguous": ReasonText(
        "procurement",
        "Supplier {supplier} fits several vendors of the ledger: {candidates}.",
        "Link the right vendor, or say that it is none of them: a new one is created.",
        "supplier {supplier}",
    ),
    "supplier_ambiguous/gone": ReasonText(
        "procurement",
        "Vendor {gone}, which supplier {supplier} was bound to, is not in the ledger any more.",
        "Map the supplier to the vendor that took its place.",
        "supplier {supplier_code}",
    ),
    "supplier_blocked": ReasonText(
        "procurement",
        "Supplier {supplier} is {state}.",
        "Unblock the supplier where it was blocked, or reject the document.",
        "supplier_blocked {supplier}",
    ),
    "supplier_blocked/payment": ReasonText(
        "finance",
        "Supplier {supplier} is blocked for payment on vendor card {vendor} in the ledger, and the"
        " policy has its invoices wait.",
        "Lift the block of payments on vendor card {vendor} in the ledger, which releases them; or"
        " let the policy post them, on hold.",
        "supplier_blocked payment {supplier}",
    ),
    "supplier_conflict": ReasonText(
        "procurement",
        "{field} of supplier {supplier} differs: {source_value} at the source, {ledger_value} in"
        " the ledger.",
        "Choose the value that holds.",
        "supplier_conflict {supplier} {field}",
    ),
    "parent_missing": ReasonText(
        "procurement",
        "The parent {parent} of supplier {supplier} was never received.",
        "Send the parent; its arrival releases the supplier.",
        "parent {parent}",
    ),
    "parent_missing/waiting": ReasonText(
        "procurement",
        "The parent {parent} of supplier {supplier} is not in the ledger yet.",
        "Nothing to do: the parent's arrival in the ledger releases the supplier.",
        "parent {parent}",
    ),
    "parent_cycle": ReasonText(
        "procurement",
        "The parents of supplier {supplier} lead back to it: {chain}.",
        "Correct the parents at the source.",
        "parent_cycle {supplier}",
    ),
    "bank_details_changed": ReasonText(
        "finance",
        "The bank details of supplier {supplier} changed; they are never written by themselves.",
        "Check them with the supplier and enter them in the ledger by hand.",
        "bank_details_changed {supplier}",
    ),
}
