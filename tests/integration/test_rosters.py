"""A batch of approved cases on its way through the stamp (WH-33, WH-34, BZ-12, SD-07, SD-12)."""

from dataclasses import dataclass, replace
from io import BytesIO

import openpyxl
import pytest
import zxingcpp
from PIL import Image
from pypdfium2 import PdfDocument

from config import clock
from config.errors import Invalid, NotFound, NotPermitted
from config.vocabulary import Action, NotificationKind
from models.case import Case
from models.database import connection, row
from models.notification import Notification
from models.organisation import Organisation
from models.roster import Roster, RosterState
from services import checks, files, roster_lists, roster_sheet, rosters
from services.actors import Actor
from services.cases import engine, telling
from services.cases.transitions import NotYours
from services.notifications import read_params
from services.regions import Region
from services.roster_lists import Gathering, code_of
from services.rosters import AlreadyListed, RosterChanged, ScanOfAnother, ScanUnreadable
from tests.builders import a_city_staff, a_talent, the_actor
from tests.gathering import CONTENT, MATTER, STEP, a_bureau, a_reviewer, a_scan, ids, waiting_cases

pytestmark = pytest.mark.timeout(180)


@dataclass
class Office:
    """A district bureau whose reviewer gathers what was approved there."""

    region: Region
    bureau: Organisation
    clerk: Actor

    @property
    def at(self) -> Gathering:
        found, = roster_lists.gatherings(self.region, self.clerk)
        return found

    async def cases(self, many: int = 3, **more: object) -> list[Case]:
        return await waiting_cases(self.region, self.bureau, many, **more)  # type: ignore[arg-type]

    async def roster(self, many: int = 3) -> Roster:
        return await rosters.make(self.region, self.clerk, MATTER, STEP, ids(await self.cases(many)), clock.now())

    async def scan(self, roster: Roster, kind: str = "PDF", *, hide_code: bool = False) -> bytes:
        sheet = await roster_sheet.read(self.region, self.clerk, roster.id, clock.now())
        return a_scan(roster_sheet.paper(self.region, sheet), kind, hide_code=hide_code)

    async def stamped(self, many: int = 3) -> Roster:
        roster = await self.roster(many)
        return await rosters.upload(self.region, self.clerk, roster.id, roster.version, "名单.pdf", await self.scan(roster), clock.now())

    async def now(self, roster: Roster) -> Roster:
        return await Roster.find(self.region.code, roster.id)


@pytest.fixture
async def office(region: Region) -> Office:
    bureau = await a_bureau(region)
    return Office(region, bureau, await the_actor(await a_reviewer(bureau), "desk"))


@pytest.mark.req("WH-33", "BZ-12")
async def test_what_is_approved_waits_until_it_is_on_a_list_and_lists_are_numbered(office: Office) -> None:
    cases = await office.cases()
    assert [line.id for line in await roster_lists.waiting(office.region, office.clerk, office.at)] == ids(cases)
    first = await rosters.make(office.region, office.clerk, MATTER, STEP, ids(cases[:2]), clock.now())
    second = await rosters.make(office.region, office.clerk, MATTER, STEP, ids(cases[2:]), clock.now())
    year = clock.now().astimezone(office.region.profile.tz).year
    prefix = office.region.matter(MATTER).prefix
    assert [first.number, second.number] == [f"{prefix}{year}-0001", f"{prefix}{year}-0002"]
    assert await roster_lists.waiting(office.region, office.clerk, office.at) == []
    assert await checks.run(clock.now()) == []


async def test_a_case_is_never_on_two_lists_and_the_second_is_told_who_and_which(office: Office) -> None:
    cases = await office.cases()
    first = await rosters.make(office.region, office.clerk, MATTER, STEP, ids(cases), clock.now())
    with pytest.raises(AlreadyListed) as refused:
        await rosters.make(office.region, office.clerk, MATTER, STEP, ids(cases[:1]), clock.now())
    assert first.number in refused.value.text
    assert cases[0].number in refused.value.text
    assert await Roster.of(office.region.code).count() == 1  # nor was a number used up


async def test_nobody_goes_on_without_a_list(office: Office) -> None:
    case, = await office.cases(1)
    with pytest.raises(Invalid) as refused:
        await engine.act(office.region, office.clerk, case.id, engine.Request(Action.SEND_ON, case.version), clock.now())
    assert "roster" in refused.value.fields


