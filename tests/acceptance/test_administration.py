"""A region's administrator sets the office up without a programmer: organisations, accounts, and whatever she changes can be taken back."""

import re
from datetime import timedelta
from uuid import UUID

import httpx
import pytest

from config import clock
from config.errors import NotPermitted
from config.vocabulary import NotificationKind, OrganisationKind, Permission
from models.account import Account, AccountState, RoleGrant
from models.audit import Audit
from models.catalogue import Category, Service
from models.database import rows
from models.notification import Notification
from models.organisation import Opening, Organisation
from models.venue import Benefit, Venue
from services import accounts, audit, catalogue, changes, organisations, regions, venues, windows
from services.accounts import RoleIn
from services.audit import Wanted
from services.changes import BuiltUpon, OwnRights, TakenBackAlready
from services.notifications import read_recipient
from services.regions import Region
from services.venues import Gives
from tests import builders
from tests.acceptance.desk import Desk, desk, words


@pytest.fixture
async def admin(client: httpx.AsyncClient, region: Region) -> Desk:
    return await desk(client, await builders.a_city_staff())


async def last_line(region: Region, act: str) -> UUID:
    found = await Audit.of(region.code, act=act).order_by("-at", "-id").first()
    assert found is not None
    return found.id


def seen(answer: httpx.Response) -> str:
    return re.findall(r'name="seen" value="(\d+)"', answer.text)[0]


async def test_an_office_is_added_renamed_moved_and_closed(region: Region, admin: Desk) -> None:
    district = region.profile.districts[0].code
    above = await builders.an_organisation("city_bureau")
    made = await admin.post("organisations/new", kind="window", name="高铁站人才窗口", parent=str(above.id), district=district, phone="0631-5550199")
    page = await admin.get(made.headers["location"].partition("/console/")[2].partition("?")[0])
    office = await Organisation.of(region.code, name="高铁站人才窗口").get()
    assert office.parent_id == above.id and office.kind is OrganisationKind.WINDOW
    assert await Opening.of(region.code, organisation_id=office.id).count() == 5 * len(region.profile.calendar.hours)
    moved = await admin.post(f"organisations/{office.id}", seen=seen(page), name="高铁北站人才窗口", district=district, contact="林站长",
                             in_charge_of="高铁英才\n高铁英才\n铁路工匠")
    assert moved.status_code == 303
    office = await Organisation.find(region.code, office.id)
    assert (office.name, office.parent_id, office.in_charge_of) == ("高铁北站人才窗口", None, ["高铁英才", "铁路工匠"])
    late = await admin.post(f"organisations/{office.id}", seen=seen(page), name="又一个名字", district=district, contact="林站长")
    assert late.status_code == 409 and 'value="又一个名字"' in late.text
    assert "现在保存的是：高铁北站人才窗口" in words(late) and "现在保存的是：林站长" not in words(late)
    again = await admin.post(f"organisations/{office.id}", seen=seen(late), name="高铁西站人才窗口", district=district,
                             in_charge_of="高铁英才\n铁路工匠")
    assert again.status_code == 303
    told = words(await admin.get(f"organisations/{office.id}"))
    assert "2 个荣誉称号将没有主管部门" in told
    assert (await admin.post(f"organisations/{office.id}/close")).status_code == 303
    assert "高铁西站人才窗口" not in words(await admin.get("organisations"))
    assert "高铁西站人才窗口" in words(await admin.get("organisations", closed="yes"))
    assert (await admin.post(f"organisations/{office.id}/reopen")).status_code == 303
    assert "高铁西站人才窗口" in words(await admin.get("organisations", words="铁路工匠"))


async def test_an_office_with_open_cases_is_not_closed_and_says_what_hangs_on_it(region: Region, admin: Desk) -> None:
    case = await builders.a_booking()
    page = words(await admin.get(f"organisations/{case.handler_org}"))
    assert "现在还不能撤销" in page and "1 件办件" in page
    refused = await admin.post(f"organisations/{case.handler_org}/close")
    assert refused.status_code == 409 and "还有事情要靠这个机构办理" in words(refused)
    assert (await Organisation.find(region.code, case.handler_org)).state == "active"


