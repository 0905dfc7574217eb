"""How long until a vendor that somebody blocks in NAV is on hold in JAGGAER, told by a notice.

    python -m tests.bench.hold

An installation as in production: web, beat and workers as processes, both sandboxes beside them.
Prints JSON with the seconds of each customer, from the moment the notice came to the source's yes.
"""

from __future__ import annotations

import copy
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django

CUSTOMERS = 3  # one after the other: a second early run of one would keep its distance
_PATIENCE = 60
_COMPANY = "9142"
_NOTICES = {"notification_delay": 0, "notification_waits": []}


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="hold.") as name:
        folder = Path(name)
        from tests.drill.environment import environment

        os.environ |= environment(folder)
        django.setup()
        from tests.drill.installation import Installation

        here = Installation(folder)
        here.start_servers()
        try:
            print(json.dumps({"seconds": _measured(here, folder)}), flush=True)
        finally:
            here.stop()
    return 0


def _measured(here: Any, folder: Path) -> list[float]:
    from tests.drill.customer import Customer, clients, nav_seed
    from tests.drill.installation import Sandbox

    seed = str(nav_seed(folder, CUSTOMERS))
    ledger = Sandbox("nav", folder, "--seed", seed, *clients("nav", CUSTOMERS))
    source = Sandbox("jaggaer", folder, *clients("jaggaer", CUSTOMERS))
    try:
        ledger.ask("POST", "switches", _NOTICES)
        source.ask("POST", "switches", {"mirrors_writes": True})
        customers = [Customer(n, source, ledger, post=False) for n in range(CUSTOMERS)]
        here.start_processes()
        for customer in customers:
            _known_on_both_sides(customer)
        return [_held(customer) for customer in customers]
    finally:
        here.stop_processes()
        source.stop()
        ledger.stop()


def _known_on_both_sides(customer: Any) -> None:
    """Let the profile take a status, and have vendors and subscriptions in place."""
    from connectors.jaggaer.settings import default_profile
    from connectors.models import Connection
    from sync.models import Link, Subscription
    from tests import small
    from tests.drill.customer import dataset

    raw = copy.deepcopy(dict(default_profile()))
    raw["writeBack"]["supplierStatus"]["enabled"] = True
    raw["connection"]["timeoutSeconds"]["detail"] = 2  # the drill's leases are short
    with customer.scope():
        connection = Connection.objects.get(pk=customer.integration.source_id)
        connection.settings = {**connection.settings, "profile": raw}
        connection.save()
    info = {"bravoId": _COMPANY, "companyName": "Supplier 0", "status": "ACTIVE", "type": "SELLER"}
    profile = {"collection": "companyprofiles", "body": {"returnCompanyInfo": info}}
    first = small.supplier(0, jaSupplierId=_COMPANY)
    records = [{**each, "dataset": dataset(customer.place)} for each in (profile, first)]
    customer.source.ask("POST", "records", records)
    customer.run("reference")
    _until(lambda: not customer.is_busy())
    customer.run("suppliers")
    customer.subscribe()

    def is_ready() -> bool:
        with customer.scope():
            listens = Subscription.objects.exclude(expires_at=None).count() == 2
            return listens and Link.objects.filter(kind="vendor").count() == small.SUPPLIERS

    _until(is_ready)
    _until(lambda: not customer.is_busy())


def _held(customer: Any) -> float:
    """Block a vendor by hand; return the seconds from its notice to the hold at the source."""
    from sync.models import Notice, Write, WriteState
    from tests import small

    with customer.scope():
        Notice.objects.all().delete()
    wish = {"set": "vendors", "op": "patch", "company": customer.company_id}
    wish |= {"key": {"number": small.vendor_number(0)}, "values": {"blocked": "All"}}
    customer.ledger.ask("POST", "records", wish)

    def taken() -> Any:
        with customer.scope():
            rows = Write.objects.filter(kind="supplier", state=WriteState.CONFIRMED)
            return rows.first()

    write = _until(taken)
    with customer.scope():
        told = min(Notice.objects.values_list("received_at", flat=True))
    return round((write.confirmed_at - told).total_seconds(), 2)


def _until(is_so: Callable[[], Any]) -> Any:
    ends = time.monotonic() + _PATIENCE
    while not (found := is_so()):
        if time.monotonic() > ends:
            raise TimeoutError("it did not happen")
        time.sleep(0.1)
    return found


if __name__ == "__main__":
    sys.exit(main())
