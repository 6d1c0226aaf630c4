"""Where the SMS gateway pushes its receipts, and what people answered: unguessable addresses, because neither is signed (T19)."""

import secrets

from sanic import Blueprint, HTTPResponse, Request, json

from config.errors import NotFound, Refusal
from config.settings import Settings
from services import delivery, regions
from services import replies as answers
from sms import receipts, replies
from web.context import now

TAKEN = {"code": 0, "msg": "成功"}
blueprint = Blueprint("receipts")


class Unreadable(Refusal):
    """推送内容无法读取。"""

    code = "receipts_unreadable"


@blueprint.post("/sms/receipts/<secret:str>", ctx_permission="public", ctx_csrf=False, ctx_body=receipts.MAX_BYTES)
async def take(request: Request, secret: str) -> HTTPResponse:
    """An array of receipts; what is not ours changes nothing, and is answered like the rest."""
    senders = await _senders(request, secret)
    try:
        told = receipts.parse(request.body)
    except receipts.ReceiptsUnreadable:
        raise Unreadable from None
    await delivery.take_receipts(told, now(request), senders)
    return json(TAKEN)


@blueprint.post("/sms/replies/<secret:str>", ctx_permission="public", ctx_csrf=False, ctx_body=replies.MAX_BYTES)
async def hear(request: Request, secret: str) -> HTTPResponse:
    """An array of replies; a stranger's is answered like the rest."""
    senders = await _senders(request, secret)
    try:
        said = replies.parse(request.body)
    except replies.RepliesUnreadable:
        raise Unreadable from None
    await answers.take(said, now(request), senders)
    return json(TAKEN)


async def _senders(request: Request, secret: str) -> list[str] | None:
    """The regions whose receipts come to this address; None: all, where no region has an address of its own. Raises :class:`NotFound`."""
    settings: Settings = request.app.ctx.settings
    here = {of for of in settings.with_accounts
            if secrets.compare_digest(secret.encode(), settings.accounts(of).receipt_path.get_secret_value().encode())}
    if not here:
        raise NotFound
    if here == set(settings.with_accounts):
        return None
    return [region.code for region in await regions.every() if (region.code if region.code in settings.own_accounts else "") in here]
