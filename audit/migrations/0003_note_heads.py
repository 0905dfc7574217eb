"""Remember up to where the end of a chain was signed and written down."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_append_only")]

    operations = [
        migrations.AddField("audithead", "noted_seq", models.BigIntegerField(default=0)),
    ]
