"""``/{region}/wechat/callback`` and ``…/wechat/mini/callback``: WeChat's messages of the official account and of the mini program.

Signature before parsing, one effect a message, an answer before WeChat stops waiting: it waits five seconds and delivers three times. An act that
takes longer runs to its end all the same. Its delivery is answered with «taken, nothing to say», and what there is to say follows in the chat.
"""

import asyncio
from collections.abc import Sequence
from functools import lru_cache

import structlog
from sanic import Blueprint, HTTPResponse, Request, text

from config.accounts import Accounts, WechatAccount
from config.errors import Refusal
from config.settings import Settings
from services import chat, verbs
from services.chat import Answered
from web.context import now, region
from wechat import codec
from wechat.bot import conversation, events, spoken, words
from wechat.bot.talk import Talk
from wechat.codec import Codec, Incoming
from wechat.platforms import Platforms

ANSWER_SECONDS = 4.5
PLAIN_TEXT = "text/plain; charset=utf-8"
#: To these events the chat has something to say.
SPOKEN = frozenset({"subscribe", "click"})
blueprint = Blueprint("wechat_callback")
log = structlog.get_logger(__name__)


@blueprint.get("/<region:str>/wechat/callback", ctx_permission="public")
async def verify(request: Request) -> HTTPResponse:
    """WeChat asks once, when the address is registered."""
    return text(_official(request).verify_url(_query(request), now(request)), content_type=PLAIN_TEXT)


@blueprint.post("/<region:str>/wechat/callback", ctx_permission="public", ctx_csrf=False, ctx_body=codec.MAX_BYTES)
async def take(request: Request) -> HTTPResponse:
    message = _official(request).open(_query(request), request.body, now(request))
    platforms: Platforms = request.app.ctx.platforms
    platform = platforms.official_account(region(request).code)
    talk = Talk(region(request), platform.app_id, message.openid, now(request), request.app.ctx.settings.public_url, platform)
    said = await _within_time(Reply(talk, message))
    if not said:
        return text(codec.NO_REPLY)
    sealed = _official(request).seal(codec.text_reply(message, said, now(request)), now(request))
    return HTTPResponse(sealed, content_type="application/xml; charset=utf-8")


@blueprint.get("/<region:str>/wechat/mini/callback", ctx_permission="public")
async def verify_mini(request: Request) -> HTTPResponse:
    return text(_mini(request).verify_url(_query(request), now(request)), content_type=PLAIN_TEXT)


@blueprint.post("/<region:str>/wechat/mini/callback", ctx_permission="public", ctx_csrf=False, ctx_body=codec.MAX_BYTES)
async def take_mini(request: Request) -> HTTPResponse:
    """The mini program's events (消息推送, XML or JSON). It has no chat, so nothing is ever said."""
    message = _mini(request).open(_query(request), request.body, now(request))
    await events.take(region(request), _accounts(request).mini_program.app_id, message, now(request))
    return text(codec.NO_REPLY)


class Reply:
    """One message under way. ``late``: WeChat was told not to wait, so the words must find their own way."""

    def __init__(self, talk: Talk, message: Incoming) -> None:
        self._talk, self._message = talk, message
        self.late = False

    async def find(self) -> str:
        """What there is to say as the answer; more than one message holds follows it. Nobody is left without a word because it took long."""
        try:
            answered = await self._answer()
        except Exception:
            if self.late:
                await self._send(words.FAILED_LATE)
            raise
        said = spoken.pieces(answered.said, self._talk.public_url)
        rest = said if self.late else said[1:]
        if answered.first and (rest or self._talk.after):
            verbs.afterwards(self._follow(rest))
        return said[0] if said else ""

    async def _follow(self, said: Sequence[str]) -> None:
        """The words that the answer could not hold, then pictures and lines to tap."""
        for piece in said:
            await self._send(piece)
        for send in self._talk.after:
            try:
                await send()
            except Refusal as refusal:
                log.warning("wechat.nothing_followed", code=refusal.code)

    async def _answer(self) -> Answered:
        talk, message = self._talk, self._message
        await events.take(talk.region, talk.app_id, message, talk.now)
        if message.event and message.event not in SPOKEN:
            return Answered("", first=True)
        await conversation.prepare(talk, message)
        return await chat.answer_once(talk.region, message.dedupe_key(talk.app_id), talk.now, lambda: conversation.answer(talk, message))

    async def _send(self, said: str) -> None:
        """The act stands whether or not this arrives; whoever wrote can ask for it."""
        try:
            await self._talk.platform.send_customer_text(self._talk.openid, said)
        except Refusal as refusal:
            log.warning("wechat.late_answer_lost", code=refusal.code)


async def _within_time(reply: Reply) -> str:
    """Its words, or none when they take too long or the client hangs up; the work goes on in both cases."""
    work = asyncio.create_task(verbs.to_the_end(reply.find()))
    try:
        await asyncio.wait({work}, timeout=ANSWER_SECONDS)
    finally:
        if not work.done():
            work.add_done_callback(verbs.report)
    if work.done():
        return work.result()
    reply.late = True
    return ""


def _query(request: Request) -> dict[str, str]:
    return {name: str(request.args.get(name)) for name in request.args}


def _official(request: Request) -> Codec:
    return _codec(_accounts(request).official_account)


def _mini(request: Request) -> Codec:
    return _codec(_accounts(request).mini_program)


def _accounts(request: Request) -> Accounts:
    """Of the region whose address it came to: what another region's account sealed is refused."""
    settings: Settings = request.app.ctx.settings
    return settings.accounts(region(request).code)


def _codec(account: WechatAccount) -> Codec:
    return _codec_of(account.token.get_secret_value(), account.aes_key.get_secret_value(), account.app_id)


@lru_cache(maxsize=64)
def _codec_of(token: str, aes_key: str, app_id: str) -> Codec:
    return Codec(token, aes_key, app_id)
