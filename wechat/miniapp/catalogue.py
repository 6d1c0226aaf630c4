"""服务 and 窗口: the catalogue, one service with its form, who does it and when, the directory of windows (WH-50, WH-54). Open to everybody."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request

from config.forms import FormField
from config.vocabulary import FieldType
from models.catalogue import Category as CategoryRow
from models.catalogue import Service as ServiceRow
from models.catalogue import Slot as SlotRow
from services import bookings, catalogue, organisations, privileges, slots, windows
from services.cases.forms import as_id
from services.privileges import OfService
from services.regions import Region
from services.visits import Entitlement
from services.windows import Window as WindowFound
from web.bodies import Body, query
from web.context import now, region, visitor
from wechat.miniapp.answers import Answer, Listing, answer

blueprint = Blueprint("api_catalogue")


class ServiceLine(Answer):
    id: UUID
    name: str
    icon: str
    summary: str
    bookable: bool

    @classmethod
    def of(cls, service: ServiceRow) -> Self:
        return cls(id=service.id, name=service.name, icon=service.icon, summary=service.summary, bookable=service.bookable)


class Category(Answer):
    code: str
    name: str
    icon: str
    services: list[ServiceLine]

    @classmethod
    def of(cls, category: CategoryRow, services: list[ServiceRow]) -> Self:
        return cls(code=category.code, name=category.name, icon=category.icon, services=[ServiceLine.of(one) for one in services])


class Catalogue(Listing[Category]):
    """In the order in which it is shown."""


class FieldShape(Answer):
    """One field of a form, as it is to be drawn and will be checked. ``options``: value → label; ``offline``: of files, may be
    handed in on paper instead; ``when``: asked for only where earlier fields have
    this value, or one of these."""

    field: str
    type: str
    label: str
    required: bool
    hint: str
    examples: list[str]
    min: int | None
    max: int | None
    options: dict[str, str]
    offline: bool
    when: dict[str, str | bool | list[str]]

    @classmethod
    def of(cls, one: FormField) -> Self:
        return cls(field=one.field, type=one.type.value, label=one.label, required=one.required, hint=one.hint, examples=list(one.examples),
                   min=one.min, max=one.max, options=one.options, offline=one.offline,
                   when={name: list(wanted) if isinstance(wanted, tuple) else wanted for name, wanted in one.when.items()})


async def offices_for(region: Region, form: Sequence[FormField], given: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Field → id → name of the offices that may be chosen there; of units, which are looked for by name, the one that is ``given`` already."""
    asked = [one for one in form if one.type is FieldType.ORGANISATION]
    every = await organisations.every(region) if asked else []
    offices = {one.field: {str(office.id): office.name for office in every if office.kind in one.kinds} for one in asked}
    units = {one.field: id for one in form if one.type is FieldType.UNIT and (id := as_id(given.get(one.field)))}
    return offices | {field: {str(id): await organisations.name_of(region, id)} for field, id in units.items()}


class Entitled(Answer):
    """What a level gives in one category of venues. ``yearly`` null: without limit; ``left``: of the reader's own card."""

    category: str
    name: str
    yearly: int | None
    used: int | None
    left: int | None
    companions: int

    @classmethod
    def of(cls, one: Entitlement, *, mine: bool) -> "Entitled":
        return Entitled(category=one.category, name=one.name, yearly=one.yearly, used=one.used if mine else None, left=one.left if mine else None,
                     companions=one.companions)


class MyUse(Answer):
    """What the reader's card is to a service. ``level``: its name, none where she has no card; ``usable``, or ``why`` not, or ``other_level``:
    the service is for others. ``given``: what the card still gives where the service is used."""

    level: str
    usable: bool
    why: str
    other_level: bool
    given: Entitled | None

    @classmethod
    def of(cls, found: OfService) -> Self:
        other = found.why == privileges.OTHER_LEVEL
        return cls(level=found.level, usable=not found.why, why="" if other else found.why, other_level=other,
                   given=Entitled.of(found.given, mine=True) if found.given else None)


class ServiceDetail(ServiceLine):
    """``levels``: names of the card levels it is for, none: all. ``form``: what a booking asks for; ``districts``: code → name. ``mine``: null for
    who is not logged in; ``used_at``: category of the venues where it is used, empty where it is used at none."""

    for_whom: str
    guide: str
    materials: list[str]
    takes: str
    levels: list[str]
    has_slots: bool
    form: list[FieldShape]
    districts: dict[str, str]
    mine: MyUse | None
    used_at: str


