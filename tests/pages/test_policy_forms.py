"""The policy and the schedules of an integration, as they are typed."""

from __future__ import annotations

import re

from django.urls import reverse

from sync.domain.reasons import reason
from sync.engine.parking import stored
from sync.models import Integration, ReviewItem
from sync.templatetags.sync_words import field_owner


def test_who_decides_on_a_field_is_said_alike_where_it_is_chosen_and_where_it_is_shown(
    admin, customer
):
    url = reverse("policy", args=[customer.integration.pk])

    choices = admin.get(url).context["form"].fields["supplier__owners__status"].choices

    assert [(owner, field_owner(owner)) for owner, _ in choices] == choices


def typed(admin, url: str, **changes: str) -> dict[str, str]:
    """What the page would send, with changes."""
    fields = admin.get(url).context["form"]
    data = {
        name: fields.get_initial_for_field(field, name) for name, field in fields.fields.items()
    }
    return {name: value for name, value in data.items() if value not in (None, False)} | changes


def test_a_policy_that_would_book_twice_is_refused_at_its_field(customer, admin):
    url = reverse("policy", args=[customer.integration.pk])
    data = typed(admin, url)

    refused = admin.post(url, {**data, "invoice__lines_account": "mapped"})
    agreed = admin.post(url, {**data, "match__price_percent": "3"})

    assert "twice" in refused.context["form"].errors["invoice__lines_account"][0]
    assert agreed.status_code == 302
    with customer.scope():
        policy = Integration.objects.get().policy
        assert (policy["match"]["price_percent"], policy["invoice"]["post"]) == ("3", False)


def test_the_policy_opens_the_group_that_holds_an_error(customer, admin):
    url = reverse("policy", args=[customer.integration.pk])
    page = admin.get(url)
    data = typed(admin, url)

    refused = admin.post(url, {**data, "match__price_percent": "much"})

    assert opened(page) == ["Invoices and journal"]
    assert opened(refused) == ["Matching"]


def opened(page):
    return re.findall(r'<details class="card" open><summary><h2>([^<]+)', page.content.decode())


def test_the_stricter_side_is_on_offer_for_blocks_and_where_it_is_stored(customer, admin):
    url = reverse("policy", args=[customer.integration.pk])
    supplier = {"owners": {"address": "stricter"}}
    with customer.scope():
        Integration.objects.update(policy={**customer.integration.policy, "supplier": supplier})

    fields = admin.get(url).context["form"].fields

    stricter = [name for name in fields if "stricter" in dict(getattr(fields[name], "choices", ()))]
    assert stricter == ["supplier__owners__address", "supplier__owners__status"]


def test_a_cause_of_unlike_units_leads_to_the_factors_of_the_policy(customer, admin):
    with customer.scope():
        review = ReviewItem.objects.filter(state="open").first()
        why = reason("unit_differs", line=1, unit="BX", order="7", order_line=1, order_unit="EA")
        review.code, review.cause, review.reason = why.code, why.cause, stored(why)
        review.save()

    text = admin.get(reverse("review", args=[review.pk])).content.decode()

    assert "Say in the policy how many EA one BX is" in text
    page = reverse("policy", args=[customer.integration.pk])
    [link] = re.findall(rf'href="({page}[^"]+)">Open the policy', text)
    assert link.endswith("#id_match__unit_factors")
    there = admin.get(link)
    assert opened(there) == ["Matching"]
    assert 'id="id_match__unit_factors"' in there.content.decode()


def test_a_schedule_shows_its_next_five_times_before_it_is_saved(customer, admin, pages):
    url = next(place.url for place in pages if place.name == "schedule")
    wanted = {"kind": "daily", "at": "07:00", "days": ["mon", "tue"], "enabled": "on"}

    looked = admin.get(url, wanted, headers={"HX-Request": "true"})
    saved = admin.post(url, wanted, follow=True)

    assert len(looked.context["times"]) == 5
    assert "Monday and Tuesday at 07:00" in saved.content.decode()


def test_what_is_wrong_in_lines_is_told_with_the_line_as_typed_and_the_limit(customer, admin):
    url = reverse("policy", args=[customer.integration.pk])
    lines = (
        "\r\nsupplier 1: price percent 5\r\n\r\nsupplier 2: price percent 5, price amount much",
        "1 BX = 12 EA\r\n \r\n1 CS = none EA",
    )

    page = admin.post(
        url, typed(admin, url, match__overrides=lines[0], match__unit_factors=lines[1])
    )

    errors = page.context["form"].errors
    assert errors["match__overrides"][0].startswith("Line 4, price amount: must be ")
    assert errors["match__unit_factors"][0].startswith("Line 3, factor: must be ")


def test_factors_between_units_are_written_one_a_line_and_refused_at_their_line(customer, admin):
    url = reverse("policy", args=[customer.integration.pk])
    data = typed(admin, url)

    unread = admin.post(url, {**data, "match__unit_factors": "BX: 12"})
    refused = admin.post(url, {**data, "match__unit_factors": "1 BX = 12 EA\n1 BX = 10 EA"})
    agreed = admin.post(url, {**data, "match__unit_factors": "1 BX = 12 EA\n1 BX = 10 EA for 77"})

    assert "a line reads 1 BX = 12 EA" in unread.context["form"].errors["match__unit_factors"][0]
    [said] = refused.context["form"].errors["match__unit_factors"]
    assert said == "Line 2: 1 BX = 10 EA contradicts the entries before it: 1 BX = 12 EA"
    assert agreed.status_code == 302
    with customer.scope():
        assert Integration.objects.get().policy["match"]["unit_factors"] == [
            {"unit": "BX", "of": "EA", "factor": "12"},
            {"unit": "BX", "of": "EA", "factor": "10", "item": "77"},
        ]
