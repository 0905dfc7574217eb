"""Routes of the audit trail below /api/v1/."""

from django.urls import path

from audit.api import views

urlpatterns = [
    path("audit", views.Events.as_view()),
    path("audit/export", views.Export.as_view()),
    path("audit/verify", views.Verify.as_view()),
]
