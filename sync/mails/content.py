"""What a mail says, as blocks that read the same in plain text and in HTML.

Neither secrets nor bank data come here: sentences about causes, numbers, sums and links of ours.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from django.conf import settings

from audit.redaction import redact


@dataclass(frozen=True, slots=True)
class Item:
    """One line: what it is, what there is to say of it, and the page that shows it."""

    text: str
    detail: str = ""
    path: str = ""


@dataclass(slots=True)
class Block:
    """A paragraph or a list under a heading."""

    title: str = ""
    text: str = ""
    items: list[Item] = field(default_factory=list)


@dataclass(slots=True)
class Content:
    """A whole mail without its address; `path` is the page that the button opens."""

    subject: str
    blocks: list[Block]
    path: str = "/"
    button: str = "Open ml-connector"

    def stored(self) -> dict[str, Any]:
        """Return it as JSON keeps it, whatever looks like a secret covered."""
        return redact(asdict(self))


def plain_text(content: dict[str, Any], organization: str, stop: str) -> str:
    """Write a stored content as plain text."""
    parts = []
    for block in content["blocks"]:
        lines = [block["title"], block["text"]]
        for item in block["items"]:
            lines.append(f"- {item['text']}" + (f": {item['detail']}" if item["detail"] else ""))
            lines += [f"  {address(item['path'])}"] if item["path"] else []
        parts.append("\n".join(line for line in lines if line))
    parts.append(f"{content['button']}: {address(content['path'])}")
    parts.append(f"You get this as a member of {organization}. No more mails like this one: {stop}")
    return "\n\n".join(parts) + "\n"


def address(path: str) -> str:
    return f"{settings.PUBLIC_URL}{path}"
