"""Staff are made on the machine, with one of three roles, and lose it at once."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command

from sync.demo.setup import ensure_support
from sync.demo.tenants import STAFF
from tenants.lockout import account_of
from tenants.models import User
from tenants.services.staff import StaffRole, staff_set
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "support"])
ADDRESS = "anna@support.example"


def staff(*arguments: str) -> None:
    call_command("staff", *arguments)


@pytest.fixture(autouse=True)
def password(monkeypatch):
    monkeypatch.setenv("STAFF_PASSWORD", factories.PASSWORD)


@pytest.mark.parametrize(
    ("role", "reads", "acts", "superuser"),
    [
        ("reader", True, False, False),
        ("operator", True, True, False),
        ("superuser", True, True, True),
    ],
)
def test_a_role_brings_its_rights(role, reads, acts, superuser):
    staff(ADDRESS, role)

    user = User.objects.get(email=ADDRESS)
    assert user.is_staff
    assert user.check_password(factories.PASSWORD)
    rights = [user.has_perm(f"tenants.support_{one}") for one in ("read", "act")]
    assert [*rights, user.is_superuser] == [reads, acts, superuser]


def test_another_role_replaces_the_first():
    staff(ADDRESS, "superuser")

    staff(ADDRESS, "reader")

    user = User.objects.get(email=ADDRESS)
    assert not user.is_superuser
    assert not user.has_perm("tenants.support_act")


def test_none_ends_it_and_leaves_the_account():
    staff(ADDRESS, "operator")

    staff(ADDRESS, "none")

    user = User.objects.get(email=ADDRESS)
    assert (user.is_staff, user.is_active) == (False, True)
    assert not user.has_perm("tenants.support_read")


@pytest.mark.parametrize(
    ("address", "password", "words"),
    [
        ("no address", factories.PASSWORD, "email"),
        (ADDRESS, "short", "password"),
    ],
)
def test_what_does_not_hold_is_named_and_nobody_is_made(monkeypatch, address, password, words):
    monkeypatch.setenv("STAFF_PASSWORD", password)

    with pytest.raises(CommandError, match=words):
        staff(address, "reader")

    assert not User.objects.exists()


def test_ending_what_nobody_has_says_so():
    with pytest.raises(CommandError, match="Nobody"):
        staff(ADDRESS, "none")


def test_an_account_keeps_its_password_where_none_is_given():
    staff_set(ADDRESS, StaffRole.READER, password=factories.PASSWORD)

    staff_set(ADDRESS, StaffRole.OPERATOR)

    assert User.objects.get(email=ADDRESS).check_password(factories.PASSWORD)


def test_the_demos_second_start_leaves_its_support_as_it_is():
    ensure_support(factories.PASSWORD)
    staff_set(STAFF, StaffRole.READER)

    ensure_support("another password of the demo")

    user = User.objects.get(email=STAFF)
    assert user.check_password(factories.PASSWORD)
    assert not user.is_superuser


@pytest.mark.parametrize(
    ("credentials", "form", "counted"),
    [
        ({"username": "Anna@Support.example"}, {}, ADDRESS),
        ({"email": " anna@support.example "}, {}, ADDRESS),
        ({"username": None, "email": ADDRESS}, {}, ADDRESS),
        (None, {"login": ADDRESS}, ADDRESS),
        (None, {"username": ADDRESS}, ADDRESS),
        (None, {}, None),
    ],
)
def test_failed_log_ins_count_for_the_address_that_was_tried(rf, credentials, form, counted):
    assert account_of(rf.post("/", form), credentials) == counted
