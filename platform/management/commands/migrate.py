"""Django's migrate, then the grants: a new table is of no use to a role that cannot read it."""

from typing import Any

from django.conf import settings
from django.core.management.commands import migrate

from integration_platform import roles


class Command(migrate.Command):
    """Apply migrations as the schema's owner, then grant the roles their rights."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate and grant."""
        super().handle(*args, **options)
        if not options["check_unapplied"] and not options["plan"]:
            roles.grant(settings.DATABASE_APP_ROLE, settings.DATABASE_SUPPORT_ROLE)
