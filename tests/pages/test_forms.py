"""What forms say: errors at their fields, effects in the words of the button."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from connectors.models import Connection
from connectors.secrets import unseal_secret
from connectors.services import connection_create
from connectors.web.forms import SettingsForm, usual_token_url
from sync.domain.reasons import reason
from sync.engine.parking import stored
from sync.models import Document, Integration, MappingEntry, Override, ReviewItem
from tenants.models import Membership
from tenants.organizations import organization_of
from tests import factories

SIGN_UP = {
    "email": "ap@kestrel.example",
    "password": "three quiet words here",
    "time_zone": "Europe/Berlin",
}


@pytest.fixture
def admin(customer, log_in) -> Client:
    return log_in(customer.tenant, "admin")


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("password", "short", "at least 12 characters"),
        ("email", "no address", "valid email"),
    ],
)
def test_sign_up_says_at_the_field_what_is_wrong(db, field, value, words):
    answer = Client().post(reverse("signup"), {**SIGN_UP, field: value})

    said = " ".join(answer.context["form"].errors.get(field, []))
    assert answer.status_code == 422
    assert words in said


def test_sign_up_leads_to_the_set_up(db):
    client = Client()

    answer = client.post(reverse("signup"), SIGN_UP, follow=True)

    assert answer.redirect_chain[-1][0] == reverse("setup")
    assert "Connect JAGGAER" in answer.content.decode()


@pytest.mark.parametrize(
    ("zone", "kept"), [("Asia/Tokyo", "Asia/Tokyo"), ("Mars/Olympus", "UTC"), ("", "UTC")]
)
def test_sign_up_guesses_the_organization_and_takes_the_zone_of_the_browser(db, zone, kept):
    client = Client()

    page = client.post(reverse("signup"), {**SIGN_UP, "time_zone": zone}, follow=True)

    tenant = page.wsgi_request.tenant
    assert (tenant.name, tenant.time_zone) == ("Kestrel", kept)


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("ap@kestrel.example", "Kestrel"),
        ("ap@mail.north-sea-ports.co.uk", "North Sea Ports"),
        ("maria.weber@gmail.com", "Maria Weber"),
        ("ap@localhost", "Ap"),
        ("", "My organization"),
    ],
)
def test_an_organization_is_named_after_its_mail(address, name):
    assert organization_of(address) == name


@pytest.mark.parametrize(
    ("base", "token"),
    [
        (
            "https://acme.eu.api.jaggaer.com/j1p/api/public",
            "https://acme.eu.api.jaggaer.com/auth/realms/J1p-integrations/protocol/openid-connect"
            "/token",
        ),
        (
            "https://acme.bravosolution.co.uk/esop/jint/api/public/",
            "https://acme.bravosolution.co.uk/esop/jint/api/public/v1/tokens",
        ),
        ("https://gateway.example/jaggaer", ""),
        ("acme", ""),
    ],
)
def test_the_token_address_of_jaggaer_follows_from_its_api_address(base, token):
    assert usual_token_url(base) == token


def test_a_token_address_that_does_not_follow_is_asked_for(admin):
    given = {"base_url": "https://gateway.example/api", "client_id": "me", "client_secret": "s"}

    answer = admin.post(reverse("connection-new", args=["jaggaer"]), given)

    assert answer.status_code == 422
    assert "Enter it as JAGGAER gave it" in answer.context["form"].errors["token_url"][0]
    assert "<details open>" in answer.content.decode()


@pytest.mark.parametrize(
    ("more", "auth"),
    [({}, "basic"), ({"token_url": "https://id.example/token"}, "oauth2")],
)
def test_on_premises_a_key_logs_in_unless_a_token_address_is_named(customer, admin, more, auth):
    given = {"base_url": "https://erp.example:7048/BC/", "client_id": "me", "client_secret": "s"}

    admin.post(reverse("connection-new", args=["nav"]), {**given, **more})

    with customer.scope():
        made = Connection.objects.order_by("-created_at").first()
        assert made.settings.get("auth", "oauth2") == auth
        assert made.settings.get("token_url") == more.get("token_url")


def test_a_client_id_of_entra_logs_in_on_premises_by_the_organizations_own_domain(customer, log_in):
    person = log_in(customer.tenant, "admin")
    given = {
        "base_url": "https://erp.example:7048/BC/",
        "client_id": "6b6c4f0e-8f5e-4a39-9d53-0a4d5e6f7a81",
        "client_secret": "s",
    }

    person.post(reverse("connection-new", args=["nav"]), given)

    with customer.scope():
        made = Connection.objects.order_by("-created_at").first()
        assert made.settings.get("auth", "oauth2") == "oauth2"
        token_url = "https://login.microsoftonline.com/kestrel.example/oauth2/v2.0/token"
        assert made.settings["token_url"] == token_url


def test_an_address_in_the_cloud_needs_no_token_address(admin):
    cloud = "https://api.businesscentral.dynamics.com/v2.0/kestrel.example/production/"

    page = admin.get(reverse("connection-new", args=["nav"]), {"base_url": cloud})

    assert "in the cloud" in page.content.decode()
    assert "token_url" not in page.context["form"].fields


def test_an_address_in_the_cloud_without_its_tenant_takes_the_domain_of_the_person(customer, admin):
    given = {"base_url": "https://api.businesscentral.dynamics.com/v2.0/Production/"}

    page = admin.get(reverse("connection-new", args=["nav"]), given)
    secret = {"client_id": "me", "client_secret": "s"}
    admin.post(reverse("connection-new", args=["nav"]), {**given, **secret})

    assert "in the cloud" in page.content.decode()
    with customer.scope():
        made = Connection.objects.order_by("-created_at").first()
        token_url = "https://login.microsoftonline.com/kestrel.example/oauth2/v2.0/token"
        assert made.settings["token_url"] == token_url


def test_a_server_on_premises_asks_for_its_log_in(admin):
    page = admin.get(reverse("connection-new", args=["nav"]), {"base_url": "https://erp:7048/BC/"})

    assert "token_url" in page.context["form"].fields


def test_a_wrong_address_is_named_at_its_field_and_the_secret_is_not_sent_back(admin):
    answer = admin.post(
        reverse("connection-new", args=["jaggaer"]),
        {
            "base_url": "https://user:pw@j1p.example/api",
            "token_url": "https://id.example/token",
            "client_id": "me",
            "client_secret": "very-secret",
        },
    )

    assert answer.status_code == 422
    assert answer.context["form"].errors["base_url"]
    assert "very-secret" not in answer.content.decode()


@pytest.mark.parametrize(
    ("more", "status"),
    [({}, 422), ({"client_id": "me", "client_secret": "new"}, 302)],
)
def test_another_log_in_or_host_is_changed_together_with_its_credentials(
    customer, admin, more, status
):
    with customer.scope():
        made = connection_create(
            kind="nav",
            name="NAV by key",
            settings={"base_url": "https://erp.example:7048/BC/", "auth": "basic"},
            secret={"username": "me", "password": "key"},
        )
    page = reverse("connection-edit", args=[made.pk])
    given = {"name": "NAV", "base_url": "https://other.example:7048/BC/", "auth": ""}

    answer = admin.post(page, {**given, "token_url": "https://id.example/t", **more})

    assert answer.status_code == status
    with customer.scope():
        kept = Connection.objects.get(pk=made.pk)
        if status == 302:
            assert kept.settings["base_url"] == given["base_url"]
            assert unseal_secret(kept) == {"client_id": "me", "client_secret": "new"}
        else:
            assert answer.context["form"].errors["client_secret"]
            assert unseal_secret(kept) == {"username": "me", "password": "key"}


def test_a_check_sends_its_findings_and_keeps_them(customer, admin):
    id = customer.integration.ledger_id

    answer = admin.post(reverse("connection-check", args=[id]))

    text = answer.content.decode()
    assert sum(b'class="badge' in piece for piece in answer.pieces) > 3  # one by one
    assert re.search(r"nav \d+ works", text)
    assert text.rstrip().endswith("</html>")
    with customer.scope():
        assert Connection.objects.get(pk=id).health == "ok"


def test_a_policy_that_would_book_twice_is_refused_at_its_field(customer, admin):
    url = reverse("policy", args=[customer.integration.pk])
    fields = admin.get(url).context["form"]
    data = {
        name: fields.get_initial_for_field(field, name) for name, field in fields.fields.items()
    }
    data = {name: value for name, value in data.items() if value not in (None, False)}

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
    fields = page.context["form"]
    data = {
        name: fields.get_initial_for_field(field, name) for name, field in fields.fields.items()
    }
    data = {name: value for name, value in data.items() if value not in (None, False)}

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


def test_factors_between_units_are_written_one_a_line_and_refused_at_their_line(customer, admin):
    url = reverse("policy", args=[customer.integration.pk])
    fields = admin.get(url).context["form"]
    data = {
        name: fields.get_initial_for_field(field, name) for name, field in fields.fields.items()
    }
    data = {name: value for name, value in data.items() if value not in (None, False)}

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


def test_mapping_on_the_page_of_a_cause_releases_what_waited(customer, admin):
    with customer.scope():
        review = ReviewItem.objects.filter(cause__startswith="mapping ledger_account").first()
        target = MappingEntry.objects.filter(kind="ledger_account", state="ok").first().target_code

    answer = admin.post(
        reverse("review-map", args=[review.pk]), {"target_code": target}, follow=True
    )

    assert f"was mapped to {target}" in answer.content.decode()
    with customer.scope():
        assert Document.objects.filter(state="received").exists()


def test_a_rejected_cause_leaves_the_queue_with_the_words_of_the_button(customer, admin):
    with customer.scope():
        review = ReviewItem.objects.filter(state="open").first()

    answer = admin.post(
        reverse("review-resolve", args=[review.pk]), {"action": "reject"}, follow=True
    )

    assert "rejected" in answer.content.decode()
    with customer.scope():
        assert ReviewItem.objects.get(pk=review.pk).state == "resolved"


def test_accepting_what_no_person_may_accept_says_so(customer, admin):
    with customer.scope():
        reviews = ReviewItem.objects.filter(state="open")
        review = next(row for row in reviews if not row.reason.get("acceptable"))

    answer = admin.post(
        reverse("review-resolve", args=[review.pk]),
        {"action": "accept", "note": "fine"},
        follow=True,
    )

    assert "Fix the cause instead" in answer.content.decode()


def test_a_schedule_shows_its_next_five_times_before_it_is_saved(customer, admin, pages):
    url = next(place.url for place in pages if place.name == "schedule")
    wanted = {"kind": "daily", "at": "07:00", "days": ["mon", "tue"], "enabled": "on"}

    looked = admin.get(url, wanted, headers={"HX-Request": "true"})
    saved = admin.post(url, wanted, follow=True)

    assert len(looked.context["times"]) == 5
    assert "Monday and Tuesday at 07:00" in saved.content.decode()


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


def test_with_four_eyes_a_second_person_accepts_on_the_page(customer, log_in):
    with customer.scope():
        Integration.objects.update(policy={**customer.integration.policy, "four_eyes": True})
        review = ReviewItem.objects.filter(state="open").first()
        waits = Document.objects.filter(waits__cause=review.cause)
        why = reason("price_over_tolerance", document=review.document.source_id, line=1, price=12)
        waits.update(reasons=[stored(why) | {"cause": review.cause}])
        ReviewItem.objects.filter(pk=review.pk).update(code=why.code, reason=stored(why))
    url, data = reverse("review-resolve", args=[review.pk]), {"action": "accept", "note": "agreed"}
    first, second = log_in(customer.tenant, "operator"), log_in(customer.tenant, "operator")

    asked = first.post(url, data, follow=True).content.decode()
    again = first.post(url, data, follow=True).content.decode()
    page = second.get(reverse("review", args=[review.pk])).content.decode()
    second.post(url, data, follow=True)

    assert "A second person must accept" in asked
    assert "A second person must accept" in again
    assert "Waits for a second person" in page
    with customer.scope():
        override = Override.objects.filter(code="price_over_tolerance").first()
        assert ReviewItem.objects.get(pk=review.pk).state == "resolved"
    assert override.actor != override.second_actor
    assert override.evidence["price"] == 12


def test_an_api_key_is_shown_once(admin):
    made = admin.post(reverse("api-keys"), {"name": "report", "role": "viewer"})

    key = made.context["key"]
    assert key in made.content.decode()
    assert key not in admin.get(reverse("api-keys")).content.decode()


def test_an_invitation_is_accepted_with_a_password(
    customer, admin, mailoutbox, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        admin.post(reverse("members"), {"email": "colleague@kestrel.example", "role": "operator"})
    link = re.search(r"/join/\S+", mailoutbox[-1].body)[0]
    guest = Client()

    joined = guest.post(link, {"password": "three quiet words here"}, follow=True)

    assert "You joined World Ltd." in joined.content.decode()
    with customer.scope():
        row = Membership.objects.get(user__email="colleague@kestrel.example")
        assert row.role == "operator"


def test_the_tenant_chooses_how_numbers_look(customer, admin):
    admin.post(reverse("organization"), {"name": "World Ltd", "time_zone": "UTC", "locale": "de"})

    text = admin.get(reverse("documents"), {"resource": "invoice"}).content.decode()

    assert re.search(r"\d,\d\d\N{NO-BREAK SPACE}GBP", text)


def test_who_belongs_to_nobody_is_told_so(db):
    client = Client()
    client.force_login(factories.user())

    answer = client.get("/")

    assert answer.status_code == 403
    assert "You belong to no organization" in answer.content.decode()


def test_a_page_that_does_not_exist_carries_a_reference(admin):
    answer = admin.get("/documents/none/")

    assert answer.status_code == 404
    assert answer.headers["X-Request-ID"] in answer.content.decode()


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


def test_a_list_among_the_settings_is_typed_with_commas():
    now = {"base_url": "https://nav.example/BC/", "shortcut_dimensions": ["DEPARTMENT", "AREA"]}
    shown = SettingsForm("nav", now).initial
    typed = {name: value for name, value in shown.items() if value is not None}

    form = SettingsForm("nav", now, {**typed, "name": "NAV", "local_currency": "GBP"})

    assert shown["shortcut_dimensions"] == "DEPARTMENT, AREA"
    assert form.is_valid(), form.errors
    assert form.settings()["shortcut_dimensions"] == ["DEPARTMENT", "AREA"]
    assert form.settings()["local_currency"] == "GBP"


def test_the_only_administrator_is_offered_neither_another_role_nor_the_way_out(db, log_in):
    tenant = factories.tenant("Alone Ltd")
    client = log_in(tenant, "admin")
    alone = client.get(reverse("members")).content.decode()
    factories.member(tenant, "admin")
    two = client.get(reverse("members")).content.decode()

    assert ("The only administrator" in alone, alone.count(">Remove<")) == (True, 0)
    assert ("The only administrator" in two, two.count(">Remove<")) == (False, 2)


@pytest.mark.parametrize("name", ["documents", "suppliers", "reviews"])
def test_where_nothing_has_arrived_there_is_nothing_to_search(db, log_in, name):
    client = log_in(factories.tenant("New Ltd"), "admin")

    text = client.get(reverse(name)).content.decode()

    assert 'class="filters' not in text
    assert text.count('class="button main"') == 1
    assert "Go on with the set-up" in text
