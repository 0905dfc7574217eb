"""What a preview does once it has decided everything: it looks into the ledger as a live run does.

What is found there is said in its outcomes; then those that waited are decided again, and so on
until none goes on. Nothing is written anywhere but in the preview.
"""

from __future__ import annotations

from connectors.base import Step
from sync.domain.decision import Action
from sync.engine.bulk import update_rows
from sync.engine.deciding import decide_waiting
from sync.engine.looking_ahead import Answers, look_ahead, words_of
from sync.engine.parking import stored
from sync.engine.pretending import LOOK
from sync.engine.site import Site
from sync.engine.writing.first_look import FirstStep
from sync.models import DocumentState, Outcome, Run

_BLOCK = 200
_FIELDS = ("decision", "state", "reasons", "requests", "planned", "pretended")


def rehearse(site: Site, run: Run) -> bool:
    """Do one more piece of a preview; returns whether there was any."""
    return bool(_look(site, run)) or bool(decide_waiting(site, run))


def _look(site: Site, run: Run) -> int:
    """Ask the ledger about the next block of what would be created; returns how many."""
    with site.rows(run=run.pk):
        planned = run.outcomes.filter(decision=Action.CREATE, pretended__has_key=LOOK)
        rows = list(planned.order_by("document_id")[:_BLOCK])
    if not rows:
        return 0
    answers = look_ahead(site, [_first_step(row) for row in rows], patient=True)
    with site.rows(run=run.pk):
        for row in rows:
            _apply(row, answers)
        update_rows(rows, _FIELDS)
        if answers.unasked:
            _warn(run, words_of(answers))
    return len(rows)


def _first_step(row: Outcome) -> FirstStep:
    look = row.pretended[LOOK]
    return FirstStep(row.document_id, Step(*look["step"]), look["was_sent"])


def _apply(row: Outcome, answers: Answers) -> None:
    """Hold a document back as a live run would; what stands already is not created again."""
    look = row.pretended.pop(LOOK)
    why, number = answers.held.get(row.document_id), answers.standing.get(row.document_id)
    if why is not None:
        row.decision, row.state = Action.PARK, DocumentState.PARKED
        row.reasons, row.requests, row.planned = [stored(why)], [], []
    elif number is not None:
        row.requests = row.requests[look["requests"] :]
        row.planned[0]["stands_as"] = number  # the first is what was looked for


def _warn(run: Run, words: str) -> None:
    told = run.cursor.setdefault("warnings", [])
    if words not in told:
        told.append(words)
        run.save(update_fields=["cursor"])
