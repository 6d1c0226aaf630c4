"""满意度评价 (WH-53): one to five stars and words, once, by the one who was served, after it is finished."""

from datetime import datetime
from uuid import UUID

from tortoise.exceptions import IntegrityError

from config.errors import Conflict, Invalid, NotFound
from models.case import Case, CaseState
from models.database import broken_constraint, new_id, row, transaction
from models.visit import Rating, Visit
from services import follow_ups, live
from services.actors import Actor
from services.cases import engine
from services.regions import Region, at
from services.verbs import verb

LONGEST_WORDS = 500


class RatedAlready(Conflict):
    """您已经评价过了，感谢您的反馈。"""

    code = "rated_already"


class NotYetFinished(Conflict):
    """办结后才能评价，请耐心等待。"""

    code = "not_yet_finished"


@verb
async def rate_case(region: Region, actor: Actor, case_id: UUID, stars: int, words: str, now: datetime) -> Rating:
    """Rate a completed case of one's own. Raises :class:`NotFound`, :class:`NotYetFinished`, :class:`RatedAlready`, :class:`Invalid`."""
    case = await Case.find(region.code, case_id)
    kept = await at(region.code, case.profile_version)
    if case.applicant_id != actor.account_id or not kept.matter(case.matter).rated:
        raise NotFound
    if case.state is not CaseState.COMPLETED:
        raise NotYetFinished
    rating = Rating(region=region.code, id=new_id(), case_id=case.id, rater_id=actor.account_id, stars=stars, at=now)
    async with live.held_back(), transaction():
        still = await row("SELECT state FROM cases WHERE region = $1 AND id = $2 FOR SHARE", region.code, case.id)
        if still is None or still["state"] != CaseState.COMPLETED:  # the clerk has just taken it back (services.cases.undoing)
            raise NotYetFinished
        await _rate(region, actor, rating, words)
    await live.publish(region.code, f"case:{case.id}", f"org:{case.handler_org}", event="case", data={"id": str(case.id), "action": "rate"})
    return rating


@verb
async def rate_visit(region: Region, actor: Actor, visit_id: UUID, stars: int, words: str, now: datetime) -> Rating:
    """Rate an admitted visit of one's own."""
    visit = await Visit.find(region.code, visit_id)
    if visit.holder_id != actor.account_id or not visit.admitted:
        raise NotFound
    rating = Rating(region=region.code, id=new_id(), visit_id=visit.id, rater_id=actor.account_id, stars=stars, at=now)
    return await _rate(region, actor, rating, words)


async def _rate(region: Region, actor: Actor, rating: Rating, words: str) -> Rating:
    """The unique index decides that there is one (T24). A bad one begins what follows it, or neither of them is kept."""
    if isinstance(rating.stars, bool) or not isinstance(rating.stars, int) or not 1 <= rating.stars <= 5:
        raise Invalid({"stars": "请选择 1 到 5 颗星。"})
    if len(words.strip()) > LONGEST_WORDS:
        raise Invalid({"words": f"评价最多 {LONGEST_WORDS} 字。"})
    rating.put_words(words.strip())
    try:
        async with transaction():  # a savepoint: the caller's transaction lives on when the index says no
            await rating.save(force_create=True)
            begun = await follow_ups.begin(region, actor, rating, rating.at)
    except IntegrityError as error:
        if broken_constraint(error).startswith("rating_once"):
            raise RatedAlready from None
        raise
    if begun is not None:
        rating.follow_up_id = begun.case.id
        await engine.announce(region, begun)
    return rating


async def of_case(region: Region, case_id: UUID) -> Rating | None:
    return await Rating.of(region.code, case_id=case_id).first()


async def of_visit(region: Region, visit_id: UUID) -> Rating | None:
    return await Rating.of(region.code, visit_id=visit_id).first()
