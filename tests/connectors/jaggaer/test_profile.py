"""The pieces of a profile: paths, values, rules, coding, and what validation finds."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from connectors.documents import CodingPart, Problem, Readiness, ShareKind
from connectors.jaggaer.profile import validate
from connectors.jaggaer.profile.coding import compile_coding
from connectors.jaggaer.profile.differences import differences
from connectors.jaggaer.profile.paths import Path, PathError
from connectors.jaggaer.profile.rules import compile_status
from connectors.jaggaer.profile.transforms import compile_transform
from connectors.jaggaer.profile.values import Converter, DatePattern, PatternError, as_decimal, fold
from connectors.jaggaer.settings import default_profile

RECORD = {
    "a": {"b": "x", "n": 0, "blank": "  ", "list": [1, 2], "flag": False},
    "items": {"item": [{"t": "One", "v": "1"}, {"t": "two", "v": "2"}, {"t": "three"}]},
    "lone": {"item": {"t": "one", "v": "9"}},
    "price": {"value": Decimal("1.50")},
    "nothing": None,
}


@pytest.mark.parametrize(
    ("spec", "value"),
    [
        ("a.b", "x"),
        ("a.n", 0),
        ("a.flag", False),
        ("a.blank", None),
        ("a.list", None),
        ("a.none.deeper", None),
        ("nothing.more", None),
        ("items.item[].v", "1"),
        ("items.item[t=two].v", "2"),
        ("items.item[t=TWO|three].v", "2"),
        ("items.item[t=four].v", None),
        ("items.item.v", None),
        ("lone.item[].v", "9"),
        ("lone.item[t=one].v", "9"),
        ("absent[].v", None),
        (["price", "price.value"], Decimal("1.50")),
        (["absent", "a.blank", "a.b"], "x"),
        ("$.a.b", "x"),
        ("a.list[]", 1),
    ],
)
def test_a_path_yields_its_first_filled_scalar(spec: Any, value: Any):
    assert Path(spec).scalar(RECORD, RECORD) == value


def test_inside_a_list_a_path_starts_at_the_element_or_with_a_dollar_at_the_record():
    element = RECORD["items"]["item"][1]

    assert Path("v").scalar(element, RECORD) == "2"
    assert Path("$.a.b").scalar(element, RECORD) == "x"
    assert Path(".").nodes(element, RECORD) == [element]
    assert len(Path(["absent[]", "items.item[]"]).nodes(RECORD, RECORD)) == 3
    assert len(Path(["lone.item[]", "items.item[]"]).all_nodes(RECORD, RECORD)) == 4


@pytest.mark.parametrize("text", ["", "a..b", "a[", "a[k]", "a[=v]", "a[k=]", ".a.", "a]b", "a."])
def test_what_is_no_path_is_refused(text: str):
    with pytest.raises(PathError):
        Path(text)


CONVERTER = Converter(default_profile()["dates"], default_profile()["text"])


@pytest.mark.parametrize(
    ("kind", "raw", "value"),
    [
        ("string", 2526304, "2526304"),
        ("string", "006105", "006105"),
        ("string", Decimal("1E+2"), "100"),
        ("int", "30", 30),
        ("int", Decimal("30.0"), 30),
        ("decimal", "102.50", Decimal("102.50")),
        ("decimal", 7, Decimal(7)),
        ("decimal", "-0.005", Decimal("-0.005")),
        ("bool", "Yes", True),
        ("bool", "FALSE", False),
        ("bool", True, True),
        ("date", "2024-02-14T00:00:00.000Z", date(2024, 2, 14)),
        ("date", "2024-02-14T00:00:00.000+13:00", date(2024, 2, 14)),
        ("date", "20240214", date(2024, 2, 14)),
        ("date", "9999-12-31", date(9999, 12, 31)),
        (
            "instant",
            "2024-02-14T19:58:56.973Z",
            datetime(2024, 2, 14, 19, 58, 56, 973000, tzinfo=UTC),
        ),
        ("instant", "2024-02-14T19:58:56Z", datetime(2024, 2, 14, 19, 58, 56, tzinfo=UTC)),
        ("instant", "2024-02-14T19:58:56-05:00", datetime(2024, 2, 15, 0, 58, 56, tzinfo=UTC)),
        ("instant", "20240201080000", datetime(2024, 2, 1, 8, tzinfo=UTC)),
        ("instant", "20240201", datetime(2024, 2, 1, tzinfo=UTC)),
        ("instant", "2016-12-31T23:59:60Z", datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_values_are_typed_without_losing_anything(kind: str, raw: Any, value: Any):
    assert CONVERTER.of(kind)(raw) == value


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        ("int", "1.5"),
        ("int", "x"),
        ("decimal", "1.234,50"),
        ("decimal", "1,000"),
        ("decimal", "NaN"),
        ("decimal", True),
        ("decimal", "1e999"),
        ("bool", "perhaps"),
        ("date", "2024-02-30"),
        ("date", "14.02.2024"),
        ("date", ""),
        ("instant", "yesterday"),
        ("instant", "2024-02-14"),
    ],
)
def test_what_is_not_of_the_type_is_an_error_and_no_guess(kind: str, raw: Any):
    with pytest.raises(ValueError):
        CONVERTER.of(kind)(raw)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("d/M/yyyy H:mm:ss", "4/7/2024 9:05:00"),
        ("MM/dd/yyyy hh:mm:ss a", "07/04/2024 09:05:00 AM"),
        ("dd.MM.yy HH:mm", "04.07.24 09:05"),
        ("yyyyMMdd'T'HHmmssX", "20240704T110500+0200"),
    ],
)
def test_times_are_read_in_the_customer_s_own_form(pattern: str, text: str):
    reads = Converter({"instant": [pattern], "date": [pattern]}, {})

    assert reads.of("instant")(text) == datetime(2024, 7, 4, 9, 5, tzinfo=UTC)
    assert reads.of("date")(text) == date(2024, 7, 4)


def test_noon_and_midnight_are_told_apart_on_a_clock_of_twelve_hours():
    reads = Converter({"instant": ["yyyy-MM-dd h:mm a"]}, {}).of("instant")

    assert [reads(f"2024-07-04 12:00 {half}").hour for half in ("AM", "pm")] == [0, 12]
    with pytest.raises(ValueError, match="between 1 and 12"):
        reads("2024-07-04 13:00 PM")


def test_a_profile_that_says_nothing_of_dates_takes_those_of_the_contract():
    bare = Converter({}, {})

    assert bare.of("instant")("2024-02-14T19:58:56.973Z").hour == 19
    assert bare.of("date")("2024-02-14T00:00:00.000Z") == date(2024, 2, 14)


def test_a_filter_s_date_without_zone_is_written_as_its_reader_takes_it():
    at, there = datetime(2024, 7, 14, 10, tzinfo=UTC), ZoneInfo("America/New_York")

    assert DatePattern("yyyyMMddHHmmss").write(at, there) == "20240714060000"
    assert DatePattern("yyyy-MM-dd'T'HH:mm:ss'Z'").write(at, there) == "2024-07-14T10:00:00Z"
    assert DatePattern("yyyy-MM-dd'T'HH:mm:ssX").write(at, there) == "2024-07-14T10:00:00Z"


def test_times_without_zone_are_of_the_profile_s_zone():
    berlin = Converter({"instant": ["yyyyMMddHHmmss"], "compactTimeZone": "Europe/Berlin"}, {})

    assert berlin.of("instant")("20240714120000") == datetime(2024, 7, 14, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'", "2024-02-14T19:58:56.973Z"),
        ("yyyyMMdd", "20240214"),
        ("dd/MM/yyyy HH:mm", "14/02/2024 19:58"),
        ("yyyy-MM-dd'T'HH:mm:ssX", "2024-02-14T19:58:56Z"),
    ],
)
def test_a_filter_s_date_is_written_as_the_customer_s_system_wants_it(pattern: str, text: str):
    at = datetime(2024, 2, 14, 19, 58, 56, 973999, tzinfo=UTC)

    assert DatePattern(pattern).write(at) == text


@pytest.mark.parametrize("pattern", ["", "YYYY-MM-dd", "yyyy-MM-dd'T", "EEE", "MMM"])
def test_a_pattern_with_unknown_letters_is_refused(pattern: str):
    with pytest.raises(PatternError):
        DatePattern(pattern)


STATUS = default_profile()["resources"]["invoices"]["status"]


def invoice_with(lines: int = 1, **header: str) -> dict[str, Any]:
    base = {"paymentStatus": "Payable", "workflowStatus": "Completed", "invoiceType": "Invoice"}
    header = {key: value for key, value in {**base, **header}.items() if value}
    return {"header": header, "lineList": {"invoiceLine": [{"lineNumber": 1}] * lines}}


@pytest.mark.parametrize(
    ("record", "readiness", "problem"),
    [
        (invoice_with(), Readiness.POSTABLE, None),
        (invoice_with(workflowStatus="Pending"), Readiness.WAITING, None),
        (invoice_with(paymentStatus="InProcess"), Readiness.WAITING, None),
        (invoice_with(paymentStatus="In Process"), Readiness.WAITING, None),
        (invoice_with(paymentStatus="in_process"), Readiness.WAITING, None),
        (invoice_with(paymentStatus="Paid"), Readiness.SETTLED, None),
        (invoice_with(paymentStatus="Paid", workflowStatus="Pending"), Readiness.SETTLED, None),
        (invoice_with(paymentStatus="Cancelled"), Readiness.CANCELLED, None),
        (invoice_with(paymentStatus="Canceled"), Readiness.CANCELLED, None),
        (invoice_with(workflowStatus="Rejected"), Readiness.CANCELLED, None),
        (invoice_with(lines=0), Readiness.CANCELLED, None),
        (invoice_with(paymentStatus="Zahlbar"), Readiness.HOLD, "header.paymentStatus"),
        (invoice_with(workflowStatus="Abilitato"), Readiness.HOLD, "header.workflowStatus"),
        (invoice_with(paymentStatus=""), Readiness.HOLD, "header.paymentStatus"),
        (invoice_with(matchStatus="Unmatched"), Readiness.POSTABLE, None),
        (invoice_with(matchStatus="Quantum"), Readiness.POSTABLE, None),
    ],
)
def test_status_words_decide_in_the_contract_s_order(
    record: dict[str, Any], readiness: Readiness, problem: str | None
):
    status = compile_status(STATUS, {})

    found, why = status.readiness(record, status.words(record))

    assert found is readiness
    assert (why.path if why else None) == problem
    assert why is None or why.code == "status_unknown"


def test_a_rule_about_lists_is_asked_of_the_whole_record_too():
    rules = {**STATUS, "cancelledWhen": [{"path": "gone", "is": "present", "on": "list"}]}
    status, record = compile_status(rules, {}), {**invoice_with(lines=1), "gone": "yes"}

    for stage in ("list", "detail"):
        found, _ = status.readiness(record, status.words(record), stage)
        assert found is Readiness.CANCELLED


def test_a_rule_about_details_is_not_asked_of_a_list():
    status = compile_status(STATUS, {})
    record = invoice_with(lines=0)

    assert status.readiness(record, status.words(record), "list")[0] is Readiness.POSTABLE


def test_unknown_words_may_be_ignored_where_the_profile_says_so():
    rules = {**STATUS, "unknownValue": "ignore"}
    rules["postableWhen"] = [{"field": "payment", "in": ["payable"], "missing": "pass"}]
    status = compile_status(rules, {})
    record = invoice_with(paymentStatus="Zahlbar")

    assert status.readiness(record, status.words(record)) == (Readiness.POSTABLE, None)


def test_missing_words_pass_or_fail_as_the_rule_says():
    orders = compile_status(default_profile()["resources"]["purchaseOrders"]["status"], {})

    assert orders.readiness({"header": {}}, orders.words({"header": {}}))[0] is Readiness.POSTABLE


def test_words_are_folded_but_not_translated():
    assert fold("In Process") == fold("InProcess") == fold("in-process") == fold("IN_PROCESS")
    assert fold("Bezahlt") != fold("Paid")


CODING = compile_coding(default_profile()["coding"])


def values(**names: str | None) -> dict[str, Any]:
    entries = [
        {"internalName": name, **({} if value is None else {"value": value})}
        for name, value in names.items()
    ]
    return {"customFieldValueList": {"customFieldValue": entries}}


def index(share: Any = None, at: Any = None, **names: str | None) -> dict[str, Any]:
    node = values(**names)
    if share is not None:
        node["distributionValue"] = share
    if at is not None:
        node["splitIndex"] = at
    return node


def line(*groups: list[dict[str, Any]], kind: str | None = None) -> dict[str, Any]:
    made = []
    for indexes in groups:
        one: dict[str, Any] = {"splittableFieldIndexList": {"splittableFieldIndex": indexes}}
        if kind:
            one["distributionType"] = kind
        made.append({"splittableFieldIndexSet": [{"context": "Line", **one}]})
    return {"splittableFieldSetGroupList": {"splittableFieldSetGroup": made}}


def own_fields(**values: str) -> dict[str, Any]:
    """Custom fields that are not split."""
    sets = [
        {"name": name, "customFieldValueList": {"customFieldValue": [{"value": value}]}}
        for name, value in values.items()
    ]
    return {"customFieldValueSetList": {"customFieldValueSet": sets}}


def read(node: Any, header: Any = None, amount: str = "1000") -> tuple[Any, list[Problem]]:
    problems: list[Problem] = []
    parts = CODING.of_line(
        node,
        header,
        amount=Decimal(amount),
        quantity=Decimal(10),
        place="lines[0].coding",
        problems=problems,
    )
    return parts, problems


def short(parts: tuple[CodingPart, ...]) -> list[tuple[str, ...]]:
    return [(*part.segments.values(), f"{part.share:f}", part.kind.value) for part in parts]


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        (line([index(Account="6110")]), [("6110", "100", "percent")]),
        (line([index(100, Account="6110")]), [("6110", "100", "percent")]),
        (line([index(Account=" 6110 ", Project=None)]), [("6110", "100", "percent")]),
        (line([index(GL_Account="6110")]), [("6110", "100", "percent")]),
        (line([index(gl_ACCOUNT="6110")]), [("6110", "100", "percent")]),
        (
            line([index(60, Account="1"), index(40, Account="2")], kind="PercentOfPrice"),
            [("1", "60", "percent"), ("2", "40", "percent")],
        ),
        (
            line([index(60, Account="1"), index(40, Account="2")]),
            [("1", "60", "percent"), ("2", "40", "percent")],
        ),
        (
            line([index(Decimal("33.33"), Account=str(n)) for n in range(3)]),
            [("0", "33.33", "percent"), ("1", "33.33", "percent"), ("2", "33.34", "percent")],
        ),
        (
            line([index(600, Account="1"), index(400, Account="2")], kind="AmountOfPrice"),
            [("1", "600", "amount"), ("2", "400", "amount")],
        ),
        (
            line([index(600, Account="1"), index(400, Account="2")]),
            [("1", "600", "amount"), ("2", "400", "amount")],
        ),
        (
            line([index(50, 0, Account="1"), index(50, 1, Account="2")], [index(CostCenter="C")]),
            [("1", "C", "50", "percent"), ("2", "C", "50", "percent")],
        ),
        (
            line(
                [index(50, 0, Account="1"), index(50, 1, Account="2")],
                [index(None, 1, CostCenter="Y"), index(None, 0, CostCenter="X")],
            ),
            [("1", "X", "50", "percent"), ("2", "Y", "50", "percent")],
        ),
        (
            line(
                [index(50, Account="1"), index(50, Account="2")],
                [index(Unknown="a"), index(Unknown="b"), index(Unknown="c")],
            ),
            [("1", "50", "percent"), ("2", "50", "percent")],
        ),
        (line([index(Account=None, CostCenter=None)]), []),
        ({}, []),
        (
            {
                "customFieldValueSetList": {
                    "customFieldValueSet": [
                        {
                            "name": "Account",
                            "customFieldValueList": {
                                "customFieldValue": [
                                    {"value": "1", "distributionvalue": "25"},
                                    {"value": "2", "distributionvalue": "75"},
                                ]
                            },
                        },
                        {
                            "name": "CostCenter",
                            "customFieldValueList": {"customFieldValue": {"value": "C"}},
                        },
                    ]
                }
            },
            [("1", "C", "25", "percent"), ("2", "C", "75", "percent")],
        ),
        (
            line([index(60, CostCenter="X"), index(40, CostCenter="Y")]) | own_fields(Account="1"),
            [("1", "X", "60", "percent"), ("1", "Y", "40", "percent")],
        ),
        (
            line([index(Account="1")]) | own_fields(Account="2", CostCenter="C"),
            [("1", "C", "100", "percent")],
        ),
    ],
)
def test_coding_is_read_with_its_shares(node: Any, expected: list[tuple[str, ...]]):
    parts, problems = read(node)

    assert short(parts) == expected
    assert problems == []


@pytest.mark.parametrize(
    ("node", "words"),
    [
        (line([index(Account="1"), index(Account="2")]), "0 of them have a share"),
        (line([index(60, Account="1"), index(Account="2")]), "only 1 of them"),
        (
            line([index(60, Account="1"), index(30, Account="2")], kind="PercentOfPrice"),
            "come to 90",
        ),
        (line([index(60, Account="1"), index(30, Account="2")]), "do not say of what"),
        (line([index(600, Account="1"), index(300, Account="2")], kind="AmountOfPrice"), "900"),
        (line([index(60, Account="1")], kind="PercentOfPrice"), "only part has 60 percent"),
        (line([index("x", Account="1"), index(40, Account="2")]), "not a number"),
        (line([index(60, Account="1"), index(40, Account="2")], kind="ByWeight"), "ByWeight"),
        (
            line(
                [index(50, Account="1"), index(50, Account="2")],
                [index(CostCenter=str(n)) for n in range(3)],
            ),
            "different numbers of parts",
        ),
        (
            line(
                [index(50, 0, Account="1"), index(50, 1, Account="2")],
                [index(None, 5, CostCenter="X"), index(None, 6, CostCenter="Y")],
            ),
            "do not agree",
        ),
    ],
)
def test_a_split_that_does_not_come_to_the_whole_holds_the_document(node: Any, words: str):
    parts, problems = read(node)

    assert parts == ()
    assert [problem.code for problem in problems] == ["split_incomplete"]
    assert words in problems[0].message


def test_a_line_without_coding_takes_the_header_s_and_one_with_its_own_does_not():
    header = line([index(Account="9", CostCenter="H")])

    assert short(read({}, header)[0]) == [("9", "H", "100", "percent")]
    assert short(read(line([index(Account="1")]), header)[0]) == [("1", "100", "percent")]


def test_amounts_of_the_header_s_coding_become_percent_of_the_line():
    header = line([index(250, Account="1"), index(750, Account="2")], kind="AmountOfPrice")

    assert short(read({}, header, "40")[0]) == [
        ("1", "25.0000000000", "percent"),
        ("2", "75.0000000000", "percent"),
    ]


def test_descriptions_come_along():
    node = line([index(Account="6110")])
    group = node["splittableFieldSetGroupList"]["splittableFieldSetGroup"][0]
    indexes = group["splittableFieldIndexSet"][0]["splittableFieldIndexList"]
    entry = indexes["splittableFieldIndex"][0]["customFieldValueList"]["customFieldValue"][0]
    entry["description"] = "Lab"

    assert read(node)[0] == (
        CodingPart({"glAccount": "6110"}, Decimal(100), ShareKind.PERCENT, {"glAccount": "Lab"}),
    )


@pytest.mark.parametrize(
    ("step", "text", "result"),
    [
        ({"op": "trim"}, " x ", "x"),
        ({"op": "stripPrefix", "value": "GL-"}, "GL-61", "61"),
        ({"op": "stripSuffix", "value": "-A"}, "61-A", "61"),
        ({"op": "stripSuffix", "length": 2}, "61-A", "61"),
        ({"op": "padLeft", "length": 6}, "61", "000061"),
        ({"op": "padLeft", "length": 4, "with": "x"}, "61", "xx61"),
        ({"op": "map", "values": {"A": "B"}}, "A", "B"),
        ({"op": "map", "values": {"A": "B"}}, "C", "C"),
        ({"op": "map", "values": {"A": "B"}, "else": ""}, "C", ""),
    ],
)
def test_transforms_do_what_they_are_called(step: dict[str, Any], text: str, result: str):
    assert compile_transform(step)(text) == result


def changed(place: str, value: Any) -> Callable[[dict[str, Any]], None]:
    """A change of one place of a profile; `DEL` removes it."""

    def apply(raw: dict[str, Any]) -> None:
        *before, last = place.split(".")
        node: Any = raw
        for step in before:
            node = node[int(step)] if isinstance(node, list) else node[step]
        if value == "DEL":
            del node[last]
        else:
            node[last] = value

    return apply


CONTRACT_DEFAULT = "7e1df10d8931c94f8373b3d26c170d6d1f25f78e8f8901e3d1fbc0d462eb0e65"
SETTINGS = {"base_url": "https://api.example", "token_url": "https://login.example/token"}


@pytest.mark.parametrize(
    ("place", "value", "fault"),
    [
        ("profileVersion", 2, "profileVersion"),
        ("coding", "DEL", "coding"),
        ("connection.token.response", "DEL", "connection.token.response"),
        (
            "resources.invoices.status.postableWhen",
            [{"in": ["x"]}],
            "resources.invoices.status.postableWhen.0",
        ),
        (
            "resources.purchaseOrders.lists.lines.cancelledWhen",
            [{"field": "gone", "in": ["yes"]}],
            "resources.purchaseOrders.lists.lines.cancelledWhen.0.field",
        ),
        ("connection.apiBaseUrl", "${JAGGAER_API_BASE_URL}.evil.example", "connection.apiBaseUrl"),
        (
            "resources.invoices.list.params",
            {"key": "${JAGGAER_CLIENT_SECRET}"},
            "resources.invoices.list.params.key",
        ),
        ("connection.apiBaseUrl", "https://evil.example/x", "connection.apiBaseUrl"),
        ("connection.token.url", "https://evil.example/x", "connection.token.url"),
        ("connection.token.url", "not an address", "connection.token.url"),
        ("connection.apiBaseUrl", "${HOME}", "connection.apiBaseUrl"),
        ("connection.headers", {"X": "${AWS_SECRET}"}, "connection.headers.X"),
        ("connection.headers", {"authorization": "Bearer x"}, "connection.headers.authorization"),
        ("connection.headers", {"Host": "x"}, "connection.headers.Host"),
        ("connection.headers", {"X": "a\r\nHost: b"}, "connection.headers.X"),
        ("connection.token.clientSecret", "hush", "connection.token.clientSecret"),
        ("connection.token.clientSecretRef", "hush", "connection.token.clientSecretRef"),
        ("resources.invoices.list.path", "//evil.example/x", "resources.invoices.list.path"),
        ("resources.invoices.list.path", "/a/../b", "resources.invoices.list.path"),
        ("resources.invoices.list.path", "/a?x=1", "resources.invoices.list.path"),
        ("resources.invoices.list.path", "/a\\b", "resources.invoices.list.path"),
        ("resources.invoices.list.path", "/a/%2E%2e/b", "resources.invoices.list.path"),
        ("resources.invoices.detail.path", "/ji/v1/invoices", "resources.invoices.detail.path"),
        ("resources.invoices.detail.mode", "sometimes", "resources.invoices.detail.mode"),
        ("resources.suppliers.detail.missingPath", "DEL", "resources.suppliers.detail.missingPath"),
        ("resources.invoices.fields.total.path", "a..b", "resources.invoices.fields.total"),
        ("resources.invoices.fields.total.type", "money", "resources.invoices.fields.total.type"),
        ("resources.invoices.fields.total", {"type": "int"}, "resources.invoices.fields.total"),
        ("resources.invoices.fields.total", 7, "resources.invoices.fields.total"),
        ("resources.invoices.identity", "DEL", "resources.invoices.identity"),
        ("resources.suppliersJa.enabled", True, "resources.suppliersJa.enabled"),
        (
            "resources.invoices.status.postableWhen",
            [{"field": "pay", "in": ["x"]}],
            "resources.invoices.status.postableWhen.0.field",
        ),
        (
            "resources.invoices.status.waitWhen",
            [{"field": "payment", "in": ["waiting"]}],
            "resources.invoices.status.waitWhen.0.in",
        ),
        (
            "resources.invoices.status.vocabulary.payment",
            {"In Process": "a", "InProcess": "b", "payable": "payable", "paid": "paid"},
            "resources.invoices.status.vocabulary.payment.InProcess",
        ),
        (
            "resources.invoices.list.staticFilters",
            [{"field": "T", "op": "like", "value": "x"}],
            "resources.invoices.list.staticFilters.0.op",
        ),
        (
            "resources.invoices.list.staticFilters",
            [{"field": "T", "op": "eq", "value": "x;y==z"}],
            "resources.invoices.list.staticFilters.0.value",
        ),
        ("paging.param", None, "paging.param"),
        ("paging.style", "cursor", "envelope.next"),
        ("filter.param", None, "filter.param"),
        ("filter.ops.ge", "{f}>={x}", "filter.ops.ge"),
        ("dates.filterFormat", "YYYY", "dates.filterFormat"),
        ("dates.compactTimeZone", "Mars/Base", "dates.compactTimeZone"),
        ("coding.styles.0.groups", "DEL", "coding.styles.0.groups"),
        (
            "coding.segments.project.transform",
            [{"op": "upper"}],
            "coding.segments.project.transform.0",
        ),
        ("writeBack.supplierErpNumber.path", "/../x", "writeBack.supplierErpNumber.path"),
        ("writeBack.invoicePaymentStatus.enabled", True, "writeBack.invoicePaymentStatus.method"),
        ("attachments.path", "https://x", "attachments.path"),
    ],
)
def test_each_fault_of_a_profile_is_found_where_it_is(
    raw_profile: dict[str, Any], place: str, value: Any, fault: str
):
    changed(place, value)(raw_profile)

    assert fault in [where for where, _ in validate(raw_profile, SETTINGS)]


def test_the_default_and_another_profile_are_without_fault(
    raw_profile: dict[str, Any], payload: Callable[[str], Any]
):
    assert validate(raw_profile, SETTINGS) == []
    assert validate(payload("other_profile"), SETTINGS) == []


def test_each_missing_part_is_named_once():
    faults = validate({"profileVersion": 1, "profileName": "x", "envelope": {"okCodes": ["0"]}})

    missing = ["connection", "paging", "filter", "dates", "resources", "coding"]
    assert faults == [(name, "This is needed.") for name in missing]


def test_the_default_is_the_contract_s_file_to_the_letter():
    canonical = json.dumps(default_profile(), sort_keys=True, separators=(",", ":"))

    assert hashlib.sha256(canonical.encode()).hexdigest() == CONTRACT_DEFAULT


@pytest.mark.parametrize("text", ["https://api.example/other", "https://login.example/other"])
def test_literal_addresses_on_the_connection_s_own_hosts_pass(
    raw_profile: dict[str, Any], text: str
):
    raw_profile["connection"]["apiBaseUrl"] = text

    assert validate(raw_profile, SETTINGS) == []


def test_numbers_keep_every_digit():
    assert as_decimal("12345678901234567890.123456789") == Decimal("12345678901234567890.123456789")


def test_a_customers_profile_is_compared_with_the_default_in_words():
    raw = copy.deepcopy(dict(default_profile()))
    raw["paging"]["first"] = 0
    raw["resources"]["suppliers"]["enabled"] = False
    raw["resources"]["extra"] = {"role": "reference", "enabled": False}
    del raw["dates"]["filterFormat"]

    found = differences(raw, default_profile())

    assert "paging.first is 0 instead of 1" in found
    assert "resources.suppliers.enabled is off instead of on" in found
    assert "resources.extra is added: role, enabled" in found
    assert "dates.filterFormat is left out" in found
    assert len(found) == 4
    assert differences(default_profile(), default_profile()) == []
