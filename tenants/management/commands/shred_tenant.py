"""Close a customer for good: destroy the data keys, so that no sealed value opens again."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from audit.context import acting
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tenants.services import tenant_close


class Command(BaseCommand):
    help = (
        "Ends a customer's access and destroys every version of the data key: credentials cannot "
        "be opened again by anybody. Its rows are deleted KEEP_CLOSED_DAYS later; the audit trail "
        "stays. There is no way back."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="the customer")
        parser.add_argument("--yes", default="", metavar="SLUG", help="the slug once more")
        parser.add_argument("--reason", required=True, help="kept in the customer's trail")

    def handle(self, *args: Any, **options: Any) -> None:
        tenant = Tenant.objects.filter(slug=options["slug"]).first()
        if tenant is None:
            raise CommandError(f"there is no customer {options['slug']}")
        if options["yes"] != tenant.slug:
            raise CommandError(f"nothing was done: repeat the slug, --yes {tenant.slug}")
        with acting("system:shred_tenant"), tenant_scope(tenant.pk):
            values = tenant_close(tenant, reason=options["reason"])
        self.stdout.write(
            f"{tenant.slug} is closed; {values} sealed values can never be opened again"
        )
