"""A drawn route says what the profile says, stays within its boxes, and cannot be broken by its words."""

import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from cli import main
from config.drawing import Plan, as_mermaid, as_svg, plan_of
from config.drawing.lettering import width, wrap
from config.loading import read_profile, regions
from config.profile import Profile
from config.routes import Matter

REGIONS = Path(__file__).parents[2] / "config" / "regions"
SVG = "{http://www.w3.org/2000/svg}"
NASTY = '</text><script>alert("1")</script>&amp; #quot; `x` ]] \x07'

MATTER: dict[str, Any] = {
    "code": "grant", "name": "英才卡申领", "prefix": "YC", "who": {"kind": "talent", "needs": ["admitted_dossier"]},
    "form": [
        {"field": "direct", "type": "yes_no", "label": "是否市直"},
        {"field": "district", "type": "district", "label": "单位所在地", "required": True},
        {"field": "kind", "type": "choice", "label": "人才类别", "options": {"a": "领军人才", "b": "青年拔尖人才"}},
    ],
    "route": [
        {"step": "unit", "name": "单位审核", "handler": {"organisation": {"unit_of": "applicant"}, "role": "clerk"},
         "can": ["approve", {"action": "return", "opinion": "required"}], "limit": "3 working days"},
        {"step": "bureau", "name": "主管部门审核", "can": ["approve", {"action": "return", "label": "退回单位", "to": "unit"}],
         "limit": {"value": "5 working days", "assumed": True},
         "handler": [
             {"when": {"unit.name": ["东海大学", "南山学院"]}, "skip": True},
             {"when": {"form.direct": True, "form.kind": "b"}, "organisation": {"code": "weihai_hrss"}, "role": "leader"},
             {"organisation": {"district_bureau_of": "form.district"}, "role": "clerk"}]},
        {"step": "report", "name": "汇总上报", "handler": {"organisation": {"same_as": "unit"}, "role": "leader"}, "can": ["return"],
         "roster": {"title": "申领人员汇总表", "columns": [{"path": "applicant.name", "label": "姓名"}]}, "limit": "5 working days"},
        {"step": "final", "name": "终审", "handler": {"organisation": {"code": "weihai_hrss"}, "role": "leader"}, "limit": "3 working days",
         "can": [{"action": "complete", "label": "同意颁发", "choices": {"a": "A 类", "b": "B 类"}}, {"action": "reject", "opinion": "required"}]},
    ],
    "applicant_can": ["withdraw"], "resubmit": "same_step", "rated": True, "effect": "issue_card",
}


@pytest.fixture(scope="module")
def profile() -> Profile:
    return read_profile(REGIONS / "weihai")


def a_plan(profile: Profile, **changes: Any) -> Plan:
    matter = Matter.model_validate(MATTER | changes)
    return plan_of(profile.model_copy(update={"matters": {"grant": matter}}), matter)


def words_of(svg: str) -> str:
    return "".join(text.text or "" for text in ElementTree.fromstring(svg).iter(f"{SVG}text"))


def test_the_plan_says_who_handles_each_step_in_words(profile: Profile) -> None:
    plan = a_plan(profile)
    unit, bureau, report, final = plan.stages
    assert [(branch.organisation, branch.role) for branch in unit.branches] == [("申报人所在单位", "窗口经办")]
    assert [branch.case for branch in bureau.branches] == [
        "若「单位名称」为东海大学、南山学院", "若「是否市直」为“是”，且「人才类别」为青年拔尖人才", "其他情况"]
    assert [branch.skips for branch in bureau.branches] == [True, False, False]
    assert bureau.branches[2].organisation == "「单位所在地」所属的区市人社局"
    assert report.branches[0].organisation == "与「单位审核」环节同一机构"
    assert report.onward == "上报"
    assert report.notes == ("导出《申领人员汇总表》，盖章上传后，名单内的办件一并上报",)
    assert final.acts == ("同意颁发（选定A 类／B 类）", "不通过（须写意见）")
    assert (plan.applicant, plan.effects) == ("申报人", ("颁发人才卡", "邀请申报人作满意度评价"))


def test_the_description_reads_the_whole_route_aloud(profile: Profile) -> None:
    aloud = "".join(a_plan(profile).sentences())
    assert "退回单位：回到「单位审核」环节。" in aloud
    assert "不通过：办件终止。" in aloud
    assert "若「单位名称」为东海大学、南山学院，跳过本环节" in aloud


@pytest.mark.parametrize("region", regions(REGIONS))
def test_every_shipped_route_is_drawn_with_all_its_words(region: str) -> None:
    shipped = read_profile(REGIONS / region)
    for matter in shipped.matters.values():
        plan = plan_of(shipped, matter)
        said = words_of(as_svg(plan)).replace(" ", "")
        words = [word for stage in plan.stages for word in (stage.name, stage.limit, *stage.acts, *stage.notes)]
        words += [word for stage in plan.stages for branch in stage.branches for word in (branch.condition, branch.organisation, branch.role)]
        assert [word for word in (*words, *plan.conditions, *plan.effects) if word.replace(" ", "") not in said] == []
        assert "applicant --> s1" in as_mermaid(plan)


