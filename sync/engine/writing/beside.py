"""What stands in the ledger under the number of a document of ours and is not that document.

People enter an invoice by hand, and a person accepts with a note that ours is another one of the
same number (domain rules 1a 33). The acceptance names the ledger's documents that it is about.
These are never taken for ours, whatever becomes of our writes or of the document meanwhile. What
is not named speaks against our write as before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from connectors.base import CREATE, Found
from sync.models import Override

ACCEPTED_BESIDE = "duplicate_in_ledger"  # the override by which a person accepts such documents
NAMED = "existing_ids"  # key of its evidence: how the ledger's documents are known

_Ids = Mapping[UUID, Collection[str]]


@dataclass(frozen=True, slots=True)
class Beside:
    """The ledger's documents that are known not to be ours, by document of ours.

    `accepted`: those that speak against nothing, because the version that is being written was
    accepted beside them.
    """

    known: _Ids = field(default_factory=dict)
    accepted: _Ids = field(default_factory=dict)

    def left(
        self, document_id: UUID, operation: str, found: Iterable[Found], *, was_sent: bool
    ) -> list[Found]:
        """Return what a look-up found without what is known to be somebody else's.

        Before anything was sent, what was accepted for another version only stays as an objection:
        it is never the same as ours, whatever it says.
        """
        if operation != CREATE:
            return list(found)
        known = self.known.get(document_id, ())
        settled = known if was_sent else self.accepted.get(document_id, ())
        return [
            replace(each, same=False, bears_reference=False) if each.known_as in known else each
            for each in found
            if each.known_as not in settled
        ]


def beside(fingerprints: Mapping[UUID, str]) -> Beside:
    """Return what people accepted for documents, whose versions have these fingerprints; use inside
    `site.rows()`."""
    known: dict[UUID, set[str]] = defaultdict(set)
    accepted: dict[UUID, set[str]] = defaultdict(set)
    rows = Override.objects.filter(document__in=list(fingerprints), code=ACCEPTED_BESIDE)
    for pk, fingerprint, evidence in rows.values_list("document", "fingerprint", "evidence"):
        known[pk].update(evidence.get(NAMED, ()))
        if fingerprint == fingerprints[pk]:
            accepted[pk].update(evidence.get(NAMED, ()))
    return Beside(known, accepted)


def not_ours(documents: Iterable[UUID]) -> dict[UUID, list[str]]:
    """Return how what stands beside these documents is known; use inside `site.rows()`."""
    found = beside(dict.fromkeys(documents, "")).known
    return {pk: sorted(ids) for pk, ids in found.items()}


def with_earlier(
    fingerprints: Mapping[UUID, str], accepting: Mapping[UUID, Mapping[str, Any]]
) -> dict[UUID, dict[str, Any]]:
    """Return the evidence of new acceptances, by document, with what earlier ones of the same
    version named; use inside `site.rows()`."""
    before = beside(fingerprints).accepted
    return {
        pk: {**evidence, NAMED: sorted({*evidence.get(NAMED, ()), *before.get(pk, ())})}
        for pk, evidence in accepting.items()
    }
