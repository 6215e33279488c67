"""Real clients of boto3 whose answers a test writes down: requests and answers keep to AWS's own models."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3.session
from botocore.stub import Stubber

if TYPE_CHECKING:
    from collections.abc import Generator

Answers = list[tuple[str, dict[str, Any], dict[str, Any]]]
"""Operation in snake case, what is asked, what is answered; in this order."""


def stub(client: Any, answers: Answers) -> Stubber:
    """Stub the answers of a client, in this order."""
    stubber = Stubber(client)
    for operation, parameters, answered in answers:
        stubber.add_response(operation, answered, parameters)
    return stubber


def client_of(service: str) -> Any:
    """Create a client that has no network access."""
    return _session().client(service)


@cache
def _session() -> Any:
    """Make the one session, which reads AWS's large models once."""
    return boto3.session.Session("test", "test", region_name="eu-west-1")


@contextmanager
def answering(service: str, answers: Answers) -> Generator[Any]:
    """Yield a client that answers so, and see that all was asked in the end."""
    client = client_of(service)
    stubber = stub(client, answers)
    with stubber:
        yield client
        stubber.assert_no_pending_responses()
