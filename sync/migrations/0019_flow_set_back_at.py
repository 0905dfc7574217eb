from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("sync", "0018_erasures")]

    operations = [
        migrations.AddField(
            model_name="flow",
            name="set_back_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
