"""A worker process that fetches hostile documents and tells how much memory each has cost.

For each kind it fetches a document that answers so, and after it one that is well; a line of JSON
says what became of both and the process's peak in MB. Started by `test_hostile_answers`.
"""

from __future__ import annotations

import sys

from tests.faults.measured import forget_peak, jaggaer_at, tell, weigh_as_a_worker

WELL = "700001"


def main() -> None:
    weigh_as_a_worker()
    from connectors.base import Entry, Record

    url, *kinds = sys.argv[1:]
    connector = jaggaer_at(url, "api")
    for kind in (WELL, *kinds):
        forget_peak()
        hostile, well = connector.fetch(
            "purchase_orders", [Entry(source_id, "", None, {}) for source_id in (kind, WELL)]
        )
        tell(
            refused=not isinstance(hostile, Record) or bool(hostile.problems),
            next=isinstance(well, Record) and well.source_id == WELL,
        )


if __name__ == "__main__":
    main()
