"""The key of a local cloud, and the file that holds it."""

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
    credentials_in,
    make_credentials,
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


def test_each_cloud_has_another_key_that_cannot_be_guessed():
    made = [make_credentials() for _ in range(100)]
    assert len({each.access_key_id for each in made}) == len({each.secret_access_key for each in made}) == 100
    for each in made:
        assert len(each.access_key_id) == 20
        assert len(each.secret_access_key) == 40


def test_the_key_names_no_account():
    # LocalStack reads an account out of twelve digits, or after LKIA and LSIA; AKIA and ASIA are AWS's own.
    assert {make_credentials().access_key_id[:4] for _ in range(100)} == {"IRIS"}


def test_the_secret_does_not_show_when_the_key_is_printed():
    key = make_credentials()
    assert key.secret_access_key not in f"{key!r} {key}"


@pytest.mark.usefixtures("umask")
def test_only_the_owner_can_read_the_file_whatever_the_umask(tmp_path: Path):
    file, key = tmp_path / "credentials", make_credentials()

    write_credentials(file, key)

    assert mode(file) == 0o600
    assert read_credentials(file) == key
    assert list(tmp_path.iterdir()) == [file]


def test_an_earlier_file_is_replaced_and_not_written_through(tmp_path: Path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("untouched")
    file, draft = tmp_path / "credentials", tmp_path / "credentials.new"
    file.symlink_to(elsewhere)
    draft.symlink_to(elsewhere)

    write_credentials(file, make_credentials())

    assert elsewhere.read_text() == "untouched"
    assert not file.is_symlink()
    assert mode(file) == 0o600


def test_aws_s_own_tools_read_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    file, key = tmp_path / "credentials", make_credentials()
    write_credentials(file, key)
    for name in key.environment():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))

    found = boto3.session.Session().get_credentials()

    assert found is not None
    assert (found.access_key, found.secret_key) == (key.access_key_id, key.secret_access_key)


@pytest.mark.parametrize("content", [None, b"", b"[default]\n", b"secret without a section", b"\xff"])
def test_a_file_without_a_key_is_told_without_what_it_holds(tmp_path: Path, content: bytes | None):
    file = tmp_path / "credentials"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(CredentialsError, match="holds no key of a local cloud") as error:
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
def test_for_somebody_elses_localstack_the_environment_s_key_is_used_unless_it_is_aws_s(
    environment: dict[str, str], key: Credentials
):
    assert credentials_in(environment) == key
