"""Forms and filters of the pages around documents, causes, mappings and runs."""

from __future__ import annotations

from typing import Any

from django import forms

from sync.domain.calendar import DAYS, ScheduleError, validated
from sync.models import DocumentState, RunMode
from sync.words import DAYS as DAY_NAMES
from sync.words import FLOWS, OWNERS, PAYMENTS, REASON_TITLES, RESOURCES
from tenants.pages import PlainForm

ANY = [("", "Any")]
STATES = [
    (DocumentState.RECEIVED, "Received"),
    (DocumentState.WAITING, "Waiting"),
    (DocumentState.PARKED, "Needs review"),
    (DocumentState.WRITING, "Being written"),
    (DocumentState.UNKNOWN, "Being looked up"),
    (DocumentState.WRITTEN, "In the ledger"),
    (DocumentState.SETTLED, "Settled at the source"),
    (DocumentState.REJECTED, "Rejected"),
    (DocumentState.IGNORED, "Ignored"),
]


class Filter(PlainForm):
    """A form in the address: what does not hold is left out, a link shows nobody an error."""

    says_optional = False

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, auto_id="filter_%s", **kwargs)
        self.is_valid()

    def wanted(self) -> dict[str, Any]:
        """Return what was asked for, without what was left empty."""
        return {name: value for name, value in self.cleaned_data.items() if value not in ("", None)}

    @property
    def is_filtered(self) -> bool:
        return bool(self.wanted())


class ReviewFilter(Filter):
    state = forms.ChoiceField(
        label="State",
        required=False,
        choices=[("", "Open"), ("resolved", "Resolved")],
    )
    reason = forms.ChoiceField(
        label="Reason", required=False, choices=ANY + list(REASON_TITLES.items())
    )
    owner = forms.ChoiceField(
        label="Who can fix it", required=False, choices=ANY + list(OWNERS.items())[:4]
    )
    supplier = forms.CharField(label="Supplier", required=False, max_length=100)

    def wanted(self) -> dict[str, Any]:
        return {"state": "open", **super().wanted()}

    @property
    def is_filtered(self) -> bool:
        return bool(super().wanted())


