"""Keep what people say in their own words beside the chain, where it can be erased."""

import django.db.models.deletion
from django.db import migrations, models

from tenants.rls import protect


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0004_find_requests"),
        ("tenants", "0004_support_visits"),
    ]

    operations = [
        migrations.CreateModel(
            name="AuditText",
            fields=[
                (
                    "digest",
                    models.CharField(max_length=64, primary_key=True, serialize=False),
                ),
                ("seq", models.BigIntegerField()),
                ("salt", models.BinaryField(max_length=16)),
                ("text", models.TextField()),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.tenant",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["tenant", "digest"], name="audit_text_walk")],
            },
        ),
        *protect("audit_audittext"),
    ]
