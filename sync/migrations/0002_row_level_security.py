"""Bind every row to its tenant. The line of tickets and the epochs hold no tenant data."""

from django.db import migrations

from tenants.rls import protect


class Migration(migrations.Migration):
    dependencies = [("sync", "0001_initial")]

    operations = [
        *protect(
            "sync_integration",
            "sync_ledgeritem",
            "sync_flow",
            "sync_pendingfetch",
            "sync_elsewhere",
            "sync_run",
            "sync_outcome",
            "sync_document",
            "sync_version",
            "sync_link",
            "sync_allocation",
            "sync_wait",
            "sync_override",
            "sync_mappingentry",
            "sync_reviewitem",
            "sync_write",
        ),
    ]
