"""Venues 服务场所 and their boards 引导图: issue, revoke, replace; the venue's own link; what each level may use (WH-55)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from config.errors import Conflict, Invalid, NotFound, NotPermitted
from config.keys import keys
from config.vocabulary import OrganisationKind, Permission
from models.database import execute, new_id, row, transaction
from models.organisation import ClosedDay, Opening, Organisation
from models.venue import Benefit, Board, Venue
from qr import board_code, venue_link
from services import audit, changes
from services.actors import Actor
from services.catalogue import EditedMeanwhile, edit
from services.regions import Region
from services.verbs import verb
from services.windows import hours_in_words, in_order, open_at, read_hours, write_hours

if TYPE_CHECKING:
    from qr.poster import PosterContent


@dataclass(frozen=True)
class VenueView:
    """A venue with its hours in words and whether it is open now."""

    venue: Venue
    category: str
    hours: list[str]
    open_now: bool
    boards: list[Board]


async def every(region: Region, now: datetime) -> list[VenueView]:
    """All venues, in the order of their category and name."""
    venues = await Venue.of(region.code).order_by("category", "name")
    boards = await Board.of(region.code).order_by("-issued_at")
    openings = await Opening.of(region.code, venue_id__not_isnull=True).order_by("weekday", "opens")
    closed = {one.venue_id for one in await ClosedDay.of(region.code, venue_id__not_isnull=True, day=now.astimezone(region.profile.tz).date())}
    names = {category.code: category.name for category in region.profile.venue_categories}
    views = []
    for venue in venues:
        own = [one for one in openings if one.venue_id == venue.id]
        is_open = venue.state == "open" and venue.id not in closed and open_at(own, now.astimezone(region.profile.tz))
        views.append(VenueView(venue, names.get(venue.category, venue.category), hours_in_words(own), is_open,
                               [board for board in boards if board.venue_id == venue.id]))
    return views


async def one(region: Region, venue_id: UUID, now: datetime) -> VenueView:
    """Raises :class:`NotFound`."""
    await Venue.find(region.code, venue_id)
    return next(view for view in await every(region, now) if view.venue.id == venue_id)


def require_manager(actor: Actor, region: Region) -> None:
    """Raises :class:`NotPermitted` unless the actor keeps this region's venues."""
    if not actor.may(Permission.MANAGE_VENUES, region.profile):
        raise NotPermitted


@verb
async def issue_board(region: Region, actor: Actor, venue_id: UUID, place: str, now: datetime) -> Board:
    """Make a new board for a venue, e.g. for its second entrance."""
    require_manager(actor, region)
    venue = await Venue.find(region.code, venue_id)
    if len(place.strip()) > 40:
        raise Invalid({"place": "位置最多 40 字。"})
    async with transaction():
        return await _new_board(region, actor, venue, place.strip(), now)


async def _new_board(region: Region, actor: Actor, venue: Venue, place: str, now: datetime) -> Board:
    """The serial comes from the database's sequence, so the row is inserted by hand and read back."""
    id = new_id()
    await execute("INSERT INTO board (region, id, venue_id, place, issued_at, issued_by) VALUES ($1, $2, $3, $4, $5, $6)",
                  region.code, id, venue.id, place, now, actor.account_id)
    await audit.record(actor, "board.issue", "board", id, {"venue": venue.name, "place": place}, now)
    return await Board.find(region.code, id)


class BoardRevoked(Conflict):
    """这块引导图已经停用，请为场所制作新的引导图。"""

    code = "board_revoked"


@verb
async def revoke_board(region: Region, actor: Actor, board_id: UUID, reason: str, now: datetime, *, replace: bool = False) -> Board | None:
    """Refuse every scan of a board from now on; with ``replace`` a new one takes its place at once, and is given back."""
    require_manager(actor, region)
    if not 2 <= len(reason.strip()) <= 100:
        raise Invalid({"reason": "请写明停用原因（2 到 100 字）。"})
    board = await Board.find(region.code, board_id)
    venue = await Venue.find(region.code, board.venue_id)
    async with transaction():
        if not await execute("UPDATE board SET revoked_at = $3, revoked_by = $4, reason = $5 WHERE region = $1 AND id = $2 AND revoked_at IS NULL",
                             region.code, board_id, now, actor.account_id, reason.strip()):
            raise BoardRevoked
        said = {"venue": venue.name, "place": board.place, "reason": reason.strip()}
        await audit.record(actor, "board.revoke", "board", board_id, said, now)
        return await _new_board(region, actor, venue, board.place, now) if replace else None


