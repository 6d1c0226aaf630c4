"""Bookings 预约服务 (WH-50..53): a holder of an active card asks a window for a service; the rest is the case engine."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from config.errors import Invalid, NotFound
from config.forms import FormField
from config.routes import Matter
from config.vocabulary import Action, FieldType
from models.card import Card
from models.case import Case
from models.catalogue import Service, Slot
from models.database import row, transaction
from services import dossiers, files
from services.actors import Actor
from services.applications.saving import draft_of
from services.cards import CardRefused, require_active
from services.cases import effects, engine
from services.cases.engine import Outcome
from services.cases.forms import as_id, check_organisations, clean
from services.catalogue import windows_for
from services.regions import Region, at
from services.slots import available
from services.verbs import verb
from services.windows import Window, directory

MATTER = "booking"


def form_of(matter: Matter, service: Service) -> tuple[FormField, ...]:
    """The booking form as this service needs it: the slot is asked for where the service declares slots, and only there."""
    return tuple(field.model_copy(update={"required": True}) if field.type is FieldType.SLOT else field
                 for field in matter.form if field.type is not FieldType.SLOT or service.has_slots)


@dataclass(frozen=True)
class Draft:
    """A booking that could be submitted as it stands. ``form``: in kept types."""

    service: Service
    card: Card
    matter: Matter
    form: dict[str, Any]

    @property
    def slot_id(self) -> UUID | None:
        return UUID(self.form["slot"]) if "slot" in self.form else None


#: Account and card are locked, the account first as everywhere, so that a suspension comes before or after what follows, never between;
#: who waited for one reads the card as it left it (a row that is only joined would be read as of before the wait).
_OPEN = """
SELECT s AS service, c AS card, a.state AS account_state, o.id AS window, o.kind AS window_kind
FROM service s JOIN account a ON a.region = s.region AND a.id = $3 JOIN card c ON c.region = a.region AND c.holder_id = a.id AND c.state <> 'ended'
LEFT JOIN organisation o ON o.region = s.region AND o.id = $4 AND o.state = 'active'
WHERE s.region = $1 AND s.id = $2 FOR NO KEY UPDATE OF a, c
"""


@dataclass(frozen=True)
class Opened:
    """What somebody may book, with the card that opens it. ``windows``: active organisations that were read along, id → kind."""

    service: Service
    card: Card
    windows: Mapping[UUID, str]


async def open_to(region: Region, actor: Actor, service_id: UUID, now: datetime, window: UUID | None = None) -> Opened:
    """The service, when the actor may book it now; her account and card stay locked until the transaction ends.

    Raises :class:`NotFound`, ``CardRefused`` (no active card, or of another level).
    """
    found = await row(_OPEN, region.code, service_id, actor.account_id, window)
    service = Service.read(found["service"]) if found else await Service.find(region.code, service_id)
    if service.state != "active" or not service.bookable:
        raise NotFound
    card = require_active(region, found["account_state"], Card.read(found["card"]), now) if found else require_active(region, "active", None, now)
    if service.levels and card.level not in service.levels:
        levels = "、".join(region.profile.level_name(level) for level in service.levels)
        raise CardRefused(f"这项服务面向{levels}持卡人，您的卡等级不含此项服务。", context={"reason": "level_not_entitled", "phone": region.phone})
    return Opened(service, card, {found["window"]: found["window_kind"]} if found and found["window"] else {})


async def draft(region: Region, actor: Actor, service_id: UUID, given: Mapping[str, Any], now: datetime) -> Draft:
    """Check a booking without submitting it: what stands in the summary. Raises what :func:`request` raises but ``TooManyOpen`` and ``SlotFull``."""
    matter = region.matter(MATTER)
    opened = await open_to(region, actor, service_id, now, as_id(given.get("window")))
    form = await _checked(region, matter, opened.service, given, now, known=opened.windows)
    if dossiers.files_named(matter.form, form):
        began = await draft_of(region, actor, matter.code, None)
        await dossiers.check_files(region, matter.form, form, began.id if began else None)
    return Draft(opened.service, opened.card, matter, form)


@verb
async def request(region: Region, actor: Actor, service_id: UUID, given: Mapping[str, Any], now: datetime) -> Outcome:
    """Submit a booking (WH-51).

    Raises :class:`NotFound` (no such service), :class:`Invalid`, ``CardRefused``, ``TooManyOpen``, ``SlotFull``.
    """
    async with transaction():
        asked = await draft(region, actor, service_id, given, now)
        if asked.slot_id is not None:
            await effects.take_slot(region.code, asked.slot_id)
        outcome = await engine.start(region, actor, asked.matter, asked.form, subject=asked.service.name, service_id=service_id,
                                     slot_id=asked.slot_id, now=now)
        await _take_along(region, actor, asked, outcome.case.id)
    await engine.announce(region, outcome)
    return outcome


async def _take_along(region: Region, actor: Actor, asked: Draft, case_id: UUID) -> None:
    """The files that the form names become the case's; what another booking was begun with stays where it is."""
    named = dossiers.files_named(asked.matter.form, asked.form)
    began = await draft_of(region, actor, asked.matter.code, None) if named else None
    if began is not None:
        await files.hand_over(region, files.Subject.DRAFT, began.id, files.Subject.CASE, case_id, only=named)


