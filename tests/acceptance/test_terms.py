"""用户须知: whoever has not agreed to the version in force sees it first, on every face, and nothing else opens before."""

from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest

from config import clock
from models.account import Account
from models.audit import Audit
from services import login, regions, registration, terms
from services.actors import Actor
from services.codes import Sender
from services.regions import Region
from tests import builders, office
from tests.acceptance.desk import desk, words
from tests.acceptance.phone import Phone, phone

HERE = Sender("127.0.0.1")
ONCE, HERS = "Once-Only-2026", "Her-Own-2026-Lan"


@pytest.fixture
async def guilin(database: None) -> AsyncIterator[Region]:
    yield await regions.current("guilin")


async def enrolled(region: Region) -> Account:
    unit = await office.a_unit(region)
    keeper = await builders.the_actor(await office.an_operator(region, unit), "desk")
    return await registration.enrol(region, keeper, unit.id, {"name": "周漓", "phone": "19900015001"}, ONCE, clock.now())


async def raised(region: Region, version: str = "2") -> Region:
    """The same region with terms of another version in force."""
    assert region.profile.terms is not None
    changed = region.profile.model_copy(update={"terms": region.profile.terms.model_copy(update={"version": version})})
    return await regions.load(changed, clock.now())


async def agree(mine: Phone) -> None:
    await mine.send("/terms", agreed="yes")


@pytest.mark.req("GL-07")
async def test_whom_her_unit_enrolled_sets_a_password_reads_the_terms_and_agrees_before_anything_else_opens(
        client: httpx.AsyncClient, guilin: Region) -> None:
    account = await enrolled(guilin)
    assert (account.terms_version, account.terms_at) == ("", None)
    mine = await phone(client, guilin)
    await mine.open("/login", way="password")
    await mine.send("/login/password", name="19900015001", password=ONCE)
    assert mine.at == "/me/password"
    await mine.send("/me/password", password=HERS, again=HERS)
    await mine.open("/login", way="password")
    await mine.send("/login/password", name="19900015001", password=HERS)
    assert guilin.profile.terms is not None
    for path in ("/me", "/apply", "/me/dossier", "/me/settings", "/cases"):
        await mine.open(path)
        assert mine.at == "/terms" and guilin.profile.terms.title in mine.text and "第 1 版" in mine.text, path
    await mine.send("/terms")  # without the tick
    assert mine.answer.status_code == 400 and "请阅读并同意" in mine.text
    assert (await Account.find(guilin.code, account.id)).terms_version == ""
    await agree(mine)
    assert mine.at == "/cases"  # where she was going
    now = await Account.find(guilin.code, account.id)
    assert now.terms_version == "1" and now.terms_at is not None and clock.now() - now.terms_at < timedelta(minutes=5)
    (line,) = await Audit.of(guilin.code, act="agree", subject_id=account.id)
    assert line.detail == {"terms": "1"}
    await mine.open("/apply")
    assert mine.at == "/apply"


@pytest.mark.req("GL-07")
async def test_nobody_sends_a_form_before_she_agreed(client: httpx.AsyncClient, guilin: Region) -> None:
    account = await enrolled(guilin)
    mine = await phone(client, guilin, account)
    answer = await client.post(f"/{guilin.code}/apply/person_registration", data={"seen": "0"})
    assert answer.status_code == 303 and answer.headers["location"].startswith(f"/{guilin.code}/terms?next=")
    htmx = await client.get(f"/{guilin.code}/me", headers={"HX-Request": "true"})
    assert htmx.headers["HX-Redirect"].startswith(f"/{guilin.code}/terms?next=")
    await mine.open("/")
    assert mine.at in ("", "/")  # what is public stays so
    away = await client.get(f"/{guilin.code}/terms", params={"next": "https://elsewhere.example/"})
    assert "elsewhere" not in away.text


