"""After a restore, what an earlier life may have sent is told from what this one plans."""

import pytest
from django.core.management import call_command

from sync.engine.writing.chain import current_life

pytestmark = pytest.mark.django_db


def test_a_restore_begins_the_next_life() -> None:
    before = current_life()

    call_command("restored", note="snapshot of 02:00")
    call_command("restored")

    assert before.number == 1
    assert current_life().number == 3
    assert current_life().begun_at is not None
