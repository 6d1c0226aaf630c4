"""我的人才信息 (WH-20, DZ-03, DZ-04): sections with their rows, drafts that may be saved at any time, and one list of what is missing.

Rows have numbers from 1 in addresses, as people count; ``new`` is a further one.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sanic import Blueprint, HTTPResponse, Request, redirect

from config.errors import Invalid, NotFound, Refusal
from config.forms import Section
from config.routes import Matter
from models.dossier import Dossier
from services import answering, applications, attachments, dossiers, standings
from services.actors import Actor
from services.cases.forms import as_id
from services.dossiers import FILED, ChangedElsewhere, Gap, Owner
from services.regions import Region
from web import pages
from web.bodies import Body, parse
from web.context import actor, now, region
from web.uploads import received
from wechat.pages import forms

NEW = "new"
blueprint = Blueprint("phone_dossier")


@dataclass(frozen=True)
class Place:
    """One section of the list: how many rows it has, what it lacks, and how many answers it ``needs``."""

    section: Section
    rows: int
    gaps: tuple[Gap, ...]
    needs: int

    @property
    def done(self) -> int:
        """Of what it needs; a section that is whole has all of it."""
        return 0 if not self.rows else max(0, self.needs - len(self.gaps)) if self.gaps else self.needs


@dataclass(frozen=True)
class Mine:
    """The reader's own dossier."""

    region: Region
    actor: Actor
    owner: Owner
    dossier: Dossier

    def section(self, code: str) -> Section:
        return dossiers.section_of(self.region, self.owner.kind, code)

    def rows(self, section: Section) -> list[dict[str, Any]]:
        return self.dossier.draft.get(section.section, [])

    def places(self) -> list[Place]:
        content = self.dossier.draft
        return [Place(section, len(self.rows(section)), tuple(dossiers.missing([section], content)), dossiers.needed(section, self.rows(section)))
                for section in self.region.profile.sections_of(self.owner.kind)]


async def _mine(request: Request, section: str | None = None) -> Mine:
    """Raises :class:`NotFound` for a ``section`` that is none, before a dossier is begun for it."""
    here, who = region(request), actor(request)
    owner = dossiers.owner_of(who)
    if section is not None:
        dossiers.section_of(here, owner.kind, section)
    return Mine(here, who, owner, await dossiers.of(here, owner, now(request)))


@blueprint.get("/<region:str>/me/dossier", ctx_permission="talent")
async def index(request: Request) -> HTTPResponse:
    mine = await _mine(request)
    places = mine.places()
    needed = [place for place in places if place.section.required or place.rows]
    return pages.render(request, "phone/dossier/index.html", places=places, needed=needed, dossier=mine.dossier,
                        done=request.args.get("done", ""), saved=request.args.get("section", ""),
                        whole=sum(not place.gaps for place in needed), gaps=[gap for place in places for gap in place.gaps],
                        opening=await _opening(mine, now(request)), held=await standings.of_person(mine.region, mine.actor.account_id))


async def _opening(mine: Mine, now: datetime) -> Matter | None:
    """The matter that opens the account, as long as it is hers to submit (GL-04)."""
    way = mine.region.profile.registration.get("person")
    if way is None or way.matter is None:
        return None
    offers = await applications.offered(mine.region, mine.actor, now)
    return next((offer.matter for offer in offers if offer.matter.code == way.matter and offer.open is None), None)


@blueprint.get("/<region:str>/me/dossier/<section:str>", ctx_permission="talent")
async def show(request: Request, section: str) -> HTTPResponse:
    """The rows of a section; of one that does not repeat, its form."""
    mine = await _mine(request, section)
    declared = mine.section(section)
    if not declared.repeats:
        return await _form(request, mine, declared, "1", dict(next(iter(mine.rows(declared)), {})))
    (part,) = await dossiers.in_words(mine.region, [declared], mine.dossier.draft)
    return pages.render(request, "phone/dossier/section.html", part=part, section=declared, dossier=mine.dossier, rows=mine.rows(declared),
                        gaps=dossiers.missing([declared], mine.dossier.draft), done=request.args.get("done", ""), case=_case(request))


@blueprint.get("/<region:str>/me/dossier/<section:str>/<number:str>", ctx_permission="talent")
async def edit(request: Request, section: str, number: str) -> HTTPResponse:
    mine = await _mine(request, section)
    declared = mine.section(section)
    return await _form(request, mine, declared, number, _row(mine, declared, number))


@blueprint.post("/<region:str>/me/dossier/<section:str>/<number:str>", ctx_permission="talent")
async def save(request: Request, section: str, number: str) -> HTTPResponse:
    """``act=look`` finds units, ``act=drop:<id>`` takes a file off the form; else the row is saved as it is, complete or not."""
    mine = await _mine(request, section)
    declared = mine.section(section)
    given, act = forms.typed(request, declared.fields), forms.word(request, "act")
    if act == "look" or act.startswith("drop:"):
        return await _form(request, mine, declared, number, forms.without_file(given, act))
    try:
        saved = await dossiers.put_row(mine.region, mine.actor, mine.owner, section, _index(declared, number), given, forms.seen(request),
                                       now(request))
    except (Invalid, ChangedElsewhere) as refusal:
        return await _form(request, mine, declared, number, given, refusal)
    await attachments.let_go(mine.region, mine.actor, saved, section, now(request))
    return redirect(_onward(request, declared), status=303)


