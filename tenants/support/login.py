"""Log-in of staff: mail address, password and the code of the second factor, all or nothing."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.signals import user_login_failed

from tenants.models import User
from tenants.support import access

_WRONG = "Mail address, password or code is wrong, or this account may not enter."


class StaffLoginForm(AdminAuthenticationForm):
    """One form and one answer for all that may be wrong, so that nothing is told by parts.

    A wrong code counts as a failed log-in for django-axes, like a wrong password.
    """

    error_messages = {"invalid_login": _WRONG, "inactive": _WRONG}
    code = forms.CharField(
        required=False,
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
        help_text="From your authenticator app, or a recovery code. None set up yet: leave empty.",
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        user = self.get_user()
        if user is not None and access.has_authenticator(user):
            self._prove(user, cleaned.get("code") or "")
        return cleaned

    def _prove(self, user: User, code: str) -> None:
        if not access.is_code_right(user, code.replace(" ", "")):
            user_login_failed.send(
                sender=__name__, credentials={"username": user.email}, request=self.request
            )
            raise forms.ValidationError(_WRONG, code="invalid_login")
        self.request.second_factor_shown = True