async def test_nobody_puts_her_own_application_on_a_list(office: Office) -> None:
    case, = await office.cases(1)
    await Case.of(office.region.code, id=case.id).update(applicant_id=office.clerk.account_id)
    with pytest.raises(NotYours):
        await rosters.make(office.region, office.clerk, MATTER, STEP, [case.id], clock.now())
    assert await roster_lists.waiting(office.region, office.clerk, office.at) == []


async def test_a_list_of_another_office_is_not_there(office: Office) -> None:
    roster = await office.roster()
    other = await the_actor(await a_reviewer(await a_bureau(office.region, 1), "外区审核"), "desk")
    for who in (other, await the_actor(await a_talent())):
        with pytest.raises(NotFound):
            await roster_lists.open_roster(office.region, who, roster.id)
        with pytest.raises(NotFound):
            await rosters.void(office.region, who, roster.id, roster.version, "不是我的", clock.now())
    city = await the_actor(await a_city_staff(), "desk")
    assert not (await roster_lists.open_roster(office.region, city, roster.id)).may_act
    with pytest.raises(NotPermitted):
        await rosters.void(office.region, city, roster.id, roster.version, "只能看", clock.now())
    with pytest.raises((NotFound, NotYours)):
        await rosters.make(office.region, other, MATTER, STEP, ids(await office.cases(1)), clock.now())


@pytest.mark.req("WH-33", "BZ-12", "SD-07")
async def test_the_sheet_is_the_profiles_table_with_its_code_and_whole_numbers(office: Office) -> None:
    roster = await office.roster(2)
    made = await roster_sheet.excel(office.region, office.clerk, roster.id, clock.now())
    book = openpyxl.load_workbook(BytesIO(made.content))
    sheet = book.active
    assert sheet is not None
    rules = office.at.rules
    said = [[cell.value for cell in line] for line in sheet.iter_rows()]
    assert said[0][0] == rules.title
    assert roster.number in str(said[1][0])
    assert said[4] == ["序号", *(column.label for column in rules.columns)]
    first = dict(zip(said[4], said[5], strict=True))
    assert (first["姓名"], first["性别"], first["主要依据荣誉称号"]) == ("周敏", "女", CONTENT["honours"][0]["title"])
    assert len(str(first["身份证号码"])) == 18 and "*" not in str(first["身份证号码"])
    assert rules.stamp in str(said[-1])
    symbol, = sheet._images
    read = zxingcpp.read_barcode(Image.open(symbol.ref))
    assert read is not None and read.text == code_of(roster)


async def test_what_looks_like_a_formula_stays_words(office: Office) -> None:
    roster = await rosters.make(office.region, office.clerk, MATTER, STEP, ids(await office.cases(1, name="=HYPERLINK(1)")), clock.now())
    made = await roster_sheet.excel(office.region, office.clerk, roster.id, clock.now())
    sheet = openpyxl.load_workbook(BytesIO(made.content)).active
    assert sheet is not None
    cell, = (cell for line in sheet.iter_rows() for cell in line if cell.value == "=HYPERLINK(1)")
    assert (cell.data_type, cell.quotePrefix) == ("s", True)


async def test_the_pdf_says_the_same_and_its_code_is_read_from_the_page(office: Office) -> None:
    roster = await office.roster(2)
    made = await roster_sheet.pdf(office.region, office.clerk, roster.id, clock.now())
    document = PdfDocument(made.content)
    text = document[0].get_textpage().get_text_range()
    assert office.at.rules.title in text and roster.number in text
    read = zxingcpp.read_barcode(document[0].render(scale=2).to_pil())
    assert read is not None and read.text == code_of(roster)


@pytest.mark.req("WH-34", "BZ-12", "SD-07")
@pytest.mark.parametrize(("kind", "name"), [("PDF", "名单.pdf"), ("JPEG", "名单.jpg")])
async def test_the_stamped_scan_is_taken_when_its_code_is_this_lists_and_only_once(office: Office, kind: str, name: str) -> None:
    roster = await office.roster()
    scan = await office.scan(roster, kind)
    after = await rosters.upload(office.region, office.clerk, roster.id, roster.version, name, scan, clock.now())
    assert (after.state, after.file_id is not None) == (RosterState.STAMPED, True)
    kept, = await files.of_subject(office.region.code, files.Subject.ROSTER, roster.id)
    assert kept.field == "scan"
    with pytest.raises(RosterChanged, match="不能重复上传"):
        await rosters.upload(office.region, office.clerk, roster.id, after.version, name, scan, clock.now())


