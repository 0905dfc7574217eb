from django.db import migrations, models


def key(name):
    return migrations.AddField(
        model_name='ledgeritem',
        name=name,
        field=models.CharField(blank=True, default='', max_length=250),
    )


def index(name):
    return migrations.AddIndex(
        model_name='ledgeritem',
        index=models.Index(
            condition=models.Q(('kind', 'suppliers')),
            fields=['integration', name],
            name=f'ledger_item_{name}',
        ),
    )


class Migration(migrations.Migration):
    """Row-level security lets only leakproof operators use an index: equality, not overlap."""

    dependencies = [
        ('sync', '0021_flow_set_back_at'),
    ]

    operations = [
        migrations.RemoveIndex(model_name='ledgeritem', name='ledger_item_keys'),
        migrations.RemoveField(model_name='ledgeritem', name='keys'),
        *(key(name) for name in ('name_key', 'tax_key', 'registration_key')),
        *(index(name) for name in ('name_key', 'tax_key', 'registration_key')),
    ]
