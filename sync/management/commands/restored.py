"""Tell the installation that its database came back from a snapshot, before workers start again."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from sync.engine.lives import begin_life


class Command(BaseCommand):
    help = (
        "Begin a new life after a restore: what may have been sent is looked up before it is sent."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """`--note` says which snapshot it was."""
        parser.add_argument("--note", default="", help="kept with the new life")

    def handle(self, *args: Any, note: str, **_: Any) -> None:
        number = begin_life(note)
        self.stdout.write(f"This is life {number}; every integration is looked after now.")
