"""How many decimals the amounts of a currency have: ISO 4217's minor units."""

from __future__ import annotations

USUAL_DECIMALS = 2
WITHOUT_DECIMALS = (
    *("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG"),
    *("RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"),
)
_WITH_THREE = ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND")
_WITH_FOUR = ("CLF", "UYW")
_DECIMALS = {
    **dict.fromkeys(WITHOUT_DECIMALS, 0),
    **dict.fromkeys(_WITH_THREE, 3),
    **dict.fromkeys(_WITH_FOUR, 4),
}


def decimals_of(code: str | None) -> int:
    """Return the decimals of a currency's amounts; two for one that ISO 4217 does not list."""
    return _DECIMALS.get((code or "").strip().upper(), USUAL_DECIMALS)
