"""Forms of access and of the organization."""

from __future__ import annotations

from functools import cache
from zoneinfo import available_timezones

from django import forms

from tenants.models import Role
from tenants.pages import PlainForm

# What a number looks like is what people recognize, not the name of a language.
NUMBER_FORMATS = [
    ("en", "1,234.56"),
    ("de", "1.234,56"),
    ("fr", "1 234,56"),
    ("de-ch", "1’234.56"),
]
ROLES = [
    (Role.VIEWER, "Viewer: reads everything"),
    (Role.OPERATOR, "Operator: also runs, maps, fixes and accepts"),
    (Role.ADMIN, "Administrator: also connections, members and keys"),
]


@cache
def time_zones() -> list[tuple[str, str]]:
    """Return the zones that people live in; the list's legacy names are left out."""
    named = sorted(zone for zone in available_timezones() if "/" in zone)
    kept = [zone for zone in named if not zone.startswith(("Etc/", "SystemV/", "posix", "right"))]
    return [("UTC", "UTC"), *((zone, zone.replace("_", " ")) for zone in kept)]


class PasswordField(forms.CharField):
    def __init__(self, **more: object) -> None:
        widget = forms.PasswordInput(attrs={"autocomplete": "new-password"})
        super().__init__(widget=widget, strip=False, max_length=200, **more)  # type: ignore[arg-type]


class SignUpForm(PlainForm):
    organization = forms.CharField(
        label="Organization",
        max_length=120,
        help_text="The company or body whose invoices these are.",
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    email = forms.EmailField(
        label="Your work mail address", widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )
    password = PasswordField(
        label="Password", help_text="At least 12 characters; a few words are best."
    )
    time_zone = forms.ChoiceField(
        label="Time zone",
        choices=time_zones,
        initial="UTC",
        help_text="Schedules and all times on the pages follow it.",
        widget=forms.Select(attrs={"data-suggest-zone": ""}),
    )


class NewPasswordForm(PlainForm):
    password = PasswordField(
        label="Choose a password", help_text="At least 12 characters; a few words are best."
    )


class OrganizationForm(PlainForm):
    name = forms.CharField(label="Name", max_length=120)
    time_zone = forms.ChoiceField(
        label="Time zone",
        choices=time_zones,
        help_text="Schedules and all times on the pages follow it.",
    )
    locale = forms.ChoiceField(label="Numbers look like", choices=NUMBER_FORMATS)


class InvitationForm(PlainForm):
    email = forms.EmailField(label="Mail address")
    role = forms.ChoiceField(
        label="Role", choices=ROLES, initial=Role.OPERATOR, widget=forms.RadioSelect
    )


class ApiKeyForm(PlainForm):
    name = forms.CharField(
        label="Name", max_length=80, help_text="What uses the key, e.g. “nightly report”."
    )
    role = forms.ChoiceField(
        label="Role", choices=ROLES, initial=Role.VIEWER, widget=forms.RadioSelect
    )
    expires_on = forms.DateField(
        label="Ends on",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="Empty: it holds until somebody revokes it.",
    )
