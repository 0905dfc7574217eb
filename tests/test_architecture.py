"""Who may import whom: the walk through the syntax trees that keeps the map true."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
APPS = ("audit", "tenants", "connectors", "sync")
KINDS = ("nav", "jaggaer")
EDGE = re.compile(r"^(\w+)\.(?:web|api|admin|tasks|management)(?:\.|$)")
WORLD = {"django", "requests", "urllib3", "rest_framework", "celery", "psycopg", "redis"}


def _modules() -> Iterator[tuple[str, Path]]:
    for app in (*APPS, "platform"):
        for path in (ROOT / app).rglob("*.py"):
            if "migrations" not in path.parts:
                dotted = ".".join(path.relative_to(ROOT).with_suffix("").parts)
                yield dotted.removesuffix(".__init__"), path


def _imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: imports are absolute"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


MODULES = dict(_modules())


def _broken(name: str, target: str) -> str | None:
    """Return the rule that this import breaks, if any."""
    app, other = name.split(".")[0], target.split(".")[0]
    edge, target_edge = EDGE.match(name), EDGE.match(target)
    if app != "platform" and other == "integration_platform":
        return "nobody imports platform/"
    if target_edge and app != target_edge[1] and app != "platform":
        return "an edge is imported by its own app alone"
    if target_edge and not edge and app in APPS:
        return "a core does not import an edge"
    open_to_edges = "tenants" if edge else app
    if app in APPS and other in APPS and _place(other) > max(_place(app), _place(open_to_edges)):
        return "imports go to the left: audit, tenants, connectors, sync"
    if re.match(r"connectors\.(?!nav|jaggaer)", name) and _kind(target):
        return "what is common never imports a concrete connector"
    if _kind(name):
        return _broken_by_connector(name, target)
    pure = re.match(r"sync\.(domain|matching)\b|connectors\.(http|documents|errors|base)\b", name)
    allowed = {"requests", "urllib3"} if name.startswith("connectors.http") else set()
    return "pure code does not touch the world" if pure and other in WORLD - allowed else None


def _place(app: str) -> int:
    return APPS.index(app)


def _kind(name: str) -> str | None:
    return next((kind for kind in KINDS if f"{name}.".startswith(f"connectors.{kind}.")), None)


def _broken_by_connector(name: str, target: str) -> str | None:
    if f".{_kind(name)}.sandbox" in name:
        own = (f"connectors.{_kind(name)}.sandbox", "connectors.sandboxing")
        is_ours = target.split(".")[0] in APPS
        if (is_ours and not target.startswith(own)) or target.split(".")[0] in WORLD:
            return "a sandbox knows nothing of our client"
    elif _kind(target) not in (None, _kind(name)) or ".sandbox" in target:
        return "a connector imports no other connector and no sandbox"
    elif ".models" in target or target.startswith("django.db"):
        return "a connector knows no model"
    return None


@pytest.mark.parametrize("name", MODULES)
def test_imports_follow_the_map(name: str) -> None:
    broken = {
        target: rule
        for target in _imports(MODULES[name])
        if (rule := _broken(name, target)) is not None
    }

    assert not broken


def test_a_wrong_import_would_be_seen() -> None:
    assert _broken("tenants.services", "sync.models.Run")
    assert _broken("sync.engine.runner", "sync.tasks.tick")
    assert _broken("sync.domain.states", "django.db.models")
    assert _broken("connectors.registry", "connectors.nav.connector")
    assert _broken("connectors.nav.client", "connectors.jaggaer.client")
    assert _broken("connectors.nav.sandbox.app", "connectors.nav.client")
    assert _broken("audit.admin", "sync.models.Run")
    assert not _broken("audit.management.commands.verify_audit", "tenants.models.Tenant")
    assert not _broken("sync.tasks", "sync.schedule")
    assert not _broken("tenants.api.views", "audit.record")
