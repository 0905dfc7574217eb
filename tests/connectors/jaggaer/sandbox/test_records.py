"""Records that come, change, vanish, and outlive the process; write-back; attachments."""

import gzip
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from connectors.jaggaer.sandbox import Client, JaggaerSandbox, sample
from connectors.sandboxing import SandboxServer, dumps
from tests.connectors.jaggaer.sandbox.conftest import Customer, id_of, items_of

ROOT = Path(__file__).parents[4]
PROFILES = "/ja/v1/companyprofiles"


def invoice(customer, key: int = 2526304) -> dict:
    return customer.get(f"/ji/v1/invoices/{key}")


def order(customer, **words) -> dict:
    return customer.control("POST", "records", {"collection": "invoices", **words})


def test_a_revision_gets_a_new_stamp_and_message_id(customer):
    before = invoice(customer)["header"]

    order(customer, id=2526304, patch={"header": {"paymentStatus": "Paid"}})

    after = invoice(customer)["header"]
    assert after["paymentStatus"] == "Paid"
    assert after["lastUpdate"] > before["lastUpdate"]
    assert after["originalRequestMessageId"] != before["originalRequestMessageId"]
    assert after["total"] == before["total"]


def test_a_message_id_hides_its_time_shortly_before_last_update(customer):
    customer.control("POST", "clock", {"freeze": True, "now": "2024-02-14T19:58:56.973+00:00"})
    order(customer, id=2526304, patch={})

    header = invoice(customer)["header"]

    assert header["lastUpdate"] == "2024-02-14T19:58:56.973Z"
    sent = int(header["originalRequestMessageId"][-12:], 16)
    assert 330 <= 1_707_940_736_973 - sent <= 3480


def test_a_stamp_that_is_given_is_kept(customer):
    body = invoice(customer)
    body["header"]["lastUpdate"] = "2030-01-01T00:00:00.000Z"
    body["header"]["originalRequestMessageId"] = "mine"

    order(customer, body=body)

    header = invoice(customer)["header"]
    assert header["lastUpdate"] == "2030-01-01T00:00:00.000Z"
    assert header["originalRequestMessageId"] == "mine"


def test_an_export_can_be_repeated_with_the_same_message_id(customer):
    before = invoice(customer)

    order(customer, id=2526304, patch={}, restamp=False)

    assert invoice(customer) == before


def test_a_new_record_needs_no_more_than_a_body(customer):
    answer = order(customer, body=sample("invoices", 9))

    assert answer["records"][0]["id"] == "2526312"
    assert invoice(customer, 2526312)["header"]["invoiceNumber"] == "I00009"


def test_a_record_can_be_cancelled_and_removed(customer):
    order(customer, id=2526304, patch={"lineList": None})
    assert "lineList" not in invoice(customer)

    customer.control("DELETE", "records?collection=invoices&id=2526304")

    assert customer.get("/ji/v1/invoices/2526304") == 404
    assert customer.get("/ji/v1/invoices")["totRecords"] == 2


def test_of_several_orders_all_or_none_are_carried_out(customer):
    good = {"collection": "invoices", "body": sample("invoices", 9)}

    answer = customer.control("POST", "records", [good, {"collection": "wishes", "body": {}}])

    assert "no collection wishes" in answer["error"]
    assert customer.get("/ji/v1/invoices")["totRecords"] == 3


@pytest.mark.parametrize(
    "wrong",
    [
        {"collection": "invoices", "id": 1},
        {"collection": "invoices", "id": 1, "patch": {}},
        {"collection": "invoices", "body": {}},
        {"collection": "invoices", "id": 2, "body": {"header": {"invoiceId": 1}}},
        {"collection": "invoices", "body": sample("invoices", 1), "when": "now"},
    ],
)
def test_an_order_that_cannot_be_carried_out_says_why(customer, wrong):
    assert customer.control("POST", "records", wrong)["error"]


