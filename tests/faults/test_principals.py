"""Tokens and limits of one user at the other side, shared by many workers: F7, F8, F11, F12.

Each worker has connections of its own to the database and to the sandbox, which counts.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import connection as database

from connectors.errors import ConnectorError
from connectors.jaggaer.sandbox import Client, JaggaerSandbox
from connectors.models import Connection, PrincipalBudget
from connectors.nav.sandbox.app import NavSandbox
from connectors.runtime import open_connector
from connectors.sandboxing.faults import Fault
from connectors.sandboxing.log import Entry
from connectors.sandboxing.server import SandboxServer
from tenants.scoping import tenant_scope
from tests import factories
from tests.world import CLIENT, SECRET, control

ROOT = Path(__file__).resolve().parents[2]
WORKERS = 16


@pytest.fixture
def source() -> Iterator[SandboxServer]:
    clients = (Client(CLIENT, SECRET, "default"),)
    with SandboxServer(JaggaerSandbox(clients=clients, fill=3)) as server:
        yield server


@pytest.fixture
def connect(transactional_db: None, source: SandboxServer) -> Callable[..., Connection]:
    def make(**settings: object) -> Connection:
        tokens = f"{source.url}/auth/realms/J1p-integrations/protocol/openid-connect/token"
        return factories.connection(
            factories.tenant(),
            "jaggaer",
            settings={
                "base_url": f"{source.url}/j1p/api/public",
                "token_url": tokens,
                "requests_per_second": 1000,
                **settings,
            },
            secret={"client_id": CLIENT, "client_secret": SECRET},
        )

    return make


def together(connections: list[Connection]) -> list[object]:
    """Let a worker per connection read a list at the same moment; errors are results."""
    gate = threading.Barrier(len(connections))

    def work(connection: Connection) -> object:
        try:
            with tenant_scope(connection.tenant_id):
                connector = open_connector(connection)
            gate.wait(30)
            return len(connector.list("invoices", None).entries)
        except ConnectorError as error:
            return error
        finally:
            database.close()

    with ThreadPoolExecutor(len(connections)) as pool:
        return list(pool.map(work, connections))


def asked_for_tokens(source: SandboxServer, since: int = 0) -> int:
    return sum(entry.path.endswith("/token") for entry in source.log.entries(since))


def last(source: SandboxServer) -> int:
    return source.log.entries()[-1].n


def test_f7_sixteen_workers_with_one_revoked_token_ask_for_one(connect, source):
    connection = connect(max_parallel=WORKERS)
    together([connection])
    source.app.tokens.revoke()
    before = last(source)

    read = together([connection] * WORKERS)

    assert read == [3] * WORKERS
    assert asked_for_tokens(source, before) == 1
    assert sum(entry.status == 401 for entry in source.log.entries(before)) >= 1


def test_f11_workers_and_tenants_of_one_user_stay_within_its_slots(connect, source):
    tenants = [connect(max_parallel=3) for _ in range(4)]
    together(tenants)
    before = last(source)
    source.scenario.load(Fault("slow", seconds=0.05, times=0))

    read = together(tenants * 4)

    assert read == [3] * WORKERS
    assert max(entry.in_flight for entry in source.log.entries(before)) <= 3


def test_repeated_requests_stay_a_tenth_of_all_however_many_fail(connect, source):
    """Every page is cut off at first: each costs a repetition, until none is left."""
    connection = connect()
    source.app.switch(page_size=1)
    source.app.switch(fill=30)
    together([connection])
    PrincipalBudget.objects.update(retries=1)
    before = last(source)
    source.scenario.load(Fault("cut_body", method="GET", chance=0.5, times=0))

    results = [together([connection])[0] for _ in range(12)]

    seen = source.log.entries(before)
    cut = sum(entry.fault == "cut_body" for entry in seen)
    assert any(isinstance(each, ConnectorError) and each.code == "retry_budget" for each in results)
    assert cut - len(results) <= 2 + len(seen) / 10


def test_f11_two_worker_processes_stay_within_the_ledgers_slots_and_rate(
    transactional_db, full_size
):
    """The sandbox refuses the sixth request at a time and a rate above the contract's."""
    each = max(10, full_size(100) // 10)
    nav = NavSandbox(clients={"worker": "sandbox-secret"})
    with SandboxServer(nav) as ledger:
        switches = {"rate_limit": 135, "rate_window": 2, "max_concurrent": 5, "max_queue": 0}
        control(ledger, "switches", switches)
        ledger.scenario.load(Fault("slow", seconds=0.1, times=0))
        answers = finished(start_asking(ledger, each))
        seen = asked(ledger)

    refused = sum(entry.status == 429 for entry in seen)
    assert answers == [8 * each] * 2
    assert max(entry.in_flight for entry in seen) <= 5
    assert refused <= 0.005 * len(seen)


def test_f12_two_worker_processes_converge_when_the_limit_falls_to_a_tenth(transactional_db):
    """Those on their way are refused, and after a few more hardly any."""
    nav = NavSandbox(clients={"worker": "sandbox-secret"})
    with SandboxServer(nav) as ledger:
        switches = {"rate_limit": 130, "rate_window": 2, "max_concurrent": 5, "max_queue": 0}
        control(ledger, "switches", {**switches, "retry_after_on_429": "1"})
        workers = start_asking(ledger, 6, requests_per_5_minutes=18_000)
        wait_until(lambda: len(asked(ledger)) >= 50)
        before = len(asked(ledger))
        control(ledger, "switches", {"rate_limit": 13})
        answers = finished(workers)
        seen = asked(ledger)

    early = sum(entry.status == 429 for entry in seen[:before])
    refused = [entry.status == 429 for entry in seen[before:]]
    assert answers == [48, 48]
    assert early == 0
    assert 1 <= sum(refused) <= 20
    assert sum(refused[-20:]) <= 1


def start_asking(
    ledger: SandboxServer, each: int, **settings: object
) -> list[subprocess.Popen[str]]:
    """Start two worker processes of eight threads, each of which wants so many answers."""
    names = ("NAME", "USER", "PASSWORD", "HOST", "PORT", "OPTIONS")
    plain = {name: database.settings_dict[name] for name in names}
    told = json.dumps([plain, ledger.url, "worker", each, settings])
    command = [sys.executable, "-m", "tests.faults.asking_worker", told]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "cwd": ROOT}
    workers = [subprocess.Popen(command, **pipes) for _ in range(2)]
    for worker in workers:
        worker.stdin.write("go\n")
        worker.stdin.flush()
    return workers


def finished(workers: list[subprocess.Popen[str]]) -> list[int]:
    """Return how many good answers each worker got."""
    return [int(worker.communicate(timeout=120)[0]) for worker in workers]


def asked(ledger: SandboxServer) -> list[Entry]:
    return [entry for entry in ledger.log.entries() if entry.path.endswith("/companies")]


def wait_until(reached: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < deadline
        time.sleep(0.02)
