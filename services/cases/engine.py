"""The case engine: start a case, act on it. Everything that is handled goes through these two verbs.

An act reads the case, finds its row in the transition table, computes the move, and writes case, history and notifications in one
transaction; the update is conditional on the version that the actor saw, so of two clerks one wins and the other is
told who did what and when. Live pages hear of it after the commit.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from config.errors import Conflict, Invalid, NotFound, TooMany
from config.forms import REGISTERED
from config.routes import Can, Matter
from config.vocabulary import Action
from models.case import Case, CaseState, seal_data, seal_said
from models.database import json_text, new_id, row, transaction
from services import live, regions
from services.actors import Actor, Grant
from services.cases import deadlines, effects, facts, forms, moves, paper, routing, telling, undoing
from services.cases.moves import Move
from services.cases.scope import may_see
from services.cases.transitions import Target, Transition, Who, find, stands_for
from services.regions import Region
from services.verbs import verb

LONGEST_OPINION = 1000


class HandledMeanwhile(Conflict):
    """这个办件刚刚有人办理过了，您填写的内容没有丢失，请看过最新情况再决定。"""

    code = "handled_meanwhile"


@dataclass(frozen=True)
class Request:
    """What an actor asks to do. ``seen``: the version of the case that stood on her page.

    ``marks``: field of the form → what is wrong with it (on return); of a section ``basic.phone`` or ``education.2.school``, rows from 1.
    ``choice``: a result that the step asks for. ``person``: whom to bind to. ``number``: the version of the dossier that an answer brings.
    ``roster``: the list with which the case goes on. ``corrected``: what of a registration is otherwise than it was returned, ``account.phone``.
    """

    action: Action
    seen: int
    opinion: str = ""
    choice: str = ""
    marks: Mapping[str, str] = field(default_factory=dict)
    organisation: UUID | None = None
    form: Mapping[str, Any] | None = None
    slot_id: UUID | None = None
    person: UUID | None = None
    number: int | None = None
    roster: UUID | None = None
    corrected: tuple[str, ...] = ()


@dataclass(frozen=True)
class Concerning:
    """Whom and what a case is about, beside its applicant: a person of her unit, the unit, a version of a dossier."""

    about: UUID | None = None
    unit: UUID | None = None
    dossier: UUID | None = None
    number: int | None = None


@dataclass(frozen=True)
class Outcome:
    """A case after an act, and who should hear of it at once."""

    case: Case
    action: Action
    organisations: tuple[UUID, ...]


async def start(region: Region, actor: Actor, matter: Matter, form: Mapping[str, Any], *, subject: str, service_id: UUID | None = None,
                slot_id: UUID | None = None, concerning: Concerning = Concerning(), now: datetime) -> Outcome:
    """Begin a case for ``actor``; to be called in a transaction that holds the applicant's row lock.

    Raises :class:`routing.NoHandler`, :class:`TooManyOpen`.
    """
    known = await facts.around(region.code, matter, form, person=concerning.about or _account(actor), unit=concerning.unit,
                               dossier=concerning.dossier, number=concerning.number)
    placed = await routing.first(matter, known)
    clock = deadlines.begin(region.profile, placed.step, now)
    id = new_id()
    written = await row(
        _START, region.code, id, matter.code, matter.prefix + f"{now.astimezone(region.profile.tz):%y%m%d}", subject, actor.account_id,
        service_id, slot_id, placed.step.step, placed.organisation, placed.role, now, clock.due_at, clock.remind_at, clock.plan,
        region.version, seal_data(form, region.code, id), matter.most_open, actor.name, actor.channel,
        placed.claimed_by, concerning.about, concerning.unit, concerning.dossier, concerning.number,
        json_text(forms.facts_of(matter.form, form)))
    if written is None:
        raise TooManyOpen(retry_after=86400)
    case = Case.read(written)
    await telling.tell_of(region, matter, case, Action.SUBMIT, written, now=now)
    return Outcome(case, Action.SUBMIT, (placed.organisation,))


def _account(actor: Actor) -> UUID:
    assert actor.account_id is not None  # the system applies for nothing
    return actor.account_id


class TooManyOpen(TooMany):
    """您正在办理的同类申请已达上限，请等其中一件办结，或撤回不再需要的申请后再提交。"""

    code = "too_many_open"


_START = f"""
WITH begun AS (
    INSERT INTO cases (region, id, matter, number, subject, applicant_id, service_id, slot_id, state, step, handler_org, handler_role,
                       organisations, step_at, due_at, remind_at, remind_plan, profile_version, data_sealed, created_at, updated_at, claimed_by,
                       about_id, unit_id, dossier_id, dossier_number, facts)
    SELECT $1, $2::uuid, $3, $4 || lpad(nextval('case_number')::text, 5, '0'), $5, $6, $7::uuid, $8::uuid, 'handling', $9, $10, $11,
           ARRAY[$10::uuid], $12, $13, $14::timestamptz, $15::timestamptz[], $16, $17::bytea, $12, $12, $21::uuid, $22::uuid,
           $23::uuid, $24::uuid, $25::integer, $26::jsonb
    WHERE (SELECT count(*) FROM cases WHERE region = $1 AND applicant_id = $6 AND matter = $3 AND closed_at IS NULL) < $18
    RETURNING *
), event AS (
    INSERT INTO case_event (region, case_id, seq, actor_id, actor_name, channel, action, to_step, at)
    SELECT region, id, 1, applicant_id, $19, $20, 'submit', step, created_at FROM begun
)
SELECT begun.*, {telling.who("begun.handler_org", "begun.handler_org", "begun.handler_role", "$12::timestamptz")} FROM begun
"""  # noqa: S608  # a piece of telling, every value a parameter

#: $29 the organisation that acts, $30 whose people hear of it, $33 till when it may be undone, $34 who have had the case, where that is undone.
_MOVE = f"""
WITH moved AS (
    UPDATE cases SET version = version + 1, updated_at = $4::timestamptz, state = $5, step = $6, handler_org = $7, handler_role = $8, claimed_by = $9,
           step_at = $10, due_at = $11, due_left = $12, remind_at = $13, remind_plan = $14::timestamptz[], held_from = $15,
           closed_at = CASE WHEN $16::boolean THEN $4::timestamptz END, data_sealed = coalesce($17::bytea, data_sealed), slot_id = $18,
           facts = coalesce($32::jsonb, facts), data = CASE WHEN $17 IS NULL THEN data ELSE jsonb_build_object() END,
           dossier_number = coalesce($31::integer, dossier_number),
           organisations = CASE WHEN $34::uuid[] IS NOT NULL THEN $34 WHEN $7 = ANY (organisations) THEN organisations
                           ELSE organisations || $7::uuid END
    WHERE region = $1 AND id = $2 AND version = $3
    RETURNING *
), event AS (
    INSERT INTO case_event (region, case_id, seq, actor_id, actor_name, organisation_id, organisation_name, channel, action,
                            from_step, to_step, said_sealed, detail, at)
    SELECT region, id, version, $19::uuid, $20, $21::uuid, $22, $23, $24, $25, $26, $27::bytea, $28::jsonb, $4::timestamptz FROM moved
), {undoing.KEEP.format(by="$19::uuid", until="$33::timestamptz", action="$24")}
SELECT moved.*, {telling.who("$29::uuid", "$30::uuid", "moved.handler_role", "$4::timestamptz")} FROM moved
"""  # noqa: S608  # as above


@verb
async def act(region: Region, actor: Actor, case_id: UUID, request: Request, now: datetime) -> Outcome:
    """Do one thing to one case.

    Raises :class:`NotFound` (not a case that the actor may see), :class:`HandledMeanwhile`, ``NotPossible``, ``NotYours``,
    :class:`Invalid` (an opinion, result or organisation is missing or wrong).
    """
    async with transaction():
        outcome = await apply(region, actor, case_id, request, now)
    await announce(region, outcome)
    return outcome


async def apply(region: Region, actor: Actor, case_id: UUID, request: Request, now: datetime) -> Outcome:
    """:func:`act` inside the caller's transaction; the caller announces the outcome after its commit."""
    if request.action is Action.UNDO:
        return await _undo(region, actor, case_id, request, now)
    before = await Case.find(region.code, case_id)
    if not may_see(region, actor, before):
        raise NotFound
    if before.version != request.seen:
        raise await meanwhile(before)
    kept = await regions.at(region.code, before.profile_version)
    transition, can = find(kept, actor, before, request.action)
    matter = kept.matter(before.matter)
    check_request(kept, transition, can, matter, request)
    await paper.require(matter, before, matter.step(before.step), request.action)
    began = await effects.prepare(kept, actor, before, matter.step(before.step), request, now)
    move = await moves.destination(kept, matter, before, transition, can, request, actor, now)
    slot_id = await effects.settle_slot(before, request.slot_id, released=move.closed and move.state is not CaseState.COMPLETED)
    till = None if began else undoing.until(region, actor, matter, request.action, move.state, now)
    written = await _write(kept, actor, before, matter, request, transition, can, move, slot_id, now, undone_until=till)
    after = Case.read(written)
    if after.state is CaseState.COMPLETED and matter.effect is not None:
        await effects.follow(kept, actor, matter.effect, after, request.choice, now)
    await telling.tell_of(kept, matter, after, request.action, written, opinion=request.opinion, can=can, now=now, due=till)
    return Outcome(after, request.action, tuple({before.handler_org, after.handler_org}))


