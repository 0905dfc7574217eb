"""Each change in the ledger exactly once: chains of writes, sending, reading back.

The states and rules are those of docs/concepts, "Writes". Nothing here repeats a write whose
outcome is not known.
"""

from sync.engine.writing.chain import save_chains, standing
from sync.engine.writing.sending import deliver
from sync.engine.writing.verifying import next_look_up, resolve_unknown

__all__ = ["deliver", "next_look_up", "resolve_unknown", "save_chains", "standing"]
