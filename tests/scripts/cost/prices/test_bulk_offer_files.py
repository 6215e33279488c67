"""Offer files over real HTTP from this machine, in the format in which AWS publishes them."""

from __future__ import annotations

import http.server
import json
import shutil
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

from scripts.cli import main
from scripts.cost.prices import snapshot
from scripts.cost.prices.bulk_offer_files import OfferFiles
from scripts.cost.prices.price_list import PriceListError, instance_prices, one_price
from scripts.cost.prices.price_list_queries import INSTANCES, QUERIES
from scripts.cost.prices.snapshot import DATA, load_snapshot
from tests.scripts.cost.price_list_answers import REGION, VERSION, as_listed_today, offer_files, set_price

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

INDEX = "/offers/v1.0/aws/{service}/current/region_index.json"
FILE = f"/offers/v1.0/aws/{{service}}/{VERSION}/{REGION}/index"


def answers() -> dict[str, list[dict[str, Any]]]:
    return {query.item: as_listed_today(query) for query in (*QUERIES, INSTANCES)}


def published_paths(files: dict[str, str]) -> dict[str, str]:
    """Return the content of all paths that AWS would publish."""
    content: dict[str, str] = {}
    for service, text in files.items():
        index = {"regionCode": REGION, "currentVersionUrl": f"{FILE.format(service=service)}.json"}
        content[INDEX.format(service=service)] = json.dumps(
            {"formatVersion": "v1.0", "regions": {REGION: index}}
        )
        content[f"{FILE.format(service=service)}.csv"] = text
    return content


@contextmanager
def serve_files(
    content: dict[str, str], *, cut_off: str = "", missing_hours: str = "", has_length: bool = True
) -> Generator[tuple[str, list[str]]]:
    """Serve files on this machine, one of which may be truncated or never sent; yield URL and requested
    paths."""
    requested_paths: list[str] = []
    over = threading.Event()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            requested_paths.append(self.path)
            text = content.get(self.path)
            if text is None:
                self.send_error(404)
                return
            if missing_hours and missing_hours in self.path:
                over.wait(10)
                return
            body = text.encode()
            self.send_response(200)
            if has_length:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: len(body) // 2] if cut_off and cut_off in self.path else body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (its name)
            del format, args

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", requested_paths
        finally:
            over.set()
            server.shutdown()


