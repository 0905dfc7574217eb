"""Rotate the keys around the tenants' secrets, online; start it again after any interruption."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from audit.context import acting
from tenants.models import Tenant
from tenants.rotation import SETTLE, rewrap, rotate, standing
from tenants.second_factors import second_factors_reseal, second_factors_stale


class Command(BaseCommand):
    help = (
        "Wraps every tenant's data key, and seals second factors, with the first of FERNET_KEYS. "
        "With --data-keys it also "
        "makes new data keys, seals all secrets with them and destroys the former ones."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--data-keys", action="store_true", help="rotate the data keys too")
        parser.add_argument(
            "--older-than",
            type=float,
            default=24,
            metavar="HOURS",
            help="leave data keys alone that are younger (24)",
        )
        parser.add_argument(
            "--no-wait",
            action="store_true",
            help="leave the destruction of former data keys to a later run",
        )
        parser.add_argument("--check", action="store_true", help="only say what is still to do")

    def handle(self, *args: Any, **options: Any) -> None:
        tenants = list(Tenant.objects.order_by("pk").values_list("pk", flat=True))
        if options["check"]:
            self._check(tenants)
            return
        with acting("system:rotate_keys"):
            wrapped = sum(rewrap(tenant) for tenant in tenants)
            self.stdout.write(f"{wrapped} data keys wrapped with the first of FERNET_KEYS")
            factors = second_factors_reseal()
            self.stdout.write(f"{factors} second factors sealed with the first of FERNET_KEYS")
            if options["data_keys"]:
                self._rotate(tenants, timedelta(hours=options["older_than"]), options["no_wait"])
        self._check(tenants, data_keys=options["data_keys"] and not options["no_wait"])

    def _rotate(self, tenants: list[UUID], older_than: timedelta, no_wait: bool) -> None:
        open_ = [one for one in tenants if not rotate(one, older_than=older_than).is_done]
        if open_ and not no_wait:
            self.stdout.write(f"waiting {SETTLE.seconds} s until no process uses a former data key")
            time.sleep(SETTLE.total_seconds())
            open_ = [one for one in open_ if not rotate(one, older_than=older_than).is_done]
        self.stdout.write(
            f"{len(tenants) - len(open_)} tenants have one data key, {len(open_)} two"
        )

    def _check(self, tenants: list[UUID], *, data_keys: bool = True) -> None:
        found = [standing(tenant) for tenant in tenants]
        wraps = sum(one.old_wraps for one in found)
        keys = sum(one.old_keys for one in found)
        values = sum(one.old_values for one in found)
        factors = second_factors_stale()
        self.stdout.write(
            f"{len(tenants)} tenants: {wraps} data keys under an old FERNET key, "
            f"{keys} former data keys, {values} values sealed with them; "
            f"{factors} second factors not under the first FERNET key"
        )
        if wraps or factors or (data_keys and (keys or values)):
            raise CommandError("not finished: start the command again")
