"""``/{region}/wechat/callback``: WeChat's messages. Signature before parsing, one effect a message, an answer before WeChat stops waiting.

WeChat waits five seconds and delivers three times. An act that takes longer runs to its end all the same; whoever wrote is told to look.
"""

import asyncio
from functools import lru_cache

from sanic import Blueprint, HTTPResponse, Request

from config.settings import Settings
from services import chat
from web.context import now, region
from wechat import codec
from wechat.bot import conversation, words
from wechat.bot.conversation import Talk
from wechat.codec import Codec, Incoming

ANSWER_SECONDS = 4.5
blueprint = Blueprint("wechat_callback")


@blueprint.get("/<region:str>/wechat/callback", ctx_permission="public")
async def verify(request: Request) -> HTTPResponse:
    """WeChat asks once, when the address is registered."""
    echo = _codec(request).verify_url(_query(request), now(request))
    return HTTPResponse(echo, content_type="text/plain; charset=utf-8")


@blueprint.post("/<region:str>/wechat/callback", ctx_permission="public", ctx_csrf=False, ctx_body=codec.MAX_BYTES)
async def take(request: Request) -> HTTPResponse:
    message = _codec(request).open(_query(request), request.body, now(request))
    said = await _answer(request, message)
    if not said:
        return HTTPResponse(codec.NO_REPLY, content_type="text/plain")
    sealed = _codec(request).seal(codec.text_reply(message, said, now(request)), now(request))
    return HTTPResponse(sealed, content_type="application/xml; charset=utf-8")


async def _answer(request: Request, message: Incoming) -> str:
    settings: Settings = request.app.ctx.settings
    talk = Talk(region(request), settings.official_app_id, message.openid, now(request), settings.public_url)
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            return await chat.answer_once(talk.region, message.dedupe_key(talk.app_id), talk.now, lambda: conversation.answer(talk, message))
    except TimeoutError:
        return words.STILL_AT_WORK


def _query(request: Request) -> dict[str, str]:
    return {name: str(request.args.get(name)) for name in request.args}


def _codec(request: Request) -> Codec:
    settings: Settings = request.app.ctx.settings
    return _codec_of(settings.official_token.get_secret_value(), settings.official_aes_key.get_secret_value(), settings.official_app_id)


@lru_cache(maxsize=4)
def _codec_of(token: str, aes_key: str, app_id: str) -> Codec:
    return Codec(token, aes_key, app_id)