def iris_prices(*options: str) -> Result:
    return CliRunner().invoke(main, ["prices", "refresh", *options])


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Copy of the snapshot that the command renews."""
    shutil.copytree(DATA, tmp_path / "data", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(snapshot, "DATA", tmp_path / "data")
    return tmp_path / "data"


def test_the_files_give_the_prices_that_the_api_gives():
    listed = answers()
    with serve_files(published_paths(offer_files(listed))) as (url, requested_paths):
        files = OfferFiles(url)
        for query in QUERIES:
            found = one_price(query, REGION, files.products(query, REGION))
            assert found is not None
            assert found == one_price(query, REGION, listed[query.item]), query.item
        instances = instance_prices(REGION, files.products(INSTANCES, REGION))
        assert instances == instance_prices(REGION, listed["instances"])
    services = {query.service for query in QUERIES}
    assert len(requested_paths) == 2 * len(services), "each file is read once"


def test_the_progress_of_a_download_is_reported():
    on_progress: list[tuple[str, int, int | None]] = []
    text = offer_files(answers())
    with serve_files(published_paths(text)) as (url, _):
        OfferFiles(
            url, on_progress=lambda name, done, whole: on_progress.append((name, done, whole))
        ).products(INSTANCES, REGION)
    assert {name for name, _, _ in on_progress} == {"AmazonEC2 in us-east-1"}
    done = [it for _, it, _ in on_progress]
    assert done == sorted(done)
    assert done[-1] == on_progress[-1][2] == len(text["AmazonEC2"].encode())


def test_a_file_of_unknown_size_is_read_as_well():
    wholes: set[int | None] = set()
    with serve_files(published_paths(offer_files(answers())), has_length=False) as (url, _):
        files = OfferFiles(url, on_progress=lambda _name, _done, whole: wholes.add(whole))
        assert files.products(INSTANCES, REGION)
    assert wholes == {None}


def test_a_region_without_the_service_has_no_products():
    with serve_files(published_paths(offer_files(answers()))) as (url, _):
        assert OfferFiles(url).products(QUERIES[0], "eu-west-1") == []


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "does not begin"),
        ("<html>\n" * 9, "does not begin"),
        ('"SKU","Currency"\n' * 7, "does not begin"),
        ('"OfferCode","AWSELB"\n' * 5 + '"Currency","Unit"\n', "does not begin"),
    ],
)
def test_another_file_than_an_offer_file_is_rejected(text: str, complaint: str):
    with (
        serve_files(published_paths({"AWSELB": text})) as (url, _),
        pytest.raises(PriceListError, match=complaint),
    ):
        OfferFiles(url).products(QUERIES[0], REGION)


def test_an_invalid_index_is_rejected():
    content = published_paths({"AWSELB": ""}) | {INDEX.format(service="AWSELB"): "<html>"}
    with serve_files(content) as (url, _), pytest.raises(PriceListError, match="index of AWSELB"):
        OfferFiles(url).products(QUERIES[0], REGION)


def test_a_truncated_or_silent_file_is_given_up():
    content = published_paths(offer_files(answers()))
    with (
        serve_files(content, cut_off="csv") as (url, _),
        pytest.raises(PriceListError, match="can't be read"),
    ):
        OfferFiles(url).products(INSTANCES, REGION)
    with (
        serve_files(content, missing_hours="csv") as (url, _),
        pytest.raises(PriceListError, match="can't be read"),
    ):
        OfferFiles(url, silence_seconds=0.2).products(INSTANCES, REGION)


def test_the_command_renews_the_snapshot_from_the_files(folder: Path):
    listed = answers()
    set_price(listed["nat.hour"][1], "0.0500000000")
    with serve_files(published_paths(offer_files(listed))) as (url, _):
        options = ("--region", REGION, "--from", "files", "--files-url", url)
        tried = iris_prices(*options, "--dry-run", "--format", "json")
        assert tried.exit_code == 0, tried.stderr
        (change,) = json.loads(tried.stdout)["changes"]
        assert (change["what"], change["before"], change["after"]) == ("nat.hour", "0.045", "0.05")
        assert (folder / "services.csv").read_bytes() == (DATA / "services.csv").read_bytes()
        done = iris_prices(*options)
    assert done.exit_code == 0, done.stderr
    assert "service: nat.hour in us-east-1: 0.045 -> 0.05 USD" in done.stdout
    assert "spot prices stay unchanged" in done.stderr
    assert "kms.key_month" in done.stderr
    assert str(load_snapshot(folder).region(REGION).tariff("nat.hour").usd) == "0.05"


def test_of_many_changes_the_largest_are_shown(folder: Path):
    listed = answers()
    for item in listed["instances"]:
        name = item["product"]["attributes"]["instanceType"]
        (term,) = item["terms"]["OnDemand"].values()
        for it in term["priceDimensions"].values():
            usd = float(it["pricePerUnit"]["USD"])
            it["pricePerUnit"]["USD"] = f"{usd * (3 if name.startswith('c7g.') else 2):.6f}"
    with serve_files(published_paths(offer_files(listed))) as (url, _):
        done = iris_prices("--region", REGION, "--from", "files", "--files-url", url)
    shown = [line for line in done.stdout.splitlines() if line.startswith("on demand:")]
    assert len(shown) == 41
    assert "c7g." in shown[0]
    assert "133 smaller changes" in shown[-1]
    assert "173 prices changed." in done.stdout
    assert len((folder / "ec2_on_demand.csv").read_text()) > 0


def test_without_internet_there_is_one_line_and_nothing_is_written(folder: Path):
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with serve_files({}) as (url, _):
        pass  # Nothing listens there any more.
    result = iris_prices("--region", REGION, "--from", "files", "--files-url", url)
    assert result.exit_code == 1
    (error,) = [line for line in result.stderr.splitlines() if line.startswith("Error:")]
    assert "can't be read" in error
    assert "Nothing was written" in error
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_without_credentials_the_api_can_t_be_called(monkeypatch: pytest.MonkeyPatch, folder: Path):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    result = iris_prices("--region", REGION, "--from", "api")
    assert result.exit_code == 1
    assert "credentials" in result.stderr
    assert (folder / "services.csv").read_bytes() == (DATA / "services.csv").read_bytes()


def test_an_unknown_region_gets_a_suggestion():
    result = iris_prices("--region", "us-esat-1")
    assert result.exit_code == 1
    assert "us-east-1" in result.stderr


def test_the_url_of_files_requires_the_files():
    assert iris_prices("--files-url", "http://127.0.0.1:1").exit_code == 2
