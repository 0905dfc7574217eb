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
PASSWORD_HINT = "At least 12 characters; a few words are best."


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
    """Two fields; the name of the organization and its time zone are guessed and changed later."""

    email = forms.EmailField(
        label="Your work mail address", widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )
    password = PasswordField(label="Password", help_text=PASSWORD_HINT)
    time_zone = forms.CharField(
        required=False,
        max_length=64,
        initial="UTC",
        widget=forms.HiddenInput(attrs={"data-suggest-zone": ""}),
    )

    def clean_time_zone(self) -> str:
        """Return the browser's zone; nobody typed it, so a strange one is nobody's mistake."""
        zone = self.cleaned_data["time_zone"]
        return zone if zone in dict(time_zones()) else "UTC"


class NewPasswordForm(PlainForm):
    password = PasswordField(label="Choose a password", help_text=PASSWORD_HINT)


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
        widget=forms.DateInput(attrs={"type": "date", "class": "code"}),
        help_text="Empty: it holds until somebody revokes it.",
    )
