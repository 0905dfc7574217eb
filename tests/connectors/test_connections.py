"""A connection is added, changed, checked and deleted; its secret never shows again."""

import json
import logging

import pytest
from django.http import Http404

from audit.models import AuditEvent
from audit.redaction import DOTS, scrub
from connectors import registry, uses
from connectors.base import Company, CompanyUse, Finding, FindingStatus, Side
from connectors.errors import AuthenticationError, ConfigurationError
from connectors.models import AccessToken, Connection, Health
from connectors.outside import NetworkInTransaction
from connectors.runtime import open_connector
from connectors.secrets import unseal_secret
from connectors.services import (
    connection_companies,
    connection_create,
    connection_delete,
    connection_health,
    connection_ping,
    connection_update,
)
from tenants.ids import new_id
from tenants.refusal import Clash, Invalid
from tenants.scoping import tenant_scope
from tests import factories

pytestmark = pytest.mark.django_db

SECRET = {"client_id": "client-4711", "client_secret": "very/secret+value"}
SETTINGS = {"base_url": "https://nav.example:7048/BC/", "token_url": "https://id.example/token"}


@pytest.fixture
def tenant():
    return factories.tenant()


@pytest.fixture
def scope(tenant):
    with tenant_scope(tenant.pk):
        yield


def make(**values) -> Connection:
    return connection_create(
        **{"kind": "nav", "name": "Books", "settings": SETTINGS, "secret": SECRET, **values}
    )


def told(tenant) -> list[AuditEvent]:
    with tenant_scope(tenant.pk):
        return list(AuditEvent.objects.order_by("seq"))


class Probe:
    """A ledger that says what the test tells it to."""

    kind, label, documentation = "probe", "Probe", ""
    sides = (Side.LEDGER,)
    settings_schema = secret_schema = {}
    findings: tuple[Finding, ...] = ()
    error: Exception | None = None
    seen_uses: tuple[CompanyUse, ...] = ()
    closed = 0

    @classmethod
    def parse(cls, settings, secret):
        return dict(settings)

    @classmethod
    def principal(cls, settings, secret):
        return registry.Principal("probe.example", secret["client_id"], 5, 2)

    @classmethod
    def open(cls, settings, secret, wiring):
        return cls()

    def check(self, uses=()):
        Probe.seen_uses = tuple(uses)
        yield from self.findings
        if self.error:
            raise self.error

    def capabilities(self):
        return {"batch": True, "sets": ("vendors",)}

    def companies(self):
        return [Company("1", "CRONUS")]

    def close(self):
        Probe.closed += 1


@pytest.fixture
def probe(monkeypatch):
    monkeypatch.setitem(registry._kinds, "probe", Probe)
    for name, value in {"findings": (), "error": None, "seen_uses": (), "closed": 0}.items():
        monkeypatch.setattr(Probe, name, value)
    return Probe


def finding(status: str, code: str = "token") -> Finding:
    return Finding(code, "OAuth token", FindingStatus(status), f"{code} {status}", "Fix it.")


def test_a_new_connection_shows_nothing_of_its_secret(tenant, scope):
    made = make()

    assert (made.health, made.secret_hint) == (Health.UNKNOWN, "4711")
    assert made.secret_set_at is not None
    assert SECRET["client_secret"].encode() not in bytes(made.secret)
    assert unseal_secret(made)["client_secret"] == SECRET["client_secret"]


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"kind": "sap"}, "kind"),
        ({"kind": None}, "kind"),
        ({"name": " "}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"settings": {}}, "settings.base_url"),
        ({"settings": {**SETTINGS, "colour": "red"}}, "settings.colour"),
        ({"settings": {**SETTINGS, "max_parallel": "many"}}, "settings.max_parallel"),
        ({"settings": "x"}, "settings"),
        ({"secret": {"client_id": "x"}}, "secret.client_secret"),
        ({"secret": {**SECRET, "pin": "1"}}, "secret.pin"),
        ({"secret": "x"}, "secret"),
        ({"kind": "jaggaer", "settings": {"base_url": "https://x.example"}}, "settings.token_url"),
        ({"kind": "jaggaer", "secret": {}}, "secret.client_id"),
    ],
)
def test_what_is_wrong_is_named_by_its_path(scope, wrong, path):
    with pytest.raises(Invalid) as refused:
        make(**wrong)

    assert path in refused.value.fields
    assert SECRET["client_secret"] not in json.dumps(refused.value.fields)


def test_two_connections_do_not_share_a_name(scope):
    make()

    with pytest.raises(Invalid) as refused:
        make()

    assert list(refused.value.fields) == ["name"]


