"""What support finds, what it is shown, and what nobody is ever shown."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connections
from django.db.models import Q
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit import record
from connectors.models import Connection
from sync.models import Document, MappingEntry, Run, Version
from tenants.models import User
from tenants.scoping import tenant_scope
from tenants.support.cells import agreeing, counted
from tests.admin import pages
from tests.admin.conftest import CANARY, TOTP_SECRET, enroll
from tests.api import rows as make

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "support"])
MOST_QUERIES = 15


def found(client, text: str) -> str:
    answer = client.get(reverse("admin:find"), {"q": text})
    assert answer.status_code == 200
    return answer.content.decode()


QUOTED = (
    ("I-KES-1", "invoice"),
    ("2026/kes/17", "invoice"),
    ("2026-KES-17", "invoice"),
    ("PI-KES-1", "invoice"),
    ("V-KES", "invoice"),
    ("{invoice.source_id}", "invoice"),
    ("{invoice.pk}", "invoice"),
    ("Kestr", "tenant"),
    ("{tenant.pk}", "tenant"),
    ("AP@kestrel", "person"),
    ("{key.hint}", "key"),
    ("{raw_key}", "key"),
    ("{key.name}", "key"),
    ("{connection.name}", "connection"),
    ("nav.example", "connection"),
    ("{integration.name}", "integration"),
    ("{run.pk}", "run"),
    ("0123456789ab", "run"),
    ("mapping ledger_account OFFICE", "review"),
    ("mapping ledger", "review"),
    ("TRAVEL Kestrel Ltd", "mapping"),
    ("{write.natural_key}", "write"),
    ("  {write.pk} ", "write"),
)


def test_what_a_customer_quotes_leads_to_it(operator, customer, neighbor):
    """One customer for the whole table: making one takes longer than a search."""
    for quoted, leads_to in QUOTED:
        text = quoted.format(**vars(customer))
        link = f'href="{pages.page_of(getattr(customer, leads_to))}"'
        assert link in found(operator, text), quoted


def test_a_suppliers_name_leads_to_the_supplier(operator, customer):
    supplier = make.document(
        customer.integration, "supplier", supplier_name="Baron Blakeslee", source_id="S-9"
    )

    assert pages.page_of(supplier) in found(operator, "baron b")


def test_a_request_id_leads_to_its_events(operator, customer):
    from audit.context import acting

    with acting(request_id="request-of-a-customer"), tenant_scope(customer.tenant.pk):
        record("run.queued", target=customer.run, facts={"flow": "invoices", "trigger": "api"})

    assert "A run of invoices was asked for" in found(operator, "request-of-a-customer")


def test_what_means_nothing_finds_nothing(operator, customer):
    for text in ("nothing of the kind", "%", "_", "'; drop table", "\x00", "", "🚀"):
        assert "/change/" not in found(operator, text), repr(text)


def test_a_search_that_takes_too_long_is_given_up_and_said(operator, customer, monkeypatch):
    from tenants.support.supportsite import site

    documents = site._registry[Document]
    slow = lambda request, text: documents.get_queryset(request).extra(  # noqa: E731
        where=["pg_sleep(1) is not null"]
    )
    monkeypatch.setattr(documents, "found", slow)
    monkeypatch.setattr("tenants.support.supportsite._PATIENCE", "50ms")

    page = found(operator, "Kestrel")

    assert "took too long" in page
    assert pages.page_of(customer.tenant) in page


def test_a_customers_list_finds_beginnings_and_nothing_of_others(operator, customer, neighbor):
    mine = operator.get(
        pages.list_of(Document), {"q": "I-", "tenant": str(customer.tenant.pk)}
    ).content.decode()
    everybody = operator.get(pages.list_of(Document), {"q": "I-"}).content.decode()

    assert pages.page_of(customer.invoice) in mine
    assert pages.page_of(neighbor.invoice) not in mine
    assert pages.page_of(customer.invoice) not in everybody


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ({"state__exact": "parked"}, "parked"),
        ({"resource": "invoice", "state__exact": "written"}, "invoice"),
        ({"review": "{review.pk}"}, "parked"),
        ({"integration": "{integration.pk}", "state__exact": "written"}, "invoice"),
    ],
)
def test_documents_are_narrowed(operator, customer, neighbor, query, kept):
    asked = {name: value.format(**vars(customer)) for name, value in query.items()}

    page = operator.get(pages.list_of(Document), asked).content.decode()

    others = {"parked", "invoice"} - {kept}
    assert pages.page_of(getattr(customer, kept)) in page
    assert not any(pages.page_of(getattr(customer, one)) in page for one in others)


def test_a_narrowing_that_means_nothing_shows_nothing(operator, customer):
    for name in ("tenant", "integration", "review"):
        for value in ("not-an-id", "01a204e0-f31b-75a6-9234-3bd421c69671", "%00"):
            answer = operator.get(f"{pages.list_of(Document)}?{name}={value}")

            assert answer.status_code == 200, (name, value)
            assert pages.page_of(customer.invoice) not in answer.content.decode(), (name, value)


def test_a_page_of_nothing_is_not_found(operator, customer):
    for key in ("7", "not-an-id", "01a204e0-f31b-75a6-9234-3bd421c69671"):
        page = pages.page_of(customer.invoice).replace(str(customer.invoice.pk), key)

        assert operator.get(page).status_code == 404, key


def test_a_document_tells_its_story(operator, customer):
    with tenant_scope(customer.tenant.pk):
        record(
            "document.received",
            target=customer.invoice,
            document=customer.invoice.pk,
            facts={"version": 2, "content": "digest-for-programs"},
        )

    page = operator.get(pages.page_of(customer.invoice)).content.decode()

    for told in (
        "was received from the source (version 2)",
        "119.50 USD fits order PO-1: 1 line within every limit.",
        "PI-KES-1",
        "Pipette tips",
        "INV|V1|I-KES-1",
        "119.50 USD",
    ):
        assert told in page
    assert "digest-for-programs" not in page


def test_a_failed_run_says_who_does_what(operator, customer):
    page = operator.get(pages.page_of(customer.run)).content.decode()

    for told in ("Quote 0123456789ab to support", "What to do", "Quote the reference number"):
        assert told in page


def test_a_customers_page_holds_what_support_asks_first(operator, customer, neighbor):
    page = operator.get(pages.page_of(customer.tenant)).content.decode()

    for row in (customer.connection, customer.run, customer.review, customer.key, customer.person):
        assert pages.page_of(row) in page, type(row).__name__
    for row in (neighbor.connection, neighbor.run, neighbor.review, neighbor.key, neighbor.person):
        assert pages.page_of(row) not in page, type(row).__name__


def test_one_row_is_counted_as_one_and_every_cell_carries_its_heading(
    operator, customer, beat_entry
):
    entries = operator.get(reverse("admin:django_celery_beat_periodictask_changelist"))
    page = operator.get(reverse("admin:tenants_tenant_change", args=[customer.tenant.pk]))
    people = operator.get(reverse("admin:tenants_user_changelist"))

    assert '<th data-label="Mail address" class=' in people.content.decode()
    assert "1 periodic task\n" in entries.content.decode()
    assert '<td data-label="Mail address"><a href=' in page.content.decode()


def test_lists_and_pages_call_a_thing_the_same(operator, customer):
    page = operator.get(pages.page_of(customer.connection)).content.decode()
    listed = operator.get(pages.list_of(Connection)).content.decode()
    key = operator.get(pages.page_of(customer.key)).content.decode()

    for told in ("Microsoft Dynamics NAV / Business Central", "needs attention", ">never<"):
        assert told in page, told
        assert told in listed, told
    assert "Base address" in page
    assert "base_url" not in page
    assert "<dd>Administrator</dd>" in key


def test_codes_are_said_in_words(operator, customer):
    entry = operator.get(pages.page_of(customer.mapping)).content.decode()
    review = operator.get(pages.page_of(customer.review)).content.decode()
    runs = operator.get(pages.list_of(Run)).content.decode()

    assert "ledger account TRAVEL Kestrel Ltd → 6110" in entry
    assert "<em>What is mapped</em> ledger account" in review
    assert re.search(r'href="\?trigger=api">\s*API\s*<', runs)


def test_amounts_stand_below_each_other_with_their_heading(operator, customer):
    page = operator.get(pages.page_of(customer.review)).content.decode()

    assert '<th scope="col" class="figure">Amount</th>' in page
    assert '<td data-label="Amount" class="figure">119.50 USD</td>' in page
    assert '<td data-label="What">invoice</td>' in page


def test_one_and_many_agree_with_their_number():
    assert counted(1, "document") == "1 document"
    assert counted(0, "document") == "0 documents"
    assert agreeing(1, "run failed", "runs failed") == "run failed"
    assert agreeing(2, "run failed", "runs failed") == "runs failed"


def test_an_integrations_counts_lead_to_a_list_that_shows_how_it_is_narrowed(operator, customer):
    page = operator.get(pages.page_of(customer.integration)).content.decode()
    [link] = set(re.findall(r'href="([^"]*resource=invoice[^"]*state__exact=parked)"', page))

    listed = operator.get(link.replace("&amp;", "&")).content.decode()

    assert pages.page_of(customer.parked) in listed
    assert pages.page_of(customer.invoice) not in listed
    assert re.search(r'<li class="selected">\s*<a [^>]*>\s*Invoice\s*</a>', listed)


def test_what_has_no_way_back_looks_dangerous(logged_in, customer):
    person = customer.person.pk
    page = reverse("admin:tenants_user_change", args=[person])
    superuser = logged_in("superuser")

    buttons = superuser.get(page).content.decode()
    asked = superuser.get(f"{reverse('admin:tenants_user_erase-member')}?id={person}")

    final = re.findall(r'class="button final" href="[^"]*">(.*?) …', buttons)
    assert final == ["Erase this person"]
    assert 'class="final" value="Erase this person"' in asked.content.decode()


def test_what_came_from_outside_is_escaped(operator, customer):
    bad = "<script>alert(1)</script>"
    row = make.document(
        customer.integration,
        reference=bad,
        supplier_name=bad,
        lines=[{"number": 1, "description": bad}],
        match={"sentence": bad},
    )

    for page in (pages.page_of(row), pages.list_of(Document), f"{reverse('admin:find')}?q={bad}"):
        assert bad not in operator.get(page).content.decode(), page


def test_no_page_shows_a_secret(logged_in, customer, beat_entry, staff_log):
    superuser = logged_in("superuser")
    user = User.objects.get(email="superuser@support.example")
    _, codes = enroll(user)
    secrets = [
        CANARY,
        customer.raw_key,
        "s3cr3t-of-4711",
        "client-4711",
        TOTP_SECRET,
        codes[0],
        user.password,
        customer.person.password,
        superuser.session.session_key,
    ]

    for page in pages.every_page():
        text = superuser.get(page).content.decode()
        assert not [secret for secret in secrets if secret in text], page


def test_the_canaries_are_where_they_could_be_shown(customer):
    with tenant_scope(customer.tenant.pk):
        version = Version.objects.get(document=customer.invoice, number=2)

    assert version.payload["clientSecret"] == CANARY
    assert customer.connection.settings["password"] == CANARY


def test_models_that_hold_secrets_have_no_page():
    from tenants.support.supportsite import site

    shown = {model._meta.label for model in site._registry}

    assert not shown & {
        "mfa.Authenticator",
        "sessions.Session",
        "tenants.TenantKey",
        "connectors.AccessToken",
        "tenants.SignUp",
        "tenants.StoredAnswer",
        "axes.AccessAttempt",
    }


def test_lists_ask_a_fixed_number_of_questions(operator, customer, neighbor, beat_entry, staff_log):
    for number in range(20):
        make.document(customer.integration, reference=f"B-{number}")
        with tenant_scope(customer.tenant.pk):
            MappingEntry.objects.create(
                integration=customer.integration,
                kind="tax",
                source_code=f"{number}",
                target_code="V",
            )

    for page in (*pages.lists(), f"{pages.list_of(Document)}?q=B-7&tenant={customer.tenant.pk}"):
        assert _queries(operator, page) <= MOST_QUERIES, page


def test_pages_of_one_thing_ask_a_bounded_number_of_questions(
    operator, customer, beat_entry, staff_log
):
    for page in [one for one in pages.every_page() if one.endswith("/change/")]:
        assert _queries(operator, page) <= 25, page


def _queries(client, page: str) -> int:
    with (
        CaptureQueriesContext(connections["default"]) as own,
        CaptureQueriesContext(connections["support"]) as support,
    ):
        assert client.get(page).status_code == 200
    return len(own) + len(support)


def test_every_number_of_a_document_has_an_index_to_be_found_by(customer):
    from tenants.support.supportsite import site

    indexed = {tuple(one.fields) for one in (*Document._meta.indexes, *Document._meta.constraints)}

    ways = _ways(site._registry[Document].terms("4711"))

    assert {"reference", "number_key", "reference_key", "source_id"} <= set().union(*ways)
    for way in ways - {("pk__in",), _NAMES}:
        fields = {name.removesuffix("__in") for name in way}
        assert any(fields == set(one[: len(fields)]) for one in indexed), fields


# Suppliers are few, and read one by one.
_NAMES = ("integration__in", "flow_name", "supplier_name__istartswith")


def _ways(condition: Q) -> set[tuple[str, ...]]:
    """Return the fields that each alternative compares."""
    if condition.connector == Q.OR:
        return {way for child in condition.children for way in _ways(_as_q(child))}
    ways: set[tuple[str, ...]] = {()}
    for child in condition.children:
        more = _ways(child) if isinstance(child, Q) else {(child[0],)}
        ways = {way + one for way in ways for one in more}
    return ways


def _as_q(child: Any) -> Q:
    return child if isinstance(child, Q) else Q(child)


@pytest.mark.parametrize("name", [{"source_id": "V-KES"}, {"supplier_erp_number": "V1000"}])
def test_a_supplier_leads_to_its_documents_and_back(operator, customer, name):
    supplier = make.document(customer.integration, "supplier", supplier_name="Paper Mill", **name)
    with tenant_scope(customer.tenant.pk):
        Document.objects.filter(pk=customer.invoice.pk).update(supplier_erp_number="V1000")

    of_supplier = operator.get(pages.page_of(supplier)).content.decode()
    of_invoice = operator.get(pages.page_of(customer.invoice)).content.decode()
    listed = operator.get(pages.list_of(Document), {"supplier": next(iter(name.values()))})

    assert pages.page_of(customer.invoice) in of_supplier
    assert pages.page_of(supplier) in of_invoice
    assert pages.page_of(customer.invoice) in listed.content.decode()
    assert pages.page_of(customer.parked) not in listed.content.decode()


def test_an_event_leads_to_what_it_is_about(operator, customer):
    with tenant_scope(customer.tenant.pk):
        record("run.started", target=customer.run, run=customer.run.pk, facts={"flow": "invoices"})
    [event] = customer.events("run.started")

    page = operator.get(pages.page_of(event)).content.decode()

    assert page.count(f'href="{pages.page_of(customer.run)}"') == 2
