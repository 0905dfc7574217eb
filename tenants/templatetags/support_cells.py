"""How the admin's templates show a value."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst

from tenants.support.cells import shown

register = template.Library()
register.filter("shown", shown, is_safe=False)


@register.filter
def kind_of(section: Any) -> str:
    """Return the template that shows a section."""
    return f"admin/support/{section.kind}.html"


@register.filter
def under(row: Iterable[Any], headings: Iterable[Any]) -> list[tuple[Any, Any]]:
    """Return the values of a row, each with its heading."""
    return list(zip(headings, row, strict=True))


@register.filter
def labelled(cell: str, header: Mapping[str, Any]) -> SafeString:
    """Return a cell of a list that carries its heading, for where the table folds."""
    if "action-checkbox" in header.get("class_attrib", ""):
        return SafeString(cell)
    tag, rest = cell.split(" ", 1)
    return SafeString(
        format_html('{} data-label="{}" ', SafeString(tag), capfirst(header["text"])) + rest
    )


@register.filter
def admin_urlname_of(options: Any, page: str) -> str:
    """Return the name of a model's admin page, such as its list."""
    return f"admin:{options.app_label}_{options.model_name}_{page}"
