"""T36, T05: planted data of persons is looked for after a broad walk over all faces: in logs, database, store, files and answers."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from config import clock
from config.keys import keys
from config.settings import Settings, settings
from models.account import Account
from models.case import Case
from models.database import execute, rows
from models.notice import Mail, Notice
from models.notification import Notification
from models.organisation import Organisation
from models.venue import Venue
from qr import venue_link
from sandbox.embedded import running_sandbox
from services import delivery, login
from services.notifications import read_params
from services.regions import Region
from sms.aliyun import AliyunGateway
from tests import builders
from tests.builders import the_actor
from tests.conftest import Servers
from tests.faults.test_r08_replayed_scans import an_open_venue
from tests.writing import a_letter, a_notice

from .callers import Caller, address, body_of, caller
from .canaries import Canaries, database_dump, files_under, store_dump
from .test_t03_permissions import routes
from .test_t04_owned_fields import ids_for, persona_for
from .test_t36_logs import production_log

pytestmark = [pytest.mark.timeout(180)]
#: What no JSON answer may have as a key, wherever it stands.
FORBIDDEN = {"password", "password_hash", "session_key", "id_no", "id_number", "openid", "phone_sealed", "phone_index", "token_hash", "login_name",
             "unionid", "region_id", "code_mac", "dedupe_key"}
FORBIDDEN_ENDS = ("_enc", "_bidx", "_sealed", "_index", "_hash", "_mac")
#: Except where a person is told what is her own: the name that she logs in with, among her settings.
HERS = {"GET /weihai/api/me/security": {"login_name"}}
#: These end the very session that the walk goes by, stay open, or ask WeChat, which has walks of its own (T06, T18).
NOT_WALKED = ("logout", "log-out-everywhere", "live", "/wechat", "login/phone")


@dataclass
class Walk:
    """What was planted before the walk, and what it heard."""

    canaries: Canaries
    answers: list[tuple[str, httpx.Response]]


async def planted(region: Region) -> tuple[Canaries, Account, Account]:
    """A talent and a clerk whose every datum is a canary."""
    canaries = Canaries(["19976543210", "19976543211", "37100019870615123X", "oCANARY0123456789abcdefghijk", "Canary-Pass-9Xw2"],
                        ["金丝雀甲乙", "金丝雀丙丁"])
    talent = await builders.a_talent(name=canaries.names[0], phone=canaries.numbers[0])
    talent.put_id_number(canaries.numbers[2])
    await talent.save()
    await login.bind_wechat(await builders.the_actor(talent), settings().wechat_app_id, canaries.numbers[3], clock.now())
    clerk = await builders.a_staff(name=canaries.names[1], phone=canaries.numbers[1])
    return canaries, talent, clerk


async def walked(client: httpx.AsyncClient, region: Region) -> Walk:
    """Every route by everybody, with ids of the planted persons' own, right and wrong bodies; codes sent, tried and used; messages delivered."""
    canaries, talent, clerk = await planted(region)
    code, card = await an_open_venue(region), await builders.a_card(holder=talent)
    case, city = await builders.a_booking(holder=talent), await builders.a_city_staff()
    notice, entry, mail = await written(region, city, clerk)
    who = {"talent": await caller(client, region, talent), "staff": await caller(client, region, clerk), "nobody": await caller(client, region),
           "city": await caller(client, region, city), "other": await caller(client, region, await builders.a_talent())}
    walk = Walk(canaries, [])
    scan = await heard(walk, who["talent"], "POST", f"/{region.code}/api/visits",
                       {"code": code, "nonce": "01970000-0000-7000-8000-00000000aaaa", "companions": 0})
    venue = await Venue.find(region.code, (await rows("SELECT venue_id FROM visit LIMIT 1"))[0]["venue_id"])
    mine = {"case_id": case.id, "id": case.id, "visit_id": scan.json()["id"], "service_id": case.service_id, "word": "approve", "code": code,
            "link": _link(venue), "venue": venue.id, "card": card.id, "staff": clerk.id, "window": case.handler_org,
            "board": (await rows("SELECT id FROM board LIMIT 1"))[0]["id"],
            "category": entry.category, "notice": notice.id, "information": entry.id, "mail": mail.id}
    await _codes(walk, who["nobody"], region)
    for persona, one in who.items():
        for route, method in routes():
            if not route.path.endswith(NOT_WALKED) and (method == "GET" or persona_for(str(route.ctx.permission)) != persona):
                values = {**ids_for(route.path, {**mine}), "visit_id": mine["visit_id"], "code": code}
                await heard(walk, one, method, address(route, region.code, **values), body_of(route))
    await _acts(walk, who, region, await Case.find(region.code, case.id))
    canaries.numbers += [token for one in who.values() for token in one.tokens.values()]
    return walk


async def written(region: Region, city: Account, clerk: Account) -> tuple[Notice, Notice, Mail]:
    """A notice, an entry of the region's first list, and a letter to the clerk's window."""
    window = await Organisation.find(region.code, (await the_actor(clerk)).organisations[0])
    return (await a_notice(region, city), await a_notice(region, city, category=region.profile.information[0].code),
            await a_letter(region, city, window))


