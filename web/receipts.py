"""Where the SMS gateway pushes its receipts: an unguessable address, because they are not signed (T19)."""

import secrets

from sanic import Blueprint, HTTPResponse, Request, json

from config.errors import NotFound, Refusal
from services import delivery
from sms import receipts
from web.context import now

TAKEN = {"code": 0, "msg": "成功"}
blueprint = Blueprint("receipts")


class Unreadable(Refusal):
    """回执内容无法读取。"""

    code = "receipts_unreadable"


@blueprint.post("/sms/receipts/<secret:str>", ctx_permission="public", ctx_csrf=False, ctx_body=receipts.MAX_BYTES)
async def take(request: Request, secret: str) -> HTTPResponse:
    """An array of receipts; what is not ours changes nothing, and is answered like the rest."""
    wanted = request.app.ctx.settings.sms_receipt_path.get_secret_value()
    if not secrets.compare_digest(secret.encode(), wanted.encode()):
        raise NotFound
    try:
        told = receipts.parse(request.body)
    except receipts.ReceiptsUnreadable:
        raise Unreadable from None
    await delivery.take_receipts(told, now(request))
    return json(TAKEN)
