"""Cases that wait for a roster, made as the engine leaves them; and sheets as they come back from the stamp."""

import itertools
from collections.abc import Sequence
from datetime import datetime, timedelta
from io import BytesIO
from uuid import UUID

from PIL import Image, ImageDraw
from stdnum.cn import ric

from config import clock
from models.account import Account, AccountKind
from models.case import Case, CaseState
from models.database import connection, execute, new_id
from models.dossier import Content, Dossier, seal_version
from models.organisation import Organisation
from models.roster import Roster
from services import rosters
from services.printing import typeset
from services.printing.paper import Paper
from services.regions import Region
from tests import office
from tests.builders import a_staff, the_actor

_serials = itertools.count(1)
MATTER, STEP, ROLE = "card", "report", "reviewer"
CONTENT: Content = {"basic": [{"name": "周敏", "sex": "female"}], "honours": [{"title": "国家杰出青年科学基金获得者", "main": True}]}
_SUBMITTED = """
INSERT INTO case_event (region, case_id, seq, actor_id, actor_name, channel, action, to_step, at)
SELECT region, id, 1, applicant_id, '申请人', 'phone', 'submit', step, created_at FROM cases WHERE region = $1 AND id = ANY ($2::uuid[])
"""


async def a_bureau(region: Region, number: int = 0) -> Organisation:
    found = await Organisation.of(region.code, kind="district_bureau").order_by("code")
    return found[number]


async def a_reviewer(bureau: Organisation, name: str = "林审核") -> Account:
    return await a_staff(organisation=bureau, role=ROLE, name=name)


async def waiting_cases(region: Region, bureau: Organisation, many: int, *, name: str = "周敏", content: Content = CONTENT) -> list[Case]:
    """So many applications for the card that were approved and wait at the step of the list, each with a dossier of its own."""
    now = clock.now()
    people = [_person(region, name, now) for _ in range(many)]
    dossiers = [Dossier(region=region.code, id=new_id(), account_id=one.id, updated_at=now).put_draft(content) for one in people]
    cases = [_case(region, bureau, person, dossier, number, now) for number, (person, dossier) in enumerate(zip(people, dossiers, strict=True))]
    await Account.bulk_create(people)
    await Dossier.bulk_create(dossiers)
    await connection().execute_many(
        "INSERT INTO dossier_version (region, dossier_id, number, content_sealed, facts, made_at) VALUES ($1, $2, 1, $3, '{}', $4)",
        [[region.code, one.id, seal_version(content, region.code, one.id, 1), now] for one in dossiers])
    await Case.bulk_create(cases)
    await execute(_SUBMITTED, region.code, [case.id for case in cases])
    return cases


def _person(region: Region, name: str, now: datetime) -> Account:
    id = new_id()
    account = Account(region=region.code, id=id, kind=AccountKind.TALENT, name=name, login_name=f"gather{id.hex[-12:]}", created_at=now)
    serial = next(_serials)
    body = f"110105{1950 + serial // 1000}0307{serial % 1000:03d}"
    return account.put_phone(f"19901{serial:06d}").put_id_number(body + ric.calc_check_digit(body))


def _case(region: Region, bureau: Organisation, person: Account, dossier: Dossier, number: int, now: datetime) -> Case:
    id = new_id()
    return Case(region=region.code, id=id, matter=MATTER, number=f"YC{id.hex[-10:].upper()}", subject="英才卡申领", applicant_id=person.id,
                dossier_id=dossier.id, dossier_number=1, state=CaseState.HANDLING, step=STEP, handler_org=bureau.id, handler_role=ROLE,
                organisations=[bureau.id], step_at=now + timedelta(microseconds=number), due_at=now + timedelta(days=7), remind_plan=[],
                version=1, profile_version=region.version, plain={}, created_at=now, updated_at=now)


async def a_roster(region: Region, name: str = "林审核") -> Roster:
    """One member, of an office that no other builder puts anybody into."""
    bureau = await a_bureau(region, 3)
    clerk = await office.a_clerk(region, bureau, ROLE, name)
    cases = await waiting_cases(region, bureau, 1, name=name)
    return await rosters.make(region, await the_actor(clerk, "desk"), MATTER, STEP, ids(cases), clock.now())


def a_scan(sheet: Paper, kind: str = "PDF", *, hide_code: bool = False) -> bytes:
    """The printed sheet with a red stamp on it, scanned a little askew."""
    pages = [_stamped(picture, hide_code) for picture in typeset.pictures(sheet, 150)]
    target = BytesIO()
    if kind == "PDF":
        pages[0].save(target, "PDF", resolution=150, save_all=True, append_images=pages[1:])
    else:
        pages[0].save(target, kind, quality=70)
    return target.getvalue()


def _stamped(picture: bytes, hide_code: bool) -> Image.Image:
    page = Image.open(BytesIO(picture)).convert("RGB")
    pen = ImageDraw.Draw(page)
    if hide_code:
        pen.rectangle((page.width * 2 // 3, 0, page.width, page.height // 5), fill="white")
    right, foot = page.width * 3 // 4, page.height * 3 // 4
    pen.ellipse((right - 120, foot - 120, right + 120, foot + 120), outline=(200, 20, 30), width=6)
    return page.rotate(1.5, fillcolor="white")


def ids(cases: Sequence[Case]) -> list[UUID]:
    return [case.id for case in cases]
