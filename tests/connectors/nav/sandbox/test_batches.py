"""$batch: stopping, going on, snapshots that posting breaks, the limit (NAV contract 5.4)."""

import pytest

from tests.connectors.nav.sandbox.conftest import COMPANY, Api

GOOD = {"method": "POST", "url": "vendors", "body": {"displayName": "Good"}}
BAD = {"method": "POST", "url": "vendors", "body": {"displayName": "x" * 101}}


def requests(*templates: dict) -> list[dict]:
    return [dict(template) for template in templates]


def statuses(answer) -> list[tuple[str, int]]:
    return [(row["id"], row["status"]) for row in answer.json["responses"]]


def count(api: Api) -> int:
    return len(api.rows("vendors"))


def test_a_batch_stops_at_the_first_failure_and_keeps_what_came_before(api: Api) -> None:
    answer = api.batch(requests(GOOD, BAD, GOOD))

    assert answer.status == 200
    assert statuses(answer) == [("0", 201), ("1", 400)]
    assert count(api) == 6


def test_continue_on_error_carries_out_the_rest(api: Api) -> None:
    answer = api.batch(requests(GOOD, BAD, GOOD), Prefer="odata.continue-on-error")

    assert statuses(answer) == [("0", 201), ("1", 400), ("2", 201)]
    assert count(api) == 7


def test_a_snapshot_reverts_everything(api: Api) -> None:
    answer = api.batch(requests(GOOD, GOOD, BAD), Isolation="snapshot")

    assert statuses(answer)[-1] == ("2", 400)
    assert count(api) == 5


def test_a_snapshot_sees_its_own_writes(api: Api) -> None:
    journal = api.post("journals", {"code": "JAG"}).json
    url = f"journals({journal['id']})/journalLines"
    lines = [
        {"method": "POST", "url": url, "body": {"accountNumber": a, "amount": n}}
        for a, n in (("8110", 10), ("5510", -10))
    ]

    answer = api.batch([*lines, {"method": "GET", "url": url}], Isolation="snapshot")

    read = answer.json["responses"][2]["body"]["value"]
    assert [row["lineNumber"] for row in read] == [10000, 20000]
    assert read[0]["documentNumber"] == read[1]["documentNumber"]


def test_posting_commits_what_a_snapshot_did_before_it(api: Api) -> None:
    invoice = api.invoice()
    post = {"method": "POST", "url": f"purchaseInvoices({invoice['id']})/Microsoft.NAV.post"}

    api.batch(requests(GOOD, post, GOOD, BAD), Isolation="snapshot")

    assert api.get(f"purchaseInvoices({invoice['id']})").json["status"] == "Open"
    assert count(api) == 6


@pytest.mark.parametrize(("number", "status"), [(100, 200), (101, 400)])
def test_a_batch_holds_a_hundred_operations(api: Api, number: int, status: int) -> None:
    answer = api.batch([{"method": "GET", "url": "vendors?$top=1"} for _ in range(number)])

    assert answer.status == status
    if status == 400:
        assert answer.code == "Unknown"
        assert "A maximum number of '100' query operations" in answer.text


def test_a_missing_id_is_null_in_the_answer(api: Api) -> None:
    body = {"requests": [{"method": "GET", "url": f"companies({COMPANY})/vendors"}]}

    answer = api.post("/BC/api/v2.0/$batch", body, Accept="application/json")

    assert answer.json["responses"][0]["id"] is None
    assert len(answer.json["responses"][0]["body"]["value"]) == 5


def test_without_an_accept_header_the_answer_is_multipart(api: Api) -> None:
    answer = api.batch(requests(GOOD), Accept="*/*")

    assert answer.headers["Content-Type"].startswith("multipart/mixed")
    assert b"HTTP/1.1 201" in answer.body


def test_if_match_counts_inside_a_batch(api: Api) -> None:
    vendor = api.vendor()
    change = {
        "method": "PATCH",
        "url": f"vendors({vendor['id']})",
        "body": {"city": "Leeds"},
        "headers": {"Content-Type": "application/json", "If-Match": vendor["@odata.etag"]},
    }

    answer = api.batch(requests(change, change))

    assert statuses(answer) == [("0", 200), ("1", 409)]


def test_a_company_may_be_named_by_a_header_of_the_operation(make_api) -> None:
    api = make_api(seed={"companies": [{"name": "A"}, {"name": "B"}]})
    operation = {"id": "1", "method": "GET", "url": "vendors", "headers": {"Company": "B"}}

    answer = api.post("/BC/api/v2.0/$batch", {"requests": [operation]}, Accept="application/json")

    assert statuses(answer) == [("1", 200)]
    assert api.get("/BC/api/v2.0/vendors").code == "Internal_CompanyNotFound"
