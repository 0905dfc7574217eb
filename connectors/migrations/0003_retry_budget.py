"""What of a principal's requests may be repetitions."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("connectors", "0002_wall_and_unlogged")]

    operations = [
        migrations.AddField(
            "principalbudget", "retries", models.FloatField(default=10, db_default=10)
        ),
        migrations.AddField("principalbudget", "retries_at", models.DateTimeField(null=True)),
    ]
