"""What stands in a header cannot begin another one."""

import pytest
from sanic.response import HTTPResponse

from web import header_values


@pytest.mark.parametrize(("value", "sent"), [
    ("default-src 'none'", b"default-src 'none'"), ("/weihai/\r\nSet-Cookie: a=b", b"/weihai/Set-Cookie: a=b"), ("a\x00b\nc\rd", b"abcd"),
    ("a\tb", b"a\tb"), ("名单.pdf", "名单.pdf".encode())])
def test_line_ends_and_nul_are_left_out_and_nothing_else(value: str, sent: bytes) -> None:
    header_values.install()
    assert (b"x-said", sent) in list(HTTPResponse("", headers={"x-said": value}).processed_headers)
    assert (b"x-said", b"v") in list(HTTPResponse("", headers={"x-\r\nsaid": "v"}).processed_headers)
