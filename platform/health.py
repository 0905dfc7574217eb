"""Is it alive, is it ready, how is it: three addresses for machines."""

import ipaddress
import secrets

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from kombu import Connection
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from integration_platform.gauges import Gauges, tick_age
from sync.engine.outage import is_disk_full

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
    return "disk full: nothing can be written" if is_disk_full() else "ok"


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
