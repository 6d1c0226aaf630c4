"""The user centre 用户中心 (WH-03): where everybody lands, with what waits, what is late, and the ways on."""

from collections.abc import Mapping
from dataclasses import dataclass

from sanic import Blueprint, HTTPResponse, Request

from config.vocabulary import Permission
from console import shell, shortcuts
from services import export_approvers, exports, mailbox, notices, supervision, todo, units
from services.notices import NOTICES
from services.regions import Region
from web.context import actor, now, region

#: How many announcements stand there, the pinned and the newest.
NEWS = 5
blueprint = Blueprint("desk_centre", url_prefix="/<region:str>/console")


@blueprint.get("/", ctx_permission="staff")
async def show(request: Request) -> HTTPResponse:
    here, who, moment = region(request), actor(request), now(request)
    watching, counts = who.may(Permission.SUPERVISE, here.profile), await shell.counts(request)
    return await shell.page(
        request, "centre.html", block="counts", counts=counts, waiting=waiting_lines(here, counts.by_matter),
        unit=await units.overview(here, who, moment) if who.is_of_unit else None, shortcuts=await shortcuts.of_actor(request),
        urgent=await todo.waiting(here, who, limit=5),
        approvals=await export_approvers.waiting(here, who), decided=await exports.unheard(here, who), export_labels=exports.KINDS,
        unread=await mailbox.unread(here, who), news=(await notices.published(here, who, NOTICES, moment, size=NEWS)).lines,
        late=await supervision.late_by_organisation(here, moment) if watching else [], watching=watching,
        topics=shell.office_topics(request), done=await todo.done_by(here, who, limit=5),
        acts=sum((await todo.acts_today(here, who, moment)).values()))


@dataclass(frozen=True)
class Line:
    """您有【3】个…待审核 (BZ-08). ``verb``: what is applied for is reviewed, what is booked is served."""

    matter: str
    step: str
    words: str
    count: int
    verb: str


def waiting_lines(here: Region, counted: Mapping[tuple[str, str], int]) -> list[Line]:
    """By matter and step, in the order of the profile; of a step that the profile no longer has, last."""
    order = [(matter.code, step.step) for matter in here.profile.matters.values() for step in matter.route]
    known = sorted(counted, key=lambda one: order.index(one) if one in order else len(order))
    return [Line(*one, _words(here, *one), counted[one], "待审核" if _reviewed(here, one[0]) else "待办") for one in known]


def _words(here: Region, matter: str, step: str) -> str:
    return f"{here.profile.matters[matter].name} · {here.profile.step_name(matter, step)}" if matter in here.profile.matters else step


def _reviewed(here: Region, matter: str) -> bool:
    return matter in here.profile.matters and here.profile.matters[matter].effect is not None
