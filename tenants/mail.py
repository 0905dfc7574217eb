"""The few mails about access, sent once the transaction stands; one that fails is logged."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import structlog
from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction

from tenants.models import SupportVisit, Tenant

log = structlog.get_logger(__name__)


def finish_signup(address: str, organization: str, token: str) -> None:
    """Send the link that finishes a sign-up."""
    _send(
        address,
        "Finish your sign-up",
        f"Somebody, we hope you, signed {organization} up with this address.\n\n"
        f"Finish here within two days:\n{_link('signup', token)}\n\n"
        "If it was not you, do nothing: no account exists until the link is opened.\n",
    )


def already_known(address: str) -> None:
    """Tell the owner of an account that somebody tried to sign up with the address."""
    _send(
        address,
        "You already have an account",
        "Somebody tried to sign up with this address, which already has an account.\n\n"
        f"Log in or reset your password here:\n{settings.PUBLIC_URL}"
        "/accounts/login/\n\nIf it was not you, nothing has changed.\n",
    )


def invite(address: str, organization: str, token: str) -> None:
    """Send the link that joins a tenant."""
    _send(
        address,
        f"You are invited to {organization}",
        f"You were invited to work with {organization}.\n\n"
        f"Accept within seven days:\n{_link('join', token)}\n",
    )


def support_visits(address: str, tenant: Tenant, visit: SupportVisit) -> None:
    """Tell an administrator that support acts for the organization, why and until when."""
    zone = ZoneInfo(tenant.time_zone)
    until = f"{visit.ends_at.astimezone(zone):%H:%M} ({tenant.time_zone})"
    _send(
        address,
        f"Support acts for {tenant.name} until {until}",
        f"{visit.staff_email} of support has begun to act for {tenant.name}.\n\n"
        f"Reason: {visit.reason}\nUntil: {until}\n\n"
        "What is done stands in your audit trail. See it, or end it, here:\n"
        f"{settings.PUBLIC_URL}/settings/support/\n",
    )


def _link(page: str, token: str) -> str:
    return f"{settings.PUBLIC_URL}/{page}/{token}/"


def _send(address: str, subject: str, text: str) -> None:
    def send() -> None:
        try:
            send_mail(subject, text, None, [address])
        except OSError as error:  # smtplib's errors are OSErrors
            log.error("mail_not_sent", subject=subject, error=type(error).__name__)

    transaction.on_commit(send)
