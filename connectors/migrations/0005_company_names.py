"""How the ledger called its companies when it was asked for them last."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("connectors", "0004_secret_valid_until")]

    operations = [
        migrations.AddField(
            "connection",
            "company_names",
            models.JSONField(default=dict, blank=True, editable=False),
        ),
    ]