def test_a_seed_is_read_once_and_what_changed_since_stays(tmp_path):
    seed = tmp_path / "seed.jsonl.gz"
    lines = [
        {"collection": "invoices", "id": 2526304, "body": sample("invoices", 1)},
        {"collection": "suppliers", "id": "u1511507", "body": sample("suppliers", 1)},
        {"collection": "invoices", "body": sample("invoices", 2), "dataset": "other"},
    ]
    seed.write_bytes(gzip.compress("\n".join(map(dumps, lines)).encode()))
    state = tmp_path / "state.sqlite3"
    first = JaggaerSandbox(state=state, seeds=[seed])
    first.order({"collection": "suppliers", "id": "u1511507", "delete": True})
    first.order({"collection": "invoices", "id": 2526304, "patch": {"header": {"dueDate": "x"}}})

    second = JaggaerSandbox(state=state, seeds=[seed])

    assert second.records.stored("default", "suppliers", "u1511507") is None
    assert second.records.stored("default", "invoices", "2526304")["header"]["dueDate"] == "x"
    assert second.records.keys("other", "invoices") == ["2526305"]


def test_a_seed_with_a_mistake_names_the_line(tmp_path):
    seed = tmp_path / "seed.jsonl"
    seed.write_text('\n{"collection": "wishes", "body": {}}\n')

    with pytest.raises(ValueError, match=r"seed.jsonl, line 2: .*no collection wishes"):
        JaggaerSandbox(seeds=[seed])


def start_process(*options: str) -> tuple[subprocess.Popen, str]:
    command = [sys.executable, "-m", "connectors.jaggaer.sandbox", "--port", "0", *options]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    return process, json.loads(process.stdout.readline())["url"]


class _Remote:
    def __init__(self, url: str) -> None:
        self.host, port = re.fullmatch(r"http://([\d.]+):(\d+)", url).groups()
        self.port = int(port)


def test_state_and_tokens_survive_kill_9(tmp_path):
    options = ("--state", str(tmp_path / "s.db"), "--client", "me:secret:mine", "--page-size", "7")
    process, url = start_process(*options)
    customer = Customer(_Remote(url), Client("me", "secret"))
    order(customer, dataset="mine", body=sample("invoices", 1))
    before = invoice(customer)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    customer.close()

    process, url = start_process(*options)
    again = Customer(_Remote(url), Client("me", "secret"))
    again.token = customer.token

    assert invoice(again) == before
    process.terminate()
    assert process.wait(5) == 0
    process.stdout.close()
    again.close()


def test_an_address_in_use_ends_with_one_clear_line(server):
    command = [sys.executable, "-m", "connectors.jaggaer.sandbox", "--port", str(server.port)]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=20)

    assert done.returncode == 2
    assert done.stderr.startswith("jaggaer-sandbox: cannot listen on 127.0.0.1:")


def company(operation: str, **info) -> dict:
    return {"company": {"operationCode": operation, "companyInfo": info}}


def test_an_update_writes_our_number_back_and_is_seen_by_the_next_read(customer):
    info = {"extCode": "V00010", "lastModTime": "19990101000000"}

    answer = customer.post(PROFILES, company("UPDATE", bravoId=9142, **info))

    assert answer == {"returnCode": "0", "returnMessage": "OK", "bravoId": 9142}
    (profile,) = items_of(customer.get(f"{PROFILES}?flt=BRAVOID==9142"))
    assert profile["returnCompanyInfo"]["extCode"] == "V00010"
    assert profile["returnCompanyInfo"]["companyName"] == "Kestrel Lab Supply"
    assert profile["returnCompanyInfo"]["lastModTime"] > "20240301"


def test_a_write_can_come_back_as_a_changed_supplier(app, customer):
    before = customer.get("/ji/v1/suppliers/u1511507")
    app.switch(mirrors_writes=True)

    customer.post(PROFILES, company("UPDATE", bravoId=9142, extCode="V7", status="SUSPENDED"))

    after = customer.get("/ji/v1/suppliers/u1511507")
    assert (after["erpNumber"], after["oldERPNumber"], after["active"]) == ("V7", "006105", "No")
    assert after["lastUpdate"] > before["lastUpdate"]
    assert customer.get("/ji/v1/suppliers/u1511508")["erpNumber"] == "006106"


