"""The app that moves documents, and knows it."""

from django.apps import AppConfig


class SyncConfig(AppConfig):
    name = "sync"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from sync import actions  # noqa: F401  registers the audit sentences of this app
