"""What is known of a person, and JSON without it.

Pure. A mail address and a telephone number are found inside of any text, however it is spelled
there; a name of two words or more in either order, a single word only where it is the whole value.
What stands in fields of its own is found there: first and last name side by side, a log-in beside
the mail address, the last part of a telephone number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

ERASED = "[erased]"
SHORTEST_NUMBER = 7  # digits: fewer would be found in amounts and codes
_BETWEEN_DIGITS = r"[\s()./-]*"
_BETWEEN_WORDS = r"[\s,]+"
_CONTACT = ("name", "email", "phone")
_NAME_FIELD = re.compile(r"(?:first|last|sur|user|given|family|full|contact)name$")
_NUMBER_FIELD = re.compile(r"^number$|phone|mobile|telefax|^fax$|^bizfax$")


@dataclass(frozen=True)
class Person:
    """What is to be found of somebody; names as `First Last`."""

    mails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    names: tuple[str, ...] = field(default=())

    @classmethod
    def of(cls, stored: Mapping[str, Iterable[str]]) -> Person:
        return cls(**{name: tuple(values) for name, values in stored.items()})

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def erased_from(self, value: Any) -> Any:
        """Return a JSON value without this person; the very same object if they are not in it."""
        match value:
            case str():
                return self._from_text(value)
            case Mapping():
                parts = self._parts_in(value)
                fresh = {
                    key: ERASED if key in parts else self.erased_from(item)
                    for key, item in value.items()
                }
                return value if all(fresh[key] is value[key] for key in fresh) else fresh
            case list() | tuple():
                items = [self.erased_from(item) for item in value]
                same = all(old is new for old, new in zip(value, items, strict=True))
                return value if same else items
            case _:
                return value

    def is_in(self, value: Any) -> bool:
        return self.erased_from(value) is not value

    def _from_text(self, text: str) -> str:
        if not text or self._pattern is None:
            return text
        if text.strip().casefold() in self._whole:
            return ERASED
        fresh = self._pattern.sub(ERASED, text)
        return fresh if fresh != text else text

    def _parts_in(self, value: Mapping[str, Any]) -> set[str]:
        """Return the keys whose values are this person only because of what stands beside them."""
        texts = {key: item.strip().casefold() for key, item in value.items() if _is_said(item)}
        found = {key for key, text in texts.items() if self._ends_a_number(key, text)}
        names = {key: text for key, text in texts.items() if "name" in key.casefold()}
        for first, last in self._parts:
            if {first, last} <= set(names.values()):
                found |= {key for key, text in names.items() if text in (first, last)}
        if self._mails.intersection(texts.values()):
            found |= _log_in(names)
        return found

    def _ends_a_number(self, key: str, text: str) -> bool:
        digits = digits_of(text)
        known = map(digits_of, self.phones)
        return bool(
            digits
            and _NUMBER_FIELD.search(key.casefold())
            and any(one.endswith(digits) or digits.endswith(one) for one in known if one)
        )

    @cached_property
    def _mails(self) -> frozenset[str]:
        return frozenset(mail.casefold() for mail in self.mails)

    @cached_property
    def _whole(self) -> frozenset[str]:
        return frozenset(one.strip().casefold() for one in (*self.mails, *self.phones, *self.names))

    @cached_property
    def _parts(self) -> list[tuple[str, str]]:
        names = [name.casefold().split() for name in self.names]
        return [
            (" ".join(words[:cut]), " ".join(words[cut:]))
            for words in names
            for cut in range(1, len(words))
        ]

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        found = [rf"(?<![\w.+-]){re.escape(mail)}(?![\w-])" for mail in self.mails]
        found += [_number(digits) for phone in self.phones for digits in _dialled(phone)]
        found += [one for name in self.names for one in _spellings(name.split())]
        if not found:
            return re.compile(r"(?!)") if self._whole else None
        return re.compile("|".join(found), re.IGNORECASE)


def known_of(content: Mapping[str, Any], person: Person) -> Person:
    """Return the person with all that a stored supplier says of them alone as a contact: who asks
    may know the mail address only. A switchboard's number is everybody's."""
    contacts = content.get("contacts") or ()
    theirs = [one for one in contacts if _is_theirs(one, person)]
    others = [one for one in contacts if not _is_theirs(one, person)]

    def all_of(known: tuple[str, ...], name: str) -> tuple[str, ...]:
        shared = {one.get(name) for one in others}
        own = (one[name] for one in theirs if one.get(name) and one[name] not in shared)
        return tuple(dict.fromkeys((*known, *own)))

    return Person(
        all_of(person.mails, "email"), all_of(person.phones, "phone"), all_of(person.names, "name")
    )


def _is_theirs(contact: Mapping[str, Any], person: Person) -> bool:
    """Whether a contact is the person: a number alone may be shared."""
    return person.is_in([contact.get("name"), contact.get("email")])


def digits_of(phone: str) -> str:
    """Return the digits of a number, "" where they are too few to tell it from anything else."""
    digits = re.sub(r"\D", "", phone)
    return digits if len(digits) >= SHORTEST_NUMBER else ""


def supplier_without(content: Mapping[str, Any], person: Person) -> Mapping[str, Any]:
    """Return a stored supplier without a person: contact data says nothing in its place.

    An empty value is no statement (domain rules 1b), so nothing is cleared in the ledger by it, and
    no mark can be written there. The supplier's own name stays: its documents were booked under it.
    """
    fresh = dict(content)
    for name in ("email", "phone"):
        if person.is_in(content.get(name)):
            fresh[name] = None
    for name, parts in (("contacts", _CONTACT), ("addresses", ("name",))):
        fresh[name] = [_entry(one, parts, person) for one in content.get(name) or ()]
    return fresh if fresh != dict(content) else content


def memory_without(match: Mapping[str, Any] | None, person: Person) -> Mapping[str, Any] | None:
    """Return what is remembered of a supplier and its vendor without the fields that hold a person:
    they are compared as if for the first time, and by that nothing is carried over."""
    if not match or not person.is_in(match):
        return match
    fresh = dict(match)
    for name in ("fields", "choices"):
        kept = match.get(name) or {}
        fresh[name] = {key: said for key, said in kept.items() if not person.is_in(said)}
    return person.erased_from(fresh)


def attributes_without(attributes: Mapping[str, Any], person: Person) -> Mapping[str, Any]:
    """Return a vendor's attributes, empty where they hold a person: they are compared with the
    source and written there, so no mark may stand in them."""
    if not person.is_in(attributes):
        return attributes
    return {name: "" if person.is_in(value) else value for name, value in attributes.items()}


def _entry(one: Mapping[str, Any], parts: Iterable[str], person: Person) -> Mapping[str, Any]:
    """Return a contact or address without the person: whoever it is by name or mail address goes
    whole, of anybody else only what is the person's."""
    if _is_theirs(one, person):
        return {**one, **dict.fromkeys(parts, "")}
    return {
        name: "" if name in parts and person.is_in(said) else said for name, said in one.items()
    }


