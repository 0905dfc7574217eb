"""`prepare_database` adds what is missing and rewrites nothing that support has changed."""

import pytest
from django_celery_beat.models import PeriodicTask

from integration_platform.celery import BEAT_ENTRIES
from integration_platform.management.commands.prepare_database import add_beat_entries

pytestmark = pytest.mark.django_db


def test_the_first_time_adds_all_with_an_expiry() -> None:
    assert add_beat_entries() == [entry.name for entry in BEAT_ENTRIES]
    assert all(task.expire_seconds for task in PeriodicTask.objects.all())


def test_what_support_paused_stays_paused() -> None:
    add_beat_entries()
    PeriodicTask.objects.update(enabled=False)

    assert add_beat_entries() == []

    assert not PeriodicTask.objects.filter(enabled=True).exists()
