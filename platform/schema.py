"""How the OpenAPI document describes what every endpoint shares."""

from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers

_ERRORS = {
    "400": "The request is not valid.",
    "401": "Who are you?",
    "403": "The role is too low.",
    "404": "Not there, or another tenant's.",
    "409": "The state of things stands against it.",
    "412": "Changed since it was read.",
    "413": "Too large.",
    "415": "Neither JSON nor what this endpoint takes.",
    "422": "The Idempotency-Key came with another request before.",
    "429": "Too many requests; see Retry-After.",
    "503": "Try again in a moment.",
}
_BY_METHOD = {
    "GET": ("400", "401", "403", "404", "429", "503"),
    "POST": ("400", "401", "403", "404", "409", "413", "415", "422", "429", "503"),
    "PATCH": ("400", "401", "403", "404", "409", "412", "413", "415", "429", "503"),
    "DELETE": ("401", "403", "404", "409", "429", "503"),
}


class Error(serializers.Serializer):
    """What went wrong, for programs (`code`) and for people (`message`)."""

    code = serializers.CharField()
    message = serializers.CharField()
    fields_ = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()), required=False
    )
    details = serializers.DictField(required=False)
    request_id = serializers.CharField()

    def get_fields(self) -> dict[str, serializers.Field]:
        """Name the field `fields`, a word that serializers use for themselves."""
        declared = super().get_fields()
        return {("fields" if name == "fields_" else name): f for name, f in declared.items()}


class Described(AutoSchema):
    """Adds the headers and errors of the common rules to every operation."""

    def get_override_parameters(self) -> list[Any]:
        """Return the header that repeats or changes are made safe with."""
        headers = {
            "POST": ("Idempotency-Key", "The same key with the same body has one effect."),
            "PATCH": ("If-Match", "The ETag that the change is based on."),
        }
        if self.method not in headers or not self.view.permission_classes:
            return []
        name, description = headers[self.method]
        return [OpenApiParameter(name, str, OpenApiParameter.HEADER, description=description)]

    def _get_response_bodies(self, direction: str = "response") -> dict[str, Any]:
        bodies = super()._get_response_bodies(direction)
        for code in _BY_METHOD.get(self.method, ()):
            if code not in bodies:
                answer = OpenApiResponse(Error, description=_ERRORS[code])
                bodies[code] = self._get_response_for_code(answer, code, direction=direction)
        return bodies


class KeyScheme(OpenApiAuthenticationExtension):
    target_class = "tenants.authentication.KeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "An API key."}


class SessionScheme(OpenApiAuthenticationExtension):
    target_class = "tenants.authentication.MemberSession"
    name = "session"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}
