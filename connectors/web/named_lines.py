"""Names by key as people type them: one a line, `purchase order: Orders`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms


class NamedLines(forms.Field):
    """An object of texts; `known` says what each key stands for. Its value is a mapping."""

    def __init__(self, known: Mapping[str, str], **more: Any) -> None:
        widget = forms.Textarea(attrs={"rows": 3, "class": "mono", "spellcheck": "false"})
        super().__init__(widget=widget, **more)
        self.known = known
        all_known = ", ".join(f"{_spoken(key)} ({what})" for key, what in known.items())
        self.help_text = (
            f"One a line, as in “{next(iter(known))}: The_Name”. What is left out is looked up."
            f" Known are {all_known}."
        )

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return "\n".join(f"{_spoken(key)}: {name}" for key, name in value.items())
        return value

    def to_python(self, value: Any) -> dict[str, str]:
        """Return what was typed; raises ValidationError at the first line that cannot be read."""
        found = {}
        for line in filter(None, map(str.strip, (value or "").splitlines())):
            key, colon, name = (part.strip() for part in line.partition(":"))
            if not (colon and name):
                raise forms.ValidationError(f"“{line}”: a line reads name: service.")
            if _key(key) not in self.known:
                raise forms.ValidationError(f"“{key}” is none of the known names.")
            found[_key(key)] = name
        return found


def _spoken(key: str) -> str:
    return key.replace("_", " ")


def _key(spoken: str) -> str:
    return "_".join(spoken.lower().split())
