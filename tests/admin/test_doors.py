"""Who gets in, who may only look, and what stands at the door."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.conf import settings
from django.db import connections
from django.test import Client
from django.urls import reverse

from tenants.models import User
from tests import factories
from tests.admin import pages
from tests.admin.conftest import TOTP_SECRET, browser_of, enroll

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "support"])


def code_now() -> str:
    counter = next(iter(yield_hotp_counters_from_time()))
    return format_hotp_value(hotp_value(TOTP_SECRET, counter))


def log_in(client: Client, user: User, code: str = "", password: str = factories.PASSWORD) -> Any:
    form = {"username": user.email, "password": password, "code": code, "next": "/admin/"}
    return client.post(reverse("admin:login"), form)


def is_in(client: Client) -> bool:
    return client.get(reverse("admin:index")).status_code == 200


def test_strangers_members_and_staff_without_a_role_are_sent_to_the_log_in(
    customer, beat_entry, staff_log
):
    nobody_special = factories.user()
    nobody_special.is_staff = True
    nobody_special.save()
    outsiders = [
        Client(),
        browser_of(customer.person, proved=True),
        browser_of(nobody_special, proved=True),
    ]

    for page in pages.every_page():
        for client in outsiders:
            answer = client.get(page)
            assert answer.status_code == 302, page
            assert answer["Location"].startswith("/admin/login/"), page


def test_a_password_alone_opens_nothing_for_who_has_a_second_factor(staff):
    user = staff("operator")
    enroll(user)

    without = browser_of(user)

    assert without.get(reverse("admin:index")).status_code == 302
    assert without.get(reverse("admin:two_factor"))["Location"] == reverse("admin:index")


def test_staff_without_a_second_factor_get_no_further_than_setting_one_up(staff):
    client = Client()

    log_in(client, staff("reader"))

    for page in (reverse("admin:index"), *pages.lists()):
        assert client.get(page)["Location"] == reverse("admin:two_factor")


def test_setting_up_shows_the_recovery_codes_once_and_opens_the_door(staff):
    client = Client()
    log_in(client, staff("reader"))
    client.get(reverse("admin:two_factor"))
    secret = client.session["support_offered_totp"]
    code = format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))

    refused = client.post(reverse("admin:two_factor"), {"code": "000000x"})
    shown = client.post(reverse("admin:two_factor"), {"code": code})

    assert b"does not fit" in refused.content
    assert shown.content.count(b"<li><code>") == 10
    assert is_in(client)
    assert "support_offered_totp" not in client.session


def test_password_and_code_together_open_the_door(staff):
    user = staff("reader")
    enroll(user)
    client = Client()

    assert log_in(client, user, code_now()).status_code == 302
    assert is_in(client)


@pytest.mark.parametrize("code", ["", "123", "000000"])
def test_a_wrong_code_reads_like_a_wrong_password(staff, code):
    user = staff("reader")
    enroll(user)

    wrong_code = log_in(Client(), user, code)
    wrong_password = log_in(Client(), user, code, password="something else entirely")

    assert _error(wrong_code) == _error(wrong_password) != ""


def _error(answer: Any) -> str:
    return str(answer.context["form"].non_field_errors())


def test_a_code_holds_once(staff):
    user = staff("reader")
    enroll(user)
    code = code_now()

    assert log_in(Client(), user, code).status_code == 302
    assert log_in(Client(), user, code).status_code == 200


def test_a_recovery_code_opens_the_door_once(staff):
    user = staff("reader")
    _, codes = enroll(user)

    assert log_in(Client(), user, codes[0]).status_code == 302
    assert log_in(Client(), user, codes[0]).status_code == 200


@pytest.mark.parametrize("right", ["password", "nothing"])
def test_wrong_passwords_and_wrong_codes_lock_the_log_in(staff, right):
    user = staff("reader")
    enroll(user)
    client = Client()
    password = factories.PASSWORD if right == "password" else "something else entirely"

    answers = [
        log_in(client, user, "000000", password).status_code
        for _ in range(settings.AXES_FAILURE_LIMIT)
    ]

    assert answers[-1] == 429
    assert log_in(client, user, code_now()).status_code == 429


def test_codes_are_not_kept_with_failed_log_ins(staff):
    from axes.models import AccessAttempt

    user = staff("reader")
    enroll(user)

    log_in(Client(), user, "918273")

    assert "918273" not in AccessAttempt.objects.get().post_data


def test_a_demo_asks_for_a_code_only_who_has_set_one_up(staff, settings):
    settings.STAFF_TOTP = False
    user = staff("reader")
    plain = Client()
    log_in(plain, user)
    assert is_in(plain)

    enroll(user)

    assert not is_in(plain)


def test_a_factor_shown_by_one_person_is_not_that_of_another(staff):
    enroll(first := staff("reader"))
    enroll(second := staff("operator"))
    client = browser_of(first, proved=True)
    flag = client.session["support_second_factor"]
    other = browser_of(second)
    session = other.session
    session["support_second_factor"] = flag
    session.save()

    assert is_in(client)
    assert not is_in(other)


def test_readers_look_and_operators_act(logged_in, customer, beat_entry, staff_log):
    reader, operator = logged_in("reader"), logged_in("operator")

    for page in pages.every_page():
        acts = "/act/" in page
        assert reader.get(page).status_code == (403 if acts else 200), page
        kept = page.partition("?")[0] in pages.superusers_only()
        assert operator.get(page).status_code == (403 if kept else 200), page
    assert reader.post(pages.act(customer.flow, "pause"), _for(customer.flow)).status_code == 403


def test_readers_are_shown_no_buttons(logged_in, customer):
    page = logged_in("reader").get(pages.page_of(customer.parked)).content

    assert b"/act/" not in page


def _for(row: Any) -> dict[str, str]:
    return {"id": str(row.pk), "reason": "ticket 4711"}


def test_nothing_can_be_added_changed_or_deleted(logged_in, customer, beat_entry, staff_log):
    superuser = logged_in("superuser")

    for page in [one for one in pages.every_page() if one.endswith("/change/")]:
        assert superuser.post(page, {"name": "other"}).status_code == 403, page
        for other in ("delete/", "history/"):
            answer = superuser.get(page.replace("change/", other))
            assert answer.status_code == 404, page
    for page in pages.lists():
        assert superuser.get(f"{page}add/").status_code == 404, page


def test_taking_the_role_away_ends_the_visit(logged_in):
    from tenants.services.staff import staff_end

    client = logged_in("operator")
    assert is_in(client)

    staff_end("operator@support.example")

    assert not is_in(client)


def test_without_a_support_address_the_admin_says_so(operator):
    kept = connections.settings.pop("support")
    try:
        answer = operator.get(reverse("admin:index"))
    finally:
        connections.settings["support"] = kept

    assert answer.status_code == 503
    assert "SUPPORT_DATABASE_URL" in answer.content.decode()


def test_a_process_without_the_address_points_to_the_one_that_has_it(client, settings):
    settings.ROOT_URLCONF = "integration_platform.urls"
    settings.ADMIN_URL = "http://localhost:9999/admin/"

    elsewhere = client.get("/admin/sync/run/")
    itself = client.get("/admin/", headers={"host": "localhost:9999"})

    assert elsewhere["Location"] == "http://localhost:9999/admin/"
    assert itself.status_code == 503
    assert b"SUPPORT_DATABASE_URL" in itself.content


def test_authenticators_of_staff_are_kept_by_allauth(staff):
    user = staff("reader")
    enroll(user)

    assert {one.type for one in Authenticator.objects.filter(user=user)} == {
        "totp",
        "recovery_codes",
    }
