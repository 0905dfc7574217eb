"""Say that the database was restored from a backup, before anything runs again."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from sync.services.restores import life_begin


class Command(BaseCommand):
    help = (
        "Say that the database was restored: what may have been sent in the time that it has "
        "forgotten is looked up in the ledgers before it is sent. Run it while no worker runs."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """A word for those who wonder later."""
        parser.add_argument("--note", default="", help="which backup it was, and why")

    def handle(self, *args: Any, note: str, **options: Any) -> None:
        """Begin another life."""
        life = life_begin(note)
        self.stdout.write(f"This is life {life.number} of the installation, from {life.begun_at}.")
