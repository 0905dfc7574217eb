"""Control endpoints both sandboxes share: scenario, log, clock, release, reset."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from connectors.sandboxing.faults import KINDS, Fault, fault_from
from connectors.sandboxing.messages import Request, Response, json_response


def common_control(server: Any, request: Request) -> Response | None:
    """Answer one of the shared `/__ctl/` requests; None for any other.

    Raises ValueError for a body that cannot be obeyed.
    """
    answer = _ACTIONS.get((request.method, request.path))
    return answer(server, request) if answer else None


def read_faults(wish: Any) -> list[Fault]:
    """Read the `faults` of a scenario; raises ValueError."""
    if not isinstance(wish, dict) or not isinstance(wish.get("faults", []), list):
        raise ValueError('a scenario is {"seed": number, "faults": [...], "append": true|false}')
    return [fault_from(line) for line in wish.get("faults", [])]


def _load_scenario(server: Any, request: Request) -> Response:
    wish = request.json() or {}
    faults = read_faults(wish)
    if wish.get("append"):
        server.scenario.add(*faults)
    else:
        server.scenario.load(*faults, seed=int(wish.get("seed", 0)))
    return json_response(200, {"faults": len(faults)})


def _drop_scenario(server: Any, request: Request) -> Response:
    server.scenario.load()
    return json_response(200, {"faults": 0})


def _show_scenario(server: Any, request: Request) -> Response:
    return json_response(200, {"fired": server.scenario.fired(), "kinds": dict(KINDS)})


def _show_log(server: Any, request: Request) -> Response:
    entries = server.log.entries(int(request.param("since") or 0))
    rows = [asdict(entry) for entry in entries]
    return json_response(200, {"entries": rows, "last": rows[-1]["n"] if rows else 0})


def _show_clock(server: Any, request: Request) -> Response:
    return json_response(200, {"now": server.app.clock.now().isoformat()})


def _set_clock(server: Any, request: Request) -> Response:
    server.app.clock.change(request.json() or {})
    return _show_clock(server, request)


def _release(server: Any, request: Request) -> Response:
    return json_response(200, {"released": server.postponed.release(everything=True)})


def _reset(server: Any, request: Request) -> Response:
    server.scenario.load()
    server.postponed.clear()
    server.log.clear()
    return json_response(200, {"reset": True})


def _health(server: Any, request: Request) -> Response:
    return json_response(200, {"name": server.app.name, "now": server.app.clock.now().isoformat()})


_ACTIONS: Mapping[tuple[str, str], Callable[[Any, Request], Response]] = {
    ("POST", "/__ctl/scenario"): _load_scenario,
    ("DELETE", "/__ctl/scenario"): _drop_scenario,
    ("GET", "/__ctl/scenario"): _show_scenario,
    ("GET", "/__ctl/log"): _show_log,
    ("GET", "/__ctl/clock"): _show_clock,
    ("POST", "/__ctl/clock"): _set_clock,
    ("POST", "/__ctl/release"): _release,
    ("POST", "/__ctl/reset"): _reset,
    ("GET", "/__ctl/health"): _health,
}
