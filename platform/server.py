"""gunicorn's configuration: threads, since requests wait for the database."""

import gc
import signal
from typing import Any

from django.conf import settings

from integration_platform.processes import die_with_parent

bind = f"{settings.BIND}:{settings.PORT}"
worker_class = "gthread"
workers = settings.WEB_WORKERS
threads = settings.WEB_THREADS
timeout = 60
graceful_timeout = 20
keepalive = 5
max_requests = 10_000
max_requests_jitter = 1_000
limit_request_line = 8190
accesslog = None  # django-structlog writes one line for each request
control_socket_disable = True


def post_fork(server: Any, worker: Any) -> None:
    """Let a worker end with its master, so that the next master finds the port free at once."""
    die_with_parent(signal.SIGKILL)


def post_worker_init(worker: Any) -> None:
    """Let no request wait for a collection that walks over all that start-up has made."""
    gc.collect()
    gc.freeze()
