"""Report of `iris local firewall`, from the files of a firewall."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from localcloud.load_balancer.firewall.definition import Definition
from localcloud.load_balancer.firewall.files import FirewallFiles
from localcloud.load_balancer.firewall.results import Results
from localcloud.load_balancer.firewall.rules.statements import Sources
from localcloud.load_balancer.firewall.rules.web_acl import WebAcl
from localcloud.state_dir import StateDir
from scripts.local.firewall_report import latest_requests, rule_names
from scripts.local.local import local
from tests.localcloud.load_balancer.firewall.acls import acl, contains, managed, request, rule

if TYPE_CHECKING:
    from pathlib import Path

ACL = acl(rule("Needle", contains("needle")), managed("AWSManagedRulesAnonymousIpList", 1))


@pytest.fixture
def files(tmp_path: Path) -> FirewallFiles:
    """Files of a firewall that has blocked one request of two."""
    files, results, compiled = FirewallFiles(StateDir(tmp_path).firewall), Results(), WebAcl(ACL, Sources())
    for target in ("/needle\x1b[2J", "/other"):
        results.add(request(target), compiled.evaluate(request(target), 0))
    files.folder.mkdir()
    files.definition.write_text(json.dumps(asdict(Definition(ACL))))
    files.counts.write_text(json.dumps({"started": 1, "web_acl": "acl", "counts": results.counts()}))
    files.samples.write_text(json.dumps(results.samples()))
    return files


def test_the_rules_of_a_web_acl_are_named_and_without_one_there_are_none(
    files: FirewallFiles, tmp_path: Path
):
    assert rule_names(files) == ["Needle", "AWSManagedRulesAnonymousIpList"]
    assert rule_names(FirewallFiles(tmp_path / "nothing")) == []


def test_rules_are_shown_with_their_counts_and_the_requests_that_they_matched(
    files: FirewallFiles, tmp_path: Path
):
    shown = CliRunner().invoke(local, ["firewall", "--home", str(tmp_path)])
    assert shown.exit_code == 0, shown.output
    rows = [line.split() for line in shown.output.splitlines()]
    assert ["Needle", "0", "1", "0"] in rows
    assert ["default", "action", "1", "0", "0"] in rows
    assert any("AWSManagedRulesAnonymousIpList" in row and "enforced:" in row for row in rows)
    (sample,) = [row for row in rows if "BLOCK" in row]
    assert sample[1:] == ["BLOCK", "Needle", "192.0.2.1", "GET", "'/needle\\x1b[2J'"]
    assert files.samples.exists()


def test_the_latest_ten_requests_of_all_rules_are_shown_the_newest_last(tmp_path: Path):
    files = FirewallFiles(tmp_path)
    # In two rules by turns; requests of the default action matched none.
    samples: dict[str, list[dict[str, object]]] = {"Even": [], "Odd": [], "Default_Action": []}
    for number in range(15):
        request = {"ClientIP": "192.0.2.1", "Method": "GET", "URI": f"/{number}"}
        rule = "Default_Action" if number == 14 else ("Even", "Odd")[number % 2]
        samples[rule].append({"Timestamp": 1_000.0 + number, "Action": "BLOCK", "Request": request})
    files.samples.write_text(json.dumps(samples))
    assert [row[-1] for row in latest_requests(files)] == [f"/{number}" for number in range(4, 14)]


def test_without_a_firewall_it_says_so(tmp_path: Path):
    shown = CliRunner().invoke(local, ["firewall", "--home", str(tmp_path)])
    assert shown.exit_code == 1
    assert "no firewall runs in" in shown.output
