"""All HTTP of one connection: credentials, deadlines, caps, address guard, budget, observation.

Reads may be repeated, writes never are: a write whose fate is unclear raises UnknownOutcome, and
only what certainly was not applied raises TemporaryError (reliability rules: refused before the
first byte, 429, refused credentials).
"""

from __future__ import annotations

import http.client
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from http import HTTPStatus
from http.cookiejar import DefaultCookiePolicy
from typing import Any, NoReturn
from urllib.parse import quote, unquote, urlencode, urljoin, urlsplit

import requests
from oauthlib.oauth2 import BackendApplicationClient
from requests_oauthlib import OAuth2Session
from urllib3.exceptions import HTTPError

from connectors.errors import (
    ConfigurationError,
    ConnectorError,
    RateLimited,
    TemporaryError,
    UnexpectedAnswer,
    UnknownOutcome,
)
from connectors.http import permission, repeating
from connectors.http.answer import Answer, Exchange, presentable, request_id_of
from connectors.http.auth import Auth
from connectors.http.egress import Egress, EgressRefused, parse_url
from connectors.http.kept import Kept
from connectors.http.limits import Limits, collect
from connectors.http.retry_after import parse_retry_after
from connectors.http.throttle import Throttle
from connectors.http.transport import CheckedAdapter, calling
from connectors.http.trouble import closed_while_idle, raise_refused, raise_trouble

Params = Mapping[str, Any] | Iterable[tuple[str, Any]]

USER_AGENT = "ml-connector/1"
_MOST_REDIRECTS = 3
_REDIRECTS = (301, 302, 303, 307, 308)
_TROUBLE = (requests.RequestException, HTTPError, http.client.HTTPException, OSError)

# Below WARNING these two print the client secret and the access token.
for _name in ("requests_oauthlib", "oauthlib"):
    logging.getLogger(_name).setLevel(logging.WARNING)


class _Wire(OAuth2Session):
    """The library's session with our adapter, no cookies, nothing from the environment.

    Its own rule about plain http looks at one switch for the whole process; `Egress` decides per
    address instead, so its `request` is passed over and headers are given ready.
    """

    def __init__(self, adapter: CheckedAdapter) -> None:
        super().__init__(client=BackendApplicationClient(""))
        self.trust_env = False
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
        self.mount("https://", adapter)
        self.mount("http://", adapter)

    def request(self, method: str, url: str, **options: Any) -> requests.Response:
        return requests.Session.request(self, method, url, **options)


