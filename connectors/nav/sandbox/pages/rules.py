"""Records seen through a published page: what is listed, found, validated and stored."""

from __future__ import annotations

from typing import Any

from connectors.nav.sandbox.catalogue import Link
from connectors.nav.sandbox.company import Company
from connectors.nav.sandbox.dimensions import set_dimension, value_record
from connectors.nav.sandbox.documents import KIND_OF_LINES
from connectors.nav.sandbox.errors import NavError, bad_request, no_relation, read_only
from connectors.nav.sandbox.pages.controls import OPTIONS, Control, Service
from connectors.nav.sandbox.records import Record
from connectors.nav.sandbox.reference_rules import global_dimension
from connectors.nav.sandbox.registry import rules_of
from connectors.nav.sandbox.rules import Call, Draft, Rules
from connectors.nav.sandbox.values import NO_ID, decode_member, read_value

PURCHASES = "PURCHASES"
_JOURNAL_PAGES = {39: "GENERAL", 254: PURCHASES}
_KEY_PARTS = ("Document_No", "Journal_Template_Name", "Journal_Batch_Name")


class PageRules(Rules):
    """Lists and writes the records behind one service; checks are those of the table."""

    def __init__(self, service: Service, siblings: dict[str, Service]) -> None:
        self.service = service
        self.set_name = service.page.source
        self.entity_set = service.entity_set
        self._siblings = siblings

    def linked(self, link: Link) -> Rules:
        """Return the rules of the lines below a header."""
        return PageRules(self._siblings[link.target], self._siblings)

    def stored_name(self, name: str) -> str | None:
        """Return the record's field behind a control, if it is shown unchanged."""
        return self.service.controls[name].stored

    def shown(self, company: Company, record: Record, name: str) -> Any:
        """Return one control's value."""
        return self.service.controls[name].shown(company, record)

    def is_visible(self, company: Company, record: Record) -> bool:
        """Drafts and posted documents, and journals by template, have pages of their own."""
        number = self.service.page.number
        if number in _JOURNAL_PAGES:
            template = self.shown(company, record, "Journal_Template_Name")
            return template == _JOURNAL_PAGES[number]
        if self.set_name in ("purchaseInvoices", "purchaseCreditMemos"):
            return bool(record.get("posted")) == (number == 138)
        return True

    def by_key(self, company: Company, key: dict[str, str]) -> Record | None:
        """Return the record with these key values; strings as in the URL, without quotes."""
        controls = {name: self.service.controls.get(name) for name in key}
        if any(control is None or not control.is_key for control in controls.values()):
            raise bad_request("The key of the request does not match the key of the entity.")
        return next(
            (row for row in self._near(company, key) if self._fits(company, row, key)), None
        )

    def change(self, call: Call, body: Any, draft: Draft) -> Record:
        """Validate the body's controls in their order, complete the record and store it."""
        table = rules_of(self.set_name)
        dims: dict[str, str] = {}
        if draft.creating:
            self._take_parent(call.company, body, draft)
        table.begin(call, draft)
        for name, raw in self._checked(body, draft).items():
            control = self.service.controls[name]
            value = read_value(control.field, raw)
            if control.source[0] == "@":
                dims[_dimension(call.company, control)] = value
            else:
                field, stored = _stored_value(call.company, control, value)
                table.assign(call, draft, field, stored)
                draft.seen[field] = stored
        table.complete(call, draft)
        for code, value in dims.items():
            _set_dimension(call.company, draft.record, code, value)
        stored_record = table.store(call, draft)
        table.finish(call, stored_record)
        return call.company.get(self.set_name, stored_record["id"]) or stored_record

    def _checked(self, body: Any, draft: Draft) -> dict[str, Any]:
        """Return the writable part of a body; keys of the parent are dealt with already."""
        values = {}
        for name, raw in body.items():
            control = self.service.controls.get(name)
            if control is None:
                raise bad_request(
                    f"Could not find a property named '{name}' on type 'NAV.{self.service.name}'."
                )
            if control.is_key and (name in _KEY_PARTS or control.source[0] == "="):
                continue
            if control.field.read_only:
                raise read_only(name)
            values[name] = raw
        return values

    def _take_parent(self, company: Company, body: dict[str, Any], draft: Draft) -> None:
        """Find the document or batch that a new line belongs to."""
        kind = KIND_OF_LINES.get(self.set_name)
        if kind and not draft.parent:
            number = str(body.get("Document_No", "")).upper()
            rows = company.find(kind.headers, "number", number)
            header = next((row for row in rows if not row.get("posted")), None)
            draft.record["documentId"] = header["id"] if header else NO_ID
        if self.set_name == "journalLines":
            draft.record["documentType"] = ""
            draft.record["journalId"] = self._batch(company, body)["id"]

    def _batch(self, company: Company, body: dict[str, Any]) -> Record:
        template = str(body.get("Journal_Template_Name", "")).upper()
        code = str(body.get("Journal_Batch_Name", "")).upper()
        wanted = template or _JOURNAL_PAGES[self.service.page.number]
        for row in company.find("journals", "code", code):
            if row["templateDisplayName"] == wanted:
                return row
        raise no_relation(
            "Journal Batch Name", "Gen. Journal Line", code or "''", "Gen. Journal Batch"
        )

    def _near(self, company: Company, key: dict[str, str]) -> list[Record]:
        """Return candidates for a key by an index."""
        kind = KIND_OF_LINES.get(self.set_name)
        if kind and "Document_No" in key:
            headers = company.find(kind.headers, "number", key["Document_No"])
            lines = (company.find(self.set_name, "documentId", h["id"]) for h in headers)
            return [line for rows in lines for line in rows]
        if self.set_name == "journalLines":
            batches = company.find("journals", "code", key.get("Journal_Batch_Name", ""))
            lines = (company.find(self.set_name, "journalId", b["id"]) for b in batches)
            return [line for rows in lines for line in rows]
        name = next(name for name in reversed(key) if self.service.controls[name].stored)
        control = self.service.controls[name]
        value: Any = int(key[name]) if control.field.kind == "I" else key[name]
        return company.find(self.set_name, control.stored or "", value)

    def _fits(self, company: Company, record: Record, key: dict[str, str]) -> bool:
        same = all(str(self.shown(company, record, n)) == value for n, value in key.items())
        return same and self.is_visible(company, record)


def _stored_value(company: Company, control: Control, value: Any) -> tuple[str, Any]:
    """Return the record's field and the value it keeps for what a control was set to."""
    if control.option:
        options = OPTIONS[control.option]
        stored = options.get(value, options.get(decode_member(value)))
        if stored is None:
            names = ",".join(options)
            raise NavError(
                400, "Unknown", f"'{value}' is not an option. The existing options are: {names}"
            )
        is_blank_type = control.option == "documentType" and value in (" ", "_x0020_", "")
        return control.source, "" if is_blank_type else stored
    if ">" in control.source:
        name, target = control.source.split(">")
        found = company.first(target, "code", value) if value else None
        if value and found is None:
            raise no_relation(control.field.name, "table", value, target)
        return name, found["id"] if found else NO_ID
    return control.source, value


def _dimension(company: Company, control: Control) -> str:
    return global_dimension(company, int(control.source[1:]) - 1)


def _set_dimension(company: Company, record: Record, code: str, value: str) -> None:
    if value and value_record(company, code, value) is None:
        raise no_relation("Dimension Value Code", "Dimension Set Entry", value, "Dimension Value")
    if code:
        set_dimension(record, code, value)
