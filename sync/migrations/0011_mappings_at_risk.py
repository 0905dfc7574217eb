"""Keep how much depends on a mapping whose target cannot be used."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("sync", "0010_mails"),
    ]

    operations = [
        migrations.AddField(
            model_name="mappingentry",
            name="at_risk",
            field=models.JSONField(blank=True, null=True),
        ),
    ]
