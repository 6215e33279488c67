"""Whatever the configuration, the program runs, and what it asks for keeps every rule."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import pytest

from infra.stack_config import find_mistakes
from policy.check import violations
from policy.rules import access
from tests.infra.factors import FACTORS, GIVEN, covering, pairs
from tests.infra.recorder import declared_keys, default_values, deploy_stack
from tests.policy.stacks import resources_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from policy.rule import Resource


@pytest.fixture(scope="module")
def stacks(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Mapping[str, str], list[Resource]]]:
    """Every configuration of the covering set, and what the program makes of it."""
    archive: Path = tmp_path_factory.mktemp("archive") / "iris.zip"
    archive.write_bytes(b"packed")
    named = dict.fromkeys(GIVEN, str(archive))

    def resources(values: Mapping[str, str]) -> list[Resource]:
        # Only the stack for trying things out may go without protection.
        stack = "test" if values["deletionProtection"] == "true" else "dev"
        return list(resources_of(deploy_stack({**named, **values}, stack=stack), stack))

    return [(values, resources(values)) for values in covering()]


def test_every_key_has_its_values_and_the_default_is_one_of_them():
    assert sorted({*FACTORS, *GIVEN}) == sorted(declared_keys()), "add the new key's values to FACTORS"
    assert [key for key, values in FACTORS.items() if default_values()[key] not in values] == []


def test_every_two_values_that_nothing_forbids_are_tried_together():
    tried = set[frozenset[tuple[str, str]]]().union(*map(pairs, covering()))
    free = {
        frozenset(((one, value), (other, value_of_other)))
        for one, other in product(FACTORS, repeat=2)
        for value, value_of_other in product(FACTORS[one], FACTORS[other])
        # Two values of the shape itself cannot be told at once; with neither shape, no relation counts.
        if one < other and not find_mistakes({"compute": "both", one: value, other: value_of_other})
    }
    assert free <= tried


def test_every_configuration_keeps_every_rule(
    stacks: list[tuple[Mapping[str, str], list[Resource]]], record_property: Callable[[str, object], None]
):
    number = sum(len(resources) for _, resources in stacks)
    together = len(set[frozenset[tuple[str, str]]]().union(*(pairs(values) for values, _ in stacks)))
    record_property(
        "told",
        f"{len(stacks)} configurations hold all {together:,} legal pairs of config values "
        f"and ask for {number:,} resources, which keep every rule",
    )
    broken = {
        f"{violation.resource}: {violation.says} ({violation.rule})": values
        for values, resources in stacks
        for violation in violations(resources)
    }
    assert broken == {}


def test_every_reason_that_is_written_down_excuses_something(
    stacks: list[tuple[Mapping[str, str], list[Resource]]],
):
    said = {
        reason
        for _, resources in stacks
        for resource in resources
        for reason in (*access.sids(resource), str(resource.properties.get("policyArn")))
    }
    excuses = {*access.EVERYWHERE, *access.ANYTHING, *access.BY_ANYONE, *access.OF_AWS}
    assert excuses <= said
