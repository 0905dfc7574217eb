"""Give somebody a role in the admin, or take it away."""

import getpass
import os
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tenants.models import User, email_key
from tenants.refusal import Invalid
from tenants.services.staff import StaffRole, staff_end, staff_set

PASSWORD = "STAFF_PASSWORD"


class Command(BaseCommand):
    help = (
        "Give somebody a role in the admin (reader, operator, superuser), or none. A new account's "
        f"password is asked for, or taken from the environment variable {PASSWORD}."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("role", choices=[*StaffRole, "none"])

    def handle(self, *args: Any, email: str, role: str, **options: Any) -> None:
        """Do it; the second factor is set up by the person at the first log-in."""
        try:
            if role == "none":
                self._end(email)
                return
            user = staff_set(email, StaffRole(role), password=self._password(email))
        except Invalid as refusal:
            lines = (f"{field}: {' '.join(said)}" for field, said in refusal.fields.items())
            raise CommandError("; ".join(lines)) from None
        self.stdout.write(f"{user.email} may enter the admin as {role}.")

    def _end(self, email: str) -> None:
        if not staff_end(email):
            raise CommandError("Nobody has this address.")
        self.stdout.write(f"{email} may not enter the admin any more.")

    def _password(self, email: str) -> str | None:
        if given := os.environ.get(PASSWORD):
            return given
        if User.objects.filter(email=email_key(email)).exists():
            return None
        return getpass.getpass("Password: ")
