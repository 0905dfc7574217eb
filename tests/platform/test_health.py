"""Machines ask whether we live, whether we can work, and how much waits."""

import time

import pytest
from django.core.cache import cache
from django.db import OperationalError
from django.test import Client

from integration_platform import gauges, health
from integration_platform.celery import BEAT_ENTRIES, TICK_CACHE_KEY, TICK_TASK, app, note_tick


def test_it_lives_without_asking_anybody(client: Client) -> None:
    assert client.get("/health/live").status_code == 200


@pytest.mark.django_db
def test_it_is_ready_when_database_broker_and_beat_are(
    client: Client, broker_url: str, settings: object
) -> None:
    settings.BROKER_URL = broker_url
    cache.set(TICK_CACHE_KEY, time.time())

    answer = client.get("/health/ready")

    assert answer.json() == {
        "status": "ok",
        "parts": {"database": "ok", "broker": "ok", "beat": "ok"},
    }


@pytest.mark.django_db
def test_it_names_the_part_that_fails(client: Client, settings: object) -> None:
    settings.BROKER_URL = "redis://127.0.0.1:1/0"
    cache.set(TICK_CACHE_KEY, time.time() - 100)

    answer = client.get("/health/ready")

    assert answer.status_code == 503
    parts = answer.json()["parts"]
    assert parts["database"] == "ok"
    assert parts["broker"] == "no answer"
    assert parts["beat"].startswith("last tick 100 s ago")


def test_a_database_that_is_down_makes_it_not_ready(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise OperationalError

    monkeypatch.setattr(health.connection, "cursor", refuse)

    answer = client.get("/health/ready")

    assert answer.status_code == 503
    assert answer.json()["parts"]["database"] == "no answer"


def test_a_worker_that_begins_a_tick_leaves_its_time() -> None:
    class Tick:
        name = TICK_TASK

    assert gauges.tick_age() is None

    note_tick(task=Tick())

    assert gauges.tick_age() < 5


@pytest.mark.django_db
def test_metrics_count_and_name_nobody(client: Client) -> None:
    text = client.get("/metrics").content.decode()

    assert "connector_integrations_due 0.0" in text
    assert "connector_oldest_due_seconds 0.0" in text


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("192.0.2.7", {}, 403),
        ("127.0.0.1", {"x-forwarded-for": "192.0.2.7"}, 403),
        ("192.0.2.7", {"authorization": "Bearer right"}, 200),
        ("192.0.2.7", {"authorization": "Bearer wrong"}, 403),
        ("127.0.0.1", {"authorization": "Bearer "}, 200),
    ],
)
def test_who_may_read_metrics(
    client: Client, settings: object, address: str, headers: dict[str, str], status: int
) -> None:
    settings.METRICS_TOKEN = "right"

    answer = client.get("/metrics", headers=headers, REMOTE_ADDR=address)

    assert answer.status_code == status


def test_every_beat_entry_rings_a_task_that_exists() -> None:
    app.loader.import_default_modules()

    assert {entry.task for entry in BEAT_ENTRIES} <= set(app.tasks)
