from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from localcloud.provisioning.pulumi_project import StackConfigError, read_project

if TYPE_CHECKING:
    from pathlib import Path

PROJECT = """
name: shop
runtime: python
main: infra/
config:
  size:
    type: integer
    default: 2
  flag:
    type: boolean
    default: true
  needed:
    type: string
  aws:defaultTags:
    value: {tags: {a: b}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "Pulumi.yaml").write_text(PROJECT)
    (tmp_path / "Pulumi.dev.yaml").write_text("config:\n  shop:size: 5\n  aws:region: us-east-1\n")
    return tmp_path


def test_the_stack_overrides_defaults_and_overrides_override_both(folder: Path):
    assert read_project(folder, "dev", {}).config["shop:size"] == "5"
    assert read_project(folder, "dev", {"size": "7"}).config["shop:size"] == "7"


def test_values_are_written_as_by_the_cli(folder: Path):
    config = read_project(folder, "dev", {}).config
    assert config["shop:flag"] == "true"
    assert config["aws:defaultTags"] == '{"tags": {"a": "b"}}'
    assert config["aws:region"] == "us-east-1"


def test_a_key_without_a_value_is_absent(folder: Path):
    assert "shop:needed" not in read_project(folder, "dev", {}).config


def test_the_folder_of_the_program_is_the_projects_main(folder: Path):
    assert read_project(folder, "dev", {}).program == folder / "infra"


def test_a_stack_without_a_file_is_named(folder: Path):
    with pytest.raises(StackConfigError, match=r"there is no Pulumi\.prod\.yaml"):
        read_project(folder, "prod", {})


def test_a_file_that_is_not_yaml_is_named(folder: Path):
    (folder / "Pulumi.dev.yaml").write_text("config: [")
    with pytest.raises(StackConfigError, match=r"Pulumi\.dev\.yaml is not YAML"):
        read_project(folder, "dev", {})