async def poster_of(region: Region, board_id: UUID, public_url: str, now: datetime) -> "PosterContent":
    """What the guide board says. Raises :class:`NotFound`, :class:`BoardRevoked`."""
    from qr.poster import PosterContent  # loads the typesetter, which most processes never need

    board = await Board.find(region.code, board_id)
    if board.revoked_at is not None:
        raise BoardRevoked
    view = await one(region, board.venue_id, now)
    levels = {benefit.level for benefit in await Benefit.of(region.code, category=view.venue.category) if benefit.yearly != 0}
    return PosterContent(
        scheme=region.scheme, card=region.profile.card.name, levels=tuple(level.name for level in region.profile.card.levels if level.code in levels),
        venue=f"{view.venue.name}{f'（{board.place}）' if board.place else ''}", address=view.venue.address, hours=tuple(view.hours),
        help_phone=view.venue.phone or region.phone, number=f"{board.serial:05d}", issued=board.issued_at.astimezone(region.profile.tz).date(),
        url=board_url(region.code, board, public_url))


def board_url(region: str, board: Board, public_url: str) -> str:
    """What the board's QR code says."""
    return board_code.url(public_url, region, board_code.encode(region, board.serial, keys()))


def link_of(region: str, venue: Venue, public_url: str) -> str:
    """The venue's own secret address: whoever has it is the attendant, without an account."""
    return f"{public_url}/{region}/at/{venue_link.encode(keys(), region, venue.serial, venue.link_version)}"


async def by_link(region: Region, text: str) -> Venue:
    """The venue of a link. Raises ``VenueLinkInvalid``; a link that was renewed is :class:`NotFound`."""
    serial, version = venue_link.decode(keys(), region.code, text)
    venue = await Venue.of(region.code, serial=serial, link_version=version).first()
    if venue is None:
        raise NotFound("这个链接已更换，请向管理单位索取新的链接。")
    return venue


@verb
async def renew_link(region: Region, actor: Actor, venue_id: UUID, now: datetime) -> Venue:
    """Void the venue's link and make another."""
    require_manager(actor, region)
    async with transaction():
        await execute("UPDATE venue SET link_version = link_version + 1, version = version + 1 WHERE region = $1 AND id = $2", region.code, venue_id)
        venue = await Venue.find(region.code, venue_id)
        await audit.record(actor, "venue.renew_link", "venue", venue_id, {"venue": venue.name}, now)
    return venue


