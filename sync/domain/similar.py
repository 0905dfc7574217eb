"""Texts that are nearly the same, whatever the order of their words.

The library that compares is loaded when something is compared first: it takes 4 MB of each process,
and no worker compares.
"""

from __future__ import annotations

from collections.abc import Sequence

SIMILAR_FROM = 75.0  # percent; below that a proposal misleads more than it helps


def comparable(text: str) -> str:
    """A text as it is compared: lower case, letters and digits alone."""
    from rapidfuzz import utils

    return utils.default_process(text)


def similar_to(
    text: str, comparables: Sequence[str], *, most: int | None = None
) -> list[tuple[int, float]]:
    """Return the places of comparable texts that are similar to a text, with how much, in percent;
    the most similar first."""
    from rapidfuzz import fuzz, process

    found = process.extract(
        comparable(text),
        comparables,
        scorer=fuzz.token_sort_ratio,
        score_cutoff=SIMILAR_FROM,
        limit=most,
    )
    return [(place, score) for _, score, place in found]
