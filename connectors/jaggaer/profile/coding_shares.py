"""What each part of a split line has: percent, amount or quantity (JAGGAER contract 7.5).

Shares must come to the whole, but for rounding, which the last part takes; otherwise the document
holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from connectors.documents import ShareKind
from connectors.jaggaer.profile.values import fold

HUNDRED = Decimal(100)
_ALLOWED_PER_PART = Decimal("0.01")
_KINDS = {
    "percentofprice": ShareKind.PERCENT,
    "percentofquantity": ShareKind.PERCENT,
    "percent": ShareKind.PERCENT,
    "amountofprice": ShareKind.AMOUNT,
    "amount": ShareKind.AMOUNT,
    "quantity": ShareKind.QUANTITY,
    "amountofquantity": ShareKind.QUANTITY,
}

Shares = tuple[ShareKind, Sequence[Decimal]]


class CodingError(ValueError):
    """A split that cannot be used; the text says why."""


@dataclass(frozen=True, slots=True)
class ShareRules:
    """How one style of coding names its distributions, and what a lone part without share has."""

    names: Mapping[str, str]  # folded word at the source -> ours
    missing: str  # whenSingle100, hold

    def shares(
        self,
        said: Sequence[Decimal | None],
        distribution: str | None,
        *,
        amount: Decimal | None,
        quantity: Decimal | None,
    ) -> Shares:
        """Return the kind and the share of each part; CodingError if they do not make a whole.

        `said` are the parts' own numbers; `amount` and `quantity` are the line's, None for coding
        of the header, whose amounts are those of the whole document.
        """
        if len(said) == 1:
            return ShareKind.PERCENT, [self._only(said[0], distribution, amount)]
        given = [share for share in said if share is not None]
        if len(given) < len(said):
            raise CodingError(f"{len(said)} parts, but only {len(given)} of them have a share")
        kind = self._kind(distribution, given, amount)
        total = sum(given, Decimal(0))
        if kind is ShareKind.PERCENT:
            return kind, _completed(given, total, HUNDRED, "percent")
        if amount is None:
            return ShareKind.PERCENT, _as_percent(given, total)
        whole = amount if kind is ShareKind.AMOUNT else quantity or Decimal(0)
        if kind is ShareKind.AMOUNT and (whole < 0) != (total < 0):
            given, total = [-share for share in given], -total
        return kind, _completed(given, total, whole, "of the line's " + kind.value)

    def _only(
        self, share: Decimal | None, distribution: str | None, amount: Decimal | None
    ) -> Decimal:
        """The only part has everything; one that says otherwise is incomplete."""
        if share is None:
            if self.missing == "hold":
                raise CodingError("the part has no share")
            return HUNDRED
        kind = self._named(distribution)
        if kind is ShareKind.PERCENT and share != HUNDRED:
            raise CodingError(f"the only part has {share} percent")
        if kind is None and share not in (HUNDRED, 1, amount):
            raise CodingError(f"the only part has a share of {share}")
        if kind is ShareKind.AMOUNT and amount is not None and abs(share) != abs(amount):
            raise CodingError(f"the only part has {share} of {amount}")
        return HUNDRED

    def _kind(
        self, distribution: str | None, shares: Sequence[Decimal], amount: Decimal | None
    ) -> ShareKind:
        named = self._named(distribution)
        if named is not None:
            return named
        total, allowed = sum(shares, Decimal(0)), _ALLOWED_PER_PART * len(shares)
        if abs(total - HUNDRED) <= allowed:
            return ShareKind.PERCENT
        if amount is not None and abs(abs(total) - abs(amount)) <= allowed:
            return ShareKind.AMOUNT
        raise CodingError(f"the shares come to {total} and do not say of what")

    def _named(self, distribution: str | None) -> ShareKind | None:
        if distribution is None:
            return None
        ours = self.names.get(fold(distribution), distribution)
        kind = _KINDS.get(fold(ours))
        if kind is None:
            raise CodingError(f"the distribution {distribution[:30]!r} is not known")
        return kind


def _completed(
    shares: Sequence[Decimal], total: Decimal, whole: Decimal, unit: str
) -> list[Decimal]:
    """Put the rounding rest on the last share; CodingError if more than rounding is off."""
    if abs(whole - total) > _ALLOWED_PER_PART * len(shares):
        raise CodingError(f"the shares come to {total} instead of {whole} {unit}")
    return [*shares[:-1], shares[-1] + (whole - total)]


def _as_percent(shares: Sequence[Decimal], total: Decimal) -> list[Decimal]:
    if total == 0:
        raise CodingError("the shares come to nothing")
    percents = [(share * HUNDRED / total).quantize(Decimal("0.0000000001")) for share in shares]
    return [*percents[:-1], HUNDRED - sum(percents[:-1])]
