"""`python -m connectors.jaggaer.sandbox`: the sandbox as a process of its own."""

import argparse
import sqlite3
import sys
from pathlib import Path
from typing import Any

from connectors.jaggaer.sandbox.app import DEMO_CLIENT, JaggaerSandbox
from connectors.jaggaer.sandbox.tokens import Client
from connectors.sandboxing import Clock, loads
from connectors.sandboxing.command import common_options, serve


def main(arguments: list[str] | None = None) -> int:
    """Serve until stopped; return the exit code, 2 for options that cannot be used."""
    options = _parser().parse_args(arguments)
    try:
        app = JaggaerSandbox(
            state=options.state,
            clients=options.client or [DEMO_CLIENT],
            seeds=options.seed,
            clock=Clock(options.clock_offset),
            **_switches(options),
        )
    except (OSError, ValueError, sqlite3.Error) as error:
        sys.stderr.write(f"jaggaer-sandbox: {error}\n")
        return 2
    return serve(app, host=options.host, port=options.port, log_path=options.log)


def _parser() -> argparse.ArgumentParser:
    parser = common_options("JAGGAER's J1P API as a sandbox.", port=8081)
    parser.add_argument("--seed", action="append", default=[], type=Path, help="JSON lines or .gz")
    parser.add_argument(
        "--client",
        action="append",
        type=_client,
        help=f"ID:SECRET[:dataset], repeatable; without: {DEMO_CLIENT.client_id} with its secret",
    )
    parser.add_argument("--page-size", type=int, default=100, help="records in a page")
    parser.add_argument("--token-lifetime", type=int, default=300, help="seconds")
    parser.add_argument(
        "--switch", action="append", default=[], type=_switch, help="NAME=JSON, repeatable"
    )
    return parser


def _client(text: str) -> Client:
    name, colon, rest = text.partition(":")
    secret, _, dataset = rest.partition(":")
    if not (name and colon and secret):
        raise argparse.ArgumentTypeError("a client is ID:SECRET or ID:SECRET:dataset")
    return Client(name, secret, dataset or "default")


def _switch(text: str) -> tuple[str, Any]:
    name, _, value = text.partition("=")
    try:
        return name, loads(value)
    except ValueError:
        return name, value


def _switches(options: argparse.Namespace) -> dict[str, Any]:
    base = {"page_size": options.page_size, "token_lifetime_seconds": options.token_lifetime}
    return {**base, **dict(options.switch)}


if __name__ == "__main__":
    sys.exit(main())
