"""The Celery app and the few entries of its beat.

Rows are the truth and the broker is a doorbell: a task gets ids, claims its work in the database
and may be lost or doubled without harm. Hence early acknowledgement, no results, no countdown.
"""

import os
import time
from dataclasses import dataclass

from celery import Celery, signals

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "integration_platform.settings")

TICK_CACHE_KEY = "beat.tick_at"
TICK_TASK = "sync.tasks.tick"

app = Celery("integration_platform")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@dataclass(frozen=True)
class BeatEntry:
    """A row of django-celery-beat that `prepare_database` creates where it is missing."""

    name: str
    task: str
    every_seconds: int


BEAT_ENTRIES = (
    BeatEntry("tick: start what is due", TICK_TASK, 2),
    BeatEntry("reap: look after what nobody asked about", "sync.tasks.reap", 60),
    BeatEntry("tell: mail what needs a person", "sync.tasks.tell", 60),
    BeatEntry("erase: take out personal data that is to go", "sync.tasks.erase", 60),
    BeatEntry("purge: drop what its retention has passed", "sync.tasks.purge", 3600),
    BeatEntry("note: sign the ends of the audit trails", "audit.tasks.checkpoint", 300),
)


@signals.setup_logging.connect
def keep_our_logging(**_: object) -> None:
    """Stop Celery from replacing the JSON lines that Django has configured."""


@signals.task_prerun.connect
def note_tick(task: object = None, **_: object) -> None:
    """Remember when a worker last began a tick: the age that /health/ready looks at."""
    if getattr(task, "name", "") != TICK_TASK:
        return
    from django.core.cache import cache

    cache.set(TICK_CACHE_KEY, time.time(), timeout=None)
