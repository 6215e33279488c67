"""The files of the pages, and the security policy that lets in nothing else."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path
from string import Template
from typing import Final

NOTHING: Final = "'none'"
"""In a policy: whatever it is, it is not let in."""

_FOLDER: Final = Path(__file__).resolve().parent


@cache
def read_asset(name: str) -> str:
    """Return a file of this folder."""
    return (_FOLDER / name).read_text(encoding="utf-8").strip()


@cache
def template_of(name: str) -> Template:
    """Return a file of this folder in which `$name` stands for what is filled in."""
    return Template(read_asset(name))


@cache
def page_headers(*assets: str) -> dict[str, str]:
    """Return the headers of a page in which these styles and scripts stand.

    They are let in by their hashes (CSP level 3), everything else only from here, or not at all: text that
    found its way into a page unescaped could do nothing there.
    """
    styles = [_hash_of(name) for name in assets if name.endswith(".css")]
    scripts = [_hash_of(name) for name in assets if name.endswith(".js")]
    policy = (
        f"default-src {NOTHING}",
        f"style-src {' '.join(styles)}",
        f"script-src {' '.join(scripts) or NOTHING}",
        "img-src data:",
        "connect-src 'self'",
        "form-action 'self'",
        f"base-uri {NOTHING}",
        f"frame-ancestors {NOTHING}",
    )
    return {
        "Content-Security-Policy": "; ".join(policy),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-cache",
    }


def _hash_of(name: str) -> str:
    digest = hashlib.sha256(read_asset(name).encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
