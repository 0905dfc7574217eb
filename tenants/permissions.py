"""Which role a view takes: reading is for every member, the rest is said by the view."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from tenants.models import Role

View = Callable[..., HttpResponse]


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


def role_required(role: Role | str = Role.VIEWER) -> Callable[[View], View]:
    """Show a page to members with this role or more; others are sent to the log-in or get a 403."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            member = getattr(request, "member", None)
            if member is None and not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if member is None or not member.can(role):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return guarded

    return decorate
