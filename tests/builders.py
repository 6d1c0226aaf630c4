"""People and things with sensible defaults: a test says only what it is about. All personal data is invented."""

import itertools
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from argon2 import PasswordHasher

from config import clock
from config.vocabulary import Action, OrganisationKind
from models.account import Account, AccountKind, AccountState, RoleGrant
from models.card import Card, CardState
from models.case import Case
from models.catalogue import Service
from models.database import new_id, row
from models.organisation import Organisation
from models.reason import seal_reason
from models.venue import Board, Venue
from services import bookings, dossiers, regions, sessions
from services.actors import Actor
from services.cases import engine
from services.regions import Region

PASSWORD = "Green-Lane-2026"
_count = itertools.count(1)


@lru_cache(maxsize=1)
def password_hash() -> str:
    """Of :data:`PASSWORD`, made once a run and cheaper than the product makes them."""
    return PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)


#: The shipped region that has everything: a test that says nothing of its region means this one.
REGION = "weihai"


async def a_region() -> str:
    """Code of the shipped region that tests are about unless they say otherwise."""
    return REGION


async def an_account(kind: AccountKind, *, name: str, phone: str | None = None, suspended: bool = False, region: str | None = None) -> Account:
    number = next(_count)
    account = Account(region=region or await a_region(), id=new_id(), kind=kind, name=name, login_name=f"{kind.value}{number}",
                      password_hash=password_hash(), state=AccountState.SUSPENDED if suspended else AccountState.ACTIVE, created_at=clock.now())
    account.put_phone(phone or f"1990000{number:04d}")
    if kind is not AccountKind.STAFF:
        await has_agreed(account)
    await account.save(force_create=True)
    return account


async def has_agreed(account: Account) -> None:
    """To the terms in force, as whoever registered has."""
    if (found := (await regions.current(account.region)).profile.terms) is not None:
        account.terms_version, account.terms_at = found.version, clock.now()


async def a_talent(*, name: str = "周敏", phone: str | None = None, suspended: bool = False, region: str | None = None) -> Account:
    """A talent without a card; ``PASSWORD`` opens every account."""
    return await an_account(AccountKind.TALENT, name=name, phone=phone, suspended=suspended, region=region)


async def an_organisation(kind: str = "window", code: str | None = None) -> Organisation:
    """One that the shipped region has: by code, else the first of its kind."""
    found = await Organisation.of(await a_region(), **({"code": code} if code else {"kind": kind})).order_by("code").first()
    assert found is not None
    return found


async def a_unit(region: Region, name: str, *, provisional: bool = False, **data: str) -> Organisation:
    """A unit, admitted unless it is provisional; ``data``: what its first section says, in force."""
    unit = await Organisation.create(region=region.code, id=new_id(), code=f"unit_{next(_count)}", name=name, kind=OrganisationKind.UNIT,
                                     contact="乔人事", phone="", address="", provisional=provisional, district=data.get("district"))
    if data:
        dossier = await dossiers.of(region, dossiers.Owner("unit", organisation_id=unit.id), clock.now())
        dossier.put_draft({region.profile.unit_sections[0].section: [data]})
        await dossiers.admit(region, dossier.id, await dossiers.freeze(region, dossier, "unit", clock.now()), clock.now())
    return unit


async def a_staff(*, organisation: str | Organisation | None = None, role: str = "clerk", name: str = "王经办", phone: str | None = None,
                  suspended: bool = False) -> Account:
    """Staff with one role in one organisation (by code; else the first window)."""
    account = await an_account(AccountKind.STAFF, name=name, phone=phone, suspended=suspended)
    place = organisation if isinstance(organisation, Organisation) else await an_organisation(code=organisation)
    await RoleGrant.create(region=account.region, id=new_id(), account_id=account.id, organisation_id=place.id, role=role, granted_at=clock.now())
    return account


async def a_city_staff(name: str = "于科长") -> Account:
    """Staff with the role that watches over the region."""
    profile = (await regions.current(await a_region())).profile
    return await a_staff(organisation=await an_organisation("city_bureau"), role=profile.supervision.watch_role, name=name)


async def a_card(*, holder: Account | None = None, level: str | None = None, suspended: bool = False, valid_until: date | None = None) -> Card:
    """An active card of the best level; its holder is made when none is given."""
    holder = holder or await a_talent()
    profile = (await regions.current(holder.region)).profile
    today = clock.now().date()
    id = new_id()
    return await Card.create(region=holder.region, id=id, number=f"YC{next(_count):08d}", holder_id=holder.id,
                             level=level or profile.card.levels[0].code, state=CardState.SUSPENDED if suspended else CardState.ACTIVE,
                             issued_on=today - timedelta(days=100), valid_until=valid_until or today + timedelta(days=900),
                             reason_sealed=seal_reason("资格复核" if suspended else "", holder.region, "card", id), state_at=clock.now())


