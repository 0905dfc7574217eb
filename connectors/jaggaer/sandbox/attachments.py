"""`GET /ja/v1/attachments`: raw bytes by file id and name, or by secure token (contract 7.7)."""

import base64
from typing import Any
from urllib.parse import quote

from connectors.sandboxing import Request, Response, Store, json_response


def drawer(dataset: str) -> str:
    """Return the store's collection that holds a data set's files."""
    return f"{dataset}/attachments"


def put_attachment(store: Store, dataset: str, record: dict[str, Any]) -> None:
    """Store one file: `fileId`, `fileName`, `content` in base64 or `text`, `secureToken`.

    Raises ValueError or KeyError for a record that lacks id, name or content.
    """
    content = record.get("content") or base64.b64encode(record["text"].encode()).decode()
    base64.b64decode(content, validate=True)
    kept = {
        "fileId": str(record["fileId"]),
        "fileName": record["fileName"],
        "secureToken": record.get("secureToken"),
        "content": content,
    }
    store.put(drawer(dataset), kept["fileId"], kept)


def attachment_answer(request: Request, dataset: str, store: Store) -> Response:
    """Return the bytes of a file, or 404; id and name must both be right."""
    found = _find(request, dataset, store)
    if found is None:
        return json_response(404, {"returnCode": "404", "returnMessage": "Not Found"})
    name = found["fileName"]
    plain = name.encode("ascii", errors="replace").decode().replace('"', "'")
    disposition = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"
    headers = {"Content-Type": "application/octet-stream", "Content-Disposition": disposition}
    return Response(200, headers, base64.b64decode(found["content"]))


def _find(request: Request, dataset: str, store: Store) -> dict[str, Any] | None:
    token = request.param("secureToken")
    if token:
        found = store.find(drawer(dataset), "secureToken", token)
        return found[0][1] if found else None
    record = store.get(drawer(dataset), request.param("fileId") or "")
    return record if record and record["fileName"] == request.param("fileName") else None