async def test_an_office_never_stands_below_itself_nor_takes_a_name_or_a_title_twice(region: Region, admin: Desk) -> None:
    above = await builders.an_organisation("city_bureau")
    below = await Organisation.of(region.code, parent_id=above.id, kind="department").order_by("code").first()
    assert below is not None and above.in_charge_of
    page = await admin.get(f"organisations/{above.id}")
    circle = await admin.post(f"organisations/{above.id}", seen=seen(page), name=above.name, parent=str(below.id))
    assert circle.status_code == 400 and "不能放在它自己或它的下级下面" in words(circle)
    doubled = await admin.post("organisations/new", kind="department", name=below.name, in_charge_of=above.in_charge_of[0])
    assert doubled.status_code == 400 and "已经有一个机构叫这个名字" in words(doubled) and "一个称号只能有一个主管部门" in words(doubled)


async def test_units_are_not_kept_in_the_tree(region: Region, admin: Desk) -> None:
    unit = await builders.a_unit(region, "海岬精密仪器有限公司")
    assert unit.name not in words(await admin.get("organisations", words="海岬"))
    assert (await admin.get(f"organisations/{unit.id}")).status_code == 404


async def test_a_role_is_given_until_a_day_and_ends_by_itself(region: Region, admin: Desk) -> None:
    her, place = await builders.a_staff(), await builders.an_organisation("city_bureau")
    until = clock.now().astimezone(region.profile.tz).date() + timedelta(days=3)
    given = await admin.post(f"staff/{her.id}/grant", organisation=str(place.id), role="clerk", ends_on=until.isoformat())
    assert given.status_code == 303
    assert f"至 {until.isoformat()}" in words(await admin.get(f"staff/{her.id}"))
    assert await accounts.end_due(region, clock.now() + timedelta(days=3)) == 0
    assert await accounts.end_due(region, clock.now() + timedelta(days=4)) == 1
    assert "以前的角色" in words(await admin.get(f"staff/{her.id}"))
    past = await admin.post(f"staff/{her.id}/grant", organisation=str(place.id), role="clerk", ends_on="2020-01-01")
    assert past.status_code == 400 and "请选择今天以后五年以内的日期" in words(past)


async def test_staff_are_found_by_office_role_state_and_telephone(region: Region, admin: Desk) -> None:
    place = await builders.an_organisation("window")
    her = await builders.a_staff(organisation=place, name="晏小山", phone="19900004711")
    away = await builders.a_staff(organisation=place, name="晏大山", suspended=True)
    assert "晏小山" in words(await admin.get("staff", words="19900004711"))
    assert away.name not in words(await admin.get("staff", words="19900004711"))
    of_place = words(await admin.get("staff", organisation=str(place.id), role="clerk", state="active"))
    assert her.name in of_place and away.name not in of_place
    assert "没有登录过" in of_place


async def test_a_role_begins_on_its_day_and_counts_for_nothing_before(region: Region, admin: Desk) -> None:
    her, place = await builders.a_staff(), await builders.an_organisation("city_bureau")
    today = clock.now().astimezone(region.profile.tz).date()
    first, last = today + timedelta(days=3), today + timedelta(days=9)
    asked = {"organisation": str(place.id), "role": "clerk", "starts_on": first.isoformat(), "ends_on": last.isoformat()}
    assert (await admin.post(f"staff/{her.id}/grant", **asked)).status_code == 303
    assert f"{first} 起，至 {last}" in words(await admin.get(f"staff/{her.id}"))
    assert place.id not in (await builders.the_actor(her, "desk")).organisations
    assert await accounts.begin_due(region, clock.now() + timedelta(days=2)) == 0
    await admin.post(f"audit/{await last_line(region, 'grant')}/take-back")
    assert await accounts.begin_due(region, clock.now() + timedelta(days=3)) == 0
    await admin.post(f"staff/{her.id}/grant", **asked)
    assert await accounts.begin_due(region, clock.now() + timedelta(days=3)) == 1
    assert place.id in (await builders.the_actor(her, "desk")).organisations
    assert await accounts.end_due(region, clock.now() + timedelta(days=10)) == 1
    await admin.post(f"staff/{her.id}/grant", **asked)
    assert (await admin.post(f"staff/{her.id}/end", **asked)).status_code == 303
    assert await accounts.roles_to_come(region, her.id) == []
    late = await admin.post(f"staff/{her.id}/grant", **asked | {"starts_on": "2020-01-01"})
    assert late.status_code == 400 and "请选择今天以后一年以内的日期" in words(late)