async def a_venue(code: str | None = None) -> Venue:
    """One that the shipped region has."""
    found = await Venue.of(await a_region(), **({"code": code} if code else {})).order_by("serial").first()
    assert found is not None
    return found


async def a_board(venue: Venue | None = None, *, revoked: bool = False) -> Board:
    """A guide board at a venue."""
    venue = venue or await a_venue()
    id, now = new_id(), clock.now()
    made = await row("INSERT INTO board (region, id, venue_id, place, issued_at, revoked_at) VALUES ($1, $2, $3, '入口', $4, $5) RETURNING id",
                     venue.region, id, venue.id, now, now if revoked else None)
    assert made is not None
    return await Board.find(venue.region, id)


async def a_handler(case: Case) -> Actor:
    """Somebody who handles the case at its present step."""
    kind = (await Organisation.find(case.region, case.handler_org)).kind
    account = await an_account(AccountKind.UNIT if kind is OrganisationKind.UNIT else AccountKind.STAFF, name="何审核", region=case.region)
    await RoleGrant.create(region=case.region, id=new_id(), account_id=account.id, organisation_id=case.handler_org, role=case.handler_role,
                           granted_at=clock.now())
    return await the_actor(account, "desk")


async def acted(case: Case, action: Action, opinion: str = "材料齐全", **more: Any) -> Case:
    """The case after its present handler did this."""
    now = await Case.find(case.region, case.id)
    request = engine.Request(action, now.version, opinion, **more)
    return (await engine.act(await regions.current(case.region), await a_handler(now), case.id, request, clock.now())).case


async def a_session(account: Account, channel: str = "phone", now: datetime | None = None) -> str:
    """The token of a session that just began."""
    return await sessions.begin(account.region, account.id, channel, now or clock.now())


async def the_actor(account: Account, channel: str = "phone") -> Actor:
    """Who acts when this account does: resolved as the edge does it."""
    token = await a_session(account, channel)
    found = await sessions.resolve(sessions.hash_token(token), account.region, clock.now())
    assert found is not None
    return found


def system(region: str) -> Actor:
    """The product itself, which may do everything."""
    return Actor.system(region)


def cookies(account_token: str, face: str = "phone") -> dict[str, str]:
    """For an HTTP client that is to be logged in."""
    return {f"gl_{face}": account_token}




async def a_booking(*, holder: Account | None = None, window: str | None = None, service: str | None = None, step: str | None = None,
                    returned: bool = False, completed: bool = False, need: str = "请协助预约专家门诊", now: datetime | None = None) -> Case:
    """A booking made through the verbs; moved on by a clerk of its window to ``step``, to the applicant, or to its end."""
    now = now or clock.now()
    if holder is None:
        holder = (await a_card()).holder_id and await Account.of(await a_region()).order_by("-created_at").first()
    assert holder is not None
    region = await regions.current(holder.region)
    chosen = await an_organisation(code=window)
    wanted = await Service.of(region.code, state="active", bookable=True, every_window=True, slot_minutes__isnull=True, levels=[],
                              **({"code": service} if service else {})).order_by("code").first()
    assert wanted is not None
    form = {"need": need, "district": chosen.district or region.profile.districts[0].code, "window": str(chosen.id)}
    case = (await bookings.request(region, await the_actor(holder), wanted.id, form, now)).case
    if step is None and not returned and not completed:
        return case
    clerk = await the_actor(await a_staff(organisation=chosen, name="李经办"), "desk")
    route = [one.step for one in region.matter("booking").route]
    for _ in range(len(route) - 1 if completed else route.index(step) if step else 0):
        case = (await engine.act(region, clerk, case.id, engine.Request(Action.APPROVE, case.version, "材料齐全"), now)).case
    if returned:
        case = (await engine.act(region, clerk, case.id, engine.Request(Action.RETURN, case.version, "请写明就诊日期"), now)).case
    if completed:
        done = engine.Request(Action.COMPLETE, case.version, "已安排妥当", choice=next(iter(region.matter("booking").route[-1].can[0].choices), ""))
        case = (await engine.act(region, clerk, case.id, done, now)).case
    return case
