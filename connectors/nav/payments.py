"""Whether purchase invoices and credit memos are paid, as API v2.0 tells it: by their status.

NAV computes the status in the order Canceled, Corrective, Paid, Open (NAV contract 4.3); what is
left to pay has no entity there.
"""

from __future__ import annotations

from collections.abc import Sequence

from connectors.nav import kinds, odata, urls
from connectors.nav.client import Client, Row
from connectors.payments import Booked, Paying, Payment

_STATES = {
    "": Paying.DRAFT,
    "Draft": Paying.DRAFT,
    "In Review": Paying.DRAFT,
    "Open": Paying.OPEN,
    "Paid": Paying.PAID,
    "Canceled": Paying.CANCELLED,
    "Corrective": Paying.CANCELLED,
}


def read(client: Client, company_id: str, asked: Sequence[Booked]) -> list[Payment | None]:
    """Return how each is paid, None for a word we do not know; 40 documents a call."""
    found: dict[tuple[str, str], Payment | None] = {}
    for kind in (kinds.INVOICE, kinds.CREDIT_MEMO):
        ids = sorted({one.remote_id.lower() for one in asked if one.kind == kind})
        path = urls.company(company_id, kinds.DOCUMENTS[kind].entity_set)
        for group in odata.in_groups(ids):
            found |= {(kind, each): Payment(Paying.GONE) for each in group}
            params = {"$filter": odata.any_id(group), "$select": "id,number,status"}
            for row in client.rows(path, params, primary=True):
                found[kind, str(row["id"]).lower()] = _payment(row)
    return [found.get((one.kind, one.remote_id.lower())) for one in asked]


def _payment(row: Row) -> Payment | None:
    word = odata.decode_enum(row.get("status"))
    state = _STATES.get(word)
    return Payment(state, word, str(row.get("number") or "")) if state else None
