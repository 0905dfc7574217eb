"""The checks in their order, and the requests that they need."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice, pairwise
from typing import Any
from urllib.parse import urlsplit

from connectors.base import Finding, Record, Since
from connectors.errors import ConnectorError
from connectors.http.auth import ClientCredentials
from connectors.http.session import Session
from connectors.jaggaer.check import lines
from connectors.jaggaer.check.lines import Seen, line_count, parts_of
from connectors.jaggaer.check.words import (
    FAIL,
    LABELS,
    PASS,
    UNPROVEN,
    WARN,
    facts_of,
    finding,
    fix_of,
    spoken,
    tally,
)
from connectors.jaggaer.client import Client, Page
from connectors.jaggaer.profile import Profile, Resource
from connectors.jaggaer.profile.differences import differences
from connectors.jaggaer.settings import default_profile
from connectors.jaggaer.translate.reading import modified_of
from connectors.jaggaer.write_back import capabilities, unused_capabilities

_DETAILS = 3
_TOLD = 8  # differences of a profile that its finding names

Understand = Callable[[str, Mapping[str, Any]], Record]


class Examination:
    """One run of all checks."""

    def __init__(
        self, profile: Profile, session: Session, client: Client, understand: Understand
    ) -> None:
        self._profile = profile
        self._session = session
        self._client = client
        self._understand = understand

    def run(self) -> Iterator[Finding]:
        """Yield every finding; raises nothing of `connectors.errors`."""
        told = []
        for line in self._foundation():
            told.append(line.code)
            yield line
            if line.status is FAIL:
                yield from self._untested(told, line)
                return
        seen = [self._read(flow, resource) for flow, resource in self._profile.resources.items()]
        for check in (
            lines.clock,
            lines.http_json,
            lines.rights,
            lines.wrapper,
            self._page_size,
            lines.paging,
            self._filter,
            self._order,
            self._stable_ids,
            lines.detail,
            lines.required_fields,
            lines.vocabulary,
            self._segments,
            lines.shares,
            lines.totals,
            self._write_back,
            self._confidence,
        ):
            yield check(seen)

    def _foundation(self) -> Iterator[Finding]:
        """Addresses and token: without them nothing else can be looked at."""
        problem = self._address()
        if problem is not None:
            yield problem
            return
        hosts = sorted({urlsplit(url).hostname or "" for url in self._addresses()})
        yield finding("address", PASS, f"Allowed and known by name: {', '.join(hosts)}.")
        yield from self._token()

    def _addresses(self) -> list[str]:
        auth = self._session.auth
        token = [auth.token_url] if isinstance(auth, ClientCredentials) else []
        return [self._session.base_url, *token]

    def _address(self) -> Finding | None:
        for url in self._addresses():
            try:
                target = self._session.egress.target(url)
                self._session.egress.addresses(target.host, target.port)
            except ConnectorError as error:
                fix = "Correct the address" + (
                    ", or ask the operator to list it in EGRESS_ALLOW."
                    if error.code == "egress_refused"
                    else "; the name must be known in the public DNS."
                )
                return finding("address", FAIL, error.message, fix, {"url": url})
        return None

    def _token(self) -> Iterator[Finding]:
        auth = self._session.auth
        if not isinstance(auth, ClientCredentials):
            return
        try:
            seconds, source = auth.lifetime_claimed(self._session.post_form)
        except ConnectorError as error:
            if error.code == "tls":
                yield finding("tls", FAIL, error.message, fix_of(error))
            elif error.code in ("unreachable", "dns_failure", "timeout"):
                yield finding("address", FAIL, error.message, fix_of(error))
            else:
                yield finding("token", FAIL, error.message, fix_of(error), facts_of(error))
            return
        secure = all(url.startswith("https://") for url in self._addresses())
        words = "Certificates hold." if secure else "Plain http, allowed for this address only."
        yield finding("tls", PASS if secure else WARN, words)
        facts = {"lifetime_seconds": str(seconds), "read_from": source}
        message = f"A token was handed out; it lives {seconds:.0f} seconds."
        if seconds <= 0:
            fix = "Ask the customer's JAGGAER team about the lifetime of tokens."
            yield finding("token", FAIL, "Tokens have expired on arrival.", fix, facts)
        else:
            yield finding("token", PASS, message, "", facts)

    def _untested(self, told: Sequence[str], cause: Finding) -> Iterator[Finding]:
        for code in LABELS:
            if code not in told:
                why = f"Not checked: {cause.label} comes first."
                yield finding(code, UNPROVEN, why)

    def _read(self, flow: str, resource: Resource) -> Seen:
        """Read up to two pages and a few details of one flow."""
        seen = Seen(flow, resource)
        try:
            for page in self._client.pages(resource):
                if seen.page is None:
                    seen.page = page
                    continue
                seen.second = page
                break
        except ConnectorError as error:
            seen.error = error
        if seen.page is None:
            return seen
        for row in islice(seen.page.records, _DETAILS):
            try:
                record = self._full(flow, resource, row)
            except ConnectorError as error:
                seen.detail_error = error
                break
            if record is not None:
                seen.records.append(record)
        return seen

    def _full(self, flow: str, resource: Resource, row: Mapping[str, Any]) -> Record | None:
        entry = self._client.entry(resource, row)
        if entry is None:
            return None
        missing = resource.detail.missing
        has_all = missing is not None and bool(missing.nodes(row, row))
        if resource.detail.mode == "never" or (resource.detail.mode == "whenMissing" and has_all):
            return self._understand(flow, row)
        return self._understand(flow, self._client.detail(resource, entry.source_id))

    def _page_size(self, seen: Sequence[Seen]) -> Finding:
        expected = self._profile.paging.get("expectedPageSize")
        sizes = {s.flow: s.page.facts.count for s in seen if s.page and s.second}
        if not sizes:
            return finding("page_size", UNPROVEN, "No list has a second page yet.")
        words = tally(sizes)
        if expected and set(sizes.values()) != {expected}:
            message = f"Pages hold {words}; the profile expects {expected}. Reading copes with it."
            fix = "Set paging.expectedPageSize."
            return finding("page_size", WARN, message, fix, sizes)
        return finding("page_size", PASS, f"A page holds {words}.", "", sizes)

    def _filter(self, seen: Sequence[Seen]) -> Finding:
        """Ask for what changed since the newest record seen, and look whether older ones come."""
        ignored, honored = [], []
        for s in seen:
            newest = max(self._stamps(s), default=None)
            if newest is None or s.resource.list.modified_field is None:
                continue
            since = Since(newest)
            try:
                page = next(iter(self._client.pages(s.resource, since)))
            except ConnectorError as error:
                words = f"{spoken(s.flow)}: {error.message}"
                fix = "Set filter and list.modifiedFilterField as the onboarding document says."
                return finding("filter", FAIL, words, fix, facts_of(error))
            oldest = self._client.asked_from(since)
            stamps = [self._stamp(s.resource, row) for row in page.records]
            if min(self._stamps(s)) >= oldest:
                continue  # nothing older is there that could come back
            late = [stamp for stamp in stamps if stamp is not None and stamp < oldest]
            (ignored if late else honored).append(s.flow)
        if self._profile.filter["style"] == "none":
            return finding("filter", PASS, "The profile filters nothing: every list is whole.")
        if ignored:
            words = f"JAGGAER ignores the filter of {spoken(*ignored)}: lists are read whole."
            fix = "Ask for the name of the filter field and the form of its dates."
            return finding("filter", WARN, words, fix, {"ignored": ignored, "honored": honored})
        if not honored:
            words = "No list holds records far enough apart yet to tell a filter from none."
            return finding("filter", UNPROVEN, words)
        return finding("filter", PASS, f"Honored for {spoken(*honored)}.")

    def _order(self, seen: Sequence[Seen]) -> Finding:
        sorted_, unsorted = [], []
        for s in seen:
            stamps = self._stamps(s)
            if len(stamps) > 1:
                in_order = all(a <= b for a, b in pairwise(stamps))
                (sorted_ if in_order else unsorted).append(s.flow)
        if not sorted_ and not unsorted:
            return finding("order", UNPROVEN, "Too few records to see an order.")
        words = []
        if unsorted:
            words.append(f"not by change time: {spoken(*unsorted)}")
        if sorted_:
            words.append(f"by change time: {spoken(*sorted_)}")
        return finding("order", PASS, f"Lists arrive {'; '.join(words)}. Reading needs no order.")

    def _stable_ids(self, seen: Sequence[Seen]) -> Finding:
        for s in seen:
            if s.page is None or not s.page.records:
                continue
            try:
                again = next(iter(self._client.pages(s.resource)))
            except ConnectorError as error:
                return finding("stable_ids", UNPROVEN, error.message)
            first, second = self._ids(s.resource, s.page), self._ids(s.resource, again)
            if not first & second:
                words = f"{spoken(s.flow)}: reading the first page twice showed other ids."
                fix = "Set identity.id to a value that stays."
                return finding("stable_ids", FAIL, words, fix)
        if not any(s.page and s.page.records for s in seen):
            return finding("stable_ids", UNPROVEN, "There are no records yet.")
        return finding("stable_ids", PASS, "Two readings of the first page show the same ids.")

    def _segments(self, seen: Sequence[Seen]) -> Finding:
        parts = parts_of(seen)
        count = line_count(seen)
        if not count:
            return finding("segments", UNPROVEN, "No line was seen yet.")
        counts = Counter(name for part in parts for name in part.segments)
        names = [segment.name for segment in self._profile.coding.segments]
        facts = {name: counts[name] for name in names}
        absent = [
            segment.name
            for segment in self._profile.coding.segments
            if segment.required and not counts[segment.name]
        ]
        if absent:
            message = f"{count} lines, and none has {', '.join(absent)}."
            fix = "Enter the internal names of the customer's fields in coding.segments."
            return finding("segments", WARN, message, fix, facts)
        found = ", ".join(f"{name} {counts[name]}" for name in names)
        return finding("segments", PASS, f"Found in {count} lines: {found}.", "", facts)

    def _write_back(self, seen: Sequence[Seen]) -> Finding:
        """Say what the profile lets us write, and whether the client reaches the module at all.

        Whether a write is accepted only a write can show.
        """
        enabled = capabilities(self._profile)
        unused = unused_capabilities(self._profile)
        if unused:
            words = f"Nothing here writes {', '.join(unused)}; only suppliers are written."
            fix = f"Disable writeBack.{unused[0]} in the profile."
            return finding("write_back", WARN, words, fix)
        if not enabled:
            return finding("write_back", PASS, "Nothing is written to JAGGAER.")
        names = {one.name: sorted(one.fields) for one in enabled}
        fix = "Ask the customer's JAGGAER team for the right to change company profiles, or disable"
        fix += f" writeBack.{enabled[0].name} in the profile."
        for path in sorted({one.path for one in enabled}):
            try:
                answer = self._session.get(path)
            except ConnectorError as error:
                return finding("write_back", FAIL, error.message, fix, {"path": path, **names})
            if answer.status != 200:
                words = f"{path} answers with HTTP {answer.status}."
                return finding("write_back", FAIL, words, fix, {"path": path, **names})
        words = f"The profile allows {', '.join(names)}; the first real change proves the right."
        return finding("write_back", UNPROVEN, words, "", names)

    def _confidence(self, seen: Sequence[Seen]) -> Finding:
        assumed = {s.flow: list(s.resource.confidence.get("assumed", ())) for s in seen}
        count = sum(map(len, assumed.values()))
        other = differences(self._profile.raw, default_profile())
        message = f"Profile {self._profile.name}{_compared(other)}"
        if other:
            assumed["differences"] = other
        if not count:
            return finding("profile", PASS, f"{message}: nothing in it is assumed.", "", assumed)
        message += f": {count} of its parts are assumed until you confirm them."
        fix = "Compare the assumed parts with your onboarding document of JAGGAER."
        return finding("profile", UNPROVEN, message, fix, assumed)

    def _stamps(self, seen: Seen) -> list[datetime]:
        rows = seen.page.records if seen.page else ()
        stamps = (self._stamp(seen.resource, row) for row in rows)
        return [stamp for stamp in stamps if stamp is not None]

    def _stamp(self, resource: Resource, row: Mapping[str, Any]) -> datetime | None:
        return modified_of(resource, self._profile, row, [])

    def _ids(self, resource: Resource, page: Page) -> set[str]:
        entries = (self._client.entry(resource, row) for row in page.records)
        return {entry.source_id for entry in entries if entry is not None}


def _compared(other: Sequence[str]) -> str:
    """Say where a profile differs from the default; of many places the first."""
    if not other:
        return ""
    more = f"; and {len(other) - _TOLD} more" if len(other) > _TOLD else ""
    return f" differs from the default ({'; '.join(other[:_TOLD])}{more})"
