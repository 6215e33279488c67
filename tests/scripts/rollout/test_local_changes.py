"""Changes of predictors and shapes on the local cloud since they were packed."""

from __future__ import annotations

import base64
import json
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any, Final

import pytest
from typing_extensions import override

from infra.fleet.user_data import render_boot_script
from scripts.packaging.archive_inputs import TARGETS, compiler_for, hash_inputs
from scripts.packaging.receipts import PackedArchive, Receipts
from scripts.packaging.zip_archive import ArchiveSize
from scripts.rollout.deployed_stack import stack_from_outputs
from scripts.rollout.unreleased import changes_sentence, unreleased_shapes
from tests.http_server import running_server
from tests.scripts.rollout.test_fleet_rollout import NAME, group_response
from tests.scripts.rollout.test_rollout import BOOT, FLEET, FUNCTION, OUTPUTS
from tests.stubbed import Answers, answering

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

PACKED: Final = {"local": "1" * 64, "lambda-local": "2" * 64}
"""Target -> SHA-256 of the archive that the present content was packed into."""


@pytest.fixture
def trained(tmp_path: Path) -> Path:
    """Folder of two predictors, of which only the manifests are read."""
    folder = tmp_path / "predictors"
    for name in ("iris", "wine"):
        (folder / name).mkdir(parents=True)
        (folder / name / "manifest.json").write_text(json.dumps({"name": name, "version": f"{name}-1"}))
        (folder / name / "predictor.json").write_text("{}")
    return folder


def packed(archives: Path, predictors: Path) -> None:
    archives.mkdir()
    for target, sha256 in PACKED.items():
        archive = PackedArchive(
            path=archives / "some.zip",
            sha256=sha256,
            bytes=1,
            bytecode=None,
            size=ArchiveSize(files=1, unzipped_bytes=1, parts={}),
            is_new=True,
        )
        inputs = hash_inputs(target, compiler_for(TARGETS[target]), predictors)
        Receipts(archives, target).add({inputs: archive})


def serving(function: str, fleet: str) -> dict[str, Answers]:
    """Return the requests for what a stack serves, by the SHA-256 of its archives."""
    user_data = render_boot_script(replace(BOOT, archive_sha256=fleet))
    versions = [{"LaunchTemplateData": {"UserData": base64.b64encode(user_data.encode()).decode()}}]
    template = {"LaunchTemplateId": "lt-0123456789abcdef0", "Versions": ["7"]}
    code = base64.b64encode(bytes.fromhex(function)).decode()
    return {
        "lambda": [
            (
                "get_alias",
                {"FunctionName": "iris", "Name": "live"},
                {"FunctionVersion": "3", "RevisionId": "a"},
            ),
            (
                "get_function_configuration",
                {"FunctionName": "iris", "Qualifier": "3"},
                {"CodeSha256": code},
            ),
        ],
        "autoscaling": group_response("7", "7"),
        "ec2": [("describe_launch_template_versions", template, {"LaunchTemplateVersions": versions})],
        "elbv2": [],
    }


@pytest.mark.parametrize(
    ("function", "fleet", "unreleased"),
    [
        (PACKED["lambda-local"], PACKED["local"], []),
        (PACKED["local"], PACKED["local"], ["function"]),
        (PACKED["lambda-local"], PACKED["lambda-local"], ["fleet"]),
        ("3" * 64, "3" * 64, ["function", "fleet"]),
    ],
)
def test_a_shape_is_unreleased_if_it_serves_another_archive_than_was_packed_for_it(
    trained: Path, tmp_path: Path, function: str, fleet: str, unreleased: list[str]
):
    packed(tmp_path / "archives", trained)
    with ExitStack() as entered:
        clients: dict[str, Any] = {
            service: entered.enter_context(answering(service, answers))
            for service, answers in serving(function, fleet).items()
        }
        outputs = {**OUTPUTS, **FUNCTION, **FLEET, "autoScalingGroup": NAME}
        stack = stack_from_outputs(outputs, clients.__getitem__)
        assert unreleased_shapes(stack, trained, tmp_path / "archives") == unreleased


@contextmanager
def listing(status: int, content: object) -> Generator[str]:
    """Serve a list of predictors, and yield the URL of the service."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = self.path == "/api/v01/predictors"
            self.send_response(status if found else 404)
            self.end_headers()
            self.wfile.write(json.dumps(content).encode())

        @override
        def log_message(self, format: str, *args: object) -> None:
            """Log nothing."""

    with running_server(Handler) as server:
        yield f"http://127.0.0.1:{server.server_port}"


def listed(**versions: str) -> dict[str, list[dict[str, str]]]:
    return {"predictors": [{"name": name, "version": version} for name, version in versions.items()]}


@pytest.mark.parametrize(
    ("status", "content", "changes"),
    [
        (200, listed(iris="iris-1", wine="wine-1"), "the service or its dependencies"),
        (200, listed(iris="iris-0", wine="wine-1"), "iris was trained again"),
        (200, listed(iris="iris-1"), "wine is new"),
        (200, listed(iris="iris-1", wine="wine-1", rose="1"), "rose was removed"),
        (404, listed(iris="iris-1", wine="wine-1"), "predictors or the service"),
        (200, {}, "predictors or the service"),
        (200, {"predictors": [1]}, "predictors or the service"),
    ],
)
def test_the_sentence_names_the_predictors_that_changed(
    trained: Path, status: int, content: object, changes: str
):
    with listing(status, content) as url:
        assert changes_sentence(url, trained) == f"Changed since it was packed: {changes}."
