"""Applications 申报: every matter that is not a booking, from the first look at it to its submission and its answer to a return.

What goes along is a version of the dossier: of the sections as they stand (``content: draft``), or of those that were admitted and copied by
数据同步 (``content: admitted``, WH-30). Nothing is copied twice: a case points at the version, and the version never changes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from config.errors import Conflict, Invalid, NotFound, NotPermitted
from config.forms import Section
from config.routes import Handler, Matter
from config.vocabulary import Action, FieldType, Requirement
from models.account import Account, AccountKind
from models.case import Case, CaseState
from models.database import execute, new_id, row, transaction
from models.dossier import Content, Dossier, Draft, seal
from models.organisation import Organisation
from services import bindings, dossiers, files, regions
from services.actors import Actor
from services.cases import engine, facts, routing
from services.cases.engine import Concerning, Outcome
from services.cases.forms import as_id, check_organisations, clean, clean_row
from services.dossiers import Gap, Owner, Part
from services.regions import Region
from services.verbs import verb


class Incomplete(Invalid):
    """还有内容没有填写完整，请按清单补齐后再提交。"""

    code = "incomplete"


class NotYet(NotPermitted):
    """现在还不能办理这个事项。"""

    code = "not_yet"


class NotSynchronised(Conflict):
    """请先点击“数据同步”，核对内容后再提交。"""

    code = "not_synchronised"


#: What an applicant lacks, in words that say what to do.
LACKS = {
    Requirement.APPROVED_ACCOUNT: "您的注册还没有通过审核，审核通过后即可办理。",
    Requirement.ADMITTED_UNIT: "您所在的单位还没有审核入库，暂时不能办理。请联系单位先提交审核。",
    Requirement.ADMITTED_DOSSIER: "您的人才信息还没有入库，入库后才能办理。",
    Requirement.ACTIVE_CARD: "您还没有有效的人才卡，领卡后才能办理。",
}

_KNOWN = """
SELECT a.provisional, a.unit_id, o.provisional AS unit_provisional, d.admitted, k.state AS card
FROM account a
LEFT JOIN organisation o ON o.region = a.region AND o.id = $3
LEFT JOIN dossier d ON d.region = a.region AND (d.account_id = a.id OR d.organisation_id = $4)
LEFT JOIN card k ON k.region = a.region AND k.holder_id = a.id AND k.state <> 'ended'
WHERE a.region = $1 AND a.id = $2
"""


@dataclass(frozen=True)
class Applicant:
    """For whom a matter is begun: the person or unit whose dossier goes along. ``about``: the person, when somebody of her unit applies."""

    owner: Owner
    person: UUID
    unit: UUID | None
    about: UUID | None = None


async def applicant(region: Region, actor: Actor, matter: Matter, about: UUID | None = None) -> Applicant:
    """Raises :class:`NotPermitted` when the matter is not for such as the actor, :class:`NotFound` for a person who is not hers to apply for."""
    if matter.who.kind == "talent":
        if not actor.is_talent or actor.account_id is None:
            raise NotPermitted
        account = await Account.find(region.code, actor.account_id)
        return Applicant(Owner("talent", account_id=account.id), account.id, account.unit_id)
    grant = next((one for one in actor.grants if matter.who.role in (None, one.role)), None)
    if actor.kind is not AccountKind.UNIT or grant is None or actor.account_id is None:
        raise NotPermitted
    unit = grant.organisation_id
    if not matter.who.about:
        return Applicant(Owner("unit", organisation_id=unit), actor.account_id, unit)
    if about is None or not any(one.talent_id == about for one in await bindings.talents(region, actor, [unit])):
        raise NotFound
    return Applicant(Owner("talent", account_id=about), about, unit, about)


async def lacking(region: Region, matter: Matter, who: Applicant) -> list[Requirement]:
    """What the applicant must have first and has not."""
    found = await row(_KNOWN, region.code, who.person, who.unit, who.owner.organisation_id)
    if found is None:
        raise NotFound
    has = {
        Requirement.APPROVED_ACCOUNT: not found["provisional"],
        Requirement.ADMITTED_UNIT: found["unit_provisional"] is False,
        Requirement.ADMITTED_DOSSIER: found["admitted"] is not None,
        Requirement.ACTIVE_CARD: found["card"] == "active",
    }
    return [requirement for requirement in Requirement if requirement in matter.who.needs and not has[requirement]]


@dataclass(frozen=True)
class Foreseen:
    """Who would handle it first, and why that organisation (WH-21, WH-25): shown before submission."""

    organisation: str
    step: str
    why: str


@dataclass(frozen=True)
class Desk:
    """Everything that the page of one matter shows before it is submitted. ``content``: what would go along.

    ``synchronised``: number of the admitted version that was copied last; ``admitted``: the one in force. ``open``: a case that is under way.
    """

    matter: Matter
    sections: tuple[Section, ...]
    dossier: Dossier
    content: Content
    form: Mapping[str, Any]
    draft_version: int
    lacks: tuple[Requirement, ...]
    gaps: tuple[Gap, ...]
    synchronised: int | None
    open: Case | None

    @property
    def outdated(self) -> bool:
        """Whether a newer version was admitted since the last 数据同步."""
        return self.matter.content == "admitted" and self.synchronised != self.dossier.admitted


async def desk(region: Region, actor: Actor, matter_code: str, now: datetime, about: UUID | None = None) -> Desk:
    """The matter as its page shows it. Raises :class:`NotFound`, :class:`NotPermitted`."""
    matter = region.matter(matter_code)
    who = await applicant(region, actor, matter, about)
    dossier = await dossiers.of(region, who.owner, now)
    draft = await Draft.of(region.code, account_id=actor.account_id, matter=matter.code, about_id=about).first()
    sections = tuple(section for section in region.profile.sections_of(who.owner.kind) if section.section in matter.sections)
    synchronised = draft.dossier_number if draft else None
    content = await _content(region, matter, dossier, synchronised)
    lacks, gaps = await lacking(region, matter, who), dossiers.missing(sections, content)
    return Desk(matter, sections, dossier, content, draft.data if draft else {}, draft.version if draft else 0, tuple(lacks), tuple(gaps),
                synchronised, await _under_way(region, matter, who))


async def _content(region: Region, matter: Matter, dossier: Dossier, synchronised: int | None) -> Content:
    if matter.content == "draft":
        return dossier.draft
    return {} if synchronised is None else await dossiers.version(region, dossier.id, synchronised)


async def _under_way(region: Region, matter: Matter, who: Applicant) -> Case | None:
    """The open case of this matter: the person's own, or the unit's."""
    mine = {"about_id": who.about} if who.about else {"unit_id": who.unit} if who.owner.kind == "unit" else {"applicant_id": who.person}
    return await Case.of(region.code, matter=matter.code, closed_at=None, **mine).order_by("-created_at").first()


@dataclass(frozen=True)
class Offer:
    """A matter that a person may apply for herself. ``lacks``: what she must have first; ``open``: hers that is under way."""

    matter: Matter
    lacks: tuple[Requirement, ...]
    open: Case | None


async def offered(region: Region, actor: Actor) -> list[Offer]:
    """Matters for persons, in the order of the profile; the one that opens an account only as long as the account is not open."""
    account = await Account.find(region.code, actor.account_id) if actor.is_talent and actor.account_id else None
    if account is None:
        return []
    opening = {way.matter for way in region.profile.registration.values()}
    found = []
    for matter in region.profile.matters.values():
        if matter.who.kind != "talent" or not (matter.sections or matter.code in opening) or (matter.code in opening and not account.provisional):
            continue
        who = await applicant(region, actor, matter)
        found.append(Offer(matter, tuple(await lacking(region, matter, who)), await _under_way(region, matter, who)))
    return found


async def difference(region: Region, shown: Desk) -> list[Part]:
    """What another 数据同步 would change: the admitted version in words, against the one that was copied last (WH-30)."""
    return [part for part in await dossiers.in_words(region, shown.sections, await admitted(region, shown), shown.content) if part.has_changes]


async def admitted(region: Region, shown: Desk) -> Content:
    """The version that is in force; empty before the first."""
    return {} if shown.dossier.admitted is None else await dossiers.version(region, shown.dossier.id, shown.dossier.admitted)


async def whom(region: Region, about: UUID | None) -> Account | None:
    """The person whom a matter is about (SD-10), once :func:`desk` has let the actor at her."""
    return None if about is None else await Account.find(region.code, about)


async def foresee(region: Region, actor: Actor, shown: Desk, about: UUID | None = None) -> Foreseen | None:
    """Who will review what stands there now; nothing as long as the facts do not say it yet."""
    return next(iter(await foresee_route(region, actor, shown, about)), None)


async def foresee_route(region: Region, actor: Actor, shown: Desk, about: UUID | None = None) -> list[Foreseen]:
    """Every step that lies ahead with its organisation and the reason (WH-21, WH-25), as far as the facts say it now."""
    known = await _facts_ahead(region, actor, shown, about)
    found: list[Foreseen] = []
    try:
        placed: routing.Placed | None = await routing.first(shown.matter, known)
        while placed is not None:
            organisation = await Organisation.find(region.code, placed.organisation)
            found.append(Foreseen(organisation.name, placed.step.name, _why(region, routing.branch(placed.step, known), known)))
            known = replace(known, handled_by={**known.handled_by, placed.step.step: placed.organisation})
            placed = await routing.after(shown.matter, placed.step.step, known)
    except routing.NoHandler:
        return found
    return found


async def _facts_ahead(region: Region, actor: Actor, shown: Desk, about: UUID | None) -> routing.Facts:
    """What routing would know if it were submitted now: the unit that the form chooses, and the sections as they stand."""
    who = await applicant(region, actor, shown.matter, about)
    chosen = next((as_id(shown.form.get(field.field)) for field in shown.matter.form if field.type is FieldType.UNIT), None)
    known = await facts.around(region.code, shown.matter, shown.form, person=who.person, unit=chosen or who.unit, dossier=None, number=None)
    own = dossiers.facts_of(region.profile.sections_of(who.owner.kind), shown.content)
    others = {**known.others, "dossier": own}
    if who.owner.kind == "unit":
        others["unit"] = {**known.others.get("unit", {}), **own}
    return replace(known, others=others)


def _why(region: Region, branch: Handler, known: routing.Facts) -> str:
    """The reason in words, from the branch that was taken."""
    if branch.organisation is None:
        return ""
    way, path = branch.organisation.way
    value = known.at(path)
    match way:
        case "district_bureau_of" | "talent_office_of":
            return f"单位所在地为{region.profile.district_name(str(value or ''))}"
        case "in_charge_of":
            return f"“{value}”的主管部门"
        case "unit_of":
            return "您所在的单位"
        case "at" if not path.startswith("form."):
            return "按您和单位填写的内容确定"
        case "chosen" | "at":
            return "您选择的审核机构"
        case _:
            return "固定由该机构办理"


@verb
async def save_form(region: Region, actor: Actor, matter_code: str, given: Mapping[str, Any], seen: int, now: datetime,
                    about: UUID | None = None) -> Draft:
    """Save the matter's own form as a draft, complete or not. Raises :class:`Invalid`, ``ChangedElsewhere``."""
    matter = region.matter(matter_code)
    await applicant(region, actor, matter, about)
    kept = clean_row(region.profile, matter.form, given, whole=False)
    return await _put_draft(region, actor, matter, about, seen, now, data=kept)


