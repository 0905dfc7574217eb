"""Match the labelled invoices of a folder and say how the results compare with the labels."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from sync.labelled.run import LabelledRun, Report

_NEEDED = ("invoices.jsonl.gz", "invoices.expected.jsonl.gz", "purchase_orders.jsonl.gz")


class Command(BaseCommand):
    """Reads the folder only; needs neither a database nor another system."""

    help = __doc__
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="holds invoices.jsonl.gz and its labels")
        parser.add_argument("--wrong", type=int, default=20, help="how many misses to name")

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["folder"]
        missing = [name for name in _NEEDED if not (folder / name).exists()]
        if missing:
            raise CommandError(f"{folder} lacks {', '.join(missing)}.")
        report = LabelledRun(folder).run()
        self._confusion(report, options["wrong"])
        self.stdout.write(json.dumps(report.as_dict()))

    def _confusion(self, report: Report, most: int) -> None:
        self.stdout.write(f"{'case':34} {'label':7} {'invoices':>8}  result")
        for (case, outcome, result), count in sorted(report.cases.items()):
            self.stdout.write(f"{case:34} {outcome:7} {count:>8}  {result}")
        for line in report.wrong[:most]:
            self.stdout.write(f"miss: {line}")
