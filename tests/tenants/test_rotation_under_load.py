"""Keys change while everything runs: no read fails, and nothing is left under the old key."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.db import connection as database

from audit import selectors
from connectors.models import Connection
from connectors.secrets import seal_secret, unseal_secret
from tenants import keyring, rotation
from tenants.keyring import SealError
from tenants.models import Tenant, TenantKey
from tenants.scoping import tenant_scope
from tenants.second_factors import MFAAdapter, second_factors_reseal, second_factors_stale
from tests import factories

AT_ONCE = timedelta(0)
TENANTS = 4


@pytest.fixture
def change_fernet_keys(settings: Any) -> Iterator[Callable[..., None]]:
    """Change FERNET_KEYS as a restart does: the column and the keyring forget what they knew."""
    original = list(settings.FERNET_KEYS)

    def change(*keys: str) -> None:
        settings.FERNET_KEYS = list(keys)
        field = TenantKey._meta.get_field("wrapped")
        for name in ("keys", "fernet_keys", "fernet"):
            field.__dict__.pop(name, None)
        keyring._known.clear()

    yield change
    change(*original)


def with_secrets(count: int) -> Tenant:
    """Return a tenant with so many connections, each with a secret of its own."""
    tenant = factories.tenant()
    rows = [
        Connection(tenant=tenant, kind="nav", name=f"connection {number}")
        for number in range(count)
    ]
    with tenant_scope(tenant.pk):
        for number, row in enumerate(rows):
            row.secret = seal_secret(row, {"client_id": "x", "client_secret": f"secret-{number}"})
        Connection.objects.bulk_create(rows, batch_size=1000)
    return tenant


class Readers(threading.Thread):
    """Reads secrets of a tenant for as long as it is told to; keeps what went wrong."""

    def __init__(self, tenant: Tenant) -> None:
        super().__init__()
        self.tenant, self.stop, self.reads, self.failed = tenant, False, 0, []

    def run(self) -> None:
        try:
            while not self.stop:
                with tenant_scope(self.tenant.pk):
                    for row in Connection.objects.order_by("?")[:20]:
                        secret = unseal_secret(row)
                        number = row.name.split()[1]
                        if secret is None or secret["client_secret"] != f"secret-{number}":
                            self.failed.append(row.name)
                        self.reads += 1
        except Exception as error:
            self.failed.append(repr(error))
        finally:
            database.close()


@pytest.mark.long
@pytest.mark.django_db(transaction=True)
def test_a_rotation_of_data_keys_under_load_fails_no_read_and_leaves_nothing(full_size):
    """10,000 secrets at full size; the time is printed, `make bench` holds it against a goal."""
    size = max(40, full_size(10_000) // TENANTS if full_size(10) == 10 else 40)
    tenants = [with_secrets(size) for _ in range(TENANTS)]
    readers = [Readers(tenant) for tenant in tenants[:2]]
    for reader in readers:
        reader.start()
    began = time.perf_counter()
    done = [rotation.rotate(t.pk, older_than=AT_ONCE, settle=AT_ONCE) for t in tenants]
    seconds = time.perf_counter() - began
    for reader in readers:
        reader.stop = True
        reader.join()

    print(f"rotation: {seconds:.1f} s, {sum(r.reads for r in readers)} reads meanwhile")
    assert [reader.failed for reader in readers] == [[], []]
    assert all(reader.reads for reader in readers)
    assert all(one.is_done for one in done)
    for tenant in tenants:
        assert left_under_version_1(tenant) == 0


def left_under_version_1(tenant: Tenant) -> int:
    """Count, by the first bytes of what is stored and nothing of ours, values of the former key."""
    with tenant_scope(tenant.pk), database.cursor() as cursor:
        cursor.execute(
            "select (select count(*) from connectors_connection"
            r" where substring(secret from 1 for 5) = '\x0100000001')"
            " + (select count(*) from tenants_tenantkey where version = 1)"
        )
        return cursor.fetchone()[0]


@pytest.mark.django_db
def test_a_rotation_that_skips_a_value_is_seen(monkeypatch):
    """Negative control: values keep their former key, and the proof says so."""
    tenant = with_secrets(3)
    monkeypatch.setattr(rotation, "sealed_fields", lambda: iter(()))
    done = rotation.rotate(tenant.pk, older_than=AT_ONCE, settle=timedelta(hours=1))
    monkeypatch.undo()

    assert done.old_keys == 1
    assert left_under_version_1(tenant) == 4
    assert rotation.standing(tenant.pk).old_values == 3


@pytest.mark.django_db
def test_a_rotation_of_fernet_keys_reaches_second_factors_too(change_fernet_keys, settings):
    old, new = settings.FERNET_KEYS[0], Fernet.generate_key().decode()
    user = factories.user()
    seed = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    TOTP.activate(user, seed)
    codes = RecoveryCodes.activate(user).generate_codes()
    stored = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert seed not in stored
    assert second_factors_stale() == 0

    change_fernet_keys(new, old)
    assert second_factors_stale() == 2
    with pytest.raises(CommandError):
        call_command("rotate_keys", "--check")
    call_command("rotate_keys")
    change_fernet_keys(new)

    assert second_factors_stale() == 0
    assert RecoveryCodes.activate(user).generate_codes() == codes
    totp = Authenticator.objects.get(type=Authenticator.Type.TOTP)
    assert MFAAdapter().decrypt(totp.data["secret"]) == seed
    change_fernet_keys(old)
    with pytest.raises(SealError):
        MFAAdapter().decrypt(totp.data["secret"])


@pytest.mark.django_db
def test_second_factors_from_before_they_were_sealed_work_and_are_sealed_by_the_next_rotation():
    user = factories.user()
    plain = Authenticator.objects.create(
        user=user, type=Authenticator.Type.TOTP, data={"secret": "JBSWY3DPEHPK3PXP"}
    )
    old = Authenticator.objects.create(
        user=user,
        type=Authenticator.Type.RECOVERY_CODES,
        data={"migrated_codes": ["12345678", "87654321"]},
    )

    assert RecoveryCodes(old).get_unused_codes() == ["12345678", "87654321"]
    assert second_factors_stale() == 2
    assert second_factors_reseal() == 2

    for row in (plain, old):
        row.refresh_from_db()
        assert not {"JBSWY3DPEHPK3PXP", "12345678"} & set(str(row.data).split("'"))
    assert RecoveryCodes(old).get_unused_codes() == ["12345678", "87654321"]
    assert second_factors_reseal() == 0


@pytest.mark.django_db
def test_a_shredded_tenant_keeps_a_trail_that_verifies_and_secrets_that_nobody_opens(
    capsys, settings, tmp_path
):
    settings.STATE_DIR = tmp_path
    tenant, other = with_secrets(3), with_secrets(1)
    with tenant_scope(tenant.pk):
        kept = {row.pk: bytes(row.secret) for row in Connection.objects.all()}
        former = keyring._read(tenant.pk)

    call_command("shred_tenant", tenant.slug, "--yes", tenant.slug, "--reason", "contract ended")

    assert "3 sealed values can never be opened again" in capsys.readouterr().out
    tenant.refresh_from_db()
    assert tenant.status == "closed"
    with tenant_scope(tenant.pk):
        assert not TenantKey.objects.exists()
        for row in Connection.objects.all():
            assert row.secret is None
        for pk, sealed in kept.items():
            with pytest.raises(SealError):
                keyring.unseal(sealed, tenant_id=tenant.pk, row_id=pk, field="secret")
        assert selectors.verify().ok
        # Negative control: with the key of then it would open.
        keyring._known[tenant.pk] = former
        pk, sealed = next(iter(kept.items()))
        assert keyring.unseal(sealed, tenant_id=tenant.pk, row_id=pk, field="secret")
        keyring.forget(tenant.pk)
    with tenant_scope(other.pk):
        assert unseal_secret(Connection.objects.get())


@pytest.mark.django_db
def test_a_tenant_is_not_shredded_by_a_slip_of_the_hand():
    tenant = factories.tenant()

    for wrong in ([], ["--yes", "another"]):
        with pytest.raises(CommandError):
            call_command("shred_tenant", tenant.slug, "--reason", "x", *wrong)
    with tenant_scope(tenant.pk):
        assert TenantKey.objects.count() == 1
