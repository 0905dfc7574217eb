"""Run a management command: `python manage.py help` lists them."""

import os
import sys

CHANGES_THE_SCHEMA = {"migrate", "prepare_database", "createcachetable", "flush", "sqlflush"}


def main(argv: list[str]) -> None:
    """Run one command; those that change the schema log in to the database as its owner."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "integration_platform.settings")
    os.environ.setdefault("DATABASE_POOL_SIZE", "0")  # a command has one thread
    if len(argv) > 1 and argv[1] in CHANGES_THE_SCHEMA:
        os.environ.setdefault("DATABASE_ROLE", "owner")

    from django.core.management import execute_from_command_line

    execute_from_command_line(argv)


if __name__ == "__main__":
    main(sys.argv)
