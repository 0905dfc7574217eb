"""A customer whose whole history has one time stamp and is edited while it is read."""

from __future__ import annotations

from math import ceil
from pathlib import Path

from sync.models import FlowName
from tests import small
from tests.world import control

EDITED = 5  # records edited after each page


def test_every_record_is_kept_in_its_last_state_and_no_page_is_read_twice(
    transactional_db, tmp_path: Path, full_size
):
    count, page_size = full_size(full_size(10_000)), full_size(100)
    pages = ceil(count / page_size)
    stamp = "2026-03-02T08:00:00.123Z"
    lines = (
        small.order(number, workflowStatus="Pending", lastUpdate=stamp) for number in range(count)
    )
    with small.small_world(tmp_path, lines) as customer:
        moves = {"page_size": page_size, "between_pages": edits(pages, page_size)}
        control(customer.jaggaer, "switches", moves)

        [first] = customer.run(FlowName.PURCHASE_ORDERS)
        seen = customer.requests(customer.jaggaer)
        [second] = customer.run(FlowName.PURCHASE_ORDERS)
        later = customer.requests(customer.jaggaer)[len(seen) :]
        kept = customer.documents(flow_name=FlowName.PURCHASE_ORDERS)

        lists = [entry for entry in seen if entry.path.endswith("/purchaseorders")]
        edited = [row for row in kept if (row.modified_at.year, row.modified_at.month) > (2026, 3)]
        assert (first.state, second.state) == ("succeeded", "succeeded")
        assert len(lists) == pages
        assert len(seen) - len(lists) == count
        assert len(kept) == count
        assert len(edited) == EDITED * pages
        assert all(entry.path.endswith("/purchaseorders") for entry in later)


def edits(pages: int, page_size: int) -> list[list[dict]]:
    """Return what people edit after each page: records that were on it."""
    return [
        [
            {
                "collection": "purchaseorders",
                "id": 700_000 + page * page_size + at,
                "patch": {"header": {"internalNote": "edited"}},
            }
            for at in range(EDITED)
        ]
        for page in range(pages)
    ]
