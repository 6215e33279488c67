"""Generated policies of a deployer, in `docs/deployer-policy/`.

python -m scripts.deploy.rights.write
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from scripts.deploy.rights.policy_document import POLICIES, policy_document

FOLDER: Final = Path(__file__).resolve().parents[3] / "docs" / "deployer-policy"


def policy_text(name: str) -> str:
    """Return the text of the file of a policy."""
    return json.dumps(policy_document(name), indent=2) + "\n"


def main() -> None:
    """Write the file of each policy."""
    FOLDER.mkdir(exist_ok=True)
    for name in POLICIES:
        (FOLDER / f"{name}.json").write_text(policy_text(name), encoding="utf-8")


if __name__ == "__main__":
    main()
