"""Prove that nobody changed the audit trail afterwards."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from audit import selectors
from tenants.models import Tenant
from tenants.scoping import tenant_scope


class Command(BaseCommand):
    help = "Computes the audit chain of every tenant again and names the first event that is wrong."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slugs", nargs="*", help="tenants to look at (all)")

    def handle(self, *args: Any, **options: Any) -> None:
        tenants = Tenant.objects.order_by("slug")
        if options["slugs"]:
            tenants = tenants.filter(slug__in=options["slugs"])
        broken = 0
        for tenant in tenants:
            with tenant_scope(tenant.pk):
                found = selectors.verify()
            broken += not found.ok
            state = "ok" if found.ok else f"BROKEN at {found.broken_at}: {found.problem}"
            self.stdout.write(
                f"{tenant.slug}: {found.events} events, head {found.head.hash.hex()}, {state}"
            )
        if broken:
            raise CommandError(f"the audit trail of {broken} tenants was changed")
