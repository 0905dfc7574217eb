"""A management command of the product, with points to die at: `-m tests.drill.command NAME ...`."""

from __future__ import annotations

import sys
from datetime import timedelta

import django
from django.core.management import call_command


def main() -> None:
    django.setup()
    from tenants import keyring, rotation
    from tests.drill import points
    from tests.drill.worker import KEYS_KNOWN_FOR

    keyring.KEYS_KNOWN_FOR = KEYS_KNOWN_FOR
    rotation.rotate.__kwdefaults__["settle"] = timedelta(seconds=2 * KEYS_KNOWN_FOR)
    points.install()
    call_command(*sys.argv[1:])


if __name__ == "__main__":
    main()
