"""Announcements have form, and nothing else: whatever is sent, only the closed set of tags reaches a page (T31)."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services import rich_text

#: What has been used against sanitisers: tags, attributes, addresses, broken nesting, other namespaces, comments.
PAYLOADS = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg onload=alert(1)>", "<svg><script>alert(1)</script></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">", "<p onclick=alert(1)>词</p>",
    "<a href=javascript:alert(1)>点</a>", "<a href=' java\tscript:alert(1)'>点</a>", "<a href='data:text/html,<script>alert(1)</script>'>点</a>",
    "<a href=vbscript:msgbox(1)>点</a>", "<a href='https://bank.example@evil.example/'>点</a>", "<a href=//evil.example>点</a>",
    "<a href=/desk/logout>点</a>", "<iframe src=https://evil.example></iframe>", "<object data=x></object>", "<embed src=x>",
    "<form action=/x><input name=csrf><button>点</button></form>", "<p style='position:fixed;inset:0'>词</p>", "<style>*{display:none}</style>",
    "<link rel=stylesheet href=x>", "<meta http-equiv=refresh content=0>", "<base href=https://evil.example>",
    "<video><source onerror=alert(1)></video>", "<details open ontoggle=alert(1)>", "<body onload=alert(1)>",
    "<p><!--><script>alert(1)</script>--></p>", "<<script>alert(1)//<</script>", "<p/onclick=alert(1)>", "<IMG SRC=JaVaScRiPt:alert(1)>",
    "<a href=\"https://a.example\" target=_top onmouseover=alert(1)>点</a>", "<td background=javascript:alert(1)>",
    "<ol start=javascript:1><li>一</ol>", "<template><script>alert(1)</script></template>",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">", "<p hx-get=/x hx-trigger=load>", "<div data-hx-on:load=alert(1)>",
    "<textarea></textarea><script>alert(1)</script>", "<title><img src=x onerror=alert(1)></title>", "&lt;script&gt;",
    "<p id=main class=btn name=csrf>词</p>", "<a name=x href=https://a.example/%22onclick=alert(1)>点</a>",
]
TAG = re.compile(r"<(/?)([a-zA-Z0-9]+)([^>]*)>")
ALLOWED = re.compile(r'(?: (?:href="(?:https?|mailto|tel):[^"<>]*"|rel="noopener noreferrer nofollow"|(?:start|colspan|rowspan)="\d{1,3}"))*')


def only_form(html: str) -> bool:
    """Every tag is one of the set, and has no attribute but those that are named above."""
    return all(name in rich_text.TAGS and ALLOWED.fullmatch(attributes) for _, name, attributes in TAG.findall(html)) and "<" not in TAG.sub("", html)


@pytest.mark.req("T31")
@pytest.mark.req("WH-41")
@pytest.mark.parametrize("written_as", ["html", "marks"])
@pytest.mark.parametrize("payload", PAYLOADS)
def test_whatever_is_sent_only_form_is_shown(payload: str, written_as: str) -> None:
    shown = str(rich_text.shown(written_as, f"前{payload}后"))
    assert only_form(shown), shown
    assert rich_text.clean(shown) == shown
    if written_as == "marks":
        assert "<img" not in shown and payload[:1].replace("<", "&lt;") in shown


@given(st.text(st.sampled_from(list("<>/=\"' &;:#*->[]()ab1scriptonhref\n\t")), max_size=80))
def test_no_mixture_of_signs_gets_through(text: str) -> None:
    assert only_form(str(rich_text.shown("html", text))) and only_form(str(rich_text.shown("marks", text)))


def test_the_check_would_see_what_must_not_be_there() -> None:
    assert not any(only_form(wrong) for wrong in ("<script>", '<p onclick="x">', '<a href="javascript:x">', '<p style="x">', "<p"))


MARKED = ("# 一、条件\n\n各有关单位：\n请于**月底前**申报，见 https://rsj.example.gov.cn/a?b=1&c=2。\n\n- 身份证\n- 学历 <b>不是标记</b>\n\n"
          "3. 提交\n4. 审核\n\n> 逾期不予受理\n> 请注意\n\n## 小标题\n\n[平台](https://a.example/x)")


@pytest.mark.req("WH-41")
def test_marks_and_form_say_the_same_in_both_directions() -> None:
    shown = str(rich_text.shown("marks", MARKED))
    assert "<h3>一、条件</h3>" in shown and "各有关单位：<br>" in shown and "<strong>月底前</strong>" in shown and '<ol start="3">' in shown
    assert "&lt;b&gt;不是标记&lt;/b&gt;" in shown and shown.count("<a ") == 2
    assert rich_text.to_marks("html", shown) == MARKED and rich_text.to_marks("marks", MARKED) == MARKED


def test_of_a_table_and_of_bare_blocks_the_words_stay() -> None:
    html = "<div>甲<br>乙</div><table><tbody><tr><td colspan=\"2\">一</td><td>二</td></tr></tbody></table>"
    assert rich_text.plain("html", html) == "甲\n乙\n\n一 二" and "colspan" in rich_text.shown("html", html)


def test_plain_words_are_words_alone() -> None:
    assert rich_text.plain("marks", MARKED).startswith("一、条件\n\n各有关单位：\n请于月底前申报") and rich_text.plain("html", "<p> </p>") == ""
