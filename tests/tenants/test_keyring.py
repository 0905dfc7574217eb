"""Sealed values open for their own tenant, row and field, and for nobody else."""

import base64
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.db import connection as database

from connectors.models import Connection
from connectors.secrets import unseal_secret
from tenants import checks, keyring, rotation
from tenants.ids import new_id
from tenants.keyring import SealError, seal, unseal
from tenants.models import Tenant, TenantKey
from tenants.scoping import NoTenant, OtherTenant, tenant_scope
from tenants.services import tenant_close
from tests import factories

pytestmark = pytest.mark.django_db
HOURS = timedelta(hours=1)
AT_ONCE = timedelta(0)


@pytest.fixture
def tenant() -> Tenant:
    return factories.tenant()


@pytest.fixture
def fernet_keys(settings):
    """Change FERNET_KEYS; the field remembers them, so it has to forget."""
    field = TenantKey._meta.get_field("wrapped")

    def change(*keys: str) -> None:
        settings.FERNET_KEYS = list(keys)
        for name in ("keys", "fernet_keys", "fernet"):
            field.__dict__.pop(name, None)
        keyring._known.clear()

    yield change
    change(*settings.FERNET_KEYS)
    for name in ("keys", "fernet_keys", "fernet"):
        field.__dict__.pop(name, None)


def test_what_was_sealed_opens_again(tenant):
    row = new_id()

    with tenant_scope(tenant.pk):
        sealed = seal(b"s3cr3t", tenant_id=tenant.pk, row_id=row, field="secret")
        assert unseal(sealed, tenant_id=tenant.pk, row_id=row, field="secret") == b"s3cr3t"
    assert b"s3cr3t" not in sealed


@pytest.mark.parametrize("moved", ["row", "field", "bit", "cut", "text"])
def test_a_moved_or_damaged_value_does_not_open(tenant, moved):
    place = {"tenant_id": tenant.pk, "row_id": new_id(), "field": "secret"}
    with tenant_scope(tenant.pk):
        sealed = seal(b"s3cr3t", **place)
        match moved:
            case "row":
                place["row_id"] = new_id()
            case "field":
                place["field"] = "other"
            case "bit":
                sealed = sealed[:-1] + bytes([sealed[-1] ^ 1])
            case "cut":
                sealed = sealed[:12]
            case "text":
                sealed = b"plain text that was never sealed"
        with pytest.raises(SealError):
            unseal(sealed, **place)


def test_a_value_carried_into_another_tenant_does_not_open(tenant):
    other, row = factories.tenant(), new_id()
    with tenant_scope(tenant.pk):
        sealed = seal(b"s3cr3t", tenant_id=tenant.pk, row_id=row, field="secret")

    with tenant_scope(other.pk), pytest.raises(SealError):
        unseal(sealed, tenant_id=other.pk, row_id=row, field="secret")


def test_a_connection_moved_to_another_tenant_keeps_its_secret_to_itself(tenant):
    stolen, thief = factories.connection(tenant), factories.connection(factories.tenant())
    thief.secret = stolen.secret

    with tenant_scope(thief.tenant_id), pytest.raises(SealError):
        unseal_secret(thief)


def test_keys_are_not_for_another_tenants_scope(tenant):
    place = {"row_id": new_id(), "field": "secret"}

    with tenant_scope(factories.tenant().pk), pytest.raises(OtherTenant):
        seal(b"x", tenant_id=tenant.pk, **place)
    with pytest.raises(NoTenant):
        seal(b"x", tenant_id=tenant.pk, **place)


def test_a_closed_tenants_secrets_are_noise(tenant):
    connection = factories.connection(tenant)

    with tenant_scope(tenant.pk):
        tenant_close(tenant)
        with pytest.raises(SealError, match="gone"):
            unseal_secret(connection)


def test_the_data_key_lies_wrapped_in_the_database(tenant):
    with tenant_scope(tenant.pk), database.cursor() as cursor:
        cursor.execute("select wrapped from tenants_tenantkey")
        raw = bytes(cursor.fetchone()[0])
        plain = TenantKey.objects.get().wrapped

    assert plain.encode() not in raw
    assert base64.b64decode(plain) not in raw


