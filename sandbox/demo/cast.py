"""Who is in the story: accounts with their roles and WeChat, units with their people, and how each of them acts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from stdnum.cn import ric

from config.settings import settings
from models.account import Account, AccountKind, RoleGrant
from models.organisation import Organisation
from sandbox.demo import filling
from sandbox.demo.filling import Places, Who
from sandbox.demo.story import Clerk, Colleague, Story, Talent, Unit
from services import accounts, dossiers, login, passwords, registration, unit_people
from services.accounts import RoleIn
from services.actors import Actor, Grant
from services.codes import Sender
from services.regions import Region

#: Somebody of the story who logs in.
Somebody = Clerk | Unit | Colleague | Talent
#: An address for documentation: nobody's.
HERE = Sender("192.0.2.17")


@dataclass
class Cast:
    """Everybody by login name, as they come. ``handlers``: organisation and role → who has it, in the order of the story.

    ``units``: by the login of their operator. ``hashed``: of the one password that opens everything.
    """

    region: Region
    story: Story
    organisations: dict[str, Organisation]
    hashed: str = field(repr=False)
    actors: dict[str, Actor] = field(default_factory=dict)
    handlers: dict[tuple[UUID, str], list[Actor]] = field(default_factory=dict)
    units: dict[str, Organisation] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.numbered = {one.login: (one, phone, number) for number, (one, phone) in enumerate(phones(self.story), 1)}

    def actor(self, name: str, channel: str) -> Actor:
        return self.actors[name].on(channel)

    def account(self, name: str) -> UUID:
        found = self.actors[name].account_id
        assert found is not None  # of the cast, only the system has none
        return found

    def handler_of(self, organisation: UUID, role: str, claimed_by: UUID | None = None) -> Actor:
        """Whose turn it is: who has claimed it or is bound to it, else the first who could take it."""
        could = self.handlers[organisation, role]
        return next((one for one in could if one.account_id == claimed_by), could[0])

    def phone_of(self, name: str) -> str:
        return self.numbered[name][1]

    def who(self, name: str) -> Who:
        """As her papers say it; for the operator of a unit, with the unit."""
        one, phone, number = self.numbered[name]
        assert not isinstance(one, Clerk)  # staff fill in nothing
        called = one.operator if isinstance(one, Unit) else one.name
        unit = self.units.get(name if isinstance(one, Unit) else one.unit or "" if isinstance(one, Talent) else "")
        return Who(called, phone, id_number(self.story.id_area, one.born, one.woman, number), one.born, one.woman, unit)

    @property
    def places(self) -> Places:
        return Places({code: one.id for code, one in self.organisations.items()} | {name: unit.id for name, unit in self.units.items()})

    @property
    def watcher(self) -> Actor:
        """The first of those who watch over the region."""
        role = self.region.profile.supervision.watch_role
        return next(actor for actor in self.actors.values() if any(grant.role == role for grant in actor.grants)).on("desk")

    async def came(self, account: Account, name: str, channel: str) -> Actor:
        """Somebody has an account now, with the roles that it has."""
        granted = await RoleGrant.of(self.region.code, account_id=account.id) if account.kind is not AccountKind.TALENT else []
        places = {one.id: one.name for one in (*self.organisations.values(), *self.units.values())}
        grants = tuple(Grant(one.organisation_id, places[one.organisation_id], one.role) for one in granted)
        actor = self.actors[name] = Actor(self.region.code, account.id, account.name, account.kind, grants, channel)
        for grant in grants:
            self.handlers.setdefault((grant.organisation_id, grant.role), []).append(actor)
        return actor


async def assemble(region: Region, story: Story, now: datetime) -> Cast:
    """The office as it was founded: its staff."""
    founded = now - timedelta(days=story.founded)
    cast = Cast(region, story, {one.code: one for one in await Organisation.of(region.code)}, await passwords.hash_password(story.password))
    for clerk in story.staff:
        account = await accounts.create_staff(
            region, Actor.system(region.code), login_name=clerk.login, name=clerk.name, phone=cast.phone_of(clerk.login),
            roles=[RoleIn(cast.organisations[clerk.organisation].id, clerk.role)], now=founded)
        actor = await cast.came(account, clerk.login, "desk")
        await _bind_maybe(cast, clerk, actor, founded)
    return cast


async def found_unit(cast: Cast, told: Unit, at: datetime) -> None:
    """The operator registers the unit, and fills in what the story has of it."""
    account = await _register(cast, "unit", told, {"unit_name": told.name, "unit_code": told.code, "name": told.operator}, at)
    assert account.unit_id is not None
    cast.units[told.login] = await Organisation.find(cast.region.code, account.unit_id)
    actor, owner = await cast.came(account, told.login, "desk"), dossiers.Owner("unit", organisation_id=account.unit_id)
    person = cast.who(told.login)
    await filling.sections(cast.region, actor, owner, told.filled, person, cast.places, at)


async def join_unit(cast: Cast, unit: Unit, told: Colleague, at: datetime) -> None:
    """Somebody else of the unit: by herself, or made an account by its operator."""
    if told.registers:
        account = await _register(cast, "reviewer", told, {"name": told.name, "unit": str(cast.units[unit.login].id)}, at)
    else:
        account = await unit_people.engage(cast.region, cast.actor(unit.login, "desk"), name=told.name, login_name=told.login,
                                           phone=cast.phone_of(told.login), role=told.role, password=cast.story.password, now=at)
    await cast.came(account, told.login, "desk")


async def enrol(cast: Cast, told: Talent, at: datetime) -> None:
    """A person registers, or her unit does it for her; then she fills in what the story has of her."""
    if told.by_unit and told.unit:
        given = {"name": told.name, "phone": cast.phone_of(told.login), **_chosen(cast.region, "person", told.login)}
        account = await unit_people.enrol(cast.region, cast.actor(told.unit, "desk"), given, cast.story.password, at)
    else:
        account = await _register(cast, "person", told, {"name": told.name}, at)
    actor = await cast.came(account, told.login, "phone")
    await _bind_maybe(cast, told, actor, at)
    await filling.sections(cast.region, actor, dossiers.Owner("talent", account_id=account.id), told.filled, cast.who(told.login), cast.places, at)


async def _register(cast: Cast, kind: str, told: Unit | Colleague | Talent, given: Mapping[str, Any], at: datetime) -> Account:
    region, person, terms = cast.region, cast.who(told.login), cast.region.profile.terms
    form = registration.asked(region, kind)
    passwords_twice = {"password": cast.story.password, "password_again": cast.story.password}
    usual = {"phone": person.phone, "id_number": person.id_number, **_chosen(region, kind, told.login), **passwords_twice}
    asked = {one.field: told.asks.get(one.field, person.told(one)) for one in form.fields if one.field not in usual and one.field not in given}
    known = {one.field: cast.places.named(one, asked[one.field], at) for one in form.fields if asked.get(one.field) is not None}
    fitting = {name: value for name, value in {**usual, **known, **given}.items() if name in {one.field for one in form.fields}}
    found = await registration.register(region, kind, fitting, terms.version if terms else "", HERE, at, hashed=cast.hashed)
    return found.account


def _chosen(region: Region, kind: str, name: str) -> dict[str, str]:
    return {} if region.profile.registration[kind].login_name == "phone" else {"login_name": name}  # type: ignore[index]


async def _bind_maybe(cast: Cast, told: Clerk | Talent, actor: Actor, at: datetime) -> None:
    if cast.story.wechat if told.wechat is None else told.wechat:
        await bind(actor, told.login, at)


async def bind(actor: Actor, name: str, now: datetime) -> None:
    """Both accounts of WeChat know the person: by the openids that :func:`openids` tells the sandbox."""
    official, mini = openids(actor.region, name)
    await login.bind_wechat(actor, settings().official_app_id, official, now)
    await login.bind_wechat(actor, settings().wechat_app_id, mini, now)


def openids(region: str, name: str) -> tuple[str, str]:
    """Of the official account and of the mini program."""
    return f"demo-{region}-{name}", f"demo-mini-{region}-{name}"


def id_number(area: str, born: date, woman: bool, number: int) -> str:
    """Invented, with a valid check digit; the last of the three digits before it is even for women."""
    body = f"{area}{born:%Y%m%d}{number * 2 + (not woman):03d}"
    return body + ric.calc_check_digit(body + "0")  # it leaves out the last character, where the digit will stand


def phones(story: Story) -> Iterable[tuple[Somebody, str]]:
    """Everybody with the number that she has: first who works, then who is served."""
    at_work: list[Somebody] = [*story.staff]
    for unit in story.units:
        at_work += [unit, *unit.people]
    yield from ((one, str(story.staff_phones + number)) for number, one in enumerate(at_work, 1))
    yield from ((talent, str(story.talent_phones + number)) for number, talent in enumerate(story.talents, 1))
