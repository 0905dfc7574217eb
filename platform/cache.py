"""The cache in Redis or Valkey, whose outage costs nobody a page: it forgets instead.

What lies in it may be lost at any time: rate limits, the time of the last tick. Lockouts of log-ins
and sessions lie in the database.
"""

import functools
from collections.abc import Callable
from typing import Any

import redis
import structlog
from django.core.cache.backends.redis import RedisCache

log = structlog.get_logger(__name__)


def _or(fallback: Callable[..., Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Answer with the fallback, called with the same arguments, while the server is away."""

    def decorate(method: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(method)
        def call(self: Any, *args: Any, **kwargs: Any) -> Any:
            try:
                return method(self, *args, **kwargs)
            except (redis.ConnectionError, redis.TimeoutError) as error:
                log.warning("cache_unavailable", operation=method.__name__, reason=str(error))
                return fallback(*args, **kwargs)

        return call

    return decorate


def _default(key: Any, default: Any = None, version: Any = None) -> Any:
    return default


def _delta(key: Any, delta: int = 1, version: Any = None) -> int:
    return delta


class ForgetfulRedisCache(RedisCache):
    """Django's RedisCache that is empty, and takes everything, while its server does not answer."""

    get = _or(_default)(RedisCache.get)
    add = _or(lambda *args, **kwargs: True)(RedisCache.add)
    set = _or(lambda *args, **kwargs: None)(RedisCache.set)
    touch = _or(lambda *args, **kwargs: False)(RedisCache.touch)
    delete = _or(lambda *args, **kwargs: False)(RedisCache.delete)
    has_key = _or(lambda *args, **kwargs: False)(RedisCache.has_key)
    incr = _or(_delta)(RedisCache.incr)
    get_many = _or(lambda *args, **kwargs: {})(RedisCache.get_many)
    set_many = _or(lambda *args, **kwargs: [])(RedisCache.set_many)
    delete_many = _or(lambda *args, **kwargs: None)(RedisCache.delete_many)
    clear = _or(lambda *args, **kwargs: False)(RedisCache.clear)
