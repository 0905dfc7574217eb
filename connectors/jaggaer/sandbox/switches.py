"""Switches of the JAGGAER sandbox: base behavior is the contract's, each switch departs from it.

The numbers are those of JAGGAER contract 14. Set them when building the app or while it runs
with `POST /__ctl/switches`.
"""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Switches:
    """All switches with their base values. Collections are named as in `catalogue.py`."""

    # tokens and access
    token_lifetime_seconds: int = 300
    old_token_lifetime_seconds: int = 86_400
    expires_in: str = "number"  # number, text, absent
    invalid_client_error: str = "unauthorized_client"  # or invalid_client
    accepts_basic_client_auth: bool = False
    token_endpoint_status: int = 200  # anything else: the token endpoint is down with it
    token_born_dead: bool = False
    malformed_401: bool = False  # 3: on the older base it is always malformed
    token_uses: int = 0  # 4: a token dies after so many calls; 0: only by time
    refuses_tokens: bool = False  # 5: even a fresh one
    refused_status: int = 401  # 401 or 403 for a token that is not accepted
    denied_modules: tuple[str, ...] = ()  # "ji", "ja": 403 for a good token
    serves_old_base: bool = False  # /esop/jint/api/public besides /j1p/api/public

    # limits, errors, delay
    rate_limit_every: int = 0  # 6: each n-th call gets 429
    retry_after: str = ""  # 6: value of Retry-After; empty: not sent
    server_error_every: int = 0  # 7: each n-th call fails
    server_error_status: int = 500  # 7
    server_error_html: bool = False  # 7
    slow_seconds: float = 0.0  # 7: real time before each answer
    error_with_200: str = ""  # 2: returnMessage of an error that comes with HTTP 200

    # envelope, paging, filters
    return_code: str = "mixed"  # 1: mixed (number for ji, string for ja), number, string
    page_size: int = 100
    empty_wrapper: str = "list"  # 15: list, absent, null
    filter_ignored: bool = False  # 8
    full_lists: bool = False  # 14: base is header-only for invoices and orders
    date_literals: tuple[str, ...] = ("iso", "compact")
    filter_keys: dict[str, str] = field(default_factory=dict)  # their key -> field of the record
    paths: dict[str, str] = field(default_factory=dict)  # collection -> "/ji/v1/..."
    wrappers: dict[str, str] = field(default_factory=dict)  # collection -> "list.item" or "items"
    renames: dict[str, str] = field(default_factory=dict)  # JSON name -> other spelling, all over

    # a moving set of records
    list_order: str = "id"  # id, newest, oldest: by lastUpdate where a customer's list is so
    between_pages: tuple[Any, ...] = ()  # 9: a record order, or a list of them, after each page
    visibility_lag_seconds: float = 0.0  # 10: up to so much after lastUpdate, out of order
    fixed_stamp: str = ""  # 11: lastUpdate of everything stored while set
    behind: str = ""  # 12: "list" or "detail" shows the version before
    detail_missing: tuple[str, ...] = ()  # 13: ids whose detail is 404; "*": all
    fill: int = 0  # 36: every collection of the default data set is filled up to so many

    # content
    missing_fields: tuple[str, ...] = ()  # 16: header fields left out
    lone_objects: bool = False  # a list of one is sent as the object alone
    unknown_fields: bool = False  # 34: an extra field in every object
    active_words: str = "as_stored"  # 33: yes_no, true_false, as_stored
    refused_writes: tuple[str, ...] = ()  # fields of companyInfo that nobody may change
    write_code: str = ""  # returnCode of an applied write, e.g. "1" (warnings)
    mirrors_writes: bool = False  # a write to a company profile also changes its JI supplier
    variations: dict[str, list[str]] = field(default_factory=dict)  # see variations.py; "*": all


CHOICES = {
    "expires_in": ("number", "text", "absent"),
    "return_code": ("mixed", "number", "string"),
    "empty_wrapper": ("list", "absent", "null"),
    "list_order": ("id", "newest", "oldest"),
    "behind": ("", "list", "detail"),
    "active_words": ("as_stored", "yes_no", "true_false"),
}


def check(switches: Switches) -> Switches:
    """Return the switches; raises ValueError for a value that is none of its choices."""
    for name, choices in CHOICES.items():
        if getattr(switches, name) not in choices:
            raise ValueError(f"switch {name} takes one of {choices}")
    if switches.page_size < 1:
        raise ValueError("switch page_size takes a number above 0")
    return switches
