"""What a region says: who it is, its notices 通报公告 (WH-41) and its lists of information (WH-56).

Open to everybody; whoever is logged in also reads what is for her."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request

from services import notices, rich_text
from services.catalogue import shelves
from services.notices import Line, Reading
from web import downloads
from web.bodies import Body, query
from web.context import now, region, visitor
from wechat.miniapp.answers import Answer, Listing, answer
from wechat.miniapp.files import Enclosure

blueprint = Blueprint("api_information")


class InformationList(Answer):
    code: str
    name: str


class Here(Answer):
    """``channel``: whether there is a green channel, with services to book and venues to scan; ``login``: ways to log in, the usual one first;
    ``log_out``: the word on the button; ``registers``: whether persons register themselves; ``issues_cards``: whether people apply for the card here;
    ``privileges``: whether a card opens venues; ``dossier``: whether persons fill one in; ``districts``: code → name."""

    code: str
    scheme: str
    phone: str
    card_name: str
    channel: bool
    login: list[str]
    log_out: str
    registers: bool
    issues_cards: bool
    privileges: bool
    dossier: bool
    information: list[InformationList]
    districts: dict[str, str]


class NoticeLine(Answer):
    """``unread``: who is logged in has not opened it."""

    id: UUID
    title: str
    organisation: str
    published_at: datetime | None
    pinned: bool
    unread: bool

    @classmethod
    def of(cls, line: Line) -> Self:
        return cls(id=line.id, title=line.title, organisation=line.organisation, published_at=line.published_at, pinned=line.pinned,
                   unread=line.unread)


class Notices(Listing[NoticeLine]):
    """Pinned ones first, then the newest. ``name``: what the list is called; ``total``: how many there are on all pages; ``unread``: notices that the
    reader has not opened, whatever list this is."""

    name: str
    total: int
    unread: int


class NoticeRead(Answer):
    """``html``: cleaned where it was written, a handful of tags without script, style or picture."""

    id: UUID
    title: str
    organisation: str
    published_at: datetime | None
    html: str
    files: list[Enclosure]

    @classmethod
    def of(cls, found: Reading) -> Self:
        one = found.notice
        return cls(id=one.id, title=one.title, organisation=found.organisation, published_at=one.published_at,
                   html=str(rich_text.shown(one.written_as, one.body)), files=[Enclosure.of(file) for file in found.files])


class NoticesAsked(Body):
    """``category``: code of a list of information; empty: the notices."""

    category: Annotated[str, Field(max_length=48)] = notices.NOTICES
    words: Annotated[str, Field(max_length=40, description="part of title or text")] = ""
    page: Annotated[int, Field(ge=1, le=10_000)] = 1


class InList(Body):
    category: Annotated[str, Field(max_length=48)] = notices.NOTICES


@blueprint.get("/<region:str>/api/region", ctx_permission="public", ctx_summary="本地区", ctx_answers=Here)
async def here(request: Request) -> HTTPResponse:
    found = region(request)
    profile = found.profile
    return answer(Here(code=found.code, scheme=found.scheme, phone=found.phone, card_name=profile.card.name, channel=bool(await shelves(found, "")),
                       login=list(profile.login.methods_of(None)), log_out=profile.login.log_out, registers="person" in profile.registration,
                       issues_cards=profile.issues_cards, privileges=bool(profile.venue_categories and profile.card.levels),
                       dossier=bool(profile.person_sections),
                       information=[InformationList(code=one.code, name=one.name) for one in profile.information],
                       districts={district.code: district.name for district in profile.districts}))


@blueprint.get("/<region:str>/api/notices", ctx_permission="public", ctx_summary="通报公告和信息", ctx_query=NoticesAsked, ctx_answers=Notices)
async def index(request: Request) -> HTTPResponse:
    asked, who = query(request, NoticesAsked), visitor(request)
    found = await notices.published(region(request), who, asked.category, now(request), asked.words, page=asked.page)
    return answer(Notices(items=[NoticeLine.of(line) for line in found.lines], name=notices.name_of(region(request), asked.category),
                          total=found.total, next=str(asked.page + 1) if asked.page * notices.PAGE < found.total else None,
                          unread=await notices.unread(region(request), who, now(request)) if who else 0))


@blueprint.get("/<region:str>/api/notices/<id:uuid>", ctx_permission="public", ctx_summary="一条通报公告或信息", ctx_query=InList,
               ctx_answers=NoticeRead)
async def show(request: Request, id: UUID) -> HTTPResponse:
    return answer(NoticeRead.of(await notices.read(region(request), visitor(request), query(request, InList).category, id, now(request))))


@blueprint.get("/<region:str>/api/notices/<id:uuid>/files/<file:uuid>", ctx_permission="public", ctx_limit=(60, 60),
               ctx_summary="通报公告或信息的附件", ctx_query=InList, ctx_answers=bytes)
async def download(request: Request, id: UUID, file: UUID) -> HTTPResponse:
    asked = query(request, InList)
    return downloads.out(await notices.attachment(region(request), visitor(request), asked.category, id, file, now(request)), inline=False)
