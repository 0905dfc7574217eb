"""Signing up, members and keys."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core import mail
from django.http import Http404
from django.utils import timezone

from audit.models import AuditEvent
from tenants import access
from tenants.models import ApiToken, Invitation, Membership, Role, SignUp, Tenant, User
from tenants.refusal import Clash, Invalid, Refusal
from tenants.scoping import tenant_scope
from tenants.services import (
    api_key_create,
    api_key_revoke,
    invitation_withdraw,
    member_invite,
    member_join,
    member_remove,
    member_role_change,
    signup,
    signup_finish,
    tenant_change,
    tenant_close,
)
from tests import factories

pytestmark = pytest.mark.django_db
PASSWORD = factories.PASSWORD


@pytest.fixture(autouse=True)
def verification_off(settings):
    settings.MAIL_VERIFICATION = False


@pytest.fixture
def verification_on(settings, verification_off):
    settings.MAIL_VERIFICATION = True


def mailed_token(path: str) -> str:
    """Return the token of the link in the newest mail."""
    return mail.outbox[-1].body.split(f"/{path}/")[1].split("/")[0]


def actions(tenant: Tenant) -> list[str]:
    with tenant_scope(tenant.pk):
        return list(AuditEvent.objects.order_by("seq").values_list("action", flat=True))


def test_signing_up_makes_a_tenant_with_an_administrator_and_a_key():
    done = signup("Kestrel Ltd", " AP@Kestrel.Example ", PASSWORD, "Europe/Berlin")

    assert (done.tenant.slug, done.tenant.time_zone) == ("kestrel-ltd", "Europe/Berlin")
    assert done.user.email == "ap@kestrel.example"
    assert done.user.check_password(PASSWORD)
    assert [member.role for member in access.members_of(done.user)] == [Role.ADMIN]
    assert access.member_by_key(done.api_key).tenant == done.tenant
    assert actions(done.tenant) == ["tenant.created", "api_key.created"]


def test_the_same_name_gets_another_slug():
    first = signup("Kestrel Ltd", "a@kestrel.example", PASSWORD)
    second = signup("Kestrel Ltd", "b@kestrel.example", PASSWORD)

    assert first.tenant.slug != second.tenant.slug
    assert second.tenant.slug.startswith("kestrel-ltd-")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("organization", "  "),
        ("organization", "x" * 121),
        ("organization", None),
        ("email_address", "not a mail address"),
        ("email_address", 7),
        ("password", "short"),
        ("password", "123456789012"),
        ("password", "ap@kestrel.example"),
        ("password", None),
        ("zone", "Europe/Atlantis"),
        ("zone", 3),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_made(field, value):
    good = {
        "organization": "Kestrel",
        "email_address": "ap@kestrel.example",
        "password": PASSWORD,
        "zone": "UTC",
    }
    named = {"email_address": "email", "zone": "time_zone"}.get(field, field)

    with pytest.raises(Invalid) as refused:
        signup(**{**good, field: value})

    assert list(refused.value.fields) == [named]
    assert not User.objects.exists()


def test_a_known_address_is_refused_whatever_its_case():
    signup("Kestrel", "ap@kestrel.example", PASSWORD)

    with pytest.raises(Invalid) as refused:
        signup("Other", "AP@kestrel.example", PASSWORD)

    assert list(refused.value.fields) == ["email"]
    assert Tenant.objects.count() == 1


def test_with_mail_verification_nothing_exists_until_the_link_is_opened(
    verification_on, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        answer = signup("Kestrel", "ap@kestrel.example", PASSWORD)
    assert answer is None
    assert not User.objects.exists()

    done = signup_finish(mailed_token("signup"))

    assert done.user.check_password(PASSWORD)
    assert done.tenant.name == "Kestrel"
    assert not SignUp.objects.exists()


def test_a_known_address_gets_the_same_answer_and_another_mail(
    verification_on, django_capture_on_commit_callbacks
):
    factories.user("ap@kestrel.example")

    with django_capture_on_commit_callbacks(execute=True):
        answer = signup("Kestrel", "ap@kestrel.example", PASSWORD)

    assert answer is None
    assert mail.outbox[-1].subject == "You already have an account"
    assert not SignUp.objects.exists()


def test_the_link_of_one_sign_up_never_brings_in_the_password_of_another(
    verification_on, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        signup("Kestrel", "ap@kestrel.example", PASSWORD)
    own = mailed_token("signup")
    with django_capture_on_commit_callbacks(execute=True):
        signup("Evil", "ap@kestrel.example", "another long passphrase")

    assert signup_finish(own).user.check_password(PASSWORD)
    with pytest.raises(Refusal):
        signup_finish(mailed_token("signup"))


def test_a_link_works_once_and_not_for_ever(verification_on, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        signup("Kestrel", "ap@kestrel.example", PASSWORD)
    SignUp.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    with pytest.raises(Refusal, match="expired"):
        signup_finish(mailed_token("signup"))
    with pytest.raises(Refusal, match="expired"):
        signup_finish("never-sent")


def test_a_key_is_stored_as_a_digest_alone():
    row, key = factories.api_key(factories.tenant())

    assert bytes(row.token_hash) == access.token_digest(key)
    assert row.hint == key[-4:]
    assert key not in str(row.__dict__)


@pytest.mark.parametrize("why", ["unknown", "expired", "revoked", "suspended"])
def test_a_key_that_does_not_hold_lets_nobody_in(why):
    tenant = factories.tenant()
    row, key = factories.api_key(tenant)
    assert access.member_by_key(key) is not None
    with tenant_scope(tenant.pk):
        match why:
            case "unknown":
                key += "x"
            case "expired":
                ApiToken.objects.update(expires_at=timezone.now())
            case "revoked":
                api_key_revoke(row)
            case "suspended":
                Tenant.objects.update(status="suspended")

    assert access.member_by_key(key) is None


def test_the_use_of_a_key_is_noted_once_a_minute(django_assert_max_num_queries):
    tenant = factories.tenant()
    _, key = factories.api_key(tenant)

    access.member_by_key(key)

    with django_assert_max_num_queries(5):
        access.member_by_key(key)
    with tenant_scope(tenant.pk):
        assert ApiToken.objects.get().last_used_at is not None


def test_a_key_cannot_end_in_the_past():
    with tenant_scope(factories.tenant().pk), pytest.raises(Invalid) as refused:
        api_key_create("old", "viewer", expires_at=timezone.now())

    assert list(refused.value.fields) == ["expires_at"]


@pytest.mark.parametrize(
    ("role", "needed", "enough"),
    [
        ("viewer", "viewer", True),
        ("viewer", "operator", False),
        ("operator", "viewer", True),
        ("operator", "operator", True),
        ("operator", "admin", False),
        ("admin", "admin", True),
    ],
)
def test_each_role_may_do_what_the_ones_before_it_may(role, needed, enough):
    assert Role(role).covers(needed) is enough


def invited(tenant: Tenant, address: str, role: str, run_callbacks) -> str:
    with run_callbacks(execute=True), tenant_scope(tenant.pk):
        member_invite(address, role)
    return mailed_token("join")


def test_who_is_invited_joins_with_the_role_offered(django_capture_on_commit_callbacks):
    tenant = factories.tenant()
    token = invited(tenant, "New@kestrel.example", "operator", django_capture_on_commit_callbacks)

    membership = member_join(token, password=PASSWORD)

    assert (membership.user.email, membership.role) == ("new@kestrel.example", "operator")
    assert actions(tenant) == ["member.invited", "member.joined"]
    with pytest.raises(Http404):
        member_join(token, password=PASSWORD)


def test_who_has_an_account_joins_logged_in_with_it(django_capture_on_commit_callbacks):
    tenant, person = factories.tenant(), factories.user("here@kestrel.example")
    token = invited(tenant, person.email, "viewer", django_capture_on_commit_callbacks)

    with pytest.raises(Refusal) as refused:
        member_join(token, password=PASSWORD)
    assert refused.value.code == "log_in_first"
    with pytest.raises(Refusal) as refused:
        member_join(token, user=factories.user())
    assert refused.value.code == "other_account"
    member_join(token, user=person)

    assert [member.tenant for member in access.members_of(person)] == [tenant]


def test_a_second_invitation_replaces_the_first_link(django_capture_on_commit_callbacks):
    tenant = factories.tenant()
    first = invited(tenant, "new@kestrel.example", "viewer", django_capture_on_commit_callbacks)
    second = invited(tenant, "new@kestrel.example", "admin", django_capture_on_commit_callbacks)

    with pytest.raises(Http404):
        member_join(first, password=PASSWORD)
    assert member_join(second, password=PASSWORD).role == "admin"


def test_a_withdrawn_invitation_holds_no_longer(django_capture_on_commit_callbacks):
    tenant = factories.tenant()
    token = invited(tenant, "new@kestrel.example", "viewer", django_capture_on_commit_callbacks)

    with tenant_scope(tenant.pk):
        invitation_withdraw(Invitation.objects.get())

    with pytest.raises(Http404):
        member_join(token, password=PASSWORD)


def test_a_member_is_not_invited_again():
    member = factories.member(factories.tenant())

    with tenant_scope(member.tenant.pk), pytest.raises(Invalid):
        member_invite(member.user.email, "viewer")


@pytest.mark.parametrize("step", ["demote", "remove"])
def test_the_last_administrator_stays(step):
    tenant = factories.tenant()
    factories.member(tenant, "admin")
    factories.member(tenant, "operator")

    with tenant_scope(tenant.pk):
        admin = Membership.objects.get(role="admin")
        with pytest.raises(Clash) as refused:
            member_remove(admin) if step == "remove" else member_role_change(admin, "viewer")

    assert refused.value.code == "last_admin"


def test_one_of_two_administrators_may_go():
    tenant = factories.tenant()
    first, second = factories.member(tenant), factories.member(tenant)

    with tenant_scope(tenant.pk):
        member_role_change(Membership.objects.get(user=first.user), "viewer")
        with pytest.raises(Clash):
            member_remove(Membership.objects.get(user=second.user))
        member_remove(Membership.objects.get(user=first.user))

    assert access.members_of(first.user) == []
    assert actions(tenant) == ["member.role_changed", "member.removed"]


def test_no_mail_address_enters_the_audit_trail(django_capture_on_commit_callbacks):
    tenant = factories.tenant()
    token = invited(tenant, "new@kestrel.example", "viewer", django_capture_on_commit_callbacks)
    member_join(token, password=PASSWORD)

    with tenant_scope(tenant.pk):
        told = [str(event.__dict__) + event.sentence for event in AuditEvent.objects.all()]

    assert len(told) == 2
    assert not any("kestrel.example" in text for text in told)


def test_a_session_never_falls_back_to_a_tenant_it_did_not_choose():
    here, there = factories.tenant(), factories.tenant()
    person = factories.member(here).user
    factories.member(there, who=person)

    assert access.member_in_session(person, None).tenant == here
    assert access.member_in_session(person, str(there.pk)).tenant == there
    assert access.member_in_session(person, uuid4()) is None


@pytest.mark.parametrize("asked", ["7", "", None, "not-a-uuid", uuid4(), "stranger"])
def test_what_is_not_in_the_tenant_is_not_found(asked):
    stranger, _ = factories.api_key(factories.tenant())
    asked = stranger.pk if asked == "stranger" else asked

    with tenant_scope(factories.tenant().pk), pytest.raises(Http404):
        access.api_token(asked)


def test_what_changed_of_a_tenant_is_told():
    tenant = factories.tenant(name="Old")

    with tenant_scope(tenant.pk):
        tenant_change(tenant, name="New", zone="Asia/Tokyo")

    with tenant_scope(tenant.pk):
        assert AuditEvent.objects.get().changes == {
            "name": ["Old", "New"],
            "time_zone": ["Europe/Berlin", "Asia/Tokyo"],
        }


def test_nobody_enters_a_closed_tenant():
    member = factories.member(factories.tenant())
    _, key = factories.api_key(member.tenant)

    with tenant_scope(member.tenant.pk):
        tenant_close(member.tenant)

    assert access.member_by_key(key) is None
    assert access.members_of(member.user) == []
