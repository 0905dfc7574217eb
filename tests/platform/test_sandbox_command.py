"""The sandboxes of `make run` know the demo's customers, and a production never plays them."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from integration_platform.management.commands.sandbox import arguments
from sync.demo.tenants import tenants


def test_production_settings_refuse_a_sandbox(settings: object) -> None:
    settings.SANDBOXES = False

    with pytest.raises(CommandError, match="Sandboxes are off"):
        call_command("sandbox", "nav")


@pytest.mark.parametrize(("kind", "ending"), [("jaggaer", ":{dataset}"), ("nav", "")])
def test_each_demo_customer_is_a_client(
    kind: str, ending: str, tmp_path: Path, settings: object
) -> None:
    settings.SANDBOX_SECRET = "known-to-both"

    given = arguments(kind, tmp_path)

    for tenant in tenants():
        client = f"{tenant.client_id}:known-to-both" + ending.format(dataset=tenant.dataset)
        assert given[given.index(client) - 1] == "--client"
    assert Path(given[given.index("--seed") + 1]).is_file()
