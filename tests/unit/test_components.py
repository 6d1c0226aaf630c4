"""Components and the pages around them: what they say, that they escape it, and that nothing on them is inline."""

import re
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from jinja2 import UndefinedError
from sanic.compat import Header

from web import pages, static
from web.assets import build

NOW = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
TEMPLATES = [path for folders in pages.FACES.values() for folder in folders for path in folder.rglob("*.html")]
FACES = ["phone", "desk"]


@pytest.fixture(scope="module", autouse=True)
def built() -> None:
    build.build()
    static.shelf.cache_clear()


@pytest.fixture(params=FACES)
def ui(request: pytest.FixtureRequest) -> SimpleNamespace:
    return pages.components(f"{request.param}/any.html")


def a_request(method: str = "GET", headers: dict[str, str] | None = None, person: Any = None, **cookies: str) -> Any:
    region = SimpleNamespace(code="north", name="北市", scheme="人才服务绿色通道", phone="0100-5550101")
    return SimpleNamespace(method=method, path="/north/", headers=Header(headers or {}), cookies=cookies,
                           ctx=SimpleNamespace(region=region, person=person, csrf="token", now=NOW))


def refuse(request: Any, face: str = "phone", text: str = "这张卡已停用。") -> Any:
    refusal = SimpleNamespace(text=text, code="stopped", status_code=409, context={})
    return pages.render(request, f"{face}/refusal.html", status=409, refusal=refusal, request_id="r-1", retry_after=None)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_no_template_has_an_inline_script_or_style(path: Any) -> None:
    text = re.sub(r"\{#.*?#\}", "", path.read_text(), flags=re.S)
    assert not re.search(r"""\sstyle\s*=|<style|\son[a-z]+\s*=\s*["']|javascript:|hx-on""", text)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", text))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_icon_that_a_template_names_is_in_the_sprite(path: Any) -> None:
    named = set(re.findall(r"""\bicon\("([a-z0-9-]+)\"""", path.read_text()))
    assert named <= set(build.icon_names())


def test_an_error_leads_to_its_field_and_is_told_with_it(ui: SimpleNamespace) -> None:
    summary = ui.error_summary({"phone": "手机号应是 11 位数字。"})
    field = ui.field("phone", "phone", "手机号", value="1990000", error="手机号应是 11 位数字。", required=True)
    assert 'href="#field-phone"' in summary
    assert 'id="field-phone"' in field
    assert 'aria-describedby="error-phone"' in field
    assert 'aria-invalid="true"' in field
    assert 'value="1990000"' in field  # what was typed is still there
    assert ui.error_summary({}).strip() == ""


@pytest.mark.parametrize("kind", ["text", "textarea", "phone", "code", "number", "date", "month", "datetime", "password", "email", "search",
                                  "select", "radio", "checkbox", "checkboxes", "stars", "file"])
def test_every_kind_of_field_can_be_reached_and_carries_its_name(ui: SimpleNamespace, kind: str) -> None:
    drawn = ui.field(kind, "need", "需求", options=[("a", "甲"), ("b", "乙", "附注")], hint="说明", error="请填写。")
    assert 'id="field-need"' in drawn
    assert 'name="need"' in drawn
    assert "需求" in drawn
    assert "hint-need error-need" in drawn


def test_typed_text_is_escaped_and_kept_to_the_letter(ui: SimpleNamespace) -> None:
    evil = '"><script>alert(1)</script>\n下一行'
    fields = [ui.field(kind, "need", "需求", value=evil) for kind in ("textarea", "text")]
    for drawn in (*fields, ui.notice("info", evil), ui.facts([("a", evil)])):
        assert "<script>" not in drawn
    assert "\n\n空行在前</textarea>" in ui.field("textarea", "need", "需求", value="\n空行在前")


@pytest.mark.req("SD-13")
def test_progress_is_blue_when_done_red_under_way_black_before_and_orange_when_late(ui: SimpleNamespace) -> None:
    steps = [{"state": "done", "name": "受理", "organisation": "北市人才服务窗口", "at": NOW, "opinion": "同意"},
             {"state": "current", "name": "预审", "due": NOW, "left": "还剩 2 个工作日"}, {"state": "todo", "name": "办结"}]
    drawn = ui.route_progress(steps)
    assert re.findall(r"route__step--(\w+)", drawn) == ["done", "underway", "todo"]
    assert [word for word in ("已办", "办理中", "未开始", "同意", "还剩 2 个工作日", "11月23日 周一 09:30") if word not in drawn] == []
    late = ui.route_progress([{"state": "current", "name": "预审", "due": NOW, "light": "late", "left": "已超 1 个工作日"}])
    assert "route__step--late" in late
    assert "#alarm" in late
    assert "已超时" in late


