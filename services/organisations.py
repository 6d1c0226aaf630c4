"""Organisations 机构: as lists to choose from and names to show, and the tree of offices as a region's administrator keeps it.

Units are organisations too, and thousands; they come in by registration and stand on pages of their own (``services.registration``).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from config.errors import Conflict, Invalid, NotFound, NotPermitted
from config.vocabulary import OrganisationKind, Permission
from models.database import execute, new_id, row, rows
from models.organisation import Organisation
from services import changes
from services.actors import Actor
from services.catalogue import edit
from services.changes import Rows
from services.regions import Region, minutes
from services.verbs import verb
from services.windows import Hours, write_hours

MANAGE = Permission.MANAGE_ACCOUNTS
#: What may be made here; units register.
KINDS = tuple(kind for kind in OrganisationKind if kind is not OrganisationKind.UNIT)


async def every(region: Region) -> list[Organisation]:
    """All offices that are active, in the order of the tree's file. Units are thousands: they are searched for (``registration.units``)."""
    return await Organisation.of(region.code, state="active").exclude(kind=OrganisationKind.UNIT).order_by("kind", "code")


async def names(region: Region) -> dict[UUID, str]:
    """Also of those that are closed: history keeps their names."""
    return {one.id: one.name for one in await Organisation.of(region.code)}


async def named(region: Region, ids: Iterable[UUID | str]) -> dict[str, str]:
    """The names of those that there are among these ids, as text."""
    found = await rows("SELECT id, name FROM organisation WHERE region = $1 AND id = ANY($2::uuid[])", region.code, [str(id) for id in ids])
    return {str(one["id"]): one["name"] for one in found}


async def name_of(region: Region, id: UUID) -> str:
    """Empty for one that is not there."""
    found = await Organisation.of(region.code, id=id).first()
    return found.name if found else ""


@dataclass(frozen=True)
class Node:
    """One line of the tree. ``people``: who has a role in it now; ``hit``: whether it is what was looked for, or only leads there."""

    organisation: Organisation
    depth: int
    people: int
    hit: bool = True


_PEOPLE = """
SELECT g.organisation_id AS id, count(DISTINCT g.account_id) AS people FROM role_grant g
JOIN account a ON (a.region, a.id) = (g.region, g.account_id) AND a.kind = 'staff' AND a.state = 'active'
WHERE g.region = $1 AND g.ended_at IS NULL GROUP BY g.organisation_id
"""


async def tree(region: Region, actor: Actor, words: str = "", *, closed: bool = False) -> list[Node]:
    """The offices, each below the one that it belongs to; with ``words`` those that have them in name, contact, telephone or titles, and what leads
    there. ``closed``: the closed ones too. Raises :class:`NotPermitted`."""
    _require(region, actor)
    found = await Organisation.of(region.code).exclude(kind=OrganisationKind.UNIT).order_by("kind", "name", "code")
    shown = [one for one in found if closed or one.state == "active"]
    people = {one["id"]: one["people"] for one in await rows(_PEOPLE, region.code)}
    hits = {one.id for one in shown if words.strip() in " ".join((one.name, one.contact, one.phone, *one.in_charge_of))}
    wanted = _with_those_above(shown, hits)
    below: dict[UUID | None, list[Organisation]] = {}
    ids = {one.id for one in shown}
    for one in shown:
        below.setdefault(one.parent_id if one.parent_id in ids else None, []).append(one)
    return [Node(one, depth, people.get(one.id, 0), one.id in hits) for one, depth in _downward(below, None, 0) if one.id in wanted]


def _with_those_above(shown: Sequence[Organisation], hits: set[UUID]) -> set[UUID]:
    above = {one.id: one.parent_id for one in shown}
    wanted: set[UUID] = set()
    for id in hits:
        place: UUID | None = id
        while place is not None and place not in wanted:
            wanted.add(place)
            place = above.get(place)
    return wanted


def _downward(below: Mapping[UUID | None, Sequence[Organisation]], place: UUID | None, depth: int) -> Iterator[tuple[Organisation, int]]:
    for one in below.get(place, ()):
        yield one, depth
        yield from _downward(below, one.id, depth + 1)


@dataclass(frozen=True)
class Hanging:
    """What hangs on an organisation: told before it is closed. The first three bar the way, the others stay behind without it."""

    below: tuple[str, ...]
    open_cases: int
    steps: tuple[str, ...]
    people: int
    services: int
    venues: tuple[str, ...]
    titles: tuple[str, ...]

    @property
    def bars(self) -> bool:
        return bool(self.below or self.open_cases or self.steps)


_HANGING = """
SELECT (SELECT array_agg(name ORDER BY name) FROM organisation WHERE region = $1 AND parent_id = $2 AND state = 'active') AS below,
       (SELECT count(*) FROM cases WHERE region = $1 AND handler_org = $2 AND closed_at IS NULL) AS open_cases,
       (SELECT count(DISTINCT account_id) FROM role_grant WHERE region = $1 AND organisation_id = $2 AND ended_at IS NULL) AS people,
       (SELECT count(*) FROM service_window WHERE region = $1 AND organisation_id = $2) AS services,
       (SELECT array_agg(name ORDER BY name) FROM venue WHERE region = $1 AND operator_id = $2 AND state = 'open') AS venues
"""


async def hanging(region: Region, organisation: Organisation) -> Hanging:
    found = await row(_HANGING, region.code, organisation.id)
    assert found is not None
    return Hanging(tuple(found["below"] or ()), found["open_cases"], tuple(_steps_of(region, organisation.code)), found["people"],
                   found["services"], tuple(found["venues"] or ()), tuple(organisation.in_charge_of))


