"""Use cases around integrations: paired, changed, deleted; inside the tenant's scope."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from audit.context import current as acting_now
from audit.record import record
from connectors import registry
from connectors.base import Side
from connectors.models import Connection
from sync.domain import calendar
from sync.domain.policy import DEFAULTS, PolicyError, in_plain_text, merged, parse
from sync.domain.reasons import CODES, is_acceptable
from sync.engine.reducing import follow_from_now_on
from sync.engine.release import release_documents
from sync.engine.tickets import close_ticket, open_ticket, wake
from sync.models import (
    ChangedDay,
    Elsewhere,
    Flow,
    FlowName,
    Integration,
    ReviewItem,
    ReviewState,
    Wait,
    Write,
    WriteState,
)
from sync.services.webhooks import webhooks_orphan
from tenants.refusal import Clash, Invalid, Refusal

_LONGEST_NAME = 200
_LONGEST_COMPANY = 100
_LONGEST_UNIT = 100
# Reasons that nobody may accept document by document, and that another policy would not give.
_DECIDED_BY_POLICY = (
    "mapping_missing",
    "order_of_other_supplier",
    "order_reference_missing",
    "posting_date_closed",
    "supplier_blocked",
    "supplier_conflict",
    "tax_differs",
    "unit_differs",
)


def integration_create(
    *,
    name: Any,
    source: Connection | UUID | str,
    ledger: Connection | UUID | str,
    company: Any,
    company_name: str = "",
    business_units: Any = None,
    policy: Any = None,
) -> Integration:
    """Pair two connections and give the pair its four flows, enabled and on no schedule yet.

    Raises Invalid naming each field that does not hold (`policy.match.mode` for a path inside the
    policy) and Refusal `units_overlap`.
    """
    fields = _Fields()
    values = {
        "name": fields.read("name", lambda: _text(name, _LONGEST_NAME)),
        "source": fields.read("source", lambda: _connection(source, Side.SOURCE)),
        "ledger": fields.read("ledger", lambda: _connection(ledger, Side.LEDGER)),
        "company_id": fields.read("company", lambda: _text(company, _LONGEST_COMPANY)),
        "business_units": fields.read("business_units", lambda: _units(business_units or [])),
    }
    fields.refuse()
    values["policy"] = _policy(DEFAULTS, policy if policy is not None else {})
    integration = Integration(**values)
    integration.company_name = company_name.strip()[:250] or _known_name(integration)
    _refuse_overlap(integration)
    _save(integration)
    _give_flows(integration)
    open_ticket(integration.pk, integration.tenant_id)
    record("integration.created", target=integration, facts={"company": integration.company_id})
    return integration


def integration_update(
    integration: Integration,
    *,
    name: Any = None,
    company: Any = None,
    business_units: Any = None,
    policy: Any = None,
) -> bool:
    """Change what is given; the policy is merged.

    Returns False where the change waits for a second person: whoever switches `four_eyes` off needs
    one, and an API key is nobody. Nothing at all is changed before that person has asked the same.
    """
    fields = _Fields()
    wanted = {
        "name": fields.read("name", lambda: _text(name, _LONGEST_NAME), given=name),
        "company_id": fields.read(
            "company", lambda: _text(company, _LONGEST_COMPANY), given=company
        ),
        "business_units": fields.read(
            "business_units", lambda: _units(business_units), given=business_units
        ),
    }
    fields.refuse()
    if policy is not None:
        wanted["policy"] = _policy(integration.policy, policy)
    changes = {
        field: [getattr(integration, field), value]
        for field, value in wanted.items()
        if value is not None and getattr(integration, field) != value
    }
    if "company_id" in changes:
        _refuse_other_company(integration)
    if _lifts_four_eyes(changes) and not _second_person_agrees(integration, policy):
        return False
    _apply(integration, changes)
    return True


def integration_delete(integration: Integration) -> None:
    """Delete an integration with all that was kept for it; what stands in the ledger stays.

    Raises Clash `writes_open` while it is not known whether something was written.
    """
    doubtful = (WriteState.SENDING, WriteState.UNKNOWN)
    if Write.objects.filter(integration=integration, state__in=doubtful).exists():
        raise Clash(
            "writes_open",
            "The outcome of a write is being found out. Try again when it is known.",
        )
    record("integration.deleted", target=integration)
    if webhooks_orphan(integration):
        wake(integration.pk)
    else:
        close_ticket(integration.pk)
    key = integration.pk
    sharing = Integration.objects.filter(source=integration.source_id).exclude(pk=key)
    _judge_units_anew(sharing)  # what names no unit may be another's from now on
    integration.delete()
    # Its documents marked their days while they went.
    ChangedDay.objects.filter(integration_id=key).delete()


def whole_policy(integration: Integration) -> dict[str, Any]:
    """Return the policy with its defaults, as the API shows it."""
    return in_plain_text(merged(DEFAULTS, integration.policy))


class _Fields:
    """Collects what is wrong with each field, so that one answer names all of it."""

    def __init__(self) -> None:
        self.wrong: dict[str, list[str]] = {}

    def read(self, field: str, check: Any, *, given: Any = ...) -> Any:
        """Return the checked value; None for one that was not given or does not hold."""
        if given is None:
            return None
        try:
            return check()
        except ValueError as error:
            self.wrong[field] = [str(error)]
            return None

    def refuse(self) -> None:
        if self.wrong:
            raise Invalid(self.wrong)


def _text(value: Any, longest: int) -> str:
    trimmed = value.strip() if isinstance(value, str) else ""
    if not trimmed or len(trimmed) > longest or not trimmed.isprintable():
        raise ValueError(f"Between 1 and {longest} characters.")
    return trimmed


def _connection(value: Connection | UUID | str, side: Side) -> Connection:
    row = value if isinstance(value, Connection) else _connection_by_id(value)
    if row is None:
        raise ValueError("No connection has this id.")
    if side not in registry.get(row.kind).sides:
        raise ValueError(f"A connection of kind {row.kind} cannot be the {side.value}.")
    return row


def _connection_by_id(value: UUID | str) -> Connection | None:
    try:
        return Connection.objects.filter(pk=UUID(str(value))).first()
    except ValueError:
        return None


def _known_name(integration: Integration) -> str:
    """Return the company's name as the ledger listed it last; "" leaves it to the next reading."""
    return str(integration.ledger.company_names.get(integration.company_id, ""))[:250]


