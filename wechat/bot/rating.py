"""满意度评价 in the chat: one tap or one digit. Who is not content is asked for a sentence first; a rating is given once, whole."""

from typing import Any
from uuid import UUID

from services import ratings
from services.actors import Actor
from services.cases import own
from services.cases.own import Line
from wechat.bot import words
from wechat.bot.memory import Shown
from wechat.bot.talk import Talk, line_of, number_of

WHAT, WORD = "rate", "评价"
STARS = {5: "非常满意", 4: "满意", 3: "一般", 2: "不满意", 1: "非常不满意"}
TAPPED = "rate"
BAD = 2


async def begin(talk: Talk, who: Actor) -> str:
    """The one that waits for a rating, or a list of them."""
    waiting = [line for line in await own.lines(talk.region, who) if line.to_rate]
    if not waiting:
        return words.NOTHING_TO_RATE
    if len(waiting) == 1:
        return ask(talk, waiting[0])
    shown = waiting[:words.MOST_SHOWN]
    talk.memory.list([Shown(line.id) for line in shown])
    return words.which_to_rate(shown)


async def one(talk: Talk, who: Actor, case_id: UUID) -> str:
    """The one that a number of the list means."""
    line = next((line for line in await own.lines(talk.region, who) if line.id == case_id and line.to_rate), None)
    return ask(talk, line) if line else words.NOTHING_TO_RATE


def ask(talk: Talk, line: Line) -> str:
    """The question; lines to tap follow it."""
    talk.memory.doing = {"what": WHAT, "case": str(line.id), "subject": line.subject}

    async def offer() -> None:
        await talk.platform.send_choices(talk.openid, words.rate_head(line), {f"{TAPPED}-{stars}-{line.id.hex}": f"{stars} 星 {said}"
                                                                              for stars, said in STARS.items()})

    talk.after.append(offer)
    return words.rate_how(line)


async def go_on(talk: Talk, who: Actor, text: str) -> str:
    doing, line = talk.memory.doing, line_of(text)
    if "stars" in doing:
        return await _rate(talk, who, UUID(doing["case"]), doing["stars"], "" if line == "0" else text.strip())
    if line == "0":
        talk.memory.doing = {}
        return words.RATE_LATER
    stars = number_of(line)
    return await _stars(talk, who, doing, stars) if stars in STARS else here(talk)


def here(talk: Talk) -> str:
    return words.RATE_WORDS if "stars" in talk.memory.doing else words.RATE_DIGIT


async def tapped(talk: Talk, who: Actor, id: str) -> str:
    """A line of the list that was sent once; it may be long ago, or of a case that is rated by now."""
    _, stars, case = id.split("-", 2)
    line = next((one for one in await own.lines(talk.region, who) if one.id.hex == case and one.to_rate), None)
    if line is None or number_of(stars) not in STARS:
        return words.NOTHING_TO_RATE
    talk.memory.doing = {"what": WHAT, "case": str(line.id), "subject": line.subject}
    return await _stars(talk, who, talk.memory.doing, int(stars))


async def _stars(talk: Talk, who: Actor, doing: dict[str, Any], stars: int) -> str:
    if stars <= BAD:
        talk.memory.doing = doing | {"stars": stars}
        return words.RATE_WORDS
    return await _rate(talk, who, UUID(doing["case"]), stars, "")


async def _rate(talk: Talk, who: Actor, case: UUID, stars: int, said: str) -> str:
    talk.memory.doing = {}
    await ratings.rate_case(talk.region, who, case, stars, said, talk.now)
    return words.rated(stars, STARS[stars])