async def _codes(walk: Walk, nobody: Caller, region: Region) -> None:
    """Log in by code and by password, wrongly and rightly; the code itself becomes a canary."""
    phone, at = walk.canaries.numbers[0], f"/{region.code}/api/login"
    wanted = await heard(walk, nobody, "POST", f"{at}/code/request", {"phone": phone})
    sent = await Notification.of(region.code, kind="login_code").order_by("-created_at").first()
    code = read_params(sent)["code"]
    for tried in ("000000", code):
        await heard(walk, nobody, "POST", f"{at}/code", {"phone": phone, "challenge": wanted.json().get("challenge", ""), "code": tried})
    for password in (walk.canaries.numbers[4], builders.PASSWORD):
        await heard(walk, nobody, "POST", f"{at}/password", {"login_name": phone, "password": password})


async def _acts(walk: Walk, who: dict[str, Caller], region: Region, case: Case) -> None:
    """A case goes on by the desk, its messages go out through the gateway, one of them wrongly."""
    act = {"action": "approve", "seen": case.version, "opinion": "好"}
    await heard(walk, who["staff"], "POST", f"/{region.code}/api/desk/cases/{case.id}/acts", act)
    noon = clock.now().astimezone(region.profile.tz).replace(hour=12)
    await execute("UPDATE notification SET next_at = $1 WHERE state = 'pending'", noon)
    async with running_sandbox() as sandbox:
        config = Settings()
        gateway = AliyunGateway(config.sms_access_key_id, config.sms_access_key_secret.get_secret_value(), plain_http=True,
                                endpoint=sandbox.url.removeprefix("http://"), call_seconds=3)
        sandbox.break_down("sms", "error", code="isv.MOBILE_NUMBER_ILLEGAL", times=1)
        await delivery.drain(gateway, noon)
        await delivery.settle(gateway, noon)
        gateway.close()
        assert walk.canaries.numbers[0] in {text.phone for text in sandbox.state.texts}  # it did go out to the planted number


def _link(venue: Venue) -> str:
    return venue_link.encode(keys(), venue.region, venue.serial, venue.link_version)


async def heard(walk: Walk, who: Caller, method: str, path: str, body: dict[str, Any] | None = None) -> httpx.Response:
    answer = await who.ask(method, path, body)
    walk.answers.append((f"{method} {answer.request.url.path}", answer))
    return answer


def keys_in(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, part in value.items():
            yield name
            yield from keys_in(part)
    elif isinstance(value, list):
        for part in value:
            yield from keys_in(part)


@pytest.mark.req("T36")
@pytest.mark.req("T05")
async def test_t36_no_planted_datum_is_found_where_it_may_not_be(
        client: httpx.AsyncClient, region: Region, servers: Servers, data_folder: Path, tmp_path: Path) -> None:
    with production_log() as written:
        walk = await walked(client, region)
    canaries = walk.canaries
    assert len(walk.answers) > 300 and len(written.getvalue().splitlines()) > 300
    assert canaries.sung(written.getvalue()) == []
    assert canaries.sung(await database_dump(servers.database_url), names=False) == []
    assert canaries.sung(await store_dump(servers.redis_url)) == []
    assert {str(path): sung for path, content in files_under(data_folder, tmp_path) if (sung := canaries.sung(content))} == {}
    assert {where: sung for where, answer in walk.answers if (sung := canaries.sung(answer.content, names=False)) and "login" not in where} == {}
    broken = {(where, answer.status_code) for where, answer in walk.answers if answer.status_code >= 500}
    assert broken == set()
    documents = [(where, answer.json()) for where, answer in walk.answers if "json" in answer.headers.get("content-type", "")]
    assert len(documents) > 100
    assert {(where, key) for where, document in documents for key in set(keys_in(document)) - _own_fields(document) - HERS.get(where, set())
            if key in FORBIDDEN or key.endswith(FORBIDDEN_ENDS)} == set()


def _own_fields(document: Any) -> set[str]:
    """The fields of a refusal are named as the caller sent them; their values are sentences of ours."""
    return set(document.get("error", {}).get("context", {}).get("fields", {})) if isinstance(document, dict) else set()


@pytest.mark.req("T36")
async def test_t36_control_a_datum_that_is_not_sealed_is_found(database: None, region: Region, servers: Servers) -> None:
    """The same search finds what stands in the open, in each writing."""
    canaries, talent, _ = await planted(region)
    assert canaries.sung(await database_dump(servers.database_url), names=False) == []
    await execute("UPDATE account SET phone_sealed = $2, login_name = $3 WHERE id = $1", talent.id, canaries.numbers[0].encode(),
                  "x" + canaries.numbers[2])
    assert canaries.sung(await database_dump(servers.database_url), names=False) == [canaries.numbers[0], canaries.numbers[2]]
    for written in (canaries.numbers[0], json.dumps(canaries.names[0]), canaries.numbers[3].encode("utf-16-le")):
        assert len(canaries.sung(written)) == 1
    for ahead in range(3):
        assert canaries.numbers[1] in canaries.sung(base64.b64encode(b"x" * ahead + canaries.numbers[1].encode() + b"yz"))


@pytest.mark.req("T05")
def test_t05_control_a_key_is_found_wherever_it_stands() -> None:
    assert set(keys_in({"items": [{"who": {"phone_sealed": 1}}], "openid": ""})) == {"items", "who", "phone_sealed", "openid"}