async def _undo(region: Region, actor: Actor, case_id: UUID, request: Request, now: datetime) -> Outcome:
    """Lead the case back to where it stood before the actor's own last act, also when that took it out of her sight."""
    before = await undoing.hold(region.code, case_id)
    seen = may_see(region, actor, before)
    if seen and before.version != request.seen:
        raise await meanwhile(before)
    place = await undoing.place_before(region, actor, before, now)
    if place is None:
        raise undoing.NothingToUndo if seen else NotFound
    kept = await regions.at(region.code, before.profile_version)
    transition, _ = find(kept, actor, before, request.action)
    matter = kept.matter(before.matter)
    await undoing.withdraw_tellings(before, now)
    slot_id = await undoing.take_slot_again(before, place)
    move = await moves.back_to(matter, before, place)
    after = Case.read(await _write(kept, actor, before, matter, request, transition, None, move, slot_id, now, organisations=place.organisations))
    return Outcome(after, request.action, tuple({before.handler_org, after.handler_org}))


async def announce(region: Region, *outcomes: Outcome) -> None:
    """Tell live pages. Best effort: whoever misses it sees the truth at the next look."""
    for outcome in outcomes:
        case = outcome.case
        topics = [f"case:{case.id}", f"account:{case.applicant_id}", *(f"org:{organisation}" for organisation in outcome.organisations)]
        await live.publish(region.code, *topics, event="case",
                           data={"id": str(case.id), "version": case.version, "state": case.state.value, "action": outcome.action.value})


