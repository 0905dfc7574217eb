"""The rule that no request to another system runs inside a transaction."""

from tenants.scoping import current_tenant_id


class NetworkInTransaction(RuntimeError):
    """A request to another system from inside a tenant's scope: a mistake of ours.

    It would hold locks and a database connection for as long as the other side takes.
    """


def require_outside() -> None:
    """Raise NetworkInTransaction when a tenant's scope, and so a transaction, is open here."""
    if current_tenant_id() is not None:
        raise NetworkInTransaction("leave tenant_scope before you speak to another system")
