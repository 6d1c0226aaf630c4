"""Who is in the story: accounts with their roles, cards and WeChat, and how each of them acts."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from stdnum.cn import ric

from config.settings import settings
from models.account import Account, AccountKind, RoleGrant
from models.card import Card
from models.database import new_id
from models.organisation import Organisation
from sandbox.demo.story import Clerk, Story, Talent
from services import accounts, cards, login, passwords
from services.accounts import RoleIn
from services.actors import Actor, Grant
from services.regions import Region


@dataclass
class Cast:
    """Everybody by login name. ``handlers``: organisation and role → who has it, in the order of the story."""

    region: Region
    story: Story
    organisations: dict[str, Organisation]
    actors: dict[str, Actor] = field(default_factory=dict)
    handlers: dict[tuple[UUID, str], list[Actor]] = field(default_factory=dict)

    def actor(self, name: str, channel: str) -> Actor:
        return self.actors[name].on(channel)

    def handler_of(self, organisation: UUID, role: str) -> Actor:
        return self.handlers[organisation, role][0]

    def phone_of(self, name: str) -> str:
        return next(phone for one, phone in phones(self.story) if one.login == name)

    @property
    def watcher(self) -> Actor:
        """The first of those who watch over the region."""
        role = self.region.profile.supervision.watch_role
        return next(actor for actor in self.actors.values() if any(grant.role == role for grant in actor.grants)).on("desk")


async def assemble(region: Region, story: Story, now: datetime) -> Cast:
    """Make all accounts, as of when the story's office was founded; one password, hashed once, opens them all."""
    founded = now - timedelta(days=story.founded)
    cast = Cast(region, story, {one.code: one for one in await Organisation.of(region.code)})
    for number, clerk in enumerate(story.staff, 1):
        await _employ(cast, clerk, str(story.staff_phones + number), founded)
    for number, talent in enumerate(story.talents, 1):
        await _enrol(cast, talent, number, now)
    await Account.of(region.code).update(password_hash=await passwords.hash_password(story.password))
    return cast


async def _employ(cast: Cast, clerk: Clerk, phone: str, founded: datetime) -> None:
    code, place = cast.region.code, cast.organisations[clerk.organisation]
    account = await accounts.create_staff(cast.region, Actor.system(code), login_name=clerk.login, name=clerk.name, phone=phone,
                                          roles=[RoleIn(place.id, clerk.role)], now=founded)
    granted = await RoleGrant.of(code, account_id=account.id)
    grants = tuple(Grant(one.organisation_id, place.name, one.role) for one in granted)
    actor = cast.actors[clerk.login] = Actor(code, account.id, clerk.name, AccountKind.STAFF, grants, "desk")
    cast.handlers.setdefault((place.id, clerk.role), []).append(actor)
    if clerk.wechat:
        await bind(actor, clerk.login, founded)


async def _enrol(cast: Cast, talent: Talent, number: int, now: datetime) -> None:
    """Registration is not built yet: the account is put in as it will be afterwards."""
    code = cast.region.code
    joined = now - timedelta(days=talent.issued + 7)
    account = Account(region=code, id=new_id(), kind=AccountKind.TALENT, name=talent.name, login_name=talent.login, created_at=joined)
    account.put_phone(str(cast.story.talent_phones + number)).put_id_number(id_number(cast.story.id_area, talent, number))
    await account.save(force_create=True)
    actor = cast.actors[talent.login] = Actor(code, account.id, talent.name, AccountKind.TALENT, (), "phone")
    if talent.wechat:
        await bind(actor, talent.login, joined)


async def issue_cards(cast: Cast, now: datetime) -> dict[str, Card]:
    """By login name, each on its own day."""
    holders = sorted((one for one in cast.story.talents if one.card), key=lambda one: -one.issued)
    return {one.login: await _issue(cast, one, number, now) for number, one in enumerate(holders, 1)}


async def _issue(cast: Cast, talent: Talent, number: int, now: datetime) -> Card:
    issued, holder = now - timedelta(days=talent.issued), cast.actors[talent.login].account_id
    assert holder is not None and talent.card is not None
    return await cards.issue(cast.region, cast.watcher, holder, number=f"YC{issued:%Y}{number:04d}", level=talent.card, now=issued)


async def bind(actor: Actor, name: str, now: datetime) -> None:
    """Both accounts of WeChat know the person: by the openids that :func:`openids` tells the sandbox."""
    official, mini = openids(name)
    await login.bind_wechat(actor, settings().official_app_id, official, now)
    await login.bind_wechat(actor, settings().wechat_app_id, mini, now)


def openids(name: str) -> tuple[str, str]:
    """Of the official account and of the mini program."""
    return f"demo-{name}", f"demo-mini-{name}"


def id_number(area: str, talent: Talent, number: int) -> str:
    """Invented, with a valid check digit; the last of the three digits before it is even for women."""
    body = f"{area}{talent.born:%Y%m%d}{number * 2 + (not talent.woman):03d}"
    return body + ric.calc_check_digit(body + "0")  # it leaves out the last character, where the digit will stand


def phones(story: Story) -> Iterable[tuple[Clerk | Talent, str]]:
    """Everybody with the number that :func:`assemble` gives them."""
    yield from ((clerk, str(story.staff_phones + number)) for number, clerk in enumerate(story.staff, 1))
    yield from ((talent, str(story.talent_phones + number)) for number, talent in enumerate(story.talents, 1))