@pytest.mark.req("DZ-01")
@pytest.mark.req("BZ-01")
async def test_when_the_version_rises_persons_and_units_agree_anew_and_staff_do_not(client: httpx.AsyncClient, guilin: Region) -> None:
    person = await office.a_person(guilin, unit := await office.a_unit(guilin))
    operator = await office.an_operator(guilin, unit)
    clerk = await office.a_clerk(guilin, await office.office(guilin, code="talent_centre"), "city_staff")
    mine, hers = await phone(client, guilin, person), await desk(client, operator)
    await mine.open("/me")
    assert mine.at == "/me" and (await hers.get("people")).status_code == 200
    await raised(guilin)
    await mine.open("/me")
    assert mine.at == "/terms" and "第 2 版" in mine.text and "新的版本" in mine.text
    await mine.send("/terms", agreed="yes", terms="1")  # what stood there before
    assert mine.answer.status_code == 400
    await agree(mine)
    assert mine.at == "/me"
    led = await hers.get("people")
    assert led.status_code == 303 and led.headers["location"] == f"/{guilin.code}/console/terms?next=/{guilin.code}/console/people"
    page = await hers.get("terms")
    assert "第 2 版" in words(page) and "人员管理" not in words(page)
    done = await hers.post("terms", keyed=False, agreed="yes", terms="2", next=f"/{guilin.code}/console/people")
    assert done.headers["location"] == f"/{guilin.code}/console/people" and (await hers.get("people")).status_code == 200
    at = await desk(client, clerk)
    assert (await at.get("todo")).status_code == 200


async def test_the_api_says_what_is_owed_and_takes_the_agreement(client: httpx.AsyncClient, guilin: Region) -> None:
    account = await enrolled(guilin)
    token = {"Authorization": f"Bearer {await builders.a_session(account, 'mini')}", "Accept": "application/json"}
    refused = await client.get(f"/{guilin.code}/api/me", headers=token)
    assert refused.status_code == 403 and refused.json()["error"]["code"] == "terms_owed"
    said = (await client.get(f"/{guilin.code}/api/me/terms", headers=token)).json()
    assert said["owed"] and said["version"] == "1" and said["text"]
    assert (await client.post(f"/{guilin.code}/api/me/terms", headers=token, json={"terms_version": "0"})).status_code == 400
    assert (await client.post(f"/{guilin.code}/api/me/terms", headers=token, json={"terms_version": "1"})).status_code == 200
    assert (await client.get(f"/{guilin.code}/api/me", headers=token)).status_code == 200
    assert not (await client.get(f"/{guilin.code}/api/me/terms", headers=token)).json()["owed"]


async def test_agreeing_twice_keeps_the_first_moment(guilin: Region) -> None:
    account = await enrolled(guilin)
    who = Actor(guilin.code, account.id, account.name, account.kind)
    first = clock.now()
    await terms.agree(guilin, who, "1", first)
    await terms.agree(guilin, who, "1", first + timedelta(hours=1))
    assert (await Account.find(guilin.code, account.id)).terms_at == first
    assert len(await Audit.of(guilin.code, act="agree")) == 1
    assert (await login.by_password(guilin, "19900015001", ONCE, HERE, "phone", clock.now())).used_up


async def test_her_settings_say_what_she_agreed_to_and_when(client: httpx.AsyncClient, guilin: Region) -> None:
    who = await enrolled(guilin)
    mine = await phone(client, guilin, who)
    await mine.open("/me")
    await agree(mine)
    await mine.open("/me/consents")
    assert guilin.profile.terms is not None
    assert f"《{guilin.profile.terms.title}》第 {guilin.profile.terms.version} 版" in mine.text and "同意" in mine.text and "再看一遍" in mine.text
    await raised(guilin)
    await mine.open("/me")
    await agree(mine)
    await mine.open("/me/consents")
    assert mine.text.index("第 2 版") < mine.text.index("第 1 版")  # what she agreed to before is not forgotten
