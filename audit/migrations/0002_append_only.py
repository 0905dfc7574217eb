"""Let events be read and added within their tenant, and nothing else, whoever asks.

The role of web and workers keeps INSERT and SELECT. A trigger refuses the rest also to the owner,
who may lift it for one transaction (`set local app.audit_purge = 'on'`): that is the door of the
retention job, which removes whole tenants whose term is over, and of nobody else.
"""

from django.db import migrations

TENANT = "nullif(current_setting('app.tenant_id', true), '')::uuid"

REVOKE = """
do $$
declare grantee_name text;
begin
    for grantee_name in
        select distinct g.grantee from information_schema.role_table_grants g
        join pg_class c on c.relname = g.table_name and c.oid = 'audit_auditevent'::regclass
        where g.table_schema = current_schema() and g.grantee <> pg_get_userbyid(c.relowner)
    loop
        execute format(
            'revoke update, delete, truncate on audit_auditevent from %s',
            case grantee_name when 'PUBLIC' then 'public' else quote_ident(grantee_name) end
        );
    end loop;
end $$
"""

REFUSE = """
create function audit_refuse_change() returns trigger language plpgsql as $$
begin
    if coalesce(current_setting('app.audit_purge', true), '') = 'on'
       and pg_has_role(current_user, (select relowner from pg_class where oid = tg_relid), 'usage')
    then
        return case tg_op when 'UPDATE' then new when 'DELETE' then old end;
    end if;
    raise exception 'audit events are never changed: % refused', tg_op
        using errcode = 'insufficient_privilege';
end $$
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [
        migrations.RunSQL(
            sql=[
                "alter table audit_auditevent enable row level security",
                "alter table audit_auditevent force row level security",
                f"create policy tenant on audit_auditevent using (tenant_id = {TENANT})"
                f" with check (tenant_id = {TENANT})",
                "alter table audit_audithead enable row level security",
                "alter table audit_audithead force row level security",
                f"create policy tenant on audit_audithead using (tenant_id = {TENANT})"
                f" with check (tenant_id = {TENANT})",
            ],
            reverse_sql=[
                "drop policy tenant on audit_audithead",
                "alter table audit_audithead no force row level security",
                "alter table audit_audithead disable row level security",
                "drop policy tenant on audit_auditevent",
                "alter table audit_auditevent no force row level security",
                "alter table audit_auditevent disable row level security",
            ],
        ),
        migrations.RunSQL(
            sql=[
                REFUSE,
                "create trigger audit_no_change before update or delete on audit_auditevent"
                " for each row execute function audit_refuse_change()",
                "create trigger audit_no_truncate before truncate on audit_auditevent"
                " for each statement execute function audit_refuse_change()",
            ],
            reverse_sql=[
                "drop trigger audit_no_truncate on audit_auditevent",
                "drop trigger audit_no_change on audit_auditevent",
                "drop function audit_refuse_change()",
            ],
        ),
        # Rights that were given are not known here, so taking them away is not undone.
        migrations.RunSQL(sql=REVOKE, reverse_sql=migrations.RunSQL.noop),
    ]
