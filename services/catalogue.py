"""The green-channel catalogue (WH-50): categories, services, and the windows that serve them. Its editing is in ``services/catalogue_keeping.py``."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from config.errors import Conflict, NotFound, NotPermitted
from config.vocabulary import OrganisationKind, Permission
from models.base import RegionRow
from models.catalogue import Category, Service
from models.database import rows
from models.organisation import Organisation
from services import changes as changes_kept
from services.actors import Actor
from services.regions import Region

#: So many words of a search count.
MOST_WORDS = 8


@dataclass(frozen=True)
class Shelf:
    """A category with its services, in the order of the catalogue."""

    category: Category
    services: list[Service]


async def shelves(region: Region, words: str = "") -> list[Shelf]:
    """The whole catalogue that people see; with ``words`` only services in which each of them stands somewhere, in any order: in the name, the
    category's, the guide, the materials, for whom. A catalogue is some dozens of rows, read whole: no index would be quicker."""
    services = await Service.of(region.code, state="active").order_by("position", "code")
    categories = await Category.of(region.code, state="active").order_by("position", "code")
    sought, names = _folded(words).split()[:MOST_WORDS], {category.id: category.name for category in categories}
    wanted = [service for service in services if all(word in _said(service, names.get(service.category_id, "")) for word in sought)]
    filled = [Shelf(category, [service for service in wanted if service.category_id == category.id]) for category in categories]
    return [shelf for shelf in filled if shelf.services]


def _said(service: Service, category: str) -> str:
    return _folded("\n".join((service.name, category, service.summary, service.for_whom, service.guide, *service.materials)))


def _folded(text: str) -> str:
    """Full-width letters and spaces as plain ones, capitals as small ones."""
    return unicodedata.normalize("NFKC", text).casefold()


async def every(region: Region) -> list[Shelf]:
    """The catalogue as staff keep it: withdrawn services and empty categories too."""
    services = await Service.of(region.code).order_by("position", "code")
    categories = await Category.of(region.code).order_by("position", "code")
    return [Shelf(category, [service for service in services if service.category_id == category.id]) for category in categories]


async def names(region: Region) -> dict[str, str]:
    """What its categories are called, by their ids as text."""
    return {str(one.id): one.name for one in await Category.of(region.code)}


async def chosen_windows(region: Region, service: Service) -> list[UUID]:
    """The windows that the service is bound to; none when every window does it."""
    found = await rows("SELECT organisation_id FROM service_window WHERE region = $1 AND service_id = $2", region.code, service.id)
    return [] if service.every_window else [one["organisation_id"] for one in found]


async def entry(region: Region, service_id: UUID) -> Service:
    """An entry of the catalogue that people see. Raises :class:`NotFound`."""
    service = await Service.find(region.code, service_id)
    if service.state != "active":
        raise NotFound
    return service


async def windows_for(region: Region, service: Service, district: str | None = None) -> list[Organisation]:
    """The windows that do this service, those of a district first asked for alone."""
    found = await rows(
        "SELECT id FROM organisation o WHERE region = $1 AND kind = $2 AND state = 'active' AND ($3::text IS NULL OR district = $3) "
        "AND ($4 OR EXISTS (SELECT 1 FROM service_window w WHERE w.region = o.region AND w.service_id = $5 AND w.organisation_id = o.id))",
        region.code, OrganisationKind.WINDOW.value, district, service.every_window, service.id)
    return await Organisation.of(region.code, id__in=[one["id"] for one in found]).order_by("code")


class EditedMeanwhile(Conflict):
    """这条内容刚刚被其他人修改过，您填写的内容没有丢失，请核对最新内容后再保存。"""

    code = "edited_meanwhile"


async def edit(region: Region, actor: Actor, model: type[RegionRow], id: UUID, seen: int, changes: Mapping[str, Any], permission: Permission,
               now: datetime) -> None:
    """Change columns of one row of content, when nobody has since ``seen``; it stands in the audit and can be taken back (``services.changes``).

    The one way in which staff edit content: services, windows, venues, benefits. ``changes`` comes from a validated body.
    Raises :class:`NotPermitted`, :class:`EditedMeanwhile`, ``NotFound``.
    """
    if not actor.may(permission, region.profile):
        raise NotPermitted
    before = await model.find(region.code, id)
    old = {name: getattr(before, name) for name in changes if getattr(before, name) != changes[name]}
    if not old:
        return
    table, fresh = model._meta.db_table, {name: changes[name] for name in old}
    async with changes_kept.keeping(actor, "content.edit", table, id, permission, now, changes_kept.Rows(table, {"id": id}),
                                    detail={"before": old, "after": fresh}):
        if not await model.filter(region=region.code, id=id, version=seen).update(**fresh, version=seen + 1):
            raise EditedMeanwhile


async def one(region: Region, id: UUID) -> Service:
    """Raises ``NotFound``."""
    return await Service.find(region.code, id)
