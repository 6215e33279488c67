"""Targets of requests in the forms of RFC 9112, 3.2."""

from __future__ import annotations

import pytest

from service.server.request_head import RefusedRequestError, to_origin_form


@pytest.mark.parametrize(
    ("method", "target", "origin"),
    [
        (b"GET", b"/a?b", b"/a?b"),
        (b"GET", b"http://iris/a?b", b"/a?b"),
        (b"GET", b"HTTP://iris:80", b"/"),
        (b"GET", b"https://[::1]:443?b", b"/?b"),
        (b"OPTIONS", b"*", b"*"),
        # RFC 9112, 3.2.4: without a path and a query it stands for the server as a whole.
        (b"OPTIONS", b"http://iris:80", b"*"),
        (b"OPTIONS", b"http://iris?b", b"/?b"),
    ],
)
def test_a_target_is_served_by_its_path_and_query(method: bytes, target: bytes, origin: bytes):
    assert to_origin_form(method, target) == origin


@pytest.mark.parametrize(
    "target",
    [
        # RFC 9110, 4.2.1: a URI with an empty host is invalid.
        *(b"http://:80/", b"http:///a", b"https://:443"),
        *(b"*", b"a", b"", b"/a#b", b"http://iris/#b", b"ftp://iris/", b"http://user@iris/"),
    ],
)
def test_a_target_without_a_host_or_of_another_form_is_refused(target: bytes):
    with pytest.raises(RefusedRequestError) as refused:
        to_origin_form(b"GET", target)
    assert refused.value.status == 400