def test_the_picture_has_a_title_a_description_and_nothing_from_outside(profile: Profile) -> None:
    svg = as_svg(a_plan(profile))
    root = ElementTree.fromstring(svg)
    named = {element.get("id"): element.text for element in root if element.get("id")}
    assert root.get("aria-labelledby") == "route-grant-title route-grant-desc"
    assert named["route-grant-title"] == "英才卡申领办理流程"
    assert "第 1 环节，单位审核" in (named["route-grant-desc"] or "")
    assert not re.search(r"<style|style=|href|@import|<image|<script", svg)
    assert re.findall(r"https?://[^\"]+", svg) == ["http://www.w3.org/2000/svg"]


def test_every_line_of_text_lies_within_the_picture_and_its_frame(profile: Profile) -> None:
    long = "一个名称很长很长的荣誉称号主管部门联席会议办公室" * 4
    plan = a_plan(profile, name=long, route=[{**MATTER["route"][0], "name": long}, *MATTER["route"][1:]])
    root = ElementTree.fromstring(as_svg(plan))
    _, _, across, down = map(float, root.attrib["viewBox"].split())
    for text in root.iter(f"{SVG}text"):
        wide, x = width(text.text or "", float(text.attrib["font-size"])), float(text.attrib["x"])
        left = {"start": x, "middle": x - wide / 2, "end": x - wide}[text.attrib["text-anchor"]]
        assert left >= 0 and left + wide <= across, text.text
        assert 0 < float(text.attrib["y"]) < down
    assert long in words_of(as_svg(plan))


def test_words_cannot_become_markup(profile: Profile) -> None:
    plan = a_plan(profile, name=NASTY, route=[{**step, "name": NASTY} for step in MATTER["route"]])
    svg, chart = as_svg(plan), as_mermaid(plan)
    assert {element.tag.removeprefix(SVG) for element in ElementTree.fromstring(svg).iter()} <= {
        "svg", "title", "desc", "defs", "marker", "path", "rect", "circle", "text"}
    assert "<script" not in svg + chart
    assert "\x07" not in svg + chart
    assert all(line.count('"') in (0, 2) for line in chart.splitlines()[3:])


def test_a_chart_has_an_edge_for_every_way_that_a_case_may_take(profile: Profile) -> None:
    chart = as_mermaid(a_plan(profile))
    for edge in ('applicant --> s1', 's1 -->|"通过"| s2', 's1 -.->|"退回"| applicant', 's2 -->|"若「单位名称」为东海大学、南山学院，跳过"| s3',
                 's2b1 -.->|"退回单位"| s1', 's3 -->|"上报"| s4', 's4 -->|"同意颁发"| done', 's4 -.->|"不通过"| denied'):
        assert f"  {edge}\n" in chart


def test_returns_to_steps_never_share_a_lane_where_they_overlap(profile: Profile) -> None:
    back = {"action": "return"}
    steps = [{**MATTER["route"][0], "step": f"s{number}", "can": ["approve", *([back | {"to": f"s{to}"}] if to else [])]}
             for number, to in [(1, 0), (2, 1), (3, 1), (4, 2), (5, 4)]]
    final = {**MATTER["route"][3], "can": ["complete", back | {"to": "s3"}]}
    root = ElementTree.fromstring(as_svg(a_plan(profile, route=[*steps, final])))
    spans: list[tuple[float, float, float]] = []
    for path in root.iter(f"{SVG}path"):
        points = [tuple(map(float, point)) for point in re.findall(r"([\d.]+) ([\d.]+)", path.attrib["d"])]
        if path.get("marker-end", "").endswith("-back)") and len(points) == 4:
            spans.append((points[1][0], *sorted((points[1][1], points[2][1]))))
    assert len(spans) == 5
    crossing = [(one, other) for one in spans for other in spans if one < other and one[0] == other[0] and one[1] < other[2] and other[1] < one[2]]
    assert crossing == []


@given(st.text(st.sampled_from("办理预审，。（）《》Ab c12-·"), max_size=60), st.integers(40, 300))
def test_wrapped_lines_fit_and_lose_nothing(text: str, room: int) -> None:
    lines = wrap(text, 14, room)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(width(line, 14) <= room or len(line) <= 4 for line in lines)


def test_punctuation_never_begins_a_line() -> None:
    lines = wrap("一二三四，五六七八。九十（十一）十二", 10, 40)
    assert not [line for line in lines if line[0] in "，。）"]
    assert not [line for line in lines if line[-1] == "（"]


def test_the_command_draws_one_matter_to_the_terminal_and_all_into_a_folder(tmp_path: Path) -> None:
    run = CliRunner()
    one = run.invoke(main, ["profile", "draw", "weihai", "booking", "--format", "mermaid"])
    assert one.exit_code == 0 and "flowchart TD" in one.stdout
    every = run.invoke(main, ["profile", "draw", "weihai", "-o", str(tmp_path / "charts")])
    assert every.exit_code == 0
    assert {file.stem for file in (tmp_path / "charts").glob("*.svg")} == set(read_profile(REGIONS / "weihai").matters)


@pytest.mark.parametrize("wrong", [["weihai", "flying"], ["weihai"], ["weihai", "booking", "--format", "gif"], ["nowhere", "booking"]])
def test_the_command_says_what_it_cannot_draw(wrong: list[str]) -> None:
    assert CliRunner().invoke(main, ["profile", "draw", *wrong]).exit_code in (1, 2)
