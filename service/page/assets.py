"""Styles and scripts of the pages, and the security policy that allows nothing else."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import Final

NO_SOURCE: Final = "'none'"
"""Source expression of a policy that allows nothing (Content Security Policy Level 3, 2.3.1)."""

PACKAGE_DIRECTORY: Final = Path(__file__).resolve().parent


@cache
def read_asset(name: str) -> str:
    """Return the text of a style or script."""
    return (PACKAGE_DIRECTORY / name).read_text(encoding="utf-8").strip()


@cache
def page_headers(*assets: str) -> dict[str, str]:
    """Return the headers of a page that holds these styles and scripts.

    The policy allows them by their hashes, and everything else from this origin or not at all: text that was
    written into a page unescaped could do nothing there.
    """
    styles = [_hash_source(name) for name in assets if name.endswith(".css")]
    scripts = [_hash_source(name) for name in assets if name.endswith(".js")]
    policy = (
        f"default-src {NO_SOURCE}",
        f"style-src {' '.join(styles)}",
        f"script-src {' '.join(scripts) or NO_SOURCE}",
        "img-src data:",
        "connect-src 'self'",
        "form-action 'self'",
        f"base-uri {NO_SOURCE}",
        f"frame-ancestors {NO_SOURCE}",
    )
    return {
        "Content-Security-Policy": "; ".join(policy),
        "Referrer-Policy": "no-referrer",
    }


def _hash_source(name: str) -> str:
    digest = hashlib.sha256(read_asset(name).encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
