"""The payloads of a long list, kept small until each is asked for."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connectors import exactjson

_PLAIN = 500  # so many lie as they are: short lists cost nothing
_COMMON = 32 * 1024  # what zlib takes as a dictionary at most


@dataclass(frozen=True, slots=True)
class Shelved:
    """One payload, compressed by what it has in common with others of its list."""

    common: bytes
    packed: bytes

    def unpacked(self) -> dict[str, Any]:
        inflate = zlib.decompressobj(zdict=self.common)
        return exactjson.loads(inflate.decompress(self.packed) + inflate.flush())


class Shelf:
    """Takes payloads one after another."""

    def __init__(self) -> None:
        self._count = 0
        self._common = b""

    def put(self, payload: Mapping[str, Any]) -> Mapping[str, Any] | Shelved:
        """Return a payload as it is to be kept; nothing of it is lost."""
        self._count += 1
        if not payload or self._count <= _PLAIN:
            return payload
        text = exactjson.dumps(payload).encode()
        self._common = self._common or text[:_COMMON]
        deflate = zlib.compressobj(zdict=self._common)
        return Shelved(self._common, deflate.compress(text) + deflate.flush())
