"""From a line in the chat to a verb and back: the table of what is understood, and what is under way with this person.

What was begun (a booking, a rating, a transfer) takes the next line; the words of the table and «取消» come before it. Whatever is not understood is
answered with what can be said here and now.
"""

from collections.abc import Awaitable, Callable
from types import ModuleType

from config.errors import Refusal
from services import chat, login, talks, terms
from services.actors import Actor
from services.terms import TermsOwed
from wechat.bot import binding, booking, handling, places, rating, words
from wechat.bot.memory import Memory
from wechat.bot.talk import Talk, line_of, number_of
from wechat.codec import Incoming

UNBIND = "unbind"
BIND = ("绑定", "绑定账号")
#: Under way → who goes on with it: ``go_on(talk, who, text)``, and ``here(talk)``: what can be answered.
UNDER_WAY: dict[str, ModuleType] = {booking.WHAT: booking, rating.WHAT: rating, handling.TRANSFER: handling}


async def prepare(talk: Talk, message: Incoming) -> None:
    """What takes long and holds nothing, before :func:`answer`."""
    if message.kind == "image":
        await places.look(talk, message)


async def answer(talk: Talk, message: Incoming) -> str:
    """What to say; empty: nothing. A refusal is said in its own words, and whatever it interrupted did not happen.

    In the transaction that keeps the answer: the chat is held until then, so that the next message finds it as this one leaves it.
    """
    remembered = Memory.read(await talks.hold(talk.region, talk.app_id, talk.openid, talk.now))
    talk.memory.shown, talk.memory.doing = remembered.shown, remembered.doing
    try:
        said = await _answer(talk, message)
    except TermsOwed as refusal:
        said = words.agree(refusal, talk.link("terms"))
    except Refusal as refusal:
        said = words.refused(refusal)
    await talks.keep(talk.region, talk.app_id, talk.openid, talk.memory.state(), talk.now)
    return said


async def _answer(talk: Talk, message: Incoming) -> str:
    if not message.event:
        await chat.wrote(talk.region, talk.app_id, talk.openid, talk.now)
    who = await chat.writer(talk.region, talk.app_id, talk.openid, talk.now)
    if who is not None:
        terms.require(talk.region, who)
    if message.event == "subscribe":
        return f"{words.welcome(talk.region)}\n{_abilities(talk, who)}"
    if message.kind == "location":
        return await places.near(talk, message)
    if message.kind == "image":
        return places.read_picture(talk)
    if not message.event and message.kind != "text":
        return f"{words.LISTENS_TO}\n{_abilities(talk, who)}"
    tapped = str(message.raw.get("bizmsgmenuid", ""))
    if who is not None and tapped.startswith(f"{rating.TAPPED}-"):
        return await rating.tapped(talk, who, tapped)
    return await _understand(talk, who, message.event_key if message.event else message.content)


async def _understand(talk: Talk, who: Actor | None, text: str) -> str:
    line = line_of(text)
    word = line.strip("「」。!")
    if who is None:
        return _bind(talk) if word in BIND else _abilities(talk, who)
    if (command := COMMANDS.get(word)) is not None:
        return await command(talk, who)
    if talk.memory.doing.get("what") == UNBIND:
        return await _unbind(talk, who, line)
    if (under_way := UNDER_WAY.get(talk.memory.doing.get("what", ""))) is not None:
        return str(await under_way.go_on(talk, who, text))
    if (number := number_of(line)) is not None:
        shown = talk.memory.numbered(number)
        return await handling.show(talk, who, shown) if shown else words.NO_LIST
    found = handling.ORDER.fullmatch(line)
    if found and found["word"] == rating.WORD and not who.is_at_desk:
        shown = talk.memory.numbered(number_of(found["reference"]) or 0)
        return await rating.one(talk, who, shown.case_id) if shown else words.NO_LIST
    said = await handling.order(talk, who, found["word"], found["reference"].upper(), found["rest"].strip()) if found else None
    return said or _abilities(talk, who)


def _abilities(talk: Talk, who: Actor | None) -> str:
    return words.abilities(talk.region, bound=who is not None, staff=bool(who and who.is_at_desk))


async def _help(talk: Talk, who: Actor) -> str:
    """In the middle of something: what can be answered to it."""
    under_way = UNDER_WAY.get(talk.memory.doing.get("what", ""))
    return str(under_way.here(talk)) if under_way else _abilities(talk, who)


async def _cancel(talk: Talk, who: Actor) -> str:
    begun, talk.memory.doing = talk.memory.doing, {}
    return words.CANCELLED if begun else words.NOTHING_BEGUN


async def _bound(talk: Talk, who: Actor) -> str:
    return words.bound_already(who.name)


def _bind(talk: Talk) -> str:
    return words.bind_here(talk.link(f"bind/{binding.token(talk.region.code, talk.openid, talk.now)}"))


async def _ask_unbind(talk: Talk, who: Actor) -> str:
    talk.memory.doing = {"what": UNBIND}
    return words.unbind_sure(who.name)


async def _unbind(talk: Talk, who: Actor, line: str) -> str:
    talk.memory.doing = {}
    if line not in words.SURE:
        return words.NOT_UNBOUND
    await login.unbind_wechat(who, talk.now)
    return words.UNBOUND


async def _book(talk: Talk, who: Actor) -> str:
    return await booking.begin(talk, who) if who.is_talent else words.ONLY_HOLDERS


async def _digest(talk: Talk, who: Actor) -> str:
    return await handling.digest(talk, who) if who.is_at_desk else _abilities(talk, who)


async def _digests_off(talk: Talk, who: Actor) -> str:
    return await handling.choose_digests(talk, who, on=False) if who.is_at_desk else _abilities(talk, who)


async def _digests_on(talk: Talk, who: Actor) -> str:
    return await handling.choose_digests(talk, who, on=True) if who.is_at_desk else _abilities(talk, who)


Command = Callable[[Talk, Actor], Awaitable[str]]
COMMANDS: dict[str, Command] = {
    **dict.fromkeys(BIND, _bound),
    **dict.fromkeys(("解绑", "解除绑定"), _ask_unbind),
    **dict.fromkeys(("预约", "预约服务", "我要预约"), _book),
    **dict.fromkeys(("我的办件", "我的预约", "办件", "进度", "到哪了"), handling.own_list),
    **dict.fromkeys((rating.WORD, "满意度评价"), rating.begin),
    **dict.fromkeys(("待办", "待办事项"), handling.to_do),
    **dict.fromkeys(("督办", "督办汇总", "超时"), _digest),
    **dict.fromkeys(("不再发送摘要", "停发摘要"), _digests_off),
    **dict.fromkeys(("发送摘要", "恢复摘要"), _digests_on),
    **dict.fromkeys(("取消", "退出"), _cancel),
    **dict.fromkeys(("帮助", "?", "help"), _help),
}
