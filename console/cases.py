"""The page of a case: what was submitted, where it stands, and the acts that the transition table offers (WH-60..63)."""

from typing import Any
from uuid import UUID

from sanic import Blueprint, HTTPResponse, Request

from config.errors import Conflict, Invalid, Refusal
from config.forms import FormField
from config.phrases import WITH_WORDS
from config.vocabulary import Action
from console import shell, todo
from console.wording import CHANNELS
from models.case import CaseState
from services import bindings, presence, printing, regions, roster_lists, submitted, supervision
from services.actors import Actor
from services.cases import destinations, engine, library, sheet
from services.cases.deadlines import Light
from services.cases.engine import Outcome
from services.cases.progress import Stage, StepView
from services.cases.sheet import Sheet
from services.printing import application
from services.regions import Region
from web.bodies import Body, check, form, query
from web.context import actor, now, region
from web.idempotency import once

blueprint = Blueprint("desk_cases", url_prefix="/<region:str>/console/cases/<id:uuid>")
MARK = "mark_"


@blueprint.get("/", ctx_permission="staff")
async def show(request: Request, id: UUID) -> HTTPResponse:
    return await _page(request, await sheet.open_case(region(request), actor(request), id, now(request)))


class Seen(shell.Asked):
    seen: int
    back: str = ""


@blueprint.get("/print", ctx_permission="staff", ctx_limit=(60, 60))
async def paper(request: Request, id: UUID) -> HTTPResponse:
    """The application form with its review trail (BZ-14)."""
    drawn = await printing.draw(await application.of_case(region(request), actor(request), id, now(request)))
    headers = {"Content-Disposition": f'inline; filename="{id}.pdf"', "Cache-Control": "no-store"}
    return HTTPResponse(drawn, content_type=printing.CONTENT_TYPE, headers=headers)


@blueprint.get("/now", ctx_permission="staff")
async def look_again(request: Request, id: UUID) -> HTTPResponse:
    """What an open page asks when it hears of the case: nothing new, or the case as it stands now. What was typed stays on the page."""
    found = await sheet.read(region(request), actor(request), id, now(request))
    if found.case.version == query(request, Seen).seen:
        return HTTPResponse(status=204)
    return await _page(request, found, moved=True)


@blueprint.get("/looking", ctx_permission="staff")
async def who_looks(request: Request, id: UUID) -> HTTPResponse:
    """Who else is looking: what an open page asks when somebody comes or goes."""
    return await shell.page(request, "looking.html", looking=await presence.of_case(region(request), actor(request), id, now(request)), id=id)


class ActForm(Body):
    """``seen``: the version of the case that stood on the page; ``back``: the list from which it was opened."""

    action: Action
    seen: int
    back: str = ""
    opinion: str = ""
    choice: str = ""
    organisation: UUID | None = None
    person: UUID | None = None


#: What is done on pages of its own, with what goes along: not by the button of an act.
ELSEWHERE = frozenset({Action.SUBMIT, Action.RESUBMIT, Action.SEND_ON})


@blueprint.post("/", ctx_permission="staff")
@once
async def act(request: Request, id: UUID) -> HTTPResponse:
    typed = form(request)
    marks = {name.removeprefix(MARK): words for name, words in typed.items() if name.startswith(MARK)}
    try:
        asked = check(ActForm, {name: value for name, value in typed.items() if not name.startswith(MARK)})
        outcome = await _act(request, id, asked, marks)
    except (Invalid, Conflict) as refusal:
        return await _again(request, id, refusal, typed)
    stays = outcome.case.state is CaseState.HANDLING and actor(request).handles(outcome.case.handler_org, outcome.case.handler_role)
    done = "reviewed" if asked.action is Action.COMPLETE and await _is_review(request, outcome) else asked.action
    back = todo.narrowed(asked.back)
    if stays or asked.action in STAYING:
        return shell.away(request, f"cases/{id}/", back=back.lasting, done=done, undo=id)
    return todo.back_to(request, back, done=done, undo=id)


async def _is_review(request: Request, outcome: Outcome) -> bool:
    """Whether it was applied for: a booking is served, and rated afterwards."""
    return (await regions.at(region(request).code, outcome.case.profile_version)).matter(outcome.case.matter).effect is not None


#: After these whoever did it looks at the case again, also where it is not hers to handle.
STAYING = frozenset({Action.REMIND, Action.WITHDRAW})


