"""Decides what becomes of received documents: a block at a time, with a fixed number of queries."""

from sync.engine.deciding.block import decide_block, decide_documents, decide_waiting

__all__ = ["decide_block", "decide_documents", "decide_waiting"]
