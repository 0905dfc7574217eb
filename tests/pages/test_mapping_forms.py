"""Mappings as files and in the grid: looked at before they are stored."""

from __future__ import annotations

import re

from django.urls import reverse

from sync.models import MappingEntry


def test_mappings_go_out_and_come_in_as_csv(customer, admin, tmp_path):
    args = [customer.integration.pk, "ledger_account"]
    file = tmp_path / "mapping.csv"
    file.write_bytes(admin.get(reverse("mapping-export", args=args)).content)

    with file.open("rb") as lines:
        data = {"file": lines, "keep_invalid": "on"}
        answer = admin.post(reverse("mapping-import", args=args), data, follow=True)

    assert "Imported: 0 new, 0 changed" in answer.content.decode()


def test_an_import_is_looked_at_and_then_confirmed(customer, admin, tmp_path):
    args = [customer.integration.pk, "ledger_account"]
    with customer.scope():
        entry = MappingEntry.objects.filter(kind="ledger_account", state="ok").first()
        others = MappingEntry.objects.filter(kind="ledger_account", state="ok")
        target = others.exclude(target_code=entry.target_code).first().target_code
    file = tmp_path / "mapping.csv"
    file.write_text(f"source_code,target_code\n{entry.source_code},{target}\n")

    with file.open("rb") as lines:
        looked = admin.post(reverse("mapping-look", args=args), {"file": lines})
    with customer.scope():
        before = MappingEntry.objects.get(pk=entry.pk).replaced_at
    done = admin.post(
        reverse("mapping-import", args=args), {"text": looked.context["text"]}, follow=True
    )

    assert "Nothing was stored yet" in looked.content.decode()
    assert looked.context["seen"].imported.updated == 1
    assert before is None
    assert "Imported: 0 new, 1 changed" in done.content.decode()


def test_what_is_typed_is_mapped_without_a_tick_and_a_proposal_only_with_one(customer, admin):
    with customer.scope():
        accounts = MappingEntry.objects.filter(kind="ledger_account").order_by("source_code")
        target = accounts.first().target_code
    page = reverse("mapping-many", args=[customer.integration.pk, "ledger_account"])
    filled = {
        "target:TYPED": target,
        "target:PROPOSED": target,
        "proposed:PROPOSED": target,
        "target:TICKED": target,
        "proposed:TICKED": target,
        "target:EMPTY": "",
        "codes": ["TICKED"],
    }

    admin.post(page, filled)
    nothing = admin.post(page, {"target:EMPTY": " "}, follow=True).content.decode()

    with customer.scope():
        made = MappingEntry.objects.filter(source_code__in=["TYPED", "PROPOSED", "TICKED", "EMPTY"])
        assert {entry.source_code for entry in made} == {"TYPED", "TICKED"}
    assert "Tick a proposal or enter what a code means first." in nothing


def test_of_the_mapped_codes_one_is_changed_at_a_time(customer, admin):
    with customer.scope():
        rows = MappingEntry.objects.filter(kind="ledger_account", replaced_at=None, state="ok")
        entry = rows.order_by("source_code").first()
    page = f"{reverse('mappings')}?integration={customer.integration.pk}&kind=ledger_account"
    save = reverse("mapping-save", args=[customer.integration.pk, "ledger_account"])

    plain = admin.get(page).content.decode()
    asked = admin.get(f"{page}&change={entry.pk}").content.decode()
    odd = admin.get(f"{page}&change=nothing")

    assert save_forms(plain, save) == save_forms(odd.content.decode(), save)
    assert save_forms(asked, save) == [*save_forms(plain, save), str(entry.pk)]
    assert "change=" not in re.search(r'name="next" value="([^"]*)"', asked)[1]


def save_forms(page, address):
    return re.findall(rf'<form id="entry-([^"]+)" method="post" action="{address}"', page)
