"""What came before masking knew a field is masked afterwards, once and for good."""

from __future__ import annotations

import io

import pytest
from django.core.management import call_command

from audit import selectors
from sync.models import Version
from tests import small

pytestmark = pytest.mark.django_db(transaction=True)
IBAN = "GB33BUKB20201555555555"


def test_payloads_kept_in_the_clear_are_masked_and_a_second_time_nothing_changes(tmp_path):
    lines = [small.supplier(0), small.order(0), small.invoice(0)]
    with small.small_world(tmp_path, lines) as world:
        world.run(*small.FLOWS)
        with world.scope():
            row = Version.objects.get(document__flow_name="suppliers")
            row.payload["payee"] = {"ibanBankAccountNumber": IBAN}
            row.save(update_fields=["payload"])

        first, second = io.StringIO(), io.StringIO()
        call_command("mask_again", stdout=first)
        call_command("mask_again", world.tenant.slug, stdout=second)

        with world.scope():
            kept = Version.objects.get(pk=row.pk).payload["payee"]["ibanBankAccountNumber"]
            [event] = selectors.events(action="document.masked_again")
    assert kept.startswith("masked:")
    assert kept.endswith(IBAN[-4:])
    assert "1 versions masked" in first.getvalue()
    assert "0 versions masked" in second.getvalue()
    assert event.facts == {"versions": 1}