async def told_of_numbers(region: Region) -> list[str | None]:
    found = await Notification.of(region.code, kind=NotificationKind.PHONE_CHANGED).order_by("created_at", "id")
    return [read_recipient(one) for one in found]


async def test_a_number_is_corrected_and_both_numbers_hear_of_it_also_when_it_is_taken_back(region: Region, admin: Desk) -> None:
    her, other = await builders.a_staff(phone="19900007001"), await builders.a_staff(phone="19900007002")
    await builders.a_session(her, "desk")
    page = await admin.get(f"staff/{her.id}")
    kept = await admin.post(f"staff/{her.id}/details", seen=her.version, name="王静雯", phone="19900007003")
    assert kept.status_code == 303 and "19900007001" not in page.text
    now = await Account.find(region.code, her.id)
    assert (now.name, now.phone) == ("王静雯", "19900007003") and await told_of_numbers(region) == ["19900007001", "19900007003"]
    assert await rows("SELECT 1 FROM session WHERE account_id = $1 AND ended_at IS NULL", her.id) == []
    for again, status, sentence in (({"seen": her.version, "name": "王静"}, 409, "刚刚有别的改动"),
                                    ({"seen": now.version, "name": "王", "phone": ""}, 400, "2 到 50 个字"),
                                    ({"seen": now.version, "name": "王静", "phone": "19900007002"}, 400, "已经有账号在使用")):
        refused = await admin.post(f"staff/{her.id}/details", **again)
        assert refused.status_code == status and sentence in words(refused)
    await admin.post(f"audit/{await last_line(region, 'correct')}/take-back")
    back = await Account.find(region.code, her.id)
    assert (back.name, back.phone) == (her.name, "19900007001")
    assert await told_of_numbers(region) == ["19900007001", "19900007003", "19900007003", "19900007001"]
    await admin.post(f"staff/{other.id}/details", seen=other.version, name="只改姓名", phone="")
    assert len(await told_of_numbers(region)) == 4 and (await Account.find(region.code, other.id)).phone == "19900007002"


async def test_a_change_is_taken_back_with_one_click_and_the_click_is_a_change_too(region: Region, admin: Desk) -> None:
    office = await builders.an_organisation("department")
    page = await admin.get(f"organisations/{office.id}")
    await admin.post(f"organisations/{office.id}", seen=seen(page), name="改错的名字", phone=office.phone, contact=office.contact,
                     address=office.address, parent=str(office.parent_id), in_charge_of="\n".join(office.in_charge_of))
    assert (await Organisation.find(region.code, office.id)).name == "改错的名字"
    line = await last_line(region, "content.edit")
    assert f'audit/{line}/take-back"' in (await admin.get("audit")).text
    found = await admin.get("audit", act="content.edit")
    assert f'audit/{line}/take-back?act=content.edit"' in found.text
    done = await admin.post(f"audit/{line}/take-back?act=content.edit")
    assert done.headers["location"].endswith("/audit?act=content.edit&done=taken_back")
    back = await Organisation.find(region.code, office.id)
    assert back.name == office.name and back.version == office.version + 2
    again = await admin.post(f"audit/{line}/take-back")
    assert again.status_code == 409 and "已经撤销过了" in words(again)
    await admin.post(f"audit/{await last_line(region, 'take_back')}/take-back")
    assert (await Organisation.find(region.code, office.id)).name == "改错的名字"


async def test_what_others_built_upon_is_left_alone(region: Region) -> None:
    admin = await builders.the_actor(await builders.a_city_staff(), "desk")
    other = await builders.the_actor(await builders.a_city_staff("曲主任"), "desk")
    venue = await builders.a_venue()
    await venues.edit_venue(region, admin, venue.id, venue.version, {"name": "甲", "phone": "1"}, clock.now())
    first = await last_line(region, "content.edit")
    await venues.edit_venue(region, other, venue.id, venue.version + 1, {"name": "乙"}, clock.now())
    with pytest.raises(BuiltUpon, match=r"曲主任在.*又改过它"):
        await changes.take_back(region, admin, first, clock.now())
    await changes.take_back(region, admin, await last_line(region, "content.edit"), clock.now())
    await changes.take_back(region, admin, first, clock.now())
    found = await Venue.find(region.code, venue.id)
    assert (found.name, found.phone) == (venue.name, venue.phone)


