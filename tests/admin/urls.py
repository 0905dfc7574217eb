"""The product's addresses as the admin's own process has them."""

from django.urls import path

from integration_platform.urls import handler500
from integration_platform.urls import urlpatterns as of_other_processes
from tenants.support.supportsite import site

urlpatterns = [path("admin/", site.urls), *of_other_processes]

__all__ = ["handler500", "urlpatterns"]