class Removal(Body):
    seen: int
    case: str = ""


@blueprint.post("/<region:str>/me/dossier/<section:str>/<number:str>/remove", ctx_permission="talent")
async def remove(request: Request, section: str, number: str) -> HTTPResponse:
    mine = await _mine(request, section)
    seen, index = parse(request, Removal).seen, _index(mine.section(section), number)
    if index is None:
        raise NotFound
    left = await dossiers.remove_row(mine.region, mine.actor, mine.owner, section, index, seen, now(request))
    await attachments.let_go(mine.region, mine.actor, left, section, now(request))
    return redirect(f"/{mine.region.code}/me/dossier/{section}?done=removed{_along(request)}", status=303)


@blueprint.post("/<region:str>/me/dossier/<section:str>/<number:str>/files", ctx_permission="talent", stream=True, ctx_body=forms.UPLOAD_BYTES,
                ctx_limit=(60, 60))
async def upload(request: Request, section: str, number: str) -> HTTPResponse:
    """Files for the row that is being filled in; the answer is the form, or for the page's script the one field, with what is there now."""
    mine = await _mine(request, section)
    declared = mine.section(section)
    given, refusal = forms.typed(request, declared.fields), None
    try:
        for sent in received(request):
            name = sent.field.removeprefix(forms.UPLOAD)
            file = await attachments.to_row(mine.region, mine.actor, mine.owner, section, name, sent.name, sent.data, now(request))
            given = forms.with_file(declared.fields, given, name, str(file.id))
    except Invalid as refused:
        refusal = forms.beside_upload(refused)
    return await _form(request, mine, declared, number, given, refusal)


async def _form(request: Request, mine: Mine, section: Section, number: str, given: dict[str, Any], refusal: Refusal | None = None) -> HTTPResponse:
    """The row with what was typed, what is wrong with it, and what a reviewer marked."""
    errors = refusal.fields if isinstance(refusal, Invalid) else {"": refusal.text} if refusal else {}
    here = f"/{mine.region.code}/me/dossier/{section.section}/{number}"
    page = await forms.declared(mine.region, mine.actor, section.fields, given, errors=errors, marks=await _marks(request, mine, section, number),
                                words=forms.sought(request), fixed=await dossiers.fixed_fields(mine.region, mine.dossier, section),
                                upload=f"{here}/files")
    only = next((field for field in section.fields if field.field == forms.word(request, "only") and field.type in FILED), None)
    if only is not None:
        return pages.render(request, "phone/dossier/file.html", refusal.status_code if refusal else 200, page=page, field=only, seen="")
    dossier = (await _mine(request)).dossier if isinstance(refusal, ChangedElsewhere) else mine.dossier
    return pages.render(request, "phone/dossier/row.html", refusal.status_code if refusal else 200, section=section, number=number, page=page,
                        here=here, dossier=dossier, case=_case(request))


async def _marks(request: Request, mine: Mine, section: Section, number: str) -> dict[str, str]:
    """What the return of the case that is being answered found wrong with this row."""
    case = as_id(_case(request))
    if case is None or not number.isdecimal():
        return {}
    found = await answering.of(mine.region, mine.actor, case, now(request))
    return {mark.field: mark.sentence for mark in found.marks if (mark.section, mark.number) == (section.section, int(number))}


def _row(mine: Mine, section: Section, number: str) -> dict[str, Any]:
    index, found = _index(section, number), mine.rows(section)
    if index is None or (index == 0 and not section.repeats and not found):
        return {}
    if index >= len(found):
        raise NotFound
    return dict(found[index])


def _index(section: Section, number: str) -> int | None:
    """Position of a row; none for a further one. Raises :class:`NotFound` for a word that is no number."""
    if number == NEW and section.repeats:
        return None
    if not (number.isascii() and number.isdecimal() and len(number) < 4 and int(number) > 0) or (not section.repeats and number != "1"):
        raise NotFound
    return int(number) - 1


def _onward(request: Request, section: Section) -> str:
    code = region(request).code
    if case := as_id(_case(request)):
        return f"/{code}/cases/{case}/answer?done=saved"
    if section.repeats:
        return f"/{code}/me/dossier/{section.section}?done=saved"
    return f"/{code}/me/dossier?done=saved&section={section.section}#section-{section.section}"


def _case(request: Request) -> str:
    """Id of the case that is being answered, from the address or the form."""
    return str(request.args.get("case") or forms.word(request, "case"))


def _along(request: Request) -> str:
    return f"&case={case}" if (case := as_id(_case(request))) else ""
