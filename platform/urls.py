"""What answers where: health, API, log-in, each app's pages, the admin in its own process."""

from urllib.parse import urlsplit

from csp.decorators import csp_update
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.defaults import bad_request
from drf_spectacular.views import SpectacularSwaggerSplitView

from integration_platform import api, described, health, violations
from tenants.support.reading import NOT_CONFIGURED
from tenants.support.supportsite import site

PAGES = ("tenants", "connectors", "sync", "audit")

# Swagger UI sets styles of its own; its scripts come from files, so that rule stays strict.
docs = csp_update({"style-src": ["'unsafe-inline'"]})(
    SpectacularSwaggerSplitView.as_view(url_name="schema")
)


def _pages() -> list[URLPattern | URLResolver]:
    """Return each app's web/urls.py, where it has one."""
    return [path("", include(module)) for module in api.existing(PAGES, "web.urls")]


def _admin() -> URLPattern | URLResolver:
    """Mount the admin where the support role's address is; elsewhere point to that process."""
    if settings.SUPPORT_DATABASE_URL:
        return path("admin/", site.urls)
    return re_path("^admin/", _admin_is_elsewhere)


def _admin_is_elsewhere(request: HttpRequest) -> HttpResponse:
    """Send the browser to the admin's process; this one, if it is that, cannot read anything."""
    if request.get_host() == urlsplit(settings.ADMIN_URL).netloc:
        return HttpResponse(NOT_CONFIGURED, status=503, content_type="text/plain")
    return HttpResponseRedirect(settings.ADMIN_URL)


def handler500(request: HttpRequest) -> HttpResponse:
    """Answer a fault of ours in the shape of the place it happened in."""
    if request.path.startswith("/api/"):
        return api.server_error(request)
    reference = getattr(request, "request_id", "")
    return render(None, "500.html", {"request_id": reference}, status=500)


def handler400(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer what is refused before any view, in the shape of the place it was sent to."""
    if request.path.startswith("/api/"):
        return api.bad_request(exception)
    return bad_request(request, exception)


urlpatterns = [
    path("health/live", health.live),
    path("health/ready", health.ready),
    path("metrics", health.metrics),
    path("csp-report", violations.report),
    path("api/schema/", described.SchemaView.as_view(), name="schema"),
    path("api/docs/", docs, name="docs"),
    path("api/v1/", include(api.urlpatterns)),
    _admin(),
    path("accounts/", include("allauth.urls")),
    *_pages(),
]
