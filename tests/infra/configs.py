"""Reads configurations for tests, with the defaults of `Pulumi.yaml` where they say nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from infra.stack_config import ConfigError, StackConfig, load_config
from tests.infra.mock_aws import default_values

if TYPE_CHECKING:
    from collections.abc import Mapping


def load(**values: str) -> StackConfig:
    return load_config({**default_values(), **values})


def mistakes(**values: str) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        load(**values)
    return caught.value.mistakes


def mistakes_if_any(values: Mapping[str, str]) -> tuple[str, ...]:
    """Return the mistakes, if any."""
    try:
        load(**values)
    except ConfigError as error:
        return error.mistakes
    return ()
