"""Answers held against the OpenAPI document that the code generates."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator


@cache
def schema() -> dict[str, Any]:
    """Return the document, as plain JSON Schema where it describes bodies."""
    return _plain(SchemaGenerator().get_schema(request=None, public=True))


@cache
def _paths() -> list[tuple[re.Pattern[str], str]]:
    """Return every path as a pattern; those without parameters first."""
    paths = sorted(schema()["paths"], key=lambda path: path.count("{"))
    return [(re.compile(re.sub(r"{\w+}", "[^/]+", path)), path) for path in paths]


def assert_conforms(method: str, path: str, answer: Any) -> None:
    """Fail where an answer is not described, or is not as described."""
    known = next((name for pattern, name in _paths() if pattern.fullmatch(path)), None)
    operation = schema()["paths"].get(known, {}).get(method)
    if operation is None:
        assert answer.status_code in (401, 403, 404, 405), f"{method} {path} is not described"
        return
    described = operation["responses"].get(str(answer.status_code))
    assert described or answer.status_code in (405, 500), f"{method} {known}: {answer.status_code}"
    content = (described or {}).get("content", {}).get("application/json")
    if content and answer["Content-Type"].startswith("application/json"):
        validator = Draft202012Validator({**content["schema"], "components": _components()})
        problem = next(validator.iter_errors(answer.json()), None)
        assert problem is None, f"{method} {known}: {problem.json_path} {problem.message}"


def _components() -> Any:
    return schema()["components"]


def _plain(value: Any) -> Any:
    """Say `nullable` of OpenAPI 3.0 in the words of JSON Schema."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if not isinstance(value, dict):
        return value
    plain = {str(key): _plain(item) for key, item in value.items()}
    if plain.pop("nullable", False) is True:
        return {"anyOf": [plain, {"type": "null"}]}
    return plain
