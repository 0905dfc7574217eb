"""Refusals of the sandbox: code, status and text as in NAV contract 1.3, 4 and 5.5."""

from __future__ import annotations

import uuid

from connectors.sandboxing.messages import Response, json_response


class NavError(Exception):
    """One refusal; it becomes `{"error": {"code", "message"}}` with a correlation id."""

    def __init__(
        self, status: int, code: str, text: str, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(text)
        self.status = status
        self.code = code
        self.text = text
        self.headers = headers or {}

    def body(self) -> dict[str, dict[str, str]]:
        """Return the JSON body; the message ends with two blanks, the word and a fresh GUID."""
        message = f"{self.text}  CorrelationId:  {uuid.uuid4()}."
        return {"error": {"code": self.code, "message": message}}

    def response(self) -> Response:
        """Return the whole HTTP answer."""
        return json_response(self.status, self.body(), self.headers)


def dialog(text: str) -> NavError:
    """Return what an AL `Error()` becomes: nearly every business rule (NAV contract 4)."""
    return NavError(400, "Application_DialogException", text)


def field_error(text: str) -> NavError:
    """Return a failed field test: `must have a value`, `must be equal to`."""
    return NavError(400, "Application_FieldValidationException", text)


def blank_field(caption: str, table: str, key: str) -> NavError:
    """Return the refusal of an empty field that a table insists on."""
    return field_error(
        f"{caption} must have a value in {table}: {key}. It cannot be zero or empty."
    )


def no_relation(field: str, table: str, value: str, related: str) -> NavError:
    """Return the refusal of a value that the related table does not hold."""
    return NavError(
        400,
        "Internal_InvalidTableRelation",
        f"The field {field} of table {table} contains a value ({value}) that cannot be found "
        f"in the related table ({related}).",
    )


def bad_request(text: str) -> NavError:
    """Return the general 400 of the OData layer: bad JSON, unknown property, bad value."""
    return NavError(400, "BadRequest", text)


def unknown_property(name: str, entity_type: str) -> NavError:
    """Return the refusal of a property that the entity type does not have."""
    return bad_request(
        f"Could not find a property named '{name}' on type 'Microsoft.NAV.{entity_type}'."
    )


def read_only(name: str) -> NavError:
    """Return the refusal of a read-only property in a body."""
    return NavError(400, "BadRequest_InvalidOperation", f"Control '{name}' is read-only.")


def no_segment(name: str) -> NavError:
    """Return the refusal of a path segment that names nothing."""
    return NavError(
        404, "BadRequest_ResourceNotFound", f"Resource not found for the segment '{name}'."
    )


def no_route(url: str) -> NavError:
    """Return the refusal of a path that leads nowhere."""
    return NavError(
        404,
        "BadRequest_NotFound",
        f"No HTTP resource was found that matches the request URI '{url}'.",
    )


def bad_syntax() -> NavError:
    """Return the refusal of a path that cannot be parsed."""
    return NavError(404, "BadRequest_NotFound", "Bad Request - Error in query syntax.")


def method_not_allowed(method: str, name: str) -> NavError:
    """Return the refusal of a method that the entity set does not take."""
    return NavError(
        405,
        "BadRequest_MethodNotAllowed",
        f"'{method}' requests for '{name}' of EdmType 'Entity' are not allowed within "
        "Microsoft Dynamics NAV OData web services.",
    )


def no_action(name: str) -> NavError:
    """Return the refusal of a bound action that the entity does not have."""
    return NavError(
        501, "BadRequest_MethodNotImplemented", f"The bound action '{name}' is not implemented."
    )


def no_token() -> NavError:
    """Return the refusal of a missing or malformed If-Match."""
    return NavError(
        400,
        "BadRequest_InvalidToken",
        "Could not validate the client concurrency token required by the service. "
        "Please provide a valid token in the client request.",
    )


def changed() -> NavError:
    """Return the refusal of a stale If-Match: 409, not 412."""
    return NavError(409, "Request_EntityChanged", "Another user has already changed the record.")


def unauthenticated(json_body: bool = True) -> NavError:
    """Return the 401 of a missing, unknown or expired credential."""
    return NavError(
        401,
        "Authentication_InvalidCredentials" if json_body else "",
        "The server has rejected the client credentials.",
        {"WWW-Authenticate": "Bearer"},
    )


def too_many(headers: dict[str, str] | None = None) -> NavError:
    """Return the 429 of a user over its rate or with a full queue."""
    return NavError(
        429, "Application_TooManyRequests", "Too many requests reached the limit.", headers
    )