@verb
async def complete_form(region: Region, actor: Actor, matter_code: str, given: Mapping[str, Any], seen: int, now: datetime,
                        about: UUID | None = None) -> Draft:
    """Save the matter's own form, then ask whether it could be submitted as it stands.

    Raises :class:`Invalid`; what only lacks something is saved all the same.
    """
    draft = await save_form(region, actor, matter_code, given, seen, now, about)
    matter = region.matter(matter_code)
    await _chosen_unit(region, matter, await _checked(region, matter, given))
    return draft


@verb
async def synchronise(region: Region, actor: Actor, matter_code: str, seen: int, now: datetime) -> Draft:
    """数据同步: take over the version of the dossier that is in force (WH-30); as often as wanted. Raises :class:`NotYet`."""
    matter = region.matter(matter_code)
    who = await applicant(region, actor, matter)
    dossier = await dossiers.of(region, who.owner, now)
    if dossier.admitted is None:
        raise NotYet(LACKS[Requirement.ADMITTED_DOSSIER])
    return await _put_draft(region, actor, matter, None, seen, now, number=dossier.admitted)


_PUT_DRAFT = """
INSERT INTO draft AS d (region, id, account_id, matter, about_id, data_sealed, dossier_number, updated_at)
SELECT $1, $2, $3, $4, $5, $6, $7, $8 WHERE $9 = 0 OR EXISTS (SELECT 1 FROM draft WHERE region = $1 AND id = $2)
ON CONFLICT ON CONSTRAINT draft_once DO UPDATE
SET data_sealed = EXCLUDED.data_sealed, dossier_number = EXCLUDED.dossier_number, updated_at = EXCLUDED.updated_at, version = d.version + 1
WHERE d.version = $9
RETURNING *
"""


