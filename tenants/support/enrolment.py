"""Setting up the second factor: nobody of the staff gets further without one."""

from __future__ import annotations

import base64
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret, validate_totp_code
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from tenants.models import User
from tenants.support import access

_OFFERED = "support_offered_totp"


@never_cache
@sensitive_post_parameters("code")
def two_factor(request: HttpRequest, site: Any) -> HttpResponse:
    """Offer a secret to staff without one; a right code activates it and shows recovery codes."""
    user = request.user
    if not (user.is_active and user.is_staff and access.may_read(request)):
        return redirect("admin:login")
    if access.has_authenticator(user):
        return redirect("admin:index")
    secret = request.session.setdefault(_OFFERED, generate_totp_secret())
    context = {**site.each_context(request), "title": "Set up your second factor"}
    if request.method == "POST":
        if validate_totp_code(secret, request.POST.get("code", "").strip()):
            return _activated(request, context, secret)
        context["wrong"] = True
    context |= {"secret": secret, "picture": _picture(user, secret)}
    return TemplateResponse(request, "admin/support/two_factor.html", context)


def _activated(request: HttpRequest, context: dict[str, Any], secret: str) -> HttpResponse:
    with transaction.atomic():
        TOTP.activate(request.user, secret)
        codes = RecoveryCodes.activate(request.user).generate_codes()
    del request.session[_OFFERED]
    request.session.cycle_key()
    access.note_proof(request)
    context |= {"codes": codes, "has_permission": True}
    return TemplateResponse(request, "admin/support/two_factor.html", context)


def _picture(user: User, secret: str) -> str:
    """Return the QR code as a data address, which the content policy allows for images."""
    adapter = get_adapter()
    svg = adapter.build_totp_svg(adapter.build_totp_url(user, secret))
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()
