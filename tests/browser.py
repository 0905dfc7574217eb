"""A real browser for tests: the Chromium of the machine, watched, skipped where it is absent."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def chromium() -> str:
    """Return the path of the browser; skips the test where there is none."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.skip("Chromium is not installed: apt-get install --no-install-recommends chromium")
    return found


# The rules of axe that a color scheme can break.
OF_COLORS = ("color-contrast", "link-in-text-block")
_LOOK = """async rules => {
  const options = {resultTypes: ['violations'], ...(rules.length ? {runOnly: rules} : {})};
  const found = await axe.run(document, options);
  return found.violations.flatMap(one => one.nodes.map(
    node => `${location.href}: ${one.id}: ${node.html.slice(0, 150)}`));
}"""


@contextmanager
def browsing(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Open a browser; its own event loop must not keep the test from the database."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    path = chromium()
    with sync_api.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=path, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


def watch(page: Any) -> list[str]:
    """Return a list that collects every console error and every violation of the policy."""
    seen: list[str] = []
    page.on(
        "console",
        lambda said: seen.append(f"{page.url}: {said.text}") if said.type == "error" else None,
    )
    page.on("pageerror", lambda error: seen.append(f"{page.url}: {error}"))
    return seen


def violations(page: Any, rules: Sequence[str] = ()) -> list[str]:
    """Return what axe finds wrong with the page as it stands, by these rules or by all."""
    axe = pytest.importorskip("axe_playwright_python.base")
    if not page.evaluate("'axe' in window"):
        page.evaluate(axe.AXE_SCRIPT)
    found: list[str] = page.evaluate(_LOOK, list(rules))
    return found
