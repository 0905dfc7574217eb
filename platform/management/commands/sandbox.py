"""Play one of the other systems on this machine, with the demo's customers in it."""

from importlib import import_module
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from sync.demo.tenants import tenants, write_seeds

KINDS = ("jaggaer", "nav")


class Command(BaseCommand):
    help = "Run the sandbox of JAGGAER or of NAV in the foreground; its state outlives it."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Which one; what follows `--` goes to the sandbox."""
        parser.add_argument("kind", choices=KINDS)
        parser.add_argument("options", nargs="*", help="after --: options of the sandbox itself")

    def handle(self, *args: Any, kind: str, options: list[str], **_: Any) -> None:
        """Be the sandbox, without its clients' secret on the command line that all can read."""
        if not settings.SANDBOXES:
            raise CommandError("Sandboxes are off in these settings (SANDBOXES).")
        folder = settings.STATE.make_folder() / "sandboxes" / kind
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        main = import_module(f"connectors.{kind}.sandbox.__main__").main
        raise SystemExit(main([*arguments(kind, folder), *options]))


def arguments(kind: str, folder: Path) -> list[str]:
    """Return a sandbox's options: its port, its files, and one client for each demo tenant."""
    port = {"jaggaer": settings.SANDBOX_JAGGAER_PORT, "nav": settings.SANDBOX_NAV_PORT}[kind]
    seed = dict(zip(KINDS, write_seeds(folder / "seed"), strict=True))[kind]
    given = ["--port", str(port), "--state", str(folder / "state.sqlite"), "--seed", str(seed)]
    for tenant in tenants():
        dataset = f":{tenant.dataset}" if kind == "jaggaer" else ""
        given += ["--client", f"{tenant.client_id}:{settings.SANDBOX_SECRET}{dataset}"]
    return given