@pytest.mark.parametrize("state", ["done", "open", "todo", "late", "returned", "active", "suspended", "withdrawn", "never heard of"])
def test_no_state_stands_by_its_colour_alone(ui: SimpleNamespace, state: str) -> None:
    drawn = ui.state_badge(state, "某状态")
    assert "<use href=" in drawn
    assert "某状态" in drawn


def test_a_stopped_card_looks_stopped(ui: SimpleNamespace) -> None:
    card = {"level": "A 类", "number": "W*1", "valid_until": date(2029, 11, 30), "state": "active", "state_label": "启用"}
    assert "talent-card--stopped" not in ui.card_face(card, "绿色通道")
    assert "talent-card--stopped" in ui.card_face(card | {"state": "suspended", "state_label": "停用"}, "绿色通道")
    assert "2029.11.30" in ui.card_face(card, "绿色通道")


def test_an_icon_that_nobody_drew_shows_a_dot() -> None:
    assert str(pages.icon("no-such-icon")).endswith('#point"/></svg>')


@pytest.mark.parametrize("face", FACES)
def test_every_page_carries_the_strict_policy(face: str) -> None:
    headers = refuse(a_request(), face).headers
    policy = headers["content-security-policy"]
    assert "unsafe" not in policy
    for what, source in (("default-src", "self"), ("script-src", "self"), ("style-src", "self"), ("form-action", "self"), ("connect-src", "self"),
                         ("frame-ancestors", "none"), ("base-uri", "none"), ("object-src", "none")):
        assert f"{what} '{source}'" in policy
    assert headers["referrer-policy"] == "same-origin"
    assert headers["x-content-type-options"] == "nosniff"


def test_a_page_with_a_person_is_stored_nowhere() -> None:
    somebody = SimpleNamespace(id=1, name="张三", organisation="北市人才服务窗口")
    assert refuse(a_request(person=somebody)).headers["cache-control"] == "no-store"
    assert refuse(a_request("POST")).headers["cache-control"] == "no-store"
    assert refuse(a_request()).headers["cache-control"] == "private, no-cache"


def test_large_type_and_theme_come_with_the_first_byte() -> None:
    plain, chosen = refuse(a_request()).body.decode(), refuse(a_request(large_type="1", theme="dark")).body.decode()
    assert 'class="phone large-type" data-theme="dark"' in chosen
    assert "large-type" not in plain
    assert "data-theme" not in plain
    assert "data-theme" not in refuse(a_request(theme='"><b>')).body.decode()


def test_a_refusal_says_what_happened_and_whom_to_call() -> None:
    page = refuse(a_request(), text="这张卡已停用。<b>").body.decode()
    assert "这张卡已停用。&lt;b&gt;" in page
    assert 'href="tel:0100-5550101"' in page
    assert "r-1" in page


def test_a_refusal_outside_every_region_still_has_its_page() -> None:
    request = a_request()
    request.ctx.region = None
    for face in FACES:
        assert "没有办成" in refuse(request, face).body.decode()


@pytest.mark.parametrize(("headers", "part"), [
    ({}, False), ({"HX-Request": "true"}, True), ({"HX-Request": "true", "HX-Boosted": "true"}, False),
    ({"HX-Request": "true", "HX-History-Restore-Request": "true"}, False), ({"HX-Request": "true", "HX-Request-Type": "full"}, False),
    ({"HX-Request": "true", "HX-Request-Type": "partial"}, True),
])
def test_only_htmx_that_fills_a_part_gets_a_part(headers: dict[str, str], part: bool) -> None:
    told = {"refusal": SimpleNamespace(text="不行", code="x", status_code=400, context={}), "request_id": "r", "retry_after": None}
    body = pages.render(a_request(headers=headers), "phone/refusal.html", block="content", **told).body.decode()
    assert ("<!doctype html>" not in body) is part
    assert "不行" in body
    assert "返回首页" in body  # the components are there in a part too


def test_a_name_that_a_page_was_not_given_is_an_error_and_no_empty_place() -> None:
    with pytest.raises(UndefinedError):
        pages.render(a_request(), "phone/refusal.html")


def test_a_draft_knows_its_owner_without_naming_her() -> None:
    one, other = (pages.person_mark(SimpleNamespace(id=number)) for number in (1, 2))
    assert one != other
    assert pages.person_mark(None) == ""
