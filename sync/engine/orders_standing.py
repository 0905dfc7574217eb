"""What stands of orders: as they were written last, and what invoices took from their lines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from django.db.models import Exists, OuterRef

from connectors import codec
from connectors.documents import OrderStanding
from sync.domain.order_changes import standing_of
from sync.engine.usage import STANDING, counted
from sync.matching.context import NOTHING, Usage
from sync.models import DocumentState, Link, Write, WriteState
from sync.models.document import INVOICE_KINDS

_UNDER_WAY = (DocumentState.RECEIVED, DocumentState.WAITING, DocumentState.PARKED)


@dataclass(frozen=True, slots=True)
class Standing:
    """An order in the ledger: its id there and its lines as we wrote them last."""

    remote_id: str
    order: OrderStanding
    number: str = ""
    kept: Mapping[str, Decimal] = field(default_factory=dict)  # line -> what had to stay of it
    is_deleted: bool = False  # by us, as the policy wants it of a cancelled order
    changes: frozenset[str] = frozenset()  # operations of the changes that were carried out

    def part(self, version: int) -> int:
        """Return how the next change of a version is told apart from those before."""
        first = f"change_{version}"
        return len(self.changes) if first in self.changes else 0


@dataclass(frozen=True, slots=True)
class Invoiced:
    """What invoices took from one order's lines, and which invoices are still under way.

    `used` counts what stands and what is being written, `written` only what the ledger holds.
    """

    used: Mapping[int, Usage]
    under_way: tuple[str, ...] = ()
    written: Mapping[int, Usage] = field(default_factory=dict)


def standing_orders(ids: Iterable[UUID]) -> dict[UUID, Standing]:
    """Return what stands of each order: the last confirmed write says it."""
    rows = Write.objects.filter(
        document__in=list(ids), kind="purchase_order", state=WriteState.CONFIRMED
    )
    found: dict[UUID, Standing] = {}
    for row in rows.order_by("confirmed_at"):
        if "standing" in row.facts:
            order = codec.load(row.facts["standing"])
        elif "order" in row.content:
            order = standing_of(codec.load(row.content["order"]))
        else:
            continue
        kept = {each["line"]: Decimal(each["kept"]) for each in row.facts.get("kept") or ()}
        before = found[row.document_id].changes if row.document_id in found else frozenset()
        found[row.document_id] = Standing(
            remote_id=row.remote_id,
            order=order,
            number=row.number,
            kept=kept,
            is_deleted=bool(row.facts.get("deleted")),
            changes=before | _changes(row),
        )
    return found


def _changes(row: Write) -> frozenset[str]:
    return frozenset({row.operation} if "change" in row.content else ())


def invoiced(ids: Iterable[UUID]) -> dict[UUID, Invoiced]:
    """Return what was invoiced of each order: what stands counts, what is under way is named."""
    in_ledger = Link.objects.filter(document=OuterRef("document"), kind__in=INVOICE_KINDS)
    lines = counted(ids).filter(order_line__gte=0)  # charges stand on no line of the ledger
    rows = lines.values_list(
        "order",
        "order_line",
        "quantity",
        "amount",
        "document__state",
        "document__supplier_reference",
        Exists(in_ledger),
    )
    used: dict[UUID, dict[int, Usage]] = defaultdict(dict)
    written: dict[UUID, dict[int, Usage]] = defaultdict(dict)
    waiting: dict[UUID, set[str]] = defaultdict(set)
    for order, line, quantity, amount, state, number, is_written in rows:
        usage = Usage(quantity, amount)
        if is_written:
            written[order][line] = written[order].get(line, NOTHING) + usage
        if is_written or state in STANDING:
            used[order][line] = used[order].get(line, NOTHING) + usage
        if state in _UNDER_WAY:
            waiting[order].add(number)
    return {
        order: Invoiced(
            used.get(order, {}), tuple(sorted(waiting.get(order, ()))), written.get(order, {})
        )
        for order in used.keys() | waiting.keys()
    }
