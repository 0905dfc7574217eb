"""Requests to the API of one instance: headers, paging and error bodies; no fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

from connectors.errors import ConnectorError, TemporaryError, UnexpectedAnswer, UnknownOutcome
from connectors.http.answer import Answer
from connectors.http.jsonrows import Rows, rows_of
from connectors.http.pagination import LinkedPages, PageFacts, Position, walk
from connectors.http.session import Session
from connectors.nav import batch, odata
from connectors.nav.batch import Mode, Operation, Reply
from connectors.nav.errors import PAGE_EXPIRED, contradicts_metadata, interpret
from connectors.nav.metadata import Metadata, parse_metadata
from connectors.nav.urls import Root

_PAGE = 1000
_TOO_LARGE = 413
_LEGAL = "%!$&'()*+,;=:@/?~"  # what a query may hold as it stands; blanks become %20

Row = Mapping[str, Any]


class Client:
    """One dialect's root on one instance. Paths are relative to the root."""

    def __init__(self, session: Session, root: Root) -> None:
        self.session = session
        self.root = root
        self._pages_are_theirs = False  # the instance's own pages are smaller than we would ask

    # ------------------------------------------------------------------ reading

    def answer(
        self,
        path: str,
        params: Mapping[str, str] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        is_list: bool = False,
    ) -> Answer:
        """Read one address and return the whole answer; raises the error it stands for."""
        is_link = path.startswith(("https://", "http://"))
        answer = self.session.get(
            path if is_link else self.root.path(path),
            params=None if is_link else self.root.params(params),
            headers={**odata.LANGUAGE, **(headers or {})},
            is_list=is_list,
        )
        self._raise(interpret(answer))
        return answer

    def get(
        self, path: str, params: Mapping[str, str] | None = None, *, primary: bool = False
    ) -> dict[str, Any]:
        """Read one record or function; `primary` asks the database that writes go to."""
        answer = self.answer(path, params, headers=odata.PRIMARY if primary else None)
        return _object(answer.json())

    def pages(
        self,
        path: str,
        params: Mapping[str, str] | None = None,
        *,
        primary: bool = False,
        records: int = _PAGE,
    ) -> Iterator[list[Row]]:
        """Yield a set page by page: the next link as it stands, the page size said again. A page
        too large for memory comes in blocks.

        Raises TemporaryError when the link of a page has expired: the read starts anew later.
        """
        for rows in self._walk(path, params, primary=primary, records=records, is_list=True):
            if isinstance(rows, Rows):
                yield from _in_blocks(rows)
            else:
                yield rows

    def _walk(
        self,
        path: str,
        params: Mapping[str, str] | None,
        *,
        primary: bool,
        records: int,
        is_list: bool,
    ) -> Iterator[list[Row] | Rows]:
        headers = odata.PRIMARY if primary else {}

        def read(position: Position) -> tuple[PageFacts, list[Row] | Rows]:
            answer = self._page(position.link or path, params, headers, records, is_list)
            body = _object(answer.json())
            rows = _records(body.get("value"))
            link = body.get("@odata.nextLink")
            return PageFacts(len(rows), next=self._link(answer, str(link)) if link else None), rows

        yield from walk(LinkedPages(), read)

    def _link(self, answer: Answer, link: str) -> str:
        """Return the link to the next page as it stands, on the way that brought us here: a server
        behind a proxy knows itself by another name than we do. Blanks in it are encoded."""
        try:
            parts = urlsplit(urljoin(answer.url, link))
        except ValueError:
            return link  # refused where it would be followed
        ours = urlsplit(self.session.url(self.root.prefix))
        if not parts.path.startswith(ours.path):
            return link
        query = quote(parts.query, safe=_LEGAL)
        return urlunsplit((ours.scheme, ours.netloc, parts.path, query, ""))

    def _page(
        self,
        path: str,
        params: Mapping[str, str] | None,
        headers: Mapping[str, str],
        records: int,
        is_list: bool,
    ) -> Answer:
        """Read one page. An instance whose pages are smaller may refuse to be asked for more (413,
        NAV contract 6): from then on it chooses their size."""
        if not self._pages_are_theirs:
            try:
                sized = odata.page_size(records) | headers
                return self.answer(path, params, headers=sized, is_list=is_list)
            except ConnectorError as error:
                if error.status != _TOO_LARGE:
                    raise
            self._pages_are_theirs = True
        return self.answer(path, params, headers=headers, is_list=is_list)

    def rows(
        self, path: str, params: Mapping[str, str] | None = None, *, primary: bool = False
    ) -> list[Row]:
        """Read a whole set; for sets that are small or filtered, since it has to fit into memory.

        Where the link of a page has expired the set is read once more from its beginning (NAV
        contract, paging); raises TemporaryError when one expires again.
        """
        try:
            return self._whole(path, params, primary=primary)
        except TemporaryError as error:
            if error.code != PAGE_EXPIRED:
                raise
        return self._whole(path, params, primary=primary)

    def _whole(self, path: str, params: Mapping[str, str] | None, *, primary: bool) -> list[Row]:
        pages = self._walk(path, params, primary=primary, records=_PAGE, is_list=False)
        return [row for page in pages for row in page]

    def metadata(self, *, fresh: bool = False) -> Metadata:
        """Return what the instance publishes; read once for a connection, and anew when `fresh`,
        after an hour, or after an answer that it contradicts."""
        name = f"metadata {self.root.path('$metadata')}"
        return self.session.kept.get(name, self._read_metadata, fresh=fresh)

    def _read_metadata(self) -> Metadata:
        answer = self.answer("$metadata", headers={"Accept": "application/xml"})
        return parse_metadata(answer.body)

    # ------------------------------------------------------------------ writing

    def post(self, path: str, body: Any) -> dict[str, Any]:
        """Create a record; returns it as NAV answers. Raises UnknownOutcome for 2xx without it."""
        return _created(self._write("POST", path, odata.dumps(body)))

    def patch(self, path: str, body: Any, etag: str) -> dict[str, Any]:
        """Change a record that still has the version `etag`; returns it as it is now."""
        answer = self._write("PATCH", path, odata.dumps(body), {"If-Match": etag})
        return _created(answer) if answer.body.strip() else {}

    def act(self, path: str) -> None:
        """Call a bound action: 204 and no body, as 200 with one."""
        answer = self._write("POST", path, b"")
        if answer.body.strip():
            answer.json()  # a log-in page with status 200 is no success

    def change(self, method: str, path: str, body: Any = None, *, etag: str = "") -> dict[str, Any]:
        """Write a record that is known by something else than `id`; returns it as it is now, or
        nothing where the answer is empty."""
        sent = b"" if body is None else odata.dumps(body)
        answer = self._write(method, path, sent, {"If-Match": etag} if etag else None)
        return _object(answer.json()) if answer.body.strip() else {}

    def batch(self, operations: Sequence[Operation], mode: Mode) -> dict[str, Reply | None]:
        """Send operations as one request; answers by id, None where there is none.

        Raises what concerns all of them: nothing was applied (TemporaryError, ConfigurationError,
        DocumentRefused) or nobody can tell (UnknownOutcome).
        """
        body = odata.dumps(batch.build(operations))
        answer = self._write("POST", "$batch", body, batch.HEADERS[mode])
        replies = batch.read_replies(answer.json(), [operation.id for operation in operations])
        errors = [reply.error for reply in replies.values() if reply is not None]
        if any(error is not None and contradicts_metadata(error) for error in errors):
            self.session.kept.forget()
        return replies

    def _write(
        self, method: str, path: str, body: bytes, headers: Mapping[str, str] | None = None
    ) -> Answer:
        answer = self.session.write(
            method,
            self.root.with_tenant(self.root.path(path)),
            body=body,
            headers={**(odata.WRITE_HEADERS if body else odata.LANGUAGE), **(headers or {})},
        )
        self._raise(interpret(answer))
        return answer

    def _raise(self, error: ConnectorError | None) -> None:
        if error is None:
            return
        if contradicts_metadata(error):
            self.session.kept.forget()
        raise error


def _records(found: Any) -> list[Row] | Rows:
    long = rows_of(found)
    if long is not None and not long.others:
        return long
    if not isinstance(found, list) or not all(isinstance(row, Mapping) for row in found):
        raise UnexpectedAnswer("NAV's list holds no records.", code="not_a_list")
    return found


def _in_blocks(rows: Rows) -> Iterator[list[Row]]:
    left = iter(rows)
    while block := list(islice(left, _PAGE)):
        yield block


def record_of(payload: Any) -> dict[str, Any]:
    """Return the record in an answer to a write; raises UnknownOutcome where there is none."""
    if not isinstance(payload, Mapping) or not payload.get("id"):
        raise UnknownOutcome("NAV's answer to the change does not show the record.")
    return dict(payload)


def _created(answer: Answer) -> dict[str, Any]:
    return record_of(answer.json())


def _object(payload: Any) -> dict[str, Any]:
    if not isinstance(payload, dict):
        raise UnexpectedAnswer("NAV's answer is no JSON object.", code="not_an_object")
    return payload
