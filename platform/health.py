"""Is it alive, is it ready, how is it: three addresses for machines."""

import ipaddress
import secrets
import time
from collections.abc import Callable, Iterable

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from kombu import Connection
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric

from integration_platform.celery import TICK_CACHE_KEY

TICK_LIMIT_SECONDS = 30.0


def live(request: HttpRequest) -> JsonResponse:
    """200 while the process serves at all: it asks nothing of anybody."""
    return JsonResponse({"status": "ok"})


def ready(request: HttpRequest) -> JsonResponse:
    """200 when work can be done, else 503 with the part that fails."""
    parts = {"database": _database(), "broker": _broker(), "beat": _beat()}
    healthy = all(part == "ok" for part in parts.values())
    body = {"status": "ok" if healthy else "unavailable", "parts": parts}
    return JsonResponse(body, status=200 if healthy else 503)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("select 1")
    except DatabaseError:
        return "no answer"
    return "ok"


def _broker() -> str:
    options = {**settings.CELERY_BROKER_TRANSPORT_OPTIONS, "socket_timeout": 2}
    try:
        with Connection(
            settings.BROKER_URL, connect_timeout=2, transport_options=options
        ) as broker:
            broker.ensure_connection(max_retries=1, interval_start=0, timeout=2)
    except Exception:  # every transport has errors of its own; all mean the same here
        return "no answer"
    return "ok"


def tick_age() -> float | None:
    """Return the seconds since a worker last began a tick; None when none is known."""
    try:
        began = cache.get(TICK_CACHE_KEY)
    except Exception:  # the cache lies in broker or database, judged above
        return None
    return None if began is None else max(0.0, time.time() - began)


def _beat() -> str:
    age = tick_age()
    if age is None:
        return "no tick yet"
    return "ok" if age < TICK_LIMIT_SECONDS else f"last tick {age:.0f} s ago"


def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus text for loopback or for the bearer of METRICS_TOKEN; gauges are read just now."""
    if not _may_read_metrics(request):
        return HttpResponse("forbidden\n", status=403, content_type="text/plain")
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Gauges())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _may_read_metrics(request: HttpRequest) -> bool:
    """A proxy on this machine makes all the world loopback: behind one only the token counts."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if settings.METRICS_TOKEN and secrets.compare_digest(
        given.encode(), settings.METRICS_TOKEN.encode()
    ):
        return True
    try:
        peer = ipaddress.ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return False
    forwarded = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
    return peer.is_loopback and not forwarded and not settings.PROXIES


class Gauges:
    """The state of the queues as Prometheus gauges: counts over all tenants, names of none."""

    def collect(self) -> Iterable[Metric]:
        """Yield the gauges that can be read; a database that is down takes only its own away."""
        age = tick_age()
        yield gauge("beat_tick_age_seconds", "Seconds since a worker began a tick", age)
        for name, help_text, read in GAUGES:
            try:
                yield gauge(name, help_text, read())
            except DatabaseError:
                continue


def gauge(name: str, help_text: str, value: float | None) -> GaugeMetricFamily:
    """Return one gauge; without a value it has no sample."""
    family = GaugeMetricFamily(f"connector_{name}", help_text)
    if value is not None:
        family.add_metric([], value)
    return family


GAUGES: tuple[tuple[str, str, Callable[[], float | None]], ...] = ()