@dataclass(frozen=True)
class Choices:
    """What can be chosen for a booking. ``elsewhere``: the district has no window for this service, so all that do it are offered."""

    windows: list[Window]
    slots: list[Slot]
    elsewhere: bool = False


async def choices(region: Region, service: Service, district: str | None, window: UUID | None, now: datetime) -> Choices:
    """The windows that do the service in a district, with hours; and the slots that are free at the chosen window, soonest first."""
    near = await windows_for(region, service, district)
    offered = near or await windows_for(region, service)
    ids = {one.id for one in offered}
    known = [one for one in await directory(region, now) if one.organisation.id in ids]
    slots = await available(region.code, service.id, window, now) if service.has_slots and window in ids else []
    return Choices(known, slots, elsewhere=not near)


@dataclass(frozen=True)
class Position:
    """Where a window is: GCJ-02 degrees, as the profile keeps them."""

    window: UUID
    name: str
    district: str
    latitude: float
    longitude: float


async def positions(region: Region, service: Service) -> list[Position]:
    """Of the windows that do the service and are on the map: by these a phone finds the nearest one by itself, and tells nobody where it is."""
    return [Position(one.id, one.name, one.district or "", one.latitude, one.longitude) for one in await windows_for(region, service)
            if one.latitude is not None and one.longitude is not None]


@verb
async def resubmit(region: Region, actor: Actor, case_id: UUID, seen: int, given: Mapping[str, Any], now: datetime) -> Outcome:
    """Answer a return: the corrected form goes back to whoever asked for it (WH-61)."""
    case = await own_case(region, actor, case_id)
    kept = await at(region.code, case.profile_version)
    service = await service_of(region, case)
    matter = kept.matter(case.matter)
    form = await _checked(region, matter, service, given, now, held=case.slot_id)
    await dossiers.check_files(region, matter.form, form, case.id)
    wanted = UUID(form["slot"]) if "slot" in form else None
    return await engine.act(region, actor, case_id, engine.Request(Action.RESUBMIT, seen, form=form, slot_id=wanted), now)


@verb
async def supplement(region: Region, actor: Actor, case_id: UUID, seen: int, words: str, now: datetime) -> Outcome:
    """Add something to an open booking without being asked. Raises :class:`Invalid` when there is nothing in it."""
    if not words.strip():
        raise Invalid({"opinion": "请写明要补充的内容。"})
    return await engine.act(region, actor, case_id, engine.Request(Action.SUPPLEMENT, seen, opinion=words), now)


@verb
async def withdraw(region: Region, actor: Actor, case_id: UUID, seen: int, reason: str, now: datetime) -> Outcome:
    return await engine.act(region, actor, case_id, engine.Request(Action.WITHDRAW, seen, opinion=reason), now)


async def service_of(region: Region, case: Case) -> Service:
    """The service that was booked, open or not. Raises :class:`NotFound` for a case that is no booking."""
    if case.service_id is None:
        raise NotFound
    return await Service.find(region.code, case.service_id)


async def own_case(region: Region, actor: Actor, case_id: UUID) -> Case:
    """A case of the actor's own. Raises :class:`NotFound`."""
    case = await Case.find(region.code, case_id)
    if case.applicant_id != actor.account_id:
        raise NotFound
    return case


async def _checked(region: Region, matter: Matter, service: Service, given: Mapping[str, Any], now: datetime,
                   held: UUID | None = None, known: Mapping[UUID, str] | None = None) -> dict[str, Any]:
    """The form in kept types, its window one that serves this service, its slot one of that window in the future."""
    form = clean(region.profile, form_of(matter, service), given)
    await check_organisations(region.code, matter.form, form, known or {})
    if not await serves(region.code, service, UUID(form["window"])):
        raise Invalid({"window": "这个窗口不办理此项服务，请换一个窗口。"})
    if "slot" in form and UUID(form["slot"]) != held:
        slot = await Slot.of(region.code, id=UUID(form["slot"])).first()
        if slot is None or slot.service_id != service.id or str(slot.organisation_id) != form["window"] or slot.starts_at <= now:
            raise Invalid({"slot": "这个时段不属于所选窗口，或已经开始，请重新选择。"})
    return form


async def serves(region: str, service: Service, window: UUID) -> bool:
    if service.every_window:
        return True
    found = await row("SELECT 1 FROM service_window WHERE region = $1 AND service_id = $2 AND organisation_id = $3", region, service.id, window)
    return found is not None
