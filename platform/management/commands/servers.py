"""Start or stop the embedded servers by hand; `make run` does it by itself."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from integration_platform.embedded import EmbeddedError, Servers


class Command(BaseCommand):
    help = "Start or stop the embedded PostgreSQL and Valkey, or say whether they run."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """One word."""
        parser.add_argument("action", choices=("start", "stop", "status"))

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        """Act on the servers that no address of the operator replaces."""
        servers = Servers(
            settings.STATE, database=settings.EMBEDDED_DATABASE, broker=settings.EMBEDDED_BROKER
        )
        try:
            if action != "status":
                getattr(servers, action)()
        except EmbeddedError as error:
            raise CommandError(str(error)) from error
        self.stdout.write("up" if servers.are_up() else "down")
