"""$batch in JSON: many requests in one, and what a failure does to the others (contract 5.4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, unquote

from connectors.nav.sandbox.errors import NavError, bad_request
from connectors.sandboxing.messages import (
    Headers,
    Request,
    Response,
    dumps,
    json_response,
    loads,
)

LIMIT = 100


def read_parts(request: Request, root_path: str) -> list[tuple[Any, Request]]:
    """Return (id, request) of each operation; NavError for a batch that cannot be read."""
    if not request.headers.get("content-type", "").lower().startswith("application/json"):
        raise NavError(415, "BadRequest", "Only batches in JSON format are supported.")
    try:
        body = request.json()
        operations = body["requests"]
        parts = [(part.get("id"), _request(part, request, root_path)) for part in operations]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise bad_request(f"Invalid batch: {error}") from None
    if len(parts) > LIMIT:
        raise NavError(
            400,
            "Unknown",
            "The current batch message contains too many parts. A maximum number of '100' query "
            "operations and change sets are allowed in a batch message.",
        )
    return parts


def continues(request: Request) -> bool:
    """Say whether the client wants the rest carried out after a failure."""
    prefer = request.headers.get("prefer", "").lower().replace(" ", "")
    wishes = prefer.replace(";", ",").split(",")
    names = ("odata.continue-on-error", "continue-on-error")
    return any(wish.partition("=")[0] in names and not wish.endswith("=false") for wish in wishes)


def is_snapshot(request: Request) -> bool:
    """Say whether the client wants one transaction."""
    isolation = request.headers.get("isolation") or request.headers.get("odata-isolation", "")
    return isolation.strip().lower() == "snapshot"


def run(
    parts: list[tuple[Any, Request]], answer: Callable[[Request], Response], *, go_on: bool
) -> tuple[list[tuple[Any, Response]], bool]:
    """Carry out the operations in order; return (id, answer) of each and whether one failed."""
    answers: list[tuple[Any, Response]] = []
    failed = False
    for key, part in parts:
        response = answer(part)
        answers.append((key, response))
        if response.status >= 400:
            failed = True
            if not go_on:
                break
    return answers, failed


def disarranged(answers: list[tuple[Any, Response]], how: str) -> list[tuple[Any, Response]]:
    """Return the part answers as an instance gives them that is not in order."""
    if len(answers) < 2 or not how:
        return answers
    return {
        "missing": answers[1:],
        "doubled": [answers[0], *answers],
        "reordered": answers[::-1],
    }[how]


def write_answers(request: Request, answers: list[tuple[Any, Response]]) -> Response:
    """Return the batch's answer: JSON where the client accepts JSON, else multipart."""
    if "application/json" in request.headers.get("accept", "").lower():
        rows = [_row(key, response) for key, response in answers]
        return json_response(200, {"responses": rows})
    return _multipart([response for _, response in answers])


def _request(part: dict[str, Any], outer: Request, root_path: str) -> Request:
    headers = Headers()
    for name in ("authorization", "accept-language", "host"):
        if name in outer.headers:
            headers.add(name, outer.headers[name])
    for name, value in (part.get("headers") or {}).items():
        headers.add(str(name), str(value))
    address = part["url"]
    if "://" in address:
        address = address[address.index("/api/") :].split("/", 3)[3]
    path, _, query = address.lstrip("/").partition("?")
    body = part.get("body")
    return Request(
        method=part["method"].upper(),
        path=f"{root_path}/{unquote(path)}",
        query=tuple(parse_qsl(query, keep_blank_values=True)),
        headers=headers,
        body=b"" if body is None else dumps(body).encode(),
        received_at=outer.received_at,
        raw_path=f"{root_path}/{path}",
        raw_query=query,
    )


def _row(key: Any, response: Response) -> dict[str, Any]:
    row: dict[str, Any] = {"id": key, "status": response.status, "headers": response.headers}
    if response.body:
        is_json = "json" in response.headers.get("Content-Type", "")
        row["body"] = loads(response.body) if is_json else response.body.decode("utf-8", "replace")
    return row


def _multipart(responses: list[Response]) -> Response:
    boundary = "batchresponse_sandbox"
    parts = []
    for response in responses:
        head = "".join(f"{name}: {value}\r\n" for name, value in response.headers.items())
        parts.append(
            f"--{boundary}\r\nContent-Type: application/http\r\n"
            f"Content-Transfer-Encoding: binary\r\n\r\nHTTP/1.1 {response.status} \r\n{head}\r\n"
            f"{response.body.decode('utf-8', 'replace')}\r\n"
        )
    body = ("".join(parts) + f"--{boundary}--\r\n").encode()
    return Response(200, {"Content-Type": f"multipart/mixed; boundary={boundary}"}, body)
