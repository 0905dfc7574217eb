"""Pages of access: sign-up, invitations, the organization, its people and keys."""

from django.urls import path

from tenants.web import access, organization, sessions, support

urlpatterns = [
    path("signup/", access.SignUpPage.as_view(), name="signup"),
    path("signup/<str:token>/", access.FinishSignUp.as_view(), name="signup-finish"),
    path("join/<str:token>/", access.Join.as_view(), name="join"),
    path("account/", access.Account.as_view(), name="account"),
    path("account/sessions/", sessions.Sessions.as_view(), name="sessions"),
    path("account/sessions/others/end/", sessions.EndOthers.as_view(), name="sessions-end"),
    path("account/sessions/<uuid:id>/end/", sessions.End.as_view(), name="session-end"),
    path("organization/switch/", access.Switch.as_view(), name="organization-switch"),
    path("settings/", organization.Settings.as_view(), name="settings"),
    path("settings/organization/", organization.Organization.as_view(), name="organization"),
    path("settings/members/", organization.Members.as_view(), name="members"),
    path("settings/members/<uuid:id>/role/", organization.ChangeRole.as_view(), name="member-role"),
    path("settings/members/<uuid:id>/remove/", organization.Remove.as_view(), name="member-remove"),
    path(
        "settings/invitations/<uuid:id>/withdraw/",
        organization.Withdraw.as_view(),
        name="invitation-withdraw",
    ),
    path("settings/support/", support.Support.as_view(), name="support"),
    path("settings/support/admit/", support.Admit.as_view(), name="support-admit"),
    path("settings/api-keys/", organization.ApiKeys.as_view(), name="api-keys"),
    path(
        "settings/api-keys/<uuid:id>/revoke/", organization.Revoke.as_view(), name="api-key-revoke"
    ),
]
