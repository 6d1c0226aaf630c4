"""One effect, same answer: ``Idempotency-Key``, or the hidden field ``once`` of a form (R10).

The key's row is written in the transaction of the effect itself: either both are there or neither is. Who is in flight holds an advisory
lock of that transaction, which dies with its process, so a key can never stay locked. Answers of 400 and above had no effect and are not kept:
a form that was mended may be sent again under the same key.
"""

import functools
import hashlib
from base64 import b64decode, b64encode
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import orjson
from sanic import HTTPResponse, Request

from config.errors import Conflict, Invalid, Refusal
from config.keys import keys
from models.database import execute, row, transaction
from services import live
from services.verbs import to_the_end
from web.context import actor

Handler = Callable[..., Awaitable[HTTPResponse]]
KEPT_HEADERS = ("location", "hx-redirect", "hx-location", "hx-trigger")
LONGEST = 100


class InFlight(Conflict):
    """这一次提交正在处理，请不要重复点击，稍后刷新查看结果。"""

    code = "in_flight"


class KeyReused(Refusal):
    """这个页面已经提交过一次，内容与上次不同，没有再次受理。请返回上一页刷新后重新填写。"""

    status_code = 422
    code = "key_reused"


def once(handler: Handler) -> Handler:
    """Decorator of a handler that changes something for somebody who is logged in. Without a key the handler simply runs."""
    @functools.wraps(handler)
    async def guarded(request: Request, *args: Any, **kwargs: Any) -> HTTPResponse:
        key = key_of(request)
        if key is None or request.ctx.actor is None:
            return await handler(request, *args, **kwargs)
        return await to_the_end(_once(request, key, lambda: handler(request, *args, **kwargs)))

    return guarded


def key_of(request: Request) -> str | None:
    key = request.headers.get("idempotency-key") or (request.form.get("once") if request.form else None)
    if key is not None and not (0 < len(key) <= LONGEST and key.isascii() and key.isprintable()):
        raise Invalid({"once": "请刷新页面后再提交。"})
    return key


async def _once(request: Request, key: str, handle: Callable[[], Awaitable[HTTPResponse]]) -> HTTPResponse:
    who = actor(request)
    mine = (who.region, who.account_id, key)
    asked = fingerprint(request)
    async with live.held_back(), transaction():
        locked = await row("SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0)) AS mine", "|".join(str(part) for part in mine))
        if not locked or not locked["mine"]:
            raise InFlight
        known = await row("SELECT request, answer FROM idempotency_key WHERE region = $1 AND account_id = $2 AND key = $3", *mine)
        if known is not None:
            if bytes(known["request"]) != asked:
                raise KeyReused
            return unpack(opened(*mine, bytes(known["answer"])))
        response = await handle()
        if response.status < 400:
            await execute("INSERT INTO idempotency_key (region, account_id, key, request, answer, made_at) VALUES ($1, $2, $3, $4, $5, $6)",
                          *mine, asked, sealed(*mine, pack(response)), request.ctx.now)
        return response


def fingerprint(request: Request) -> bytes:
    """SHA-256 of what was asked: method, path and fields; the form's token may differ after another login, the boundary of its parts always does."""
    digest = hashlib.sha256(f"{request.method} {request.path}\n".encode())
    if request.form or request.files:
        fields = sorted((name, values) for name, values in (request.form or {}).items() if name not in {"csrf", "once"})
        files = sorted((name, [hashlib.sha256(file.body).hexdigest() for file in files]) for name, files in (request.files or {}).items())
        digest.update(orjson.dumps([fields, files]))
    else:
        digest.update(request.body or b"")
    return digest.digest()


def sealed(region: str, account: UUID | None, key: str, answer: bytes) -> bytes:
    """An answer may hold whatever its person may read, so it lies like the rest of her data."""
    return keys().seal_bytes(answer, region, "idempotency_key", "answer", f"{account}:{key}")


def opened(region: str, account: UUID | None, key: str, kept: bytes) -> bytes:
    """What :func:`sealed` keeps; an answer from before it was sealed is JSON, and a day old at most."""
    return kept if kept.startswith(b"[") else keys().unseal_bytes(kept, region, "idempotency_key", "answer", f"{account}:{key}")


def pack(response: HTTPResponse) -> bytes:
    headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
    return orjson.dumps([response.status, response.content_type, headers, b64encode(response.body or b"").decode()])


def unpack(answer: bytes) -> HTTPResponse:
    status, content_type, headers, body = orjson.loads(answer)
    return HTTPResponse(b64decode(body), status=status, headers={**headers, "Idempotent-Replayed": "true"}, content_type=content_type)