def test_a_bulk_update_of_data_keys_is_refused_before_it_destroys_them(tenant):
    with pytest.raises(TypeError, match="one row at a time"), tenant_scope(tenant.pk):
        TenantKey.objects.bulk_update(list(TenantKey.objects.all()), ["wrapped"])


def test_a_new_fernet_key_takes_over_and_the_old_one_can_go(tenant, fernet_keys, settings):
    connection = factories.connection(tenant)
    old, new = settings.FERNET_KEYS[0], Fernet.generate_key().decode()

    fernet_keys(new, old)
    assert rotation.standing(tenant.pk).old_wraps == 1
    assert rotation.rewrap(tenant.pk) == 1
    fernet_keys(new)

    with tenant_scope(tenant.pk):
        assert unseal_secret(connection)["client_secret"] == "s3cr3t-of-4711"
    assert rotation.rewrap(tenant.pk) == 0
    assert rotation.standing(tenant.pk).is_done
    settings.FERNET_KEYS = [old]


def test_a_rotation_seals_everything_anew_and_destroys_the_former_key(tenant):
    connections = [factories.connection(tenant) for _ in range(3)]

    done = rotation.rotate(tenant.pk, older_than=AT_ONCE, settle=AT_ONCE)

    assert done.is_done
    with tenant_scope(tenant.pk):
        assert [key.version for key in TenantKey.objects.all()] == [2]
        for connection in Connection.objects.filter(pk__in=[c.pk for c in connections]):
            assert keyring.version_of(bytes(connection.secret)) == 2
            assert unseal_secret(connection)["client_secret"] == "s3cr3t-of-4711"


def test_the_former_key_stays_while_another_process_may_still_seal_with_it(tenant):
    connection = factories.connection(tenant)

    first = rotation.rotate(tenant.pk, older_than=AT_ONCE, settle=HOURS)
    assert (first.old_keys, first.old_values) == (1, 0)
    with tenant_scope(tenant.pk):  # as a process would that read the keys before
        version_1 = seal_with_version(1, connection)
        Connection.objects.filter(pk=connection.pk).update(secret=version_1)
    second = rotation.rotate(tenant.pk, older_than=AT_ONCE, settle=AT_ONCE)

    assert second.is_done
    with tenant_scope(tenant.pk):
        connection.refresh_from_db()
        assert unseal_secret(connection)["client_secret"] == "late"


def seal_with_version(version: int, connection: Connection) -> bytes:
    keys = keyring._read(connection.tenant_id)
    keyring._known[connection.tenant_id] = keyring._Keys(
        {version: keys.by_version[version]}, keys.read_at
    )
    place = {"tenant_id": connection.tenant_id, "row_id": connection.pk, "field": "secret"}
    return seal(b'{"client_id": "x", "client_secret": "late"}', **place)


def test_a_rotation_that_was_killed_is_finished_by_the_next(tenant):
    factories.connection(tenant)
    with tenant_scope(tenant.pk):
        keyring.key_create(tenant.pk)  # it died after this step
    assert rotation.standing(tenant.pk).old_values == 1

    done = rotation.rotate(tenant.pk, older_than=HOURS, settle=AT_ONCE)

    assert done.is_done
    with tenant_scope(tenant.pk):
        assert [key.version for key in TenantKey.objects.all()] == [2]


def test_a_young_data_key_is_left_alone(tenant):
    rotation.rotate(tenant.pk, older_than=HOURS)

    with tenant_scope(tenant.pk):
        assert [key.version for key in TenantKey.objects.all()] == [1]


def test_the_command_says_what_is_still_to_do(tenant, capsys):
    with tenant_scope(tenant.pk):
        keyring.key_create(tenant.pk)

    with pytest.raises(CommandError, match="not finished"):
        call_command("rotate_keys", "--check")

    assert "1 former data keys" in capsys.readouterr().out


@pytest.mark.parametrize("keys", [None, [], "a-key", ["short"]])
def test_nothing_starts_without_fernet_keys(settings, keys):
    settings.FERNET_KEYS = keys

    assert [error.id for error in checks.fernet_keys()] in (["tenants.E001"], ["tenants.E002"])


def test_good_fernet_keys_raise_no_complaint(settings):
    settings.FERNET_KEYS = [Fernet.generate_key().decode()]

    assert checks.fernet_keys() == []
