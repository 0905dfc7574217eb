"""What the pages take of a tenant of full size: milliseconds of a request, and queries."""

from __future__ import annotations

import gc
import re
import statistics
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from django.db import connection
from django.db.models import Count
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit.models import AuditEvent
from sync.models import Document, Flow, FlowName, ReviewItem, Run
from tenants.pages.paging import mark_of
from tenants.scoping import tenant_scope
from tests import factories
from tests.bench.figures import Figure
from tests.bench.loader import Loaded

GOAL_MS = 300
MOST_QUERIES = 15
TIMES = 20
_FRAME = re.compile(r"^(BEGIN|COMMIT|SAVEPOINT|RELEASE|ROLLBACK|select set_config)", re.IGNORECASE)
PLAIN = (
    *("today", "reviews", "documents", "mappings", "suppliers", "families", "vendors"),
    "runs",
    *("reconciliation", "spend", "sessions"),
    *("settings", "connections", "members", "api-keys", "organization", "account", "audit"),
    *("setup", "setup-booking", "setup-preview", "setup-live"),
)


@dataclass(frozen=True)
class PageFigure(Figure):
    """A line of `make bench` about one page: `value` is the 95th percentile, `p50` the median."""

    p50: float
    queries: int


def page_figures(loaded: Loaded, times: int = TIMES) -> Iterator[PageFigure]:
    """Ask for each page so often, as an administrator; the first answer warms up and is left out.

    Raises AssertionError for a page that does not answer with 200.
    """
    client = Client(SERVER_NAME="localhost")
    client.force_login(factories.member(loaded.tenant, "admin").user)
    client.get(reverse("account"))  # what the first page after a log-in writes is no page's own
    gc.collect()
    gc.freeze()  # as a web process does, see platform/server.py
    for name, address in addresses(loaded).items():
        asked = queries_of(client, address)
        taken = sorted(_milliseconds(client, address) for _ in range(times))
        p95 = taken[min(times - 1, round(times * 0.95))]
        yield PageFigure(
            f"page {name}",
            round(p95, 1),
            "ms",
            GOAL_MS,
            GOAL_MS,
            p95 <= GOAL_MS and asked <= MOST_QUERIES,
            round(statistics.median(taken), 1),
            asked,
        )


def queries_of(client: Client, address: str) -> int:
    """Return how many queries a page asks; what opens and ends transactions asks for nothing.

    Raises AssertionError for a page that does not answer with 200.
    """
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200, address
    return sum(not _FRAME.match(query["sql"]) for query in captured)


def _milliseconds(client: Client, address: str) -> float:
    began = time.perf_counter()
    client.get(address)
    return (time.perf_counter() - began) * 1000


def addresses(loaded: Loaded) -> Mapping[str, str]:
    """Return every page that holds what may be large, in the ways in which people look at it."""
    with tenant_scope(loaded.tenant.pk):
        invoices = Document.objects.filter(flow_name=FlowName.INVOICES)
        bill = invoices.filter(state="written").order_by("-changed_at").first()
        parked = invoices.filter(state="parked").order_by("-changed_at").first()
        cause = ReviewItem.objects.filter(state="open", cause=parked.reasons[0]["cause"]).get()
        supplier = Document.objects.filter(resource="supplier").order_by("-changed_at").first()
        part = supplier.supplier_name[4:11]
        flow = Flow.objects.get(resource=FlowName.INVOICES)
        runs = Run.objects.order_by("-queued_at")
        longest = runs.annotate(rows=Count("outcomes")).order_by("-rows").first()
        last = runs.first()
        everything = Document.objects.order_by("-changed_at")
        old, event = everything[everything.count() // 2], AuditEvent.objects.order_by("seq")[60]
    documents_by, audit_by = ("-changed_at", "-pk"), ("-seq",)
    documents, audit = reverse("documents"), reverse("audit")
    return {
        **{name: reverse(name) for name in PLAIN},
        "today, the part that refreshes": reverse("today") + "?part=1",
        "documents, far back": f"{documents}?after={mark_of(old, documents_by)}",
        "documents by state": f"{documents}?state=parked",
        "documents by kind and state": f"{documents}?resource=credit_note&state=rejected",
        "documents by number": f"{documents}?reference={bill.reference[:-1]}",
        "documents by an unknown number": f"{documents}?reference=N99999999",
        "documents by supplier": f"{documents}?supplier=Supplier+17+Ltd",
        "documents by part of a name": f"{documents}?supplier=lier+599",
        "documents of no supplier": f"{documents}?supplier=nobody",
        "documents of a cause": f"{documents}?review={cause.pk}",
        "reviews, resolved": reverse("reviews") + "?state=resolved",
        "reviews of a supplier": reverse("reviews") + "?supplier=lier+599",
        "review": reverse("review", args=[cause.pk]),
        "document": reverse("document", args=[bill.pk]),
        "document, parked": reverse("document", args=[parked.pk]),
        "document, version": reverse("document-version", args=[bill.pk, 1]),
        "suppliers by name": f"{reverse('suppliers')}?supplier={quote(part)}",
        "mappings, searched": reverse("mappings") + "?kind=ledger_account&search=KNOWN-39",
        "run, last": reverse("run", args=[last.pk]),
        "run, longest": reverse("run", args=[longest.pk]),
        "schedule": reverse("schedule", args=[flow.pk]),
        "policy": reverse("policy", args=[loaded.integration.pk]),
        "connection": reverse("connection", args=[loaded.integration.ledger_id]),
        "reconciliation, a year": reverse("reconciliation") + "?all=1",
        "audit, far back": f"{audit}?after={mark_of(event, audit_by)}",
        "audit by action": f"{audit}?action=write.",
        "audit of no action": f"{audit}?action=tenant.",
        "audit by day": f"{audit}?since=2020-01-01&until=2099-12-31",
    }
