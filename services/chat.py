"""The official account's chat: who writes, and one effect for each message however often WeChat delivers it."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from uuid import UUID

from config.keys import keys
from models.account import AccountKind, WechatBinding, openid_index
from models.database import execute, json_value, row, transaction
from services import live
from services.actors import Actor, Grant
from services.login import AccountStopped
from services.regions import Region
from services.verbs import verb

CHANNEL = "wechat"

_WRITER = """
SELECT a.id, a.name, a.kind, a.state, a.terms_version, g.grants
FROM wechat_binding b
JOIN account a ON a.region = b.region AND a.id = b.account_id AND a.state <> 'closed'
LEFT JOIN LATERAL (
    SELECT jsonb_agg(jsonb_build_array(r.organisation_id, o.name, r.role) ORDER BY r.granted_at) AS grants
    FROM role_grant r JOIN organisation o ON o.region = r.region AND o.id = r.organisation_id AND o.state = 'active'
    WHERE r.region = a.region AND r.account_id = a.id AND r.ended_at IS NULL
) g ON true
WHERE b.region = $1 AND b.app_id = $2 AND b.openid_index = $3 AND b.ended_at IS NULL
"""


async def writer(region: Region, app_id: str, openid: str) -> Actor | None:
    """Whose chat it is, with the roles of this moment; ``None`` for a WeChat that is not bound. Raises :class:`AccountStopped`."""
    found = await row(_WRITER, region.code, app_id, openid_index(app_id, openid))
    if found is None:
        return None
    if found["state"] != "active":
        raise AccountStopped(context={"phone": region.phone})
    grants = tuple(Grant(UUID(place), name, role) for place, name, role in json_value(found["grants"]) or ())
    return Actor(region.code, found["id"], found["name"], AccountKind(found["kind"]), grants, CHANNEL, terms=found["terms_version"])


@verb
async def answer_once(region: Region, message: str, now: datetime, work: Callable[[], Awaitable[str]]) -> str:
    """What ``work`` answers to ``message`` (its key), or what it answered before: effect and answer are kept in one transaction (T18).

    A second delivery that comes while the first is still at work waits for it. If ``work`` fails nothing is kept, and the next delivery tries again.
    """
    key = keys().sign("callback", message.encode())
    async with live.held_back(), transaction():
        await row("SELECT pg_advisory_xact_lock(hashtextextended($1, 0)) IS NULL", f"callback|{region.code}|{key.hex()}")
        known = await row("SELECT answer FROM callback_seen WHERE region = $1 AND key = $2", region.code, key)
        if known is not None:
            return str(known["answer"])
        said = await work()
        await execute("INSERT INTO callback_seen (region, key, at, answer) VALUES ($1, $2, $3, $4)", region.code, key, now, said)
    return said


async def bound_openid(actor: Actor, app_id: str) -> str | None:
    """The WeChat of this app that is bound to the actor's account: to compare with, never to show."""
    found = await WechatBinding.of(actor.region, account_id=actor.account_id, app_id=app_id, ended_at=None).first()
    return found.openid if found else None
