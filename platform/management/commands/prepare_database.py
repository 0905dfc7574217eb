"""Bring a database from any earlier state, an empty one included, to what this version needs."""

from typing import Any

from django.conf import settings
from django.core.management import CommandError, call_command
from django.core.management.base import BaseCommand
from django.db import connection
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from integration_platform import roles
from integration_platform.celery import BEAT_ENTRIES

LOCK = 7305012  # two deployments at once wait for each other


class Command(BaseCommand):
    help = "Create roles, migrate, grant, create beat entries; run it at each deployment."

    def handle(self, *args: Any, **options: Any) -> None:
        """Do all of it under one lock."""
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_lock(%s)", [LOCK])
        self._make_roles()
        call_command("migrate", interactive=False, verbosity=min(options["verbosity"], 1) - 1)
        if "DatabaseCache" in settings.CACHES["default"]["BACKEND"]:
            call_command("createcachetable", verbosity=0)
            roles.grant(settings.DATABASE_APP_ROLE, settings.DATABASE_SUPPORT_ROLE)
        added = add_beat_entries()
        self.stdout.write(f"Database ready; beat entries added: {', '.join(added) or 'none'}.")

    def _make_roles(self) -> None:
        current = connection.settings_dict["USER"]
        app, support = settings.DATABASE_APP_ROLE, settings.DATABASE_SUPPORT_ROLE
        if app:
            try:
                roles.make_role(app, roles.APP_ATTRIBUTES, [_user(settings.DATABASE_URL)])
            except roles.RolesMissing as missing:
                raise CommandError(
                    f"{current} may not create the role of web and workers. Let an administrator "
                    f"of the database run: {missing}"
                ) from missing
        if support:
            members = [current]
            if settings.SUPPORT_DATABASE_URL:
                members.append(_user(settings.SUPPORT_DATABASE_URL))
            try:
                roles.make_role(support, roles.SUPPORT_ATTRIBUTES, members)
            except roles.RolesMissing as missing:
                self.stderr.write(
                    f"{current} may not create the role of support, so the admin has nothing to "
                    f"read with. Let an administrator of the database run: {missing}"
                )


def _user(url: str) -> str:
    from psycopg.conninfo import conninfo_to_dict

    return str(conninfo_to_dict(url).get("user", ""))


def add_beat_entries() -> list[str]:
    """Create the entries of django-celery-beat that are missing; a paused or changed one stays.

    Returns the names of those created.
    """
    added = []
    for entry in BEAT_ENTRIES:
        every, _ = IntervalSchedule.objects.get_or_create(
            every=entry.every_seconds, period=IntervalSchedule.SECONDS
        )
        _, created = PeriodicTask.objects.get_or_create(
            name=entry.name,
            defaults={
                "task": entry.task,
                "interval": every,
                "expire_seconds": max(10, entry.every_seconds),
            },
        )
        if created:
            added.append(entry.name)
    return added