def _units(value: Any) -> list[str]:
    if not isinstance(value, list):
        raise ValueError("A list of business units of the source.")
    return list(dict.fromkeys(_text(unit, _LONGEST_UNIT) for unit in value))


def _policy(current: Mapping[str, Any], patch: Any) -> dict[str, Any]:
    """Return the whole policy that a patch leads to; the defaults are written out."""
    if not isinstance(patch, Mapping):
        raise Invalid({"policy": ["An object."]})
    whole = merged(merged(DEFAULTS, current), patch)
    try:
        parse(whole)
    except PolicyError as error:
        fields = {f"policy.{path}".rstrip("."): words for path, words in error.fields.items()}
        raise Invalid(fields, code=error.code) from None
    return in_plain_text(whole)


def _refuse_overlap(integration: Integration) -> None:
    """Let no document of a source belong to two integrations; two at once wait for each other."""
    Connection.objects.select_for_update().get(pk=integration.source_id)
    ours = set(integration.business_units)
    others = Integration.objects.filter(source=integration.source_id).exclude(pk=integration.pk)
    for other in others:
        shared = ours & set(other.business_units)
        if not ours or not other.business_units or shared:
            which = ", ".join(sorted(shared)) or "all business units (an empty list means all)"
            raise Refusal(
                "units_overlap",
                "Two integrations on one source must not share business units.",
                fields={"business_units": [f"{other.name} has {which} already."]},
                details={"integration": str(other.pk)},
            )


