"""What is stored reads back as it was: documents, numbers, days."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from connectors import codec, exactjson
from connectors.documents import (
    CodingPart,
    Invoice,
    InvoiceLine,
    OrderLine,
    Readiness,
    Resource,
    ShareKind,
    SupplierRef,
)

INVOICE = Invoice(
    source_id="1",
    version="v",
    modified_at=datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC),
    reference="I1",
    readiness=Readiness.POSTABLE,
    resource=Resource.CREDIT_NOTE,
    supplier=SupplierRef("9", "006105", "Kestrel & Söhne"),
    supplier_number="RE-1",
    currency="USD",
    total=Decimal("1102.50"),
    document_date=date(2026, 1, 2),
    lines=(
        InvoiceLine(
            number=1,
            description="Tips",
            quantity=Decimal("0.1000"),
            unit_price=Decimal("1E+3"),
            amount=Decimal("100.00"),
            coding=(CodingPart({"glAccount": "6110"}, Decimal(60), ShareKind.PERCENT),),
        ),
    ),
)


def test_a_document_reads_back_as_it_was_stored():
    assert codec.load(exactjson.loads(exactjson.dumps(codec.dump(INVOICE)))) == INVOICE


def test_a_stored_document_without_a_newer_field_takes_its_default():
    stored = codec.dump(INVOICE)
    del stored["self_billed"]

    assert codec.load(stored).self_billed is False


def test_numbers_keep_their_digits_in_json():
    payload = {"a": Decimal("102.50"), "b": [Decimal("0.10"), 7, "7.0"], "c": Decimal("1E+2")}

    text = exactjson.dumps(payload)

    assert text == '{"a":102.50,"b":[0.10,7,"7.0"],"c":100}'
    assert exactjson.loads(text)["a"].as_tuple() == Decimal("102.50").as_tuple()


def test_a_sparse_field_is_stored_only_where_it_is_set() -> None:
    line = OrderLine(
        number=1, description="", quantity=Decimal(1), unit_price=Decimal(1), amount=Decimal(1)
    )

    assert "named_as" not in codec.dump(line)
    assert codec.load(codec.dump(replace(line, named_as=3))).named_as == 3
