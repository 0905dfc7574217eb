"""What a request carries: member, tenant, id, actor."""

import base64
import os
import subprocess
import sys

import pytest
from allauth.account.adapter import get_adapter
from django.contrib.sessions.backends.db import SessionStore
from django.http import Http404, HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from audit.context import current
from tenants.access import SESSION_TENANT
from tenants.authentication import KeyAuthentication, MemberSession
from tenants.ids import new_id
from tenants.middleware import TenantMiddleware
from tenants.permissions import RoleSuffices
from tenants.services import tenant_activate
from tests import factories

pytestmark = pytest.mark.django_db


class Probe(APIView):
    authentication_classes = (KeyAuthentication, MemberSession)
    permission_classes = (RoleSuffices,)
    throttle_classes = ()
    write_role = "operator"

    def get(self, request) -> Response:
        return Response({"actor": current().actor, "tenant": str(request.tenant.pk)})

    post = get


def pass_through(request: HttpRequest, view=None) -> HttpResponse:
    answer = TenantMiddleware(view or (lambda r: HttpResponse()))(request)
    if hasattr(answer, "render"):
        answer.render()
    return answer


def with_key(key: str, method: str = "get") -> HttpResponse:
    request = getattr(APIRequestFactory(), method)("/", HTTP_AUTHORIZATION=f"Bearer {key}")
    return pass_through(request, Probe.as_view())


def with_session(user, settings, tenant_id: str = "") -> HttpRequest:
    request = RequestFactory().get("/")
    request.session = SessionStore()
    if tenant_id:
        request.session[SESSION_TENANT] = tenant_id
    request.user = user
    request.COOKIES[settings.SESSION_COOKIE_NAME] = "x"
    return request


def test_a_key_brings_its_tenant_and_acts_as_itself():
    tenant = factories.tenant()
    row, key = factories.api_key(tenant, "viewer")

    answer = with_key(key)

    assert answer.status_code == 200
    assert answer.data == {"actor": f"key:{row.pk}", "tenant": str(tenant.pk)}
    assert current().actor == "system:process"


@pytest.mark.parametrize("header", ["mlc_wrong", "two words", "", "\xff"])
def test_a_bad_key_is_401_and_says_how_to_come_in(header):
    answer = with_key(header)

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_nobody_is_401():
    answer = pass_through(APIRequestFactory().get("/"), Probe.as_view())

    assert answer.status_code == 401


@pytest.mark.parametrize(("role", "status"), [("viewer", 403), ("operator", 200), ("admin", 200)])
def test_a_role_that_is_too_low_is_403(role, status):
    _, key = factories.api_key(factories.tenant(), role)

    assert with_key(key).status_code == 200
    assert with_key(key, "post").status_code == status


def test_a_session_brings_the_tenant_it_chose(settings):
    member = factories.member(factories.tenant())
    other = factories.tenant()
    factories.member(other, who=member.user)
    request = with_session(member.user, settings, str(other.pk))

    pass_through(request)

    assert request.tenant == other


def test_a_choice_that_is_gone_leaves_the_request_outside_and_is_forgotten(settings):
    member = factories.member(factories.tenant())
    request = with_session(member.user, settings, str(factories.tenant().pk))

    pass_through(request)

    assert request.member is None
    assert SESSION_TENANT not in request.session


def test_a_user_activates_only_tenants_of_their_own(settings):
    member = factories.member(factories.tenant())
    request = with_session(member.user, settings)

    assert tenant_activate(request, member.tenant.pk).tenant == member.tenant
    assert request.session[SESSION_TENANT] == str(member.tenant.pk)
    with pytest.raises(Http404):
        tenant_activate(request, factories.tenant().pk)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [("abc-1234.X", True), ("short", False), ("x" * 65, False), ("new\nline-here", False)],
)
def test_a_request_keeps_a_sane_id_and_gets_one_otherwise(sent, kept):
    request = RequestFactory().get("/", HTTP_X_REQUEST_ID=sent)

    answer = pass_through(request)

    assert (request.request_id == sent) is kept
    assert answer.headers["X-Request-ID"] == request.request_id


def test_the_log_in_pages_sign_nobody_up_since_that_would_make_no_tenant():
    assert not get_adapter().is_open_for_signup(RequestFactory().get("/"))


def test_ids_ascend_and_are_of_version_7():
    ids = [new_id() for _ in range(5000)]

    assert ids == sorted(set(ids))
    assert {one.version for one in ids} == {7}


@pytest.mark.parametrize("address", ["/accounts/login/", "/signup/", "/api/v1/me", "/nowhere/"])
def test_every_answer_tells_browsers_to_keep_it_to_themselves(address):
    answer = Client().get(address)

    assert answer.headers["Content-Security-Policy"].count("'none'") == 3
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Referrer-Policy"] == "same-origin"


def test_cookies_of_production_belong_to_one_host_over_https_and_to_no_script():
    kept = {
        "PRODUCTION": "true", "SECRET_KEY": "x" * 60, "PUBLIC_URL": "https://connector.example",
        "FERNET_KEYS": base64.urlsafe_b64encode(bytes(32)).decode(), "MAIL_HOST": "mail.example",
        "DATABASE_URL": "postgresql://a:b@db.example/c", "BROKER_URL": "redis://broker.example/0",
        "PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "integration_platform.settings",
    }  # fmt: skip
    program = (
        "from django.conf import settings as s; print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME,"
        " s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SESSION_COOKIE_HTTPONLY,"
        " s.SESSION_COOKIE_SAMESITE, s.SESSION_COOKIE_DOMAIN, s.SESSION_COOKIE_PATH,"
        " s.SECURE_HSTS_SECONDS > 31_000_000)"
    )
    said = subprocess.run(
        [sys.executable, "-c", program], env=kept, capture_output=True, text=True, check=True
    )

    assert said.stdout.split() == [
        "__Host-session", "__Host-csrf", "True", "True", "True", "Lax", "None", "/", "True",
    ]  # fmt: skip
