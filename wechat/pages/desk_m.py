"""The phone face of staff, lists: what waits, what I have done, the day, what is late. One hand, thirty seconds a case."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from sanic import Blueprint, HTTPResponse, Request, redirect

from config.vocabulary import Permission
from services import supervision, todo
from services.cases.deadlines import standing
from services.regions import Region
from services.todo import Counts, Waiting
from web import pages
from web.bodies import Body, page, parse, query
from web.context import actor, now, region
from web.live import MOST_TOPICS

SHOWN = 30
blueprint = Blueprint("staff_phone_lists")


class Narrowing(Body):
    """Which part of the to-do list. ``due`` and ``id``: the last line that was shown, where the next part begins."""

    step: str | None = None
    late: bool = False
    due: datetime | None = None
    id: UUID | None = None


class Words(Body):
    words: str = ""


@blueprint.get("/<region:str>/desk-m", ctx_permission="staff")
async def waiting(request: Request) -> HTTPResponse:
    """To-do, late first. Asked for by htmx, when something moved, it gives the list alone."""
    asked, place, who = query(request, Narrowing), region(request), actor(request)
    after = (asked.due, asked.id) if asked.due and asked.id else todo.BEGINNING
    found = await todo.waiting(place, who, after=after, limit=SHOWN + 1, step=asked.step, due_before=now(request) if asked.late else None)
    counts = await todo.counts(place, who, now(request))
    return pages.render(request, "phone/staff/todo.html", block="list", words="", lines=_lines(request, found[:SHOWN]), counts=counts,
                        asked=asked, steps=_steps(place, counts, asked), more=_more(asked, found) if len(found) > SHOWN else "", live=_live(request),
                        here=_address(asked))


@blueprint.post("/<region:str>/desk-m/search", ctx_permission="staff")
async def search(request: Request) -> HTTPResponse:
    """By post, because a name is typed here: names belong in no address (T36)."""
    asked, place, who = parse(request, Words), region(request), actor(request)
    found, counts = await todo.search(place, who, asked.words), await todo.counts(place, who, now(request))
    return pages.render(request, "phone/staff/todo.html", block="list", words=asked.words, lines=_lines(request, found), counts=counts,
                        asked=Narrowing(), steps=_steps(place, counts, Narrowing()), more="", live=_live(request), here="")


@blueprint.get("/<region:str>/desk-m/next", ctx_permission="staff")
async def following(request: Request) -> HTTPResponse:
    """Straight to the most urgent case other than the one that was just handled; to the list when there is none."""
    found = await todo.waiting(region(request), actor(request), limit=2)
    other = next((one for one in found if str(one.id) != request.args.get("after")), None)
    return redirect(_home(request) + (f"/cases/{other.id}" if other else ""), status=303)


@blueprint.get("/<region:str>/desk-m/done", ctx_permission="staff")
async def done(request: Request) -> HTTPResponse:
    found = await todo.done_by(region(request), actor(request))
    return pages.render(request, "phone/staff/done.html", done=found)


@blueprint.get("/<region:str>/desk-m/today", ctx_permission="staff")
async def today(request: Request) -> HTTPResponse:
    digest = await todo.digest(region(request), actor(request), now(request))
    return pages.render(request, "phone/staff/today.html", digest=digest)


@blueprint.get("/<region:str>/desk-m/me", ctx_permission="staff")
async def me(request: Request) -> HTTPResponse:
    who, place = actor(request), region(request)
    roles = place.profile.roles
    grants = [(grant.organisation_name, roles[grant.role].name if grant.role in roles else grant.role) for grant in who.grants]
    return pages.render(request, "phone/staff/me.html", grants=grants, supervises=who.may(Permission.SUPERVISE, place.profile))


class Where(Body):
    organisation: UUID | None = None
    page: int = 1


@blueprint.get("/<region:str>/desk-m/overdue", ctx_permission=Permission.SUPERVISE)
async def overdue(request: Request) -> HTTPResponse:
    """超时未处理 (WH-65): by organisation, then case by case, longest first."""
    asked, place, moment, part = query(request, Where), region(request), now(request), page(request)
    found, more = await supervision.late(place, actor(request), moment, asked.organisation, page=part.number)
    by_organisation = await supervision.late_by_organisation(place, moment)
    return pages.render(request, "phone/staff/overdue.html", by_organisation=by_organisation, chosen=asked.organisation, part=part,
                        lines=[_line(request, one) for one in found], more=more)


def _home(request: Request) -> str:
    return f"/{region(request).code}/desk-m"


def _live(request: Request) -> str:
    """The stream of everything that moves in the actor's organisations."""
    topics = ",".join(f"org:{organisation}" for organisation in actor(request).offices[:MOST_TOPICS])
    return f"/{region(request).code}/live?topics={topics}"


def _lines(request: Request, found: Sequence[Waiting]) -> list[dict[str, Any]]:
    """For the component «case_line»: what it is, whose it is, by when; whose window it is where she has several; who has it in hand already."""
    several = len(actor(request).offices) > 1
    return [{**_line(request, one), "state": "underway", "claimed": one.claimed_name, "organisation": one.organisation if several else ""}
            for one in found]


def _line(request: Request, one: Waiting) -> dict[str, Any]:
    light, left = standing(region(request).profile, one.due_at, now(request), by_day=True)
    return {"href": f"{_home(request)}/cases/{one.id}", "title": one.subject, "number": one.number, "state": "late", "state_label": one.step_name,
            "step": one.applicant, "organisation": one.organisation, "due": one.due_at, "light": light,
            "left": left, "at": one.created_at}


def _steps(place: Region, counts: Counts, asked: Narrowing) -> list[dict[str, Any]]:
    """The tabs of the steps at which something waits, and of the one that is open."""
    names = {step.step: step.name for matter in place.profile.matters.values() for step in matter.route}
    return [{"href": f"/{place.code}/desk-m?step={code}", "label": name, "count": counts.by_step.get(code, 0), "current": asked.step == code}
            for code, name in names.items() if counts.by_step.get(code) or asked.step == code]


def _address(asked: Narrowing, **more: str) -> str:
    kept = {"step": asked.step or "", "late": "1" if asked.late else "", **more}
    return "?" + urlencode({name: value for name, value in kept.items() if value})


def _more(asked: Narrowing, found: Sequence[Waiting]) -> str:
    last = found[SHOWN - 1]
    return _address(asked, due=last.due_at.isoformat(), id=str(last.id))
