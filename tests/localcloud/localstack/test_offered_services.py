"""LocalStack offers the services that are used, and no other."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

from localcloud.localstack import server
from localcloud.localstack.services import QUERIED_SERVICES, SERVICES
from localcloud.provisioning.registry import RESOURCE_TYPES

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT = Path(__file__).parents[3]

CALLERS = (
    *PROJECT.glob("localcloud/**/*.py"),
    *PROJECT.glob("scripts/deploy/*.py"),
    *PROJECT.glob("scripts/rollout/*.py"),
    PROJECT / "scripts/cost/demand/cloudwatch.py",
)
"""Everything that makes clients for the local cloud; `iris prices` asks for services that are on AWS only."""

MAKES_A_CLIENT = {"client", "clients"}


def services_named(file: Path) -> Iterator[str]:
    """Find the services that a file makes clients of, by name."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        match node:
            case ast.Call(
                func=ast.Name(id=name) | ast.Attribute(attr=name), args=[ast.Constant(value=str(service)), *_]
            ) if name in MAKES_A_CLIENT:
                yield service
            case _:
                pass


def test_it_offers_what_the_program_creates_and_what_the_commands_ask():
    asked = {service for file in CALLERS if "plugins" not in file.parts for service in services_named(file)}
    created = {row.service for row in RESOURCE_TYPES.values()}
    assert len(asked) > 10
    assert asked | created == SERVICES
    assert asked - created == QUERIED_SERVICES


def test_none_of_the_rest_is_offered():
    assert not SERVICES & {"cloudformation", "sqs", "dynamodb", "stepfunctions", "ecs", "ses", "apigatewayv2"}


def test_localstack_is_told_so(tmp_path: Path):
    environment = server.environment(4566, tmp_path, tmp_path / "credentials")
    assert set(environment["SERVICES"].split(",")) == SERVICES
    assert environment["STRICT_SERVICE_LOADING"] == "1"