async def test_another_column_of_the_same_row_is_no_reason_to_refuse(region: Region) -> None:
    admin = await builders.the_actor(await builders.a_city_staff(), "desk")
    venue = await builders.a_venue()
    await venues.edit_venue(region, admin, venue.id, venue.version, {"name": "甲"}, clock.now())
    first = await last_line(region, "content.edit")
    await venues.edit_venue(region, admin, venue.id, venue.version + 1, {"phone": "0631-5550000"}, clock.now())
    await changes.take_back(region, admin, first, clock.now())
    found = await Venue.find(region.code, venue.id)
    assert (found.name, found.phone) == (venue.name, "0631-5550000")


async def test_a_new_account_is_taken_back_until_somebody_used_it(region: Region) -> None:
    admin = await builders.the_actor(await builders.a_city_staff(), "desk")
    place = await builders.an_organisation("window")
    made = [await accounts.create_staff(region, admin, login_name=f"wrong{number}", name="误建", phone=f"1990000471{number}",
                                        roles=[RoleIn(place.id, "clerk")], now=clock.now()) for number in range(2)]
    lines = {one.subject_id: one.id for one in await Audit.of(region.code, act="create")}
    await changes.take_back(region, admin, lines[made[0].id], clock.now())
    assert not await Account.of(region.code, id=made[0].id).exists()
    assert not await RoleGrant.of(region.code, account_id=made[0].id).exists()
    await builders.a_session(made[1], "desk")
    with pytest.raises(BuiltUpon, match="已经有别的内容用到它"):
        await changes.take_back(region, admin, lines[made[1].id], clock.now())
    assert await RoleGrant.of(region.code, account_id=made[1].id).exists()


async def test_whom_taking_back_stops_is_out_at_once(region: Region) -> None:
    admin = await builders.the_actor(await builders.a_city_staff(), "desk")
    her = await builders.a_staff(suspended=True)
    await accounts.enable(region, admin, her.id, "返岗", clock.now())
    await builders.a_session(her, "desk")
    await changes.take_back(region, admin, await last_line(region, "enable"), clock.now())
    assert (await Account.find(region.code, her.id)).state is AccountState.SUSPENDED
    open_ones = await rows("SELECT 1 FROM session WHERE region = $1 AND account_id = $2 AND ended_at IS NULL", region.code, her.id)
    assert open_ones == []


async def test_nobody_takes_back_what_was_done_to_her_own_account(region: Region) -> None:
    chief, her = await builders.a_city_staff(), await builders.a_city_staff("衣副科长")
    place = await builders.an_organisation("window")
    await accounts.grant(region, await builders.the_actor(chief, "desk"), her.id, RoleIn(place.id, "clerk"), clock.now())
    with pytest.raises(OwnRights):
        await changes.take_back(region, await builders.the_actor(her, "desk"), await last_line(region, "grant"), clock.now())


async def test_who_may_not_administer_takes_nothing_back(region: Region) -> None:
    admin = await builders.the_actor(await builders.a_city_staff(), "desk")
    pair = (region.profile.venue_categories[0].code, region.profile.card.levels[0].code)
    known = await venues.benefits(region)
    before = known.get(pair)
    await venues.set_benefits(region, admin, {pair: Gives(77, 7)}, venues.edition(known.values()), clock.now())
    line = await last_line(region, "benefit.edit")
    with pytest.raises(NotPermitted):
        await changes.take_back(region, await builders.the_actor(await builders.a_staff(), "desk"), line, clock.now())
    await changes.take_back(region, admin, line, clock.now())
    after = await Benefit.of(region.code, category=pair[0], level=pair[1]).first()
    assert (after and (after.yearly, after.companions)) == (before and (before.yearly, before.companions))
    with pytest.raises(TakenBackAlready):
        await changes.take_back(region, admin, line, clock.now())


async def test_what_a_change_keeps_is_sealed(region: Region) -> None:
    admin = await builders.the_actor(await builders.a_city_staff(), "desk")
    await accounts.create_staff(region, admin, login_name="sealed1", name="郗密封", phone="19900004799", roles=[], now=clock.now())
    kept = (await rows("SELECT steps_sealed FROM change WHERE region = $1", region.code))[0]["steps_sealed"]
    assert "郗密封".encode() not in bytes(kept)


