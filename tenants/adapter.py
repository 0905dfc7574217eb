"""How the log-in pages of django-allauth fit in: they log in, and sign nobody up."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """Closes allauth's own sign-up, which would make a user without a tenant; says our words."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": "The mail address or the password is not right. Try again, or"
        " choose a new password by “Forgot your password?”.",
        "incorrect_password": "The password is not right.",
        "incorrect_code": "The code is not right, or was used already. Enter the one that the app"
        " shows now.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
