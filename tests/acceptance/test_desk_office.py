"""What city staff keep: cards, venues and boards, benefits, windows, catalogue, accounts; and the records of it all."""

import re
from datetime import date
from io import BytesIO

import httpx
import pytest
import zxingcpp
from PIL import Image

from config import clock
from config.settings import settings
from models.account import Account, AccountState
from models.audit import Audit
from models.card import Card, CardState
from models.case import Case, CaseState
from models.catalogue import Service
from models.venue import Benefit, Board, Venue
from services import codes, venues
from services.regions import Region
from tests import builders
from tests.acceptance.desk import Desk, desk, words


@pytest.fixture
async def city(client: httpx.AsyncClient, region: Region) -> Desk:
    return await desk(client, await builders.a_city_staff())


@pytest.mark.req("WH-36")
async def test_a_suspended_card_stops_its_holders_bookings_and_an_enabled_one_resumes_them(city: Desk, region: Region) -> None:
    holder = await builders.a_talent(name="宋停用")
    card = await builders.a_card(holder=holder)
    case = await builders.a_booking(holder=holder)
    found = await city.get("cards", words="宋停用")
    assert card.number in found.text
    assert "立即停止" in words(await city.get(f"cards/{card.id}"))
    bare = await city.post(f"cards/{card.id}/suspend", seen=card.version, reason="")
    assert bare.status_code == 400
    assert "请写明原因" in words(bare)
    done = await city.post(f"cards/{card.id}/suspend", seen=card.version, reason="资格复核")
    assert done.status_code == 303
    assert (await Card.find(region.code, card.id)).state is CardState.SUSPENDED
    assert (await Case.find(region.code, case.id)).state is CaseState.HELD
    stale = await city.post(f"cards/{card.id}/enable", seen=card.version, reason="复核通过")
    assert stale.status_code == 409
    assert "复核通过" in stale.text
    assert (await city.post(f"cards/{card.id}/enable", seen=card.version + 1, reason="复核通过")).status_code == 303
    assert (await Case.find(region.code, case.id)).state is CaseState.HANDLING
    story = words(await city.get(f"cards/{card.id}"))
    assert "资格复核" in story
    assert "复核通过" in story


async def test_cards_are_found_by_number_level_and_state(city: Desk, region: Region) -> None:
    levels = [level.code for level in region.profile.card.levels]
    best, other = await builders.a_card(level=levels[0]), await builders.a_card(level=levels[1], suspended=True)
    for asked, expected in (({"words": best.number.lower()}, {best.number}), ({"state": "suspended"}, {other.number}),
                            ({"level": levels[0]}, {best.number}), ({}, {best.number, other.number})):
        assert set(re.findall(r"YC\d{8}", (await city.get("cards", **asked)).text)) == expected, asked


async def test_a_board_is_issued_printed_replaced_and_revoked(city: Desk, region: Region) -> None:
    venue = await builders.a_venue()
    assert (await city.post(f"venues/{venue.id}/boards", place="二楼安检口")).status_code == 303
    board = await Board.of(region.code, venue_id=venue.id).first()
    assert board is not None
    assert "二楼安检口" in words(await city.get(f"venues/{venue.id}"))
    poster = f"venues/{venue.id}/boards/{board.id}/poster"
    png = await city.get(f"{poster}/png")
    read = zxingcpp.read_barcode(Image.open(BytesIO(png.content)))
    assert read is not None
    assert read.text == venues.board_url(region.code, board, settings().public_url)
    assert (await city.get(f"{poster}/pdf")).content.startswith(b"%PDF")
    assert (await city.get(f"{poster}/svg")).headers["content-type"] == "image/svg+xml"
    assert (await city.get(f"{poster}/exe")).status_code == 404
    silent = await city.post(f"venues/{venue.id}/boards/{board.id}/revoke", reason="")
    assert silent.status_code == 400
    assert (await city.post(f"venues/{venue.id}/boards/{board.id}/revoke", reason="张贴破损", replace="yes")).status_code == 303
    assert await Board.of(region.code, venue_id=venue.id, revoked_at=None).count() == 1
    assert (await city.get(f"{poster}/png")).status_code == 409


async def test_a_board_of_another_venue_is_not_found_under_this_one(city: Desk, region: Region) -> None:
    board = await builders.a_board()
    other = await Venue.of(region.code).exclude(id=board.venue_id).first()
    assert other is not None
    assert (await city.get(f"venues/{other.id}/boards/{board.id}/poster/png")).status_code == 404


async def test_a_renewed_link_voids_the_old_one(city: Desk, region: Region) -> None:
    venue = await builders.a_venue()
    old = venues.link_of(region.code, venue, settings().public_url)
    assert old in (await city.get(f"venues/{venue.id}")).text
    await city.post(f"venues/{venue.id}/link")
    assert old not in (await city.get(f"venues/{venue.id}")).text


