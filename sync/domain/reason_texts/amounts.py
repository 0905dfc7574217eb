"""Tolerances, totals, taxes and credits."""

from sync.domain.reason_texts.text import ReasonText

TOLERANCES = {
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
        "Line {line}: price {price} is {percent} % below the order's {order_price}; the policy asks"
        " for a review.",
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
    "quantity_over_order/received": ReasonText(
        "procurement",
        "Order {order} line {order_line}: {invoiced} invoiced in all, {ordered} ordered, and the"
        " ledger received {received}; at most {allowed} is allowed.",
        "It was over-received in the ledger: accept with a note, or raise the order.",
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

TOTALS = {
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
    "currency_differs/credited": ReasonText(
        "supplier",
        "The credit note is in {currency}, invoice {credited}, which it credits, in"
        " {credited_currency}.",
        "Ask the supplier for a credit note in the invoice's currency.",
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
    "posting_date_closed/far": ReasonText(
        "finance",
        "The posting date {posting_date} is closed, and the next open day, {open_from}, is more"
        " than {days} days later.",
        "Open the period in the ledger, or allow more days in the policy.",
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

CREDITS = {
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
    "credit_over_invoice/cancelled": ReasonText(
        "finance",
        "Invoice {credited}, which the credit note names, was cancelled: nothing of it is left to"
        " credit.",
        "Reject the credit note, or name the invoice that took the cancelled one's place.",
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
