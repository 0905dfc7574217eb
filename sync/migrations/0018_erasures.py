"""People whose data is to go, and payloads that were dropped when their time had passed."""

import django.db.models.deletion
import tenants.ids
import tenants.scoping
from django.db import migrations, models

from tenants.rls import protect


class Migration(migrations.Migration):

    dependencies = [
        ('sync', '0017_reconciliation_indexes'),
        ('tenants', '0006_tenant_erasing'),
    ]

    operations = [
        migrations.CreateModel(
            name='Erasure',
            fields=[
                ('id', models.UUIDField(default=tenants.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('whose', models.CharField(max_length=10)),
                ('person', models.BinaryField(null=True)),
                ('state', models.CharField(choices=[('asked', 'Asked'), ('held', 'Held'), ('done', 'Done')], default='asked', max_length=10)),
                ('asked_by', models.CharField(max_length=64)),
                ('asked_at', models.DateTimeField()),
                ('place', models.PositiveSmallIntegerField(default=0)),
                ('after', models.CharField(blank=True, max_length=64)),
                ('is_held', models.BooleanField(default=False)),
                ('not_before', models.DateTimeField()),
                ('counts', models.JSONField(default=dict)),
                ('kept', models.JSONField(default=dict)),
                ('done_at', models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.AddField(
            model_name='version',
            name='payload_kept',
            field=models.BooleanField(db_default=True, default=True),
        ),
        migrations.AddIndex(
            model_name='version',
            index=models.Index(condition=models.Q(('payload_kept', True)), fields=['tenant', 'id'], name='version_with_payload'),
        ),
        migrations.AddField(
            model_name='erasure',
            name='tenant',
            field=models.ForeignKey(db_index=False, default=tenants.scoping.current_tenant_id, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.tenant'),
        ),
        migrations.AddIndex(
            model_name='erasure',
            index=models.Index(condition=models.Q(('state', 'done'), _negated=True), fields=['tenant', 'asked_at'], name='erasure_open'),
        ),
        migrations.AddConstraint(
            model_name='erasure',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['asked', 'held', 'done'])), name='erasure_state_known'),
        ),
        *protect("sync_erasure"),
    ]
