"""The catalogue as city staff keep it: categories and services made, edited, put on the shelf and taken off, bound to windows.

What the profile filled in and what was made here are the same rows; loading the profile again adds what is missing and changes none of them.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from config.errors import Invalid, NotPermitted
from config.vocabulary import OrganisationKind, Permission
from models.catalogue import Category, Service
from models.database import execute, new_id, row, transaction
from models.organisation import Organisation
from services import catalogue, changes, live
from services.actors import Actor
from services.changes import Rows
from services.regions import Region
from services.verbs import verb

MANAGE = Permission.MANAGE_CATALOGUE
SLOTS = ("slot_minutes", "slot_capacity", "slot_days_ahead")
OF_THOSE = "请从给出的选项中选择。"


async def category(region: Region, id: UUID) -> Category:
    """Raises ``NotFound``."""
    return await Category.find(region.code, id)


@verb
async def add_category(region: Region, actor: Actor, given: Mapping[str, Any], now: datetime) -> Category:
    """A new category, empty, behind the others unless ``given["position"]`` says where. Raises :class:`Invalid`, :class:`NotPermitted`."""
    _require(region, actor)
    await _check_category(region, None, given)
    id = new_id()
    async with changes.keeping(actor, "category.add", "category", id, MANAGE, now, Rows("category", {"id": id}), detail={"name": given["name"]}):
        made = await Category.create(region=region.code, id=id, code=f"category_{id.hex[-12:]}", **await _placed(region, "category", given))
    await _announce(region, id)
    return made


@verb
async def edit_category(region: Region, actor: Actor, id: UUID, seen: int, given: Mapping[str, Any], now: datetime) -> Category:
    """Rename, move, or withdraw (``state``) a category in which nothing is offered any more. Raises :class:`Invalid`, ``EditedMeanwhile``."""
    _require(region, actor)
    await category(region, id)
    await _check_category(region, id, given)
    await catalogue.edit(region, actor, Category, id, seen, await _placed(region, "category", given), MANAGE, now)
    await _announce(region, id)
    return await category(region, id)


async def _check_category(region: Region, id: UUID | None, given: Mapping[str, Any]) -> None:
    wrong: dict[str, str] = {}
    if await Category.of(region.code, name=given["name"]).exclude(id=id or new_id()).exists():
        wrong["name"] = "已经有一个类别叫这个名字。"
    offered = await Service.of(region.code, category_id=id, state="active").count() if id and given.get("state") == "withdrawn" else 0
    if offered:
        wrong["state"] = f"这一类还有 {offered} 项上架的服务，请先把它们下架，或改到别的类别。"
    if wrong:
        raise Invalid(wrong)


@verb
async def add_service(region: Region, actor: Actor, given: Mapping[str, Any], windows: Sequence[UUID], now: datetime) -> Service:
    """A new entry; ``windows``: who does it, none is all of them. Raises :class:`Invalid` with every mistake at once, :class:`NotPermitted`."""
    _require(region, actor)
    await _check_service(region, None, given, windows)
    id = new_id()
    async with changes.keeping(actor, "service.add", "service", id, MANAGE, now, Rows("service", {"id": id}),
                               Rows("service_window", {"service_id": id}), detail={"name": given["name"]}):
        made = await Service.create(region=region.code, id=id, code=f"service_{id.hex[-12:]}", every_window=not windows,
                                    **await _placed(region, "service", given))
        await _bind(region, id, windows)
    await _announce(region, id)
    return made


@verb
async def keep_service(region: Region, actor: Actor, id: UUID, seen: int, given: Mapping[str, Any], windows: Sequence[UUID],
                       now: datetime) -> Service:
    """Edit an entry, any column but its code, and the windows that do it, both or neither. Raises as :func:`add_service`,
    and ``EditedMeanwhile``."""
    _require(region, actor)
    before = await catalogue.one(region, id)
    await _check_service(region, id, given, windows)
    async with transaction():
        await catalogue.edit(region, actor, Service, id, seen, await _placed(region, "service", given), MANAGE, now)
        if set(windows) != set(await catalogue.chosen_windows(region, before)):
            await _choose_windows(region, actor, id, windows, now)
    await _announce(region, id)
    return await catalogue.one(region, id)


async def _check_service(region: Region, id: UUID | None, given: Mapping[str, Any], windows: Sequence[UUID]) -> None:
    """Raises :class:`Invalid`: a name that another has, a category that is not there or off the shelf, half a slot, what is unknown here."""
    wrong: dict[str, str] = {}
    if await Service.of(region.code, name=given["name"]).exclude(id=id or new_id()).exists():
        wrong["name"] = "已经有一项服务叫这个名字，持卡人会分不清。"
    shelf = await Category.of(region.code, id=given["category_id"]).first()
    if shelf is None:
        wrong["category_id"] = OF_THOSE
    elif shelf.state != "active" and given["state"] == "active":
        wrong["category_id"] = f"“{shelf.name}”这一类已下架，放在里面的服务没有人看得到。请选别的类别，或先把这一类重新上架。"
    if len({given.get(name) is None for name in SLOTS}) != 1:
        wrong["slot_minutes"] = "时段的分钟数、人数和提前天数要么都填，要么都不填。"
    if set(given["levels"]) - {level.code for level in region.profile.card.levels}:
        wrong["levels"] = OF_THOSE
    if given["used_at"] not in {"", *(one.code for one in region.profile.venue_categories)}:
        wrong["used_at"] = OF_THOSE
    if len(windows) != await Organisation.of(region.code, id__in=list(windows), kind=OrganisationKind.WINDOW, state="active").count():
        wrong["windows"] = OF_THOSE
    if wrong:
        raise Invalid(wrong)


async def _choose_windows(region: Region, actor: Actor, id: UUID, windows: Sequence[UUID], now: datetime) -> None:
    async with changes.keeping(actor, "service.windows", "service", id, MANAGE, now, Rows("service", {"id": id}),
                               Rows("service_window", {"service_id": id}), detail={"windows": [str(window) for window in windows]}):
        await Service.filter(region=region.code, id=id).update(every_window=not windows)
        await execute("DELETE FROM service_window WHERE region = $1 AND service_id = $2", region.code, id)
        await _bind(region, id, windows)


async def _bind(region: Region, id: UUID, windows: Sequence[UUID]) -> None:
    await execute("INSERT INTO service_window (region, service_id, organisation_id) SELECT $1, $2, w FROM unnest($3::uuid[]) w",
                  region.code, id, list(windows))


#: Behind the last one: of a service's own category.
_LAST = {
    "category": "SELECT coalesce(max(position) + 1, 0) AS next FROM category WHERE region = $1 AND $2::uuid IS NULL",
    "service": "SELECT coalesce(max(position) + 1, 0) AS next FROM service WHERE region = $1 AND category_id = $2",
}


async def _placed(region: Region, table: str, given: Mapping[str, Any]) -> dict[str, Any]:
    if given.get("position") is not None:
        return dict(given)
    last = await row(_LAST[table], region.code, given.get("category_id"))
    return {**given, "position": last["next"] if last else 0}


async def _announce(region: Region, id: UUID) -> None:
    await live.publish(region.code, "catalogue", event="catalogue", data={"id": str(id)})


def _require(region: Region, actor: Actor) -> None:
    if not actor.may(MANAGE, region.profile):
        raise NotPermitted
