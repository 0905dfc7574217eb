"""Forms of connections: the few fields everybody fills in, and the many that a schema offers."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django import forms

from connectors import registry
from connectors.base import SettingsError
from connectors.web.named_lines import NamedLines
from tenants.pages import PlainForm

_HIDDEN = forms.PasswordInput(render_value=False, attrs={"autocomplete": "off"})
_REALM = "/auth/realms/J1p-integrations"
# What Microsoft Entra calls an application by; no user of NAV is named like this.
_APPLICATION_ID = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_CLOUD = "api.businesscentral.dynamics.com"
_ENTRA = "https://login.microsoftonline.com/{}/oauth2/v2.0/token"
CHOICES = {
    "auto": "Whatever the server offers",
    "api": "API v2.0",
    "pages": "Published page web services",
    "oauth2": "OAuth 2.0",
    "basic": "User name and access key",
}
_ADDRESS = {"autocomplete": "off", "inputmode": "url", "spellcheck": "false"}


def _valid_until() -> forms.DateField:
    return forms.DateField(
        label="Secret valid until",
        required=False,
        help_text="The last day on which it works, as the other system shows it. You are warned"
        " 30 days, 7 days and 1 day ahead.",
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "code"}),
    )


def needs_token_url(kind: str, base_url: str) -> bool | None:
    """Say whether the address needs a token address beside it; None when it cannot be read."""
    try:
        registry.get(kind).parse({"base_url": base_url}, None)
    except SettingsError as error:
        paths = {path.removeprefix("settings.") for path in error.fields}
        return None if "base_url" in paths else True
    return False


def usual_token_url(base_url: str) -> str:
    """Return where JAGGAER hands out tokens for an API address, "" where nobody can tell.

    Token and API lie on one host; the older base has its tokens beside the API
    (JAGGAER contract, section 2).
    """
    url = urlsplit(base_url.strip())
    if not (url.scheme and url.netloc):
        return ""
    if "/esop/" in url.path:
        return f"{base_url.strip().rstrip('/')}/v1/tokens"
    if url.path.startswith("/j1p/"):
        return f"{url.scheme}://{url.netloc}{_REALM}/protocol/openid-connect/token"
    return ""


class NewForm(PlainForm):
    """Address and credentials: all that a green check takes. What is `rare` lies folded below."""

    rare = ("token_url",)
    rare_title = ""

    base_url = forms.CharField(
        label="Base address", max_length=500, widget=forms.TextInput(attrs=_ADDRESS)
    )
    client_id = forms.CharField(
        label="Client id", max_length=2000, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    client_secret = forms.CharField(
        label="Client secret",
        max_length=2000,
        widget=_HIDDEN,
        help_text="Is stored sealed and never shown again.",
    )
    token_url = forms.CharField(
        label="Token address",
        max_length=500,
        required=False,
        widget=forms.TextInput(attrs=_ADDRESS),
    )

    @property
    def is_unfolded(self) -> bool:
        """Say whether somebody filled in what is rare, or has to."""
        return any(self.errors.get(name) or self[name].value() for name in self.rare_fields)

    @property
    def rare_fields(self) -> list[str]:
        return [name for name in self.rare if name in self.fields]


class JaggaerForm(NewForm):
    """What connecting JAGGAER takes: its address, and two credentials."""

    rare_title = "Its tokens come from another address"

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        self.fields["base_url"].label = "API address"
        self.fields[
            "base_url"
        ].help_text = "The whole root, e.g. https://….api.jaggaer.com/j1p/api/public."
        self.fields["token_url"].help_text = "It usually ends with /protocol/openid-connect/token."

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        given["token_url"] = given.get("token_url") or usual_token_url(given.get("base_url", ""))
        if given.get("base_url") and not given["token_url"]:
            words = "It does not follow from the API address. Enter it as JAGGAER gave it to you."
            self.add_error("token_url", words)
            self.fields["token_url"].required = True
        return given

    def settings(self) -> dict[str, Any]:
        return _given(self.cleaned_data, ("base_url", "token_url"))

    def secret(self) -> dict[str, str]:
        return _given(self.cleaned_data, ("client_id", "client_secret"))


class NavForm(NewForm):
    """What connecting NAV takes; the pasted address tells the cloud from a server on premises.

    On premises it is the web service access key that everybody has, or OAuth 2.0: the id of an
    Entra application says so by its shape, a token address by being there. Entra knows an
    organization by each of its domains, so that its token address follows from the mail domain.
    """

    rare_title = "Its tokens come from another address"

    def __init__(
        self, data: Any = None, *, base_url: str = "", mail_domain: str = "", **kwargs: Any
    ) -> None:
        super().__init__(data, initial={"base_url": base_url}, **kwargs)
        self.address = (data.get("base_url", "") if data else base_url).strip()
        needs = needs_token_url("nav", self.address) if self.address else None
        is_cloud = needs is not None and urlsplit(self.address).hostname == _CLOUD
        self.on_premises = None if needs is None else not is_cloud
        self.entra_url = _ENTRA.format(mail_domain) if mail_domain else ""
        self.fields["base_url"].help_text = (
            f"https://{_CLOUD}/v2.0/tenant/environment/ in the cloud,"
            " https://server:7048/instance/ on premises. Paste what you have."
        )
        self.fields["token_url"].help_text = f"Empty: {self.entra_url}" if self.entra_url else ""
        if self.address and needs is None:
            self.fields["base_url"].widget.attrs["aria-invalid"] = "true"
        if needs is False:
            del self.fields["token_url"]
        elif not is_cloud:
            self._ask_on_premises()

    def _ask_on_premises(self) -> None:
        self.fields["client_id"].label = "User name, or client id"
        self.fields["client_secret"].label = "Web service access key, or client secret"
        usual = (
            f" Empty, and a client id of Entra above: {self.entra_url}" if self.entra_url else ""
        )
        self.fields["token_url"].help_text = f"For OAuth 2.0 alone.{usual}"

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        is_application = _APPLICATION_ID.fullmatch(given.get("client_id") or "")
        if "token_url" in self.fields and (is_application or self.on_premises is False):
            given["token_url"] = given.get("token_url") or self.entra_url
        return given

    def _uses_key(self) -> bool:
        return self.on_premises is not False and not self.cleaned_data.get("token_url")

    def settings(self) -> dict[str, Any]:
        given = _given(self.cleaned_data, ("base_url", "token_url"))
        return {**given, "auth": "basic"} if self._uses_key() else given

    def secret(self) -> dict[str, str]:
        if self._uses_key():
            return {
                "username": self.cleaned_data["client_id"],
                "password": self.cleaned_data["client_secret"],
            }
        return _given(self.cleaned_data, ("client_id", "client_secret"))


NEW = {"jaggaer": JaggaerForm, "nav": NavForm}
# Where a service's words about a secret stand in the forms above.
BLAME = {
    "secret.client_id": "client_id",
    "secret.client_secret": "client_secret",
    "secret.username": "client_id",
    "secret.password": "client_secret",
    "name": "base_url",
}


def _given(values: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: values[name] for name in names if values.get(name)}


class SecretForm(PlainForm):
    """New credentials for a connection; none of the old ones is shown."""

    client_id = forms.CharField(
        label="Client id or user name",
        max_length=2000,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    client_secret = forms.CharField(
        label="Client secret or access key", max_length=2000, widget=_HIDDEN
    )
    secret_valid_until = _valid_until()

    def secret(self, auth: str) -> dict[str, str]:
        return secret_of(self.cleaned_data, auth)


def secret_of(given: Mapping[str, Any], auth: str) -> dict[str, str]:
    """Return credentials as the log-in that the settings ask for names them."""
    if auth == "basic":
        return {"username": given["client_id"], "password": given["client_secret"]}
    return _given(given, ("client_id", "client_secret"))


class SettingsForm(PlainForm):
    """Every setting that a kind of connection has, made of its schema, and its credentials.

    Settings that lead to another host or take another log-in need the credentials in one step with
    them, so both stand here. What few people change lies folded below.
    """

    says_optional = False  # the hints say what an empty field does
    usual = ("base_url", "auth", "token_url")

    def __init__(self, kind: str, current: Mapping[str, Any], data: Any = None) -> None:
        super().__init__(data)
        self.fields["name"] = forms.CharField(label="Name", max_length=80)
        schema = self._schema = registry.get(kind).settings_schema["properties"]
        self.rare = [name for name in schema if name not in self.usual]
        for name in (*(name for name in self.usual if name in schema), *self.rare):
            self.fields[name] = _field(schema[name], required=name == "base_url")
        self.fields |= SecretForm().fields
        for name in ("client_id", "client_secret"):
            self.fields[name].required = False
            self.fields[name].help_text = "Empty: stays as it is."
        self.initial = {name: _shown(current.get(name), rule) for name, rule in schema.items()}

    @property
    def usual_fields(self) -> list[forms.BoundField]:
        return [field for field in self if field.name not in self.rare]

    @property
    def rare_fields(self) -> list[forms.BoundField]:
        return [field for field in self if field.name in self.rare]

    @property
    def is_unfolded(self) -> bool:
        return any(field.errors for field in self.rare_fields)

    def secret(self) -> dict[str, str] | None:
        """Return the new credentials, None where they stay."""
        given = self.cleaned_data
        if not (given["client_id"] or given["client_secret"]):
            return None
        return secret_of(given, given.get("auth") or "oauth2")

    def settings(self) -> dict[str, Any]:
        """Return the settings as the service merges them: what was emptied is null."""
        return {
            name: None if value in ("", None, {}) else _read(value, self._schema[name])
            for name, value in self.cleaned_data.items()
            if name in self._schema
        }


def _field(rule: Mapping[str, Any], *, required: bool) -> forms.Field:
    more = {
        "label": rule.get("title", ""),
        "help_text": _help(rule),
        "required": required,
    }
    match rule.get("type"):
        case "object":
            known = {key: part["title"] for key, part in rule["properties"].items()}
            return NamedLines(known, label=more["label"], required=required)
        case "integer":
            return forms.IntegerField(
                min_value=rule.get("minimum"), max_value=rule.get("maximum"), **more
            )
        case "number":
            return forms.FloatField(
                min_value=rule.get("minimum"), max_value=rule.get("maximum"), **more
            )
        case "string":
            return forms.CharField(max_length=rule.get("maxLength", 500), **more)
    if "enum" in rule:
        usual = rule.get("default", "")
        choices = [(word, CHOICES.get(word, word)) for word in rule["enum"] if word != usual]
        choices = [("", CHOICES.get(usual, usual)), *choices]
        return forms.ChoiceField(choices=choices, **more)
    widget = forms.Textarea(attrs={"rows": 3, "class": "mono", "spellcheck": "false"})
    return forms.CharField(widget=widget, max_length=1_000_000, **more)


def _help(rule: Mapping[str, Any]) -> str:
    if "enum" in rule:
        return ""  # its choices are words already
    usual = rule.get("default")
    said = rule.get("description", "")
    if usual is None:
        return said
    stop = "." if said and said[-1] not in ".:?!" else ""
    return f"{said}{stop} Empty: {usual}.".strip()


def _shown(value: Any, rule: Mapping[str, Any]) -> Any:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, dict) and rule.get("type") != "object":
        return json.dumps(value, indent=1)
    return value


def _read(value: Any, rule: Mapping[str, Any]) -> Any:
    """Read what was typed: an object as JSON, a list as its items between commas."""
    if rule.get("type") == "array":
        return [item.strip() for item in value.split(",")]
    if isinstance(value, str) and value.strip().startswith("{"):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value
