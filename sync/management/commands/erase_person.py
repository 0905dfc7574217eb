"""Erase a person's data from what a customer's rows say, and wait for the end of it."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from audit.context import acting
from sync.engine.erasing import erase_slice
from sync.models import Erasure, ErasureState
from sync.services.erasures import contact_erase
from tenants.models import Tenant
from tenants.refusal import Refusal
from tenants.scoping import tenant_scope


class Command(BaseCommand):
    help = (
        "Erases what is kept of a person at a supplier: contact data in documents as received, "
        "notes, answers, mails. What was booked stays, and so does the audit trail's chain. May "
        "be interrupted: the scheduler, or the same command without a person, goes on."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="the customer")
        parser.add_argument("--mail", default="", help="mail address")
        parser.add_argument("--phone", default="", help="telephone number, seven digits or more")
        parser.add_argument("--name", default="", help="first and last name")

    def handle(self, *args: Any, **options: Any) -> None:
        tenant = Tenant.objects.filter(slug=options["slug"]).first()
        if tenant is None:
            raise CommandError(f"there is no customer {options['slug']}")
        asked = {name: options[name] for name in ("mail", "phone", "name")}
        if any(asked.values()):
            with acting("system:erase_person"), tenant_scope(tenant.pk):
                self._ask(asked)
        while erase_slice(tenant.pk):
            pass
        with tenant_scope(tenant.pk):
            for erasure in Erasure.objects.order_by("-asked_at")[:1]:
                self._tell(erasure)

    def _ask(self, asked: dict[str, str]) -> None:
        try:
            contact_erase(**asked)
        except Refusal as refusal:
            lines = [f"--{name}: {' '.join(said)}" for name, said in refusal.fields.items()]
            raise CommandError("; ".join(lines) or refusal.message) from None

    def _tell(self, erasure: Erasure) -> None:
        counts = ", ".join(f"{number} {name}" for name, number in sorted(erasure.counts.items()))
        self.stdout.write(f"{erasure}: {erasure.state}; erased: {counts or 'nothing was found'}")
        if erasure.kept:
            kept = ", ".join(f"{number} {name}" for name, number in sorted(erasure.kept.items()))
            self.stdout.write(f"kept, since they are what was booked: {kept}")
        if erasure.state == ErasureState.HELD:
            self.stdout.write("something on its way still says it; looked at again in 5 minutes")
