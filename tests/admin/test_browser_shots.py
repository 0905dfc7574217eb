"""`make shots`, the admin: a picture of every page that support uses, into shots/."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings

from tests.admin import pages
from tests.admin.conftest import browser_of
from tests.browser import browsing, watch

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "support"]),
    pytest.mark.browser,
    pytest.mark.shots,
]
SIZES = {"wide": (1280, 900), "narrow": (360, 740)}


def test_pictures_of_the_admin(
    live_server, monkeypatch, staff, customer, neighbor, beat_entry, staff_log
):
    folder = Path(settings.BASE_DIR) / "shots"
    folder.mkdir(exist_ok=True)
    session = browser_of(staff("superuser"), proved=True).cookies[settings.SESSION_COOKIE_NAME]
    addresses = {name_of(url): url for url in pages.every_page()}
    with browsing(monkeypatch) as browser:
        for scheme in ("light", "dark"):
            page = browser.new_page(color_scheme=scheme)
            cookie = {"name": session.key, "value": session.value, "url": live_server.url}
            page.context.add_cookies([cookie])
            errors = watch(page)
            for name, address in addresses.items():
                for size, (width, height) in SIZES.items():
                    page.set_viewport_size({"width": width, "height": height})
                    page.goto(live_server.url + address)
                    page.screenshot(path=folder / f"{name}-{size}-{scheme}.png", full_page=True)
            assert errors == []


def name_of(address: str) -> str:
    """Return a file's name for an address: one picture for each kind of page and search."""
    path, _, search = re.sub(r"[0-9a-f-]{36}|(?<=/)\d+(?=/)", "one", address).partition("?q=")
    return "-".join(re.findall(r"\w+", f"{path.partition('?')[0]} {search}".lower()))
