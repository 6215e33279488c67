"""The real pip-audit against an OSV on this machine; and the accepted advisories."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from scripts.audit.__main__ import findings
from scripts.audit.accepted import Acceptance, read_accepted
from scripts.audit.advisories import CANARY, CANARY_ADVISORY, Advisory, AuditError, advisories
from scripts.audit.pinned_sets import Pin, pinned_sets, read_pins

if TYPE_CHECKING:
    from collections.abc import Generator

ROOT = Path(__file__).resolve().parents[3]
TODAY = dt.date(2027, 1, 31)
OLD = Pin("jinja2", "2.4.1")


def vulnerability(name: str, alias: str) -> dict[str, Any]:
    """Return a vulnerability in OSV's format (OSV schema, 1.6)."""
    events = [{"introduced": "0"}, {"fixed": "3.0"}]
    affected = {
        "package": {"name": name, "ecosystem": "PyPI"},
        "ranges": [{"type": "ECOSYSTEM", "events": events}],
    }
    return {
        "id": f"GHSA-{name}",
        "aliases": [alias],
        "summary": "one",
        "published": "2025-01-01T00:00:00Z",
        "modified": "2025-01-01T00:00:00Z",
        "affected": [affected],
    }


@contextmanager
def osv(known: dict[Pin, dict[str, Any]]) -> Generator[str]:
    """Serve OSV's query API (https://google.github.io/osv.dev/post-v1-query/), and yield its URL.

    A query by name and ecosystem has a version, and no `purl`; any other is refused with 400.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = json.loads(self.rfile.read(int(self.headers["content-length"])))
            package = query.get("package", {})
            is_documented = (query.keys(), package.keys()) == ({"package", "version"}, {"name", "ecosystem"})
            found = known.get(Pin(package.get("name"), query.get("version")))
            body = json.dumps({"vulns": [found]} if found else {}).encode()
            self.send_response(200 if is_documented and package["ecosystem"] == "PyPI" else 400)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the name in the base class)
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1/query"
        finally:
            server.shutdown()
            thread.join()


KNOWN_CANARY = {CANARY: vulnerability(CANARY.package, CANARY_ADVISORY)}


def test_an_advisory_is_reported_with_its_aliases_and_its_correction():
    with osv({**KNOWN_CANARY, OLD: vulnerability("jinja2", "CVE-2014-1402")}) as url:
        found = advisories([OLD, Pin("jinja2", "3.1.6"), Pin("click", "8.3.0")], url)
    ((pin, ids, fixed_in),) = [advisory for advisory in found if advisory.pin != CANARY]
    assert (pin, {*ids}, fixed_in) == (OLD, {"GHSA-jinja2", "CVE-2014-1402"}, ("3.0",))


def test_a_source_that_reports_nothing_is_not_believed():
    with osv({}) as url, pytest.raises(AuditError, match=rf"does not report {CANARY_ADVISORY} of urllib3"):
        advisories([OLD], url)


def test_without_a_network_the_audit_fails_in_one_line():
    ended = subprocess.run(
        [sys.executable, "-m", "scripts.audit"],
        cwd=ROOT,
        env={"OSV_URL": "http://127.0.0.1:9/v1/query"},  # the discard port: nothing listens
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    (line,) = ended.stderr.splitlines()
    assert line.startswith("Error: the advisories can't be read: ")


NEWS = Advisory(OLD, ("GHSA-jinja2", "CVE-2014-1402"), ("3.0",))
LINE = "a.txt: jinja2 2.4.1 has GHSA-jinja2, CVE-2014-1402, fixed in 3.0"


@pytest.mark.parametrize(
    ("package", "name", "advisory", "until", "expected"),
    [
        ("jinja2", "a.txt", "CVE-2014-1402", TODAY, []),
        ("jinja2", "a.txt", "GHSA-jinja2", TODAY, []),
        ("jinja2", "a.txt", "CVE-2014-1402", dt.date(2027, 1, 30), [f"{LINE}; accepted until 2027-01-30"]),
        ("jinja2", "a.txt", "CVE-2014-0012", TODAY, [LINE]),
        ("jinja2", "b.txt", "CVE-2014-1402", TODAY, [LINE]),
        ("click", "a.txt", "CVE-2014-1402", TODAY, [LINE]),
    ],
)
def test_an_advisory_is_accepted_for_one_set_until_its_last_day(
    package: str, name: str, advisory: str, until: dt.date, expected: list[str]
):
    accepted = [Acceptance(package, name, (advisory,), "why", until)]
    sets = {"a.txt": [OLD], "b.txt": [Pin("click", "8.3.0")]}
    assert list(findings(sets, [NEWS], accepted, TODAY)) == expected


def test_pins_are_read_with_every_marker():
    text = "# a note\nclick==8.3.0 \\\n    --hash=sha256:00\npywin32==311 ; sys_platform == 'win32' \\\n"
    assert read_pins(text) == (Pin("click", "8.3.0"), Pin("pywin32", "311"))


def test_every_file_with_hashes_is_audited():
    listed = subprocess.run(
        ["git", "grep", "--name-only", "-e", "--hash=sha256", "--", "*.txt"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert set(listed.stdout.split()) == set(pinned_sets())
    assert all(pinned_sets().values())


def test_each_acceptance_is_of_a_pin_and_has_a_reason():
    accepted, forks = read_accepted()
    sets = pinned_sets()
    for each in accepted:
        assert each.package in {forks.get(pin.package, pin.package) for pin in sets[each.set]}
        assert each.reason.endswith(".")
        assert each.ids
        assert all(advisory.startswith(("CVE-", "GHSA-", "PYSEC-")) for advisory in each.ids)
    everything = {pin.package for pins in sets.values() for pin in pins}
    assert set(forks) <= everything


def test_the_audit_runs_every_week():
    workflow: dict[Any, Any] = yaml.safe_load((ROOT / ".github" / "workflows" / "audit.yml").read_text())
    triggers = workflow[True]  # YAML 1.1 reads `on` as a boolean
    assert triggers["schedule"] == [{"cron": "17 5 * * 1"}]
    assert workflow["permissions"] == {"contents": "read"}
    (job,) = workflow["jobs"].values()
    assert job["steps"][-1]["run"] == "make audit"
