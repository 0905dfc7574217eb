"""What the workers do, done in this process: every ticket that is due, until none is."""

from __future__ import annotations

from sync.engine import tickets
from sync.engine.work import work
from sync.models import Ticket


def work_off(most_slices: int = 500) -> bool:
    """Work until nothing is due any more; False where that many slices were not enough."""
    for _ in range(most_slices):
        Ticket.objects.update(rung_at=None)
        due = tickets.due_tickets()
        if not due:
            return True
        for _ in due:
            work()
    return False
