"""What the app that moves documents tells the others when Django starts."""

from django.apps import AppConfig


class SyncConfig(AppConfig):
    name = "sync"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # actions registers the audit sentences of this app, uses what connections are used for,
        # mended what goes on when one works again.
        from sync import actions, mended, uses  # noqa: F401
