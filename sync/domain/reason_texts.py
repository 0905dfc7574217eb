"""The words of every reason: sentence, owner, fix, and what groups the documents that share it.

Keys are codes of the product's API, or `code/variant` where one code needs another sentence. A
text without `cause` concerns its document alone. A reason is acceptable where it is a tolerance
or a suspected duplicate: a person may override those, nothing else.
"""

from __future__ import annotations

from typing import NamedTuple


class ReasonText(NamedTuple):
    owner: str
    message: str
    fix: str
    cause: str = ""
    acceptable: bool = False


_MAPPINGS = {
    "mapping_missing": ReasonText(
        "finance",
        "No {kind} is mapped for {source_code}.",
        "Map {source_code}; every document that waits for it goes on by itself.",
        "mapping {kind} {source_code}",
    ),
    "mapping_missing/account": ReasonText(
        "finance",
        "The document carries {account} of {amount}, and no account is set for {account}.",
        "Name the ledger account for {account} in the integration's policy.",
        "account {account}",
    ),
    "mapping_missing/coding": ReasonText(
        "procurement",
        "Line {line} carries no {kind} and there is no default.",
        "Complete the coding at the source, or set a default in the policy.",
    ),
    "mapping_invalid": ReasonText(
        "finance",
        "{source_code} is mapped to {target_code}, which cannot be used: {problem}",
        "Map {source_code} to an open target, or open {target_code} in the ledger.",
        "mapping {kind} {source_code}",
    ),
    "mapping_invalid/account": ReasonText(
        "finance",
        "The account {target_code} set for {account} cannot be used: {problem}",
        "Name another account for {account} in the policy, or open {target_code} in the ledger.",
        "account {account}",
    ),
    "mapping_invalid/dimension": ReasonText(
        "finance",
        "The default dimension {target_code} cannot be used: {problem}",
        "Change the policy's default dimensions, or open the value in the ledger.",
        "dimension {target_code}",
    ),
}

_ORDERS = {
    "order_reference_missing": ReasonText(
        "supplier",
        "Line {line} names no purchase order.",
        "Name the order, or let the supplier send the invoice again with its order number.",
    ),
    "order_not_found": ReasonText(
        "procurement",
        "Purchase order {order} was never received.",
        "Send the order, or name the right one; its arrival releases what waits.",
        "order {order}",
    ),
    "order_ambiguous": ReasonText(
        "finance",
        "The reference {order} fits several orders: {candidates}.",
        "Name the order that is meant.",
    ),
    "order_ambiguous/line": ReasonText(
        "finance",
        "Line {line} fits several lines of order {order} with different coding: {candidates}.",
        "Let the source name the order line.",
    ),
    "order_of_other_supplier": ReasonText(
        "procurement",
        "Order {order} belongs to {order_supplier}, the invoice comes from {supplier}.",
        "Correct the order or the invoice, or link both suppliers to one parent.",
    ),
    "order_of_other_supplier/related": ReasonText(
        "procurement",
        "Order {order} belongs to {order_supplier}, which is related to {supplier}; the policy"
        " asks for a review.",
        "Correct the order or the invoice, or accept related suppliers in the policy.",
    ),
    "order_cancelled": ReasonText(
        "procurement",
        "Order {order} is {state}.",
        "Reopen the order at the source, or reject the invoice.",
        "order_cancelled {order}",
    ),
    "order_cancelled/line": ReasonText(
        "procurement",
        "Line {order_line} of order {order} is cancelled.",
        "Reinstate the order line at the source, or reject the invoice.",
        "order_cancelled {order} line {order_line}",
    ),
    "line_not_on_order": ReasonText(
        "procurement",
        "Line {line} ({description}) is not on order {order}.",
        "Add the line to the order, or correct the invoice.",
    ),
    "dated_before_order": ReasonText(
        "procurement",
        "The invoice is dated {document_date}, before its order {order} of {order_date}.",
        "Ask why the order was written after the invoice; correct the date or the order.",
    ),
}

