"""What a step of a chain does, in words: "line dimensions of journal entry JICSW..."."""

from __future__ import annotations

_KINDS = {
    "vendor": "vendor",
    "purchase_order": "purchase order",
    "purchase_invoice": "purchase invoice",
    "purchase_credit_memo": "purchase credit memo",
    "journal": "journal entry",
    "supplier": "the source's supplier",
}
_OPERATIONS = {
    "create": "",
    "update": "changes of ",
    "lines": "lines of ",
    "line_dimensions": "line dimensions of ",
    "post": "posting of ",
    "withdraw": "withdrawal of ",
}


def step_words(kind: str, operation: str, natural_key: str) -> str:
    """Name a step by what it concerns: the last part of its key is the number people know."""
    known = next((name for name in _OPERATIONS if operation.startswith(name)), "")
    if kind == "supplier":
        known = ""
        beginning = operation.removeprefix("update_supplier_").replace("_", " ") + " of "
        return f"{beginning}{_KINDS[kind]} {natural_key.partition('|')[0]}"
    beginning = _OPERATIONS.get(known, f"{operation.replace('_', ' ')} of ")
    parts = [part for part in natural_key.split("|") if part and part != operation]
    return f"{beginning}{_KINDS.get(kind, kind)} {parts[-1] if parts else ''}".strip()
