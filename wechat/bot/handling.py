"""Cases in the chat: lists, one case, and for staff every act on it by a line ``<word> <number> <opinion>``.

The words are those of the case's own buttons and steps, so that each region's chat speaks as its desk does; a number is that of the list shown last,
or the case's own. A deputy acts here as at the desk.
"""

import re
from uuid import UUID

import structlog

from config.errors import Invalid, Refusal
from config.vocabulary import Action, Permission
from qr.fonts import FontsMissing
from services import consents, supervision, todo
from services.actors import Actor
from services.cases import destinations, engine, library, own, sheet
from services.cases.sheet import Button, Sheet
from services.printing import route_picture
from wechat.bot import staff_link, words
from wechat.bot.memory import Shown
from wechat.bot.talk import Talk, line_of, number_of

TRANSFER = "transfer"
OWN_LINES, TODO_LINES, DESTINATIONS = 6, 8, 16
ORDER = re.compile(r"(?P<word>[^\W\d]{1,8})\s*(?P<reference>\d{1,2}(?!\d)|[A-Za-z]{1,4}\d{6,20})\s*(?P<rest>.*)", re.DOTALL)
SENTENCES = frozenset({"意见", "常用意见"})
PICKED = re.compile(r"#\s*(?P<number>\d{1,2})")
WHERE = frozenset({"到哪了", "到哪", "进度", "查询", "查看", "看"})
ONWARD = frozenset({Action.APPROVE, Action.COMPLETE})
log = structlog.get_logger(__name__)


async def own_list(talk: Talk, who: Actor) -> str:
    lines = sorted(await own.lines(talk.region, who), key=lambda line: (not line.waits_for_applicant, not line.is_open))
    if not lines:
        return words.NO_CASES
    shown = lines[:OWN_LINES]
    talk.memory.list([Shown(line.id) for line in shown])
    return words.own_cases(talk.region, shown, talk.now, len(lines) - len(shown), talk.link("cases"))


async def to_do(talk: Talk, who: Actor) -> str:
    found = await todo.waiting(talk.region, who, limit=TODO_LINES)
    if not found:
        return words.NOTHING_WAITS
    talk.memory.list([Shown(one.id, one.version) for one in found])
    return words.to_do(talk.region, found, await todo.counts(talk.region, who, talk.now), talk.now, link=staff_link.link(talk, who))


async def digest(talk: Talk, who: Actor) -> str:
    """督办: what is due and late of her own; for who watches over the region, by organisation."""
    counts = await todo.counts(talk.region, who, talk.now)
    watches = who.may(Permission.SUPERVISE, talk.region.profile)
    return words.digest(counts, await supervision.late_by_organisation(talk.region, talk.now) if watches else None, talk.now)


async def choose_digests(talk: Talk, who: Actor, *, on: bool) -> str:
    """Whether the day's digest comes to this chat by itself."""
    if not talk.region.profile.sending.in_chat:
        return words.NO_DIGESTS
    await consents.choose_digests(who, on, talk.now)
    return words.DIGESTS_ON if on else words.DIGESTS_OFF


async def order(talk: Talk, who: Actor, word: str, reference: str, rest: str) -> str | None:
    """``到哪了 1`` for everybody; for staff the word of a button, a case, and what they have to say. None: no order that she can give."""
    if word in WHERE:
        shown = await _named(talk, who, reference)
        return await show(talk, who, shown) if shown else _unknown(reference)
    if not who.is_at_desk:
        return None
    shown = await _named(talk, who, reference)
    if shown is not None and word in SENTENCES:
        return await _sentences(talk, who, shown, reference)
    return await _act(talk, who, shown, word, reference, rest) if shown else _unknown(reference)


async def show(talk: Talk, who: Actor, shown: Shown) -> str:
    """One case in words, with what can be done to it; its picture follows."""
    found = await sheet.open_case(talk.region, who, shown.case_id, talk.now)
    talk.after.append(lambda: _send_picture(talk, found, mine=not _handles(who, found)))
    orders = words.orders(found, _reference(talk, found)) if who.is_at_desk else []
    return words.progress(found, talk.now, _page(talk, who, found), orders, once=_handles(who, found))


async def _send_picture(talk: Talk, found: Sheet, *, mine: bool) -> None:
    """The words were said; a picture that cannot be drawn is none."""
    try:
        await talk.platform.send_picture(talk.openid, await route_picture.draw(talk.region, found, talk.now, mine=mine))
    except FontsMissing:
        log.warning("bot.no_picture", code="fonts_missing")


def _reference(talk: Talk, found: Sheet) -> str:
    """How she calls it: by the number of the list where it is on one."""
    return next((str(place) for place, one in enumerate(talk.memory.shown, 1) if one.case_id == found.case.id), found.case.number)


def _unknown(reference: str) -> str:
    return words.NO_LIST if reference.isdigit() else words.NO_SUCH


