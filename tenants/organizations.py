"""What an organization is probably called, out of the mail address of who signs up. Pure."""

from __future__ import annotations

# Domains under which organizations register, as in kestrel.co.uk.
_SECOND = frozenset({"ac", "co", "com", "edu", "gov", "gob", "gouv", "net", "org", "or", "ne"})
_ANYBODYS = frozenset(
    {
        *("gmail", "googlemail", "outlook", "hotmail", "live", "yahoo", "icloud", "me", "aol"),
        *("gmx", "web", "proton", "protonmail", "t-online", "orange", "free", "mail"),
    }
)
_LONGEST = 120


def organization_of(email: str) -> str:
    """Return e.g. `Kestrel` for ap@mail.kestrel.co.uk; for a provider of mail its customer's name.

    Only a beginning: an administrator changes it in the settings.
    """
    local, _, domain = email.strip().rpartition("@")
    labels = domain.lower().split(".")[:-1]
    if len(labels) > 1 and labels[-1] in _SECOND:
        labels.pop()
    name = labels[-1] if labels else ""
    if not name or name in _ANYBODYS:
        name = local
    words = name.replace("-", " ").replace("_", " ").replace(".", " ").split()
    return " ".join(word.capitalize() for word in words)[:_LONGEST] or "My organization"
