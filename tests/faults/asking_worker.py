"""A worker process that asks a ledger as fast as it is let, from several threads.

Started by `test_principals` with the database of the test. Prints how many answers were good.
"""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor

import django


def main() -> None:
    django.setup()
    from django.db import connections

    database, url, user, asked = json.loads(sys.argv[1])
    connections.settings["default"].update(database)
    sys.stdin.readline()  # all start together

    def ask(_: int) -> int:
        connector = _connector(url, user)
        try:
            return sum(len(connector.companies()) > 0 for _ in range(asked))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        print(sum(pool.map(ask, range(8))))


def _connector(url: str, user: str):
    from connectors.http.egress import Egress
    from connectors.http.tokens import MemoryTokenStore
    from connectors.nav.connector import NavConnector
    from connectors.registry import Wiring
    from connectors.throttle import DatabaseThrottle

    secret = {"client_id": user, "client_secret": "sandbox-secret"}
    values = NavConnector.parse({"base_url": f"{url}/BC/", "token_url": f"{url}/token"}, secret)
    throttle = DatabaseThrottle(NavConnector.principal(values, secret))
    wiring = Wiring(Egress(loopback_allowed=True), MemoryTokenStore(), throttle, throttle.seen)
    return NavConnector.open(values, secret, wiring)


if __name__ == "__main__":
    main()
