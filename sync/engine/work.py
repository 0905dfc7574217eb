"""One slice of work for the integration whose turn it is: what a ticket is claimed for."""

from __future__ import annotations

import time
from datetime import datetime

import structlog

from connectors.errors import ConnectorError, RateLimited, TemporaryError
from connectors.http.repeating import repeating
from sync.engine import ledger_check, outage, runner, tickets, writing
from sync.engine.day_sums import keep_day_sums
from sync.engine.queue import queue_due_flows
from sync.engine.reserve import reserve
from sync.engine.site import LostLease, Site, open_site
from sync.engine.subscriptions import keep_subscriptions, next_look, orphans_ended
from sync.models import Flow, Run
from sync.models.run import ACTIVE_STATES

_REFUSED_SECONDS = 900
log = structlog.get_logger(__name__)


def work() -> bool:
    """Claim the ticket whose turn it is and do one slice; returns False when it was nobody's.

    A thread beyond the share of scheduled work takes only what somebody waits for.
    """
    scheduled = reserve()
    has_share = scheduled.take()
    try:
        claim = tickets.claim(interactive_only=not has_share)
        if claim is None:
            return False
        if claim.interactive and has_share:
            scheduled.give_back()
            has_share = False
        _serve(claim)
    finally:
        if has_share:
            scheduled.give_back()
    return True


def _serve(claim: tickets.Claim) -> None:
    site = open_site(claim)
    if site is None:
        _end(claim)
        return
    try:
        with repeating(claim.failures > 0):
            _slice(site)
        outage.over()
    except LostLease:
        log.info("slice_lost", integration=str(claim.integration_id))
    except ConnectorError as error:
        log.info("slice_postponed", integration=str(claim.integration_id), code=error.code)
        tickets.release_after_failure(claim, at_least=_pause(error), progressed=site.done > 0)
    except Exception as error:
        log.exception("slice_failed", integration=str(claim.integration_id))
        outage.note(error)
        tickets.release_after_failure(claim)
    finally:
        site.close()


def _end(claim: tickets.Claim) -> None:
    """The integration is gone: its place in the line stays until the ledger calls no more."""
    try:
        if orphans_ended(claim):
            tickets.close_ticket(claim.integration_id)
    except Exception:
        log.exception("ending_failed", integration=str(claim.integration_id))
        tickets.release_after_failure(claim)


def _slice(site: Site) -> None:
    try:
        _do_what_is_next(site)
    finally:
        keep_day_sums(site)
    with site.rows():
        more = _next_run(site) is not None or ledger_check.is_due(site)
        due_at = _next_due(site)
    tickets.release(site.claim, due_at=due_at, more=more)


def _do_what_is_next(site: Site) -> None:
    with site.rows():
        queue_due_flows(site.integration)
        ledger_check.plan_first(site)
        run = _next_run(site)
    if run is not None:
        runner.advance(site, run)
    else:
        _finish_open_writes(site)
    keep_subscriptions(site)


def _next_run(site: Site) -> Run | None:
    """Return the run that is going on, else the first in the line, in dependency order."""
    runs = Run.objects.filter(integration=site.integration, state__in=ACTIVE_STATES)
    return runs.select_related("flow").order_by("-state", "queued_at", "position").first()


def _finish_open_writes(site: Site) -> None:
    """Without a run: find out about unknown writes, send what was postponed, and reconcile."""
    site.side = "ledger"
    until = time.monotonic() + runner.SLICE_SECONDS
    while time.monotonic() < until and runner.deliver(site):
        pass
    ledger_check.advance(site, until=until)


def _pause(error: ConnectorError) -> float:
    """Return how long to leave the other side alone: refused credentials do not get better by
    asking, and some systems lock an account that keeps trying."""
    if isinstance(error, RateLimited):
        return error.retry_after
    return 0 if isinstance(error, TemporaryError) else _REFUSED_SECONDS


def _next_due(site: Site) -> datetime | None:
    """Return when there is something to do next: a flow, a look-up, a postponed write, a check."""
    flows = Flow.objects.filter(integration=site.integration, enabled=True)
    scheduled = flows.exclude(next_run_at=None).order_by("next_run_at").first()
    woken = flows.exclude(woken_at=None).order_by("woken_at").first()
    times = [
        scheduled.next_run_at if scheduled else None,
        woken.woken_at if woken else None,
        writing.next_look_up(site),
        next_look(site.integration.pk),
        site.integration.ledger_check_due_at,
    ]
    return min((at for at in times if at is not None), default=None)
