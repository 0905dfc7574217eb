"""What every test may rely on: a database when it asks for one, a broker, and no outside world."""

import ipaddress
import os
import socket
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import hypothesis
import pytest

# A busy machine is no failure: time is measured by `make bench`, never by a test.
hypothesis.settings.register_profile(
    "house", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.register_profile(
    "long", hypothesis.settings.get_profile("house"), max_examples=2000
)
hypothesis.settings.load_profile("house")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--long` runs at full size what is otherwise run at a tenth of it."""
    parser.addoption("--long", action="store_true", help="run the long tests at their full size")


def pytest_configure(config: pytest.Config) -> None:
    """Take what would reach outside of the process, or be slow on purpose, out of the settings."""
    if config.getoption("--long"):
        hypothesis.settings.load_profile("long")
    if not config.pluginmanager.hasplugin("django"):
        return
    from django.conf import settings

    from integration_platform.celery import app

    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # Each test client loads the middleware anew: it shall not read all static files as well.
    settings.WHITENOISE_AUTOREFRESH = True
    app.conf.broker_url = "memory://"
    app.conf.broker_transport_options = {}


# What waits for processes, or carries a whole job, begins before all others: none of the parallel
# workers shall still be at it when the others have ended. The two drills do not meet.
LONGEST_FIRST = (
    "tests/drill/test_controls.py",
    "tests/journeys/",
    "tests/drill/",
    "tests/platform/",
    "tests/docs/",
    "tests/bench/",
    "tests/faults/",
    "tests/admin/",
)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest modules first; the order within each of them stays."""

    def place(item: pytest.Item) -> int:
        named = (at for at, start in enumerate(LONGEST_FIRST) if item.nodeid.startswith(start))
        return next(named, len(LONGEST_FIRST))

    items.sort(key=place)


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker: Any) -> Iterator[None]:
    """Start the database server and make this process a database, with the first test that asks."""
    from django.test import TransactionTestCase

    from tests import database

    with django_db_blocker.unblock(), database.own_database():
        TransactionTestCase._fixture_teardown = database.empty_all
        with django_db_blocker.block():
            yield


@pytest.fixture(scope="session")
def broker_url() -> Iterator[str]:
    """The address of a real broker: BROKER_URL, else the embedded Valkey."""
    if os.environ.get("BROKER_URL"):
        yield os.environ["BROKER_URL"]
        return
    from tests import database

    with database.shared_servers(broker=True) as state:
        yield state.broker_url


@pytest.fixture
def full_size(request: pytest.FixtureRequest) -> Callable[[int], int]:
    """Turn a full size into the one to use: itself with `--long`, else a tenth."""
    whole = request.config.getoption("--long")
    return lambda size: size if whole else max(1, size // 10)


@pytest.fixture(autouse=True)
def empty_cache() -> Iterator[None]:
    """Rate limits and lockouts live in the cache: none survives its test."""
    yield
    from django.conf import settings

    if settings.configured:
        from django.core.cache import cache

        cache.clear()


@pytest.fixture(autouse=True)
def loopback_only(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Refuse each connection to another machine, and fail the test that tried to make it."""
    tried: list[str] = []
    connect, connect_ex, resolve = (
        socket.socket.connect,
        socket.socket.connect_ex,
        socket.getaddrinfo,
    )

    def guarded(original: Callable[..., Any]) -> Callable[..., Any]:
        def call(sock: socket.socket, address: Any) -> Any:
            if sock.family in (socket.AF_INET, socket.AF_INET6) and not _is_here(address[0]):
                tried.append(f"{address[0]}:{address[1]}")
                raise OSError(f"a test reached for {address[0]}")
            return original(sock, address)

        return call

    def look_up(host: Any, *args: Any, **kwargs: Any) -> Any:
        if host and not _is_here(host) and not _is_address(host):
            raise socket.gaierror(socket.EAI_NONAME, f"no name service in tests: {host}")
        return resolve(host, *args, **kwargs)

    monkeypatch.setattr(socket.socket, "connect", guarded(connect))
    monkeypatch.setattr(socket.socket, "connect_ex", guarded(connect_ex))
    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    yield
    assert not tried, f"the test reached for another machine: {tried}"


def _is_address(host: Any) -> bool:
    try:
        ipaddress.ip_address(_text(host))
    except ValueError:
        return False
    return True


def _is_here(host: Any) -> bool:
    text = _text(host)
    if text in ("localhost", "", urlsplit(os.environ.get("BROKER_URL", "")).hostname):
        return True
    return _is_address(text) and (
        ipaddress.ip_address(text).is_loopback or ipaddress.ip_address(text).is_unspecified
    )


def _text(host: Any) -> str:
    return host.decode() if isinstance(host, bytes) else str(host)
