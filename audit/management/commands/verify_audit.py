"""Prove that nobody changed the audit trail afterwards."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from audit import checkpoints, selectors
from audit.chain import Verification
from audit.context import acting
from audit.restoring import go_on_after
from tenants.models import Tenant
from tenants.scoping import tenant_scope


class Command(BaseCommand):
    help = (
        "Computes the audit chain of every tenant again and names the first event that is wrong. "
        "After a restore it says which signed events the database no longer has."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slugs", nargs="*", help="tenants to look at (all)")
        parser.add_argument(
            "--after-restore",
            action="store_true",
            help="where nothing but the end is missing: keep its notes apart and let the trail go"
            " on, with an event that says what is lost",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        tenants = Tenant.objects.order_by("slug")
        if options["slugs"]:
            tenants = tenants.filter(slug__in=options["slugs"])
        broken = 0
        for tenant in tenants:
            found = self._verified(tenant, after_restore=options["after_restore"])
            broken += not found.ok
            state = "ok" if found.ok else f"BROKEN at {found.broken_at}: {found.problem}"
            signed = f", signed up to {found.signed_until}" if found.signed_until else ""
            head = found.head.hash.hex()
            self.stdout.write(f"{tenant.slug}: {found.events} events, head {head}, {state}{signed}")
        for key in checkpoints.public_keys():
            self.stdout.write(f"public key of the signatures: {key}")
        if broken:
            raise CommandError(f"the audit trail of {broken} tenants was changed")

    def _verified(self, tenant: Tenant, *, after_restore: bool) -> Verification:
        with tenant_scope(tenant.pk):
            found = selectors.verify()
        if found.lost_until is None or not after_restore:
            return found
        with acting("system:restore"), tenant_scope(tenant.pk):
            go_on_after(found)
        self.stdout.write(f"{tenant.slug}: {found.problem}; their notes are kept apart")
        with tenant_scope(tenant.pk):
            return selectors.verify()