async def test_a_scan_of_another_list_is_refused_and_named(office: Office) -> None:
    roster, other = await office.roster(), await office.roster()
    scan = await office.scan(other)
    with pytest.raises(ScanOfAnother) as refused:
        await rosters.upload(office.region, office.clerk, roster.id, roster.version, "名单.pdf", scan, clock.now())
    assert other.number in refused.value.fields["scan"]
    own = roster_lists.roster_code.check_letters(code_of(roster))
    with pytest.raises(ScanOfAnother):  # typing what is printed on the right one does not help it
        await rosters.upload(office.region, office.clerk, roster.id, roster.version, "名单.pdf", scan, clock.now(), number=roster.number, check=own)
    assert (await office.now(roster)).state is RosterState.OPEN
    assert await files.of_subject(office.region.code, files.Subject.ROSTER, roster.id) == []


async def test_a_scan_without_a_readable_code_needs_the_number_and_letters_printed_beside_it(office: Office) -> None:
    roster = await office.roster()
    scan, letters = await office.scan(roster, hide_code=True), roster_lists.roster_code.check_letters(code_of(roster))
    with pytest.raises(ScanUnreadable, match="校验码"):
        await rosters.upload(office.region, office.clerk, roster.id, roster.version, "名单.pdf", scan, clock.now())
    with pytest.raises(ScanOfAnother):
        await rosters.upload(office.region, office.clerk, roster.id, roster.version, "名单.pdf", scan, clock.now(), number=roster.number,
                             check="0000 0000")
    after = await rosters.upload(office.region, office.clerk, roster.id, roster.version, "名单.pdf", scan, clock.now(), number=roster.number.lower(),
                                 check=letters.lower())
    assert after.state is RosterState.STAMPED
    kept, = await files.of_subject(office.region.code, files.Subject.ROSTER, roster.id)
    assert kept.field == "scan_typed"


@pytest.mark.req("WH-34", "SD-07")
async def test_all_members_go_on_together_and_never_twice(office: Office) -> None:
    roster = await office.stamped()
    done = await rosters.submit(office.region, office.clerk, roster.id, roster.version, clock.now())
    route = [step.step for step in office.region.matter(MATTER).route]
    assert {outcome.case.step for outcome in done} == {route[route.index(STEP) + 1]}
    after = await office.now(roster)
    assert after.state is RosterState.SUBMITTED
    with pytest.raises(RosterChanged, match="已经汇总提交"):
        await rosters.submit(office.region, office.clerk, roster.id, after.version, clock.now())
    assert await checks.run(clock.now()) == []


async def test_a_list_without_its_stamp_does_not_go_on(office: Office) -> None:
    roster = await office.roster()
    with pytest.raises(RosterChanged):
        await rosters.submit(office.region, office.clerk, roster.id, roster.version, clock.now())
    assert {one.step for one in await Case.of(office.region.code)} == {STEP}


async def test_a_member_that_is_returned_voids_the_list_and_lets_the_others_go(office: Office) -> None:
    roster = await office.stamped()
    member = (await roster_lists.open_roster(office.region, office.clerk, roster.id)).members[0]
    await engine.act(office.region, office.clerk, member.id, engine.Request(Action.RETURN, member.version, "照片不清楚"), clock.now())
    after = await office.now(roster)
    assert (after.state, member.number in after.void_reason) == (RosterState.VOID, True)
    with pytest.raises(RosterChanged, match="已作废"):
        await rosters.submit(office.region, office.clerk, roster.id, roster.version, clock.now())
    assert len(await roster_lists.waiting(office.region, office.clerk, office.at)) == 2
    assert await checks.run(clock.now()) == []


async def test_a_claim_changes_nothing_that_a_list_says(office: Office) -> None:
    roster = await office.stamped()
    member = (await roster_lists.open_roster(office.region, office.clerk, roster.id)).members[0]
    await engine.act(office.region, office.clerk, member.id, engine.Request(Action.CLAIM, member.version), clock.now())
    assert len(await rosters.submit(office.region, office.clerk, roster.id, roster.version, clock.now())) == 3


