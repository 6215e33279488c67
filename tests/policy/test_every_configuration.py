"""Compliance of the program with every rule, for configurations that cover all legal pairs of values."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import pytest

from infra.stack_config import find_mistakes
from policy.check import violations
from policy.rules import access
from tests.infra.factors import ARCHIVE_KEYS, FACTORS
from tests.infra.mock_aws import declared_keys, default_values, deploy_stack
from tests.infra.pairwise import pairs, pairwise_configurations
from tests.policy.stacks import resources_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from policy.rule import Resource


@pytest.fixture(scope="module")
def stacks(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Mapping[str, str], list[Resource]]]:
    """Pairwise configurations, each with the resources that the program requests."""
    archive: Path = tmp_path_factory.mktemp("archive") / "iris.zip"
    archive.write_bytes(b"packed")
    named = dict.fromkeys(ARCHIVE_KEYS, str(archive))

    def resources(values: Mapping[str, str]) -> list[Resource]:
        # Only the development stack may go without deletion protection.
        stack = "test" if values["deletionProtection"] == "true" else "dev"
        return list(resources_of(deploy_stack({**named, **values}, stack=stack), stack))

    return [(values, resources(values)) for values in pairwise_configurations()]


def test_every_key_has_values_and_its_default_is_one_of_them():
    assert sorted({*FACTORS, *ARCHIVE_KEYS}) == sorted(declared_keys()), "add the new key's values to FACTORS"
    assert [key for key, values in FACTORS.items() if default_values()[key] not in values] == []


def test_the_configurations_cover_every_legal_pair_of_values():
    covered = set[frozenset[tuple[str, str]]]().union(*map(pairs, pairwise_configurations()))
    legal = {
        frozenset(((one, value), (other, value_of_other)))
        for one, other in product(FACTORS, repeat=2)
        for value, value_of_other in product(FACTORS[one], FACTORS[other])
        # With both shapes, the contradictions of both count.
        if one < other and not find_mistakes({"compute": "both", one: value, other: value_of_other})
    }
    assert legal <= covered


def test_every_configuration_complies_with_every_rule(
    stacks: list[tuple[Mapping[str, str], list[Resource]]], record_property: Callable[[str, object], None]
):
    number = sum(len(resources) for _, resources in stacks)
    covered = len(set[frozenset[tuple[str, str]]]().union(*(pairs(values) for values, _ in stacks)))
    record_property(
        "figure",
        f"{len(stacks)} configurations cover all {covered:,} legal pairs of config values "
        f"and request {number:,} resources, which comply with every rule",
    )
    broken = {
        f"{violation.resource}: {violation.message} ({violation.rule})": values
        for values, resources in stacks
        for violation in violations(resources)
    }
    assert broken == {}


def test_every_recorded_reason_is_needed(
    stacks: list[tuple[Mapping[str, str], list[Resource]]],
):
    used = {
        reason
        for _, resources in stacks
        for resource in resources
        for reason in (*access.sids(resource), str(resource.properties.get("policyArn")))
    }
    recorded = {
        *access.RESOURCE_WILDCARDS,
        *access.ACTION_WILDCARDS,
        *access.PRINCIPAL_WILDCARDS,
        *access.WITHOUT_SOURCE,
        *access.AWS_MANAGED_POLICIES,
    }
    assert recorded <= used
