import django.contrib.postgres.fields
import django.contrib.postgres.indexes
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('sync', '0015_withdrawn_writes'),
    ]

    operations = [
        migrations.AddField(
            model_name='ledgeritem',
            name='keys',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=300), blank=True, null=True, size=None),
        ),
        migrations.AddIndex(
            model_name='ledgeritem',
            index=django.contrib.postgres.indexes.GinIndex(fields=['keys'], name='ledger_item_keys'),
        ),
    ]
