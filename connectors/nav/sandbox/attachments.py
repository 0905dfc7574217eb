"""Attachments: metadata by POST, content by PATCH of the stream property (NAV contract 3.6)."""

from __future__ import annotations

import base64
import re
from typing import Any, ClassVar

from connectors.nav.sandbox.company import Company
from connectors.nav.sandbox.dimensions import PARENT_TYPES
from connectors.nav.sandbox.errors import NavError, dialog
from connectors.nav.sandbox.records import Record
from connectors.nav.sandbox.rules import Call, Draft, Rules
from connectors.nav.sandbox.values import BLANK, NO_ID, decode_member

_SETS = {
    **{kind: name for name, kind in PARENT_TYPES.items() if not name.endswith("Lines")},
    "Vendor": "vendors",
    "Item": "items",
    "Journal": "journalLines",
}
_ONLY_DOCUMENTS = ("Employee", "Job", "Item", "Customer", "Vendor")
_BAD_NAME = re.compile(r'[<>:"/\\|?*\x00-\x1f]')
CONTENT = "attachmentContent"


class AttachmentRules(Rules):
    """Files of documents, journal lines and, for documentAttachments, of cards."""

    unique: ClassVar[str] = "id"

    def begin(self, call: Call, draft: Draft) -> None:
        """Take the parent from the path."""
        if draft.parent and draft.creating:
            types = {name: kind for kind, name in _SETS.items()}
            draft.record["parentId"] = draft.parent.record["id"]
            draft.record["parentType"] = types.get(draft.parent.set_name, BLANK)

    def assign(self, call: Call, draft: Draft, name: str, value: Any) -> None:
        """Refuse new parents; replace file names no file can have."""
        fixed = (
            ("parentId",)
            if self.set_name == "documentAttachments"
            else (
                "parentId",
                "parentType",
            )
        )
        if draft.old and name in fixed and value != draft.old[name]:
            raise dialog(f"You cannot change the value of the key field {name}.")
        if name == "fileName" and _BAD_NAME.search(value):
            value = "filename.txt"
        if name not in ("byteSize", CONTENT):
            draft.record[name] = value

    def complete(self, call: Call, draft: Draft) -> None:
        """Insist on a parent of a supported type and on a file name."""
        record = draft.record
        kind = record["parentType"]
        if self.set_name == "attachments" and kind in _ONLY_DOCUMENTS:
            raise dialog(
                f"Parent type {decode_member(kind)} is not supported. Use documentAttachments "
                "API instead."
            )
        for name in ("parentId", "fileName"):
            if record[name] in ("", NO_ID):
                raise NavError(
                    400,
                    "BadRequest_RequiredParamNotProvided",
                    f"Field '{name}' must not be blank or empty.",
                )
        if kind not in _SETS or call.company.get(_SETS[kind], record["parentId"]) is None:
            raise dialog(f"Parent with ID {record['parentId']} does not exist.")

    def delete(self, call: Call, record: Record) -> None:
        """Delete the file with its content."""
        company = call.company
        company.records.delete(company.collection("content"), record["id"])
        super().delete(call, record)


def write_content(company: Company, rules: Rules, record: Record, content: bytes) -> None:
    """Store a file's bytes."""
    text = base64.b64encode(content).decode()
    company.records.put(company.collection("content"), record["id"], {"base64": text})
    company.put(rules.set_name, {**record, "byteSize": len(content)})


def read_content(company: Company, record: Record) -> bytes:
    """Return a file's bytes; empty while nothing was uploaded."""
    row = company.records.get(company.collection("content"), record["id"])
    return base64.b64decode(row["base64"]) if row else b""