class Session:
    """One connection's way to speak HTTP; safe to share between threads.

    `base_url` is the root that paths are appended to (never joined: a path cannot climb out of
    it). `ca_pem` adds a certificate authority of the customer's own. Close it when done.
    `wait_header` names how long to wait after a 429; `wait_seconds` serves where it is silent.
    """

    def __init__(
        self,
        *,
        base_url: str,
        auth: Auth,
        limits: Limits,
        egress: Egress,
        throttle: Throttle | None = None,
        observer: Callable[[Exchange], None] | None = None,
        headers: Mapping[str, str] | None = None,
        ca_pem: str | None = None,
        connections: int = 8,
        wait_header: str = "Retry-After",
        wait_seconds: float = 15.0,
        kept: Kept | None = None,
    ) -> None:
        self.kept = kept or Kept()
        self.base_url = base_url.rstrip("/")
        self.auth = auth
        self.limits = limits
        self.egress = egress
        self.origin = parse_url(self.base_url).origin
        self._throttle = throttle
        self._wait_header, self._wait_seconds = wait_header, wait_seconds
        self._observer = observer
        self._headers = {
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
            "User-Agent": USER_AGENT,
            **(headers or {}),
        }
        self._wire = _Wire(CheckedAdapter(egress, connections=connections, ca_pem=ca_pem))

    def close(self) -> None:
        self._wire.close()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def get(
        self,
        path: str,
        *,
        params: Params | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        is_list: bool = False,
    ) -> Answer:
        """Read `path` below the root, or an absolute link of the same origin.

        `timeout` is the total for this call in seconds. `is_list`: the caller reads records one
        after another, so the answer may be as long as `Limits.list_bytes`. Raises TemporaryError
        (connection trouble, 408, 5xx), RateLimited (429, 503 with Retry-After),
        AuthenticationError, ConfigurationError; any other status comes back as Answer.
        """
        url = self.url(path, params)
        limits = self.limits.within(timeout)
        limits = limits.for_list() if is_list else limits
        for _ in range(_MOST_REDIRECTS + 1):
            answer = self._authorized("GET", url, None, headers or {}, limits, write=False)
            if answer.status not in _REDIRECTS or not answer.headers.get("Location"):
                self._raise_for_read(answer)
                return answer
            url = self._same_origin(urljoin(url, answer.headers["Location"]))
        raise ConfigurationError("The address redirects in circles.", code="redirect_refused")

    def write(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> Answer:
        """Send a change once: never repeated, never redirected.

        Raises TemporaryError or RateLimited when it certainly was not applied, UnknownOutcome when
        nobody can tell; every complete answer comes back, 5xx included, for the connector to judge.
        """
        limits = self.limits.within(timeout)
        answer = self._authorized(
            method, self.url(path), body or b"", headers or {}, limits, write=True
        )
        if answer.status == 429:
            self._raise_rate_limited(answer)
        return answer

    def post_form(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Call a token address: any host that the address guard passes, no credentials added."""
        return self._send("POST", url, body, headers, self.limits, purpose="token")

    def url(self, path: str, params: Params | None = None) -> str:
        """The absolute address of a path; raises EgressRefused for one that leads elsewhere."""
        if path.startswith(("https://", "http://")):
            url = self._same_origin(path)
        else:
            if any(unquote(part) in (".", "..") for part in path.partition("?")[0].split("/")):
                raise EgressRefused("A path must not contain dot segments.")
            url = f"{self.base_url}/{path.lstrip('/')}" if path else self.base_url
        if params:
            pairs = params.items() if isinstance(params, Mapping) else params
            query = urlencode(list(pairs), quote_via=quote, safe="$*,:()'/")
            url += ("&" if urlsplit(url).query else "?") + query
        return url

    def _same_origin(self, url: str) -> str:
        if parse_url(url).origin != self.origin:
            raise EgressRefused(
                "The other system refers to another host, port or scheme; it was not followed.",
                code="redirect_refused",
                detail=presentable(url)[:200],
            )
        return url

    def _authorized(
        self,
        method: str,
        url: str,
        body: bytes | None,
        headers: Mapping[str, str],
        limits: Limits,
        *,
        write: bool,
    ) -> Answer:
        """Send with credentials; once more with renewed ones when they were refused."""
        with self._slot(limits):
            credentials = self.auth.headers(self.post_form)
            answer = self._send(method, url, body, {**headers, **credentials}, limits, write=write)
            if answer.status not in self.auth.reauth_statuses:
                return answer
            renewed = self.auth.renewed(credentials, self.post_form)
            if renewed is not None:
                answer = self._send(method, url, body, {**headers, **renewed}, limits, write=write)
        if answer.status in self.auth.reauth_statuses:
            raise_refused(answer)
        return answer

    def _slot(self, limits: Limits) -> AbstractContextManager[None]:
        """Hold a slot; a request repeated with a renewed token takes twice its time at most."""
        if self._throttle is None:
            return nullcontext()
        if repeating.taken():
            self._throttle.repeat()
        return self._throttle.slot(2 * (limits.connect_seconds + limits.total_seconds))

    def _send(
        self,
        method: str,
        url: str,
        body: bytes | None,
        headers: Mapping[str, str],
        limits: Limits,
        *,
        write: bool = False,
        purpose: str = "api",
    ) -> Answer:
        """One exchange; a read over a kept connection that had been closed goes out again."""
        self.egress.target(url)
        if write:
            permission.require(limits.total_seconds)
        request = {"data": body, "headers": {**self._headers, **headers}}
        started = time.monotonic()
        answer, error = None, None
        try:
            with calling(limits) as call:
                try:
                    answer = self._exchange(method, url, request, limits, write, started)
                except _TROUBLE as trouble:
                    if write or not closed_while_idle(call, trouble):
                        raise
                    call.sent = False
                    answer = self._exchange(method, url, request, limits, write, started)
            return answer
        except UnexpectedAnswer as trouble:
            error = trouble
            if write:
                raise UnknownOutcome(trouble.message, detail=trouble.detail) from trouble
            raise
        except ConnectorError as trouble:
            error = trouble
            raise
        except _TROUBLE as trouble:
            error = trouble
            raise_trouble(call, trouble, urlsplit(url).hostname or "", write)
        finally:
            self._observe(method, url, body, answer, error, started, purpose)

    def _exchange(
        self,
        method: str,
        url: str,
        request: Mapping[str, Any],
        limits: Limits,
        write: bool,
        started: float,
    ) -> Answer:
        response = self._wire.request(
            method,
            url,
            **request,
            stream=True,
            allow_redirects=False,
            timeout=(limits.connect_seconds, limits.read_seconds),
        )
        if response.status_code != HTTPStatus.OK:
            limits = replace(limits, plain_bytes=None, body_bytes=self.limits.body_bytes)
        with response:
            chunks = response.raw.stream(64 * 1024, decode_content=False)
            content = collect(chunks, response.headers.get("Content-Encoding", ""), limits)
        return Answer(
            status=response.status_code,
            headers=response.headers,
            content=content,
            url=url,
            duration_ms=int((time.monotonic() - started) * 1000),
            request_id=request_id_of(response.headers),
            write=write,
            json_depth=limits.json_depth,
        )

    def _observe(
        self,
        method: str,
        url: str,
        body: bytes | None,
        answer: Answer | None,
        error: Exception | None,
        started: float,
        purpose: str,
    ) -> None:
        if self._observer is None:
            return
        self._observer(
            Exchange(
                method=method,
                url=presentable(url),
                status=answer.status if answer else None,
                duration_ms=int((time.monotonic() - started) * 1000),
                bytes_out=len(body or b""),
                bytes_in=len(answer.content) if answer else 0,
                request_id=answer.request_id if answer else "",
                purpose=purpose,
                error=type(error).__name__ if error else "",
            )
        )

    def _raise_for_read(self, answer: Answer) -> None:
        facts = {"status": answer.status, "request_id": answer.request_id}
        asks_to_wait = answer.status == 503 and answer.headers.get(self._wait_header)
        if answer.status == 429 or asks_to_wait:
            self._raise_rate_limited(answer)
        if answer.status >= 500 or answer.status in (408, 425):
            raise TemporaryError(
                f"The other system is out of order (HTTP {answer.status}).",
                code="server_error",
                **facts,
            )
        if answer.status == 407:
            raise ConfigurationError(
                "A proxy on the way asks for a log-in (HTTP 407).", code="proxy", **facts
            )

    def _raise_rate_limited(self, answer: Answer) -> NoReturn:
        told = answer.headers.get(self._wait_header)
        wait = parse_retry_after(told, default=self._wait_seconds)
        seconds = self._wait_seconds if wait is None else wait
        if self._throttle is not None:
            self._throttle.limited(seconds)
        raise RateLimited(
            f"The other system asks us to wait {seconds:.0f} seconds.",
            retry_after=seconds,
            status=answer.status,
            request_id=answer.request_id,
        )
