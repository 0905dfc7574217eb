"""What happened to a document at the source or in the ledger."""

from sync.domain.reason_texts.text import ReasonText

STATES = {
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
    "unreadable/decimals": ReasonText(
        "finance",
        "The {figure} is {amount} {currency}, with more decimals than the ledger keeps of this"
        " currency: {decimals}.",
        "Ask the supplier for a corrected document, or correct the figure at the source.",
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
    "changed_in_ledger/released": ReasonText(
        "procurement",
        "Order {order} was released in the ledger, and a released order takes no change there:"
        " {fields}.",
        "Reopen the order in the ledger (where it is in approval, cancel its request), then retry"
        " here; no service of the ledger reopens one. Or change it there by hand and retry: what is"
        " done there is found and not done again.",
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
        "Compare it with what was sent; correct or delete it in the ledger and retry, or reject"
        " here.",
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
