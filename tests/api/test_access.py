"""Signing up, keys, members: who gets in and what they are told."""

import pytest
from django.core.cache import cache
from django.test import Client

from tests import factories
from tests.api.conftest import ApiClient

pytestmark = pytest.mark.django_db

SIGN_UP = {
    "organization": "Kestrel Ltd",
    "email": "ap@kestrel.example",
    "password": "long enough to be good",
    "time_zone": "Europe/Berlin",
}


def test_sign_up_answers_tenant_user_and_a_key_that_works(anybody):
    answer = anybody.post("signup", SIGN_UP)

    assert answer.status_code == 201
    body = answer.json()
    assert body["tenant"].keys() == {"id", "name", "slug", "time_zone"}
    assert body["user"]["email"] == "ap@kestrel.example"
    assert ApiClient(body["api_key"]).get("me").json()["role"] == "admin"


def test_a_known_address_cannot_sign_up_again(anybody):
    anybody.post("signup", SIGN_UP)

    answer = anybody.post("signup", SIGN_UP)

    assert answer.status_code == 400
    assert answer.json()["fields"].keys() == {"email"}


def test_with_mail_verification_a_known_address_is_answered_as_an_unknown_one(anybody, settings):
    cache.clear()
    anybody.post("signup", SIGN_UP)
    settings.MAIL_VERIFICATION = True

    known = anybody.post("signup", SIGN_UP)
    unknown = anybody.post("signup", SIGN_UP | {"email": "new@kestrel.example"})

    assert [(one.status_code, one.json()) for one in (known, unknown)] == [
        (202, {"status": "check_email"})
    ] * 2


def test_one_address_cannot_be_signed_up_over_and_over(anybody):
    cache.clear()
    answers = [anybody.post("signup", SIGN_UP) for _ in range(6)]

    assert [answer.status_code for answer in answers] == [201, 400, 400, 400, 400, 429]
    assert answers[-1].json()["code"] == "throttled"
    assert int(answers[-1]["Retry-After"]) == 3600


def test_the_page_counts_sign_ups_of_one_caller_and_of_all_callers_together(settings):
    settings.ACCOUNT_RATE_LIMITS = {"signup": "2/m/ip,5/h/key", "signup_of_all": "3/h/key"}
    cache.clear()
    client = Client()

    def status(address: str, mail: str) -> int:
        form = {**SIGN_UP, "email": mail, "password": "short"}
        return client.post("/signup/", form, REMOTE_ADDR=address).status_code

    assert [status("192.0.2.1", f"{n}@one.example") for n in range(3)] == [422, 422, 429]
    assert [status("192.0.2.2", f"{n}@two.example") for n in range(2)] == [422, 429]


def test_without_a_key_the_answer_is_401_in_the_shape_of_errors(anybody):
    answer = anybody.get("me")

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"
    assert answer.json().keys() == {"code", "message", "request_id"}


def test_a_key_is_shown_once(admin):
    made = admin.post("api-keys", {"name": "night run", "role": "operator"})
    listed = admin.get("api-keys").json()["results"]

    assert made.status_code == 201
    assert ApiClient(made.json()["key"]).get("me").json()["role"] == "operator"
    assert made.json()["key"] not in str(listed)


def test_a_repeated_request_for_a_key_does_not_show_it_again(admin):
    body = {"name": "night run", "role": "operator"}
    first = admin.post("api-keys", body, Idempotency_Key="k1")
    again = admin.post("api-keys", body, Idempotency_Key="k1")

    assert again["Idempotent-Replay"] == "true"
    assert again.status_code == 201
    assert again.json()["id"] == first.json()["id"]
    assert "key" not in again.json()


def test_a_revoked_key_is_nobody(admin):
    made = admin.post("api-keys", {"name": "night run", "role": "viewer"}).json()

    assert admin.delete(f"api-keys/{made['id']}").status_code == 204
    assert ApiClient(made["key"]).get("me").status_code == 401


def test_an_invitation_is_listed_and_withdrawn(admin):
    made = admin.post("members", {"email": "new@kestrel.example", "role": "viewer"})
    listed = admin.get("members").json()["results"]

    assert made.status_code == 201
    assert [(row["email"], row["status"]) for row in listed] == [("new@kestrel.example", "invited")]
    assert admin.delete(f"members/{made.json()['id']}").status_code == 204


def test_an_invitation_is_offered_for_another_role(admin, client_as):
    made = admin.post("members", {"email": "new@kestrel.example", "role": "viewer"}).json()
    path = f"members/{made['id']}"

    changed = admin.patch(path, {"role": "operator"})

    assert changed.json() == made | {"role": "operator"}
    assert admin.get("members").json()["results"] == [changed.json()]
    assert admin.patch(path, {"role": "owner"}).json()["fields"].keys() == {"role"}
    assert (
        client_as("admin", of=factories.tenant()).patch(path, {"role": "admin"}).status_code == 404
    )
    (event,) = admin.get("audit?action=member.invitation_changed").json()["results"]
    assert event["changes"] == {"role": ["viewer", "operator"]}


def test_the_last_administrator_cannot_be_made_less(admin, tenant):
    factories.member(tenant)
    (row,) = admin.get("members").json()["results"]

    answer = admin.patch(f"members/{row['id']}", {"role": "viewer"})

    assert (answer.status_code, answer.json()["code"]) == (409, "last_admin")
