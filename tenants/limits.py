"""How often strangers may ask for what costs us: a sign-up hashes a password and sends a mail.

Counted by address of the caller, by mail address, so that nobody floods somebody else's mailbox,
and over all of them. The rates are settings of allauth, which counts log-ins and forgotten
passwords the same way.
"""

from __future__ import annotations

from typing import Any

from allauth.core import ratelimit

from tenants.models import email_key

WAIT_SECONDS = 3600  # the longest of the rates


def signup_may_go_on(request: Any, address: Any) -> bool:
    """Count an attempt to sign up; False when it is one too many, for its caller or over all."""
    key = email_key(str(address))
    by_caller = ratelimit.consume(request, action="signup", key=key)
    return by_caller and ratelimit.consume(request, action="signup_of_all", key="all")
