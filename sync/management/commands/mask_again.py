"""Mask what customers' sources have sent before their fields were known as secret."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from sync.engine.masking import mask_again
from tenants.models import Tenant, TenantStatus


class Command(BaseCommand):
    help = (
        "Masks bank accounts and whatever a profile calls secret in payloads that are kept, for "
        "all customers or those named. May be interrupted and started again; run it after a "
        "deploy that masks more, and after a profile has named more fields."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", nargs="*", help="customers; all of them without one")

    def handle(self, *args: Any, **options: Any) -> None:
        tenants = Tenant.objects.exclude(status=TenantStatus.CLOSED).order_by("slug")
        if options["slug"]:
            tenants = tenants.filter(slug__in=options["slug"])
        closed = 0
        for tenant in tenants:
            for name, changed in mask_again(tenant.pk).items():
                closed += changed < 0
                told = f"{changed} versions masked" if changed >= 0 else "source does not open"
                self.stdout.write(f"{tenant.slug}, {name}: {told}")
        if closed:
            raise CommandError(f"{closed} integrations were left alone: mend their source first")
