"""Record orders: what `POST /__ctl/records` and the switch `between_pages` ask for."""

from collections.abc import Mapping
from typing import Any

from connectors.jaggaer.sandbox.attachments import put_attachment
from connectors.jaggaer.sandbox.catalogue import COLLECTIONS
from connectors.jaggaer.sandbox.records import Records, known_collections, merged
from connectors.jaggaer.sandbox.samples import sample
from connectors.jaggaer.sandbox.switches import Switches
from connectors.sandboxing import Store

_WORDS = {"collection", "id", "dataset", "body", "patch", "restamp", "delete"}


class Ordering:
    """Adds, revises, cancels and removes records on behalf of whoever runs the sandbox."""

    def __init__(self, store: Store, records: Records) -> None:
        self._store = store
        self._records = records

    def obey(self, order: Mapping[str, Any], switches: Switches) -> dict[str, Any]:
        """Carry out one order and tell what became of the record.

        `body` replaces, `patch` merges into what is stored (`{}`: exported again unchanged),
        `delete` removes. Raises ValueError for an order that cannot be carried out.
        """
        unknown = set(order) - _WORDS
        if unknown:
            raise ValueError(f"unknown words in a record order: {', '.join(sorted(unknown))}")
        dataset, collection = order.get("dataset", "default"), order.get("collection", "")
        if collection == "attachments":
            put_attachment(self._store, dataset, order["body"])
            return {"collection": collection, "id": str(order["body"]["fileId"])}
        known_collections([collection])
        key = None if order.get("id") is None else str(order["id"])
        if order.get("delete"):
            return {"id": key, "deleted": self._records.delete(dataset, collection, key or "")}
        body = self._records.put(
            dataset,
            collection,
            self._wanted(order, dataset, collection, key),
            key=key,
            restamp=order.get("restamp", True),
            stamp=switches.fixed_stamp,
        )
        stored_as = COLLECTIONS[collection].id_of(body)
        return {"collection": collection, "dataset": dataset, "id": stored_as, "body": body}

    def fill(self, count: int) -> None:
        """Add sample records until each collection of the default data set has `count`."""
        with self._store.transaction():
            for collection in COLLECTIONS:
                missing = count - len(self._records.keys("default", collection))
                number = 0
                while missing > 0:
                    number += 1
                    missing -= self._add_sample(collection, number)

    def _add_sample(self, collection: str, number: int) -> int:
        from_sample = sample(collection, number)
        key = COLLECTIONS[collection].id_of(from_sample) or ""
        if self._records.stored("default", collection, key):
            return 0
        self._records.put("default", collection, from_sample, key=key)
        return 1

    def _wanted(
        self, order: Mapping[str, Any], dataset: str, collection: str, key: str | None
    ) -> dict[str, Any]:
        if "patch" not in order:
            if not isinstance(order.get("body"), dict):
                raise ValueError("a record order needs a body, a patch or delete")
            return order["body"]
        stored = self._records.stored(dataset, collection, key or "")
        if stored is None:
            raise ValueError(f"no {collection} record {key} in {dataset} to patch")
        return merged(stored, order["patch"])
