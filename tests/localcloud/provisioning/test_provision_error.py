"""Pulumi is loaded by what deploys, and by nothing else of the local cloud."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

LOADED = """
import importlib, json, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
print(json.dumps(sorted({"grpc", "pulumi", "pulumi_aws"} & set(sys.modules))))
"""


@pytest.mark.parametrize(
    ("modules", "loaded"),
    [
        (
            # Commands, the processes of a cloud, and releases: what each of them starts with.
            [
                "localcloud.cloud",
                "localcloud.controller.reconcile_loop",
                "scripts.local.lessons.registry",
                "scripts.rollout.publish",
            ],
            [],
        ),
        (["localcloud.provisioning.engine"], ["grpc", "pulumi"]),
    ],
    ids=["not by others", "by the engine"],
)
def test_pulumi_is_loaded_only_to_deploy(modules: list[str], loaded: list[str]):
    ended = subprocess.run(
        [sys.executable, "-c", LOADED, *modules], capture_output=True, text=True, check=True
    )
    assert json.loads(ended.stdout) == loaded
