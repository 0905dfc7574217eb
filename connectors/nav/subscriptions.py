"""NAV's webhook subscriptions: list, create, renew, delete (NAV contract 7).

NAV calls the notification address while it creates or renews; an answer other than the echo of its
token refuses the request. A subscription is gone after three days, or at NAV's own will.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from connectors.errors import UnexpectedAnswer, UnknownOutcome
from connectors.nav import odata, urls
from connectors.nav.client import Client, Row
from connectors.notifications import RemoteSubscription

_SET = "subscriptions"
# Samples show the resource with and without the leading slash; a custom route has more segments.
_RESOURCE = re.compile(
    r"^/?(?P<route>api/.+/)companies\((?P<company>[0-9a-f-]{36})\)/(?P<set>\w+)$", re.IGNORECASE
)


class Subscriptions:
    """Implements `connectors.base.Notifications` on one instance."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def listed(self) -> list[RemoteSubscription]:
        return [_read(row) for row in self._client.rows(_SET)]

    def create(
        self, company_id: str, resource: str, url: str, client_state: str
    ) -> RemoteSubscription:
        body = _body(company_id, resource, url, client_state)
        return _written(self._client.change("POST", _SET, body))

    def renew(
        self, known: RemoteSubscription, company_id: str, resource: str, client_state: str
    ) -> RemoteSubscription:
        body = _body(company_id, resource, known.url, client_state)
        return _written(self._client.change("PATCH", _path(known), body, etag=_version(known)))

    def delete(self, known: RemoteSubscription) -> None:
        self._client.change("DELETE", _path(known), etag=_version(known))

    def is_about(self, known: RemoteSubscription, company_id: str, resource: str) -> bool:
        ours = _RESOURCE.match(known.resource)
        return bool(
            ours
            and ours["company"].lower() == company_id.lower()
            and ours["set"].lower() == resource.lower()
        )

    def changes(
        self, company_id: str, resource: str, since: datetime, until: datetime
    ) -> Iterator[list[tuple[str, datetime]]]:
        params = {
            "$filter": odata.both(
                f"lastModifiedDateTime gt {odata.literal(since)}",
                f"lastModifiedDateTime le {odata.literal(until)}",
            ),
            "$select": "id,lastModifiedDateTime",
        }
        for page in self._client.pages(urls.company(company_id, resource), params):
            yield [(str(row.get("id") or "").lower(), _instant(row)) for row in page]


def _body(company_id: str, resource: str, url: str, client_state: str) -> dict[str, str]:
    return {
        "notificationUrl": url,
        "resource": "/" + urls.API_PREFIX + urls.company(company_id, resource),
        "clientState": client_state,
    }


def _path(known: RemoteSubscription) -> str:
    return f"{_SET}({urls.text_key(known.id)})"


def _version(known: RemoteSubscription) -> str:
    """Return what `If-Match` has to say: NAV takes no change without it."""
    return known.etag or "*"


def _read(row: Row) -> RemoteSubscription:
    return RemoteSubscription(
        id=str(row.get("subscriptionId") or ""),
        url=str(row.get("notificationUrl") or ""),
        resource=str(row.get("resource") or ""),
        client_state=str(row.get("clientState") or ""),
        expires_at=odata.parse_instant(row.get("expirationDateTime")),
        etag=str(row.get("@odata.etag") or ""),
    )


def _written(payload: dict[str, Any]) -> RemoteSubscription:
    if not payload.get("subscriptionId"):
        raise UnknownOutcome("NAV's answer does not show the subscription.")
    return _read(payload)


def _instant(row: Row) -> datetime:
    found = odata.parse_instant(row.get("lastModifiedDateTime"))
    if found is None:
        raise UnexpectedAnswer("NAV sent a changed record without the time of its change.")
    return found
