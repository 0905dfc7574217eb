"""Bind connections to their tenant; keep slots and budgets off the log: a crash may forget them."""

from django.db import migrations

from tenants.rls import protect


class Migration(migrations.Migration):
    dependencies = [("connectors", "0001_initial")]

    operations = [
        *protect("connectors_connection", "connectors_accesstoken"),
        migrations.RunSQL(
            sql=[
                "alter table connectors_principalbudget set unlogged",
                "alter table connectors_principalslot set unlogged",
            ],
            reverse_sql=[
                "alter table connectors_principalbudget set logged",
                "alter table connectors_principalslot set logged",
            ],
        ),
    ]
