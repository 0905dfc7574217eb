"""Reading a list whole while the source changes it (JAGGAER contract 6.2 and 6.3).

A list is read page by page; what comes twice or is missed shows that records moved meanwhile. What
moved because it was edited is found by asking for what changed since the reading began, which costs
a page or two; where that does not explain everything, the list is read again, and what was seen is
kept all the same.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from connectors.base import Entry, Listing, Since
from connectors.shelf import Shelf, Shelved

if TYPE_CHECKING:
    from connectors.jaggaer.client import Client
    from connectors.jaggaer.profile import Resource

Mask = Callable[[Mapping[str, Any]], Mapping[str, Any]]
Keep = Callable[[Mapping[str, Any]], Mapping[str, Any] | Shelved]

_READS = 4  # the list is read again up to three times
_VISIBLE_AFTER = timedelta(minutes=1)  # a change may be shown so long after its time stamp
_BEGINNING = "0"
# Change times outside of these are no times: a list that was read up to the year 9999 would hide
# every change that comes after (reliability catalogue, F41).
_EARLIEST = datetime(1970, 1, 2, tzinfo=UTC)
_AHEAD = timedelta(days=1)
_MOST_NAMED = 5


@dataclass(slots=True)
class Read:
    """One reading of a list, from its first page to its last; `began_at` is by the source's clock,
    where its first answer told the time."""

    began_at: datetime | None = None
    entries: list[Entry] = field(default_factory=list)
    nameless: int = 0  # records without an id that can be kept
    totals: set[int] = field(default_factory=set)
    warnings: list[str] = field(default_factory=list)

    def add(self, entry: Entry | None) -> None:
        if entry is None:
            self.nameless += 1
        else:
            self.entries.append(entry)

    @property
    def count(self) -> int:
        """How many records came, those that came twice included."""
        return len(self.entries) + self.nameless

    @property
    def total(self) -> int | None:
        """How many records the list has, where it said so and always the same."""
        return next(iter(self.totals)) if len(self.totals) == 1 else None


class ListReader:
    """Reads one resource's list and keeps the union of what was seen."""

    def __init__(
        self,
        client: Client,
        resource: Resource,
        mask: Mask = dict,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._resource = resource
        self._mask, self._shelf = mask, Shelf()
        self._clock = clock
        self._entries: dict[str, Entry] = {}
        self._warnings: dict[str, None] = {}
        self._now = datetime.now(UTC)  # by the source's clock, as soon as it tells the time

    def listing(self, since: Since | None) -> Listing:
        """Return everything that was changed at or after `since`."""
        complete = self._read_whole(since)
        name = self._resource.name
        if not complete:
            self._warnings[f"{name}: the list kept changing; everything seen was kept."] = None
        honored = self._filter_locally(since)
        ordered = sorted(self._entries.values(), key=_order)
        self._tell_of_no_times(ordered)
        return Listing(
            entries=tuple(ordered),
            high_water=self._high_water(ordered),
            complete=complete,
            filter_honored=honored,
            warnings=tuple(self._warnings),
        )

    def _read_whole(self, since: Since | None) -> bool:
        """Read until nothing can be missing; returns whether it came to that."""
        before: set[tuple[str, str]] | None = None
        for _ in range(_READS):
            began = self._clock()
            read = self._client.read_once(self._resource, since, self._keep)
            seen = self._collect(read)
            whole = _is_whole(read, seen) or seen == before
            moved = not whole and read.total == read.count
            self._catch_up(since, read, began, moved=moved)
            if whole or len(self._entries) == read.total:
                return True
            before = seen
        return False

    def _catch_up(self, since: Since | None, read: Read, began: float, *, moved: bool) -> None:
        """Ask for what was changed since a reading began, where records moved under it or it took
        so long that the next run's overlap would not reach back to its beginning."""
        overlap = timedelta(seconds=self._resource.overlap_seconds)
        for _ in range(_READS):
            took = timedelta(seconds=self._clock() - began)
            newest = self._high_water(sorted(self._entries.values(), key=_order))
            if newest is None or not self._client.can_filter(self._resource):
                return
            if not moved and took <= overlap / 2:
                return
            start = newest.at - took - _VISIBLE_AFTER
            if read.began_at is not None:
                start = max(start, read.began_at - overlap)
            if since is not None:
                start = max(start, since.at)
            known = {(entry.source_id, entry.version) for entry in self._entries.values()}
            began, moved = self._clock(), False
            read = self._client.read_once(self._resource, Since(start), self._keep)
            if self._collect(read) <= known:
                return

    def _keep(self, record: Mapping[str, Any]) -> Mapping[str, Any] | Shelved:
        return self._shelf.put(self._mask(record))

    def _collect(self, read: Read) -> set[tuple[str, str]]:
        """Add a reading to the union; returns the (id, version) pairs it showed."""
        self._warnings.update(dict.fromkeys(read.warnings))
        self._now = read.began_at or self._now
        seen = set()
        if read.nameless:
            name, field_name = self._resource.name, self._resource.id.text
            self._warnings[f"{name}: a record without {field_name} was left out."] = None
        for entry in read.entries:
            seen.add((entry.source_id, entry.version))
            known = self._entries.get(entry.source_id)
            if known is None or _order(entry) >= _order(known):
                self._entries[entry.source_id] = entry
        return seen

    def _high_water(self, ordered: Sequence[Entry]) -> Since | None:
        """Return up to where a reading came: the newest change time that can be one."""
        for entry in reversed(ordered):
            if entry.modified_at is not None and self._can_be(entry.modified_at):
                return Since(entry.modified_at, entry.source_id)
        return None

    def _can_be(self, changed: datetime) -> bool:
        return _EARLIEST <= changed <= self._now + _AHEAD

    def _tell_of_no_times(self, ordered: Sequence[Entry]) -> None:
        strange = [e for e in ordered if e.modified_at and not self._can_be(e.modified_at)]
        if strange:
            named = ", ".join(
                f"{e.source_id} ({e.modified_at:%Y-%m-%d})" for e in strange[:_MOST_NAMED]
            )
            more = f" and {len(strange) - _MOST_NAMED} more" if len(strange) > _MOST_NAMED else ""
            self._warnings[
                f"{self._resource.name}: changed at a time that cannot be: {named}{more}. They are"
                " read all the same; how far the list was read is told by the others."
            ] = None

    def _filter_locally(self, since: Since | None) -> bool:
        """Find out whether the date filter was honored; if not, do its work here."""
        if since is None or not self._client.can_verify_filter(self._resource):
            return True
        oldest = self._client.asked_from(since)
        early = [key for key, entry in self._entries.items() if _is_before(entry, oldest)]
        for source_id in early:
            del self._entries[source_id]
        if early:
            name, changed = self._resource.name, self._resource.list.modified_field
            self._warnings[
                f"{name}: JAGGAER ignored the filter by {changed}; every run reads the whole list."
            ] = None
        return not early


def _is_before(entry: Entry, oldest: datetime) -> bool:
    return entry.modified_at is not None and entry.modified_at < oldest


def _is_whole(read: Read, seen: set[tuple[str, str]]) -> bool:
    """Whether a reading shows no sign of the set moving under it."""
    if len({source_id for source_id, _ in seen}) < read.count:
        return False
    return not read.totals or read.totals == {read.count}


def _order(entry: Entry) -> tuple[str, str]:
    stamp = entry.modified_at.isoformat() if entry.modified_at else _BEGINNING
    return (stamp, entry.source_id)