async def _put_draft(region: Region, actor: Actor, matter: Matter, about: UUID | None, seen: int, now: datetime, *,
                     data: Mapping[str, Any] | None = None, number: int | None = None) -> Draft:
    there = await Draft.of(region.code, account_id=actor.account_id, matter=matter.code, about_id=about).first()
    id = there.id if there else new_id()
    sealed = seal(data if data is not None else there.data if there else {}, region.code, "draft", "data", id)
    found = await row(_PUT_DRAFT, region.code, id, actor.account_id, matter.code, about, sealed,
                      number or (there.dossier_number if there else None), now, seen)
    if found is None:
        raise dossiers.ChangedElsewhere
    return Draft.read(found)


@verb
async def submit(region: Region, actor: Actor, matter_code: str, given: Mapping[str, Any], now: datetime, about: UUID | None = None) -> Outcome:
    """Submit: everything that is missing is said at once; what goes along is frozen with it.

    Raises :class:`Incomplete` (path of each gap → sentence), :class:`Invalid`, :class:`NotYet`, :class:`NotSynchronised`, ``NoHandler``,
    ``TooManyOpen``.
    """
    matter = region.matter(matter_code)
    async with transaction():
        await row("SELECT 1 FROM account WHERE region = $1 AND id = $2 FOR NO KEY UPDATE", region.code, about or actor.account_id)
        who = await applicant(region, actor, matter, about)
        if lacks := await lacking(region, matter, who):
            raise NotYet(LACKS[lacks[0]], context={"lacks": [one.value for one in lacks]})
        form = await _checked(region, matter, given)
        draft = await Draft.of(region.code, account_id=actor.account_id, matter=matter.code, about_id=about).first()
        await dossiers.check_files(region, matter.form, form, draft.id if draft else None)
        who = replace(who, unit=await _chosen_unit(region, matter, form) or who.unit)
        concerning = await _along(region, actor, matter, who, now)
        outcome = await engine.start(region, actor, matter, form, subject=matter.name, concerning=concerning, now=now)
        if draft is not None:
            await files.hand_over(region, files.Subject.DRAFT, draft.id, files.Subject.CASE, outcome.case.id)
        await execute("DELETE FROM draft WHERE region = $1 AND account_id = $2 AND matter = $3 AND about_id IS NOT DISTINCT FROM $4",
                      region.code, actor.account_id, matter.code, about)
    await engine.announce(region, outcome)
    return outcome


