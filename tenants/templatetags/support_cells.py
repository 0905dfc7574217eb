"""How the admin's templates show a value."""

from collections.abc import Sequence
from typing import Any

from django import template

from tenants.support.cells import shown

register = template.Library()
register.filter("shown", shown, is_safe=False)


@register.filter
def kind_of(section: Any) -> str:
    """Return the template that shows a section."""
    return f"admin/support/{section.kind}.html"


@register.filter
def under(row: Sequence[Any], headings: Sequence[str]) -> list[tuple[str, Any]]:
    """Return the values of a row, each with its heading."""
    return list(zip(headings, row, strict=True))


@register.filter
def admin_urlname_of(options: Any, page: str) -> str:
    """Return the name of a model's admin page, such as its list."""
    return f"admin:{options.app_label}_{options.model_name}_{page}"
