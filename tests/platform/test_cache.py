"""The cache works against a real server, and a server that is away costs nobody a page."""

import time

import pytest

from integration_platform.cache import ForgetfulRedisCache
from integration_platform.database import cache_from_broker


def _cache(url: str) -> ForgetfulRedisCache:
    entry = cache_from_broker(url)
    return ForgetfulRedisCache(entry["LOCATION"], entry)


@pytest.fixture
def away() -> ForgetfulRedisCache:
    return _cache("redis://127.0.0.1:1/0")


def test_it_keeps_and_counts(broker_url: str) -> None:
    cache = _cache(broker_url)
    cache.set("n", 1)

    assert cache.incr("n") == 2
    assert cache.get("n") == 2
    assert cache.add("n", 7) is False
    assert cache.get_many(["n", "m"]) == {"n": 2}


def test_while_its_server_is_away_it_forgets(away: ForgetfulRedisCache) -> None:
    began = time.monotonic()

    away.set("n", 1)

    assert away.get("n", "nothing") == "nothing"
    assert away.add("n", 1) is True
    assert away.incr("n", 3) == 3
    assert away.get_many(["n"]) == {}
    assert away.delete("n") is False
    assert "n" not in away
    assert time.monotonic() - began < 3


def test_a_mistake_of_ours_is_not_hidden(broker_url: str) -> None:
    with pytest.raises(ValueError, match="not found"):
        _cache(broker_url).incr("never_set")
