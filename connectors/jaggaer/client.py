"""JAGGAER's API as a customer's profile describes it: lists, pages, filters, details.

Knows addresses, the envelope and paging; what records mean is for `translate`. The polling recipe
is that of JAGGAER contract 6.3.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote

from connectors.base import Entry, Listing, Since
from connectors.documents import Problem
from connectors.errors import (
    AuthenticationError,
    ConfigurationError,
    ConnectorError,
    DocumentRefused,
    NotFound,
    TemporaryError,
    UnexpectedAnswer,
)
from connectors.http.answer import Answer
from connectors.http.pagination import (
    CursorPages,
    NumberedPages,
    OffsetPages,
    PageFacts,
    Paginator,
    Position,
    SinglePage,
    walk,
)
from connectors.http.repeating import repeating
from connectors.http.session import Session
from connectors.jaggaer.listing import Keep, ListReader, Mask, Read
from connectors.jaggaer.placing import Records, records_in, scalar, whole
from connectors.jaggaer.profile import Envelope, Profile, Resource
from connectors.jaggaer.profile.filters import filter_ops
from connectors.jaggaer.profile.values import as_text
from connectors.jaggaer.translate.reading import listed_unit, modified_of, record_version

_REPEATED_AT_ONCE = ("truncated_answer", "connection_lost")
_GONE = (404, 410)
_LONGEST_ID = 200


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list as it was answered."""

    records: Records
    facts: PageFacts
    start: int | None
    wrapper: str
    warning: str
    answer: Answer


