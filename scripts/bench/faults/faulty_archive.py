"""Archive of the service whose process turns into one that answers 500 when it gets SIGUSR1.

The process keeps its id, its environment and its port (`execve`), so that controller and load balancer see an
instance that runs and fails.
"""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Final

ENTRY: Final = "service/main.py"
BYTECODE: Final = "service/__pycache__/main."
"""Start of the names of the entry's bytecode, which is older than the copy."""

PROGRAM: Final = "failing_server.py"

ANCHOR: Final = '\nif __name__ == "__main__":\n'

HANDLER: Final = f"""
def _turn_faulty(_: int, __: FrameType | None) -> None:
    os.execv(sys.executable, [sys.executable, "-S", "-E", "{PROGRAM}"])


signal.signal(signal.SIGUSR1, _turn_faulty)
"""


def make_faulty(archive: Path, folder: Path) -> Path:
    """Write a copy of an archive whose service can turn faulty into a folder; return its path.

    Raises:
        ValueError: the archive has no service.
    """
    faulty = folder / archive.name
    with zipfile.ZipFile(archive) as source, zipfile.ZipFile(faulty, "w", zipfile.ZIP_DEFLATED) as target:
        for entry in source.infolist():
            content = source.read(entry)
            if entry.filename == ENTRY:
                content = _with_handler(content.decode()).encode()
            if not entry.filename.startswith(BYTECODE):
                target.writestr(entry, content)
        target.writestr(PROGRAM, (Path(__file__).parent / PROGRAM).read_text(encoding="utf-8"))
    return faulty


def _with_handler(source: str) -> str:
    before, anchor, after = source.rpartition(ANCHOR)
    if not anchor:
        raise ValueError(f"{ENTRY} has no entry point")
    return before + HANDLER + anchor + after
