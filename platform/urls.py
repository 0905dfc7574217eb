"""What answers where: health, API, log-in, each app's pages, the admin in its own process."""

from csp.decorators import csp_update
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from integration_platform import api, health

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
        return path("admin/", admin.site.urls)
    return path("admin/", RedirectView.as_view(url=settings.ADMIN_URL))


def handler500(request: HttpRequest) -> HttpResponse:
    """Answer a fault of ours in the shape of the place it happened in."""
    if request.path.startswith("/api/"):
        return api.server_error(request)
    reference = getattr(request, "request_id", "")
    return render(None, "500.html", {"request_id": reference}, status=500)


urlpatterns = [
    path("health/live", health.live),
    path("health/ready", health.ready),
    path("metrics", health.metrics),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", docs, name="docs"),
    path("api/v1/", include(api.urlpatterns)),
    _admin(),
    path("accounts/", include("allauth.urls")),
    *_pages(),
]