class DocumentFilter(Filter):
    """The filters of the document list, named like those of the API."""

    reference = forms.CharField(
        label="Any number",
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    resource = forms.ChoiceField(
        label="Kind", required=False, choices=ANY + list(RESOURCES.items())
    )
    state = forms.ChoiceField(label="State", required=False, choices=ANY + STATES)
    supplier = forms.CharField(label="Supplier", required=False, max_length=100)
    payment = forms.ChoiceField(
        label="Payment", required=False, choices=ANY + list(PAYMENTS.items())
    )
    since = forms.DateField(
        label="Dated from", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        label="Dated to", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    review = forms.UUIDField(required=False, widget=forms.HiddenInput)
    run = forms.UUIDField(required=False, widget=forms.HiddenInput)
    integration = forms.UUIDField(required=False, widget=forms.HiddenInput)


class ReplayForm(PlainForm):
    """How documents are decided anew."""

    mode = forms.ChoiceField(
        label="How",
        choices=[
            (RunMode.PREVIEW, "Preview: show what would be decided, write nothing"),
            (RunMode.LIVE, "Live: write what is missing in the ledger"),
        ],
        initial=RunMode.PREVIEW,
        widget=forms.RadioSelect,
    )
    mapping = forms.ChoiceField(
        label="With which mapping",
        choices=[
            ("current", "Today's mapping"),
            ("pinned", "The mapping of each document's last decision"),
        ],
        initial="current",
        widget=forms.RadioSelect,
    )


class MapForm(PlainForm):
    target_code = forms.CharField(
        label="Means in the ledger",
        max_length=100,
        widget=forms.TextInput(attrs={"list": "targets", "autocomplete": "off"}),
    )
    note = forms.CharField(label="Note", required=False, max_length=500)


class OrderForm(PlainForm):
    order = forms.CharField(
        label="Purchase order that is meant",
        max_length=100,
        help_text="Its number as it stands on the order, e.g. 0000000049.",
    )


class AcceptForm(PlainForm):
    note = forms.CharField(
        label="Why this is accepted",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Stays in the audit trail with your name.",
    )


class HandOverForm(PlainForm):
    assignee = forms.ChoiceField(label="Who looks after it", required=False)

    def __init__(
        self, *args: Any, members: list[tuple[str, str]] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["assignee"].choices = [("", "Nobody"), *(members or [])]


class RunForm(PlainForm):
    """What to run: all flows, or those that are ticked."""

    flows = forms.MultipleChoiceField(
        label="What to run",
        required=False,
        choices=list(FLOWS.items()),
        widget=forms.CheckboxSelectMultiple,
        help_text="Nothing ticked runs all four, one after the other.",
    )
    mode = forms.ChoiceField(
        label="How",
        choices=[
            (RunMode.LIVE, "Live: write to the ledger"),
            (RunMode.PREVIEW, "Preview: show what would be written, write nothing"),
        ],
        initial=RunMode.LIVE,
        widget=forms.RadioSelect,
    )
    full = forms.BooleanField(
        label="Read everything again, not only what changed",
        required=False,
        help_text="Takes longer; finds what the source changed without saying so.",
    )


class ScheduleForm(PlainForm):
    says_optional = False  # which field counts is said by the first one

    kind = forms.ChoiceField(
        label="When",
        choices=[
            ("interval", "Again and again"),
            ("daily", "At certain times"),
            ("cron", "By a cron expression"),
            ("manual", "Only when somebody starts it"),
        ],
        widget=forms.RadioSelect,
    )
    every_minutes = forms.IntegerField(
        label="Minutes between two runs", required=False, min_value=1, max_value=10080
    )
    at = forms.CharField(
        label="Times of day",
        required=False,
        max_length=200,
        help_text="24 hours, separated by commas: 07:00, 16:30.",
    )
    days = forms.MultipleChoiceField(
        label="Days",
        required=False,
        choices=list(DAY_NAMES.items()),
        widget=forms.CheckboxSelectMultiple,
    )
    expression = forms.CharField(
        label="Cron expression",
        required=False,
        max_length=100,
        help_text="Minute, hour, day, month, weekday: */10 7-19 * * 1-5.",
    )
    enabled = forms.BooleanField(label="Switched on", required=False)

    @staticmethod
    def values_of(schedule: dict[str, Any], enabled: bool) -> dict[str, Any]:
        """Return a stored schedule as the fields show it."""
        return {
            "kind": schedule.get("kind", "manual"),
            "every_minutes": schedule.get("every_minutes", 15),
            "at": ", ".join(schedule.get("at", ["07:00"])),
            "days": schedule.get("days", list(DAYS[:5])),
            "expression": schedule.get("expression", ""),
            "enabled": enabled,
        }

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        try:
            given["schedule"] = validated(_schedule(given))
        except ScheduleError as error:
            field = error.field.removeprefix("schedule.")
            self.add_error(field if field in self.fields else None, error.message)
        return given


def _schedule(given: dict[str, Any]) -> dict[str, Any]:
    kind = given.get("kind")
    if kind == "interval":
        return {"kind": kind, "every_minutes": given.get("every_minutes")}
    if kind == "daily":
        times = [part.strip() for part in given.get("at", "").split(",") if part.strip()]
        return {"kind": kind, "at": times, "days": given.get("days")}
    if kind == "cron":
        return {"kind": kind, "expression": given.get("expression")}
    return {"kind": kind}


class PeriodForm(Filter):
    since = forms.DateField(
        label="From", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        label="To", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    integration = forms.UUIDField(required=False, widget=forms.HiddenInput)


class ImportForm(PlainForm):
    file = forms.FileField(
        label="CSV file",
        help_text="With the header source_code,target_code,valid_from,note; UTF-8.",
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
    )
    keep_invalid = forms.BooleanField(
        label="Keep rows whose target cannot be used; what needs them waits",
        required=False,
    )


class VendorFilter(Filter):
    search = forms.CharField(
        label="Number or name",
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search"}),
    )


class SupplierFilter(Filter):
    supplier = forms.CharField(
        label="Name or number",
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    state = forms.ChoiceField(label="State", required=False, choices=ANY + STATES)
