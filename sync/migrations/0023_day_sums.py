"""Sums of days, and the triggers that say which of them are to be made again.

A trigger inserts into the transaction that changes something, so that the mark is there exactly
when the change is. It takes no lock and reads no mark: concurrent writers never wait for each
other. What is marked for a link or a finding is the document, since another transaction may be
moving that to another day. Every day that has documents is marked here, once.
"""

import django.db.models.deletion
from django.db import migrations, models

import tenants.ids
import tenants.scoping
from tenants.rls import protect

STATES = [
    ("received", "Received"),
    ("waiting", "Waiting"),
    ("parked", "Parked"),
    ("writing", "Writing"),
    ("unknown", "Unknown"),
    ("written", "Written"),
    ("settled", "Settled"),
    ("rejected", "Rejected"),
    ("ignored", "Ignored"),
]
DAY = "coalesce(document_date, (first_seen_at at time zone 'UTC')::date)"
COUNTED = (
    "id, tenant_id, integration_id, document_date, first_seen_at, resource, currency, amount, state"
)

FUNCTIONS = [
    f"""
create function sync_day_came_or_went() returns trigger language plpgsql as $$
begin
    insert into sync_changedday (id, tenant_id, integration_id, day)
    select gen_random_uuid(), * from (
        select distinct tenant_id, integration_id, {DAY} from changed
    ) days;
    return null;
end $$
""",
    f"""
create function sync_day_changed() returns trigger language plpgsql as $$
begin
    insert into sync_changedday (id, tenant_id, integration_id, day)
    select gen_random_uuid(), * from (
        select distinct tenant_id, integration_id, {DAY} from (
            (select {COUNTED} from before except select {COUNTED} from after)
            union all
            (select {COUNTED} from after except select {COUNTED} from before)
        ) changed
    ) days;
    return null;
end $$
""",
    """
create function sync_ledger_came_or_went() returns trigger language plpgsql as $$
begin
    insert into sync_changedday (id, tenant_id, integration_id, document_id)
    select gen_random_uuid(), tenant_id, integration_id, id from sync_document
     where id in (select document_id from changed);
    return null;
end $$
""",
    """
create function sync_ledger_changed() returns trigger language plpgsql as $$
begin
    insert into sync_changedday (id, tenant_id, integration_id, document_id)
    select gen_random_uuid(), tenant_id, integration_id, id from sync_document
     where id in (old.document_id, new.document_id);
    return null;
end $$
""",
]


def _of_statements(table, function):
    """Return the triggers for what a statement inserted or deleted."""
    return [
        f"create trigger day_came after insert on {table} referencing new table as changed"
        f" for each statement execute function {function}()",
        f"create trigger day_went after delete on {table} referencing old table as changed"
        f" for each statement execute function {function}()",
    ]


def _of_rows(table, *columns):
    """Return the trigger for rows whose columns changed, which most updates leave alone."""
    old, new = (", ".join(f"{side}.{name}" for name in columns) for side in ("old", "new"))
    return (
        f"create trigger day_changed after update of {', '.join(columns)} on {table}"
        f" for each row when (({old}) is distinct from ({new}))"
        " execute function sync_ledger_changed()"
    )


TRIGGERS = [
    *_of_statements("sync_document", "sync_day_came_or_went"),
    "create trigger day_changed after update on sync_document referencing old table as before"
    " new table as after for each statement execute function sync_day_changed()",
    *_of_statements("sync_link", "sync_ledger_came_or_went"),
    _of_rows("sync_link", "document_id", "kind"),
    *_of_statements("sync_ledgerfinding", "sync_ledger_came_or_went"),
    _of_rows("sync_ledgerfinding", "document_id", "effect", "kind", "closed_at"),
]

# The owner sees every tenant's rows while its own policies do not bind it.
MARK_ALL = [
    "alter table sync_document no force row level security",
    "insert into sync_changedday (id, tenant_id, integration_id, day)"
    " select gen_random_uuid(), * from ("
    f"select distinct tenant_id, integration_id, {DAY} from sync_document) days",
    "alter table sync_document force row level security",
]


def _owned(*fields, **options):
    """Return the columns of a row that belongs to a tenant and an integration."""
    return [
        (
            "id",
            models.UUIDField(
                default=tenants.ids.new_id, editable=False, primary_key=True, serialize=False
            ),
        ),
        (
            "tenant",
            models.ForeignKey(
                db_index=False,
                default=tenants.scoping.current_tenant_id,
                editable=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="tenants.tenant",
            ),
        ),
        (
            "integration",
            models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="sync.integration",
                **options,
            ),
        ),
        *fields,
    ]


class Migration(migrations.Migration):
    dependencies = [("sync", "0022_keys_of_vendors"), ("tenants", "0006_tenant_erasing")]

    operations = [
        migrations.AddIndex(
            model_name="document",
            index=models.Index(
                condition=models.Q(
                    ("resource__in", ("invoice", "credit_note")),
                    models.Q(("state__in", ("rejected", "ignored")), _negated=True),
                ),
                fields=["integration", "document_date"],
                include=(
                    "tenant",
                    "state",
                    "resource",
                    "currency",
                    "amount",
                    "supplier_source_id",
                    "supplier_erp_number",
                    "id",
                ),
                name="document_billed",
            ),
        ),
        migrations.CreateModel(
            name="DaySum",
            fields=_owned(
                ("day", models.DateField()),
                ("resource", models.CharField(max_length=20)),
                ("currency", models.CharField(blank=True, max_length=10)),
                ("state", models.CharField(choices=STATES, max_length=20)),
                ("in_ledger", models.BooleanField()),
                ("documents", models.PositiveIntegerField()),
                ("amount", models.DecimalField(decimal_places=10, max_digits=38)),
                db_index=False,
            ),
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=["integration", "day", "resource", "currency", "state", "in_ledger"],
                        name="day_sum_once",
                    )
                ]
            },
        ),
        migrations.CreateModel(
            name="ChangedDay",
            fields=_owned(
                ("day", models.DateField(blank=True, null=True)),
                (
                    "document",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="sync.document",
                    ),
                ),
                db_constraint=False,
            ),
        ),
        migrations.RunSQL(
            sql=[*FUNCTIONS, *TRIGGERS, *MARK_ALL],
            reverse_sql=[
                "drop function sync_day_came_or_went, sync_day_changed,"
                " sync_ledger_came_or_went, sync_ledger_changed cascade"
            ],
        ),
        *protect("sync_daysum", "sync_changedday"),
    ]