_ADD = """
INSERT INTO venue (region, id, code, name, category, operator_id, address, phone, latitude, longitude)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""


@verb
async def add(region: Region, actor: Actor, given: Mapping[str, Any], hours: Mapping[int, str], now: datetime) -> Venue:
    """A new venue, open to scans as soon as it has a board. ``hours``: weekday → as people type them (``windows.read_hours``).

    Raises :class:`NotPermitted`, :class:`Invalid` with every mistake at once.
    """
    require_manager(actor, region)
    wrong, id = await _mistakes(region, None, given), new_id()
    try:
        if not (spans := in_order(read_hours(hours))):
            wrong["day_1"] = "请至少填写一天的服务时间，不休息的场所写 00:00-24:00。"
    except Invalid as refusal:
        wrong |= refusal.fields
    if wrong:
        raise Invalid(wrong)
    async with changes.keeping(actor, "venue.add", "venue", id, Permission.MANAGE_VENUES, now, changes.Rows("venue", {"id": id}),
                               changes.Rows("opening", {"venue_id": id}), detail={"name": given["name"]}):
        await execute(_ADD, region.code, id, f"venue_{id.hex[-12:]}", *(given.get(name) for name in (
            "name", "category", "operator_id", "address", "phone", "latitude", "longitude")))
        await write_hours(region, {"venue_id": id}, spans)
    return await Venue.find(region.code, id)


async def _mistakes(region: Region, id: UUID | None, given: Mapping[str, Any]) -> dict[str, str]:
    """Field → sentence: a name that another venue has, a category or an office that is not there, half a position."""
    wrong: dict[str, str] = {}
    if "name" in given and await Venue.of(region.code, name=given["name"]).exclude(id=id or new_id()).exists():
        wrong["name"] = "已经有一处场所叫这个名字，请写得能区分开，例如加上航站楼或院区。"
    if "category" in given and given["category"] not in {category.code for category in region.profile.venue_categories}:
        wrong["category"] = "请从给出的选项中选择。"
    if (given.get("latitude") is None) != (given.get("longitude") is None):
        wrong["latitude"] = "纬度和经度要么都填，要么都不填。"
    if given.get("operator_id") and not await Organisation.of(region.code, id=given["operator_id"]).exclude(kind=OrganisationKind.UNIT).exists():
        wrong["operator_id"] = "请从给出的选项中选择。"
    return wrong


@verb
async def edit_venue(region: Region, actor: Actor, venue_id: UUID, seen: int, changes: Mapping[str, Any], now: datetime) -> Venue:
    """Edit what people read of a venue, its category and who runs it, or close (``state``) it. Raises :class:`Invalid`, ``EditedMeanwhile``."""
    require_manager(actor, region)
    if wrong := await _mistakes(region, venue_id, changes):
        raise Invalid(wrong)
    await edit(region, actor, Venue, venue_id, seen, changes, Permission.MANAGE_VENUES, now)
    return await Venue.find(region.code, venue_id)


async def benefits(region: Region) -> dict[tuple[str, str], Benefit]:
    """The matrix: (category, level) → what it gives; a pair that is missing gives nothing."""
    return {(one.category, one.level): one for one in await Benefit.of(region.code)}


@dataclass(frozen=True)
class Gives:
    """What a level may use in a category: ``yearly`` none is without limit, 0 is not at all."""

    yearly: int | None
    companions: int


def edition(matrix: Iterable[Benefit]) -> int:
    """A number that every change of a cell moves on."""
    return sum(one.version for one in matrix)


@verb
async def set_benefits(region: Region, actor: Actor, wanted: Mapping[tuple[str, str], Gives], seen: int, now: datetime) -> int:
    """Set those cells of the matrix that are to change, all or none; how many did. Raises ``EditedMeanwhile`` when it is at ``seen`` no more."""
    async with transaction():
        await execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"benefits|{region.code}")
        known = await benefits(region)
        changed = {pair: gives for pair, gives in wanted.items()
                   if pair not in known or (known[pair].yearly, known[pair].companions) != (gives.yearly, gives.companions)}
        if changed and edition(known.values()) != seen:
            raise EditedMeanwhile
        for (category, level), gives in changed.items():
            await set_benefit(region, actor, category, level, gives.yearly, gives.companions, now)
    return len(changed)


@verb
async def set_benefit(region: Region, actor: Actor, category: str, level: str, yearly: int | None, companions: int, now: datetime) -> None:
    """What a level may use in a category: ``yearly`` none is without limit, 0 is not at all."""
    require_manager(actor, region)
    if category not in {known.code for known in region.profile.venue_categories} or level not in {known.code for known in region.profile.card.levels}:
        raise NotFound
    if (yearly is not None and not 0 <= yearly <= 1000) or not 0 <= companions <= 20:
        raise Invalid({"yearly": "次数应在 0 到 1000 之间，随行人数应在 0 到 20 之间。"})
    said: dict[str, Any] = {"category": category, "level": level, "after": {"yearly": yearly, "companions": companions}}
    async with changes.keeping(actor, "benefit.edit", "benefit", None, Permission.MANAGE_VENUES, now,
                               changes.Rows("benefit", {"category": category, "level": level}), detail=said):
        said["before"] = await row("SELECT yearly, companions FROM benefit WHERE region = $1 AND category = $2 AND level = $3",
                                   region.code, category, level)
        await execute("INSERT INTO benefit (region, id, category, level, yearly, companions) VALUES ($1, $2, $3, $4, $5, $6) "
                      "ON CONFLICT (region, category, level) DO UPDATE SET yearly = EXCLUDED.yearly, companions = EXCLUDED.companions, "
                      "version = benefit.version + 1", region.code, new_id(), category, level, yearly, companions)