class Client:
    """The lists and details of one connection. Raises the classes of `connectors.errors`."""

    def __init__(self, session: Session, profile: Profile) -> None:
        self._session = session
        self._profile = profile
        self._envelope = Envelope(profile.envelope)
        self._temporary = frozenset((profile.connection.get("retry") or {}).get("onStatus", ()))
        stops = profile.paging.get("stopWhen")
        self._trusts_total = stops is None or "reachedTotal" in stops

    def list(self, resource: Resource, since: Since | None, mask: Mask) -> Listing:
        """Read a list to its end, again while it moves, and keep the union of what was seen; of
        its rows what `mask` leaves of them."""
        return ListReader(self, resource, mask).listing(since)

    def pages(self, resource: Resource, since: Since | None = None) -> Iterator[Page]:
        """Yield the pages of one reading."""
        base = self.query(resource, since)
        timeout = self._profile.seconds("list", 300)

        def read(position: Position) -> tuple[PageFacts, Page]:
            page = self.page(resource, (*base, *position.params), timeout)
            return page.facts, page

        most = self._profile.paging.get("maxPages") or 10_000
        yield from walk(self.paginator(), read, max_pages=most)

    def page(
        self, resource: Resource, params: Sequence[tuple[str, str]], timeout: float | None = None
    ) -> Page:
        """Read one page. Raises ConfigurationError for an error that comes with HTTP 200."""
        answer, body = self._get(resource.list.path, params, timeout, is_list=True)
        if answer.status in _GONE:
            raise _refused(answer, resource.list.path)
        warning = self._check_code(body, resource)
        records, wrapper = records_in(answer, body, resource, self._envelope)
        cursor = scalar(self._envelope.next, body)
        return Page(
            records=records,
            facts=PageFacts(
                len(records),
                total=whole(scalar(self._envelope.total, body)) if self._trusts_total else None,
                next=None if cursor is None else as_text(cursor),
            ),
            start=whole(scalar(self._envelope.start, body)),
            wrapper=wrapper,
            warning=warning,
            answer=answer,
        )

    def paginator(self) -> Paginator:
        paging = self._profile.paging
        param, size = paging.get("param") or "start", paging.get("expectedPageSize")
        size_param = paging.get("sizeParam")
        first = paging.get("first", 1)
        match paging["style"]:
            case "offset":
                return OffsetPages(
                    param,
                    first=first,
                    advance=paging.get("advanceBy", "returned"),
                    size_param=size_param,
                    page_size=size,
                )
            case "page":
                return NumberedPages(param, first=first, size_param=size_param, page_size=size)
            case "cursor":
                pair = (size_param, str(size)) if size_param and size else None
                return CursorPages(param, size=pair)
            case _:
                return SinglePage()

    def query(self, resource: Resource, since: Since | None) -> tuple[tuple[str, str], ...]:
        """The parameters of a list: the profile's own, static filters, and the date filter."""
        filters = self._profile.filter
        extra = tuple(
            (name, self._profile.filled(value))
            for name, value in (filters.get("secondaryParams") or {}).items()
            if value
        )
        own = tuple((name, self._profile.filled(value)) for name, value in resource.list.params)
        fixed = (*own, *extra)
        conditions = [
            (static["field"], static["op"], static["value"])
            for static in resource.list.static_filters
        ]
        if since is not None and self.can_filter(resource):
            stamp = self._profile.filter_pattern.write(since.at, self._profile.converter.zone)
            conditions.append((resource.list.modified_field, "ge", stamp))
        if filters["style"] == "none" or not conditions:
            return fixed
        return (*fixed, *self._written(conditions))

    def _written(self, conditions: Sequence[tuple[str, str, Any]]) -> list[tuple[str, str]]:
        filters, written = self._profile.filter, []
        for name, op, value in conditions:
            text = ",".join(map(str, value)) if isinstance(value, list) else str(value)
            template = filter_ops(filters)[op]
            written.append(template.replace("{f}", name).replace("{v}", self._profile.filled(text)))
        if filters["style"] == "fiql":
            return [(filters["param"], (filters.get("join") or ";").join(written))]
        pairs = []
        for condition in written:
            name, _, value = condition.partition("=")
            pairs.append((name, value))
        return pairs

    def read_once(self, resource: Resource, since: Since | None, keep: Keep) -> Read:
        """Read a list once, from its first page to its last, record by record."""
        read = Read()
        for page in self.pages(resource, since):
            if not read.count:
                read.began_at = _told_time(page.answer)
            for record in page.records:
                read.add(self.entry(resource, record, keep))
            if page.facts.total is not None:
                read.totals.add(page.facts.total)
            if page.warning:
                read.warnings.append(page.warning)
        return read

    def entry(
        self, resource: Resource, record: Mapping[str, Any], keep: Keep = dict
    ) -> Entry | None:
        """A list row as an entry, None without an id that can be kept.

        The payload is kept, as `keep` makes of it, only where it may be all there is: with a detail
        for every record it would be stored twice.
        """
        raw_id = resource.id.scalar(record, record)
        if raw_id is None or len(as_text(raw_id)) > _LONGEST_ID:
            return None
        problems: list[Problem] = []
        return Entry(
            source_id=as_text(raw_id),
            version=record_version(resource, record),
            modified_at=modified_of(resource, self._profile, record, problems),
            kept={} if resource.detail.mode == "always" else keep(record),
            business_unit=listed_unit(resource, record),
        )

    def can_filter(self, resource: Resource) -> bool:
        """Whether the profile knows how to ask for what changed since an instant."""
        return bool(resource.list.modified_field) and self._profile.filter["style"] != "none"

    def can_verify_filter(self, resource: Resource) -> bool:
        return self.can_filter(resource) and self._profile.filter.get("verifyHonoured", True)

    def asked_from(self, since: Since | None) -> datetime:
        """The instant that a filter really names, cut to what its format can say."""
        if since is None:
            raise ValueError("nothing was asked for")
        pattern, zone = self._profile.filter_pattern, self._profile.converter.zone
        return pattern.read(pattern.write(since.at, zone), zone) or since.at

    def detail(self, resource: Resource, source_id: str) -> Mapping[str, Any]:
        """Read one record in full. Raises NotFound, or DocumentRefused for an error with 200."""
        path = resource.detail.path.replace("{id}", _segment(source_id))
        try:
            answer, body = self._get(path, (), self._profile.seconds("detail", 120))
        except ConfigurationError as error:
            raise _of_one_record(error, source_id) from error
        if answer.status in _GONE:
            raise NotFound(
                f"JAGGAER listed {source_id} but does not have it any more.",
                status=answer.status,
                request_id=answer.request_id,
            )
        for item in resource.detail.item:
            for node in item.nodes(body, body):
                if isinstance(node, dict) and resource.id.scalar(node, node) is not None:
                    return node
        code, message = self._code(body)
        if code is not None and code not in self._envelope.ok:
            raise DocumentRefused(
                f"JAGGAER says: {message or f'code {code}'}.", code="source_refused", status=200
            )
        raise UnexpectedAnswer(
            f"The detail of {source_id} holds no {resource.id.text}.", status=answer.status
        )

    def _get(
        self,
        path: str,
        params: Sequence[tuple[str, str]],
        timeout: float | None,
        *,
        is_list: bool = False,
    ) -> tuple[Answer, Any]:
        """Read an answer and its parsed body; once more where it was cut off on the way."""
        try:
            return self._get_once(path, params, timeout, is_list)
        except TemporaryError as error:
            if error.code not in _REPEATED_AT_ONCE:
                raise
        with repeating():  # out here nothing holds on to what came of the first answer
            return self._get_once(path, params, timeout, is_list)

    def _get_once(
        self,
        path: str,
        params: Sequence[tuple[str, str]],
        timeout: float | None,
        is_list: bool,
    ) -> tuple[Answer, Any]:
        answer = self._session.get(path, params=params, timeout=timeout, is_list=is_list)
        if answer.status == 200:
            return answer, answer.json(lenient=True)
        if answer.status in _GONE:
            return answer, None
        if answer.status in self._temporary:
            raise TemporaryError(
                f"JAGGAER is out of order (HTTP {answer.status}).",
                code="server_error",
                status=answer.status,
                request_id=answer.request_id,
            )
        raise _refused(answer, path)

    def _check_code(self, body: Any, resource: Resource) -> str:
        """Return the warning of a list answer, if any; raise for an error that came as success."""
        code, message = self._code(body)
        if code is None or code in self._envelope.ok:
            return ""
        said = message or f"code {code}"
        if code in self._envelope.warn:
            return f"{resource.name}: JAGGAER warns: {said}"
        raise ConfigurationError(
            f"JAGGAER refuses {resource.list.path}: {said}.",
            code="source_refused",
            detail=f"returnCode {code}",
            status=200,
        )

    def _code(self, body: Any) -> tuple[str | None, str]:
        code = scalar(self._envelope.code, body)
        message = scalar(self._envelope.message, body)
        return (
            None if code is None else as_text(code).strip(),
            "" if message is None else as_text(message).strip()[:300],
        )


