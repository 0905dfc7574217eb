"""Integrations with their flows, last runs, and what is missing before they can go live."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, OuterRef, QuerySet, Subquery

from connectors.codec import load
from connectors.documents import ReferenceKind, SetupSource
from connectors.models import Connection, Health
from sync.domain.mapping import LEDGER_ACCOUNT
from sync.domain.policy import Policy, parse
from sync.models import Flow, FlowName, Integration, LedgerItem, MappingEntry, Run


@dataclass(frozen=True, slots=True)
class FlowView:
    """A flow and its newest run."""

    flow: Flow
    last_run: Run | None

    @property
    def depends_on(self) -> list[str]:
        """The flows that run before this one."""
        names = list(FlowName.values)
        return names[: names.index(self.flow.resource)]


def integrations() -> QuerySet[Integration]:
    return Integration.objects.select_related("source", "ledger")


def flows_of(integrations: Sequence[Integration]) -> dict[UUID, list[FlowView]]:
    """Return each integration's flows in dependency order, with their newest runs."""
    newest = Run.objects.filter(flow=OuterRef("pk")).order_by("-queued_at", "-pk")
    flows = list(
        Flow.objects.filter(integration__in=integrations).annotate(
            last_run_id=Subquery(newest.values("pk")[:1])
        )
    )
    ids = [flow.last_run_id for flow in flows if flow.last_run_id]
    runs = Run.objects.select_related("flow").in_bulk(ids)
    order = list(FlowName.values)
    flows.sort(key=lambda flow: order.index(flow.resource))
    found: dict[UUID, list[FlowView]] = {row.pk: [] for row in integrations}
    for flow in flows:
        found[flow.integration_id].append(FlowView(flow, runs.get(flow.last_run_id)))
    return found


@dataclass(frozen=True, slots=True)
class Missing:
    """Something to do before an integration does what its policy says."""

    code: str
    message: str
    fix: str


def setup_of(
    integrations: Sequence[Integration], flows: Mapping[UUID, Sequence[FlowView]]
) -> dict[UUID, list[Missing]]:
    """Return what each integration still lacks; an empty list is ready to go."""
    mapped = set(
        MappingEntry.objects.filter(
            integration__in=integrations, kind=LEDGER_ACCOUNT, replaced_at__isnull=True
        )
        .order_by()
        .values_list("integration", flat=True)
        .annotate(entries=Count("pk"))
    )
    policies = {row.pk: parse(row.policy) for row in integrations}
    accounts = _accounts(policies)
    return {
        row.pk: [
            *_connections(row),
            *_ledger(row, policies[row.pk], accounts),
            *_work(row, row.pk in mapped, flows.get(row.pk, ())),
        ]
        for row in integrations
    }


def _connections(integration: Integration) -> Iterable[Missing]:
    for side, connection in (("source", integration.source), ("ledger", integration.ledger)):
        yield from _connection(side, connection)


def _connection(side: str, connection: Connection) -> Iterable[Missing]:
    if connection.secret_set_at is None:
        yield Missing(
            "credentials_missing",
            f"The {side} {connection.name} has no credentials.",
            "Enter them on the connection.",
        )
    elif connection.health == Health.ATTENTION:
        yield Missing(
            "connection_attention",
            f"The {side} {connection.name} needs attention: {connection.health_message}",
            "Check the connection and follow its red findings.",
        )
    elif connection.health == Health.UNKNOWN:
        yield Missing(
            "connection_unchecked",
            f"The {side} {connection.name} was not checked yet.",
            "Check the connection.",
        )


def _currency(integration: Integration) -> Iterable[Missing]:
    """The local currency is nowhere shown: a person confirms what was told by documents."""
    setup = load(integration.ledger_setup) if integration.ledger_setup else None
    if setup is None or setup.local_currency_from is not SetupSource.EVIDENCE:
        return
    fix = "Enter the local currency in the settings of the connection, then run “Ledger codes”."
    if setup.local_currency:
        yield Missing(
            "local_currency_assumed",
            f"The ledger does not show its local currency: it is taken to be"
            f" {setup.local_currency}, the only currency received that the ledger does not list.",
            fix,
        )
    elif setup.foreign_currencies is None:
        yield Missing(
            "local_currency_unknown",
            "The ledger shows neither its local currency nor its currencies: orders and invoices"
            " wait.",
            fix,
        )
    else:
        yield Missing(
            "local_currency_unknown",
            "The ledger does not show its local currency: the only currency received that it does"
            " not list will be taken; with several, their documents wait.",
            fix,
        )


def _ledger(
    integration: Integration, policy: Policy, accounts: Mapping[tuple[UUID, str], LedgerItem]
) -> Iterable[Missing]:
    if policy.journal.enabled and policy.journal.balancing_account is None:
        yield Missing(
            "balancing_account_missing",
            "No balancing account is set: invoices are written on mapped accounts and no journal.",
            "Name the balancing account in the policy, or switch the journal off.",
        )
    if integration.reference_at is None:
        yield Missing(
            "reference_missing",
            "What the ledger offers was not read yet: nothing can be posted.",
            "Run the flow “Ledger codes”.",
        )
        return
    yield from _currency(integration)
    for name, code in _named_accounts(policy).items():
        item = accounts.get((integration.pk, code))
        if item is None or not item.usable:
            problem = item.why_not if item else "it does not exist in the ledger"
            yield Missing(
                "account_invalid",
                f"The {name} {code} cannot be used: {problem}.",
                f"Name another {name} in the policy, or open it in the ledger.",
            )


def _work(integration: Integration, mapped: bool, flows: Sequence[FlowView]) -> Iterable[Missing]:
    if not mapped:
        yield Missing(
            "mapping_empty",
            "No ledger account is mapped: every invoice would wait for review.",
            "Map the codes of JAGGAER to ledger accounts, or import them.",
        )
    if not any(view.flow.enabled and view.flow.next_run_at for view in flows):
        yield Missing(
            "schedule_missing",
            "No flow is on a schedule: nothing moves by itself.",
            "Give the flows a schedule.",
        )


def _named_accounts(policy: Policy) -> dict[str, str]:
    named = {
        "balancing account": policy.journal.balancing_account,
        **{
            f"account for {name}": getattr(policy.accounts, name)
            for name in ("freight", "tax", "discount", "rounding")
        },
    }
    return {name: code for name, code in named.items() if code}


def _accounts(policies: Mapping[UUID, Policy]) -> dict[tuple[UUID, str], LedgerItem]:
    codes = {code for policy in policies.values() for code in _named_accounts(policy).values()}
    rows = LedgerItem.objects.filter(
        integration__in=list(policies), kind=ReferenceKind.LEDGER_ACCOUNTS, code__in=codes
    )
    return {(row.integration_id, row.code): row for row in rows}


def as_json(missing: Iterable[Missing]) -> list[dict[str, Any]]:
    return [{"code": one.code, "message": one.message, "fix": one.fix} for one in missing]
