"""Which target of the ledger a code of the source probably means, and why.

The library that compares texts is loaded when something is compared first: it takes 4 MB of each
process, and no worker compares.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

SIMILAR_FROM = 75.0  # percent; below that a proposal misleads more than it helps
_BEST_OF_LINES = 0.7  # what all similar lines agree on counts less than any similar name


@dataclass(frozen=True, slots=True)
class Candidate:
    """A target that may be booked; `code` may be `DIMENSION/VALUE`."""

    code: str
    name: str

    @property
    def short(self) -> str:
        return self.code.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A proposal; `score` is from 0 to 1."""

    target_code: str
    why: str
    score: float


class Suggester:
    """Proposes targets out of one list of candidates, for one code after the other."""

    def __init__(self, candidates: Iterable[Candidate]) -> None:
        self._all = sorted(candidates, key=lambda one: one.code)
        self._by_code = {_folded(one.short): one for one in reversed(self._all)}
        self._by_name = {_folded(one.name): one for one in reversed(self._all) if one.name}
        self._names = [_comparable(one.name) for one in self._all]

    def suggest(self, code: str, description: str = "") -> Suggestion | None:
        """Return the best proposal: same code, same name, similar name, in this order."""
        same = self._by_code.get(_folded(code))
        if same is not None:
            return Suggestion(same.code, f"same code: {same.code} {same.name}".strip(), 1.0)
        words = [text for text in (description, code) if text.strip()]
        for text in words:
            named = self._by_name.get(_folded(text))
            if named is not None:
                return Suggestion(named.code, f"same name: {named.name}", 0.95)
        found = [self._similar(text) for text in words]
        return max((one for one in found if one), key=lambda one: one.score, default=None)

    def _similar(self, text: str) -> Suggestion | None:
        best = _similar_to(text, self._names, most=1)
        if not best:
            return None
        position, score = best[0]
        candidate = self._all[position]
        share = round(min(score, 94.0) / 100, 2)  # never as good as the very same name
        return Suggestion(candidate.code, f"similar name: {candidate.name}", share)


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


@dataclass(frozen=True, slots=True)
class Booked:
    """A line that went to the ledger: what it was for, and where its code was mapped to."""

    description: str
    target_code: str


def like_before(descriptions: Iterable[str], booked: Sequence[Booked]) -> Suggestion | None:
    """Return the target that most of the lines with a similar description got before.

    The weakest of the reasons: it is asked where neither code nor name says anything.
    """
    texts = [_comparable(one.description) for one in booked]
    votes: Counter[str] = Counter()
    said = ""
    for description in descriptions:
        alike = _similar_to(description, texts)
        votes.update(booked[position].target_code for position, _ in alike)
        said = said or (description if alike else "")
    if not votes:
        return None
    target, count = min(votes.items(), key=lambda pair: (-pair[1], pair[0]))
    share = count / votes.total()
    why = f'similar lines got it before: {count} of {votes.total()} like "{said[:60]}"'
    return Suggestion(target, why, round(_BEST_OF_LINES * share, 2))


def _comparable(text: str) -> str:
    """A text as it is compared: lower case, letters and digits alone."""
    from rapidfuzz import utils

    return utils.default_process(text)


def _similar_to(
    text: str, comparables: Sequence[str], *, most: int | None = None
) -> list[tuple[int, float]]:
    """Return the places of comparable texts that are similar to a text, with how much, in percent;
    the most similar first."""
    from rapidfuzz import fuzz, process

    found = process.extract(
        _comparable(text),
        comparables,
        scorer=fuzz.token_sort_ratio,
        score_cutoff=SIMILAR_FROM,
        limit=most,
    )
    return [(place, score) for _, score, place in found]
