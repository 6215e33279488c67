"""Services of LocalStack: exactly the ones that are used."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

from localcloud.localstack import server
from localcloud.localstack.services import QUERIED_SERVICES, SERVICES
from localcloud.provisioning.registry import RESOURCE_TYPES
from tests.suite.syntax import parse

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT = Path(__file__).parents[3]

CALLERS = (
    *PROJECT.glob("localcloud/**/*.py"),
    *PROJECT.glob("scripts/deploy/**/*.py"),
    *PROJECT.glob("scripts/rollout/*.py"),
    PROJECT / "scripts/cost/demand/cloudwatch.py",
)
"""Files with clients of the local cloud; `iris prices` uses services that exist only on AWS."""

CLIENT_FACTORIES = {"client", "clients"}


def services_named(file: Path) -> Iterator[str]:
    """Yield the names of the services for which a file creates clients."""
    for node in ast.walk(parse(file.read_text(encoding="utf-8"))):
        match node:
            case ast.Call(
                func=ast.Name(id=name) | ast.Attribute(attr=name), args=[ast.Constant(value=str(service)), *_]
            ) if name in CLIENT_FACTORIES:
                yield service
            case _:
                pass


def test_it_offers_the_services_of_the_program_and_of_the_commands():
    queried = {service for file in CALLERS if "plugins" not in file.parts for service in services_named(file)}
    created = {row.service for row in RESOURCE_TYPES.values()}
    assert len(queried) > 10
    assert queried | created == SERVICES
    assert queried - created == QUERIED_SERVICES


def test_other_services_are_not_offered():
    assert not SERVICES & {"cloudformation", "sqs", "dynamodb", "stepfunctions", "ecs", "ses", "apigatewayv2"}


def test_localstack_is_configured_with_these_services(tmp_path: Path):
    environment = server.environment(4566, tmp_path, tmp_path / "credentials")
    assert set(environment["SERVICES"].split(",")) == SERVICES
    assert environment["STRICT_SERVICE_LOADING"] == "1"
