"""Every row of domain rules 1a; the numbers in the ids are those of the rows."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from connectors.documents import Invoice, Readiness, Resource
from sync.domain.policy import parse
from sync.matching import MatchContext, Usage, match
from tests.sync.building import (
    KESTREL,
    SISTER,
    STRANGER,
    codes,
    coding,
    context,
    credit_note,
    earlier,
    factors,
    freight,
    invoice,
    line,
    mapping,
    order,
    order_line,
    receipt,
    used,
)

D = Decimal


@dataclass(frozen=True)
class Row:
    """What an invoice in a context must give: exactly these codes, words among the notes, and words
    of the first reason."""

    invoice: Invoice
    context: MatchContext
    codes: set[str] = field(default_factory=set)
    note: str = ""
    says: str = ""


def two(first: Any, second: Any) -> tuple:
    return tuple(replace(item, number=n) for n, item in enumerate((first, second), 1))


THREE_WAY = {"mode": "three_way"}
REVERSE_CHARGE = {"supplier": "V1", "reverse_charge": True}
RECEIVED = {("po 4711", 1): D(4)}
LUMP = order(order_line("1", "1000"))
THOUSAND = order(order_line("1000", "10.00"))
ROW_10 = {"price_percent": "15", "price_amount": "500"}
PER_100 = order(order_line("500", "20", amount="100.00"))
TWINS = order(order_line(number=1), order_line(number=2))
RELATED = order(supplier=SISTER)
HOLDS_WAIT = parse({"supplier": {"payment_blocked": "review"}})

ROWS = {
    "01 exact": Row(invoice(), context()),
    "02 spelling, and the order is another supplier's": Row(
        invoice(line(of="po 4711")),
        context(order(supplier=STRANGER)),
        {"order_of_other_supplier"},
        note="was read as order 4711",
    ),
    "02 spelling, and the order is in another currency": Row(
        invoice(line(of="#4711")),
        context(order(currency="USD")),
        {"currency_differs"},
        note="was read as order 4711",
    ),
    "02 spelling": Row(
        invoice(line(of="PO# 00 47-11")), context(), note='"PO# 00 47-11" was read as order 4711'
    ),
    "02 digits, supplier and currency agree": Row(
        invoice(line(of="4711")),
        context(order(reference="SO-4711"), order(reference="SC-4711", supplier=STRANGER)),
        note="by its digits",
    ),
    "02 digits of another supplier": Row(
        invoice(line(of="4711")),
        context(order(reference="SC-4711", supplier=STRANGER)),
        {"order_not_found"},
    ),
    "02 digits with other letters": Row(
        invoice(line(of="SX-4711")), context(order(reference="SO-4711")), {"order_not_found"}
    ),
    "03 no reference": Row(
        invoice(line(of=None, at=None)),
        context(open_orders=(order(),)),
        {"order_reference_missing"},
        says="that it would fit: 4711.",
    ),
    "03 the open amount alone": Row(
        invoice(line(of=None, at=None, description="As agreed")),
        context(open_orders=(order(), order(order_line("9"), reference="4712"))),
        {"order_reference_missing"},
        says="that it would fit: 4711.",
    ),
    "03 invoiced in full before": Row(
        invoice(line(of=None, at=None)),
        context(open_orders=(order(),), used=used("10", "1000")),
        {"order_reference_missing"},
        says="names no purchase order.",
    ),
    "03 a cancelled order is no candidate": Row(
        invoice(line(of=None, at=None)),
        context(open_orders=(order(readiness=Readiness.CANCELLED),)),
        {"order_reference_missing"},
        says="names no purchase order.",
    ),
    "03 placeholder": Row(invoice(line(of="n/a")), context(), {"order_reference_missing"}),
    "03 written without order, though one would fit": Row(
        invoice(line(of=None)),
        context(limits={"without_order": "write"}, open_orders=(order(),)),
        note="Open orders that it would fit: 4711.",
    ),
    "03 written without order": Row(
        invoice(line(of=None)), context(limits={"without_order": "write"}), note="names no order"
    ),
    "04 other supplier": Row(
        invoice(), context(order(supplier=STRANGER)), {"order_of_other_supplier"}
    ),
    "04 related, accepted": Row(invoice(), context(RELATED), note="a related supplier"),
    "04 related, reviewed": Row(
        invoice(),
        context(RELATED, limits={"related_supplier": "review"}),
        {"order_of_other_supplier"},
    ),
    "05 two orders fit": Row(
        invoice(line(of="4711")),
        context(order(reference="SO-4711"), order(reference="SC-4711")),
        {"order_ambiguous"},
    ),
    "05 a line reference decides": Row(
        invoice(line(of="4711", at="3")),
        context(order(order_line(number=3), reference="SO-4711"), order(reference="SC-4711")),
        note="was read as order SO-4711 and not SC-4711, by its line numbers",
    ),
    "05 a line reference that says something else decides nothing": Row(
        invoice(line(of="4711", at="3", description="Gloves")),
        context(order(order_line(number=3), reference="SO-4711"), order(reference="SC-4711")),
        {"order_ambiguous"},
    ),
    "05 a receipt decides": Row(
        invoice(line("4", of="4711")),
        context(
            order(reference="SO-4711"),
            order(reference="SC-4711"),
            limits=THREE_WAY,
            received={("po SC-4711", 1): D(4)},
        ),
        note="was read as order SC-4711 and not SO-4711, by what was received",
    ),
    "05 a receipt that was invoiced decides nothing": Row(
        invoice(line("4", of="4711")),
        context(
            order(reference="SO-4711"),
            order(reference="SC-4711"),
            limits=THREE_WAY,
            received={("po SC-4711", 1): D(4)},
            used=used("4", "400", of="SC-4711"),
        ),
        {"order_ambiguous"},
    ),
    "06 price within": Row(
        invoice(line(price="102")),
        context(),
        note="2.00 % above the order's 100.00 EUR, 20.00 EUR in all",
    ),
    "06 amount within": Row(
        invoice(line("1", "1010")), context(LUMP), note="1.00 %, 10.00 EUR above, up to 1020.00 EUR"
    ),
    "06 quantity within": Row(
        invoice(line("11")), context(limits={"quantity_percent": "10"}), note="10.00 %, 1 above"
    ),
    "06 price at the limit to the last digit": Row(
        invoice(line("1", "1.0200000001", amount="1.02")),
        context(order(order_line("10", "1"))),
        {"price_over_tolerance"},
    ),
    "06 no tolerance, the same price": Row(
        invoice(line("3", "33.333333")),
        context(order(order_line("10", "33.333333")), limits={"price_percent": "0"}),
    ),
    "06 no tolerance, a hair above": Row(
        invoice(line("3", "33.333334")),
        context(order(order_line("10", "33.333333")), limits={"price_percent": "0"}),
        {"price_over_tolerance"},
    ),
    "07 price above": Row(invoice(line(price="102.01")), context(), {"price_over_tolerance"}),
    "08 price below, accepted": Row(
        invoice(line(price="60")), context(), note="is 40.00 % below the order's 100.00 EUR."
    ),
    "08 a suspicious drop is flagged": Row(
        invoice(line(price="49")),
        context(),
        note="51.00 % below the order's 100.00 EUR: check unit",
    ),
    "08 a suspicious drop, by a limit of its own": Row(
        invoice(line(price="89")),
        context(limits={"price_below_percent": "10"}),
        note="11.00 % below the order's 100.00 EUR: check unit",
    ),
    "08 price below, within its own limit": Row(
        invoice(line(price="90")),
        context(limits={"price_below": "review", "price_below_percent": "10"}),
    ),
    "08 price below, beyond its own limit": Row(
        invoice(line(price="89.99")),
        context(limits={"price_below": "review", "price_below_percent": "10"}),
        {"price_over_tolerance"},
        says="is 10.01 % below",
    ),
    "08 price below, reviewed": Row(
        invoice(line(price="99.99")),
        context(limits={"price_below": "review"}),
        {"price_over_tolerance"},
    ),
    "09 percent holds, amount breaks": Row(
        invoice(line(price="101")),
        context(limits={"price_percent": "2", "price_amount": "9.99"}),
        {"price_over_tolerance", "amount_over_order"},
    ),
    "09 amount holds, percent breaks": Row(
        invoice(line(price="103")),
        context(limits={"price_percent": "2", "price_amount": "50"}),
        {"price_over_tolerance"},
    ),
    "09 both hold": Row(
        invoice(line(price="101")), context(limits={"price_percent": "2", "price_amount": "10"})
    ),
    "09 amount line, the stricter one breaks": Row(
        invoice(line("1", "1011")),
        context(LUMP, limits={"amount_percent": "2", "price_amount": "10"}),
        {"amount_over_order", "price_over_tolerance"},
    ),
    "10 first": Row(invoice(line("800", "10.80")), context(THOUSAND, limits=ROW_10)),
    "10 second": Row(
        invoice(line("100", "10.80")),
        context(THOUSAND, limits=ROW_10, used=used("800", "8640")),
    ),
    "10 third": Row(
        invoice(line("200", "10.80")),
        context(THOUSAND, limits=ROW_10, used=used("900", "9720")),
        {"quantity_over_order", "amount_over_order", "price_over_tolerance"},
    ),
    "11 more than the rest": Row(
        invoice(line("5")), context(used=used("6", "600")), {"quantity_over_order"}
    ),
    "11 more than ordered, and received by over-receipt": Row(
        invoice(line("11")),
        context(limits=THREE_WAY, received={("po 4711", 1): D(11)}),
        {"quantity_over_order"},
        says="the ledger received 11",
    ),
    "12 not yet received": Row(
        invoice(line("5")),
        context(limits=THREE_WAY, received=RECEIVED),
        {"quantity_over_received"},
    ),
    "12 nothing received": Row(
        invoice(line("5")), context(limits=THREE_WAY), {"quantity_over_received"}
    ),
    "12 received": Row(invoice(line("4")), context(limits=THREE_WAY, received=RECEIVED)),
    "13 two-way": Row(invoice(line("5")), context()),
    "13 two-way by supplier": Row(
        invoice(line("5")),
        context(limits={**THREE_WAY, "overrides": [{"supplier": "V1", "mode": "two_way"}]}),
    ),
    "13 two-way by account": Row(
        invoice(line("5")),
        context(limits={**THREE_WAY, "overrides": [{"account": "6110", "mode": "two_way"}]}),
    ),
    "14 partial": Row(invoice(line("3")), context()),
    "14 the last one, for more than was ordered": Row(
        invoice(line("4", "101")),
        context(used=used("6", "606")),
        note="invoiced in full, for 1010.00 EUR: 10.00 EUR more than ordered",
    ),
    "15 last one with a leftover": Row(invoice(line("3")), context(used=used("6", "600"))),
    "15 cents are left of a line that is complete": Row(
        invoice(line("4", "99.99")),
        context(used=used("6", "600")),
        note="invoiced in full, for 999.96 EUR: 0.04 EUR less than ordered",
    ),
    "15 cents are left of an amount": Row(
        invoice(line("1", "399.98")),
        context(LUMP, used=used("1", "600")),
        note="0.02 EUR of 1000.00 EUR is left and stays open",
    ),
    "16 several orders": Row(
        invoice(*two(line(), line(of="4712"))), context(order(), order(reference="4712"))
    ),
    "16 one of several orders is another's": Row(
        invoice(*two(line(), line(of="4712"))),
        context(order(), order(reference="4712", supplier=STRANGER)),
        {"order_of_other_supplier"},
    ),
    "17 drafts and parked ones count": Row(
        invoice(line("2")), context(used=used("9", "900")), {"quantity_over_order"}
    ),
    "18 one line for several order lines": Row(
        invoice(line("15", at=None)), context(TWINS), note="order 4711: 10 on line 1, 5 on line 2."
    ),
    "18 what was received comes first": Row(
        invoice(line("10", at=None)),
        context(TWINS, limits=THREE_WAY, received={("po 4711", 1): D(0), ("po 4711", 2): D(10)}),
    ),
    "18 spread over what was received of each": Row(
        invoice(line("8", at=None)),
        context(TWINS, limits=THREE_WAY, received={("po 4711", 1): D(3), ("po 4711", 2): D(5)}),
        note="3 on line 1, 5 on line 2.",
    ),
    "18 the oldest receipt that is not invoiced comes first": Row(
        invoice(line("12", at=None)),
        context(
            TWINS,
            limits=THREE_WAY,
            received={("po 4711", 1): D(10), ("po 4711", 2): D(5)},
            receipts={
                ("po 4711", 1): [receipt(1, "3"), receipt(3, "7")],
                ("po 4711", 2): [receipt(2, "5")],
            },
        ),
        note="7 on line 1 (received 3 on 2025-01-01, 4 on 2025-01-03), 5 on line 2 (received"
        " 2025-01-02).",
    ),
    "18 of equal lines the one with the oldest receipt": Row(
        invoice(line("4", at=None)),
        context(
            TWINS,
            limits=THREE_WAY,
            received={("po 4711", 1): D(5), ("po 4711", 2): D(5)},
            receipts={("po 4711", 1): [receipt(2, "5")], ("po 4711", 2): [receipt(1, "5")]},
        ),
        note="of equal lines, line 2 has the oldest receipt that is not invoiced (2025-01-01).",
    ),
    "18 receipts that nobody can read": Row(
        invoice(line("8", at=None)),
        context(
            order(order_line(requested_on=date(2025, 3, 1)), order_line(number=2)),
            limits=THREE_WAY,
            received={("po 4711", 1): D(5), ("po 4711", 2): D(5)},
            undated={"po 4711": "the ledger does not publish its receipts"},
        ),
        note="5 on line 1, 3 on line 2. In the order in which they were expected, since the ledger"
        " does not publish its receipts.",
    ),
    "19 several lines for one order line": Row(invoice(*two(line("5"), line("5"))), context()),
    "19 together too much": Row(
        invoice(*two(line("6"), line("5"))), context(), {"quantity_over_order"}
    ),
    "20 no factor": Row(
        invoice(line("1", "1000", unit="BOX")),
        context(order(order_line("20", "50"))),
        {"unit_differs"},
    ),
    "20 with a factor": Row(
        invoice(line("2", "500", unit="BOX")),
        context(order(order_line("20", "50")), limits=factors("1 BOX = 10 EA")),
    ),
    "20 with a factor, too many": Row(
        invoice(line("3", "500", unit="BOX")),
        context(order(order_line("20", "50")), limits=factors("1 BOX = 10 EA")),
        {"quantity_over_order"},
    ),
    "20 by a factor of the other side, without a rest": Row(
        invoice(line("12", "1", unit="EA"), line("12", "1", unit="EA", number=2)),
        context(
            order(order_line("2", "12", unit="DZN")),
            limits={"price_percent": "0", **factors("1 DZN = 12 EA")},
        ),
    ),
    "20 mixed units on equal lines": Row(
        invoice(line("2", "1000", at=None, unit="BOX")),
        context(
            order(order_line("20", "100", unit="EA", number=1), order_line("20", "100", number=2)),
            limits=factors("1 BOX = 10 EA"),
        ),
    ),
    "20 with a factor of the documents' own": Row(
        invoice(line("2", "500", unit="BOX", unit_factor=D(10), unit_base="EA")),
        context(order(order_line("20", "50"))),
        note="2 BOX are 20 EA of order 4711 line 1 (1 BOX = 10 EA, says the line of the invoice).",
    ),
    "20 with a factor, not yet received": Row(
        invoice(line("2", "500", unit="BOX")),
        context(
            order(order_line("20", "50")),
            limits={**THREE_WAY, **factors("1 BOX = 10 EA")},
            received={("po 4711", 1): D(19)},
        ),
        {"quantity_over_received"},
        says="20 invoiced in all, 19 received",
    ),
    "20 with a factor, dearer": Row(
        invoice(line("2", "520", unit="BOX")),
        context(order(order_line("20", "50")), limits=factors("1 BOX = 10 EA")),
        {"price_over_tolerance"},
        says="price 52.00 EUR is 4.00 % above the order's 50.00 EUR",
    ),
    "20 spread over several order lines": Row(
        invoice(line("2", "1000", at=None, unit="BOX")),
        context(
            order(order_line("14", "100"), order_line("6", "100", number=2)),
            limits=factors("1 BOX = 10 EA"),
        ),
        note="order 4711: 1.40 on line 1, 0.60 on line 2.",
    ),
    "20 mapped to one unit": Row(
        invoice(line(unit="STK")),
        context(units=mapping("unit_of_measure", STK="PCS", EA="PCS")),
    ),
    "21 price per 100": Row(invoice(line("500", "20", amount="100.00")), context(PER_100)),
    "21 price per 100, dearer": Row(
        invoice(line("500", "21", amount="105.00")), context(PER_100), {"price_over_tolerance"}
    ),
    "22 discount": Row(invoice(line(), discount="50"), context()),
    "22 the order's price is net, the invoice's is not": Row(
        invoice(line(price="100"), discount="100"), context(order(order_line("10", "90")))
    ),
    "22 dearer than the order's net price": Row(
        invoice(line(price="100"), discount="50"),
        context(order(order_line("10", "90"))),
        {"price_over_tolerance"},
        says="price 95.00 EUR",
    ),
    "22 a discount is shared by value": Row(
        invoice(*two(line("1", "300"), line("1", "100", at="2")), discount="40"),
        context(order(order_line("1", "270"), order_line("1", "90", number=2))),
    ),
    "23 ordered freight": Row(
        invoice(line("1"), charges=(freight("200"),)), context(order(freight=D(200)))
    ),
    "23 beyond the ordered freight": Row(
        invoice(charges=(freight("4"),)), context(order(freight=D(2))), {"charge_over_limit"}
    ),
    "23 the ordered freight was invoiced before": Row(
        invoice(line("1"), charges=(freight("200"),)),
        context(order(freight=D(200)), used={("po 4711", -1): Usage(D(0), D(200))}),
        {"charge_over_limit"},
    ),
    "23 the rest of the ordered freight": Row(
        invoice(line("1"), charges=(freight("50"),)),
        context(order(freight=D(200)), used={("po 4711", -1): Usage(D(0), D(200))}),
    ),
    "23 each kind by itself": Row(
        invoice(line("1"), charges=(freight("200"), freight("51", "handling"))),
        context(order(freight=D(200), handling=D(40))),
        {"charge_over_limit"},
    ),
    "24 freight within": Row(invoice(charges=(freight("250"),)), context()),
    "24 freight beyond": Row(
        invoice(charges=(freight("250.01"),)), context(), {"charge_over_limit"}
    ),
    "24 no freight allowed": Row(
        invoice(charges=(freight("0.01"),)),
        context(limits={"charge_percent": "0"}),
        {"charge_not_ordered"},
    ),
    "25 freight of a carrier": Row(
        invoice(line("1", "200", of=None, at=None, description="Carriage")),
        context(),
        {"order_reference_missing"},
    ),
    "26 tax is outside the price tolerance": Row(
        invoice(line(tax_rate=D(20)), tax1="200"), context(limits={"price_percent": "0"})
    ),
    "27 tax differs": Row(invoice(line(tax_rate=D(20)), tax1="190"), context(), {"tax_differs"}),
    "27 tax differs from the source's own": Row(
        invoice(line(), tax1="10", tax_engine=D("11")), context(), {"tax_differs"}
    ),
    "27 withholding tax": Row(invoice(withholding_tax=D(5)), context(), {"tax_differs"}),
    "28 reverse charge without tax, though the line has a rate": Row(
        invoice(line(tax_rate=D(20))),
        context(limits={"overrides": [REVERSE_CHARGE]}),
        note="the ledger books it",
    ),
    "28 reverse charge with tax": Row(
        invoice(line(tax_rate=D(20)), tax1="200"),
        context(limits={"overrides": [REVERSE_CHARGE]}),
        {"tax_differs"},
        says="is under reverse charge and billed a tax of 200.00 EUR.",
    ),
    "28 another supplier's tax": Row(
        invoice(line(tax_rate=D(20)), tax1="200"),
        context(limits={"overrides": [{**REVERSE_CHARGE, "supplier": "V2"}]}),
    ),
    "29 other currency": Row(invoice(currency="USD"), context(), {"currency_differs"}),
    "29 a credit note in another currency than its invoice": Row(
        credit_note(line("4"), currency="USD"),
        context(order(currency=None), before=[earlier()]),
        {"currency_differs"},
        says="The credit note is in USD, invoice RE-100, which it credits, in EUR.",
    ),
    "31 exact duplicate": Row(
        invoice(),
        context(before=[earlier("re-117 ")]),
        {"duplicate_invoice"},
        says="RE-117 of this supplier exists already: re-117, dated 2025-01-15, 1000.00 EUR.",
    ),
    "31 other supplier": Row(
        invoice(), context(before=[earlier("RE-117", supplier_key="V9", family="V9")])
    ),
    "31 the credit note of that number": Row(
        invoice(), context(before=[earlier("RE-117", resource=Resource.CREDIT_NOTE)])
    ),
    "32 near duplicate": Row(
        invoice(supplier_number="A-17", document_date=date(2025, 1, 15)),
        context(before=[earlier("0A17")]),
        {"duplicate_suspected"},
    ),
    "32 alike, other total": Row(
        invoice(supplier_number="A-17", document_date=date(2025, 1, 15)),
        context(before=[earlier("0A17", "999.99")]),
    ),
    "32 same date and total under another number is a note": Row(
        invoice(document_date=date(2025, 1, 15)),
        context(before=[earlier("RE-9")]),
        note="RE-9 of the same supplier has the same date and total",
    ),
    "32 same date and total, and the order line was used up": Row(
        invoice(document_date=date(2025, 1, 15)),
        context(
            before=[earlier("RE-9")],
            used=used("10", "1000.00"),
            limits={"quantity_percent": None, "price_amount": None},
        ),
        {"duplicate_suspected"},
    ),
    "32 the order line was used up, another total": Row(
        invoice(document_date=date(2025, 1, 15)),
        context(
            before=[earlier("RE-9", "1000.01")],
            used=used("10", "1000.00"),
            limits={"quantity_percent": None, "price_amount": None},
        ),
    ),
    "33 next year": Row(
        invoice(),
        context(before=[earlier("RE-117", document_date=date(2024, 2, 1))]),
        {"duplicate_invoice"},
    ),
    "33 next year, accepted": Row(
        invoice(),
        context(
            before=[earlier("RE-117", document_date=date(2024, 2, 1))],
            accepted=frozenset({"duplicate_invoice"}),
        ),
    ),
    "34 second card": Row(
        invoice(document_date=date(2025, 1, 15)),
        context(before=[earlier("RE-117", supplier_key="V2")]),
        {"duplicate_invoice"},
    ),
    "34 second card, other date": Row(
        invoice(), context(before=[earlier("RE-117", supplier_key="V2")]), {"duplicate_suspected"}
    ),
    "34 second card, other total": Row(
        invoice(), context(before=[earlier("RE-117", "5.00", supplier_key="V2")])
    ),
    "35 supplier changed": Row(invoice(), context(supplier=STRANGER), {"order_of_other_supplier"}),
    "36 credit note": Row(
        credit_note(line("4")), context(before=[earlier()], used=used("10", "1000"))
    ),
    "37 credit note without reference": Row(
        credit_note(line("4"), credits=None), context(), {"credit_without_invoice"}
    ),
    "37 credit note for an unknown invoice": Row(
        credit_note(line("4")), context(), {"credit_without_invoice"}
    ),
    "37 larger than the invoice": Row(
        credit_note(line("4"), total="1000.01"),
        context(before=[earlier()], limits={"total_amount": "1000"}),
        {"credit_over_invoice"},
    ),
    "37 larger than what is left": Row(
        credit_note(line("4")),
        context(
            before=[
                earlier(),
                earlier("CR-0", "600.01", resource=Resource.CREDIT_NOTE, credited_number="RE-100"),
            ]
        ),
        {"credit_over_invoice"},
    ),
    "37 more of a line than invoiced": Row(
        credit_note(line("4")),
        context(before=[earlier()], used=used("3", "300")),
        {"credit_over_invoice"},
    ),
    "38 rebill before the cancel": Row(
        invoice(), context(before=[earlier("RE-117")]), {"duplicate_invoice"}
    ),
    "38 rebill after the cancel": Row(
        invoice(), context(before=[earlier("RE-117", cancelled=True)])
    ),
    "38 a credit note for the cancelled one": Row(
        credit_note(line("4")),
        context(before=[earlier(cancelled=True)]),
        {"credit_over_invoice"},
        says="was cancelled",
    ),
    "38 a credit note for the one that took its place": Row(
        credit_note(line("4")),
        context(before=[earlier(), earlier(id="first", cancelled=True)]),
    ),
    "39 cancelled order": Row(
        invoice(), context(order(readiness=Readiness.CANCELLED)), {"order_cancelled"}
    ),
    "39 closed order": Row(invoice(), context(order(closed=True)), {"order_cancelled"}),
    "39 cancelled line": Row(
        invoice(),
        context(order(order_line(cancelled=True), order_line(number=2))),
        {"order_cancelled"},
    ),
    "39 received before it was cancelled": Row(
        invoice(line("4")),
        context(order(order_line(cancelled=True)), limits=THREE_WAY, received=RECEIVED),
        note="received rest",
    ),
    "40 deposit": Row(
        invoice(line("1", "300", at=None, description="Deposit of 30 %")),
        context(),
        {"line_not_on_order"},
        says="asks for money in advance",
    ),
    "40 deposit that names a line of goods": Row(
        invoice(line("1", "300", description="Anzahlung 30 %")),
        context(),
        {"line_not_on_order"},
        says="asks for money in advance",
    ),
    "40 deposit that was ordered as a line": Row(
        invoice(line("1", "300", description="Deposit of 30 %")),
        context(order(order_line("1", "300", description="Deposit"))),
    ),
    "41 rounding": Row(
        invoice(total="1000.02"), context(), note="differs from its parts by 0.02 EUR."
    ),
    "41 does not add up": Row(invoice(total="1000.03"), context(), {"does_not_add_up"}),
    "41 line does not add up": Row(invoice(line(amount="999.97")), context(), {"does_not_add_up"}),
    "42 free line": Row(
        invoice(*two(line(), line("5", "0", at="2"))),
        context(order(order_line(), order_line("5", "0", number=2))),
    ),
    "42 price where the order says zero": Row(
        invoice(*two(line(), line("5", "1", at="2"))),
        context(order(order_line(), order_line("5", "0", number=2))),
        {"price_over_tolerance"},
    ),
    "42 returned line": Row(invoice(*two(line(), line("-2"))), context()),
    "42 negative invoice": Row(invoice(line("-2")), context(), {"negative_invoice"}),
    "42 nothing to book": Row(invoice(line("5", "0")), context(), {"total_zero"}),
    "44 blocked": Row(
        invoice(),
        context(supplier=replace(KESTREL, blocked_because="blocked")),
        {"supplier_blocked"},
    ),
    "44 payment hold": Row(
        invoice(),
        context(supplier=replace(KESTREL, payment_hold=True)),
        note="Vendor V1 is blocked for payment in the ledger: booked, and held there.",
    ),
    "44 payment hold that the policy has reviewed": Row(
        invoice(),
        context(supplier=replace(KESTREL, payment_hold=True), policy=HOLDS_WAIT),
        {"supplier_blocked"},
        says="is blocked for payment on vendor card V1",
    ),
    "44 no hold": Row(invoice(), context(policy=HOLDS_WAIT)),
    "44 blocked for all, whatever the policy says of holds": Row(
        invoice(),
        context(supplier=replace(KESTREL, blocked_because="blocked", payment_hold=True)),
        {"supplier_blocked"},
        says="Supplier V1 Kestrel is blocked.",
    ),
    "45 by description": Row(invoice(line(at=None, description="  pipette   TIPS ")), context()),
    "45 other account": Row(
        invoice(line(at=None, coding=coding("6999"))), context(), {"line_not_on_order"}
    ),
    "45 other cost center": Row(
        invoice(line(at=None, coding=coding("6110", "R999"))), context(), {"line_not_on_order"}
    ),
    "45 no such line": Row(invoice(line(at="7")), context(), {"line_not_on_order"}),
    "45 uncoded line between codings": Row(
        invoice(line(at=None, coding=())),
        context(order(order_line(), order_line(number=2, coding=coding("6200")))),
        {"order_ambiguous"},
    ),
}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_a_row_of_the_checklist_holds(row: Row) -> None:
    verdict = match(row.invoice, row.context)

    assert codes(verdict) == row.codes
    assert not row.note or any(row.note in note for note in verdict.notes), verdict.notes
    assert not row.says or row.says in verdict.reasons[0].message
    assert verdict.sentence.startswith("Parked") == bool(row.codes)


def test_every_row_of_the_checklist_has_a_case() -> None:
    elsewhere = {"30", "43", "46"}  # tests/sync/domain/test_booking.py, tests/sync/engine

    assert {name[:2] for name in ROWS} | elsewhere == {f"{n:02}" for n in range(1, 47)}
