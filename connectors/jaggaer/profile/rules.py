"""What status words mean for a document: vocabulary, rules and their order (JAGGAER contract 11.3).

Order: cancelled, settled, waiting, postable, else hold. The rules of `postableWhen` must all hold,
of the others one is enough. A word that nobody explained holds the document.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.documents import Problem, Readiness
from connectors.jaggaer.profile.paths import Path
from connectors.jaggaer.profile.spoken import shown, spoken_status
from connectors.jaggaer.profile.values import as_decimal, as_text, fold

_BROKEN = {"zero": "is not zero", "empty": "is not empty", "present": "is missing"}


@dataclass(frozen=True, slots=True)
class Rule:
    """`field` in words, or `path` is empty, zero or present.

    A rule on `list` can be judged by a list row already, one on `detail` by the whole record only:
    a row may lack what the record has. The whole record meets both.
    """

    field: str | None = None
    words: frozenset[str] = frozenset()
    missing_passes: bool = False
    path: Path | None = None
    state: str = ""
    stage: str = ""

    def applies(self, stage: str) -> bool:
        return stage == "detail" or self.stage != "detail"

    def holds(self, words: Mapping[str, str | None], node: Any, root: Any) -> bool:
        if self.path is None:
            word = words.get(self.field or "")
            return self.missing_passes if word is None else fold(word) in self.words
        if self.state == "zero":
            value = self.path.scalar(node, root)
            return value is not None and _is_zero(value)
        found = [n for n in self.path.nodes(node, root) if n not in ("", None)]
        return bool(found) is (self.state == "present")


@dataclass(frozen=True, slots=True)
class Words:
    """A record's status words: as received, and as the vocabulary explains them."""

    received: Mapping[str, str]
    known: Mapping[str, str | None]  # field -> our word; None: absent
    unexplained: tuple[str, ...]  # fields whose word the vocabulary does not have


@dataclass(frozen=True, slots=True)
class Status:
    """The status part of one resource."""

    paths: Mapping[str, Path]
    vocabulary: Mapping[str, Mapping[str, str]]  # field -> folded word -> our word
    postable: tuple[Rule, ...]
    waiting: tuple[Rule, ...]
    settled: tuple[Rule, ...]
    cancelled: tuple[Rule, ...]
    unknown_holds: bool

    @property
    def deciding(self) -> frozenset[str]:
        """Fields that some rule looks at."""
        rules = (*self.postable, *self.waiting, *self.settled, *self.cancelled)
        return frozenset(rule.field for rule in rules if rule.field)

    def words(self, record: Any) -> Words:
        received: dict[str, str] = {}
        known: dict[str, str | None] = {}
        unexplained: list[str] = []
        for name, path in self.paths.items():
            raw = path.scalar(record, record)
            known[name] = self.means(name, raw)
            if raw is None:
                continue
            received[name] = as_text(raw)
            if known[name] is None:
                unexplained.append(name)
        return Words(received, known, tuple(unexplained))

    def means(self, name: str, raw: Any) -> str | None:
        """What the vocabulary of this name says of a word; the word itself where there is none."""
        vocabulary = self.vocabulary.get(name)
        if raw is None:
            return (vocabulary or {}).get("")
        return vocabulary.get(fold(as_text(raw))) if vocabulary else as_text(raw)

    def readiness(
        self, record: Any, words: Words, stage: str = "detail"
    ) -> tuple[Readiness, Problem | None]:
        """What may be done with a record, and for a held one why."""
        for rules, result in (
            (self.cancelled, Readiness.CANCELLED),
            (self.settled, Readiness.SETTLED),
            (self.waiting, Readiness.WAITING),
        ):
            if any(r.applies(stage) and r.holds(words.known, record, record) for r in rules):
                return result, None
        unexplained = [name for name in words.unexplained if name in self.deciding]
        if unexplained and self.unknown_holds:
            return Readiness.HOLD, self._unknown(unexplained[0], words)
        failed = [
            rule
            for rule in self.postable
            if rule.applies(stage) and not rule.holds(words.known, record, record)
        ]
        if not failed:
            return Readiness.POSTABLE, None
        return Readiness.HOLD, self._not_postable(failed[0], words)

    def _unknown(self, name: str, words: Words) -> Problem:
        said = f"reads {shown(words.received[name])}, a word that the profile does not explain"
        return Problem(
            "status_unknown", self.paths[name].text, f"The {spoken_status(name)} {said}."
        )

    def _not_postable(self, rule: Rule, words: Words) -> Problem:
        if not rule.field:
            path = rule.path.text if rule.path else ""
            return Problem("status_unknown", path, f"{path} {_BROKEN[rule.state]}.")
        word = words.received.get(rule.field)
        said = (
            f"reads {shown(word)}, and no rule of the profile covers it" if word else "is missing"
        )
        path = self.paths[rule.field].text
        return Problem("status_unknown", path, f"The {spoken_status(rule.field)} {said}.")


def compile_status(raw: Mapping[str, Any], fields: Mapping[str, Any]) -> Status:
    """Compile a resource's `status`; a status field may also name one of the resource's fields."""
    return Status(
        paths={name: _status_path(spec, fields) for name, spec in raw["fields"].items()},
        vocabulary={
            name: {fold(word): ours for word, ours in words.items()}
            for name, words in raw["vocabulary"].items()
        },
        postable=compile_rules(raw.get("postableWhen", ())),
        waiting=compile_rules(raw.get("waitWhen", ())),
        settled=compile_rules(raw.get("settledWhen", ())),
        cancelled=compile_rules(raw.get("cancelledWhen", ())),
        unknown_holds=raw.get("unknownValue", "hold") == "hold",
    )


def compile_rules(raw: Iterable[Mapping[str, Any]]) -> tuple[Rule, ...]:
    """Make the rules of a validated profile ready for use."""
    rules = []
    for rule in raw:
        if "field" in rule:
            words = frozenset(map(fold, rule["in"]))
            passes = rule.get("missing", "fail") == "pass"
            rules.append(Rule(rule["field"], words, passes, stage=rule.get("on", "")))
        else:
            path = Path(rule["path"])
            rules.append(Rule(path=path, state=rule["is"], stage=rule.get("on", "")))
    return tuple(rules)


def _status_path(spec: Any, fields: Mapping[str, Any]) -> Path:
    detail = spec.get("path") if isinstance(spec, Mapping) else spec
    alternatives = [detail] if isinstance(detail, str) else list(detail)
    for name in tuple(alternatives):
        named = fields.get(name)
        if named is not None:
            paths = named["path"] if isinstance(named, Mapping) else named
            alternatives += [paths] if isinstance(paths, str) else list(paths)
    return Path(alternatives)


def _is_zero(value: Any) -> bool:
    try:
        return as_decimal(value) == 0
    except ValueError:
        return False
