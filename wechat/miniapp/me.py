"""我: who I am, my card and what it gives me this year, what I was told, my WeChat."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request

from config.errors import NotFound
from config.vocabulary import Permission
from models.card import Card, CardState
from services import cards, confirming, contact, login, notifications, standings, terms, visits
from services.actors import Actor
from services.notifications import Told
from services.regions import Region
from services.standings import Standing
from web.bodies import Body, parse
from web.context import actor, now, region
from wechat.miniapp.answers import Answer, Done, Listing, answer
from wechat.miniapp.catalogue import Entitled
from wechat.miniapp.login import ByWechat, openid_of, platform_of

blueprint = Blueprint("api_me")


class MyCard(Answer):
    """``usable``: whether it opens the green channel now; if not, ``why`` says what to do. ``number`` is masked."""

    name: str
    level: str
    level_name: str
    number: str
    issued_on: date
    valid_until: date
    state: str
    state_label: str
    usable: bool
    why: str

    @classmethod
    def of(cls, region: Region, card: Card, now: datetime) -> Self:
        reason = cards.why_not("active", card, now.astimezone(region.profile.tz).date())
        expired = reason is not None and card.state is CardState.ACTIVE
        return cls(name=region.profile.card.name, level=card.level, level_name=region.profile.level_name(card.level), number=card.number_masked,
                   issued_on=card.issued_on, valid_until=card.valid_until, state="expired" if expired else card.state.value,
                   state_label="已过期" if expired else card.state.label, usable=reason is None, why=cards.WHY[reason] if reason else "")


class MyStanding(Answer):
    """What she was classified as, where recognition gives a class; ``case`` decided it."""

    label: str
    organisation: str
    at: datetime
    case: UUID
    number: str

    @classmethod
    def of(cls, held: Standing) -> Self:
        return cls(label=held.label, organisation=held.organisation, at=held.at, case=held.case_id, number=held.number)


class MyRole(Answer):
    organisation_id: UUID
    organisation: str
    role: str
    role_name: str


class Me(Answer):
    """``phone`` is masked; ``wechat``: whether a WeChat is bound; ``supervises``: whether she sees what is late everywhere (WH-65); ``confirmed``:
    whether she proved who she is, as far as she must, and until then ``name`` is masked; ``cools_until``: until when changes of security wait."""

    id: UUID
    name: str
    kind: str
    phone: str
    wechat: bool
    confirmed: bool
    cools_until: datetime | None
    roles: list[MyRole]
    supervises: bool
    card: MyCard | None
    standing: MyStanding | None
    entitlements: list[Entitled]


class Message(Answer):
    """``subject_id``: the case, card or visit that it is about; ``about_case``: whether it is a case."""

    kind: str
    label: str
    about_case: bool
    text: str
    at: datetime
    subject_id: UUID | None

    @classmethod
    def of(cls, told: Told) -> Self:
        return cls(kind=told.kind.value, label=told.kind.label, about_case=told.about_case, text=told.text, at=told.at, subject_id=told.subject_id)


class Messages(Listing[Message]):
    """Newest first."""


@blueprint.get("/<region:str>/api/me", ctx_permission="person", ctx_unconfirmed=True, ctx_summary="我的账号、人才卡和今年的权益", ctx_answers=Me)
async def me(request: Request) -> HTTPResponse:
    here, who, moment = region(request), actor(request), now(request)
    card = await cards.current_card(here, who.account_id) if who.is_talent else None
    year = moment.astimezone(here.profile.tz).year
    entitled = await visits.entitlements(here, card.id, card.level, year) if card else []
    held = await standings.of_person(here, who.account_id) if who.is_talent else None
    reached = await contact.of(who)
    assert who.account_id is not None and who.kind is not None  # whoever has a session is a person
    return answer(Me(id=who.account_id, name=who.name, kind=who.kind.value, phone=reached.phone, wechat=reached.wechat, confirmed=who.confirmed,
                     cools_until=confirming.cooling(who, moment), roles=_roles(here, who), supervises=who.may(Permission.SUPERVISE, here.profile),
                     standing=MyStanding.of(held) if held else None, card=MyCard.of(here, card, moment) if card else None,
                     entitlements=[Entitled.of(one, mine=True) for one in entitled]))


def _roles(region: Region, who: Actor) -> list[MyRole]:
    known = region.profile.roles
    return [MyRole(organisation_id=grant.organisation_id, organisation=grant.organisation_name, role=grant.role, role_name=known[grant.role].name)
            for grant in who.grants if grant.role in known]


@blueprint.get("/<region:str>/api/messages", ctx_permission="person", ctx_summary="我收到的消息", ctx_answers=Messages)
async def messages(request: Request) -> HTTPResponse:
    found = await notifications.inbox(region(request), actor(request))
    await notifications.have_read(region(request), actor(request), now(request))
    return answer(Messages(items=[Message.of(told) for told in found]))


class TheTerms(Answer):
    """``owed``: whether this account must agree before anything else is answered (403 ``terms_owed``). ``text``: plain, in lines."""

    version: str
    title: str
    text: str
    owed: bool


class Agreeing(Body):
    terms_version: Annotated[str, Field(max_length=20, description="as it was read")]


@blueprint.get("/<region:str>/api/me/terms", ctx_permission="person", ctx_summary="用户须知", ctx_answers=TheTerms, ctx_before_terms=True)
async def the_terms(request: Request) -> HTTPResponse:
    found = region(request).profile.terms
    if found is None:
        raise NotFound
    return answer(TheTerms(version=found.version, title=found.title, text=found.text, owed=terms.owed(region(request), actor(request)) is not None))


@blueprint.post("/<region:str>/api/me/terms", ctx_permission="person", ctx_summary="同意用户须知", ctx_accepts=Agreeing, ctx_answers=Done,
                ctx_before_terms=True)
async def agree(request: Request) -> HTTPResponse:
    await terms.agree(region(request), actor(request), parse(request, Agreeing).terms_version, now(request))
    return answer(Done())


@blueprint.post("/<region:str>/api/me/wechat", ctx_permission="person", ctx_summary="绑定微信", ctx_accepts=ByWechat, ctx_answers=Done)
async def bind(request: Request) -> HTTPResponse:
    openid = await openid_of(request, parse(request, ByWechat).code)
    await login.bind_wechat(actor(request), platform_of(request).app_id, openid, now(request))
    return answer(Done())


@blueprint.delete("/<region:str>/api/me/wechat", ctx_permission="person", ctx_summary="解除微信绑定", ctx_answers=Done)
async def unbind(request: Request) -> HTTPResponse:
    await login.unbind_wechat(actor(request), now(request))
    return answer(Done())
