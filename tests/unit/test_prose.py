"""What people write stays words: escaped whole, in paragraphs, and only plain web addresses lead anywhere."""

import pytest

from services.prose import prose


def test_an_empty_line_begins_a_paragraph_and_a_line_break_stays_one() -> None:
    assert prose("一、申报条件\n满足下列之一\r\n\r\n\n二、材料\n") == "<p>一、申报条件<br>\n满足下列之一</p>\n<p>二、材料</p>"


@pytest.mark.req("T31")
@pytest.mark.parametrize("typed", ["<script>alert(1)</script>", "<a href='https://x.example'>点我</a>", '"><img src=x onerror=alert(1)>',
                                   "javascript:alert(1)", "data:text/html,<b>", "{{ 7 * 7 }}", "https://x.example/\"onmouseover=alert(1)"])
def test_nothing_that_is_typed_becomes_markup(typed: str) -> None:
    made = str(prose(typed)).replace('rel="noopener noreferrer nofollow"', "")
    assert "<script" not in made and "<img" not in made and "<b>" not in made
    assert 'onmouseover="' not in made and 'href="javascript' not in made and 'href="data' not in made
    assert made.count("<a ") <= typed.count("https://")


@pytest.mark.parametrize(("typed", "address", "rest"), [
    ("详见https://rsj.example.gov.cn/a?b=1&c=2。", "https://rsj.example.gov.cn/a?b=1&amp;c=2", "。"),
    ("（http://rsj.example.gov.cn）请查收", "http://rsj.example.gov.cn", "）请查收"),
    ("见 https://a.example/x, 谢谢", "https://a.example/x", ", 谢谢"),
])
def test_a_web_address_becomes_a_link_that_tells_the_other_site_nothing(typed: str, address: str, rest: str) -> None:
    assert f'<a href="{address}" rel="noopener noreferrer nofollow">{address}</a>{rest}' in str(prose(typed))


@pytest.mark.parametrize("typed", ["https://bank.example@evil.example/", "http://u:p@evil.example/x", "http://", "https://[", "ftp://a.example/x"])
def test_an_address_that_is_not_what_it_seems_stays_words(typed: str) -> None:
    assert "<a " not in str(prose(typed))
