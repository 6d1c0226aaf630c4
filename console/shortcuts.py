"""快捷入口 (WH-03, BZ-08): which pages stand on the user centre, and in which order. Each move is a button; script adds drag and arrow keys."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request

from console import shell
from console.shell import Entry
from services import shortcuts, units
from web import pages
from web.bodies import Body, parse
from web.context import actor, region

blueprint = Blueprint("desk_shortcuts", url_prefix="/<region:str>/console/shortcuts")

#: Pages that are worth a shortcut and stand in no menu.
BESIDE = (Entry("people/invitation", "邀请注册", "qrcode", shown=units.keeps_people), Entry("todo?due=late", "超时待办", "alarm"),
          Entry("todo?due=today", "今天到期", "hourglass"), Entry("mailbox/new", "写信", "edit", shown=lambda here, who: who.is_staff))
#: What stands there before she chose, as far as her roles open it: her work, what she looks up, what she watches over, her own account.
DEFAULT = ("todo", "unit", "people", "people/invitation", "query", "talents", "cards", "standings", "overdue", "figures", "venues", "catalogue",
           "security")


@dataclass(frozen=True)
class Shortcut:
    """``page``: its address below the desk's own."""

    page: str
    href: str
    label: str
    icon: str


@dataclass(frozen=True)
class Standing:
    """What stands on the user centre; what else could; whether she chose it."""

    there: Sequence[Shortcut]
    offered: Sequence[Shortcut]
    own: bool

    @property
    def full(self) -> bool:
        return len(self.there) >= shortcuts.MOST


async def of_actor(request: Request) -> Standing:
    """Pages that a role opened which is hers no more are not there; they come back with the role. Where none is left, those of her roles are."""
    every, chosen = await _every(request), await shortcuts.chosen(region(request), actor(request))
    there = [every[page] for page in chosen if page in every] or [every[page] for page in DEFAULT if page in every]
    return Standing(there[:shortcuts.MOST], [one for one in every.values() if one not in there[:shortcuts.MOST]], bool(chosen))


async def _every(request: Request) -> Mapping[str, Shortcut]:
    """All that may stand there: the menu but the user centre itself, and what stands beside the menu."""
    entries = [entry for _, some in await shell.open_entries(request) for entry in some if entry.path]
    approved = await units.is_approved(region(request), actor(request))
    entries += [entry for entry in BESIDE if approved and shell.may_open(actor(request), entry, region(request))]
    card = region(request).profile.card.name
    return {entry.path: Shortcut(entry.path, shell.address(request, entry.path), entry.label.format(card=card), entry.icon) for entry in entries}


@blueprint.get("/", ctx_permission="staff")
async def show(request: Request) -> HTTPResponse:
    return await _page(request)


class Arranged(Body):
    """``page``: those that stand there, in order; ``up``, ``down``, ``drop``, ``add``: what is done to one of them; ``anew``: as her roles say."""

    page: tuple[str, ...] = Field((), max_length=2 * shortcuts.MOST)
    up: str = ""
    down: str = ""
    drop: str = ""
    add: str = ""
    anew: str = ""


@blueprint.post("/", ctx_permission="staff")
async def arrange(request: Request) -> HTTPResponse:
    """The whole order comes along, so that a second click does nothing twice and needs no key."""
    every, asked = await _every(request), parse(request, Arranged)
    wanted = () if asked.anew else [page for page in moved(asked) if page in every]
    await shortcuts.choose(region(request), actor(request), wanted)
    return await _page(request) if pages.asks_for_part(request) else shell.away(request, "shortcuts", done="shortcuts_kept")


def moved(asked: Arranged) -> list[str]:
    """The order after what was asked; what is asked of a page that is not there, or leads over the edge, changes nothing."""
    order = [page for page in asked.page if page != asked.drop] + [asked.add] * bool(asked.add)
    for page, by in ((asked.up, -1), (asked.down, 1)):
        if page in order and 0 <= (place := order.index(page)) + by < len(order):
            order.insert(place + by, order.pop(place))
    return order


async def _page(request: Request) -> HTTPResponse:
    return await shell.page(request, "shortcuts.html", block="chosen", shortcuts=await of_actor(request), most=shortcuts.MOST)
