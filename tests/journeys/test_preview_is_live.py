"""The preview of all flows equals, request by request, what the live run then sends."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

import pytest

from connectors.exactjson import ExactEncoder
from sync.models import FlowName, Outcome, RunMode
from tests.demo_world import demo_tenant, demo_world, import_files
from tests.small import FLOWS, records, small_world, supplier
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)

_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|\{[^{}\"]*\}")


def assert_preview_is_live(customer: World) -> Counter:
    """Preview all flows, run them live, and compare what both say was sent."""
    sent = recorded(customer)
    previews = customer.run(*FLOWS, mode=RunMode.PREVIEW)
    with customer.scope():
        rows = list(Outcome.objects.filter(run__in=previews).values_list("requests", flat=True))
    assert sent == []

    customer.run(*FLOWS)

    planned = Counter(
        flat((one["method"], one["path"], one["body"]) for row in rows for one in row or ())
    )
    live = Counter(flat(sent))
    for batch in [one for one in live if one[1].endswith("/journals")]:
        del live[batch]  # the integration's own, made once for all that follow
    assert planned - live == Counter()
    assert live - planned == Counter()
    return live


def recorded(customer: World) -> list[tuple[str, str, Any]]:
    """Return a list that collects all that is written at NAV from now on."""
    sent: list[tuple[str, str, Any]] = []
    answer = customer.nav.app.handle

    def handle(request: Any) -> Any:
        if request.method != "GET" and "token" not in request.path:
            sent.append((request.method, request.path, request.json()))
        return answer(request)

    customer.nav.app.handle = handle
    return sent


def flat(requests: Iterable[tuple[str, str, Any]]) -> Iterator[tuple[str, str, str]]:
    """Yield the requests inside of batches as single ones, ids that NAV gives as stars."""
    for method, path, body in requests:
        if path.endswith("$batch"):
            inner = ((one["method"], one["url"], one.get("body")) for one in body["requests"])
            yield from flat(inner)
        else:
            place = _ID.sub("*", path[path.index("companies(") :])
            text = json.dumps(_plain(body), cls=ExactEncoder, sort_keys=True) if body else ""
            yield method, place, _ID.sub("*", text)


def _plain(value: Any) -> Any:
    """Return a body with its numbers as text: a stored preview has them so."""
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, Decimal | int) and not isinstance(value, bool):
        return format(Decimal(value), "f")
    return value


def test_the_preview_of_everything_is_what_the_live_run_sends(tmp_path):
    """A child comes before its parent, so that it waits and is released within the preview."""
    child = supplier(0, parentSupplier={"sqIntegrationNumber": "u15001"})
    with small_world(tmp_path, [*records(4), child]) as customer:
        live = assert_preview_is_live(customer)

    assert sum(live.values()) >= 4 * 3


@pytest.fixture(params=["WVU", "SCMS", "DBC"])
def demo(request):
    if not request.config.getoption("--long"):
        pytest.skip("the whole demo is previewed with --long")
    return demo_tenant(request.param)


def test_the_preview_of_the_whole_demo_is_what_the_live_run_sends(demo, tmp_path):
    with demo_world(demo, tmp_path) as customer:
        customer.run(FlowName.REFERENCE)
        import_files(customer, demo.mappings)
        assert_preview_is_live(customer)
