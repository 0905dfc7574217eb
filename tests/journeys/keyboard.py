"""A person without a mouse: Tab and Enter alone."""

from __future__ import annotations

from typing import Any

_MOST = 200  # steps before something is out of reach
# What Tab has to stop at; of a group of radio buttons it stops at one.
_BEGIN = """() => {
  const stops = [...document.querySelectorAll(
    'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]')];
  const group = one => [...one.form.elements].filter(each => each.name === one.name);
  const isStop = one => one.type !== 'radio' || one.checked
    || (!group(one).some(each => each.checked) && group(one)[0] === one);
  window.toReach = new Set(stops.filter(
    one => !one.disabled && one.checkVisibility({visibilityProperty: true}) && isStop(one)));
  window.unseen = [];
  document.addEventListener('focusin', ({target}) => {
    window.toReach.delete(target);
    const style = getComputedStyle(target);
    if (target.id !== 'main' && (style.outlineStyle === 'none' || !parseFloat(style.outlineWidth)))
      window.unseen.push(target.outerHTML.slice(0, 150));
  });
}"""
_LEFT = "[...window.toReach].map(one => one.outerHTML.slice(0, 150))"
_HERE = """() => {
  const one = document.activeElement;
  return one === document.body ? '' : (one.innerText || one.value || '').trim();
}"""


def tab_through(page: Any) -> tuple[list[str], list[str]]:
    """Tab from the top to the end; returns what was passed by and what did not show its focus."""
    page.evaluate(_BEGIN)
    for _ in range(_MOST):
        page.keyboard.press("Tab")
        if page.evaluate("window.toReach.size === 0 || document.activeElement === document.body"):
            break
    return page.evaluate(_LEFT), page.evaluate("window.unseen")


def here(page: Any) -> str:
    """Return the words of what has the focus."""
    words: str = page.evaluate(_HERE)
    return words


def reach(page: Any, words: str) -> None:
    """Tab until the focus is on what begins with these words; AssertionError if it never is."""
    for _ in range(_MOST):
        page.keyboard.press("Tab")
        if here(page).startswith(words):
            return
    raise AssertionError(f"The keyboard does not reach “{words}” on {page.url}.")
