"""Builds LocalStack's index of AWS services, once: `python -m scalable_models_localstack.service_index`.

LocalStack recognises which service a request is for by an index over all of AWS's API descriptions. Building
it takes 4 s and 340 MB, at the first request after each start; it depends on nothing but what is installed.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

STATIC: Final = Path("usr/lib/localstack")
"""Where LocalStack looks for what comes with its installation, below its root folder."""


def main() -> None:
    """Build the index in this environment; one that is there already is left alone."""
    (Path(sys.prefix) / STATIC).mkdir(parents=True, exist_ok=True)
    os.environ["FILESYSTEM_ROOT"] = sys.prefix
    os.environ["OVERRIDE_IN_DOCKER"] = "0"

    from localstack.aws.spec import main as build  # noqa: PLC0415 - it reads its settings when imported

    build()


if __name__ == "__main__":
    main()
