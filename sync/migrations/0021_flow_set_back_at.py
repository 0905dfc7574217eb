from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("sync", "0020_planned_for_people")]

    operations = [
        migrations.AddField(
            model_name="flow",
            name="set_back_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