async def meanwhile(case: Case) -> HandledMeanwhile:
    """Who was first, and what she did."""
    last = await row("SELECT actor_name, organisation_name, action, at FROM case_event WHERE region = $1 AND case_id = $2 "
                     "ORDER BY seq DESC LIMIT 1", case.region, case.id)
    assert last is not None  # a case begins with its first event
    done = Action(last["action"]).label
    who = " ".join(filter(None, (last["organisation_name"], last["actor_name"])))
    return HandledMeanwhile(f"{who} 刚刚已「{done}」这个办件，您填写的内容没有丢失，请看过最新情况再决定。",
                            context={"by": who, "action": last["action"], "at": last["at"].isoformat(), "version": case.version})


def check_request(region: Region, transition: Transition, can: Can | None, matter: Matter, request: Request) -> None:
    """What the step asks for is there. Raises :class:`Invalid`."""
    wrong: dict[str, str] = {}
    if len(request.opinion) > LONGEST_OPINION:
        wrong["opinion"] = f"请把意见控制在 {LONGEST_OPINION} 字以内，现在有 {len(request.opinion)} 字。"
    if can is not None and can.opinion == "required" and not request.opinion.strip():
        wrong["opinion"] = f"请写明{can.button}的意见，申请人会看到这段话。"
    if can is not None and can.choices and request.choice not in can.choices:
        wrong["choice"] = f"请选择{can.button}结果。"
    if transition.target is Target.ELSEWHERE and request.organisation is None:
        wrong["organisation"] = "请选择转给哪个机构办理。"
    if request.action is Action.SEND_ON and request.roster is None:
        wrong["roster"] = "这一步要先生成名单、盖章上传，再和名单一起提交。"
    if unknown := {mark for mark in request.marks if not _can_be_marked(region, matter, mark)}:
        wrong["marks"] = f"申请表里没有这些内容：{'、'.join(sorted(unknown))}。"
    if wrong:
        raise Invalid(wrong)