def _is_said(item: Any) -> bool:
    return isinstance(item, str) and bool(item)


def _log_in(names: Mapping[str, str]) -> set[str]:
    """Return the fields of a person's own name beside their mail address, never a company's."""
    found = {key for key in names if _NAME_FIELD.search(key.casefold())}
    has_last = any(key.casefold() in ("surname", "lastname") for key in found)
    return found | ({key for key in names if key.casefold() == "name"} if has_last else set())


def _dialled(phone: str) -> list[str]:
    """Return the digits of a number as it is dialled from abroad and at home: the code of a
    country has one to three. Without a leading zero at home, ten are enough to tell it by."""
    digits = digits_of(phone)
    if not digits or not phone.strip().startswith("+"):
        return [digits] if digits else []
    at_home = [digits[cut:] for cut in (1, 2, 3) if len(digits) - cut >= SHORTEST_NUMBER]
    return [digits, *(f"0{one}" for one in at_home), *(one for one in at_home if len(one) >= 10)]


def _number(digits: str) -> str:
    return rf"\+?(?<!\d){_BETWEEN_DIGITS.join(digits)}(?!\d)"


def _spellings(words: list[str]) -> list[str]:
    if len(words) < 2:
        return []
    escaped = [re.escape(word) for word in words]
    turned = [escaped[-1], *escaped[:-1]]
    return [rf"(?<!\w){_BETWEEN_WORDS.join(one)}(?!\w)" for one in (escaped, turned)]
