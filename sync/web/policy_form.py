"""The policy as a form: each field with what its choices lead to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django import forms

from sync.web import factor_lines, override_lines
from sync.words import FIELD_OWNERS
from tenants.pages import PlainForm

SEPARATOR = "__"  # journal__batch is the field of journal.batch
_STRICTER = "stricter"


class Choice(forms.ChoiceField):
    """Words of the policy, each with its effect."""

    def __init__(self, label: str, choices: Mapping[str, str], help_text: str = "") -> None:
        super().__init__(
            label=label,
            choices=list(choices.items()),
            help_text=help_text,
            widget=forms.RadioSelect,
        )


class Owner(forms.ChoiceField):
    """Which side says what a field of a supplier is."""

    def __init__(self, label: str) -> None:
        super().__init__(label=label, choices=list(FIELD_OWNERS.items()))


class Text(forms.CharField):
    """A text that may be empty, which the policy knows as null."""

    def __init__(self, label: str, help_text: str = "", length: int = 20, **more: Any) -> None:
        widget = forms.TextInput(attrs={"class": "code", "autocomplete": "off", **more})
        super().__init__(
            label=label, help_text=help_text, max_length=length, required=False, widget=widget
        )


class Limit(forms.CharField):
    """A limit as plain decimal text; empty is not applied."""

    def __init__(self, label: str, help_text: str = "") -> None:
        widget = forms.TextInput(attrs={"class": "code", "inputmode": "decimal"})
        super().__init__(
            label=label, help_text=help_text, max_length=20, required=False, widget=widget
        )


class Switch(forms.BooleanField):
    def __init__(self, label: str, help_text: str = "") -> None:
        super().__init__(label=label, help_text=help_text, required=False)


class Day(forms.DateField):
    def __init__(self, label: str, help_text: str = "", *, required: bool = False) -> None:
        widget = forms.DateInput(attrs={"type": "date", "class": "code"})
        super().__init__(label=label, help_text=help_text, required=required, widget=widget)


class BookingForm(PlainForm):
    """What must be known before the first invoice: from when on, how, on which account."""

    says_optional = False  # the hints say what an empty field does

    start_on = Day(
        "From which day on",
        "Invoices dated before it are ignored: they were typed into NAV by hand. They stay visible"
        " and can be replayed. Open orders and suppliers are always loaded.",
        required=True,
    )
    invoice__post = Choice(
        "What becomes of an invoice in NAV",
        {
            "no": "A draft: somebody looks at it in NAV and posts it",
            "yes": "Posted at once where NAV computes the same total; else it waits for review",
        },
    )
    journal__enabled = Choice(
        "Journal beside each invoice",
        {
            "yes": "Yes: the cost goes to its account by a journal that finance reviews and posts",
            "no": "No: each line of the invoice stands on its own account, without a journal",
        },
    )
    journal__balancing_account = Text(
        "Balancing account",
        "The account between invoice and journal; it ends at zero. Needed with a journal.",
        list="accounts",
    )
    journal__batch = Text(
        "Journal batch",
        "An empty batch in NAV that only we write to, without a balancing account of its own."
        " Needed with a journal.",
        10,
    )

    def policy(self) -> dict[str, Any]:
        return as_policy(self.cleaned_data)


class PolicyForm(BookingForm):
    """The whole policy."""

    field_order = ("invoice__enabled",)  # first whether at all, then how

    start_on = Day("From which day on", BookingForm.base_fields["start_on"].help_text)
    invoice__enabled = Switch("Write invoices and credit notes")
    invoice__lines_account = Choice(
        "Accounts of the invoice lines",
        {
            "auto": "As the journal needs it: with a journal on the balancing account, else mapped",
            "mapped": "Each line on its mapped account (not together with a journal)",
            "balancing": "Every line on the balancing account; the journal moves the cost",
        },
    )
    posting_date__source = Choice(
        "Posting date",
        {
            "accounting_date": "The accounting date of JAGGAER",
            "document_date": "The date of the invoice",
            "today": "The day of writing",
        },
    )
    posting_date__closed_period = Choice(
        "Posting date in a closed period",
        {"review": "Waits for review", "next_open": "Moves to the first open day"},
    )
    posting_date__next_open_days = Limit(
        "Moved by so many days at most",
        "Empty: as far as it takes. What would move further waits for review.",
    )
    purchase_order__enabled = Switch("Write purchase orders")
    purchase_order__after_invoice = Choice(
        "Order in NAV after its invoice",
        {
            "keep": "Stays as it is",
            "reduce": "Its open quantity is lowered by what was invoiced",
        },
        "An invoice written by API cannot be linked to its order in NAV.",
    )
    purchase_order__cancelled = Choice(
        "Order cancelled in JAGGAER",
        {
            "close": "Stays in NAV with nothing left to receive",
            "delete": "Is deleted in NAV, unless something was received or invoiced",
        },
    )
    supplier__direction = Choice(
        "Suppliers travel",
        {"both": "Both ways", "to_ledger": "Only to NAV", "to_source": "Only to JAGGAER"},
    )
    supplier__create_blocked = Switch(
        "Create new vendors blocked", "Somebody must unblock each in NAV before it can be paid."
    )
    supplier__payment_blocked = Choice(
        "Invoices of a vendor that NAV blocks for payment",
        {
            "post": "Are written; NAV holds their payment, and a note says so",
            "review": "Wait until the block is lifted in NAV. One that is blocked for all always"
            " waits",
        },
    )
    supplier__parent = Choice(
        "Parent companies",
        {
            "report": "Serve matching, duplicates and reports",
            "pay_to": "Are paid: the parent becomes the pay-to vendor. This pays another company",
        },
    )
    supplier__hierarchy_dimension = Text(
        "Dimension for parents", "Empty: none. Lets reports sum up by parent."
    )
    supplier__owners__name = Owner("Who decides on the name")
    supplier__owners__address = Owner("Who decides on the address")
    supplier__owners__contact = Owner("Who decides on the contact")
    supplier__owners__payment_terms = Owner("Who decides on the payment terms")
    supplier__owners__status = Owner("Who decides whether it is blocked")
    match__mode = Choice(
        "What is compared",
        {
            "two_way": "Invoice against order",
            "three_way": "Invoice against order and what NAV received",
        },
    )
    match__price_percent = Limit("Price above the order, percent", "Empty: not applied.")
    match__price_amount = Limit(
        "Amount above the order per line, in local currency", "Empty: not applied."
    )
    match__price_below = Choice(
        "Price below the order",
        {"accept": "Accepted, a suspicious drop is noted", "review": "Waits for review"},
    )
    match__price_below_percent = Limit(
        "Price below the order, percent",
        "A drop up to it is ordinary; beyond it is noted, or waits. Empty: none is ordinary where"
        " lower prices wait, and up to 50 % where they are accepted.",
    )
    match__amount_percent = Limit(
        "Lines ordered as an amount: above the order, percent", "Empty: not applied."
    )
    match__quantity_percent = Limit("Quantity above what is open, percent", "Empty: not applied.")
    match__total_amount = Limit("Rounding of totals, in local currency", "Empty: not applied.")
    match__charge_percent = Limit(
        "Freight and fees, percent of the goods", "0: every charge waits for review."
    )
    match__reverse_charge = Switch(
        "Suppliers bill no tax (reverse charge)",
        "A tax that is billed waits for review. For single suppliers: in the list below.",
    )
    match__related_supplier = Choice(
        "Invoice of a related company",
        {"accept": "Accepted when parents connect both", "review": "Waits for review"},
    )
    match__without_order = Choice(
        "Invoice without order",
        {"review": "Waits for review", "write": "Is written as the document is coded"},
    )
    match__receipt_alarm_days = Limit(
        "Alarm when an invoice waits for its receipt for more days than",
        "Told once for each invoice: on Today, in Review and by mail. Empty: no alarm.",
    )
    match__overrides = forms.CharField(
        label="Other limits for single suppliers or accounts",
        required=False,
        help_text="One per line, such as “supplier 006105: price percent 5, total amount 0.05”, or"
        " “account” and its code. Limits are price percent, price amount, amount percent, quantity"
        " percent, total amount, charge percent and mode; “none” takes one away. The first line"
        " that fits wins.",
        widget=forms.Textarea(attrs={"rows": 4, "class": "mono", "spellcheck": "false"}),
    )
    match__unit_factors = forms.CharField(
        label="Units of measure: how many of one another is",
        required=False,
        help_text="One per line: 1 BX = 12 EA. For one catalogue number alone: 1 BX = 10 EA for"
        " 5221717; such a line comes before the others. Needed where an invoice is in another unit"
        " than its order.",
        widget=forms.Textarea(attrs={"rows": 3, "class": "mono", "spellcheck": "false"}),
    )
    tax__tax1 = Choice(
        "First tax of JAGGAER",
        {
            "ledger": "NAV computes it; the supplier's figure is compared",
            "line": "A line of its own",
        },
    )
    tax__tax2 = Choice(
        "Second tax of JAGGAER",
        {
            "ledger": "NAV computes it; the supplier's figure is compared",
            "line": "A line of its own",
        },
    )
    accounts__freight = Text(
        "Account for freight, handling and fees",
        "Empty: an invoice with such a charge waits.",
        list="accounts",
    )
    accounts__tax = Text(
        "Account for tax lines", "Empty: an invoice with such a tax waits.", list="accounts"
    )
    accounts__discount = Text(
        "Account for discounts",
        "Empty: a discount is spread over the lines by value.",
        list="accounts",
    )
    accounts__rounding = Text(
        "Account for rounding", "Empty: no rounding line is written.", list="accounts"
    )
    default_dimensions = forms.CharField(
        label="Dimensions where a line carries no cost center",
        required=False,
        help_text="One per line, such as DEPARTMENT=ADM.",
        widget=forms.Textarea(attrs={"rows": 3, "class": "mono"}),
    )
    four_eyes = Switch(
        "A second person must accept",
        "Two different people accept a variance or a suspected duplicate; API keys never count."
        " Switching it off needs a second person too.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            if isinstance(field, Owner) and not self._may_be_stricter(name):
                field.choices = [each for each in FIELD_OWNERS.items() if each[0] != _STRICTER]

    def _may_be_stricter(self, name: str) -> bool:
        """Only a block is more or less strict; what is stored stays on offer."""
        return name.endswith("__status") or self.initial.get(name) == _STRICTER

    def clean_match__overrides(self) -> Any:
        return self._lines("match__overrides", override_lines.from_lines)

    def clean_match__unit_factors(self) -> Any:
        return self._lines("match__unit_factors", factor_lines.from_lines)

    def _lines(self, name: str, read: Callable[[str], Any]) -> Any:
        try:
            return read(self.cleaned_data[name])
        except ValueError as error:
            raise forms.ValidationError(str(error)) from None

    def clean_default_dimensions(self) -> dict[str, str]:
        found = {}
        for line in self.cleaned_data["default_dimensions"].splitlines():
            if line.strip():
                name, equals, value = line.partition("=")
                if not equals:
                    raise forms.ValidationError(f"{line.strip()}: a line reads DIMENSION=VALUE.")
                found[name.strip()] = value.strip()
        return found

    def policy(self) -> dict[str, Any]:
        """Return the whole policy; dimensions that were taken away are null."""
        whole = super().policy()
        before = self.initial.get("dimensions_before", {})
        gone = {name: None for name in before if name not in whole["default_dimensions"]}
        whole["default_dimensions"] = {**gone, **whole["default_dimensions"]}
        return whole


GROUPS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (
        "Invoices and journal",
        "What is written for an invoice, and on which accounts.",
        ("start_on", "invoice__", "journal__", "posting_date__"),
    ),
    ("Matching", "What may differ between invoice and order before a person looks.", ("match__",)),
    ("Tax and charges", "Where taxes, freight and discounts go.", ("tax__", "accounts__")),
    ("Purchase orders", "What NAV knows of orders.", ("purchase_order__",)),
    ("Suppliers", "Which side says what about a supplier.", ("supplier__",)),
    ("Dimensions", "What is booked where the source is silent.", ("default_dimensions",)),
    ("Control", "Who must agree.", ("four_eyes",)),
)


def as_policy(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a form's values as the nested object that the services take."""
    policy: dict[str, Any] = {}
    for name, value in values.items():
        *path, last = name.split(SEPARATOR)
        place = policy
        for step in path:
            place = place.setdefault(step, {})
        place[last] = _as_json(name, value)
    return policy


