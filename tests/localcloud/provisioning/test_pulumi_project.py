from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from localcloud.provisioning.pulumi_project import StackConfigError, changed_settings, read_project

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


def test_an_override_in_the_namespace_of_another_project_is_refused_with_the_key_that_is_meant(folder: Path):
    with pytest.raises(StackConfigError, match=r"^iris:size is not a key: did you mean size\?$"):
        read_project(folder, "dev", {"iris:size": "9"})
    # Of the AWS provider, of Pulumi's engine, and of the project itself.
    read_project(folder, "dev", {"aws:region": "eu-west-1", "pulumi:tags": "{}", "shop:size": "9"})


@pytest.mark.parametrize("stack", ["organisation/dev", "organisation/shop/dev"])
def test_a_stack_may_be_named_with_its_organisation_and_project(folder: Path, stack: str):
    assert read_project(folder, stack, {}).config["shop:size"] == "5"


def test_a_value_of_the_project_is_that_of_each_stack_unless_it_sets_another(folder: Path):
    declared = PROJECT.replace("    default: 2", "    default: 2\n    value: 3")
    (folder / "Pulumi.yaml").write_text(declared)
    (folder / "Pulumi.prod.yaml").write_text("config: {}\n")
    sizes = [read_project(folder, stack, {}).config["shop:size"] for stack in ("prod", "dev")]
    assert sizes == ["3", "5"]


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


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_file_may_be_in_each_encoding_of_yaml(folder: Path, encoding: str):
    # YAML 1.2, 5.2: UTF-8 and UTF-16, with a byte order mark.
    (folder / "Pulumi.dev.yaml").write_text("config:\n  shop:owner: Begoña\n", encoding=encoding)
    assert read_project(folder, "dev", {}).config["shop:owner"] == "Begoña"


def test_a_file_in_another_encoding_is_named_with_the_place(folder: Path):
    (folder / "Pulumi.dev.yaml").write_text("config:\n  shop:owner: Begoña\n", encoding="latin-1")
    with pytest.raises(
        StackConfigError, match=r"Pulumi\.dev\.yaml can't be read: byte 26 .* save it as UTF-8"
    ):
        read_project(folder, "dev", {})


def test_a_folder_in_the_place_of_the_file_is_named(folder: Path):
    (folder / "Pulumi.dev.yaml").unlink()
    (folder / "Pulumi.dev.yaml").mkdir()
    with pytest.raises(StackConfigError, match=r"Pulumi\.dev\.yaml can't be read: Is a directory"):
        read_project(folder, "dev", {})


@pytest.mark.parametrize("text", ["", "config:\n", "# nothing\n"])
def test_a_file_without_content_sets_nothing(folder: Path, text: str):
    (folder / "Pulumi.dev.yaml").write_text(text)
    assert read_project(folder, "dev", {}).config["shop:size"] == "2"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- a\n", "Pulumi.dev.yaml is not a mapping"),
        ("config:\n  - a\n", "config in Pulumi.dev.yaml is not a mapping"),
    ],
)
def test_a_list_in_the_place_of_keys_and_values_is_refused(folder: Path, text: str, message: str):
    (folder / "Pulumi.dev.yaml").write_text(text)
    with pytest.raises(StackConfigError, match=message):
        read_project(folder, "dev", {})


def test_what_yaml_takes_for_a_date_or_a_number_is_text_again(folder: Path):
    (folder / "Pulumi.dev.yaml").write_text("config:\n  shop:owner: 2026-01-02\n  shop:size: 1.50\n  7: 8\n")
    config = read_project(folder, "dev", {}).config
    assert (config["shop:owner"], config["shop:7"]) == ("2026-01-02", "8")


def test_settings_are_named_with_both_values():
    started = {"aws:region": "us-east-1", "iris:minInstances": "2"}
    present = {"aws:region": "us-east-1", "iris:minInstances": "3", "iris:compute": "both"}
    assert changed_settings(started, present) == [
        "compute=both (it was not set)",
        "minInstances=3 (it was 2)",
    ]
    assert changed_settings(started, started) == []
