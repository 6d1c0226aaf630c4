"""个人注册 (GL-04, BZ-07, DZ-01): the form that the region asks of a person, and one act that makes her account, binds her WeChat and logs her in.

Units and reviewers register on the page: their people work at the desk.
"""

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request

from models.account import AccountKind
from services import joining, registration, sessions
from services.codes import Sender
from services.login import Entered
from web.bodies import Body, parse, query
from web.context import Face, now, region
from wechat.miniapp.answers import Answer, Listing, answer
from wechat.miniapp.catalogue import FieldShape, offices_for
from wechat.miniapp.login import LoggedIn, WechatCode, bind_entered, wechat_of

blueprint = Blueprint("api_register")
KIND = "person"


class TermsShown(Answer):
    version: str
    title: str
    text: str


class Registration(Answer):
    """``form``: ``password`` and ``password_again`` are not shown as they are typed; ``offices``: field → id → name; ``districts``: code → name."""

    name: str
    hint: str
    form: list[FieldShape]
    offices: dict[str, dict[str, str]]
    districts: dict[str, str]
    terms: TermsShown | None


class UnitFound(Answer):
    id: UUID
    name: str
    district: str


class UnitsFound(Listing[UnitFound]):
    """Of the units that are admitted those whose name has the words, shortest name first."""


class UnitWords(Body):
    words: Annotated[str, Field(max_length=50, description="two or more characters of its name")]


class Registering(Body):
    """``terms_version``: as it was read and agreed to; ``wechat_code``: binds the WeChat."""

    form: Annotated[dict[str, Any], Field(max_length=50)]
    terms_version: Annotated[str, Field(max_length=20)] = ""
    wechat_code: WechatCode | None = None


class Welcome(LoggedIn):
    """``case``: what was submitted along, where the region lets its review begin with the registration."""

    case: UUID | None


@blueprint.get("/<region:str>/api/register", ctx_permission="public", ctx_summary="个人注册要填写的内容", ctx_answers=Registration)
async def show(request: Request) -> HTTPResponse:
    here = region(request)
    asked, terms = registration.asked(here, KIND), here.profile.terms
    return answer(Registration(
        name=asked.way.name, hint=asked.way.hint, form=[FieldShape.of(one) for one in asked.fields],
        offices=await offices_for(here, asked.fields, {}),
        districts={one.code: one.name for one in here.profile.districts},
        terms=TermsShown(version=terms.version, title=terms.title, text=terms.text) if terms else None))


@blueprint.get("/<region:str>/api/register/units", ctx_permission="public", ctx_limit=(120, 60), ctx_summary="按名称查找单位", ctx_query=UnitWords,
               ctx_answers=UnitsFound)
async def units(request: Request) -> HTTPResponse:
    found = await registration.units(region(request), query(request, UnitWords).words)
    return answer(UnitsFound(items=[UnitFound(id=one.id, name=one.name, district=one.district) for one in found]))


@blueprint.post("/<region:str>/api/register", ctx_permission="public", ctx_limit=(60, 60), ctx_summary="个人注册", ctx_accepts=Registering,
                ctx_answers=Welcome, ctx_status=201)
async def register(request: Request) -> HTTPResponse:
    asked, here, moment = parse(request, Registering), region(request), now(request)
    wechat = await wechat_of(request, asked.wechat_code)
    joined = await joining.join(here, KIND, asked.form, asked.terms_version, Sender(request.ctx.address), Face.MINI.value, moment)
    token = await sessions.begin(here.code, joined.account.id, Face.MINI.value, moment)
    entered = Entered(token, joined.account.id, joined.account.name, AccountKind.TALENT)
    bound = await bind_entered(request, entered, wechat)
    return answer(Welcome(token=token, name=entered.name, kind=entered.kind.value, bound=bound, confirmed=True,
                          case=joined.case.id if joined.case else None), 201)
