"""Decisions of the firewall's process, and the files that it follows and writes."""

from __future__ import annotations

import asyncio
import json
import os
from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING

import pytest

from localcloud.load_balancer.firewall.definition import Definition
from localcloud.load_balancer.firewall.files import FirewallFiles
from localcloud.load_balancer.firewall.server import FirewallServer
from tests.localcloud.load_balancer.firewall.acls import acl, contains, request, rule

if TYPE_CHECKING:
    from pathlib import Path


def define(files: FirewallFiles, text: str, version: int) -> None:
    """Write a web ACL that blocks a text, with a time of change of its own."""
    definition = Definition(acl=acl(rule("Text", contains(text))))
    files.definition.write_text(json.dumps(asdict(definition)))
    os.utime(files.definition, ns=(version, version))


@pytest.fixture
def files(tmp_path: Path) -> FirewallFiles:
    files = FirewallFiles(tmp_path)
    define(files, "/first", 1)
    return files


def look(server: FirewallServer) -> None:
    """Follow the files of a server for one turn."""

    async def follow() -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(server.follow(), 0.02)

    asyncio.run(follow())


def blocked(server: FirewallServer) -> list[str]:
    paths = ("/first", "/second", "/other")
    return [path for path in paths if not server.decide(request(path)).is_allowed]


def test_the_web_acl_in_the_file_is_in_force_until_there_is_none(files: FirewallFiles):
    server = FirewallServer(files)
    assert blocked(server) == ["/first"]
    define(files, "/second", 2)
    look(server)
    assert blocked(server) == ["/second"]
    files.definition.unlink()
    look(server)
    assert blocked(server) == []
    define(files, "/first", 3)
    look(server)
    assert blocked(server) == ["/first"]


def test_counts_and_samples_are_written_with_the_start_and_only_after_requests(files: FirewallFiles):
    server = FirewallServer(files)
    look(server)
    counts = json.loads(files.counts.read_text())
    assert (counts["web_acl"], counts["counts"]) == ("acl", {})
    blocked(server)
    server.write()
    later = json.loads(files.counts.read_text())
    assert later["started"] == counts["started"]
    assert later["counts"]["ALL"] == {"AllowedRequests": 2, "BlockedRequests": 1}
    (sample,) = json.loads(files.samples.read_text())["Text"]
    assert sample["Request"]["URI"] == "/first"
    files.counts.unlink()
    look(server)
    assert not files.counts.exists()