async def test_the_audit_is_searched_by_who_what_whom_and_when(region: Region, admin: Desk) -> None:
    clerk, case = await builders.a_staff(name="耿经办"), await builders.a_booking()
    who = await builders.the_actor(clerk, "desk")
    await audit.record(who, "case.view", "case", case.id, {"number": case.number}, clock.now() - timedelta(days=9))
    await audit.record(who, "case.print", "case", case.id, {"number": case.number}, clock.now())
    holder = await Account.find(region.code, case.applicant_id)
    chief = await builders.the_actor(await builders.a_city_staff(), "desk")

    async def found(**wanted: object) -> list[str]:
        return [one.act for one in await audit.search(region, chief, Wanted(**wanted)) if one.subject_id == case.id]  # type: ignore[arg-type]

    assert await found(actor="耿经办") == await found(actor=clerk.login_name) == await found(about=case.number) == ["case.print", "case.view"]
    assert await found(about=holder.name, act="case.view") == ["case.view"]
    assert await found(about=str(holder.phone), since=clock.now().date() - timedelta(days=1)) == ["case.print"]
    assert await found(actor="耿经办", about="没有这个人") == await found(actor="别人", about=case.number) == []
    newest = (await audit.search(region, chief, Wanted(actor="耿经办"), limit=1))[0]
    assert await found(actor="耿经办", older=newest.id) == ["case.view"]
    assert "打印申请表" in words(await admin.get("audit", about=case.number))


async def test_only_who_manages_accounts_keeps_the_tree(region: Region) -> None:
    clerk = await builders.the_actor(await builders.a_staff(), "desk")
    assert not clerk.may(Permission.MANAGE_ACCOUNTS, region.profile)
    with pytest.raises(NotPermitted):
        await organisations.tree(region, clerk)


async def test_a_venue_is_added_with_its_hours_gets_its_board_and_is_taken_back_while_nothing_stands_on_it(region: Region, admin: Desk) -> None:
    category = region.profile.venue_categories[0]
    assert "新增场所" in words(await admin.get("venues")) and "08:30" in (await admin.get("venues/new")).text
    facts = {"name": "高铁北站贵宾厅", "category": category.code, "address": "高铁北站二楼", "phone": "0631-5550177", "day_1": "06:00-22:00",
             "day_7": "全天"}
    known = await builders.a_venue()
    wrong = await admin.post("venues/new", **facts | {"name": known.name, "category": "palace", "latitude": "37.5"})
    assert wrong.status_code == 400 and "高铁北站二楼" in wrong.text
    for sentence in ("已经有一处场所叫这个名字", "请从给出的选项中选择", "要么都填", "周日请按"):
        assert sentence in words(wrong)
    assert "请至少填写一天的服务时间" in words(await admin.post("venues/new", name="空厅", category=category.code, address="某处"))
    made = await admin.post("venues/new", **facts | {"day_7": "00:00-24:00"})
    venue = await Venue.of(region.code, name="高铁北站贵宾厅").get()
    page = await admin.get(f"venues/{venue.id}", done="venue_made")
    assert made.status_code == 303 and "请接着制作引导图" in words(page) and "06:00-22:00" in page.text and "谁能用" in words(page)
    line = await last_line(region, "venue.add")
    await changes.take_back(region, await builders.the_actor(await builders.a_city_staff("曲主任"), "desk"), line, clock.now())
    assert not await Venue.of(region.code, id=venue.id).exists()
    await admin.post(f"audit/{await last_line(region, 'take_back')}/take-back")
    assert (await Venue.find(region.code, venue.id)).serial == venue.serial
    assert (await admin.post(f"venues/{venue.id}/boards", place="入口")).status_code == 303
    refused = await admin.post(f"audit/{await last_line(region, 'take_back')}/take-back")
    assert refused.status_code == 409 and await Venue.of(region.code, id=venue.id).exists()


async def test_a_link_that_was_renewed_never_opens_again_through_taking_back(region: Region) -> None:
    admin = await builders.the_actor(await builders.a_city_staff(), "desk")
    given = {"name": "南站贵宾厅", "category": region.profile.venue_categories[0].code, "address": "南站"}
    venue = await venues.add(region, admin, given | {"phone": ""}, {1: "09:00-17:00"}, clock.now())
    await venues.renew_link(region, admin, venue.id, clock.now())
    with pytest.raises(BuiltUpon):
        await changes.take_back(region, admin, await last_line(region, "venue.add"), clock.now())


