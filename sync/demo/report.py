"""What the demo's main job came to: per tenant and flow, and against the ledger's own sums."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import requests
from django.db.models import Q

from sync.demo.setup import DemoSite
from sync.models import Document, DocumentState, FlowName, Link, Run, RunState, Write, WriteState
from tenants.scoping import tenant_scope

_CENT = Decimal("0.01")
_ENDED_WELL = (RunState.SUCCEEDED, RunState.PARTIAL)
_SETS = {
    "purchase_order": ("purchaseOrders", "directUnitCost"),
    "purchase_invoice": ("purchaseInvoices", "unitCost"),
    "purchase_credit_memo": ("purchaseCreditMemos", "unitCost"),
}


@dataclass
class Account:
    """One tenant's result; `problems` are sentences, none means that all is as it should be."""

    site: DemoSite
    runs: Sequence[Run]
    dialect: str
    parked: Mapping[str, Counter[str]]
    sums: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        return {
            "tenant": self.site.tenant.name,
            "dialect": self.dialect,
            "flows": [{"flow": run.flow.resource, **run.counts} for run in self.runs],
        }


def account_of(site: DemoSite, runs: Iterable[Run], *, nav: str, first: bool) -> Account:
    """Read what a tenant's runs came to and compare it with labels and ledger."""
    ledger = _ledger(nav, site.demo.company_id)
    with tenant_scope(site.tenant.pk):
        ids = [run.pk for run in runs]
        done = list(Run.objects.filter(pk__in=ids).select_related("flow").order_by("position"))
        site.integration.refresh_from_db()
        capabilities = site.integration.ledger.capabilities or {}
        account = Account(
            site, done, str(capabilities.get("dialect", "api")), _parked(site), problems=[]
        )
        _check_runs(account)
        if first:
            _check_labels(account)
        _check_ledger(account, ledger)
    return account


def _parked(site: DemoSite) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = defaultdict(Counter)
    rows = Document.objects.filter(integration=site.integration, state=DocumentState.PARKED)
    for flow, reasons in rows.values_list("flow_name", "reasons"):
        found[flow].update({reason["code"] for reason in reasons})
    return found


def _check_runs(account: Account) -> None:
    for run in account.runs:
        if run.state not in _ENDED_WELL:
            words = (run.error or {}).get("message", "no reason given")
            account.problems.append(f"{run.flow.resource} ended {run.state}: {words}")
        doubtful = run.counts.get("failed", 0) + run.counts.get("unknown", 0)
        if doubtful:
            account.problems.append(f"{run.flow.resource}: {doubtful} documents failed or unknown")


def _check_labels(account: Account) -> None:
    """After the first run every flow must end in the labeled states."""
    for flow, expected in account.site.demo.expected["first_run"].items():
        rows = Document.objects.filter(integration=account.site.integration, flow_name=flow)
        states = dict(Counter(rows.values_list("state", flat=True)))
        if states != expected["states"]:
            account.problems.append(f"{flow}: {states} instead of {expected['states']}")


def _check_ledger(account: Account, ledger: Mapping[str, Any]) -> None:
    """Every document that we call written stands once in the ledger, with our amounts."""
    for kind, (name, price) in _SETS.items():
        ours = _our_sum(account, kind, name, price)
        linked = Link.objects.filter(kind=kind, document__integration=account.site.integration)
        theirs = [Decimal(str(row["totalAmountExcludingTax"])) for row in ledger[name]]
        count, total = linked.count(), sum(theirs, Decimal(0))
        sentence = f"{count} {kind.replace('_', ' ')}s over {ours} net, in the ledger {len(theirs)}"
        account.sums.append(f"{sentence} over {total.quantize(_CENT)}")
        if (count, ours) != (len(theirs), total.quantize(_CENT)):
            account.problems.append(f"The sums differ: {sentence} over {total}")
    _check_journals(account, ledger)


def _our_sum(account: Account, kind: str, name: str, price: str) -> Decimal:
    rows = Write.objects.filter(
        integration=account.site.integration, kind=kind, state=WriteState.CONFIRMED
    )
    is_body = Q(operation="create") | Q(operation__regex=r"^lines(_\d+)?$")
    bodies = rows.filter(is_body).values_list("content", flat=True)
    quantity = "quantity"
    if account.dialect == "pages":
        quantity, price = "Quantity", "Direct_Unit_Cost"
    nested = f"{name.removesuffix('s')}Lines"
    total = Decimal(0)
    for content in bodies:
        lines = content.get("lines") or content.get("body", {}).get(nested, [])
        for line in lines:
            if price in line:
                product = Decimal(line[quantity]) * Decimal(line[price])
                total += product.quantize(_CENT, ROUND_HALF_UP)
    return total


def _check_journals(account: Account, ledger: Mapping[str, Any]) -> None:
    batch = account.site.demo.policy["journal"]["batch"]
    balance: Counter[str] = Counter()
    debit = Decimal(0)
    for journal in ledger["journals"]:
        for line in journal["lines"] if journal["code"] == batch else []:
            amount = Decimal(str(line["amount"]))
            balance[line["documentNumber"]] += amount
            debit += max(amount, Decimal(0))
    entries = Link.objects.filter(kind="journal", document__integration=account.site.integration)
    account.sums.append(f"{entries.count()} journal entries, debit {debit}, each in balance")
    if len(balance) != entries.count() or any(balance.values()):
        account.problems.append(f"{len(balance)} journal entries in the ledger, or out of balance")


def _ledger(nav: str, company_id: str) -> Mapping[str, Any]:
    answer = requests.get(f"{nav}/__ctl/ledger", params={"company": company_id}, timeout=60)
    return answer.json(parse_float=Decimal)


def text_of(account: Account) -> str:
    """Say it for the person at the terminal."""
    lines = [f"\n{account.site.tenant.name} ({account.dialect})"]
    lines.append(
        f"  {'flow':<16}{'read':>6}{'unchanged':>11}{'written':>9}{'parked':>8}"
        f"{'waiting':>9}{'settled':>9}"
    )
    for run in account.runs:
        counts = run.counts
        lines.append(
            f"  {run.flow.resource:<16}{counts['read']:>6}{counts['unchanged']:>11}"
            f"{counts['written']:>9}{counts['parked']:>8}{counts['waiting']:>9}"
            f"{counts['settled']:>9}"
        )
    for flow in FlowName.values:
        if account.parked.get(flow):
            codes = ", ".join(f"{code} {n}" for code, n in account.parked[flow].most_common())
            lines.append(f"  parked {flow}: {codes}")
    lines += [f"  {sentence}" for sentence in account.sums]
    lines += [f"  NOT AS IT SHOULD BE: {problem}" for problem in account.problems]
    return "\n".join(lines)
