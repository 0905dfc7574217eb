"""Suppliers and their parents as trees. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(slots=True)
class Node:
    """A supplier with the suppliers whose parent it is; one that never arrived has its id alone."""

    source_id: str
    name: str = ""
    is_known: bool = True
    children: list[Node] = field(default_factory=list)

    @property
    def size(self) -> int:
        return 1 + sum(child.size for child in self.children)

    def members(self) -> Iterable[Node]:
        """Yield the node and everything below it."""
        yield self
        for child in self.children:
            yield from child.members()


def families(names: Mapping[str, str], parents: Mapping[str, str]) -> list[Node]:
    """Return the families of several, by name; where parents go round, the smallest id is the top.

    `names` knows every supplier that was received, `parents` the parent of each that has one.
    """
    nodes = {id: Node(id, name) for id, name in names.items()}
    for child, parent in _without_rings(parents).items():
        above = nodes.setdefault(parent, Node(parent, is_known=False))
        above.children.append(nodes.setdefault(child, Node(child, is_known=False)))
    below = {child.source_id for node in nodes.values() for child in node.children}
    for node in nodes.values():
        node.children.sort(key=_by_name)
    tops = [node for id, node in nodes.items() if node.children and id not in below]
    return sorted(tops, key=_by_name)


def _without_rings(parents: Mapping[str, str]) -> dict[str, str]:
    """Leave out the parents that would close a ring, each at its smallest member."""
    kept, settled = dict(parents), set[str]()
    for start in parents:
        path: list[str] = []
        here = start
        while here in kept and here not in settled and here not in path:
            path.append(here)
            here = kept[here]
        if here in path:
            del kept[min(path[path.index(here) :])]
        settled.update(path)
    return kept


def _by_name(node: Node) -> tuple[str, str]:
    return (node.name.casefold(), node.source_id)
