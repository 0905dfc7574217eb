"""Routes of tenants below /api/v1/."""

from django.urls import path

from tenants.api import views

urlpatterns = [
    path("signup", views.SignUp.as_view()),
    path("me", views.Me.as_view()),
    path("api-keys", views.ApiKeys.as_view()),
    path("api-keys/<uuid:id>", views.ApiKey.as_view()),
    path("members", views.Members.as_view()),
    path("members/<uuid:id>", views.Member.as_view()),
]
