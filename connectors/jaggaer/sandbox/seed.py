"""Seed files: JSON lines, plain or .gz, read once per content."""

import gzip
import hashlib
from collections.abc import Iterable
from pathlib import Path

from connectors.jaggaer.sandbox.attachments import drawer, put_attachment
from connectors.jaggaer.sandbox.records import Records, known_collections
from connectors.sandboxing import Store, loads

_SEEDS = "seed"


def load_seed(path: Path, store: Store, records: Records) -> int:
    """Load `{"collection", "id", "body", "dataset"}` lines; return how many were new.

    What is in the store stays as it is, and a file that was loaded before is not read again:
    a second start goes on where the first ended. Attachments carry their fields in `body`.
    Raises ValueError naming the line that cannot be used.
    """
    content = path.read_bytes()
    mark = hashlib.sha256(content).hexdigest()
    if store.get(_SEEDS, mark):
        return 0
    text = gzip.decompress(content) if path.suffix == ".gz" else content
    with store.transaction():
        added = _load_lines(path.name, text.decode("utf-8").splitlines(), store, records)
        store.put(_SEEDS, mark, {"name": path.name, "added": added})
    return added


def _load_lines(name: str, lines: Iterable[str], store: Store, records: Records) -> int:
    added = 0
    for at, line in enumerate(lines, 1):
        try:
            added += _load_line(line, store, records) if line.strip() else 0
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"{name}, line {at}: {error!r}") from error
    return added


def _load_line(line: str, store: Store, records: Records) -> int:
    record = loads(line)
    dataset, collection = record.get("dataset", "default"), record["collection"]
    if collection == "attachments":
        if store.get(drawer(dataset), str(record["body"]["fileId"])):
            return 0
        put_attachment(store, dataset, record["body"])
        return 1
    known_collections([collection])
    key = str(record["id"]) if record.get("id") is not None else None
    if key and records.stored(dataset, collection, key):
        return 0
    records.put(dataset, collection, record["body"], key=key)
    return 1
