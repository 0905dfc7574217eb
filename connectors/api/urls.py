"""Routes of connectors below /api/v1/."""

from django.urls import path

from connectors.api import views

urlpatterns = [
    path("connectors", views.Connectors.as_view()),
    path("connections", views.Connections.as_view()),
    path("connections/<uuid:id>", views.OneConnection.as_view()),
    path("connections/<uuid:id>/ping", views.Ping.as_view()),
    path("connections/<uuid:id>/companies", views.Companies.as_view()),
]
