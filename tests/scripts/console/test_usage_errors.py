"""Errors of the system that any output can meet, in one line."""

from __future__ import annotations

import errno
import os

import click
import pytest

from scripts.console.usage_errors import one_line_errors


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_disk_or_a_quota_that_is_used_up_is_one_line_with_the_file(number: int):
    with pytest.raises(click.ClickException) as caught, one_line_errors():
        raise OSError(number, os.strerror(number), "/var/report.html")
    assert caught.value.message == f"{os.strerror(number)}: /var/report.html"
    assert caught.value.exit_code == 1


def test_any_other_error_of_the_system_is_left_as_it_is():
    with pytest.raises(PermissionError), one_line_errors():
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), "/var/report.html")
