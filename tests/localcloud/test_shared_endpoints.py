"""The table of endpoints and the models of services, read by sessions of LocalStack's libraries."""

from __future__ import annotations

from collections import Counter
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, cast

import boto3
import pytest
from botocore.loaders import JSONFileLoader, Loader
from botocore.session import Session

from scalable_models_localstack.shared_endpoints import share_endpoints

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Files that botocore has parsed, by their names without a suffix."""
    files: Counter[str] = Counter()
    load_file = cast("Callable[[JSONFileLoader, str], object]", JSONFileLoader.load_file)

    def recorded(self: JSONFileLoader, file_path: str) -> object:
        if (content := load_file(self, file_path)) is not None:
            files[PurePath(file_path).name] += 1
        return content

    monkeypatch.setattr(JSONFileLoader, "load_file", recorded)
    return files


@pytest.fixture(autouse=True)
def _restored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Session, "get_available_regions", Session.get_available_regions)
    monkeypatch.setattr(Loader, "load_service_model", Loader.load_service_model)


def describe(region: str) -> tuple[list[str], str]:
    """Return the regions of EC2, and the host of one, as a new session knows them."""
    session = cast("Any", boto3).Session(region_name=region)
    return session.get_available_regions("ec2"), session.client("ec2").meta.endpoint_url


def test_all_sessions_read_the_table_of_endpoints_once_and_know_the_same(read: Counter[str]):
    expected = describe("eu-west-1"), describe("us-east-1")
    assert read["endpoints"] == 2
    read.clear()
    share_endpoints()
    assert (describe("eu-west-1"), describe("us-east-1")) == expected
    assert read["endpoints"] == 1


def models_read(read: Counter[str]) -> int:
    return sum(times for name, times in read.items() if name.startswith("service-2"))


def test_all_sessions_read_the_model_of_a_service_once(read: Counter[str]):
    share_endpoints()
    for _ in range(2):
        cast("Any", boto3).Session(region_name="eu-west-1").client("ec2")
        assert models_read(read) == 1


def test_a_model_has_the_additions_of_its_own_loader(tmp_path: Path):
    additions = tmp_path / "sns" / "2010-03-31" / "service-2.sdk-extras.json"
    additions.parent.mkdir(parents=True)
    additions.write_text('{"merge": {"documentation": "added"}}')

    def documentation(**options: Any) -> str:
        return cast("Any", Loader(**options)).load_service_model("sns", "service-2")["documentation"]

    plain = documentation()
    share_endpoints()
    for _ in range(2):
        assert documentation(extra_search_paths=[str(tmp_path)]) == "added"
        without = {"extra_search_paths": [str(tmp_path)], "include_default_extras": False}
        assert documentation(**without) == documentation() == plain


def test_all_sessions_look_up_the_regions_of_a_service_once(read: Counter[str]):
    asked: list[dict[str, Any]] = [
        {},
        {"partition_name": "aws-cn"},
        {"partition_name": "aws-us-gov", "allow_non_regional": True},
    ]

    def answers() -> list[list[str]]:
        session = cast("Any", boto3).Session(region_name="eu-west-1")
        names = ("ec2", "s3", "no-service")
        return [session.get_available_regions(name, **each) for name in names for each in asked]

    expected = answers()
    assert [len(each) > 0 for each in expected] == [True] * 6 + [False] * 3
    assert len({tuple(each) for each in expected[:3]}) == 3
    share_endpoints()
    first = answers()
    assert first == expected
    first[0].clear()
    read.clear()
    assert answers() == expected
    assert models_read(read) == 0
