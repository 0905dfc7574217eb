"""One instance of page web services: its client, its settings, and which page is which."""

from __future__ import annotations

from connectors.nav.metadata import Metadata
from connectors.nav.pages import services as pages
from connectors.nav.pages.client import PagesClient
from connectors.nav.pages.services import Services
from connectors.nav.settings import NavSettings


class Instance:
    """One instance: its client, and which page is which by its `$metadata`."""

    def __init__(self, client: PagesClient, settings: NavSettings) -> None:
        self.client = client
        self.settings = settings
        self._named = settings.page_services
        self._recognized: tuple[Metadata, Services] | None = None
        self._was_doubted = False

    @property
    def services(self) -> Services:
        services = self._services(self.client.metadata())
        if services.unknown and not self._was_doubted:  # published since what was kept was read?
            self._was_doubted = True
            services = self.read_anew()
        return services

    def read_anew(self) -> Services:
        """Read what is published now: pages are published, and renamed, at any time."""
        return self._services(self.client.metadata(fresh=True))

    def _services(self, metadata: Metadata) -> Services:
        known = self._recognized
        if known is None or known[0] is not metadata:
            known = self._recognized = (metadata, pages.recognize(metadata, self._named))
        return known[1]