def test_a_created_company_gets_a_number(customer):
    answer = customer.post(PROFILES, company("CREATE", companyName="Neu & Söhne", extCode="1"))

    assert answer["bravoId"] == 52423
    assert customer.get(f"{PROFILES}/52423")["returnCompanyInfo"]["companyName"] == "Neu & Söhne"


def test_createupdate_finds_the_company_by_its_unique_code(customer):
    known = company("CREATEUPDATE", extUniqueCode="US-DUNS-123456789", bizPhone="1")

    assert customer.post(PROFILES, known)["bravoId"] == 9142
    assert customer.get(PROFILES)["totRecords"] == 3


@pytest.mark.parametrize(
    ("wish", "code", "message"),
    [
        (company("UPDATE", bravoId=1, extCode="x"), "2", "112(bravoId)"),
        (company("CREATE", bravoId=9142), "-996", "super user already exists"),
        (company("CREATE", extCode="x"), "2", "124(companyName)"),
        (company("REPLACE", bravoId=9142), "2", "112(operationCode)"),
        ({"supplier": {}}, "2", "124(company)"),
    ],
)
def test_a_refused_write_has_status_200_and_changes_nothing(customer, wish, code, message):
    before = customer.get(PROFILES)

    answer = customer.post(PROFILES, wish)

    assert (answer["returnCode"], answer["returnMessage"]) == (code, message)
    assert customer.get(PROFILES) == before


def test_a_write_can_end_with_warnings_and_is_applied(app, customer):
    app.switch(write_code="1")

    answer = customer.post(PROFILES, company("UPDATE", bravoId=9142, status="BLOCKED"))

    assert answer["returnCode"] == "1"
    assert customer.get(f"{PROFILES}/9142")["returnCompanyInfo"]["status"] == "BLOCKED"


def test_a_write_may_come_as_multipart_with_files(customer):
    part = dumps(company("UPDATE", bravoId=9142, extCode="V7"))
    body = (
        '--b\r\nContent-Disposition: form-data; name="data"\r\n\r\n'
        f'{part}\r\n--b\r\nContent-Disposition: form-data; name="f.txt"\r\n\r\nx\r\n--b--\r\n'
    )
    kind = {"Content-Type": "multipart/form-data; boundary=b"}

    status, _, _ = customer.raw("POST", PROFILES, body, **kind)

    assert status == 200
    assert customer.get(f"{PROFILES}/9142")["returnCompanyInfo"]["extCode"] == "V7"


def test_attachments_come_as_bytes_by_id_and_name_or_by_token(customer):
    file = {"fileId": 7, "fileName": "Größe.txt", "text": "Hällo", "secureToken": "t1"}
    customer.control("POST", "records", {"collection": "attachments", "body": file})
    path = "/ja/v1/attachments?fileId=7&fileName=Gr%C3%B6%C3%9Fe.txt"

    status, headers, body = customer.raw("GET", path)

    assert (status, body.decode()) == (200, "Hällo")
    assert "filename*=UTF-8''Gr%C3%B6%C3%9Fe.txt" in headers["Content-Disposition"]
    assert customer.raw("GET", "/ja/v1/attachments?secureToken=t1")[2] == body
    assert customer.raw("GET", "/ja/v1/attachments?fileId=7&fileName=other")[0] == 404


def test_a_reset_empties_everything_but_the_switches_of_the_start():
    app = JaggaerSandbox(page_size=7)
    app.switch(fill=2, page_size=1)
    with SandboxServer(app) as server:
        customer = Customer(server)
        customer.control("POST", "reset")

        assert customer.get("/ji/v1/invoices")["totRecords"] == 0
        assert app.switches.page_size == 7
        order(customer, body=sample("invoices", 1))
        assert [id_of(i) for i in items_of(customer.get("/ji/v1/invoices"))] == ["2526304"]
        customer.close()
