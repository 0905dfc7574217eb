from typing import Any

from django.apps import AppConfig
from django.contrib.auth.management import create_permissions
from django.db.models.signals import post_migrate


class TenantsConfig(AppConfig):
    name = "tenants"
    verbose_name = "Customers and access"

    def ready(self) -> None:
        from tenants import actions, checks  # noqa: F401  both register themselves

        post_migrate.connect(_make_staff_groups, sender=self)


def _make_staff_groups(sender: AppConfig, **options: Any) -> None:
    """Give staff its roles; Django makes an app's permissions only after this, hence by ourselves.

    While migrations are undone to nothing there is no table to write to.
    """
    from django.contrib.auth.models import Group
    from django.db import connections

    from tenants.support.access import make_groups

    create_permissions(sender, verbosity=0, using=options["using"])
    if Group._meta.db_table in connections[options["using"]].introspection.table_names():
        make_groups()
