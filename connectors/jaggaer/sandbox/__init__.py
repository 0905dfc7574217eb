"""A server that behaves as JAGGAER's J1P API (JAGGAER contract 3 to 10), for tests and trying out.

Written from the contract alone: it knows nothing of the connector that will talk to it.
"""

from connectors.jaggaer.sandbox.app import BASE, DEMO_CLIENT, OLD_BASE, JaggaerSandbox
from connectors.jaggaer.sandbox.samples import sample
from connectors.jaggaer.sandbox.switches import Switches
from connectors.jaggaer.sandbox.tokens import KEYCLOAK_PATH, OLD_PATH, Client

__all__ = [
    "BASE",
    "DEMO_CLIENT",
    "KEYCLOAK_PATH",
    "OLD_BASE",
    "OLD_PATH",
    "Client",
    "JaggaerSandbox",
    "Switches",
    "sample",
]