async def _act(request: Request, id: UUID, asked: ActForm, marks: dict[str, str]) -> Outcome:
    if asked.action in ELSEWHERE:
        raise Invalid({"action": "请从修改页面重新提交。"})
    if asked.action is Action.REMIND:
        return await supervision.remind(region(request), actor(request), id, asked.seen, asked.opinion, now(request))
    wanted = engine.Request(asked.action, asked.seen, asked.opinion, asked.choice, marks if asked.action is Action.RETURN else {},
                            asked.organisation if asked.action is Action.TRANSFER else None,
                            person=asked.person if asked.action is Action.BIND else None)
    return await engine.act(region(request), actor(request), id, wanted, now(request))


async def _again(request: Request, id: UUID, refusal: Refusal, typed: dict[str, Any]) -> HTTPResponse:
    """The page again as the case stands now, with what was typed: beside its field, or, when somebody was first, who it was."""
    found = await sheet.read(region(request), actor(request), id, now(request))
    if isinstance(refusal, Invalid):
        errors = {"opinion" if name == "words" else name: words for name, words in refusal.fields.items()}
        return await _page(request, found, status=refusal.status_code, errors=errors, typed=typed)
    return await _page(request, found, status=refusal.status_code, refusal=refusal.text, typed=typed)


async def _page(request: Request, found: Sheet, *, status: int = 200, **context: Any) -> HTTPResponse:
    here, who = region(request), actor(request)
    ways = [(one.id, one.name, one.district) for one in await destinations.of(here, found.case)] if found.button(Action.TRANSFER) else []
    main = next((button for button in found.buttons if button.action in (Action.APPROVE, Action.COMPLETE, Action.BIND)), None)
    said = await submitted.of_case(here, found.case, found.history)
    kept = await regions.at(here.code, found.case.profile_version)
    back = todo.narrowed(str((request.form or request.args).get("back") or "")).lasting
    seen: dict[str, Any] = {"refusal": "", "moved": False, "undo": found.undo, "back": back}
    return await shell.page(
        request, "case.html", status, block="case", sheet=found, case=found.case, main=main, destinations=ways, said=said,
        phrases=await _phrases(here, who, found), gathers=(gathers := _gathers(here, who, found)),
        listed=await roster_lists.standing_of(here, found.case.id) if gathers else None,
        labels=submitted.labels(kept, found.matter, said.parts),
        route_steps=[_step(found, step) for step in found.route], channels=CHANNELS, asked_fields=_asked_fields(found),
        looking=(await presence.among(here, who, [found.case.id], now(request))).get(found.case.id, ()),
        specialists=await _specialists(request, found),
        handles=any(button.as_handler for button in found.buttons), completes=_completes(found), path_of=submitted.path_of, **seen | context)


async def _phrases(here: Region, who: Actor, found: Sheet) -> dict[Action, tuple[str, ...]]:
    """What there is to pick from for each act with an opinion that the reader may do."""
    known = await library.of_actor(here, who)
    return {button.action: known.of(button.action, found.matter) for button in found.buttons if button.action in WITH_WORDS}


def _gathers(here: Region, who: Actor, found: Sheet) -> bool:
    """Whether the case goes on by a list that the reader makes, not by a button of its page."""
    return found.case.state is CaseState.HANDLING and any(
        (one.matter.code, one.step.step, one.organisation) == (found.case.matter, found.case.step, found.case.handler_org)
        for one in roster_lists.gatherings(here, who))


async def _specialists(request: Request, found: Sheet) -> list[tuple[UUID, str]]:
    """Whom the person can be bound to, with how many each looks after already."""
    if found.button(Action.BIND) is None:
        return []
    return [(one.id, f"{one.name}（现服务 {one.bound} 人）") for one in await bindings.specialists(region(request), found.case.handler_org)]


def _completes(found: Sheet) -> bool:
    """Whether the reader may complete the sections herself (SD-05)."""
    button = found.button(Action.SUPPLEMENT)
    return button is not None and button.as_handler and bool(found.matter.sections)


def _step(found: Sheet, step: StepView) -> dict[str, Any]:
    """For ``ui.route_progress``. Where the case rests, or ended early, the step says since when, and why."""
    here = step.code == found.case.step and step.stage is not Stage.DONE
    resting = here and step.stage is not Stage.CURRENT
    return {"state": step.stage, "name": step.name, "organisation": step.organisation, "actor": step.actor,
            "opinion": step.opinion, "at": found.case.updated_at if resting else None if here else step.at,
            "action": found.case.state.label if resting else "", "due": step.due_at, "light": found.light if here else Light.OK,
            "left": found.left if here else ""}


def _asked_fields(found: Sheet) -> list[FormField]:
    """What can be marked on a return: the fields that were filled in or asked for."""
    filled = {answer.field for answer in found.answers}
    return [field for field in found.matter.form if field.field in filled or field.required]
