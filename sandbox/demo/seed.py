"""Fill an empty installation with the stories that are there, tell who can log in where, and introduce everybody to the sandbox."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import aiohttp

from config.settings import Settings, settings
from config.vocabulary import CODES
from models.account import Account
from models.catalogue import Service
from models.database import transaction
from models.organisation import Organisation
from models.venue import Board, Venue
from sandbox.demo import cast, happenings, past, postman, story
from sandbox.demo.cast import Somebody
from sandbox.demo.happenings import Kind
from sandbox.demo.postman import Fate
from sandbox.demo.story import Clerk, Colleague, Story, Talent, Unit
from services import live, regions, slots, venues
from services.regions import Region
from services.verbs import verb
from wechat.bot import menu
from wechat.platform import Platform

START_TRIES, START_PAUSE = 100, 0.1

#: Of what was told last: the worker finds some of each, and settles them.
LAST_FATES = (Fate.NO_RECEIPT, Fate.NO_ANSWER, Fate.WAITS, Fate.WAITS, Fate.WAITS)


class Login(NamedTuple):
    """One line of the table that ``greenlane dev`` prints. Without ``login`` the address itself opens the page."""

    role: str
    name: str
    login: str
    password: str
    phone: str
    address: str


async def fill(now: datetime, codes: Sequence[str] | None = None) -> None:
    """Make the story of every region (or of these) that has one and has no accounts yet. Each whole or not at all; harmless twice."""
    async with asyncio.TaskGroup() as together:  # while one waits for the database, another goes on
        for code in await untold():
            if codes is None or code in codes:
                together.create_task(_tell(await regions.current(code), story.read(code), now))


async def untold() -> list[str]:
    """Regions that have a story, and nobody in them yet."""
    known = {region.code for region in await regions.every()}
    return [code for code in story.regions() if code in known and not await Account.of(code).exists()]


def foremost(codes: Sequence[str]) -> str | None:
    """Of these, the region to be looked at first: where things are booked, if there is one."""
    return next((code for code in codes if story.read(code).bookings), next(iter(codes), None))


@verb
async def _tell(region: Region, told: Story, now: datetime) -> None:
    with live.unheard():
        async with transaction():
            stage = await _set(region, told, now)
            if stage.services:
                await past.tell(stage)
            plan = happenings.plan(stage)
            last = dict(zip([moment.number for moment in plan if moment.kind is Kind.OFFICE][-len(LAST_FATES):], LAST_FATES, strict=True))
            for moment in plan:
                if moment.number == next(iter(last)):
                    await postman.settle(region.code, moment.at, Fate.ARRIVES)
                await moment.do(moment.at)
                await postman.settle(region.code, moment.at, last.get(moment.number, Fate.WAITS))
            lately = now - timedelta(days=1)  # everybody: a number that was long quiet is in doubt (``services.confirming``)
            await Account.of(region.code).update(password_hash=stage.cast.hashed, password_once=False, last_login_at=lately)
            await past.count(stage)


async def _set(region: Region, told: Story, now: datetime) -> happenings.Stage:
    """Everybody and everything that must be there before something happens."""
    people = await cast.assemble(region, told, now)
    stage = happenings.Stage(people, now, {one.code: one for one in await Service.of(region.code)},
                             {one.code: one for one in await Venue.of(region.code)})
    await happenings.put_up_boards(stage, now - timedelta(days=told.founded))
    for weeks in (4, 2, 0) if stage.services else ():  # bookings of the last weeks had slots to choose from too
        await slots.lay_out(region, now - timedelta(weeks=weeks))
    return stage


async def logins(region: Region) -> list[Login]:
    """Who can log in where, as far as the story introduces them; and the attendants' links. Nobody, for a region without a story."""
    if region.code not in story.regions():
        return []
    told = story.read(region.code)
    numbers = {one.login: (one, phone) for one, phone in cast.phones(told)}
    places = {one.code: one.name for one in await Organisation.of(region.code)} | {unit.login: unit.name for unit in told.units}
    public_url = settings().public_url
    base = f"{public_url}/{region.code}"
    lines = []
    for shown in told.introduced:
        one, phone = numbers[shown.login]
        address = f"{base}/login" if isinstance(one, Talent) else f"{base}/console/login"
        name = one.operator if isinstance(one, Unit) else one.name
        lines.append(Login(_role(region, told, one, places, shown.words), name, login_name(region, one, phone), told.password, phone, address))
    for code in told.attended:
        venue = await Venue.of(region.code, code=code).first()
        if venue is not None:
            lines.append(Login("现场核验（专用链接，无需登录）", venue.name, "", "", "", venues.link_of(region.code, venue, public_url)))
    return lines


