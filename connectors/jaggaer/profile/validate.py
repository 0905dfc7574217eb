"""Finds everything wrong with a profile before it is used: shape first, then meaning.

The shape is `schema.json` (JAGGAER contract 11.2); the meaning is what a schema cannot say (11.3):
placeholders, hosts, paths that stay below the API, words that no rule can meet, paths and patterns
that do not parse.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path as File
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import available_timezones

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.exceptions import best_match

from audit.redaction import is_secret_name
from connectors.jaggaer.profile.filters import filter_ops
from connectors.jaggaer.profile.model import FLOWS
from connectors.jaggaer.profile.paths import Path, PathError
from connectors.jaggaer.profile.placeholders import IDS, KNOWN, names_in
from connectors.jaggaer.profile.transforms import compile_transform
from connectors.jaggaer.profile.values import DatePattern, fold

Fault = tuple[str, str]  # place in the profile, what is wrong
Named = tuple[str, str, str]  # place in the profile, name, value

PLACEHOLDERS = {
    "${JAGGAER_API_BASE_URL}": "base_url",
    "${JAGGAER_TOKEN_URL}": "token_url",
    "${JAGGAER_CLIENT_ID}": "client_id",
    "${JAGGAER_CLIENT_SECRET}": "client_secret",
}
_SECRET = "${JAGGAER_CLIENT_SECRET}"
_PLACEHOLDER = re.compile(r"\$\{[^}]*\}?")
_API_PATH = re.compile(r"^/(?!/)[^?#\\]*$")
_FORBIDDEN_HEADERS = {"authorization", "host", "cookie", "content-length", "transfer-encoding"}
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_UNKNOWN_HOST = "setting.invalid"  # stands for an address that is not known yet
_NOT_HERE = "Credentials belong into the connection's secret."
_SECRET_NAMES = {"clientid", "clientsecret", "password", "secret", "username"}
_FIQL_RESERVED = frozenset(";,()'\"<>=!")
_RECORD_PATHS = (
    ("identity", "id"),
    ("identity", "version"),
    ("identity", "revision"),
    ("cursor", "field"),
    ("cursor", "tieBreak"),
)
_MOST_TEXT = 500_000


def validate(raw: Any, settings: Mapping[str, str] | None = None) -> list[Fault]:
    """Return every fault with its place, e.g. `resources.invoices.detail.path`; none: usable.

    `settings` holds `base_url` and `token_url`; literal addresses must be on their hosts.
    """
    if len(json.dumps(raw, default=str)) > _MOST_TEXT:
        return [("", "The profile is larger than half a megabyte.")]
    shape = [fault for error in _schema().iter_errors(raw) for fault in _shape_faults(error)]
    if shape:
        return list(dict.fromkeys(shape))
    checks = (_placeholders, _secrets, _headers, _dates, _paging, _filter, _coding, _write_back)
    faults = [fault for check in checks for fault in check(raw)]
    faults += _addresses(raw, settings or {})
    faults += _resources(raw)
    return faults


def _shape_faults(error: ValidationError) -> Iterator[Fault]:
    """An error of the schema at the place where something can be done about it."""
    error = best_match([error]) or error
    place = ".".join(map(str, error.absolute_path))
    if error.validator != "required":
        yield place, error.message[:300]
        return
    for name in error.validator_value:
        if name not in error.instance:
            yield f"{place}.{name}".removeprefix("."), "This is needed."


@cache
def _schema() -> Draft202012Validator:
    text = File(__file__).with_name("schema.json").read_text(encoding="utf-8")
    return Draft202012Validator(json.loads(text))


def _placeholders(raw: Mapping[str, Any]) -> Iterator[Fault]:
    for place, text in _texts(raw):
        for found in _PLACEHOLDER.findall(text):
            if found not in PLACEHOLDERS:
                yield place, f"{found[:60]} is not known; only {', '.join(PLACEHOLDERS)} are."
            elif found == _SECRET and not place.startswith("connection."):
                yield place, "The client secret belongs into headers or the token request alone."


def _secrets(raw: Mapping[str, Any]) -> Iterator[Fault]:
    for place, name in _keys(raw["connection"], "connection"):
        if name.lower().replace("_", "") in _SECRET_NAMES:
            yield f"{place}.{name}", _NOT_HERE
    for place, name, value in _named_texts(raw):
        if is_secret_name(name) and "${" not in value:
            yield place, _NOT_HERE
    for place, text in _texts(raw):
        if _carries_credentials(text):
            yield place, _NOT_HERE


def _named_texts(raw: Mapping[str, Any]) -> Iterator[Named]:
    """Yield what is sent under a name of its own: headers, and parameters of tokens and lists."""
    connection = raw["connection"]
    sent = [("connection.headers", connection.get("headers"))]
    sent.append(("connection.token.extraParams", connection["token"].get("extraParams")))
    for flow, resource in (raw.get("resources") or {}).items():
        place = f"resources.{flow}.list.params"
        sent.append((place, (resource.get("list") or {}).get("params")))
    for place, pairs in sent:
        for name, value in (pairs or {}).items():
            yield f"{place}.{name}", str(name), str(value)


def _carries_credentials(text: str) -> bool:
    """Whether a text is an address with a log-in, or with a parameter that is called a secret."""
    if "://" not in text:
        return False
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    pairs = parse_qsl(parts.query)
    return "@" in parts.netloc or any(is_secret_name(n) and "${" not in v for n, v in pairs)


def _headers(raw: Mapping[str, Any]) -> Iterator[Fault]:
    for name, value in (raw["connection"].get("headers") or {}).items():
        place = f"connection.headers.{name}"
        if name.lower() in _FORBIDDEN_HEADERS:
            yield place, "This header is set by the connector alone."
        if not _HEADER_NAME.fullmatch(name) or any(c < " " or c == "\x7f" for c in value):
            yield place, "Name or value of the header contains a character that it must not."


def _addresses(raw: Mapping[str, Any], settings: Mapping[str, str]) -> Iterator[Fault]:
    own = [settings[key] for key in ("base_url", "token_url") if key in settings]
    hosts = {urlsplit(address).hostname for address in own}
    connection = raw["connection"]
    for place, text in (
        ("connection.apiBaseUrl", connection["apiBaseUrl"]),
        ("connection.token.url", connection["token"]["url"]),
    ):
        for name, setting in PLACEHOLDERS.items():
            text = text.replace(name, settings.get(setting, f"https://{_UNKNOWN_HOST}"))
        try:
            host = urlsplit(text).hostname
        except ValueError:
            host = None
        if not host:
            yield place, "This is neither an address nor a placeholder."
        elif settings and host not in {*hosts, _UNKNOWN_HOST}:
            yield place, f"{host} is not a host of the connection's own settings."


def _dates(raw: Mapping[str, Any]) -> Iterator[Fault]:
    dates = raw["dates"]
    for kind in ("instant", "date", "compact"):
        for at, pattern in enumerate(dates.get(kind, ())):
            yield from _parsed(DatePattern, pattern, f"dates.{kind}.{at}")
    if "filterFormat" in dates:
        yield from _parsed(DatePattern, dates["filterFormat"], "dates.filterFormat")
    zone = dates.get("compactTimeZone", "UTC")
    if zone != "UTC" and zone not in available_timezones():
        yield "dates.compactTimeZone", f"{zone} is not a time zone."


def _paging(raw: Mapping[str, Any]) -> Iterator[Fault]:
    paging, envelope = raw["paging"], raw["envelope"]
    if paging["style"] != "none" and not paging.get("param"):
        yield "paging.param", f"Paging style {paging['style']} needs the name of its parameter."
    if paging["style"] == "cursor" and not envelope.get("next"):
        yield "envelope.next", "Paging style cursor needs the path of the next cursor."
    if paging.get("sizeParam") and not paging.get("expectedPageSize"):
        yield "paging.expectedPageSize", "A size parameter needs a page size."
    for name in ("returnCode", "message", "total", "returned", "start", "next"):
        if envelope.get(name):
            yield from _parsed(Path, envelope[name], f"envelope.{name}")


def _filter(raw: Mapping[str, Any]) -> Iterator[Fault]:
    style = raw["filter"]["style"]
    if style == "fiql" and not raw["filter"].get("param"):
        yield "filter.param", "Filter style fiql needs the name of its parameter."
    for op, template in (raw["filter"].get("ops") or {}).items():
        unknown = set(re.findall(r"\{[^}]*\}", template)) - {"{f}", "{v}"}
        if unknown or "{v}" not in template:
            yield f"filter.ops.{op}", "A filter is written with {f} for the field and {v}."


def _coding(raw: Mapping[str, Any]) -> Iterator[Fault]:
    for at, style in enumerate(raw["coding"]["styles"]):
        place = f"coding.styles.{at}"
        needed = ("sets",) if style["style"] == "customFieldSet" else ("groups", "indexes")
        for name in needed:
            if not style.get(name):
                yield f"{place}.{name}", f"Style {style['style']} needs this path."
        for name, value in style.items():
            if name not in ("style", "distributionTypes", "missingDistribution") and value:
                yield from _parsed(Path, value, f"{place}.{name}")
    for name, segment in raw["coding"]["segments"].items():
        for at, step in enumerate(segment.get("transform", ())):
            yield from _parsed(compile_transform, step, f"coding.segments.{name}.transform.{at}")


def _write_back(raw: Mapping[str, Any]) -> Iterator[Fault]:
    for name, spec in (raw.get("writeBack") or {}).items():
        place = f"writeBack.{name}"
        if spec.get("path"):
            yield from _api_path(spec["path"], f"{place}.path")
        if not spec["enabled"]:
            continue
        for needed in ("method", "path", "body"):
            if not spec.get(needed):
                yield f"{place}.{needed}", "Needed where the write-back is enabled."
        if name.startswith("supplier"):
            yield from _supplier_template(spec, place)
    attachments = raw.get("attachments") or {}
    if attachments.get("path"):
        yield from _api_path(attachments["path"], "attachments.path")


def _supplier_template(spec: Mapping[str, Any], place: str) -> Iterator[Fault]:
    """A body can be filled, names its record, and has a word for every status we may write."""
    names = names_in(spec.get("body"))
    for name in sorted(names - KNOWN):
        yield (
            f"{place}.body",
            f"Nothing is known of {{{name}}}; known are {', '.join(sorted(KNOWN))}.",
        )
    if not names & (IDS | {"sourceId"}):
        yield f"{place}.body", "It must name its record, by {jaSupplierId} or {sourceId}."
    words = (spec.get("values") or {}).get("status")
    if "status" in names and words is not None:
        for word in sorted({"active", "blocked"} - words.keys()):
            yield f"{place}.values.status", f"A word for {word} is needed."


def _resources(raw: Mapping[str, Any]) -> Iterator[Fault]:
    enabled: dict[str, str] = {}
    for name, spec in raw["resources"].items():
        place = f"resources.{name}"
        if spec["role"] == "reference":
            continue
        if spec["enabled"]:
            if spec["role"] in enabled:
                yield f"{place}.enabled", f"{enabled[spec['role']]} has the same role already."
            enabled.setdefault(spec["role"], name)
            missing = {"list", "identity", "cursor", "status", "fields"} - spec.keys()
            for part in sorted(missing):
                yield f"{place}.{part}", "Needed where the resource is enabled."
            if missing:
                continue
        yield from _resource(spec, place, raw["filter"])
    if not set(enabled) & set(FLOWS.values()):
        yield "resources", "No resource is enabled."


def _resource(spec: Mapping[str, Any], place: str, filters: Mapping[str, Any]) -> Iterator[Fault]:
    if "list" in spec:
        yield from _list(spec["list"], f"{place}.list", filters, is_used=spec["enabled"])
    if "detail" in spec:
        yield from _detail(spec["detail"], f"{place}.detail")
    for part, name in _RECORD_PATHS:
        if (spec.get(part) or {}).get(name):
            yield from _parsed(Path, spec[part][name], f"{place}.{part}.{name}")
    if spec.get("node"):
        yield from _parsed(Path, spec["node"], f"{place}.node")
    yield from _fields(spec.get("fields") or {}, f"{place}.fields")
    if "status" in spec:
        yield from _status(spec["status"], f"{place}.status")
    for name, part in (spec.get("lists") or {}).items():
        yield from _parsed(Path, part["path"], f"{place}.lists.{name}.path")
        yield from _fields(part["fields"], f"{place}.lists.{name}.fields")
        for at, rule in enumerate(part.get("cancelledWhen", ())):
            where = f"{place}.lists.{name}.cancelledWhen.{at}"
            if "path" in rule:
                yield from _parsed(Path, rule["path"], f"{where}.path")
            elif rule["field"] not in part["fields"]:
                yield f"{where}.field", f"{rule['field']} is not one of the fields of {name}."


def _list(
    spec: Mapping[str, Any], place: str, filters: Mapping[str, Any], *, is_used: bool
) -> Iterator[Fault]:
    yield from _api_path(spec["path"], f"{place}.path")
    for at, item in enumerate(spec.get("items", ())):
        yield from _parsed(Path, item, f"{place}.items.{at}")
    ops = filter_ops(filters)
    for at, static in enumerate(spec.get("staticFilters", ())):
        where = f"{place}.staticFilters.{at}"
        if filters["style"] == "none":
            if is_used:
                yield where, "There are no filters in filter style none."
        elif static["op"] not in ops:
            yield f"{where}.op", f"{static['op']} is not one of filter.ops."
        values = static["value"] if isinstance(static["value"], list) else [static["value"]]
        if any(_FIQL_RESERVED & set(str(value)) for value in values):
            yield f"{where}.value", "The value contains a character with a meaning in filters."


def _detail(spec: Mapping[str, Any], place: str) -> Iterator[Fault]:
    if spec["mode"] == "never":
        return
    path = spec.get("path") or ""
    yield from _api_path(path, f"{place}.path")
    if path.count("{id}") != 1 or path.count("{") != 1:
        yield f"{place}.path", "The path of a detail names {id} once and nothing else in braces."
    if spec["mode"] == "whenMissing" and not spec.get("missingPath"):
        yield f"{place}.missingPath", "Mode whenMissing needs the path whose absence tells."
    for name in ("missingPath", "item"):
        if spec.get(name):
            yield from _parsed(Path, spec[name], f"{place}.{name}")


def _status(spec: Mapping[str, Any], place: str) -> Iterator[Fault]:
    yield from _fields(spec["fields"], f"{place}.fields")
    for name, words in spec["vocabulary"].items():
        meanings: dict[str, str] = {}
        for word, ours in words.items():
            if meanings.setdefault(fold(word), ours) != ours:
                yield f"{place}.vocabulary.{name}.{word}", "The same word has two meanings."
    for kind in ("postableWhen", "waitWhen", "settledWhen", "cancelledWhen"):
        for at, rule in enumerate(spec.get(kind, ())):
            yield from _rule(rule, f"{place}.{kind}.{at}", spec)


def _rule(rule: Mapping[str, Any], place: str, status: Mapping[str, Any]) -> Iterator[Fault]:
    if "path" in rule:
        yield from _parsed(Path, rule["path"], f"{place}.path")
        return
    if rule["field"] not in status["fields"]:
        yield f"{place}.field", f"{rule['field']} is not one of the status fields."
        return
    vocabulary = status["vocabulary"].get(rule["field"])
    known = {fold(word) for word in (vocabulary or {}).values()}
    for word in rule["in"]:
        if vocabulary and fold(word) not in known:
            yield f"{place}.in", f"No word of the vocabulary means {word!r}: it is never met."


def _fields(fields: Mapping[str, Any], place: str) -> Iterator[Fault]:
    for name, spec in fields.items():
        path = spec["path"] if isinstance(spec, Mapping) else spec
        yield from _parsed(Path, path, f"{place}.{name}")


def _api_path(path: str, place: str) -> Iterator[Fault]:
    segments = path.split("/")
    climbs = any(part in (".", "..") or "%2e" in part.lower() for part in segments)
    if not _API_PATH.match(path) or climbs or any(c <= " " for c in path):
        yield place, "The path must begin with one slash and hold no ?, #, \\, blanks or dot steps."


def _parsed(parse: Callable[[Any], Any], value: Any, place: str) -> Iterator[Fault]:
    try:
        parse(value)
    except (PathError, ValueError, TypeError) as error:
        yield place, f"{error}."


def _texts(node: Any, place: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(node, str):
        yield place, node
    elif isinstance(node, Mapping):
        for key, value in node.items():
            here = f"{place}.{key}" if place else str(key)
            yield here, str(key)
            if key != "notes":
                yield from _texts(value, here)
    elif isinstance(node, list):
        for at, value in enumerate(node):
            yield from _texts(value, f"{place}.{at}")


def _keys(node: Any, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, Mapping):
        for key, value in node.items():
            yield place, str(key)
            yield from _keys(value, f"{place}.{key}")