def _told_time(answer: Answer) -> datetime | None:
    """The instant at which an answer was made by the other side's clock, if it says so."""
    try:
        told = parsedate_to_datetime(answer.headers.get("Date", ""))
    except (TypeError, ValueError):
        return None
    return told if told.tzinfo else told.replace(tzinfo=UTC)


def _segment(source_id: str) -> str:
    """An id as one step of a path; dots alone would climb."""
    if source_id.strip(".") == "":
        raise UnexpectedAnswer(f"{source_id!r} cannot be an id.")
    return quote(source_id, safe="")


def _of_one_record(error: ConfigurationError, source_id: str) -> ConnectorError:
    """What JAGGAER objects to in one record says nothing of the others; the client's rights do."""
    if error.code != "source_refused":
        return error
    return DocumentRefused(
        f"JAGGAER refuses the detail of {source_id} (HTTP {error.status}).",
        code=error.code,
        detail=error.detail,
        status=error.status,
        request_id=error.request_id,
    )


def _refused(answer: Answer, path: str) -> ConfigurationError:
    """An answer that is no success and not worth another try."""
    facts = {"status": answer.status, "request_id": answer.request_id}
    if answer.status == 401:
        return AuthenticationError("JAGGAER refuses our credentials (HTTP 401).", **facts)
    if answer.status in (*_GONE, 405):
        return ConfigurationError(
            f"There is nothing at {path} (HTTP {answer.status}).", code="path_not_found", **facts
        )
    return ConfigurationError(
        f"JAGGAER refuses {path} (HTTP {answer.status}).",
        code="source_refused",
        detail=answer.body[:200].decode("utf-8", "replace"),
        **facts,
    )
