"""Control endpoints of this sandbox, under /__ctl/: switches, records, setup, ledger, tokens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from connectors.nav.sandbox.company import Company
from connectors.nav.sandbox.keyboard import act, ledger_of, run_jobs
from connectors.nav.sandbox.values import as_guid
from connectors.sandboxing.messages import Request, Response, json_response

if TYPE_CHECKING:
    from connectors.nav.sandbox.app import NavSandbox


class Control:
    """Obeys whoever runs the sandbox; called with the app's lock held."""

    def __init__(self, app: NavSandbox) -> None:
        self._app = app
        self._answers: dict[tuple[str, str], Callable[[Request], Response | None]] = {
            ("GET", "/__ctl/switches"): self._show_switches,
            ("POST", "/__ctl/switches"): self._set_switches,
            ("POST", "/__ctl/records"): self._records,
            ("POST", "/__ctl/setup"): self._setup,
            ("POST", "/__ctl/companies"): self._plant,
            ("GET", "/__ctl/ledger"): self._ledger,
            ("POST", "/__ctl/jobs"): self._jobs,
            ("GET", "/__ctl/subscriptions"): self._subscriptions,
            ("POST", "/__ctl/subscriptions/drop"): self._drop_subscriptions,
            ("POST", "/__ctl/clients"): self._clients,
            ("POST", "/__ctl/tokens/revoke"): self._revoke,
            ("POST", "/__ctl/reset"): self._reset,
        }

    def answer(self, request: Request) -> Response | None:
        """Answer one control request; None for a path that is not ours."""
        found = self._answers.get((request.method, request.path))
        return found(request) if found else None

    def company(self, named: Any) -> Company:
        """Return a company by GUID or name; without either the only one there is."""
        tenant = self._app.service.tenant
        rows = tenant.all("companies")
        if named:
            key = as_guid(named)
            rows = [row for row in rows if named == row["name"] or key == row["id"]]
        if len(rows) != 1:
            raise ValueError(f"{len(rows)} companies match {named!r}")
        return Company(self._app.records, self._app.clock, rows[0]["id"])

    def _show_switches(self, request: Request) -> Response:
        return json_response(200, asdict(self._app.switches))

    def _set_switches(self, request: Request) -> Response:
        self._app.change_switches(request.json() or {})
        return self._show_switches(request)

    def _records(self, request: Request) -> Response:
        """Carry out one wish, or several under "records"; all or none."""
        body = request.json() or {}
        wishes = body.get("records", [body])
        records = self._app.records
        try:
            rows = [
                act(self.company(wish.get("company", body.get("company"))), wish) for wish in wishes
            ]
        except (KeyError, ValueError, TypeError):
            records.roll_back()
            raise
        records.commit()
        return json_response(200, {"records": rows})

    def _setup(self, request: Request) -> Response:
        body = request.json() or {}
        company = self.company(body.get("company"))
        company.change_setup(body["values"])
        self._app.records.commit()
        return json_response(200, {"setup": dict(company.setup)})

    def _plant(self, request: Request) -> Response:
        seed = request.json() or {}
        self._app.plant(seed)
        return json_response(200, {"companies": len(seed["companies"])})

    def _ledger(self, request: Request) -> Response:
        return json_response(200, ledger_of(self.company(request.param("company"))))

    def _jobs(self, request: Request) -> Response:
        body = request.json() or {}
        return json_response(200, {"jobs": run_jobs(self.company(body.get("company")))})

    def _subscriptions(self, request: Request) -> Response:
        return json_response(200, self._app.webhooks.kept())

    def _drop_subscriptions(self, request: Request) -> Response:
        """Forget every subscription and what waits to be sent, without telling anybody."""
        count = self._app.webhooks.drop_all()
        self._app.records.commit()
        return json_response(200, {"dropped": count})

    def _clients(self, request: Request) -> Response:
        body = request.json() or {}
        self._app.gate.change_client(body["id"], body.get("secret"))
        return json_response(200, {"id": body["id"]})

    def _revoke(self, request: Request) -> Response:
        self._app.gate.revoke()
        return json_response(200, {"revoked": True})

    def _reset(self, request: Request) -> None:
        """Drop data and switches; the base answers and drops the scenario and the log."""
        self._app.reset()
