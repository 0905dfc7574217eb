"""A person's account goes: what is left is an id that leads to nobody."""

from __future__ import annotations

import structlog
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.admin.models import LogEntry
from django.db.models import F

from tenants.models import BrowserSession, SignUp, User

log = structlog.get_logger(__name__)
_LOCKOUTS = (AccessAttempt, AccessFailureLog, AccessLog)


def account_erase(user: User) -> None:
    """Take name, password, second factors and log-ins from an account; nobody can use it again.

    The row stays, since history points at it. Call it in a transaction.
    """
    user = User.objects.select_for_update().get(pk=user.pk)  # staff read it as another role
    address = user.email
    EmailAddress.objects.filter(user=user).delete()
    Authenticator.objects.filter(user=user).delete()
    BrowserSession.objects.filter(user=user).delete()
    SignUp.objects.filter(email=address).delete()
    for model in _LOCKOUTS:
        model.objects.filter(username=address).delete()
    label = user.audit_label
    LogEntry.objects.filter(object_repr__icontains=address).update(object_repr=label)
    user.email = f"{user.pk.hex}@erased.invalid"
    user.set_unusable_password()
    user.is_active = False
    user.session_generation = F("session_generation") + 1
    user.save(update_fields=["email", "password", "is_active", "session_generation"])
    log.info("account_erased", user=str(user.pk))
