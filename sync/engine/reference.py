"""The flow `reference`: what the ledger offers, read whole, before anything is posted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import reduce
from operator import or_

from django.db.models import Q

from audit.record import record as tell
from connectors import codec
from connectors.documents import LedgerSetup, ReferenceItem, ReferenceKind, SetupSource
from sync.domain.ledger_setup import CURRENCY_KEY, PLACE_KEY, with_known
from sync.domain.vendors import vendor_keys
from sync.engine.clock import database_now
from sync.engine.refusals import try_changed
from sync.engine.release import release_causes
from sync.engine.site import Site
from sync.engine.vendors_followed import decide_bound_anew, vendors_read
from sync.models import Integration, LedgerItem, Run, Wait
from sync.services.targets import recheck_mappings

_KEYS = ("name_key", "tax_key", "registration_key")
_KEPT_FIELDS = ["remote_id", "name", "usable", "why_not", "attributes", *_KEYS, "fetched_at"]


def read_reference(site: Site, run: Run) -> None:
    """Read setup and every kind of reference data, replace ours, recheck the mappings.

    A kind is replaced only when it was read to its end. Raises the connector's errors; kinds that
    were read until then stay.
    """
    site.side = "ledger"
    setup = site.ledger.setup(site.company_id)
    count = 0
    renamed: dict[tuple[str, str], str] = {}
    for kind in ReferenceKind:
        items = [item for page in site.ledger.reference(site.company_id, kind) for item in page]
        with site.rows(run=run.pk):
            changed, touched = _replace(site, kind, items, database_now(), renamed)
            release_causes(site.integration, _keys_ended_by(site, kind, changed))
            try_changed(site.integration, kind, touched, database_now())
            if kind is ReferenceKind.SUPPLIERS:
                vendors_read(site, items)
                decide_bound_anew(site, run, [i.remote_id for i in items if i.code in changed])
        count += len(items)
    name = _company_name(site)
    with site.rows(run=run.pk):
        _finish(site, run, setup, count, name)
        recheck_mappings(site.integration, renamed, database_now())


def _replace(
    site: Site,
    kind: ReferenceKind,
    items: Sequence[ReferenceItem],
    now: datetime,
    renamed: dict[tuple[str, str], str],
) -> tuple[set[str], set[str]]:
    """Store a kind as it was read; returns what `store_items` does.

    Adds to `renamed` what is the same record under another code: (kind, old) -> new.
    """
    found = store_items(site, kind, items, now)
    ids = {item.remote_id: item.code for item in items}
    stale = LedgerItem.objects.filter(integration=site.integration, kind=kind, fetched_at__lt=now)
    gone = dict(stale.values_list("code", "remote_id"))
    for code, remote_id in gone.items():
        if remote_id in ids:
            renamed[kind, code] = ids[remote_id]
    stale.delete()
    if kind is ReferenceKind.DEFAULT_DIMENSIONS:  # a rule that is taken off lets documents go
        return found[0] | gone.keys(), found[1]
    return found


def store_items(
    site: Site, kind: ReferenceKind, items: Sequence[ReferenceItem], now: datetime
) -> tuple[set[str], set[str]]:
    """Store some items of a kind; returns the codes that are new or differ from before, and
    those that were touched at all: what the ledger changed it need not show us."""
    unique = {item.code: item for item in items}
    before = LedgerItem.objects.filter(integration=site.integration, kind=kind)
    known = {
        code: (name, usable, attributes)
        for code, name, usable, attributes in before.filter(code__in=list(unique)).values_list(
            "code", "name", "usable", "attributes"
        )
    }
    touched = {
        code
        for code, item in unique.items()
        if known.get(code) != (item.name, item.usable, dict(item.attributes))
    }
    changed = {code for code in touched if _differs(known.get(code), unique[code])}
    LedgerItem.objects.bulk_create(
        [_row(site, item, now) for item in unique.values()],
        update_conflicts=True,
        unique_fields=["integration", "kind", "code"],
        update_fields=_KEPT_FIELDS,
        batch_size=1000,
    )
    return changed, touched


def _differs(before: tuple[str, bool, Mapping[str, str]] | None, item: ReferenceItem) -> bool:
    if before is None:
        return True
    name, usable, attributes = before
    now = (item.name, item.usable, _without_stamps(item.attributes))
    return now != (name, usable, _without_stamps(attributes))


def _without_stamps(attributes: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in attributes.items() if name not in _STAMPS}


_STAMPS = frozenset({"etag", "modified_at"})


def _row(site: Site, item: ReferenceItem, now: datetime) -> LedgerItem:
    return LedgerItem(
        tenant_id=site.tenant_id,
        integration=site.integration,
        kind=item.kind,
        code=item.code,
        remote_id=item.remote_id,
        name=item.name[:250],
        usable=item.usable,
        why_not=item.why_not[:250],
        attributes=dict(item.attributes),
        fetched_at=now,
        **_keys_of(item),
    )


def _keys_of(item: ReferenceItem) -> dict[str, str]:
    if item.kind != ReferenceKind.SUPPLIERS:
        return {}
    return {f"{kind}_key": key for kind, key in vendor_keys(item.name, item.attributes)}


def _company_name(site: Site) -> str:
    """Return the company's name, asked for once."""
    if site.integration.company_name:
        return site.integration.company_name
    names = {company.id: company.name for company in site.ledger.companies()}
    return names.get(site.company_id, "")


