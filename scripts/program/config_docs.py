"""Generated documentation of the configuration: `Pulumi.yaml`'s `config` section and `docs/configuration.md`.

    python -m scripts.program.config_docs

Both are written from the declarations in `infra`, so that a key, its range, default and meaning are declared
once.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

from infra.config_reader import allowed_values, default_text, parser_of
from infra.stack_config import SECTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic.fields import FieldInfo

    from infra.config_reader import Section

PROJECT: Final = Path(__file__).resolve().parents[2]
PULUMI_FILE: Final = PROJECT / "Pulumi.yaml"
PAGE: Final = PROJECT / "docs" / "configuration.md"

INTRODUCTION: Final = """# Configuration

<!-- `make config-docs` writes this page. -->

Set a key with `pulumi config set <key> <value>` on AWS, `CONFIG="<key>=<value>"` on the laptop, or a line in
`Pulumi.<stack>.yaml`. Every mistake is reported at once, together with the allowed values.
"""

HEADER: Final = """\
| key | type | allowed | default | meaning |
|---|---|---|---|---|"""


def pulumi_file(current: str) -> str:
    """Return the text of `Pulumi.yaml` with its `config` section, the last one, replaced."""
    before, marker, _ = current.partition("\nconfig:\n")
    declared = {
        key: {
            "type": _pulumi_type(field),
            "default": field.default,
            "description": field.description,
        }
        for section in SECTIONS
        for key, field in section.settings().items()
    }
    lines = yaml.safe_dump(declared, sort_keys=False, allow_unicode=True, width=10_000).splitlines()
    return before + marker + "".join(f"  {line}\n" for line in lines)


def page() -> str:
    """Return the text of `docs/configuration.md`: a table for each section."""
    return "\n".join((INTRODUCTION, *(_table(section) for section in SECTIONS)))


def _table(section: type[Section]) -> str:
    title = (section.__doc__ or "").rstrip(".")
    return "\n".join((f"## {title}\n", HEADER, *_rows(section))) + "\n"


def _rows(section: type[Section]) -> Iterator[str]:
    for key, field in section.settings().items():
        parser, default = parser_of(field), default_text(field)
        unit = f", in {parser.unit}" if parser and parser.unit else ""
        cells = (
            f"`{key}`",
            _pulumi_type(field),
            allowed_values(field) + unit,
            f"`{default}`" if default else "",
            field.description or "",
        )
        yield f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |"


def _pulumi_type(field: FieldInfo) -> str:
    types: dict[Any, str] = {bool: "boolean", int: "integer"}
    return types.get(field.annotation, "string")


def main() -> None:
    """Write both files."""
    PULUMI_FILE.write_text(pulumi_file(PULUMI_FILE.read_text(encoding="utf-8")), encoding="utf-8")
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
