"""Which role a view takes: reading is for every member, the rest is said by the view."""

from __future__ import annotations

from typing import Any

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from tenants.models import Role


class RoleSuffices(BasePermission):
    """Compares the member's role with `read_role` and `write_role` of the view.

    Without them reading takes a viewer and anything else an administrator.
    """

    message = "Your role does not allow this."

    def has_permission(self, request: Request, view: Any) -> bool:
        member = getattr(request, "member", None)
        if member is None:
            return False
        if request.method in SAFE_METHODS:
            return member.can(getattr(view, "read_role", Role.VIEWER))
        return member.can(getattr(view, "write_role", Role.ADMIN))
