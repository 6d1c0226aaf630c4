"""预约: book, look, withdraw, add, correct, rate (WH-51..53). Creating takes an ``Idempotency-Key``."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request

from services import bookings, notifications, printing, ratings
from services.cases import own
from services.printing import application
from web.bodies import Body, parse
from web.context import actor, now, region
from web.idempotency import once
from wechat.miniapp.answers import Count, answer
from wechat.miniapp.cases import CaseLine, CaseLines, CaseStory, Moved, Rated

blueprint = Blueprint("api_bookings")
BOOKING = "/<region:str>/api/bookings/<case_id:uuid>"


class NewBooking(Body):
    """``form``: as the service's detail declares it."""

    service: UUID
    form: Annotated[dict[str, Any], Field(max_length=50)]


class Withdrawal(Body):
    seen: Count
    reason: Annotated[str, Field(max_length=200)] = ""


class Addition(Body):
    seen: Count
    words: Annotated[str, Field(max_length=1000)]


class Correction(Body):
    seen: Count
    form: Annotated[dict[str, Any], Field(max_length=50)]


class Stars(Body):
    stars: Annotated[Count, Field(ge=1, le=5)]
    words: Annotated[str, Field(max_length=ratings.LONGEST_WORDS)] = ""


@blueprint.post("/<region:str>/api/bookings", ctx_permission="talent", ctx_summary="提交预约", ctx_accepts=NewBooking, ctx_answers=Moved,
                ctx_status=201)
@once
async def create(request: Request) -> HTTPResponse:
    asked = parse(request, NewBooking)
    outcome = await bookings.request(region(request), actor(request), asked.service, asked.form, now(request))
    return answer(Moved.of(region(request), outcome), 201)


@blueprint.get("/<region:str>/api/bookings", ctx_permission="talent", ctx_unconfirmed=True, ctx_summary="我的办件", ctx_answers=CaseLines)
async def index(request: Request) -> HTTPResponse:
    lines = await own.lines(region(request), actor(request))
    return answer(CaseLines(items=[CaseLine.of(region(request), line, now(request)) for line in lines]))


@blueprint.get(BOOKING, ctx_permission="talent", ctx_summary="办件进度", ctx_answers=CaseStory)
async def show(request: Request, case_id: UUID) -> HTTPResponse:
    found = await CaseStory.opened(region(request), actor(request), case_id, now(request), for_staff=False)
    await notifications.have_read(region(request), actor(request), now(request), case_id)
    return answer(found)


@blueprint.get(f"{BOOKING}/print", ctx_permission="talent", ctx_limit=(20, 60), ctx_summary="打印申请表", ctx_answers=bytes)
async def paper(request: Request, case_id: UUID) -> HTTPResponse:
    """Her application with its review trail, as PDF (BZ-14)."""
    drawn = await printing.draw(await application.of_case(region(request), actor(request), case_id, now(request)))
    return HTTPResponse(drawn, content_type=printing.CONTENT_TYPE, headers={"Cache-Control": "no-store"})


@blueprint.post(f"{BOOKING}/withdraw", ctx_permission="talent", ctx_summary="撤回", ctx_accepts=Withdrawal, ctx_answers=Moved)
@once
async def withdraw(request: Request, case_id: UUID) -> HTTPResponse:
    asked = parse(request, Withdrawal)
    outcome = await bookings.withdraw(region(request), actor(request), case_id, asked.seen, asked.reason, now(request))
    return answer(Moved.of(region(request), outcome))


@blueprint.post(f"{BOOKING}/supplement", ctx_permission="talent", ctx_summary="补充说明", ctx_accepts=Addition, ctx_answers=Moved)
@once
async def supplement(request: Request, case_id: UUID) -> HTTPResponse:
    asked = parse(request, Addition)
    outcome = await bookings.supplement(region(request), actor(request), case_id, asked.seen, asked.words, now(request))
    return answer(Moved.of(region(request), outcome))


@blueprint.post(f"{BOOKING}/resubmit", ctx_permission="talent", ctx_summary="修改后重新提交", ctx_accepts=Correction, ctx_answers=Moved)
@once
async def resubmit(request: Request, case_id: UUID) -> HTTPResponse:
    asked = parse(request, Correction)
    outcome = await bookings.resubmit(region(request), actor(request), case_id, asked.seen, asked.form, now(request))
    return answer(Moved.of(region(request), outcome))


@blueprint.post(f"{BOOKING}/rating", ctx_permission="talent", ctx_summary="评价", ctx_accepts=Stars, ctx_answers=Rated, ctx_status=201)
@once
async def rate(request: Request, case_id: UUID) -> HTTPResponse:
    given = parse(request, Stars)
    rating = await ratings.rate_case(region(request), actor(request), case_id, given.stars, given.words, now(request))
    return answer(Rated.of(rating), 201)
