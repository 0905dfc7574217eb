"""From a database address to Django's settings, under a role that row-level security binds."""

from typing import Any

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict
from redis.backoff import NoBackoff
from redis.retry import Retry


def database_from_url(url: str, *, role: str, pool_size: int) -> dict[str, Any]:
    """Return an entry of DATABASES for a PostgreSQL address.

    `role` is what each connection becomes at log-in ("" = stay the log-in): an address that names
    an owner or a superuser would otherwise pass by every policy. It goes with the connection's
    start, since Django's own `assume_role` waits for itself when a pool opens a connection.
    `pool_size` is the most connections a process holds; 0 keeps one a thread.
    Raises ValueError, without the password, for anything libpq does not understand.
    """
    if not url.startswith(("postgresql://", "postgres://")):
        raise ValueError("the address must begin with postgresql://; no other database is offered")
    try:
        parts = conninfo_to_dict(url)
    except ProgrammingError as error:
        raise ValueError("the address is not one that PostgreSQL's libpq understands") from error
    options: dict[str, Any] = {"prepare_threshold": None}
    if role and role != parts.get("user"):
        options["options"] = f"{parts.get('options', '')} -c role={role}".strip()
    if pool_size:
        options["pool"] = {"min_size": 0, "max_size": pool_size, "timeout": 10}
    entry = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.pop("dbname", ""),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": parts.pop("port", ""),
        "CONN_MAX_AGE": 0 if pool_size else 60,
        "CONN_HEALTH_CHECKS": True,
    }
    return {**entry, "OPTIONS": {**parts, **options}}


def cache_from_broker(broker_url: str) -> dict[str, Any]:
    """Return an entry of CACHES: the broker where it is Redis or Valkey, else a database table."""
    if not broker_url.startswith(("redis://", "rediss://", "redis+socket://")):
        return {
            "BACKEND": "django.core.cache.backends.db.DatabaseCache",
            "LOCATION": "django_cache",
        }
    location = broker_url
    if broker_url.startswith("redis+socket://"):
        location = "unix://" + broker_url.removeprefix("redis+socket://").replace(
            "virtual_host=", "db="
        )
    return {
        "BACKEND": "integration_platform.cache.ForgetfulRedisCache",
        "LOCATION": location,
        "OPTIONS": {
            "socket_connect_timeout": 1,
            "socket_timeout": 2,
            "retry": Retry(NoBackoff(), 1),  # the default waits for seconds, in every request
        },
        "KEY_PREFIX": "cache",
    }
