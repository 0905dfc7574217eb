"""How two suppliers belong together, in words: by a parent, or by the vendor that is paid for both.

Pure. Who belongs to one group is decided elsewhere (`family`); this says through whom.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Member:
    """A supplier or vendor by its key; `label` is its number with its name."""

    key: str
    label: str


@dataclass(frozen=True, slots=True)
class Lineage:
    """A supplier's parents, the direct one first, and the vendor that cards say is paid for it."""

    parents: tuple[Member, ...] = ()
    paid: Member | None = None


@dataclass(frozen=True, slots=True)
class Kinship:
    """`how`: parent (theirs is ours'), child, common_parent or pay_to; `through` whom, where that
    is a third one."""

    how: str
    words: str
    through: str = ""


NO_LINEAGE = Lineage()


def kinship(ours: Member, own: Lineage, theirs: Member, other: Lineage) -> Kinship | None:
    """Return the closest connection between our supplier and the other one, None without any."""
    if theirs.key in _keys(own.parents):
        return Kinship("parent", f"{theirs.label} is a parent of {ours.label}")
    if ours.key in _keys(other.parents):
        return Kinship("child", f"{ours.label} is a parent of {theirs.label}")
    shared = next((each for each in own.parents if each.key in _keys(other.parents)), None)
    if shared is not None:
        return Kinship("common_parent", f"both have the parent {shared.label}", shared.label)
    return _paid_together(ours, own.paid, theirs, other.paid)


def _paid_together(
    ours: Member, own: Member | None, theirs: Member, other: Member | None
) -> Kinship | None:
    if own is not None and own.key == theirs.key:
        return Kinship("pay_to", f"{theirs.label} is the vendor paid for {ours.label}")
    if other is not None and other.key == ours.key:
        return Kinship("pay_to", f"{ours.label} is the vendor paid for {theirs.label}")
    if own is not None and other is not None and own.key == other.key:
        return Kinship("pay_to", f"vendor {own.label} is paid for both", own.label)
    return None


def _keys(members: Sequence[Member]) -> set[str]:
    return {each.key for each in members}