async def test_a_venue_is_edited_with_its_hours_and_days_off(city: Desk, region: Region) -> None:
    venue = await builders.a_venue()
    facts = {"seen": venue.version, "name": "新名称贵宾区", "category": venue.category, "address": venue.address, "phone": "0631-5550999",
             "state": "closed"}
    assert (await city.post(f"venues/{venue.id}", **facts)).status_code == 303
    assert (await Venue.find(region.code, venue.id)).state == "closed"
    stale = await city.post(f"venues/{venue.id}", **facts | {"name": "又一个名称"})
    assert stale.status_code == 409
    assert "又一个名称" in stale.text
    wrong = await city.post(f"venues/{venue.id}/hours", day_1="上午", day_2="09:00-12:00")
    assert wrong.status_code == 400
    assert "周一请按" in words(wrong)
    assert "09:00-12:00" in wrong.text
    assert (await city.post(f"venues/{venue.id}/hours", day_1="00:00-06:00、20:00－24:00", day_2="09:00-12:00")).status_code == 303
    view = await venues.one(region, venue.id, clock.now())
    assert view.hours == ["周一 00:00–06:00、20:00–24:00", "周二 09:00–12:00"]
    day = date(clock.now().year + 1, 5, 1).isoformat()
    assert (await city.post(f"venues/{venue.id}/close", day=day, reason="设备检修")).status_code == 303
    assert "设备检修" in words(await city.get(f"venues/{venue.id}"))
    assert (await city.post(f"venues/{venue.id}/reopen", day=day)).status_code == 303
    assert "设备检修" not in words(await city.get(f"venues/{venue.id}"))


async def test_the_matrix_changes_what_is_changed_and_nothing_else(city: Desk, region: Region) -> None:
    cells = _matrix(await city.get("benefits"))
    category, level = region.profile.venue_categories[0].code, region.profile.card.levels[-1].code
    pair = f"{category}.{level}"
    wrong = await city.post("benefits", **cells | {f"yearly.{pair}": "许多"})
    assert wrong.status_code == 400
    assert "请填写整数" in words(wrong)
    assert (await city.post("benefits", **cells | {f"yearly.{pair}": "9", f"companions.{pair}": "4"})).status_code == 303
    changed = await Benefit.of(region.code, category=category, level=level).first()
    assert changed is not None
    assert (changed.yearly, changed.companions) == (9, 4)
    assert await Audit.of(region.code, act="benefit.edit").count() == 1


async def test_of_two_who_edit_the_matrix_the_second_reads_what_the_first_did(city: Desk, region: Region) -> None:
    cells = _matrix(await city.get("benefits"))
    first, second = [name for name in cells if name.startswith("yearly.")][-2:]
    assert (await city.post("benefits", **cells | {first: "31"})).status_code == 303
    late = await city.post("benefits", **cells | {second: "7"})
    assert late.status_code == 409 and "现在保存的是：每年 31 次" in words(late) and _matrix(late)[second] == "7"
    assert (await city.post("benefits", **_matrix(late) | {first: "31"})).status_code == 303
    kept = {f"yearly.{one.category}.{one.level}": one.yearly for one in await Benefit.of(region.code)}
    assert (kept[first], kept[second]) == (31, 7)


def _matrix(page: httpx.Response) -> dict[str, str]:
    """The fields of the form as they stand there."""
    return dict(re.findall(r'name="(seen|(?:yearly|companions)\.[\w.]+)" value="(\w*)"', page.text))


async def test_a_window_is_edited(city: Desk, region: Region) -> None:
    window = await builders.an_organisation()
    fields = {"contact": "何新人", "phone": "0631-5550888", "address": "新地址 1 号", "latitude": "37.5", "longitude": "122.1"}
    assert (await city.post(f"windows/{window.id}", seen=window.version, **fields)).status_code == 303
    assert "何新人" in words(await city.get("windows"))
    wrong = await city.post(f"windows/{window.id}", seen=window.version + 1, latitude="北纬")
    assert wrong.status_code == 400
    assert "请填写数字" in words(wrong)
    bureau = await builders.an_organisation("city_bureau")
    assert (await city.get(f"windows/{bureau.id}")).status_code == 404