def test_settings_are_laid_over_the_stored_ones_and_the_change_is_told(tenant):
    with tenant_scope(tenant.pk):
        made = connection_update(make(settings={**SETTINGS, "max_parallel": 2}), name="Ledger")
        connection_update(made, settings={"max_parallel": 3, "requests_per_5_minutes": 100})
        connection_update(made, settings={"max_parallel": None})
        stored = Connection.objects.get()

    assert stored.settings == {**SETTINGS, "requests_per_5_minutes": 100}
    assert [event.changes for event in told(tenant)[1:]] == [
        {"name": ["Books", "Ledger"]},
        {"settings.max_parallel": [2, 3], "settings.requests_per_5_minutes": [None, 100]},
        {"settings.max_parallel": [3, None]},
    ]


def test_nothing_changed_is_nothing_told(tenant, scope):
    made = make()
    before = made.updated_at

    connection_update(made, name="Books", settings={"token_url": SETTINGS["token_url"]})

    assert made.updated_at == before


def test_a_replaced_secret_is_told_as_changed_and_forgets_old_tokens(tenant):
    with tenant_scope(tenant.pk):
        made = make()
        AccessToken.objects.create(connection=made, key="old")
        connection_update(made, secret={"client_id": "client-9999", "client_secret": "another-one"})
        assert not AccessToken.objects.exists()

    event = told(tenant)[-1]
    assert (event.action, event.changes) == ("connection.secret_replaced", {"secret": "changed"})
    assert made.secret_hint == "9999"


@pytest.mark.parametrize("field", ["base_url", "token_url"])
def test_a_stored_secret_is_not_sent_to_another_host(scope, field):
    made = make()
    elsewhere = {field: "https://attacker.example/x/"}

    with pytest.raises(Invalid) as refused:
        connection_update(made, settings=elsewhere)
    assert list(refused.value.fields) == ["secret"]

    made.refresh_from_db()
    connection_update(made, settings=elsewhere, secret=SECRET)
    assert made.settings[field] == elsewhere[field]


def test_another_port_or_path_of_the_same_host_needs_no_secret(scope):
    made = connection_update(make(), settings={"base_url": "https://nav.example:7148/BC210/"})

    assert made.settings["base_url"] == "https://nav.example:7148/BC210/"


def test_a_deleted_connection_leaves_its_story(tenant):
    with tenant_scope(tenant.pk):
        connection_delete(make())
        assert not Connection.objects.exists()

    assert [(e.action, e.target_label) for e in told(tenant)] == [
        ("connection.created", "Books"),
        ("connection.deleted", "Books"),
    ]


def test_a_connection_in_use_stays(tenant):
    from sync.models import Integration

    with tenant_scope(tenant.pk):
        made = make()
        user = Integration.objects.create(name="x", source=made, ledger=made, company_id="1")
        with pytest.raises(Clash) as refused:
            connection_delete(made)

    assert refused.value.code == "connection_in_use"
    assert refused.value.details == {"used_by": [str(user.pk)]}
    assert [event.action for event in told(tenant)] == ["connection.created"]


def test_a_check_keeps_what_it_found(tenant, probe):
    probe.findings = (finding("pass"), finding("warn", "clock"))
    made = factories.connection(tenant, "probe")

    ping = connection_ping(tenant.pk, made.pk)

    with tenant_scope(tenant.pk):
        made = Connection.objects.get()
    assert ping.ok
    assert (made.health, made.health_message) == ("ok", "")
    assert made.last_ping_at == ping.checked_at
    assert made.capabilities == {"batch": True, "sets": ["vendors"]}
    assert [one["status"] for one in made.findings] == ["pass", "warn"]
    assert probe.closed == 1
    assert [event.action for event in told(tenant)] == [
        "connection.pinged",
        "connection.health_changed",
    ]


def test_a_red_finding_asks_for_attention_and_its_recovery_is_told_once(tenant, probe):
    made = factories.connection(tenant, "probe")
    probe.findings = (finding("fail", "rights"),)
    assert not connection_ping(tenant.pk, made.pk).ok
    connection_ping(tenant.pk, made.pk)
    probe.findings = ()
    connection_ping(tenant.pk, made.pk)

    changes = [e.facts for e in told(tenant) if e.action == "connection.health_changed"]
    assert [(one["health"], one["code"]) for one in changes] == [
        ("attention", "rights"),
        ("ok", "all checks passed"),
    ]


