"""Protections switched off one at a time, in the drill's workers only, to see it turn red."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any


def _settle() -> None:
    """Send again as soon as a look-up finds nothing."""
    from sync.engine.writing import verifying

    verifying._can_no_longer_apply = lambda *_: True


def _lease_guard() -> None:
    """Send without asking whether the lease still holds."""
    from connectors.http import permission

    permission.require = lambda _seconds: None


def _fence() -> None:
    """Let a worker that lost its claim go on changing rows."""
    from sync.engine import site
    from sync.engine.writing import sending
    from sync.engine.writing.transitions import WriteBook
    from sync.models import Write

    site.hold = lambda _claim: True
    site.renew = sending.renew = lambda claim, seconds=None: True
    prepare = WriteBook.__init__

    def anyhow(self: Any, where: Any, writes: Any) -> None:
        known = Write.objects.in_bulk([write.pk for write in writes])
        for write in writes:
            write.fence = known[write.pk].fence
        prepare(self, where, writes)

    WriteBook.__init__ = anyhow


def _primary_read() -> None:
    """Look up on whatever replica answers."""
    from connectors.nav import odata

    odata.PRIMARY.clear()


def _no_http_retry() -> None:
    """Repeat a POST whose connection broke, as many libraries do."""
    from connectors.http.session import _TROUBLE, Session

    exchange = Session._exchange

    def twice(self: Any, *args: Any) -> Any:
        try:
            return exchange(self, *args)
        except _TROUBLE:
            return exchange(self, *args)

    Session._exchange = twice


def _one_transaction() -> None:
    """Store decisions first and what follows from them in a second transaction."""
    from sync.engine import deciding
    from sync.engine.deciding import saving
    from tests.drill.points import passing

    decide, save = deciding.decide_block, saving.save_chains
    mine = threading.local()

    def apart(site: Any, run: Any) -> int:
        mine.later = []
        done = decide(site, run)
        if any(chains for (_, chains), _ in mine.later):  # a block may have nothing to write
            passing("between")
        for args, kwargs in mine.later:
            with site.rows(run=run.pk):
                save(*args, **kwargs)
        return done

    saving.save_chains = lambda *args, **kwargs: mine.later.append((args, kwargs))
    deciding.decide_block = apart


def _look_up_after_restore() -> None:
    """Take a restored database for the whole truth."""
    from sync.engine.writing import chain, sending, verifying

    for module in (chain, sending, verifying):
        module.current_life = chain.Life


CONTROLS: Mapping[str, Callable[[], None]] = {
    "settle": _settle,
    "lease_guard": _lease_guard,
    "fence": _fence,
    "primary_read": _primary_read,
    "no_http_retry": _no_http_retry,
    "one_transaction": _one_transaction,
    "look_up_after_restore": _look_up_after_restore,
}
