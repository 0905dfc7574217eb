"""A worker process that reads long lists and tells how much memory each has cost.

For each list, named by its flow and the root it is read from, a line of JSON says how many records
were found, what the last one holds, or which error ended it, and the process's peak in MB.
Started by `test_long_lists`.
"""

from __future__ import annotations

import sys
from typing import Any

from tests.faults.measured import forget_peak, jaggaer_at, tell, weigh_as_a_worker


def main() -> None:
    weigh_as_a_worker()
    url, *lists = sys.argv[1:]
    for each in lists:
        flow, _, root = each.partition(":")
        forget_peak()
        tell(**found(url, flow, root))


def found(url: str, flow: str, root: str) -> dict[str, Any]:
    from connectors.errors import ConnectorError

    try:
        entries = jaggaer_at(url, root).list(flow, None).entries
    except ConnectorError as error:
        return {"refused": error.code}
    last = entries[-1]
    return {"read": len(entries), "last": last.source_id, "payload": last.payload}


if __name__ == "__main__":
    main()