def _finish(site: Site, run: Run, read: LedgerSetup, count: int, name: str) -> None:
    integration = site.integration
    integration.refresh_from_db(fields=["ledger_setup"])
    known = codec.load(integration.ledger_setup) if integration.ledger_setup else None
    setup = with_known(read, known)
    if setup != known:
        release_causes(integration, [CURRENCY_KEY, *_waiting_for(site, PLACE_KEY, "posting date ")])
        _tell_corrected(integration, known, setup)
    site.take_setup(setup)
    integration.reference_at = database_now()
    integration.company_name = name[:250]
    integration.save(update_fields=["ledger_setup", "reference_at", "company_name", "updated_at"])
    run.expected = run.seen = count
    run.cursor = {**run.cursor, "read": True, "unchanged": count}
    run.save(update_fields=["expected", "seen", "cursor"])
    tell("reference.read", target=integration, run=run.pk, facts={"items": count})


def _tell_corrected(integration: Integration, known: LedgerSetup | None, now: LedgerSetup) -> None:
    """A local currency that was told by evidence, and wrongly: what was written so far is blank."""
    was, said = known.local_currency if known else "", now.local_currency
    if known and was and said != was and known.local_currency_from is SetupSource.EVIDENCE:
        facts = {"was": was, "now": said or "unknown"}
        tell("integration.local_currency_corrected", target=integration, facts=facts)


def _keys_ended_by(site: Site, kind: ReferenceKind, changed: set[str]) -> list[str]:
    """Name what newer reference data may have put right: a vendor, an account, a rate."""
    if not changed:
        return []
    if kind is ReferenceKind.SUPPLIERS:
        return [f"supplier {code}" for code in changed]
    beginning = {
        ReferenceKind.LEDGER_ACCOUNTS: "account ",
        ReferenceKind.DIMENSION_VALUES: "dimension ",
        ReferenceKind.DEFAULT_DIMENSIONS: "dimension ",
        ReferenceKind.EXCHANGE_RATES: "exchange rate ",
    }.get(kind)
    return _waiting_for(site, beginning) if beginning else []


def _waiting_for(site: Site, *beginnings: str) -> list[str]:
    begins = reduce(or_, (Q(key__startswith=beginning) for beginning in beginnings))
    rows = Wait.objects.filter(begins, integration=site.integration)
    return list(rows.order_by().values_list("key", flat=True).distinct())