async def _checked(region: Region, matter: Matter, given: Mapping[str, Any]) -> dict[str, Any]:
    form = clean(region.profile, matter.form, given)
    await check_organisations(region.code, matter.form, form, {})
    return form


async def _chosen_unit(region: Region, matter: Matter, form: Mapping[str, Any]) -> UUID | None:
    """The unit that the form chooses (WH-23): an admitted one. Raises :class:`Invalid`."""
    for field in matter.form:
        if field.type is FieldType.UNIT and field.field in form:
            found = await row("SELECT 1 FROM organisation WHERE region = $1 AND id = $2 AND kind = 'unit' AND NOT provisional AND state = 'active'",
                              region.code, UUID(form[field.field]))
            if found is None:
                raise Invalid({field.field: "这个单位还没有审核入库，暂时不能选择。请联系单位先提交审核，通过后再选。"})
            return UUID(form[field.field])
    return None


async def _along(region: Region, actor: Actor, matter: Matter, who: Applicant, now: datetime) -> Concerning:
    """The version that goes along: frozen now, or the admitted one that was copied."""
    if not matter.sections:
        return Concerning(who.about, who.unit)
    dossier = await dossiers.of(region, who.owner, now)
    if matter.content == "admitted":
        draft = await Draft.of(region.code, account_id=actor.account_id, matter=matter.code, about_id=who.about).first()
        if draft is None or draft.dossier_number is None:
            raise NotSynchronised
        return Concerning(who.about, who.unit, dossier.id, draft.dossier_number)
    _refuse_gaps(region, matter, who.owner.kind, dossier.draft)
    return Concerning(who.about, who.unit, dossier.id, await dossiers.freeze(region, dossier, who.owner.kind, now))