def test_an_error_on_the_way_is_a_finding_with_its_fix(tenant, probe):
    probe.error = AuthenticationError("The client id was refused.", code="invalid_client")
    made = factories.connection(tenant, "probe")

    ping = connection_ping(tenant.pk, made.pk)

    (one,) = ping.findings
    assert (one.code, one.status) == ("invalid_client", FindingStatus.FAIL)
    assert one.fix


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        ({"kind": "unheard-of"}, "kind_unknown"),
        ({"secret": None}, "secret_missing"),
        ({"secret": b"\x01" + bytes(60)}, "secret_unreadable"),
        ({"kind": "nav", "settings": {}}, "settings_invalid"),
    ],
)
def test_a_connection_that_cannot_be_opened_says_why(tenant, probe, spoil, code):
    made = factories.connection(tenant, "probe")
    with tenant_scope(tenant.pk):
        Connection.objects.update(**spoil)

    (one,) = connection_ping(tenant.pk, made.pk).findings

    assert one.code == code


def test_a_check_looks_at_the_companies_it_is_used_for(tenant, probe, monkeypatch):
    use = CompanyUse("1", "JAGGAER", "2900")
    monkeypatch.setattr(uses, "_tellers", [lambda connection_id: [use], lambda _: [use]])
    made = factories.connection(tenant, "probe")

    connection_ping(tenant.pk, made.pk)

    assert probe.seen_uses == (use,)


def test_findings_are_kept_without_secrets(tenant, probe):
    shown = Finding(
        "token", "t", FindingStatus.FAIL, "sent client_secret=abcdefgh", "", {"token": "xyz"}
    )
    probe.findings = (shown,)
    made = factories.connection(tenant, "probe")

    connection_ping(tenant.pk, made.pk)

    with tenant_scope(tenant.pk):
        made = Connection.objects.get()
    assert "abcdefgh" not in json.dumps(made.findings) + made.health_message
    assert made.findings[0]["evidence"] == {"token": DOTS}


def test_the_companies_of_a_ledger_are_asked_for(tenant, probe):
    made = factories.connection(tenant, "probe")

    assert connection_companies(tenant.pk, made.pk) == [Company("1", "CRONUS")]
    with pytest.raises(Http404):
        connection_companies(factories.tenant().pk, made.pk)


def test_nobody_speaks_to_another_system_inside_a_transaction(tenant, probe):
    made = factories.connection(tenant, "probe")

    with tenant_scope(tenant.pk), pytest.raises(NetworkInTransaction):
        connection_ping(tenant.pk, made.pk)


def test_work_that_fails_can_note_it_on_the_connection(tenant):
    made = factories.connection(tenant)

    with tenant_scope(tenant.pk):
        connection_health(made, Health.ATTENTION, "Refused: password=hunter22", "authentication")
        made.refresh_from_db()

    assert made.health == "attention"
    assert "hunter22" not in made.health_message


def test_a_real_connector_is_opened_from_its_row(tenant):
    made = factories.connection(tenant)

    with tenant_scope(tenant.pk):
        connector = open_connector(made)

    assert connector.kind == "nav"
    connector.close()


def test_a_secret_that_was_opened_is_dotted_in_every_log_line_from_then_on(tenant, caplog):
    made = factories.connection(tenant, secret={"client_id": "x", "client_secret": "n0t+in/logs"})

    with tenant_scope(tenant.pk), caplog.at_level(logging.DEBUG):
        secret = unseal_secret(made)
        logging.getLogger("x").warning("opened %s", secret)

    assert "n0t+in/logs" not in caplog.text
    assert (
        scrub("upstream said n0t+in/logs or n0t%2Bin%2Flogs") == f"upstream said {DOTS} or {DOTS}"
    )


def test_a_traceback_from_opening_shows_no_secret(tenant, probe, monkeypatch):
    made = factories.connection(tenant, "probe", secret={"client_id": "x", "client_secret": "hush"})
    monkeypatch.setattr(
        probe,
        "open",
        classmethod(lambda cls, s, secret, w: (_ for _ in ()).throw(KeyError(secret))),
    )

    with tenant_scope(tenant.pk), pytest.raises(KeyError) as raised:
        open_connector(made)

    assert "hush" not in repr(raised.value)


def test_an_unknown_connection_is_not_found(tenant):
    with pytest.raises(Http404):
        connection_ping(tenant.pk, new_id())


def test_errors_for_settings_are_configuration_errors(tenant):
    made = factories.connection(tenant, "nav", settings={"base_url": "nonsense"})

    with tenant_scope(tenant.pk), pytest.raises(ConfigurationError) as raised:
        open_connector(made)

    assert raised.value.code == "settings_invalid"
