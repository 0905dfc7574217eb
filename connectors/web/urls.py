"""Pages of connections."""

from django.urls import path

from connectors.web import views

urlpatterns = [
    path("settings/connections/", views.Connections.as_view(), name="connections"),
    path("settings/connections/new/<slug:kind>/", views.New.as_view(), name="connection-new"),
    path("settings/connections/<uuid:id>/", views.One.as_view(), name="connection"),
    path("settings/connections/<uuid:id>/check/", views.Check.as_view(), name="connection-check"),
    path("settings/connections/<uuid:id>/edit/", views.Edit.as_view(), name="connection-edit"),
    path(
        "settings/connections/<uuid:id>/secret/",
        views.ReplaceSecret.as_view(),
        name="connection-secret",
    ),
    path(
        "settings/connections/<uuid:id>/delete/", views.Delete.as_view(), name="connection-delete"
    ),
]