def login_name(region: Region, one: Somebody, phone: str) -> str:
    """What she types: the name that she chose, or her number where that is the name (GL-04)."""
    way = {Talent: "person", Unit: "unit"}.get(type(one), "")
    registering = region.profile.registration.get(way)  # type: ignore[call-overload]
    return phone if registering is not None and registering.login_name == "phone" else one.login


def _role(region: Region, told: Story, one: Somebody, places: dict[str, str], words: str) -> str:
    if isinstance(one, Talent):
        what = f"持卡人 · {region.profile.level_name(one.card)}" if one.card else "个人"
    elif isinstance(one, Clerk):
        what = f"{region.profile.roles[one.role].name} · {places[one.organisation]}"
    else:
        unit = next(unit for unit in told.units if one in (unit, *unit.people))
        role = one.role if isinstance(one, Colleague) else region.profile.registration["unit"].role or ""
        what = f"{region.profile.roles[role].name} · {unit.name}"
    return f"{what}{f'：{words}' if words else ''}"


async def introduce(config: Settings) -> None:
    """Tell the sandbox, whose memory ends with it, who has a phone, which boards hang where, how SMS templates read, and what the menu is.

    Of regions whose story is told; again when another is.

    Waits for a sandbox that is still starting. Raises ``aiohttp.ClientError`` when none comes."""
    people: list[dict[str, str]] = []
    boards: list[dict[str, str]] = []
    templates: list[dict[str, object]] = []
    subscriptions: list[dict[str, object]] = []
    waiting = await untold()
    for region in await regions.every():
        if region.code in story.regions() and region.code not in waiting:
            people += _people(region, story.read(region.code))
        boards += await _boards(region, config.public_url)
        templates += _templates(region)
        subscriptions += _subscriptions(region)
    async with aiohttp.ClientSession(config.sandbox_url, timeout=aiohttp.ClientTimeout(total=10)) as http:
        await _started(http)
        for path, content in (("people", people), ("boards", boards), ("templates", templates), ("subscriptions", subscriptions)):
            async with http.post(f"/sandbox/{path}", json=content) as answer:
                answer.raise_for_status()
        if code := foremost(story.regions()):  # an account has one menu, and one address
            async with http.post("/sandbox/settings", json={"account_region": code}) as answer:
                answer.raise_for_status()
            async with Platform.of_official_account(config, None) as platform:
                await platform.create_menu(menu.buttons(config.public_url, (await regions.current(code)).profile, config.wechat_app_id))


async def _started(http: aiohttp.ClientSession) -> None:
    for tries_left in range(START_TRIES, -1, -1):
        try:
            async with http.get("/sandbox/version"):
                return
        except aiohttp.ClientConnectorError:
            if not tries_left:
                raise
            await asyncio.sleep(START_PAUSE)


def _people(region: Region, told: Story) -> list[dict[str, str]]:
    """Those whom the table introduces come first; they are looked for."""
    order = {shown.login: number for number, shown in enumerate(told.introduced)}
    known = sorted(cast.phones(told), key=lambda pair: order.get(pair[0].login, len(order)))
    return [_person(region, one, phone) for one, phone in known]


def _person(region: Region, one: Somebody, phone: str) -> dict[str, str]:
    official, mini = cast.openids(region.code, one.login)
    return {"openid": official, "mini_openid": mini, "name": one.operator if isinstance(one, Unit) else one.name, "phone": phone}


async def _boards(region: Region, public_url: str) -> list[dict[str, str]]:
    names = {venue.id: venue.name for venue in await Venue.of(region.code)}
    found = await Board.of(region.code).order_by("revoked_at", "serial")
    return [{"name": f"{names[board.venue_id]}{f' {board.place}' if board.place else ''}{'（已停用）' if board.revoked_at else ''}",
             "url": venues.board_url(region.code, board, public_url)} for board in found]


def _templates(region: Region) -> list[dict[str, object]]:
    """The vendor writes placeholders as ``${name}``."""
    return [{"code": telling.sms_template, "text": telling.text.replace("{", "${"), "verification": kind in CODES}
            for kind, telling in region.profile.sending.texts.items() if telling.sms_template]


def _subscriptions(region: Region) -> list[dict[str, object]]:
    sending = region.profile.sending
    return [{"id": text.template, "fields": list(text.data)} for kind in sending.texts if (text := sending.wechat_of(kind)) is not None]