def _can_be_marked(region: Region, matter: Matter, mark: str) -> bool:
    """A field of the form, of a section that goes along, or of the registration that the matter reviews."""
    root = mark.partition(".")[0]
    return matter.field(mark) is not None or root in matter.sections or (root == REGISTERED and region.profile.registering(matter.code) is not None)


def _as_whom(actor: Actor, case: Case, matter: Matter, transition: Transition) -> tuple[str, Grant | None]:
    """Under which name history keeps an act, and for which organisation: who stands in for somebody says so."""
    away = stands_for(actor, case, matter) if transition.who is Who.HANDLER else actor.account_id
    for one in actor.standing_in:
        if away != actor.account_id and (one.account_id, one.grant.organisation_id) == (away, case.handler_org):
            return f"{actor.name}（代 {one.name}）", one.grant
    return actor.name, actor.grant_in(case.handler_org) or (actor.grants[0] if actor.grants else None)


async def _write(region: Region, actor: Actor, before: Case, matter: Matter, request: Request, transition: Transition, can: Can | None, move: Move,
                 slot_id: UUID | None, now: datetime, *, undone_until: datetime | None = None,
                 organisations: list[UUID] | None = None) -> dict[str, Any]:
    name, grant = _as_whom(actor, before, matter, transition)
    form = request.form
    said = seal_said(request.opinion.strip(), request.marks, before.region, before.id, request.seen + 1)
    detail = {"choice": request.choice, "corrected": list(request.corrected), "done": (can.done if can else "") or request.action.label,
              "to_organisation": str(move.organisation) if transition.target is Target.ELSEWHERE else None,
              "used": moves.used(region, matter, before, transition, now)}
    audience = telling.audience(request.action, before, move.state, move.organisation, move.role)
    written = await row(
        _MOVE, before.region, before.id, request.seen, now, move.state.value, move.step.step, move.organisation, move.role, move.claimed_by,
        move.step_at, move.clock.due_at, move.clock.left, move.clock.remind_at, move.clock.plan,
        move.held_from.value if move.held_from else None, move.closed, None if form is None else seal_data(form, before.region, before.id), slot_id,
        actor.account_id, name, grant.organisation_id if grant else None, grant.organisation_name if grant else "", actor.channel,
        request.action.value, before.step, move.step.step, said, json_text({key: value for key, value in detail.items() if value}),
        audience.acting, audience.hearing, request.number, None if form is None else json_text(forms.facts_of(matter.form, form)),
        undone_until, organisations)
    if written is None:
        raise await meanwhile(await Case.find(before.region, before.id))
    return written
