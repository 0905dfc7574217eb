"""A profile's paths, and what validation finds in it."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from connectors.jaggaer.profile import validate
from connectors.jaggaer.profile.differences import differences
from connectors.jaggaer.profile.paths import Path, PathError
from connectors.jaggaer.profile.values import as_decimal
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


def test_a_source_without_filters_needs_no_change_in_resources_that_are_off():
    profile = copy.deepcopy(dict(default_profile()))
    profile["filter"] = {"style": "none"}
    company_profiles = profile["resources"]["suppliersJa"]

    assert company_profiles["list"]["staticFilters"]
    assert not company_profiles["enabled"]
    assert validate(profile) == []

    profile["resources"]["suppliers"]["enabled"] = False
    company_profiles["enabled"] = True

    place = "resources.suppliersJa.list.staticFilters.0"
    assert validate(profile) == [(place, "There are no filters in filter style none.")]
