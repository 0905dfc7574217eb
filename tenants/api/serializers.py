"""Shapes of sign-up, keys and members."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from tenants.models import ApiToken, Invitation, Membership, Role


class TenantShape(serializers.Serializer):
    id = serializers.UUIDField()
    name = serializers.CharField()
    slug = serializers.CharField()
    time_zone = serializers.CharField()


class UserShape(serializers.Serializer):
    id = serializers.UUIDField()
    email = serializers.EmailField()


class SignUpBody(serializers.Serializer):
    organization = serializers.CharField(max_length=120)
    email = serializers.EmailField()
    password = serializers.CharField(trim_whitespace=False, max_length=200)
    time_zone = serializers.CharField(default="UTC")


class SignedUpShape(serializers.Serializer):
    tenant = TenantShape()
    user = UserShape()
    api_key = serializers.CharField(help_text="Shown this once.")


class CheckEmailShape(serializers.Serializer):
    status = serializers.ChoiceField(["check_email"])


class BearerShape(serializers.Serializer):
    """The key that a request came with."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    role = serializers.ChoiceField(Role.choices)
    expires_at = serializers.DateTimeField(allow_null=True)


class MeShape(serializers.Serializer):
    tenant = TenantShape()
    user = UserShape(allow_null=True)
    role = serializers.ChoiceField(Role.choices)
    key = BearerShape(source="token", allow_null=True)


class ApiKeyShape(serializers.ModelSerializer):
    role = serializers.ChoiceField(Role.choices)

    class Meta:
        model = ApiToken
        fields = ("id", "name", "role", "hint", "created_at", "expires_at", "last_used_at")


class NewApiKeyShape(ApiKeyShape):
    key = serializers.CharField(
        required=False, help_text="Shown this once; a repeat leaves it out."
    )

    class Meta(ApiKeyShape.Meta):
        fields = (*ApiKeyShape.Meta.fields, "key")


class ApiKeyBody(serializers.Serializer):
    name = serializers.CharField(max_length=80)
    role = serializers.ChoiceField(Role.choices)
    expires_at = serializers.DateTimeField(required=False, allow_null=True)


class MemberShape(serializers.Serializer):
    """A member, or somebody who was invited and has not come yet."""

    id = serializers.UUIDField()
    email = serializers.EmailField()
    user = serializers.UUIDField(allow_null=True, help_text="Null until the invitation is taken.")
    role = serializers.ChoiceField(Role.choices)
    status = serializers.ChoiceField(["active", "invited"])
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True, help_text="Of an invitation.")


class InviteBody(serializers.Serializer):
    email = serializers.EmailField()
    role = serializers.ChoiceField(Role.choices)


class MemberBody(serializers.Serializer):
    role = serializers.ChoiceField(Role.choices)


def member_row(row: Membership | Invitation) -> dict[str, Any]:
    """Return a membership or an invitation as the one list shows both."""
    is_member = isinstance(row, Membership)
    return {
        "id": row.pk,
        "email": row.user.email if is_member else row.email,
        "user": row.user_id if is_member else None,
        "role": row.role,
        "status": "active" if is_member else "invited",
        "created_at": row.created_at,
        "expires_at": None if is_member else row.expires_at,
    }
