"""One-time build of LocalStack's service index: `python -m scalable_models_localstack.service_index`.

LocalStack maps requests to services with an index of all AWS API models. Building it takes 4 s and 340 MB at
the first request after each start, although it depends only on the installed packages.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

STATIC: Final = Path("usr/lib/localstack")
"""Folder of LocalStack's static files, relative to its root folder."""


def main() -> None:
    """Build the index in this environment, unless it exists."""
    (Path(sys.prefix) / STATIC).mkdir(parents=True, exist_ok=True)
    os.environ["FILESYSTEM_ROOT"] = sys.prefix
    os.environ["OVERRIDE_IN_DOCKER"] = "0"

    from localstack.aws.spec import main as build  # noqa: PLC0415 - LocalStack reads its settings at import

    build()


if __name__ == "__main__":
    main()
