from django.apps import AppConfig


class TenantsConfig(AppConfig):
    name = "tenants"
    verbose_name = "Customers and access"

    def ready(self) -> None:
        from tenants import actions, checks  # noqa: F401  both register themselves