def _refuse_other_company(integration: Integration) -> None:
    if Write.objects.filter(integration=integration).exists():
        raise Clash(
            "company_in_use",
            "Documents were written to this company already. Make another integration instead.",
        )


def _lifts_four_eyes(changes: Mapping[str, Sequence[Any]]) -> bool:
    before, after = changes.get("policy", ({}, {}))
    return bool(before.get("four_eyes")) and not after.get("four_eyes")


def _second_person_agrees(integration: Integration, patch: Mapping[str, Any]) -> bool:
    """Say whether another user asked for the same change before; else remember who asks now."""
    actor = acting_now().actor
    pending = integration.pending_change or {}
    is_person = actor.startswith("user:")
    asked_by = pending.get("by") if pending.get("policy") == patch else None
    if is_person and asked_by and asked_by != actor:
        return True
    if is_person:
        integration.pending_change = {
            "policy": dict(patch),
            "by": actor,
            "at": timezone.now().isoformat(),
        }
        integration.save(update_fields=["pending_change"])
    record("integration.change_asked", target=integration, facts={"what": "four_eyes off"})
    return False


def _apply(integration: Integration, changes: Mapping[str, Sequence[Any]]) -> None:
    if not changes:
        return
    for field, (_, value) in changes.items():
        setattr(integration, field, value)
    if "business_units" in changes:
        _refuse_overlap(integration)
    if "company_id" in changes:
        integration.company_name = _known_name(integration)
    if "policy" in changes:
        integration.policy_version += 1
        integration.pending_change = None
    _save(integration)
    if "business_units" in changes:
        _judge_units_anew([integration])
    record("integration.changed", target=integration, changes=_told(changes))
    if "policy" in changes:
        _release_what_the_policy_held(integration)
        if not parse(changes["policy"][0]).purchase_order.reduces:
            follow_from_now_on(integration)


def _judge_units_anew(integrations: Iterable[Integration]) -> None:
    """Forget what was left to others, and let the next run read whole lists: it may be ours now."""
    flows = Flow.objects.filter(integration__in=integrations)
    if Elsewhere.objects.filter(flow__in=flows).delete()[0]:
        flows.update(swept_at=None)


def _release_what_the_policy_held(integration: Integration) -> None:
    """Let documents be decided anew whose reason may have been the policy of before."""
    held = ReviewItem.objects.filter(integration=integration, state=ReviewState.OPEN).filter(
        Q(code__in=[code for code in CODES if is_acceptable(code)])
        | Q(code__in=_DECIDED_BY_POLICY)
        | Q(cause__startswith="account ")
        | Q(cause__startswith="dimension ")
    )
    waits = Wait.objects.filter(integration=integration, cause__in=held.values("cause"))
    release_documents(integration, list(waits.values_list("document_id", flat=True).distinct()))


def _told(changes: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    """Return the changes for the trail: of the policy only the values that differ."""
    told = {field: list(pair) for field, pair in changes.items() if field != "policy"}
    if "policy" in changes:
        before, after = (dict(_leaves(policy)) for policy in changes["policy"])
        for path in sorted({*before, *after}):
            if before.get(path) != after.get(path):
                told[f"policy.{path}"] = [before.get(path), after.get(path)]
    return told


def _leaves(tree: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for key, value in tree.items():
        path = f"{prefix}{key}"
        if isinstance(value, Mapping) and value:
            found += _leaves(value, f"{path}.")
        else:
            found.append((path, value))
    return found


def _save(integration: Integration) -> None:
    try:
        with transaction.atomic():
            integration.save()
    except IntegrityError:
        raise Invalid({"name": ["Another integration has this name."]}) from None


def _give_flows(integration: Integration) -> None:
    Flow.objects.bulk_create(
        [
            Flow(
                tenant_id=integration.tenant_id,
                integration=integration,
                resource=name,
                schedule=dict(calendar.MANUAL),
            )
            for name in FlowName
        ]
    )