async def test_the_catalogue_gets_a_category_and_a_service_that_people_find_at_once(region: Region, admin: Desk) -> None:
    assert (await admin.post("catalogue/categories/new", name="出行便利", icon="train")).status_code == 303
    shelf = await Category.of(region.code, name="出行便利").get()
    assert "已经有一个类别叫这个名字" in words(await admin.post("catalogue/categories/new", name="出行便利")) and shelf.position > 0
    window = await builders.an_organisation()
    fields = {"name": "高铁商务座候车", "category_id": str(shelf.id), "icon": "train", "summary": "凭卡进商务座候车厅", "guide": "提前一天预约。",
              "materials": "人才卡\n身份证", "levels": [region.profile.card.levels[0].code], "bookable": "yes", "state": "active",
              "windows": [str(window.id)], "takes": "1 个工作日"}
    wrong = await admin.post("catalogue/new", **fields | {"slot_minutes": "30", "levels": ["none"], "category_id": str(window.id)})
    assert wrong.status_code == 400
    assert words(wrong).count("请从给出的选项中选择") >= 2 and "要么都填" in words(wrong) and "提前一天预约" in wrong.text
    assert (await admin.post("catalogue/new", **fields)).status_code == 303
    service = await Service.of(region.code, name="高铁商务座候车").get()
    assert (service.materials, service.every_window, service.position) == (["人才卡", "身份证"], False, 0)
    assert "高铁商务座候车" in (await admin.client.get(f"/{region.code}/")).text
    assert "已经有一项服务叫这个名字" in words(await admin.post("catalogue/new", **fields))
    page = await admin.get(f"catalogue/categories/{shelf.id}")
    kept = {"seen": seen(page), "name": "出行", "icon": "bus", "position": "0"}
    assert "还有 1 项上架的服务" in words(await admin.post(f"catalogue/categories/{shelf.id}", **kept | {"state": "withdrawn"}))
    assert (await admin.post(f"catalogue/categories/{shelf.id}", **kept | {"state": "active"})).status_code == 303
    assert (await admin.post(f"audit/{await last_line(region, 'service.add')}/take-back")).status_code == 303
    assert not await Service.of(region.code, id=service.id).exists()
    assert (await admin.post(f"audit/{await last_line(region, 'content.edit')}/take-back")).status_code == 303
    assert (await Category.find(region.code, shelf.id)).name == "出行便利"


async def test_loading_the_profile_again_undoes_nothing_that_was_changed_at_the_desk(region: Region) -> None:
    admin = await builders.the_actor(await builders.a_city_staff(), "desk")
    now, venue, entry = clock.now(), await builders.a_venue(), await Service.of(region.code).order_by("code").first()
    assert entry is not None
    office = await Organisation.of(region.code, parent_id__isnull=False, kind="department").order_by("code").first()
    assert office is not None
    facts = {"name": "西站贵宾厅", "category": venue.category, "address": "西站", "phone": ""}
    made = await venues.add(region, admin, facts, {2: "09:00-17:00"}, now)
    await venues.edit_venue(region, admin, venue.id, venue.version, {"name": "改过的名字", "state": "closed"}, now)
    await windows.set_hours(region, admin, {"venue_id": venue.id}, [], Permission.MANAGE_VENUES, now)
    await catalogue.edit(region, admin, Service, entry.id, entry.version, {"state": "withdrawn"}, Permission.MANAGE_CATALOGUE, now)
    given = {"name": office.name, "parent_id": None, "in_charge_of": office.in_charge_of}
    await organisations.change(region, admin, office.id, office.version, given, now)
    await regions.load(region.profile, now)
    found = await Venue.find(region.code, venue.id)
    assert (found.name, found.state) == ("改过的名字", "closed") and not await Opening.of(region.code, venue_id=venue.id).exists()
    assert (await Service.find(region.code, entry.id)).state == "withdrawn"
    assert (await Organisation.find(region.code, office.id)).parent_id is None
    assert await Venue.of(region.code, id=made.id).exists()
