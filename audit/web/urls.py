"""Pages of the audit trail."""

from django.urls import path

from audit.web import views

urlpatterns = [
    path("settings/audit/", views.Trail.as_view(), name="audit"),
    path("settings/audit/verify/", views.Verify.as_view(), name="audit-verify"),
    path("settings/audit/export/", views.Export.as_view(), name="audit-export"),
    path("settings/audit/verifier/", views.Verifier.as_view(), name="audit-verifier"),
]