async def test_a_service_is_edited_and_bound_to_windows(city: Desk, region: Region) -> None:
    service = await Service.of(region.code, slot_minutes__isnull=True, every_window=True).order_by("code").first()
    assert service is not None
    window = await builders.an_organisation()
    fields = {"seen": service.version, "name": "新服务名", "category_id": str(service.category_id), "icon": "plane", "position": 3,
              "summary": "一句话说明", "guide": "先打电话",
              "materials": "身份证\n\n照片", "levels": [region.profile.card.levels[0].code], "bookable": "yes", "state": "active",
              "windows": [str(window.id)]}
    assert "新服务名" not in (await city.get("catalogue")).text
    half = await city.post(f"catalogue/{service.id}", **fields | {"slot_minutes": 30})
    assert half.status_code == 400
    assert "要么都填" in words(half)
    assert (await city.post(f"catalogue/{service.id}", **fields)).status_code == 303
    after = await Service.find(region.code, service.id)
    assert (after.name, after.materials, after.every_window) == ("新服务名", ["身份证", "照片"], False)
    foreign = await city.post(f"catalogue/{service.id}", **fields | {"seen": after.version, "levels": ["none"]})
    assert foreign.status_code == 400


async def test_an_account_is_made_with_a_password_that_is_shown_once(city: Desk, client: httpx.AsyncClient, region: Region) -> None:
    window = await builders.an_organisation()
    fields = {"name": "新同事", "login_name": "xintongshi", "phone": "19900008001", "organisation": str(window.id), "role": "clerk"}
    await city.get("staff/new")
    made = await city.post("staff/new", keyed=False, **fields)
    password = re.search(r'class="one-time">([^<]+)<', made.text)
    assert password is not None
    account = await Account.of(region.code, login_name="xintongshi").first()
    assert account is not None
    assert password[1] not in (await city.get(f"staff/{account.id}")).text
    twice = await city.post("staff/new", keyed=False, **fields)
    assert twice.status_code == 400
    assert "新同事" in twice.text
    assert "one-time" not in twice.text


async def test_roles_are_granted_and_ended_and_an_account_stopped(city: Desk, client: httpx.AsyncClient, region: Region) -> None:
    staff = await builders.a_staff(name="李变动")
    bureau = await builders.an_organisation("city_bureau")
    token = await builders.a_session(staff, "desk")
    role = {"organisation": str(bureau.id), "role": region.profile.supervision.watch_role}
    async with httpx.AsyncClient(base_url=client.base_url, cookies=builders.cookies(token, "desk"), headers={"Accept": "text/html"}) as theirs:
        assert (await theirs.get(f"{city.at}/overdue")).status_code == 403
        await city.post(f"staff/{staff.id}/grant", **role)
        assert (await theirs.get(f"{city.at}/overdue")).status_code == 200
        await city.post(f"staff/{staff.id}/end", **role)
        assert (await theirs.get(f"{city.at}/overdue")).status_code == 403
        await city.post(f"staff/{staff.id}/suspend", reason="离岗")
        assert (await theirs.get(f"{city.at}/todo")).status_code == 303
    assert (await Account.find(region.code, staff.id)).state is AccountState.SUSPENDED
    await city.post(f"staff/{staff.id}/enable", reason="返岗")
    reset = await city.post(f"staff/{staff.id}/password", keyed=False)
    assert 'class="one-time"' in reset.text


async def test_nobody_stops_her_own_account(client: httpx.AsyncClient, region: Region) -> None:
    own = await builders.a_city_staff()
    answer = await (await desk(client, own)).post(f"staff/{own.id}/suspend", reason="误操作")
    assert answer.status_code == 409
    assert "不能停用自己的账号" in words(answer)


async def test_the_audit_says_who_did_what_and_can_be_searched(city: Desk, region: Region) -> None:
    card = await builders.a_card()
    await city.post(f"cards/{card.id}/suspend", seen=card.version, reason="资格复核")
    await city.get("windows")
    assert "停用人才卡" in words(await city.get("audit", act="card.suspend"))
    assert "资格复核" in words(await city.get("audit", actor="于科长"))
    assert "没有符合条件的记录" in words(await city.get("audit", actor="无此人"))


async def test_the_record_of_messages_shows_no_whole_number_and_no_code(city: Desk, region: Region) -> None:
    holder = await builders.a_talent(phone="19900008002")
    await builders.a_card(holder=holder)
    await builders.a_booking(holder=holder)
    await codes.request(region, codes.Purpose.LOGIN, "19900008002", codes.Sender("127.0.0.1"), clock.now(), to_known=True)
    said = await city.get("messages")
    assert said.text.count("199****8002") == 2
    assert "验证码短信，内容不显示" in said.text
    assert not re.search(r"1990000\d{4}", said.text)


async def test_what_was_sent_is_found_by_name_by_number_and_by_case(city: Desk, region: Region) -> None:
    holder = await builders.a_talent(name="闻人晚", phone="19900008003")
    await builders.a_card(holder=holder)
    case, other = await builders.a_booking(holder=holder), await builders.a_booking()
    for about in ("闻人晚", "19900008003", case.number):
        found = await city.get("messages", about=about)
        assert case.number in found.text and other.number not in found.text
    assert "姓名、号码和编号都要写完整" in words(await city.get("messages", about="闻人"))
