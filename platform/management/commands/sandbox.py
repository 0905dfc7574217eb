"""Play one of the other systems on this machine."""

import os
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

KINDS = ("jaggaer", "nav")


class Command(BaseCommand):
    help = "Run the sandbox of JAGGAER or of NAV in the foreground; its state outlives it."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Which one; what follows `--` goes to the sandbox."""
        parser.add_argument("kind", choices=KINDS)
        parser.add_argument("options", nargs="*", help="after --: options of the sandbox itself")

    def handle(self, *args: Any, kind: str, options: list[str], **_: Any) -> None:
        """Become the sandbox: it is a program of its own that needs nothing of ours."""
        if not settings.SANDBOXES:
            raise CommandError("Sandboxes are off in these settings (SANDBOXES).")
        folder = settings.STATE.make_folder() / "sandboxes"
        folder.mkdir(mode=0o700, exist_ok=True)
        port = {"jaggaer": settings.SANDBOX_JAGGAER_PORT, "nav": settings.SANDBOX_NAV_PORT}[kind]
        command = [sys.executable, "-m", f"connectors.{kind}.sandbox", "--port", str(port)]
        command += ["--state", str(folder / f"{kind}.sqlite"), *options]
        sys.stdout.flush()
        os.execv(sys.executable, command)  # noqa: S606  no shell is wanted
