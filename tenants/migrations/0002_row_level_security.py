"""Bind the rows of tenants to the tenant of the transaction, from the first row on."""

from django.db import migrations

from tenants.rls import PRESENTED_HASH, USER, open_door, protect


class Migration(migrations.Migration):
    dependencies = [("tenants", "0001_initial")]

    operations = [
        *protect(
            "tenants_membership",
            "tenants_invitation",
            "tenants_apitoken",
            "tenants_tenantkey",
            "tenants_storedanswer",
        ),
        open_door("tenants_membership", "own", f"user_id = {USER}"),
        open_door("tenants_apitoken", "bearer", f"token_hash = {PRESENTED_HASH}"),
        open_door("tenants_invitation", "bearer", f"token_hash = {PRESENTED_HASH}"),
    ]