def _as_json(name: str, value: Any) -> Any:
    if name in ("invoice__post", "journal__enabled"):
        return value == "yes"
    if name == "start_on":
        return value.isoformat() if value else None
    if isinstance(value, str):
        return value.strip() or None
    return value


def initial_of(policy: Mapping[str, Any]) -> dict[str, Any]:
    """Return a whole policy as the fields show it."""
    flat = dict(_flat(policy))
    for name in ("invoice__post", "journal__enabled"):
        flat[name] = "yes" if flat[name] else "no"
    flat["match__overrides"] = override_lines.as_lines(policy["match"]["overrides"])
    flat["match__unit_factors"] = factor_lines.as_lines(policy["match"]["unit_factors"])
    dimensions = policy["default_dimensions"]
    flat["default_dimensions"] = "\n".join(f"{name}={value}" for name, value in dimensions.items())
    flat["dimensions_before"] = dimensions
    return flat


def _flat(tree: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for key, value in tree.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping) and name != "default_dimensions":
            found += _flat(value, f"{name}{SEPARATOR}")
        else:
            found.append((name, value))
    return found


def field_names(form: forms.Form) -> dict[str, str]:
    """Return the path that a service names -> the field that is to blame."""
    return {f"policy.{name.replace(SEPARATOR, '.')}": name for name in form.fields}
