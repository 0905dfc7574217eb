"""The forms of django-allauth in the words of our own: the same labels, nothing said twice."""

from __future__ import annotations

from typing import Any

from allauth.account import forms
from allauth.mfa.base import forms as mfa_forms
from allauth.mfa.totp import forms as totp_forms

from tenants.web.forms import PASSWORD_HINT


class _OurWords:
    """Names the fields as sign-up names them; a placeholder would only repeat the label."""

    fields: dict[str, Any]
    words = {
        "login": "Mail address",
        "email": "Mail address",
        "oldpassword": "Current password",
        "password1": "New password",
        "password2": "New password again",
        "code": "Code",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.label = self.words.get(name, field.label)
            field.widget.attrs.pop("placeholder", None)
        if "password1" in self.fields:
            self.fields["password1"].help_text = PASSWORD_HINT


class LoginForm(_OurWords, forms.LoginForm):
    pass


class ChangePasswordForm(_OurWords, forms.ChangePasswordForm):
    pass


class ResetPasswordForm(_OurWords, forms.ResetPasswordForm):
    pass


class ResetPasswordKeyForm(_OurWords, forms.ResetPasswordKeyForm):
    pass


class ReauthenticateForm(_OurWords, forms.ReauthenticateForm):
    pass


class AuthenticateForm(_OurWords, mfa_forms.AuthenticateForm):
    pass


class ReauthenticateByCodeForm(_OurWords, mfa_forms.ReauthenticateForm):
    pass


class ActivateTotpForm(_OurWords, totp_forms.ActivateTOTPForm):
    pass