@pytest.mark.req("SD-12")
async def test_taking_one_off_makes_a_new_list_of_the_others_with_the_same_contact(office: Office) -> None:
    roster = await office.roster()
    roster = await rosters.say_contact(office.region, office.clerk, roster.id, roster.version, "林审核", "0631-5230000", clock.now())
    gone = (await roster_lists.open_roster(office.region, office.clerk, roster.id)).members[1]
    made = await rosters.remove(office.region, office.clerk, roster.id, gone.id, roster.version, clock.now())
    assert made is not None
    opened = await roster_lists.open_roster(office.region, office.clerk, made.id)
    assert (len(opened.members), opened.roster.contact, opened.contact_phone) == (2, "林审核", "0631-5230000")
    assert (await office.now(roster)).state is RosterState.VOID
    with pytest.raises(ScanOfAnother):
        await rosters.upload(office.region, office.clerk, made.id, made.version, "旧.pdf", await office.scan(roster), clock.now())
    assert gone.id in {line.id for line in await roster_lists.waiting(office.region, office.clerk, office.at)}


async def test_a_void_list_lets_its_members_go(office: Office) -> None:
    roster = await office.roster()
    with pytest.raises(Invalid):
        await rosters.void(office.region, office.clerk, roster.id, roster.version, " ", clock.now())
    await rosters.void(office.region, office.clerk, roster.id, roster.version, "漏了两个人", clock.now())
    waiting = await roster_lists.waiting(office.region, office.clerk, office.at)
    again = await rosters.make(office.region, office.clerk, MATTER, STEP, [line.id for line in waiting], clock.now())
    assert again.number != roster.number


async def test_the_telephone_of_a_contact_is_checked_and_lies_sealed(office: Office) -> None:
    roster = await office.roster()
    with pytest.raises(Invalid) as refused:
        await rosters.say_contact(office.region, office.clerk, roster.id, roster.version, "林", "打我电话", clock.now())
    assert refused.value.fields.keys() == {"contact", "contact_phone"}
    await rosters.say_contact(office.region, office.clerk, roster.id, roster.version, "林审核", "19900001234", clock.now())
    kept = await row("SELECT contact_sealed FROM roster WHERE id = $1", roster.id)
    assert kept is not None and b"19900001234" not in bytes(kept["contact_sealed"])


async def test_five_thousand_are_listed_exported_and_sent_on_also_where_all_was_small_at_first(office: Office) -> None:
    """A connection keeps the plan of what it asked often, and the server what it knew of tables when they were small: neither may be used to walk
    a table for each of thousands."""
    few = await office.roster()
    await connection().execute_script("ANALYZE")
    for _ in range(8):
        await roster_sheet.excel(office.region, office.clerk, few.id, clock.now())
    await rosters.void(office.region, office.clerk, few.id, few.version, "只是开始", clock.now())
    roster, heard = await office.roster(5000), []
    made = await roster_sheet.excel(office.region, office.clerk, roster.id, clock.now(), lambda done, all: heard.append((done, all)))
    assert (made.rows, heard[-1], len(heard)) == (5000, (5000, 5000), 5000 // roster_sheet.PIECE)
    sheet = await roster_sheet.read(office.region, office.clerk, roster.id, clock.now())
    scan = a_scan(replace(roster_sheet.paper(office.region, sheet), sections=()))
    stamped = await rosters.upload(office.region, office.clerk, roster.id, roster.version, "名单.pdf", scan, clock.now())
    done = await rosters.submit(office.region, office.clerk, roster.id, stamped.version, clock.now())
    assert len(done) == 5000 and {outcome.case.version for outcome in done} == {2}
    assert await Case.of(office.region.code, step=STEP).count() == 3


@pytest.mark.req("WH-34")
async def test_of_a_whole_list_each_applicant_hears_and_the_next_office_hears_once(office: Office) -> None:
    roster, clerk = await office.stamped(), office.clerk.account_id
    done = await rosters.submit(office.region, office.clerk, roster.id, roster.version, clock.now())
    moved = await Notification.of(office.region.code, kind="case_moved")
    assert sorted(str(one.account_id) for one in moved) == sorted(str(outcome.case.applicant_id) for outcome in done)
    texts = office.region.profile.sending.texts
    by_sms = {**texts, NotificationKind.CASE_ARRIVED: texts[NotificationKind.CASE_ARRIVED].model_copy(update={"channel": "sms"})}
    sending = office.region.profile.sending.model_copy(update={"texts": by_sms})
    loud = replace(office.region, profile=office.region.profile.model_copy(update={"sending": sending}))
    heard = {"acting_name": "区人社局", "acting_phone": "", "handlers": [clerk]}
    await telling.tell_handlers(loud, office.region.matter(MATTER), [one.case for one in done], Action.SEND_ON, heard, roster.number, clock.now())
    arrived, = await Notification.of(office.region.code, kind="case_arrived")
    said = read_params(arrived)
    assert (arrived.account_id, said["number"]) == (clerk, roster.number) and said["subject"].endswith("等 3 件")
