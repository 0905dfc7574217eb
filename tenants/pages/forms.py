"""Forms of the pages: fields that say what they are for, and refusals put where they belong."""

from __future__ import annotations

from collections.abc import Mapping

from django import forms

from tenants.refusal import Refusal


class PlainForm(forms.Form):
    """A form without colons behind its labels; optional fields say that they are."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]


def blame(
    form: forms.Form, refusal: Refusal, names: Mapping[str, str] | None = None, prefix: str = ""
) -> None:
    """Put a service's words at the fields of a form.

    `names` translates the path of a refusal to a field; without an entry it is the path without
    `prefix`, dots as underscores. What belongs to no field stands above the form.
    """
    names = names or {}
    if not refusal.fields:
        form.add_error(None, refusal.message)
    for path, messages in refusal.fields.items():
        name = names.get(path, path.removeprefix(prefix).replace(".", "_"))
        for message in messages:
            if name in form.fields:
                form.add_error(name, message)
            else:
                form.add_error(None, f"{path}: {message}" if path else message)
