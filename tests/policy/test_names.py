"""Valid resource names, texts and tags for any legal name of the project and the stack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hypothesis import example, given, settings
from hypothesis import strategies as st

from policy.check import violations
from policy.rule import Resource
from tests.infra.mock_aws import deploy_stack

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

LEGAL: Final = st.from_regex(r"[A-Za-z0-9._-]{1,100}", fullmatch=True)
"""Legal names of Pulumi projects and stacks (Pulumi docs, "Projects" and "Stacks")."""

LONGEST: Final = "Z." * 49 + "_-"


def requested_resources(archive: Path, project: str, stack: str) -> list[Resource]:
    named = {"archive": str(archive), "functionArchive": str(archive)}
    config = {
        **named,
        "compute": "both",
        "apiDomainName": "iris.example.com",
        "minProvisionedConcurrency": "2",
    }
    resources = deploy_stack(config, project=project, stack=stack).resources
    return [
        Resource(
            type=resource.type, name=resource.name, properties=resource.outputs, project=project, stack=stack
        )
        for resource in resources.values()
    ]


def test_names_are_valid_for_any_legal_project_and_stack(
    tmp_path_factory: pytest.TempPathFactory,
):
    archive = tmp_path_factory.mktemp("archive") / "iris.zip"
    archive.write_bytes(b"packed")

    rules = {"valid-names", "valid-texts", "required-tags"}

    @settings(max_examples=5, deadline=None)
    @given(project=LEGAL, stack=LEGAL)
    @example(project=LONGEST, stack=LONGEST)
    @example(project="-", stack=".")
    def check(project: str, stack: str) -> None:
        resources = requested_resources(archive, project, stack)
        broken = [v for v in violations(resources) if v.rule in rules]
        assert broken == []

    check()
