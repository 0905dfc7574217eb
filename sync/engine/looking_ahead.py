"""What a live run would find in the ledger before its first send: asked for previews, reads only.

A preview puts the same questions as the duplicate gate and the look-up before a first send
(`entered`, `writing.verifying`), some forty documents a call, and says the same. Where the ledger
cannot be asked, what was planned stays as it is, and the preview says that it was not looked for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from connectors.base import Found
from connectors.errors import ConnectorError, RateLimited
from sync.domain.reasons import Reason
from sync.engine.entered import Create, by_kind, entered_of, objections, questions
from sync.engine.site import Site
from sync.engine.writing.beside import beside
from sync.engine.writing.first_look import FirstStep
from sync.engine.writing.refused import conflict_of
from sync.engine.writing.verifying import holders_of, is_free
from sync.models import Document
from sync.models.document import INVOICE_KINDS


@dataclass(slots=True)
class Answers:
    """What the ledger says of planned documents: who is held back, who stands there already."""

    held: dict[UUID, Reason] = field(default_factory=dict)
    standing: dict[UUID, str] = field(default_factory=dict)  # its number there
    unasked: str = ""  # in words, why the ledger could not be asked about all of it


def look_ahead(site: Site, steps: Sequence[FirstStep], *, patient: bool) -> Answers:
    """Ask the ledger about planned documents; outside of `site.rows()`, and it writes nothing.

    `patient`: a ledger that asks us to wait is waited for (RateLimited is raised); any other that
    does not answer is said in `unasked`.
    """
    answers = Answers()
    site.side = "ledger"
    try:
        _ask_entered(site, steps, answers)
        _ask_by_key(site, [one for one in steps if one.document_id not in answers.held], answers)
    except RateLimited as error:
        if patient:
            raise
        answers.unasked = error.message
    except ConnectorError as error:
        answers.unasked = error.message
    return answers


def words_of(answers: Answers) -> str:
    """Say that duplicates in the ledger were not looked for; empty where they were."""
    if not answers.unasked:
        return ""
    return (
        "Whether somebody entered documents in the ledger already could not be looked for:"
        f" {answers.unasked} A live run looks before it sends anything."
    )


def _ask_entered(site: Site, steps: Sequence[FirstStep], answers: Answers) -> None:
    """Ask for other spellings of the number and other cards of the group."""
    creates = [
        Create(one.document_id, one.step.kind, one.step.content)
        for one in steps
        if one.step.kind in INVOICE_KINDS and not one.was_sent
    ]
    with site.rows():
        asked = questions(site, creates) if creates else []
    entered = {kind: entered_of(site, kind, group) for kind, group in by_kind(asked).items()}
    if asked:
        with site.rows():
            answers.held |= objections(site, asked, entered)


def _ask_by_key(site: Site, steps: Sequence[FirstStep], answers: Answers) -> None:
    """Ask for what stands under the very key of each step."""
    groups: dict[str, list[FirstStep]] = defaultdict(list)
    for one in steps:
        groups[one.step.kind].append(one)
    found: dict[UUID, Sequence[Found]] = {}
    for group in groups.values():
        known: Mapping[str, object] = {}
        rows = site.ledger.find(site.company_id, [(one.step, known) for one in group])
        found |= {one.document_id: row for one, row in zip(group, rows, strict=True)}
    there = {pk: rows for pk, rows in found.items() if rows}
    if not there:
        return
    with site.rows():
        holders = holders_of(groups, [each for rows in there.values() for each in rows])
        documents = Document.objects.in_bulk(list(there))
        strangers = beside({pk: row.fingerprint for pk, row in documents.items()})
    for one in steps:
        pk, step = one.document_id, one.step
        rows = there.get(pk, ())
        free = [each for each in rows if is_free(each, step.kind, pk, holders)]
        free = strangers.left(pk, step.operation, free, was_sent=one.was_sent)
        _judge(one, documents.get(one.document_id), free, answers)


def _judge(
    one: FirstStep, document: Document | None, found: Sequence[Found], answers: Answers
) -> None:
    """Say the same as a live run: the very document stands there, or something else does."""
    if not found or document is None:
        return
    if len(found) == 1 and found[0].same:
        answers.standing[one.document_id] = found[0].written.number
    else:
        why = conflict_of(document, one.step, found, was_sent=one.was_sent)
        answers.held[one.document_id] = why