def _refuse_gaps(region: Region, matter: Matter, kind: str, content: Content) -> None:
    sections = [section for section in region.profile.sections_of(kind) if section.section in matter.sections]
    if gaps := dossiers.missing(sections, content):
        raise Incomplete({gap.path: gap.sentence for gap in gaps})


@verb
async def resubmit(region: Region, actor: Actor, case_id: UUID, seen: int, given: Mapping[str, Any], now: datetime) -> Outcome:
    """Answer a return, or change what nobody has reviewed yet (DZ-08): the sections as they stand now go along as a new version.

    Raises what :func:`submit` raises, and what :func:`engine.act` raises.
    """
    case = await Case.find(region.code, case_id)
    kept = await regions.at(region.code, case.profile_version)
    matter = kept.matter(case.matter)
    async with transaction():
        form = await _checked(kept, matter, given) if matter.form else dict(case.data)
        await dossiers.check_files(kept, matter.form, form, case.id)
        number = await _new_version(kept, actor, matter, case, now)
        outcome = await engine.apply(region, actor, case_id, engine.Request(Action.RESUBMIT, seen, form=form, number=number), now)
    await engine.announce(region, outcome)
    return outcome


async def _new_version(region: Region, actor: Actor, matter: Matter, case: Case, now: datetime) -> int | None:
    if not matter.sections or case.dossier_id is None:
        return None
    dossier = await Dossier.find(region.code, case.dossier_id)
    if matter.content == "admitted":
        return dossier.admitted
    _refuse_gaps(region, matter, matter.who.dossier, dossier.draft)
    return await dossiers.freeze(region, dossier, matter.who.dossier, now)


@verb
async def supplement_dossier(region: Region, actor: Actor, case_id: UUID, seen: int, section: str, number: int | None, given: Mapping[str, Any],
                             now: datetime) -> Outcome:
    """补充材料 by the specialist at her step (SD-05): one row of the talent's sections; a new version stands in the case at once."""
    case = await Case.find(region.code, case_id)
    if case.dossier_id is None or case.dossier_number is None or case.state is not CaseState.HANDLING:
        raise NotFound
    async with transaction():
        dossier = await Dossier.find(region.code, case.dossier_id)
        frozen = await dossiers.supplement(region, dossier, case.dossier_number, section, number, given, now)
        name = dossiers.section_of(region, "talent", section).name
        request = engine.Request(Action.SUPPLEMENT, seen, opinion=f"补充了{name}", number=frozen)
        outcome = await engine.apply(region, actor, case_id, request, now)
    await engine.announce(region, outcome)
    return outcome
