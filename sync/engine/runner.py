"""Carries a run forward, one slice at a time: read, decide, deliver, account.

A slice ends after some seconds; what a next slice needs lies in the run's `cursor` and in the rows.
A document never stops the next one; what stops a run is told on the run with cause, owner and fix.
"""

from __future__ import annotations

import time
import uuid

import structlog
from django.db import InterfaceError, OperationalError

from audit.record import record as tell
from connectors.catalogue import explain
from connectors.errors import ConfigurationError, ConnectorError, RateLimited, TemporaryError
from connectors.models import Health
from connectors.services import connection_health
from sync.engine import deciding, reading, refusals, writing
from sync.engine.accounting import account
from sync.engine.clock import database_now
from sync.engine.deciding.receipts import release_for_receipts
from sync.engine.entered import hold_back_entered
from sync.engine.local_currency import settle_local_currency
from sync.engine.notices import take_notices
from sync.engine.payments import read_payments
from sync.engine.reference import read_reference
from sync.engine.rehearsing import rehearse
from sync.engine.site import LostLease, Site
from sync.engine.tickets import renew
from sync.engine.vendor_changes import read_changed_vendors
from sync.models import FlowName, Run, RunMode, RunState, Trigger

SLICE_SECONDS = 20
SHOW_COUNTS_EVERY = 2.0  # seconds: counting goes over all that the run has decided so far
MAX_ATTEMPTS = 5
log = structlog.get_logger(__name__)


def advance(site: Site, run: Run) -> bool:
    """Work on a run for one slice; returns whether it has ended."""
    until = time.monotonic() + SLICE_SECONDS
    show_at = 0.0
    progressed = False
    try:
        _start(site, run)
        while _do_next(site, run):
            progressed = True
            now = time.monotonic()
            if _was_stopped(site, run, show=now >= show_at):
                return True
            if now > until:
                return False
            if now >= show_at:
                show_at = now + SHOW_COUNTS_EVERY
        read_payments(site, run)
        _finish(site, run)
    except (LostLease, OperationalError, InterfaceError):
        raise  # somebody else goes on, or this run does once the database is back
    except RateLimited:
        raise  # no failure of anybody: the run waits as long as it was asked to
    except TemporaryError as error:
        return _fail_or_go_on(site, run, error, progressed=progressed)
    except ConnectorError as error:
        _fail(site, run, error)
    except Exception as error:
        _fail(site, run, _our_fault(error))
    return True


def _do_next(site: Site, run: Run) -> bool:
    """Do the next piece of work of a run; returns False when that was the last one."""
    if run.flow.resource == FlowName.REFERENCE:
        if not run.cursor.get("read"):
            read_reference(site, run)
        return False
    if run.reads and not run.cursor.get("listed"):
        reading.list_changes(site, run, run.flow)
        return True
    if run.reads and reading.fetch_block(site, run, run.flow):
        return True
    if _reads_vendors(run):
        read_changed_vendors(site, run)
        return True
    settle_local_currency(site, run)
    if deciding.decide_block(site, run):
        return True
    if run.mode == RunMode.PREVIEW:
        return rehearse(site, run)
    _remember(site, run, decided=True)
    return deliver(site)


def _reads_vendors(run: Run) -> bool:
    """Whether this run still has to look what people changed on vendor cards."""
    is_live = run.mode == RunMode.LIVE and run.trigger != Trigger.REPLAY
    return run.flow.resource == FlowName.SUPPLIERS and is_live and not run.cursor.get("vendors")


def deliver(site: Site) -> bool:
    """Find out about unknown writes, send what is pending; returns whether anything was done."""
    site.side = "ledger"
    held_back = hold_back_entered(site)
    looked = writing.resolve_unknown(site)
    return bool(held_back) | bool(looked) | bool(writing.deliver(site))


def _start(site: Site, run: Run) -> None:
    if run.state == RunState.RUNNING:
        return
    with site.rows(run=run.pk):
        run.state, run.started_at = RunState.RUNNING, database_now()
        run.save(update_fields=["state", "started_at"])
        tell("run.started", target=run, facts={"flow": run.flow.resource})
        if run.reads and run.mode == RunMode.LIVE:
            release_for_receipts(site, run.flow.resource)
            refusals.try_due(site, run.flow.resource, run.started_at)


def _was_stopped(site: Site, run: Run, *, show: bool) -> bool:
    """Keep the lease and, with `show`, the counts that people watch; returns whether a person
    stopped the run, which has ended then."""
    if not renew(site.claim, site.lease_seconds):
        raise LostLease
    with site.rows(run=run.pk):
        run.refresh_from_db(fields=["stop_requested"])
        if not run.stop_requested:
            if show:
                account(run)
                run.save(update_fields=["counts", "totals"])
            return False
        account(run)
        _end(run, RunState.STOPPED)
        tell("run.stopped", target=run, facts={"flow": run.flow.resource})
    return True


def _finish(site: Site, run: Run) -> None:
    with site.rows(run=run.pk):
        _end(run, account(run))
        take_notices(site, run)
        facts = {"flow": run.flow.resource, "state": run.state, **run.counts}
        tell("run.finished", target=run, facts=facts)


def _fail_or_go_on(site: Site, run: Run, error: TemporaryError, *, progressed: bool) -> bool:
    """The other side is away: a few slices more, then the run ends and a later one goes on.

    Nothing is lost meanwhile: fetches stay queued, writes stay pending. Only slices in a row that
    come to nothing count.
    """
    with site.rows(run=run.pk):
        run.attempts = 1 if progressed else run.attempts + 1
        run.save(update_fields=["attempts"])
    if run.attempts < MAX_ATTEMPTS:
        raise error
    _fail(site, run, error)
    return True


def _fail(site: Site, run: Run, error: ConnectorError) -> None:
    log.warning("run_failed", run=str(run.pk), code=error.code, detail=error.detail[:500])
    with site.rows(run=run.pk):
        account(run)
        run.error = {**explain(error.code), "code": error.code, "message": error.message}
        _end(run, RunState.FAILED)
        tell("run.finished", target=run, facts={"flow": run.flow.resource, "state": run.state})
        if isinstance(error, ConfigurationError):
            _mark_connection(site, error)


def _end(run: Run, state: str) -> None:
    run.state, run.finished_at = state, database_now()
    run.save(update_fields=["state", "finished_at", "error", "counts", "totals", "expected"])


def _our_fault(error: Exception) -> ConnectorError:
    """Turn a fault of ours into something that can be shown, with a number to quote."""
    number = uuid.uuid4().hex[:12]
    log.exception("fault", reference=number, exc_info=error)
    return ConnectorError(
        f"Something went wrong on our side. Quote {number} to support; nothing was lost.",
        code="internal",
        detail=repr(error),
    )


def _mark_connection(site: Site, error: ConfigurationError) -> None:
    """A run that failed on the address, rights or credentials shows on the connection as well."""
    connection_health(
        getattr(site.integration, site.side), Health.ATTENTION, error.message, error.code
    )


def _remember(site: Site, run: Run, **facts: bool) -> None:
    if all(run.cursor.get(key) == value for key, value in facts.items()):
        return
    with site.rows(run=run.pk):
        run.cursor = {**run.cursor, **facts}
        run.save(update_fields=["cursor"])
