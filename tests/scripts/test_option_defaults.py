"""Defaults and ranges of the options of all commands, on which the scripts of users rely."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from scripts.cli import main

if TYPE_CHECKING:
    from collections.abc import Iterator

OPTIONS: Final[dict[str, dict[str, object]]] = {
    "train": {
        "--floor": (None, None, 1),
        "--points": (None, 1000, None),
        "--seed": (42, 0, 4294967295),
        "--format": "text",
    },
    "import": {"--target": "prediction", "--points": (10000, 1000, None)},
    "predict": {"--format": "table"},
    "pack": {"--target": "local", "--format": "text"},
    "local logs": {"--lines": (20, 0, 1000000)},
    "local status": {"--format": "table"},
    "local up": {"--port": "8080", "--localstack-port": "4566", "--stack": "dev"},
    "local watch": {"--port": "free", "--browser": True, "--lang": "en", "--format": "text"},
    "lesson": {"--lang": "en", "--pace": (1, 0.1, 10), "--format": "table"},
    "doctor": {"--stack": "dev", "--format": "table"},
    "deploy destroy": {"--stack": "dev"},
    "deploy outputs": {"--stack": "dev", "--format": "text"},
    "deploy preview": {"--stack": "dev", "--policies": True, "--doctor": True, "--format": "text"},
    "deploy up": {
        "--stack": "dev",
        "--policies": True,
        "--doctor": True,
        "--patience": (600, 0, 3600),
        "--format": "text",
    },
    "deploy wait": {"--stack": "dev", "--patience": (600, 0, 3600), "--format": "text"},
    "rollout": {
        "--strategy": "canary",
        "--step": (10, 1, 100),
        "--interval": (None, 0, 86400),
        "--warmup": (None, 0, 3600),
        "--give-up-after": (None, 1, 86400),
        "--format": "text",
    },
    "bench service": {
        "--rounds": (5, 1, 100),
        "--seconds": (3, 1, 600),
        "--connections": (32, 1, 10000),
        "--data": "iris",
        "--format": "text",
    },
    "bench coldstart": {"--runs": (12, 2, 1000), "--format": "text"},
    "bench soak": {"--minutes": (10, 0.05, 10000), "--share": (0.8, 0.05, 1), "--format": "text"},
    "bench robustness": {
        "--requests": (50000, 1, 100000000),
        "--examples": (500, 0, 1000000),
        "--seed": (1, 0, None),
        "--format": "text",
    },
    "bench abuse": {"--seconds": (3.0, 0.5, 600), "--format": "table"},
    "bench faults": {"--rate": (None, 1, 20000), "--minutes": (None, 0.5, 600), "--format": "table"},
    "balance compare": {
        "--seconds": (10, 1, 600),
        "--rounds": (3, 1, 100),
        "--rate": (30, 1, 1000),
        "--format": "table",
    },
    "load": {
        "--rate": (None, 0.1, 20000.0),
        "--seconds": (30, 0.5, 86400.0),
        "--speed": (1, 0.001, 10000),
        "--arrivals": "random",
        "--connections": (256, 1, 10000),
        "--timeout": (10, 0.1, 600),
        "--format": "table",
    },
    "capacity": {
        "--p99-target": (10.0, 0, 60000),
        "--seconds": (2.0, 0.2, 60),
        "--bodies": (35.0, 0, 100),
        "--batches": (1.0, 0, 100),
        "--connections": (10.0, 0, 100),
        "--like": "m7i.large",
        "--format": "table",
    },
    "cost": {
        "--rate": (2000.0, 0, 10000000),
        "--growth": (0.0, -99, 100),
        "--months": (None, 1, 120),
        "--after": (0, 0, 120),
        "--request-bytes": (None, 1, 1000000000),
        "--response-bytes": (None, 1, 1000000000),
        "--memory": (1.0, 0, None),
        "--zones": (2, 2, 3),
        "--least": (2, 1, 500),
        "--utilisation": (60, 1, 100),
        "--commitment": "none",
        "--spot": (0, 0, 100),
        "--function-memory": (1769, 128, 10240),
        "--top": (None, 1, None),
        "--format": "table",
        "--lang": "en",
        "--budget": (None, 0, None),
    },
    "prices refresh": {"--from": "auto", "--format": "table"},
}
"""Command -> its options with a default, or with a range as (default, minimum, maximum)."""


def commands(group: click.Group, *path: str) -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from commands(command, *path, name)
        elif command:
            yield " ".join((*path, name)), command


def described(command: click.Command) -> dict[str, object]:
    found: dict[str, object] = {}
    for option in command.params:
        kind: Any = option.type
        # Folders are below the project, and `None` is computed later.
        default: object = option.default if isinstance(option.default, str | int | float) else None
        if hasattr(kind, "min"):
            found[option.opts[0]] = (default, kind.min, kind.max)
        elif isinstance(default, str | bool) and default and isinstance(option, click.Option):
            found[option.opts[0]] = default
    return found


def test_each_option_has_the_default_and_the_range_of_the_table():
    found = {name: described(command) for name, command in commands(main)}
    assert {name: options for name, options in found.items() if options} == OPTIONS
