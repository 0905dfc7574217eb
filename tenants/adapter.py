"""How the log-in pages of django-allauth fit in: they log in, and sign nobody up."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """Closes allauth's own sign-up, which would make a user without a tenant."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
