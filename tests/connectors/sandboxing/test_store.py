"""State that survives, undoes and counts."""

import threading
from decimal import Decimal

import pytest

from connectors.sandboxing import RollBack, Store


@pytest.fixture
def store() -> Store:
    return Store()


def test_documents_survive_a_second_start_with_exact_numbers_and_order(tmp_path):
    first = Store(tmp_path / "deep" / "state.sqlite3")
    first.put("vendor", "b", {"amount": Decimal("1.50"), "name": "Größe"})
    first.put("vendor", "a", {"amount": Decimal("0.1")})
    first.put("vendor", "b", {"amount": Decimal("2.50"), "name": "Größe"})

    second = Store(tmp_path / "deep" / "state.sqlite3")

    assert [key for key, _ in second.all("vendor")] == ["b", "a"]
    assert str(second.get("vendor", "b")["amount"]) == "2.50"
    assert second.put("vendor", "c", {}) == 4


def test_an_exception_undoes_the_whole_transaction_and_is_raised(store):
    store.put("vendor", "a", {"n": 1})

    def change_and_fail() -> None:
        with store.transaction():
            store.put("vendor", "a", {"n": 2})
            store.delete("vendor", "a")
            raise KeyError

    with pytest.raises(KeyError):
        change_and_fail()

    assert store.get("vendor", "a") == {"n": 1}
    assert store.find("vendor", "n", 1) == [("a", {"n": 1})]


def test_a_nested_transaction_undoes_its_own_part_alone(store):
    with store.transaction():
        store.put("vendor", "a", {})
        with store.transaction():
            store.put("vendor", "b", {})
            raise RollBack
        store.put("vendor", "c", {})

    assert [key for key, _ in store.all("vendor")] == ["a", "c"]


def test_what_was_committed_inside_a_transaction_stays_when_the_rest_is_undone(store):
    with store.transaction(), store.transaction():
        store.put("invoice", "posted", {})
        store.commit()
        store.put("invoice", "draft", {})
        raise RollBack

    assert [key for key, _ in store.all("invoice")] == ["posted"]


def test_find_follows_changes_and_deletions(store):
    store.put("vendor", "a", {"number": "10"})
    store.put("vendor", "b", {"number": "10"})
    assert len(store.find("vendor", "number", "10")) == 2

    store.put("vendor", "a", {"number": "20"})
    store.delete("vendor", "b")

    assert store.find("vendor", "number", "10") == []
    assert store.find("vendor", "number", "20") == [("a", {"number": "20"})]


def test_changes_come_in_order_and_show_deletions(store):
    store.put("vendor", "a", {"n": 1})
    mark = store.put("item", "x", {})
    store.put("vendor", "a", {"n": 2})
    store.delete("item", "x")

    later = [(change.collection, change.key, change.document) for change in store.changes(mark)]

    assert later == [("vendor", "a", {"n": 2}), ("item", "x", None)]
    assert store.version("item") == 4


def test_deleting_what_is_not_there_changes_nothing(store):
    assert store.delete("vendor", "a") is False
    assert store.changes() == []


def test_number_series_never_give_a_number_twice(store):
    numbers: list[int] = []
    threads = [
        threading.Thread(
            target=lambda: numbers.extend(store.next_number("inv", 100) for _ in range(20))
        )
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(numbers) == list(range(100, 180))


def test_a_transaction_keeps_other_threads_out_until_it_ends(store):
    seen: list[int] = []
    with store.transaction():
        store.put("vendor", "a", {})
        reader = threading.Thread(target=lambda: seen.append(store.count("vendor")))
        reader.start()
        store.put("vendor", "b", {})
    reader.join()

    assert seen == [2]


def test_clear_forgets_named_collections_and_the_counter_goes_on(store):
    store.put("vendor", "a", {})
    store.put("item", "x", {})

    store.clear("vendor")

    assert (store.count("vendor"), store.count("item")) == (0, 1)
    assert store.put("vendor", "a", {}) == 3
