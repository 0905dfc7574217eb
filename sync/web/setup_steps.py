"""Where a customer stands in the set-up: read off the rows, so that it can be left and resumed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse

from connectors import registry
from connectors.base import Side
from connectors.models import Connection, Health
from sync.models import Flow, FlowName, Integration, Run
from sync.services.integrations import whole_policy
from sync.words import schedule_words
from tenants.refusal import Refusal


@dataclass(frozen=True, slots=True)
class Step:
    """One step: whether it is done, whether it can be done now, and where."""

    title: str
    about: str
    done: bool
    url: str
    button: str
    ready: bool = True


@dataclass(frozen=True, slots=True)
class Stand:
    """What exists so far."""

    source: Connection | None
    ledger: Connection | None
    integration: Integration | None


def stand() -> Stand:
    """Return the newest integration, and the connections it uses or could use."""
    integration = (
        Integration.objects.select_related("source", "ledger").order_by("-created_at").first()
    )
    if integration:
        return Stand(integration.source, integration.ledger, integration)
    rows = list(Connection.objects.order_by("-created_at"))
    return Stand(_on(Side.SOURCE, rows), _on(Side.LEDGER, rows), None)


def _on(side: Side, rows: Sequence[Connection]) -> Connection | None:
    return next((row for row in rows if side in registry.get(row.kind).sides), None)


def steps_of(stand: Stand) -> list[Step]:
    """Return the steps in order, each as far as the rows say."""
    integration = stand.integration
    policy = whole_policy(integration) if integration else {}
    booked = bool(policy) and bool(policy["start_on"] or policy["journal"]["balancing_account"])
    tried = _has_run(integration)
    both = _works(stand.source) and _works(stand.ledger)
    read = bool(integration and integration.reference_at)
    return [
        _connect("JAGGAER", "jaggaer", stand.source),
        _connect("NAV or Business Central", "nav", stand.ledger),
        Step(
            "Choose the company",
            integration.company_name or integration.name
            if integration
            else "Which company of the ledger the invoices belong to; its codes are then read.",
            bool(integration),
            reverse("setup-company"),
            "Choose",
            both,
        ),
        Step(
            "Decide how invoices are booked",
            "From which day on, as drafts or posted, with or without a journal.",
            booked,
            reverse("setup-booking"),
            "Decide",
            read,
        ),
        Step(
            "Preview the first documents",
            "Everything is read and matched; what would be written is shown, nothing is written."
            " Codes that lack a mapping are mapped here.",
            tried,
            reverse("setup-preview"),
            "Preview",
            read and booked,
        ),
        Step(
            "Go live",
            _live_words(integration),
            _is_scheduled(integration),
            reverse("setup-live"),
            "Go live",
            read and booked,
        ),
    ]


def _connect(name: str, kind: str, connection: Connection | None) -> Step:
    if connection is None:
        url = f"{reverse('connection-new', args=[kind])}"
        return Step(f"Connect {name}", "Its address and credentials.", False, url, "Connect")
    done = _works(connection)
    about = "Works." if done else connection.health_message or "Not checked yet."
    url = reverse("connection", args=[connection.pk])
    return Step(f"Connect {name}", about, done, url, "Open" if done else "Check")


def _works(connection: Connection | None) -> bool:
    return connection is not None and connection.health == Health.OK


def _has_run(integration: Integration | None) -> bool:
    if integration is None:
        return False
    runs = Run.objects.filter(integration=integration, finished_at__isnull=False)
    return runs.exclude(flow__resource=FlowName.REFERENCE).exists()


def _is_scheduled(integration: Integration | None) -> bool:
    if integration is None:
        return False
    return Flow.objects.filter(
        integration=integration, enabled=True, next_run_at__isnull=False
    ).exists()


def _live_words(integration: Integration | None) -> str:
    flow = (
        integration
        and Flow.objects.filter(
            integration=integration, resource=FlowName.INVOICES, next_run_at__isnull=False
        ).first()
    )
    if flow:
        return f"Invoices run {schedule_words(flow.schedule)}."
    return "The first live run, and the schedule for all that follow."


def integration_at_hand() -> Integration:
    """Return the integration being set up; refuses where the company was not chosen yet."""
    integration = stand().integration
    if integration is None:
        raise Refusal("no_integration", "Choose the company first.")
    return integration
