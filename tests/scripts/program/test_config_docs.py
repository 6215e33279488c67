from __future__ import annotations

from scripts.program import config_docs


def test_pulumi_yaml_is_generated_from_the_declarations():
    current = config_docs.PULUMI_FILE.read_text(encoding="utf-8")
    assert current == config_docs.pulumi_file(current), "run `make config-docs`"


def test_the_page_of_the_configuration_is_generated_from_the_declarations():
    assert config_docs.PAGE.read_text(encoding="utf-8") == config_docs.page(), "run `make config-docs`"


def test_a_key_is_in_both_files_with_its_range_default_and_meaning():
    current = config_docs.PULUMI_FILE.read_text(encoding="utf-8")
    assert "  minInstances:\n    type: integer\n    default: 2\n    description: Minimum number" in current
    assert (
        "| `minInstances` | integer | a whole number from 1 to 500 | `2` | Minimum number"
        in config_docs.page()
    )
    assert (
        "| `launchTimeoutSeconds` | integer | a whole number from 120 to 7,200, in seconds |"
        in config_docs.page()
    )
