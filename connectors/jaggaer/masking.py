"""Secret values of a payload: what is kept of them instead (JAGGAER contract 7.4, payees).

A masked value says `masked:<digest>:<last four>`: enough to notice a change and to show which
account is meant. The digest is slow on purpose and bound to the system it came from. Understanding
a masked payload gives the same digests as understanding the original.

What the profile calls secret is masked where it says, and whatever bears the name of a bank account
anywhere: each customer's JAGGAER has fields that no profile knows.
"""

from __future__ import annotations

import copy
import hashlib
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from operator import is_
from typing import Any

from connectors.jaggaer.profile import Resource
from connectors.jaggaer.profile.values import as_text

_MASKED = re.compile(r"masked:([0-9a-f]{32}):(.{0,4})")
_ROUNDS = 2000
_SHOWN = 4
_BANK_NAME = re.compile(r"(?:^iban|iban$|ibanbankaccountnumber$|bankaccount(?:number|no|iban)?$)")
_ACCOUNT_NAME = re.compile(r"^account(?:number|no)$")
_CONTAINERS = (dict, list, tuple)  # what a parser of JSON makes
_LAST_NAME = re.compile(r"([\w-]+)\W*$")


def reads_accounts(profile: Any) -> bool:
    """Whether a raw profile reads a field called accountNumber that is no secret: a ledger's."""
    match profile:
        case Mapping() if profile.get("secret") is True:
            return False
        case Mapping():
            return any(map(reads_accounts, profile.values()))
        case list() | tuple():
            return any(map(reads_accounts, profile))
        case str():
            last = _LAST_NAME.search(profile)
            return bool(last and _ACCOUNT_NAME.search(_folded(last[1])))
        case _:
            return False


def masked(
    payload: Mapping[str, Any], resource: Resource, salt: str, *, keep_accounts: bool = False
) -> Mapping[str, Any]:
    """The payload with every field masked that the profile calls secret, or its name a bank's.

    `keep_accounts` spares fields called accountNumber, where they are the ledger's.
    """
    plain = payload if isinstance(payload, dict) else dict(payload)
    return _by_name(_by_profile(plain, resource, salt), salt, keep_accounts)


def _by_name(value: Any, salt: str, keep_accounts: bool, name: str = "") -> Any:
    """Mask every scalar under such a name, at any depth; what has none is returned as it is."""
    if isinstance(value, _CONTAINERS):
        return _within(value, salt, keep_accounts, name)
    if value is None or value == "" or isinstance(value, bool):
        return value
    if not _names_an_account(name, keep_accounts):
        return value
    found = mask(value, salt)
    return value if found == value else found


def _within(value: Any, salt: str, keep_accounts: bool, name: str) -> Any:
    """Return the same container, or a copy with what was masked in it.

    Most of a payload are scalars under other names: they are passed over here, without a call.
    """
    if isinstance(value, list | tuple):
        if not _names_an_account(name, keep_accounts) and not _holds_containers(value):
            return value
        items = [_by_name(item, salt, keep_accounts, name) for item in value]
        return value if all(map(is_, items, value)) else items
    changed = {}
    for key, item in value.items():
        if isinstance(item, _CONTAINERS) or _names_an_account(key, keep_accounts):
            found = _by_name(item, salt, keep_accounts, key)
            if found is not item:
                changed[key] = found
    return {**value, **changed} if changed else value


def _holds_containers(items: Iterable[Any]) -> bool:
    return any(isinstance(item, _CONTAINERS) for item in items)


@lru_cache(maxsize=4096)
def _names_an_account(name: str, keep_accounts: bool) -> bool:
    folded = _folded(name)
    return bool(_BANK_NAME.search(folded)) or (
        not keep_accounts and bool(_ACCOUNT_NAME.search(folded))
    )


def _folded(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).casefold()


def _by_profile(payload: Mapping[str, Any], resource: Resource, salt: str) -> Mapping[str, Any]:
    secret = [
        (part, field)
        for part in resource.lists.values()
        for field in part.fields.secrets()
        if part.elements(payload)
    ]
    own = resource.fields.secrets()
    if not secret and not own:
        return payload
    kept = copy.deepcopy(dict(payload))

    def change(value: Any) -> str:
        return mask(value, salt)

    for field in own:
        field.path.replace(kept, change, kept)
    for part, field in secret:
        for element in part.elements(kept):
            field.path.replace(element, change, kept)
    return kept


def mask(value: Any, salt: str) -> str:
    """What is kept of one secret value; a masked one stays as it is."""
    text = as_text(value)
    if _MASKED.fullmatch(text):
        return text
    digest, hint = digest_and_hint(text, salt)
    return f"masked:{digest}:{hint}"


def digest_and_hint(value: str, salt: str) -> tuple[str, str]:
    """Digest and last four characters of a secret value, masked already or not."""
    found = _MASKED.fullmatch(value)
    if found:
        return found[1], found[2]
    plain = re.sub(r"[\s\-]+", "", value).upper()
    hint = plain[-_SHOWN:] if len(plain) > 2 * _SHOWN else ""
    return _slow_digest(plain, salt), hint


@lru_cache(maxsize=4096)
def _slow_digest(plain: str, salt: str) -> str:
    raw = hashlib.pbkdf2_hmac("sha256", plain.encode(), salt.encode(), _ROUNDS, dklen=16)
    return raw.hex()