def _steps_of(region: Region, code: str) -> Iterator[str]:
    """Steps whose route names this very office: without it their cases would find no handler."""
    for matter in region.profile.matters.values():
        for step in matter.route:
            picks = [handler.organisation for handler in step.handler if handler.organisation is not None]
            if any(code in (pick.code, pick.otherwise) for pick in picks):
                yield f"{matter.name} · {step.name}"


async def office(region: Region, actor: Actor, id: UUID) -> Organisation:
    """One of the offices, closed ones too. Raises :class:`NotFound` for a unit, :class:`NotPermitted`."""
    _require(region, actor)
    found = await Organisation.find(region.code, id)
    if found.kind is OrganisationKind.UNIT:
        raise NotFound
    return found


class StillNeeded(Conflict):
    """还有事情要靠这个机构办理，不能撤销。请先处理下面列出的事项。"""

    code = "organisation_needed"


@verb
async def add(region: Region, actor: Actor, kind: OrganisationKind, given: Mapping[str, Any], now: datetime) -> Organisation:
    """A new office below ``given["parent_id"]``; a window keeps the region's office hours until it says others. Raises :class:`Invalid`."""
    _require(region, actor)
    await _check(region, None, kind, given)
    id = new_id()
    async with changes.keeping(actor, "organisation.add", "organisation", id, MANAGE, now, Rows("organisation", {"id": id}),
                               Rows("opening", {"organisation_id": id}), detail={"name": given["name"]}):
        made = await Organisation.create(region=region.code, id=id, code=f"office_{id.hex[-12:]}", kind=kind, **given)
        if kind is OrganisationKind.WINDOW:
            await write_hours(region, {"organisation_id": id}, [Hours(day, minutes(span.opens), minutes(span.closes))
                                                               for day in range(1, 6) for span in region.profile.calendar.hours])
    return made


@verb
async def change(region: Region, actor: Actor, id: UUID, seen: int, given: Mapping[str, Any], now: datetime) -> Organisation:
    """Rename, move, and edit what people read of an office. Raises :class:`Invalid`, ``EditedMeanwhile``."""
    before = await office(region, actor, id)
    await _check(region, id, before.kind, given)
    await edit(region, actor, Organisation, id, seen, given, MANAGE, now)
    return await Organisation.find(region.code, id)


@verb
async def close(region: Region, actor: Actor, id: UUID, now: datetime) -> None:
    """Take an office out of service: nothing goes there any more, and roles in it rest. Raises :class:`StillNeeded`."""
    found = await office(region, actor, id)
    async with changes.keeping(actor, "organisation.close", "organisation", id, MANAGE, now, Rows("organisation", {"id": id}),
                               detail={"name": found.name}):
        if (await hanging(region, found)).bars:
            raise StillNeeded
        await execute("UPDATE organisation SET state = 'closed', version = version + 1 WHERE region = $1 AND id = $2", region.code, id)


@verb
async def reopen(region: Region, actor: Actor, id: UUID, now: datetime) -> None:
    """Put a closed office back, with the roles that rested. Raises :class:`Invalid` where another has its name, or what is above it is closed."""
    found = await office(region, actor, id)
    await _check(region, id, found.kind, {"name": found.name, "parent_id": found.parent_id})
    async with changes.keeping(actor, "organisation.reopen", "organisation", id, MANAGE, now, Rows("organisation", {"id": id}),
                               detail={"name": found.name}):
        await execute("UPDATE organisation SET state = 'active', version = version + 1 WHERE region = $1 AND id = $2", region.code, id)


def _require(region: Region, actor: Actor) -> None:
    if not actor.may(MANAGE, region.profile):
        raise NotPermitted


_ABOVE = """
WITH RECURSIVE up AS (
    SELECT id, parent_id, 1 AS high FROM organisation WHERE region = $1 AND id = $2
    UNION ALL SELECT o.id, o.parent_id, up.high + 1 FROM organisation o JOIN up ON o.region = $1 AND o.id = up.parent_id WHERE up.high < 50)
SELECT 1 FROM up WHERE id = $3
"""


async def _check(region: Region, id: UUID | None, kind: OrganisationKind, given: Mapping[str, Any]) -> None:
    """Raises :class:`Invalid` beside the field: a name that another has, a place below itself, a title or a district that others have or nobody."""
    wrong: dict[str, str] = {}
    others = await Organisation.of(region.code, state="active").exclude(kind=OrganisationKind.UNIT)
    others = [one for one in others if one.id != id]
    if given["name"] in {one.name for one in others}:
        wrong["name"] = "已经有一个机构叫这个名字，请核对。"
    above = given.get("parent_id")
    if above is not None and (above not in {one.id for one in others} or (id is not None and await row(_ABOVE, region.code, above, id))):
        wrong["parent"] = "请选择一个上级机构；不能放在它自己或它的下级下面。"
    district = given.get("district")
    if district and district not in {one.code for one in region.profile.districts}:
        wrong["district"] = "请从给出的选项中选择。"
    if kind is OrganisationKind.WINDOW and "district" in given and not district:
        wrong["district"] = "服务窗口要选所属区县，手机上按区县列出窗口。"
    taken = {title: one.name for one in others for title in one.in_charge_of}
    if doubled := [f"“{title}”已由{taken[title]}主管" for title in given.get("in_charge_of", ()) if title in taken]:
        wrong["in_charge_of"] = "；".join(doubled) + "，一个称号只能有一个主管部门。"
    if wrong:
        raise Invalid(wrong)
