"""Where the SMS gateway pushes its receipts, and what people answered: unguessable addresses, because neither is signed (T19)."""

import secrets

from sanic import Blueprint, HTTPResponse, Request, json

from config.errors import NotFound, Refusal
from services import delivery
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
    _require(request, secret)
    try:
        told = receipts.parse(request.body)
    except receipts.ReceiptsUnreadable:
        raise Unreadable from None
    await delivery.take_receipts(told, now(request))
    return json(TAKEN)


@blueprint.post("/sms/replies/<secret:str>", ctx_permission="public", ctx_csrf=False, ctx_body=replies.MAX_BYTES)
async def hear(request: Request, secret: str) -> HTTPResponse:
    """An array of replies; a stranger's is answered like the rest."""
    _require(request, secret)
    try:
        said = replies.parse(request.body)
    except replies.RepliesUnreadable:
        raise Unreadable from None
    await answers.take(said, now(request))
    return json(TAKEN)


def _require(request: Request, secret: str) -> None:
    wanted = request.app.ctx.settings.sms_receipt_path.get_secret_value()
    if not secrets.compare_digest(secret.encode(), wanted.encode()):
        raise NotFound
