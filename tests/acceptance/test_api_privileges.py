"""凭卡可享 over the API: what my card opens and what is left of it, what each level gives, what a card is to a service, and a class."""

import httpx
import pytest

from config.vocabulary import Action
from models.catalogue import Service
from models.database import execute
from services import regions
from services.regions import Region
from tests import builders, office
from tests.acceptance.api import Api, logged_in
from tests.acceptance.test_correction import applicant
from tests.acceptance.test_desk_review import on_paper


@pytest.mark.req("WH-50")
async def test_everybody_reads_what_a_level_gives_and_a_holder_what_is_left(client: httpx.AsyncClient, region: Region) -> None:
    first, second = (one.code for one in region.profile.card.levels[:2])
    nobody = (await Api(client, region.code).get("privileges", level=second)).json()
    assert (nobody["mine"], nobody["level"]) == (False, second) and all(one["left"] is None for one in nobody["given"])
    holder = await builders.a_talent()
    await builders.a_card(holder=holder, level=first)
    mine = (await (await logged_in(client, holder)).get("privileges", level=second)).json()
    assert (mine["mine"], mine["level"]) == (True, first)
    assert all(one["used"] == 0 and (one["yearly"] is None or one["left"] == one["yearly"]) for one in mine["given"])
    suspended = await builders.a_talent()
    await builders.a_card(holder=suspended, suspended=True)
    told = (await (await logged_in(client, suspended)).get("privileges")).json()
    assert not told["mine"] and "已停用" in told["why"]


@pytest.mark.req("WH-50")
async def test_a_service_says_what_my_card_is_to_it(client: httpx.AsyncClient, region: Region) -> None:
    first, second = (one.code for one in region.profile.card.levels[:2])
    service = await Service.of(region.code, state="active", bookable=True).first()
    assert service is not None
    path, nobody = f"services/{service.id}", Api(client, region.code)
    await execute("UPDATE service SET levels = $3 WHERE region = $1 AND id = $2", region.code, service.id, [second])
    assert (await nobody.get(path)).json()["mine"] is None
    holder = await builders.a_talent()
    mine = await logged_in(client, holder)
    assert "您还没有人才卡" in (await mine.get(path)).json()["mine"]["why"]
    await builders.a_card(holder=holder, level=first)
    told = (await mine.get(path)).json()["mine"]
    assert (told["usable"], told["other_level"], told["level"]) == (False, True, region.profile.level_name(first))
    await execute("UPDATE service SET levels = $3 WHERE region = $1 AND id = $2", region.code, service.id, [first])
    assert (await mine.get(path)).json()["mine"]["usable"]


@pytest.mark.req("GL-13")
async def test_the_class_that_recognition_gave_is_mine_to_read(client: httpx.AsyncClient, database: None) -> None:
    region = await regions.current("guilin")
    _, operator, case = await on_paper(region, nothing=True)
    mine = await logged_in(client, await applicant(case))
    assert (await mine.get("me")).json()["standing"] is None
    await office.act(region, operator, case, Action.APPROVE)
    centre = await office.a_clerk(region, await office.office(region, code="talent_centre"), "city_staff")
    await office.act(region, centre, case, Action.COMPLETE, choice="c")
    told = (await mine.get("me")).json()["standing"]
    assert (told["label"], told["case"], told["number"]) == (region.profile.classes["c"], str(case.id), case.number)
