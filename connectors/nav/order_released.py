"""A released order keeps what it has: NAV refuses every change of one, and none of its services
reopens it (NAV contract 3.2, 4.3). Pure: what people are to see then."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from connectors.documents import LedgerOrderChange
from connectors.nav.translate import plain

if TYPE_CHECKING:
    from connectors.nav.order_compare import FoundOrder, Todo

_NOTHING = "nothing"
_IN_THE_CLIENT = {"Open": "released", "In Review": "pending approval"}


def spoken_status(status: str) -> str:
    """Return a status of API v2.0 in the words of NAV's own pages, where `Open` means another."""
    return _IN_THE_CLIENT.get(status, status)


def undone(
    todo: Todo, found: FoundOrder, change: LedgerOrderChange, places: dict[int, int]
) -> Iterator[dict[str, str]]:
    """Yield the three values of each change that is left undone; `places` are those of the lines
    as they were read, by identity."""
    written = {line.place: line.line for line in change.standing.lines}
    for each in found.header:
        if each.name in todo.header:
            yield _row(each.name, each.written or _NOTHING, each.ledger, each.wanted)
    for line, values in todo.changed:
        place = places[id(line)]
        ours = {"quantity": written[place].quantity, "price": written[place].unit_price}
        stands = {"quantity": line.quantity, "price": line.price}
        for name, wanted in values.items():
            three = (plain(value) for value in (ours[name], stands[name], wanted))
            yield _row(f"line {place} {name}", *three)
    for line in todo.removed:
        place = places[id(line)]
        ours_now = plain(written[place].quantity)
        yield _row(f"line {place} quantity", ours_now, plain(line.quantity), "no line")
    for item, quantity in todo.added:
        yield _row(f"line {item.new_place}", _NOTHING, _NOTHING, plain(quantity))


def _row(field: str, written: str, ledger: str, wanted: str) -> dict[str, str]:
    return {"field": field, "written": written, "ledger": ledger, "wanted": wanted}
