"""A browser in the words of people, out of how it names itself. Pure."""

from __future__ import annotations

from collections.abc import Sequence

# The first that is named counts: most name those that came before them too.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def browser_words(name: str) -> str:
    """Return e.g. `Firefox on Windows`; `A browser` or `A program` where it says too little."""
    browser, system = _first(_BROWSERS, name), _first(_SYSTEMS, name)
    if not browser and not system:
        return "A program"
    return f"{browser or 'A browser'} on {system}" if system else browser


def _first(known: Sequence[tuple[str, str]], name: str) -> str:
    return next((words for mark, words in known if mark in name), "")
