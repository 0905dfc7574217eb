"""Set up the demo's three tenants, run the main job, and say what it came to."""

import json
import time
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit.context import acting
from connectors.services import connection_ping
from sync.demo.report import Account, account_of, text_of
from sync.demo.setup import (
    Addresses,
    DemoSite,
    ensure_mappings,
    ensure_schedule,
    ensure_site,
    ensure_support,
)
from sync.demo.tenants import tenants
from sync.models import FlowName, Run
from sync.models.run import ACTIVE_STATES
from sync.services.runs import runs_start
from tenants.refusal import Clash
from tenants.scoping import tenant_scope

PATIENCE_SECONDS = 900
LOOK_SECONDS = 0.3


class Command(BaseCommand):
    help = "Set up the demo between the sandboxes and run its main job; the workers must be up."

    def add_arguments(self, parser: CommandParser) -> None:
        """`--once` ends with a line of JSON; `--mend` imports the mappings left out on purpose."""
        parser.add_argument("--once", action="store_true", help="run once, last line JSON")
        parser.add_argument("--mend", action="store_true", help="import the missing mappings")

    def handle(self, *args: Any, once: bool, mend: bool, **_: Any) -> None:
        """Do it for every demo tenant; exits with 1 when a flow did not end as it should."""
        if not settings.SANDBOXES:
            raise CommandError("Sandboxes are off in these settings (SANDBOXES).")
        started = time.monotonic()
        sites = [
            ensure_site(demo, _addresses(), password=settings.DEMO_PASSWORD) for demo in tenants()
        ]
        ensure_support(settings.DEMO_PASSWORD)
        first = not any(_has_run(site) for site in sites)
        self._prepare(sites, mend=mend)
        runs = [_start(site, list(FlowName)) for site in sites]
        accounts = [
            account_of(site, _wait(site, ids), nav=settings.SANDBOX_NAV_URL, first=first)
            for site, ids in zip(sites, runs, strict=True)
        ]
        for account in accounts:
            self.stdout.write(text_of(account))
        if not once:
            for site in sites:
                ensure_schedule(site)
        self._finish(accounts, time.monotonic() - started, once=once)

    def _prepare(self, sites: Sequence[DemoSite], *, mend: bool) -> None:
        """Ping, read reference data, and import the mappings that are checked against it."""
        for site in sites:
            for side in (site.integration.source_id, site.integration.ledger_id):
                with acting(actor="system:demo"):
                    ping = connection_ping(site.tenant.pk, side)
                self.stdout.write(f"Ping {site.tenant.name}: {'ok' if ping.ok else 'attention'}")
        waiting = [(site, _start(site, [FlowName.REFERENCE])) for site in sites]
        for site, ids in waiting:
            _wait(site, ids)
            ensure_mappings(site, site.demo.mappings)
            if mend:
                ensure_mappings(site, site.demo.missing_mappings)

    def _finish(self, accounts: Sequence[Account], seconds: float, *, once: bool) -> None:
        ok = not any(account.problems for account in accounts)
        if once:
            result = {
                "ok": ok,
                "seconds": round(seconds, 1),
                "integrations": [account.as_dict() for account in accounts],
            }
            self.stdout.write(json.dumps(result))
        if not ok:
            raise SystemExit(1)


def _addresses() -> Addresses:
    return Addresses(
        jaggaer=settings.SANDBOX_JAGGAER_URL,
        nav=settings.SANDBOX_NAV_URL,
        secret=settings.SANDBOX_SECRET,
    )


def _has_run(site: DemoSite) -> bool:
    with tenant_scope(site.tenant.pk):
        runs = Run.objects.filter(integration=site.integration)
        return runs.exclude(flow__resource=FlowName.REFERENCE).exists()


def _start(site: DemoSite, flows: Sequence[str]) -> list[Any]:
    """Queue runs; where a scheduled one is on its way already, wait for it first."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            with acting(actor="system:demo"), tenant_scope(site.tenant.pk):
                return [run.pk for run in runs_start(site.integration, flows=flows)]
        except Clash:
            if time.monotonic() > deadline:
                raise
            time.sleep(LOOK_SECONDS)


def _wait(site: DemoSite, ids: Sequence[Any]) -> list[Run]:
    """Wait until the runs have ended, and until nothing of the integration is under way."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        with tenant_scope(site.tenant.pk):
            runs = Run.objects.filter(integration=site.integration)
            if not runs.filter(state__in=ACTIVE_STATES).exists():
                return list(runs.filter(pk__in=ids).order_by("position"))
        if time.monotonic() > deadline:
            raise CommandError("The runs did not end in time; see the worker's log.")
        time.sleep(LOOK_SECONDS)
