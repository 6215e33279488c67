"""Import graph of the function's handler, which determines the modules of its archive."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from scripts.packaging.function_modules import function_modules

ROOT: Final = Path(__file__).resolve().parents[3]

MODULES: Final = {
    "service/__init__.py": "",
    "service/lambda_handler.py": "import json\nfrom service.api import routes\nfrom service import codes\n",
    "service/api/__init__.py": "import service.version\n",
    "service/api/routes.py": "def answer():\n    from service import page\n",
    "service/codes.py": (
        "from typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n    from service import server\n"
        "else:\n    import service.codes_at_run_time\n"
        "OK = 200\n"
    ),
    "service/codes_at_run_time.py": "import service.lambda_handler\n",
    "service/page.py": "",
    "service/server.py": "",
    "service/version.py": "",
}


@pytest.fixture
def modules(tmp_path: Path) -> set[str]:
    for name, text in MODULES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return {path.relative_to(tmp_path).as_posix() for path in function_modules(tmp_path)}


def test_imports_are_followed_into_packages_functions_and_cycles_but_not_those_for_types(modules: set[str]):
    assert modules == MODULES.keys() - {"service/server.py"}


# `service/app.py` and `service/main.py` begin what a server does and a function does not.
@pytest.mark.parametrize(
    "server_only", ["app", "main", "fast_path/batch", "server/http_protocol", "server/request_head"]
)
def test_the_function_imports_no_module_of_the_server(server_only: str):
    module = ROOT / f"service/{server_only}.py"
    assert module.is_file()
    assert module not in function_modules(ROOT)