class Window(Answer):
    """``position``: latitude and longitude (GCJ-02), by which a phone finds the nearest one itself and tells nobody where it is; ``opens_next``:
    while it is closed; ``next_closed``: the next day on which it is closed out of turn, with the reason, ``then_closed`` those after it."""

    id: UUID
    name: str
    district: str
    district_code: str
    contact: str
    phone: str
    address: str
    position: tuple[float, float] | None
    hours: list[str]
    open_now: bool
    opens_next: datetime | None
    next_closed: date | None
    closed_because: str
    then_closed: list[date]

    @classmethod
    def of(cls, region: Region, found: WindowFound) -> Self:
        one = found.organisation
        place = (one.latitude, one.longitude) if one.latitude is not None and one.longitude is not None else None
        away = found.next_closed
        return cls(id=one.id, name=one.name, district=region.profile.district_name(one.district or ""), district_code=one.district or "",
                   contact=one.contact, phone=one.phone, address=one.address, position=place, hours=found.hours, open_now=found.open_now,
                   opens_next=found.opens_next, next_closed=away.day if away else None, closed_because=away.reason if away else "",
                   then_closed=[one.day for one in found.closed[1:4]])


class Windows(Listing[Window]):
    """``elsewhere``: the district has none for this service, so all that do it are listed."""

    elsewhere: bool = False


class Slot(Answer):
    id: UUID
    starts_at: datetime
    ends_at: datetime
    free: int

    @classmethod
    def of(cls, one: SlotRow) -> Self:
        return cls(id=one.id, starts_at=one.starts_at, ends_at=one.ends_at, free=one.capacity - one.taken)


class Slots(Listing[Slot]):
    """Those that still have room, soonest first."""


class Words(Body):
    words: Annotated[str, Field(max_length=50, description="part of a name or summary")] = ""


class InDistrict(Body):
    district: Annotated[str, Field(max_length=48)] | None = None


class AtWindow(Body):
    window: UUID


@blueprint.get("/<region:str>/api/catalogue", ctx_permission="public", ctx_summary="服务目录", ctx_query=Words, ctx_answers=Catalogue)
async def index(request: Request) -> HTTPResponse:
    shelves = await catalogue.shelves(region(request), query(request, Words).words)
    return answer(Catalogue(items=[Category.of(shelf.category, shelf.services) for shelf in shelves]))


@blueprint.get("/<region:str>/api/services/<service_id:uuid>", ctx_permission="public", ctx_summary="服务详情和申请表", ctx_answers=ServiceDetail)
async def show(request: Request, service_id: UUID) -> HTTPResponse:
    here = region(request)
    one = await catalogue.entry(here, service_id)
    form = bookings.form_of(here.matter(bookings.MATTER), one) if one.bookable else ()
    mine = await privileges.of_service(here, visitor(request), one, now(request))
    return answer(ServiceDetail(
        **ServiceLine.of(one).model_dump(), for_whom=one.for_whom, guide=one.guide, materials=one.materials, takes=one.takes,
        levels=[here.profile.level_name(level) for level in one.levels], has_slots=one.has_slots, form=[FieldShape.of(field) for field in form],
        districts={district.code: district.name for district in here.profile.districts}, mine=MyUse.of(mine) if mine else None,
        used_at=one.used_at))


@blueprint.get("/<region:str>/api/services/<service_id:uuid>/windows", ctx_permission="public", ctx_summary="办理某项服务的窗口",
               ctx_query=InDistrict, ctx_answers=Windows)
async def service_windows(request: Request, service_id: UUID) -> HTTPResponse:
    here = region(request)
    service = await catalogue.entry(here, service_id)
    found = await bookings.choices(here, service, query(request, InDistrict).district, None, now(request))
    return answer(Windows(items=[Window.of(here, one) for one in found.windows], elsewhere=found.elsewhere))


@blueprint.get("/<region:str>/api/services/<service_id:uuid>/slots", ctx_permission="public", ctx_summary="可预约的时段",
               ctx_query=AtWindow, ctx_answers=Slots)
async def service_slots(request: Request, service_id: UUID) -> HTTPResponse:
    service = await catalogue.entry(region(request), service_id)
    found = await slots.available(region(request).code, service.id, query(request, AtWindow).window, now(request))
    return answer(Slots(items=[Slot.of(one) for one in found]))


@blueprint.get("/<region:str>/api/windows", ctx_permission="public", ctx_summary="服务窗口", ctx_query=InDistrict, ctx_answers=Windows)
async def directory(request: Request) -> HTTPResponse:
    found = await windows.directory(region(request), now(request), query(request, InDistrict).district)
    return answer(Windows(items=[Window.of(region(request), one) for one in found]))
