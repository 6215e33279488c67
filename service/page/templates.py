"""Jinja2 templates of the pages.

All values are escaped, except this package's own styles, scripts and drawings. A name without a value is an
error.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final

from service.page.assets import PACKAGE_DIRECTORY, read_asset

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

_CODE: Final = re.compile(r"`([^`]+)`")


def render(template: str, **values: object) -> str:
    """Return a template of this package, filled in."""
    return _environment().get_template(template).render(values)


def load() -> None:
    """Import Jinja2 and compile all templates: a server does so at its start, for no request to wait."""
    jinja = _environment()
    for name in jinja.list_templates():
        jinja.get_template(name)


@cache
def _environment() -> Environment:
    # A function imports Jinja2 with its first page: its cold start takes no longer than without.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415 (see above)

    jinja = Environment(
        loader=FileSystemLoader(PACKAGE_DIRECTORY / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    jinja.filters |= {"asset": _asset, "prose": _prose, "slug": _slug}
    return jinja


def _asset(name: str) -> Markup:
    """Return a style or script of this package as it is."""
    from markupsafe import Markup  # noqa: PLC0415 (see `_environment`)

    return Markup(read_asset(name))  # noqa: S704 (a file of this package)


def _prose(text: str) -> Markup:
    """Return text as HTML, with `code` set as such."""
    from markupsafe import Markup, escape  # noqa: PLC0415 (see `_environment`)

    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704 (escaped before)


def _slug(path: str) -> str:
    """Return the letters and digits of a path, joined by hyphens."""
    return re.sub("[^a-z0-9]+", "-", path).rstrip("-")
