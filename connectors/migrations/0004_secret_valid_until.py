"""Until which day a client secret works, and which of the warnings before it was given."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("connectors", "0003_retry_budget")]

    operations = [
        migrations.AddField(
            "connection", "secret_valid_until", models.DateField(null=True, blank=True)
        ),
        migrations.AddField(
            "connection",
            "secret_warned",
            models.PositiveSmallIntegerField(null=True, blank=True, editable=False),
        ),
    ]
