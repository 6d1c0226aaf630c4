"""From a line in the chat to a verb and back: the table of what is understood, and the orders that name a case.

An order is ``<word> <number> <opinion>``. The words are those of the case's own buttons and steps, so that each region's chat speaks as
its desk does; numbers are those of the list shown last (``lists``), or the case's own.
"""

import re
import unicodedata
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime

from config.errors import Refusal
from config.vocabulary import Action
from services import chat, terms, todo
from services.actors import Actor
from services.cases import engine, own, sheet
from services.cases.sheet import Button, Sheet
from services.regions import Region
from services.terms import TermsOwed
from wechat.bot import binding, lists, words
from wechat.bot.lists import Shown
from wechat.codec import Incoming

OWN_LINES, TODO_LINES = 6, 8
LONGEST = 1200
ORDER = re.compile(r"(?P<word>[^\W\d]{1,8})\s*(?P<reference>\d{1,2}(?!\d)|[A-Za-z]{1,4}\d{6,20})\s*(?P<rest>.*)", re.DOTALL)
WHERE = frozenset({"到哪了", "到哪", "进度", "查询"})
ONWARD = frozenset({Action.APPROVE, Action.COMPLETE})


@dataclass(frozen=True)
class Talk:
    """One message's surroundings."""

    region: Region
    app_id: str
    openid: str = field(repr=False)
    now: datetime
    public_url: str

    def link(self, path: str) -> str:
        return f"{self.public_url.rstrip('/')}/{self.region.code}/{path}"


async def answer(talk: Talk, message: Incoming) -> str:
    """What to say; empty: nothing. A refusal is said in its own words, and whatever it interrupted did not happen."""
    try:
        who = await chat.writer(talk.region, talk.app_id, talk.openid)
        if who is not None:
            terms.require(talk.region, who)
        if message.event == "subscribe":
            return f"{words.welcome(talk.region)}\n{_abilities(talk, who)}"
        if not message.event and message.kind != "text":
            return f"{words.LISTENS_TO_TEXT}\n{_abilities(talk, who)}"
        return await _understand(talk, who, message.event_key if message.event else message.content)
    except TermsOwed as refusal:
        return f"{words.refused(refusal)}\n{talk.link('terms')}"
    except Refusal as refusal:
        return words.refused(refusal)


async def _understand(talk: Talk, who: Actor | None, text: str) -> str:
    line = unicodedata.normalize("NFKC", text[:LONGEST]).strip()
    command = COMMANDS.get(line.strip("「」。!"))
    if command is None and who is not None and (found := ORDER.fullmatch(line)):
        return await _order(talk, who, found["word"], found["reference"].upper(), found["rest"].strip())
    if command is None or (who is None and command is not _bind):
        return _abilities(talk, who)
    return await command(talk, who)


def _abilities(talk: Talk, who: Actor | None) -> str:
    return words.abilities(talk.region, bound=who is not None, staff=bool(who and who.is_at_desk))


async def _help(talk: Talk, who: Actor | None) -> str:
    return _abilities(talk, who)


async def _bind(talk: Talk, who: Actor | None) -> str:
    if who is not None:
        return words.bound_already(who.name)
    return words.bind_here(talk.link(f"bind/{binding.token(talk.region.code, talk.openid, talk.now)}"))


async def _own(talk: Talk, who: Actor | None) -> str:
    assert who is not None
    lines = sorted(await own.lines(talk.region, who), key=lambda line: (not line.waits_for_applicant, not line.is_open))
    if not lines:
        return words.NO_CASES
    shown = lines[:OWN_LINES]
    await lists.remember(who, [Shown(line.id) for line in shown])
    return words.own_cases(talk.region, shown, talk.now, len(lines) - len(shown), talk.link("cases"))


async def _to_do(talk: Talk, who: Actor | None) -> str:
    assert who is not None
    found = await todo.waiting(talk.region, who, limit=TODO_LINES)
    if not found:
        return words.NOTHING_WAITS
    numbered = await lists.remember(who, [Shown(one.id, one.version) for one in found])
    counts = await todo.counts(talk.region, who, talk.now)
    return words.to_do(talk.region, found, counts, talk.now, numbered=numbered, link=talk.link("desk-m"))


Command = Callable[[Talk, Actor | None], Awaitable[str]]
COMMANDS: dict[str, Command] = {
    **dict.fromkeys(("绑定", "绑定账号"), _bind),
    **dict.fromkeys(("我的办件", "我的预约", "办件", "预约", "进度"), _own),
    **dict.fromkeys(("待办", "待办事项"), _to_do),
    **dict.fromkeys(("帮助", "?", "help"), _help),
}


async def _order(talk: Talk, who: Actor, word: str, reference: str, rest: str) -> str:
    """``到哪了 1`` for everybody; for staff the word of a button, a case, and what they have to say."""
    if word in WHERE:
        shown = await _named(talk, who, reference)
        found = await sheet.read(talk.region, who, shown.case_id, talk.now) if shown else None
        return words.progress(found, talk.now, _page(talk, who, found)) if found else _unknown(reference)
    if not who.is_at_desk:
        return _abilities(talk, who)
    shown = await _named(talk, who, reference)
    if shown is None:
        return _unknown(reference)
    return await _act(talk, who, shown, word, reference, rest)


def _unknown(reference: str) -> str:
    return words.NO_LIST if reference.isdigit() else words.NO_SUCH


async def _named(talk: Talk, who: Actor, reference: str) -> Shown | None:
    """The case that a number of the last list means, or the one with this number of its own among what is hers."""
    if reference.isdigit():
        return await lists.find(who, int(reference))
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
        return words.on_page(button, f"{_page(talk, who, found)}/{button.action.value}")
    choice, opinion = _chosen(button, rest)
    if button.choices and not choice:
        return words.choose(button, reference)
    outcome = await engine.act(talk.region, who, found.case.id, engine.Request(button.action, shown.version, opinion, choice), talk.now)
    await lists.moved(who, outcome.case.id, outcome.case.version)
    return words.acted(talk.region, outcome, words.done_words(button, choice), reference)


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


def _page(talk: Talk, who: Actor, found: Sheet) -> str:
    own = found.case.applicant_id == who.account_id
    return talk.link(f"{'' if own else 'desk-m/'}cases/{found.case.id}")
