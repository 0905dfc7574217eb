"""Doorbells. The rows say what there is to do; a lost or doubled ring harms nobody."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task

from sync.engine import tickets
from sync.engine.work import work as do_work
from sync.retention import purge_expired


@shared_task(ignore_result=True)
def tick() -> None:
    """Ring for every integration that has something to do."""
    for integration_id in tickets.due_tickets():
        work.delay(str(integration_id))


@shared_task(ignore_result=True)
def work(integration_id: str) -> None:
    """Do one slice for an integration, and go to the end of the line if there is more."""
    if do_work(UUID(integration_id)):
        work.delay(integration_id)


@shared_task(ignore_result=True)
def reap() -> None:
    """Look after integrations that nobody asked about for an hour."""
    tickets.wake_forgotten()


@shared_task(ignore_result=True)
def purge() -> None:
    """Drop what its retention has passed."""
    purge_expired()
