"""What is wrong with the order of a document, and with its lines."""

from sync.domain.reason_texts.text import ReasonText

ORDERS = {
    "order_reference_missing": ReasonText(
        "supplier",
        "Line {line} names no purchase order.",
        "Name the order, or let the supplier send the invoice again with its order number.",
    ),
    "order_reference_missing/proposed": ReasonText(
        "supplier",
        "Line {line} names no purchase order. Open orders of the supplier that it would fit:"
        " {proposed_orders}.",
        "Name the order that is meant, or let the supplier send the invoice again with its order"
        " number.",
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
        "Order {order} belongs to {order_supplier}, the invoice comes from {supplier}:"
        " {relation_words}. The policy has invoices of related suppliers reviewed.",
        "Correct the order or the invoice. Or let the policy accept related suppliers"
        " (match.related_supplier): then such invoices are written with a note.",
    ),
    "order_of_other_supplier/connected": ReasonText(
        "procurement",
        "Order {order} belongs to {order_supplier}, the invoice comes from {supplier}:"
        " {relation_words}. Their topmost parents differ, so that match.related_supplier does not"
        " take them for related.",
        "Correct the order or the invoice, or link both suppliers to one parent.",
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
    "line_not_on_order/prepayment": ReasonText(
        "finance",
        "Line {line} ({description}) asks for money in advance: it is no delivery on order"
        " {order}.",
        "Book it as a prepayment in the ledger and reject it here, or add a line for it to the"
        " order.",
    ),
    "dated_before_order": ReasonText(
        "procurement",
        "The invoice is dated {document_date}, before its order {order} of {order_date}.",
        "Ask why the order was written after the invoice; correct the date or the order.",
    ),
}

LINES = {
    "unit_differs": ReasonText(
        "procurement",
        "Line {line} is invoiced in {unit}, order {order} line {order_line} in {order_unit}; no"
        " factor is known.",
        "Say in the policy how many {order_unit} one {unit} is (match.unit_factors), let the"
        " supplier invoice in the order's unit, or correct the order.",
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
