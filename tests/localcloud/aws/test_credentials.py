"""Access key of a local cloud and its file."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import boto3.session
import pytest

from localcloud.aws.credentials import (
    DUMMY,
    Credentials,
    CredentialsError,
    credentials_from_environment,
    generate_credentials,
    read_credentials,
    write_credentials,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(params=[0o000, 0o022, 0o077, 0o777], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_each_cloud_has_its_own_random_key():
    keys = [generate_credentials() for _ in range(100)]
    assert len({key.access_key_id for key in keys}) == len({key.secret_access_key for key in keys}) == 100
    for key in keys:
        assert len(key.access_key_id) == 20
        assert len(key.secret_access_key) == 40


def test_the_key_id_contains_no_account():
    # LocalStack decodes an account from twelve digits or after LKIA and LSIA; AWS issues AKIA and ASIA.
    assert {generate_credentials().access_key_id[:4] for _ in range(100)} == {"IRIS"}


def test_a_printed_key_does_not_contain_its_secret():
    key = generate_credentials()
    assert key.secret_access_key not in f"{key!r} {key}"


@pytest.mark.usefixtures("umask")
def test_only_the_owner_can_read_the_file_with_any_umask(tmp_path: Path):
    file, key = tmp_path / "credentials", generate_credentials()

    write_credentials(file, key)

    assert mode(file) == 0o600
    assert read_credentials(file) == key
    assert list(tmp_path.iterdir()) == [file]


def test_an_earlier_file_or_link_is_replaced_and_its_target_unchanged(tmp_path: Path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("untouched")
    file, draft = tmp_path / "credentials", tmp_path / "credentials.new"
    file.symlink_to(elsewhere)
    draft.symlink_to(elsewhere)

    write_credentials(file, generate_credentials())

    assert elsewhere.read_text() == "untouched"
    assert not file.is_symlink()
    assert mode(file) == 0o600


def test_aws_tools_can_read_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    file, key = tmp_path / "credentials", generate_credentials()
    write_credentials(file, key)
    for name in key.environment():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))

    found = boto3.session.Session().get_credentials()

    assert found is not None
    assert (found.access_key, found.secret_key) == (key.access_key_id, key.secret_access_key)


@pytest.mark.parametrize("content", [None, b"", b"[default]\n", b"secret without a section", b"\xff"])
def test_the_error_for_a_file_without_a_key_does_not_quote_its_content(tmp_path: Path, content: bytes | None):
    file = tmp_path / "credentials"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(CredentialsError, match="contains no key of a local cloud") as error:
        read_credentials(file)

    assert "secret without" not in str(error.value)
    assert error.value.__cause__ is None


@pytest.mark.parametrize(
    ("environment", "key"),
    [
        ({}, DUMMY),
        ({"AWS_ACCESS_KEY_ID": "IRISX"}, DUMMY),
        ({"AWS_SECRET_ACCESS_KEY": "x"}, DUMMY),
        ({"AWS_ACCESS_KEY_ID": "IRISX", "AWS_SECRET_ACCESS_KEY": "x"}, Credentials("IRISX", "x")),
        ({"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "x"}, DUMMY),
        ({"AWS_ACCESS_KEY_ID": "ASIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "x"}, DUMMY),
    ],
)
def test_the_key_of_the_environment_is_used_unless_aws_issued_it(
    environment: dict[str, str], key: Credentials
):
    assert credentials_from_environment(environment) == key
