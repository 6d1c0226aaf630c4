"""The phone face of staff, one case: read it, write two words, press the button. The same buttons as on the desk (WH-60..63)."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request, redirect

from config.errors import Conflict, Invalid, NotFound
from config.vocabulary import Action
from services import bindings, presence, submitted, supervision
from services.cases import destinations, engine, library, sheet
from services.cases.sheet import Button, Sheet
from services.submitted import Submitted
from web import pages
from web.bodies import Body, form, parse
from web.context import actor, now, region
from web.idempotency import once

#: The acts that carry a case onward: the main button, with what it asks for on the case page itself. Every other act has a page of its own.
ONWARD = (Action.APPROVE, Action.COMPLETE, Action.BIND)
#: One tap, nothing to write.
AT_ONCE = (Action.CLAIM, Action.RELEASE)
#: Have a place of their own on the case page.
PLACED = frozenset({*ONWARD, *AT_ONCE, Action.CONFIRM_PAPER})

blueprint = Blueprint("staff_phone_case")


class Act(Body):
    """What stands in the form of an act. ``marked``: what the opinion of a return is about, by the names of ``submitted.labels``."""

    seen: int
    opinion: str = ""
    choice: str = ""
    organisation: UUID | None = None
    person: UUID | None = None
    marked: list[str] = Field(default_factory=list)


@blueprint.get("/<region:str>/desk-m/cases/<id:uuid>", ctx_permission="staff")
async def show(request: Request, id: UUID) -> HTTPResponse:
    """The case page, with all that was submitted. Asked for by htmx, when the case moved, it gives route and history, and says when the form beside
    them is out of date."""
    asked_again = pages.asks_for_part(request)
    look = sheet.read if asked_again else sheet.open_case
    found = await look(region(request), actor(request), id, now(request))
    seen = request.args.get("seen", "")
    return pages.render(request, "phone/staff/case.html", block="progress", done=request.args.get("done") == "1",
                        stale=asked_again and seen != str(found.case.version), **await _shown(request, found))


@blueprint.get("/<region:str>/desk-m/cases/<id:uuid>/<word:str>", ctx_permission="staff")
async def prepare(request: Request, id: UUID, word: str) -> HTTPResponse:
    """The page of one act: transfer with its picker, return with its marks, a reminder."""
    return await _act_page(request, id, _action(word), typed={})


@blueprint.post("/<region:str>/desk-m/cases/<id:uuid>/<word:str>", ctx_permission="staff")
@once
async def act(request: Request, id: UUID, word: str) -> HTTPResponse:
    """Do it, and come back to the case; what cannot be done keeps every word that was typed."""
    action = _action(word)
    try:
        await _do(request, id, action, parse(request, Act))
    except (Invalid, Conflict) as refusal:
        return await _act_page(request, id, action, typed=form(request, Act), refusal=refusal)
    return redirect(f"/{region(request).code}/desk-m/cases/{id}?done=1", status=303)


async def _do(request: Request, id: UUID, action: Action, asked: Act) -> None:
    place, who, moment = region(request), actor(request), now(request)
    if action is Action.REMIND:
        await supervision.remind(place, who, id, asked.seen, asked.opinion, moment)
        return
    marks = dict.fromkeys(asked.marked, asked.opinion.strip())
    wanted = engine.Request(action, asked.seen, asked.opinion, asked.choice, marks, asked.organisation, person=asked.person)
    await engine.act(place, who, id, wanted, moment)


async def _act_page(request: Request, id: UUID, action: Action, typed: dict[str, Any], refusal: Invalid | Conflict | None = None) -> HTTPResponse:
    found = await sheet.read(region(request), actor(request), id, now(request))
    button = found.button(action)
    if button is None and refusal is None:
        raise NotFound
    offered = await destinations.of(region(request), found.case, request.args.get("q", "")) if action is Action.TRANSFER else []
    shown = await _shown(request, found)
    return pages.render(request, "phone/staff/act.html", status=refusal.status_code if refusal else 200, button=button,
                        errors=_errors(refusal), typed=typed, q=request.args.get("q", ""), action=action,
                        offered=[(str(one.id), one.name, one.district) for one in offered],
                        markable=_markable(found, shown["said"]) if action is Action.RETURN else [], **shown)


def _markable(found: Sheet, said: Submitted) -> list[tuple[str, list[tuple[str, str]]]]:
    """What a return can mark, group by group: (name of the group, [(name of the mark, label)]). Of the form first, which needs no name."""
    groups = [("", [(answer.field, answer.label) for answer in found.answers])]
    if said.registered:
        groups.append(("注册信息", [(one.path, one.label) for one in said.registered.fields]))
    for part in said.parts:
        for one in part.rows:
            name = f"{part.section.name} 第 {one.number} 条" if part.section.repeats else part.section.name
            groups.append((name, [(submitted.path_of(part.section, one.number, answer.field), answer.label) for answer in one.answers]))
    return [(name, fields) for name, fields in groups if fields]


def _errors(refusal: Invalid | Conflict | None) -> dict[str, str]:
    """Field → sentence; a reminder's words are typed into the same field as an opinion."""
    if isinstance(refusal, Invalid):
        return {"opinion" if name == "words" else name: sentence for name, sentence in refusal.fields.items()}
    return {"": refusal.text} if refusal else {}


async def _shown(request: Request, found: Sheet) -> dict[str, Any]:
    kept = await library.of_actor(region(request), actor(request))
    handler = [button for button in found.buttons if button.as_handler or button.action is Action.REMIND]
    looking = await presence.among(region(request), actor(request), [found.case.id], now(request))
    completes = bool(found.matter.sections) and any(button.action is Action.SUPPLEMENT for button in handler)
    bindable = await bindings.specialists(region(request), found.case.handler_org) if found.button(Action.BIND) else []
    return {"sheet": found, "looking": looking.get(found.case.id, ()), "said": await submitted.of_case(region(request), found.case, found.history),
            "main": _first(handler, ONWARD), "small": _first(handler, AT_ONCE), "phrases": kept.of, "path_of": submitted.path_of,
            "completes": completes,
            "others": [button for button in handler if button.action not in PLACED and not (completes and button.action is Action.SUPPLEMENT)],
            "handles": any(button.as_handler for button in found.buttons),
            "specialists": [(str(one.id), f"{one.name}（现服务 {one.bound} 人）") for one in bindable],
            "route": _route(found), "home": f"/{region(request).code}/desk-m",
            "here": f"/{region(request).code}/desk-m/cases/{found.case.id}"}


def _route(found: Sheet) -> list[dict[str, Any]]:
    """For the component «route_progress»."""
    return [{"state": step.stage.value, "name": step.name, "organisation": step.organisation, "actor": step.actor, "at": step.at,
             "opinion": step.opinion, "due": step.due_at, "light": found.light.value, "left": found.left} for step in found.route]


def _first(buttons: Sequence[Button], actions: tuple[Action, ...]) -> Button | None:
    return next((button for button in buttons if button.action in actions), None)


def _action(word: str) -> Action:
    """Raises :class:`NotFound` for a word that is no action."""
    try:
        return Action(word)
    except ValueError:
        raise NotFound from None
