"""Keep the day on which the waits for receipts were looked at."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("sync", "0026_reviews_on_their_way")]

    operations = [
        migrations.AddField(
            model_name="mailtold",
            name="receipts_on",
            field=models.DateField(blank=True, null=True),
        ),
    ]
