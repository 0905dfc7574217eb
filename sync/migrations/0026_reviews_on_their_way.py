"""Keep since when every document of an open cause is on its way again."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("sync", "0025_receipt_alarms")]

    operations = [
        migrations.AddField(
            model_name="reviewitem",
            name="released_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