async def _named(talk: Talk, who: Actor, reference: str) -> Shown | None:
    """The case that a number of the last list means, or the one with this number of its own among what is hers."""
    if reference.isdigit():
        return talk.memory.numbered(int(reference))
    if who.is_at_desk:
        waiting = await todo.search(talk.region, who, reference, 2)
        return next((Shown(one.id, one.version) for one in waiting if one.number == reference), None)
    return next((Shown(line.id) for line in await own.lines(talk.region, who) if line.number == reference), None)


async def _act(talk: Talk, who: Actor, shown: Shown, word: str, reference: str, rest: str) -> str:
    found = await sheet.read(talk.region, who, shown.case_id, talk.now)
    if found.case.version != shown.version:
        return words.meanwhile(found.history[-1], talk.now)
    button = _button(found, word)
    if button is None:
        return words.not_now(found, reference)
    if button.action is Action.TRANSFER:
        return await _where_to(talk, who, found, button, rest)
    choice, opinion = _chosen(button, rest)
    opinion = await _picked(talk, who, found, button, opinion)
    if button.choices and not choice:
        return words.choose(button, reference)
    outcome = await engine.act(talk.region, who, found.case.id, engine.Request(button.action, shown.version, opinion, choice), talk.now)
    talk.memory.moved(outcome.case.id, outcome.case.version)
    return words.acted(talk.region, outcome, words.done_words(button, choice), reference)


async def _where_to(talk: Talk, who: Actor, found: Sheet, button: Button, rest: str) -> str:
    """The organisations that can take it; words after the order narrow them."""
    offered = await destinations.of(talk.region, found.case, rest)
    offered = offered or await destinations.of(talk.region, found.case)
    if not offered:
        return words.NOWHERE_TO
    shown = offered[:DESTINATIONS]
    talk.memory.doing = {"what": TRANSFER, "case": str(found.case.id), "seen": found.case.version, "number": found.case.number,
                         "offered": [[str(one.id), one.name] for one in shown]}
    return words.where_to(button, found, [one.name for one in shown], _page(talk, who, found, f"/{button.action.value}"))


async def go_on(talk: Talk, who: Actor, text: str) -> str:
    """``<number of the office> <opinion>``: 转办 begun before."""
    doing, line = talk.memory.doing, line_of(text)
    if line == "0":
        talk.memory.doing = {}
        return words.NOT_TRANSFERRED
    place, _, opinion = line.partition(" ")
    number = number_of(place)
    if number is None or not 1 <= number <= len(doing["offered"]):
        return here(talk)
    if not opinion.strip():
        return words.transfer_why(number, doing["offered"][number - 1][1])
    to, name = doing["offered"][number - 1]
    try:
        outcome = await engine.act(talk.region, who, UUID(doing["case"]),
                                   engine.Request(Action.TRANSFER, doing["seen"], opinion.strip(), organisation=UUID(to)), talk.now)
    except Refusal:
        talk.memory.doing = {}
        raise
    talk.memory.doing = {}
    return words.transferred(outcome, name)


def here(talk: Talk) -> str:
    return words.transfer_how(len(talk.memory.doing["offered"]))


async def _sentences(talk: Talk, who: Actor, shown: Shown, reference: str) -> str:
    """``意见 1``: the ready opinions for what she may do to this case, each with the sign by which it is picked."""
    found, kept = await sheet.read(talk.region, who, shown.case_id, talk.now), await library.of_actor(talk.region, who)
    mine = [button for button in found.buttons if button.as_handler and button.opinion != "none" and button.action is not Action.TRANSFER]
    return words.sentences([(button, kept.of(button.action, found.matter)) for button in mine], reference)


async def _picked(talk: Talk, who: Actor, found: Sheet, button: Button, opinion: str) -> str:
    """``#2`` is the second of the ready opinions for this act, when there is one; everything else is the opinion itself. Raises ``Invalid``."""
    if (sign := PICKED.fullmatch(opinion)) is None:
        return opinion
    ready = (await library.of_actor(talk.region, who)).of(button.action, found.matter)
    if not 0 < int(sign["number"]) <= len(ready):
        raise Invalid({"opinion": words.NO_SUCH_SENTENCE})
    return ready[int(sign["number"]) - 1]


def _button(found: Sheet, word: str) -> Button | None:
    """By the button's word, by the action's, or, for what carries the case onward, by the step's name."""
    mine = [button for button in found.buttons if button.as_handler]
    return next((button for button in mine if word in (button.label, button.action.label)
                 or (button.action in ONWARD and word == found.step.name)), None)


def _chosen(button: Button, rest: str) -> tuple[str, str]:
    """The result that the words begin with, and the words after it."""
    for value, label in button.choices.items():
        if rest.startswith(label):
            return value, rest[len(label):].strip(" ,，。")
    return "", rest


def _page(talk: Talk, who: Actor, found: Sheet, act: str = "") -> str:
    """Her own case asks for her login as ever; to one of the office's a link of hers leads."""
    if not _handles(who, found):
        return talk.link(f"cases/{found.case.id}")
    return staff_link.link(talk, who, f"{staff_link.ROOT}/cases/{found.case.id}{act}")


def _handles(who: Actor, found: Sheet) -> bool:
    return who.is_at_desk and found.case.applicant_id != who.account_id
