"""Registers the connector when Django starts."""

from __future__ import annotations

from django.apps import AppConfig


class NavConfig(AppConfig):
    name = "connectors.nav"
    label = "connectors_nav"
    verbose_name = "Microsoft Dynamics NAV / Business Central"

    def ready(self) -> None:
        from connectors.nav import codes, connector  # noqa: F401  both register themselves
