from django.apps import AppConfig


class JaggaerConfig(AppConfig):
    name = "connectors.jaggaer"
    label = "jaggaer"
    verbose_name = "JAGGAER"

    def ready(self) -> None:
        from connectors.jaggaer import codes, connector  # noqa: F401  both register themselves
