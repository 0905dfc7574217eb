"""A worker process that asks a ledger as fast as it is let, from several threads.

What it is told to wait it waits. Started by `test_principals` with the database of the test; prints
how many answers were good.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import django


def main() -> None:
    django.setup()
    from django.db import connections

    database, url, user, asked, settings = json.loads(sys.argv[1])
    connections.settings["default"].update(database)
    sys.stdin.readline()  # all start together

    def ask(_: int) -> int:
        connector = _connector(url, user, settings)
        try:
            return sum(len(_patiently(connector.companies)) > 0 for _ in range(asked))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        print(sum(pool.map(ask, range(8))))


def _patiently(ask: Callable[[], Any]) -> Any:
    from connectors.errors import RateLimited

    while True:
        try:
            return ask()
        except RateLimited as told:
            time.sleep(told.retry_after or 0)


def _connector(url: str, user: str, settings: dict[str, Any]):
    from connectors.http.egress import Egress
    from connectors.http.tokens import MemoryTokenStore
    from connectors.nav.connector import NavConnector
    from connectors.registry import Wiring
    from connectors.throttle import DatabaseThrottle

    secret = {"client_id": user, "client_secret": "sandbox-secret"}
    where = {"base_url": f"{url}/BC/", "token_url": f"{url}/token"}
    values = NavConnector.parse({**where, **settings}, secret)
    throttle = DatabaseThrottle(NavConnector.principal(values, secret))
    wiring = Wiring(Egress(loopback_allowed=True), MemoryTokenStore(), throttle, throttle.seen)
    return NavConnector.open(values, secret, wiring)


if __name__ == "__main__":
    main()
