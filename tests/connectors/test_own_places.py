"""Where no connection may lead: our own servers, whatever the operator allows."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from connectors.http.egress import EgressRefused
from connectors.runtime import egress


def test_production_settings_that_contradict_each_other_are_refused(settings):
    settings.EGRESS_MODE, settings.EGRESS_ALLOW, settings.EGRESS_LOOPBACK = "hosted", ["x"], False

    with pytest.raises((ValueError, ImproperlyConfigured)):
        egress()


def test_our_own_servers_are_out_of_bounds(settings):
    settings.EGRESS_MODE, settings.EGRESS_ALLOW = "selfhosted", ["10.0.0.0/8"]
    settings.EGRESS_LOOPBACK = False
    settings.BROKER_URL = "redis://10.1.2.3:6379/0"

    guard = egress()

    with pytest.raises(EgressRefused, match="belongs to this installation"):
        guard.addresses("10.1.2.3", 6379)
    assert guard.addresses("10.1.2.3", 443) == ["10.1.2.3"]


def test_our_own_pages_and_mail_server_are_out_of_bounds_at_their_usual_ports(settings):
    settings.EGRESS_MODE, settings.EGRESS_ALLOW = "selfhosted", ["10.0.0.0/8"]
    settings.EGRESS_LOOPBACK = False
    settings.PUBLIC_URL, settings.EMAIL_HOST = "https://10.1.2.4", "10.1.2.5"

    guard = egress()

    for host, port in (("10.1.2.4", 443), ("10.1.2.5", settings.EMAIL_PORT)):
        with pytest.raises(EgressRefused, match="belongs to this installation"):
            guard.addresses(host, port)
