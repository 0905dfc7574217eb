"""A large body kept small: compressed as it arrives, read back as a stream.

Nothing of it touches a disk, where an unmasked copy could stay behind or the space could be short.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from io import BytesIO

_STEP = 64 * 1024
_FAST = 1  # lists repeat their keys: the fastest level takes nine tenths away


class Packed:
    """The bytes of a body; `len` is their number before compression."""

    def __init__(self) -> None:
        self._deflate = zlib.compressobj(_FAST)
        self._parts: list[bytes] = []
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def write(self, data: bytes) -> None:
        self._size += len(data)
        self._keep(self._deflate.compress(data))

    def close(self) -> None:
        """End writing; only then can it be read."""
        self._keep(self._deflate.flush())

    def __iter__(self) -> Iterator[bytes]:
        """Yield the body from its beginning, in blocks; any number of times."""
        inflate = zlib.decompressobj()
        for part in self._parts:
            left = part
            while left:
                yield inflate.decompress(left, _STEP)
                left = inflate.unconsumed_tail
        yield inflate.flush()

    def _keep(self, compressed: bytes) -> None:
        if compressed:
            self._parts.append(compressed)


class Arriving:
    """Where a body is written to as it comes: to memory, or packed once it is over `plain` bytes
    (None: never)."""

    def __init__(self, plain: int | None) -> None:
        self._plain = plain
        self._buffer = BytesIO()  # unlike other buffers it gives its content away without a copy
        self._packed: Packed | None = None
        self.size = 0

    def write(self, data: bytes) -> None:
        self.size += len(data)
        if self._packed is not None:
            self._packed.write(data)
            return
        self._buffer.write(data)
        if self._plain is not None and self.size > self._plain:
            self._packed = Packed()
            self._packed.write(self._buffer.getvalue())
            self._buffer = BytesIO()

    def whole(self) -> bytes | Packed:
        """Return what came, once it is complete."""
        if self._packed is None:
            return self._buffer.getvalue()
        self._packed.close()
        return self._packed