_PARTIES = {
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

_DUPLICATES = {
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

_TOLERANCES = {
    "price_over_tolerance": ReasonText(
        "procurement",
        "Line {line}: price {price} is {percent} % above the order's {order_price}; {limit} is"
        " allowed.",
        "Accept with a note, ask for a credit memo, or correct the order.",
        acceptable=True,
    ),
    "price_over_tolerance/no_price": ReasonText(
        "procurement",
        "Line {line}: price {price} where the order says zero.",
        "Accept with a note, ask for a credit memo, or correct the order.",
        acceptable=True,
    ),
    "price_over_tolerance/below": ReasonText(
        "procurement",
        "Line {line}: price {price} is below the order's {order_price}; the policy asks for a"
        " review.",
        "Accept with a note, or correct the order.",
        acceptable=True,
    ),
    "amount_over_order": ReasonText(
        "procurement",
        "Order {order} line {order_line}: {invoiced} invoiced in all, {ordered} ordered; at most"
        " {allowed} is allowed.",
        "Accept with a note, ask for a credit memo, or raise the order.",
        acceptable=True,
    ),
    "quantity_over_order": ReasonText(
        "procurement",
        "Order {order} line {order_line}: {invoiced} invoiced in all, {ordered} ordered; at most"
        " {allowed} is allowed.",
        "Accept with a note, ask for a credit memo, or raise the order.",
        acceptable=True,
    ),
    "quantity_over_received": ReasonText(
        "procurement",
        "Order {order} line {order_line}: {invoiced} invoiced in all, {received} received.",
        "Wait for the receipt, which releases the invoice, or accept with a note.",
        acceptable=True,
    ),
    "charge_not_ordered": ReasonText(
        "finance",
        "{name} of {amount} is charged, and the policy allows no charges.",
        "Accept with a note, or allow charges in the policy.",
        acceptable=True,
    ),
    "charge_over_limit": ReasonText(
        "finance",
        "Charges of {amount} are more than {percent} % of the goods ({goods}).",
        "Accept with a note, or ask the supplier for a credit memo.",
        acceptable=True,
    ),
    "charge_over_limit/ordered": ReasonText(
        "finance",
        "A charge of {amount} is more than the order's {base} and {percent} % of it.",
        "Accept with a note, or ask the supplier for a credit memo.",
        acceptable=True,
    ),
}

_LINES = {
    "unit_differs": ReasonText(
        "procurement",
        "Line {line} is invoiced in {unit}, order {order} line {order_line} in {order_unit}; no"
        " factor is known.",
        "Let the supplier invoice in the order's unit, or correct the order.",
    ),
    "quantity_precision": ReasonText(
        "finance",
        "Line {line}: the ledger keeps {decimals} decimals of a quantity, and {quantity} rounded"
        " changes the amount {amount}.",
        "Correct the quantity at the source.",
    ),
    "split_incomplete": ReasonText(
        "procurement",
        "Line {line}: the parts of the coding sum to {sum} instead of {whole}.",
        "Complete the split at the source.",
    ),
}

_TOTALS = {
    "mapping_invalid/column": ReasonText(
        "finance",
        "Which shortcut dimension of the ledger {dimension} is, is not known: {problem}.",
        "Enter the shortcut dimensions in their order in the settings of the connection"
        " (shortcut_dimensions) or publish page 118, then run the flow reference.",
        "shortcut dimension {dimension}",
    ),
    "currency_differs": ReasonText(
        "procurement",
        "The invoice is in {currency}, order {order} in {order_currency}.",
        "Correct the currency at the source, or ask for a new invoice.",
    ),
    "currency_differs/missing": ReasonText(
        "procurement",
        "The document names no currency.",
        "Complete the currency at the source.",
    ),
    "currency_differs/rate": ReasonText(
        "finance",
        "The ledger has no exchange rate for {currency} on {posting_date}.",
        "Enter the exchange rate in the ledger; the journal then goes on.",
        "exchange rate {currency} {posting_date}",
    ),
    "currency_differs/local": ReasonText(
        "finance",
        "The ledger does not list the currency {currency}, and whether it is its local currency is"
        " not known.",
        "Enter the ledger's local currency in the settings of the connection (local_currency) or"
        " publish page 118, then run the flow reference; add {currency} to the ledger's currencies"
        " if it is a foreign one.",
        "local currency",
    ),
    "currency_differs/decimals": ReasonText(
        "supplier",
        "{amount} has more decimals than {currency} allows.",
        "Correct the amount at the source.",
    ),
    "tax_differs": ReasonText(
        "finance",
        "The tax is {tax}; {expected} follows from rates and bases. Allowed difference: {allowed}.",
        "Check the tax with the supplier and correct it at the source.",
    ),
    "tax_differs/withholding": ReasonText(
        "finance",
        "The document carries a withholding tax of {tax}, which is not booked by itself.",
        "Book the withholding tax in the ledger by hand.",
    ),
    "tax_differs/reverse_charge": ReasonText(
        "supplier",
        "The supplier is under reverse charge and billed a tax of {tax}.",
        "Ask the supplier for a new invoice without tax.",
    ),
    "tax_differs/ledger": ReasonText(
        "finance",
        "The ledger computes {ledger_total}, the document says {total}.",
        "Check the tax setup of the lines in the ledger.",
    ),
    "does_not_add_up": ReasonText(
        "supplier",
        "The total is {total}, its parts sum to {sum}; a difference of {allowed} is allowed.",
        "Correct the document at the source, or ask for a new one.",
    ),
    "does_not_add_up/line": ReasonText(
        "supplier",
        "Line {line}: {quantity} x {price} is {product}, the line says {amount}; a difference of"
        " {allowed} is allowed.",
        "Correct the document at the source, or ask for a new one.",
    ),
    "does_not_add_up/ours": ReasonText(
        "it",
        "Not booked, by a fault of ours: the {part} would come to {booked} instead of {expected}.",
        "Nothing was sent. Quote {document} to support, and retry once it is mended.",
    ),
    "negative_invoice": ReasonText(
        "supplier",
        "The document is of type {resource}, and its total is {total}.",
        "Correct the type at the source, or ask for a new document.",
    ),
    "total_missing": ReasonText(
        "procurement", "The document has no total.", "Complete the total at the source."
    ),
    "total_zero": ReasonText(
        "supplier",
        "The total is zero: there is nothing to book.",
        "Reject the document, or correct it at the source.",
    ),
    "number_missing": ReasonText(
        "procurement",
        "The document has no supplier invoice number.",
        "Complete the supplier's number at the source.",
    ),
    "date_invalid": ReasonText(
        "procurement",
        "The document has no valid date.",
        "Correct the date at the source.",
    ),
    "posting_date_closed": ReasonText(
        "finance",
        "The posting date {posting_date} lies outside the open period ({open_from} to {open_to}).",
        "Open the period in the ledger, or choose the next open date in the policy.",
        "posting date {posting_date}",
    ),
    "too_long": ReasonText(
        "supplier",
        "{field} has {length} characters, the ledger takes {limit}: {value}.",
        "Shorten it at the source; it is never cut by itself.",
    ),
    "too_long/ledger": ReasonText(
        "supplier",
        "The ledger's fields cannot hold the document: {words}.",
        "Correct the value at the source; it is never cut by itself.",
    ),
}

_CREDITS = {
    "credit_without_invoice": ReasonText(
        "finance",
        "The credit note names no invoice that was received.",
        "Name the credited invoice at the source.",
    ),
    "credit_without_invoice/unknown": ReasonText(
        "finance",
        "The credit note names invoice {credited}, which was never received.",
        "Send the invoice, or correct the number at the source.",
        "invoice {credited} of {supplier}",
    ),
    "credit_over_invoice/line": ReasonText(
        "finance",
        "Order {order} line {order_line}: {credited} would be credited, only {invoiced} was"
        " invoiced.",
        "Ask the supplier; a credit note never exceeds what was invoiced by itself.",
    ),
    "credit_without_invoice/waiting": ReasonText(
        "finance",
        "Invoice {credited}, which this credit note credits, is not in the ledger yet.",
        "Nothing to do here: the invoice's arrival in the ledger releases the credit note.",
        "invoice {credited} of {supplier}",
    ),
    "credit_over_invoice": ReasonText(
        "finance",
        "{credited_total} would be credited in all against invoice {credited} of {invoice_total}.",
        "Ask the supplier; a credit note never exceeds its invoice by itself.",
    ),
}

_STATES = {
    "not_approved": ReasonText(
        "procurement", "The document is not approved at the source.", "Approve it at the source."
    ),
    "unreadable": ReasonText(
        "it",
        "A part of the document could not be understood: {path}.",
        "Correct it at the source; where it is right there, correct the field {path} in the"
        " connection's profile.",
    ),
    "unreadable/figure": ReasonText(
        "it",
        "The {figure} is a number that no ledger could hold.",
        "Correct it at the source.",
    ),
    "status_unknown": ReasonText(
        "it",
        "The source says {field} {word}, a word that nobody explained.",
        "Explain the word in the connection's profile.",
        "status {field} {word}",
    ),
    "ledger_refused": ReasonText(
        "finance",
        "The ledger refused the document: {words}",
        "Put right what the ledger names, then retry.",
    ),
    "ledger_refused/learned": ReasonText(
        "finance",
        "The ledger refused {subject}: {words}",
        "Put right what the ledger names, then retry: one document tries, the others follow.",
        "refused {step}: {subject}",
    ),
    "ledger_refused/remembered": ReasonText(
        "finance",
        "Not sent: the ledger refused {subject} on {refused_on} for {refused_document}: {words}",
        "Put right what the ledger names, then retry: one document tries, the others follow.",
        "refused {step}: {subject}",
    ),
    "ledger_refused/dimension_mandatory": ReasonText(
        "finance",
        "Not sent: the card of vendor {vendor} in the ledger wants a value of {dimension} on each"
        " document, and this one has none (accounts {accounts}).",
        "Give vendor {vendor} a default value of {dimension} in NAV, or take Code Mandatory off"
        " there; where {dimension} is a global dimension, mapping all lines to one value does too.",
        "dimension {dimension} of vendor {vendor}",
    ),
    "ledger_refused/dimension_same": ReasonText(
        "finance",
        "Not sent: the card of vendor {vendor} in the ledger wants {dimension} {wanted} and nothing"
        " else, and this document has {value} (accounts {accounts}).",
        "Map the cost center to {dimension}/{wanted}, or change Same Code on the card of vendor"
        " {vendor} in NAV.",
        "dimension {dimension} of vendor {vendor}",
    ),
    "ledger_refused/dimension_none": ReasonText(
        "finance",
        "Not sent: the card of vendor {vendor} in the ledger forbids {dimension}, and this document"
        " has {value} (accounts {accounts}).",
        "Take No Code off the card of vendor {vendor} in NAV, or map the lines without"
        " {dimension}.",
        "dimension {dimension} of vendor {vendor}",
    ),
    "ledger_refused/source": ReasonText(
        "it",
        "The source refused a change of the supplier ({step}): {words}",
        "Have the right to change suppliers given to our user there, or switch this write-back off"
        " in the profile; then retry.",
    ),
    "outcome_unknown": ReasonText(
        "finance",
        "The ledger did not say whether it booked the document, and it cannot be found out.",
        "Look in the ledger for {key} and say what is there.",
    ),
    "changed_in_ledger": ReasonText(
        "finance",
        "The document was changed in the ledger: {fields}.",
        "Compare both and decide which one holds.",
    ),
    "changed_in_ledger/deleted": ReasonText(
        "procurement",
        "Order {order} was deleted in the ledger by a person; it was changed at the source since.",
        "Order what is still wanted by hand in the ledger and ignore this one, or cancel the order"
        " at the source.",
    ),
    "changed_in_ledger/invoiced": ReasonText(
        "procurement",
        "Order {order} is {ledger}, which ended it in the ledger; its newest revision wants more.",
        "Order what is still wanted anew at the source under another number, or correct the"
        " invoice that took too much.",
    ),
    "changed_in_ledger/gone": ReasonText(
        "procurement",
        "Order {order} is not in the ledger any more: deleted, or invoiced in full.",
        "Look in the ledger which of both; publish page 138 (Posted Purchase Invoice) and the next"
        " time it is said here.",
    ),
    "changed_in_ledger/deleted_document": ReasonText(
        "finance",
        "The {what} {number} was deleted in the ledger after it was written.",
        "Ask who deleted it. It is not made again by itself: type it there, or reject it here.",
    ),
    "outcome_unknown/conflict": ReasonText(
        "finance",
        "Under {number} the ledger holds something else than what was sent; it differs in"
        " {fields}.",
        "Compare both documents in the ledger and keep one; then retry or reject here.",
    ),
    "changed_at_source": ReasonText(
        "finance",
        "The document was changed at the source after it was written.",
        "Compare both versions; correct the ledger by hand, or withdraw our draft.",
    ),
    "changed_at_source/closing": ReasonText(
        "finance",
        "Order {order} is to be closed in the ledger, but its invoice {invoice} is under way.",
        "Settle invoice {invoice}; the order's rest is closed by itself after it.",
        cause="changed_at_source {document} {invoice}",
    ),
    "changed_at_source/other_order": ReasonText(
        "procurement",
        "Order {order} was written for {before} as {number} and is now for {now}: {number} is"
        " closed, and a new order takes its place.",
        "Nothing to do; tell the suppliers where {number} was sent to one of them.",
    ),
    "outcome_unknown/earlier": ReasonText(
        "finance",
        "What became of an earlier write of this document is not known yet.",
        "Nothing to do: it is being looked up, and the newest state is written after that.",
    ),
    "cancelled_at_source": ReasonText(
        "finance",
        "The document was cancelled at the source after it was written.",
        "Withdraw our draft, or book a credit note.",
    ),
}

TEXTS: dict[str, ReasonText] = {
    **_MAPPINGS,
    **_ORDERS,
    **_PARTIES,
    **_DUPLICATES,
    **_TOLERANCES,
    **_LINES,
    **_TOTALS,
    **_CREDITS,
    **_STATES,
}
