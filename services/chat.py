"""The official account's chat: who writes and who listens, and one effect for each message however often WeChat delivers it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from config.keys import keys
from models.account import AccountKind, WechatBinding, openid_index
from models.database import execute, json_value, row, rows, transaction
from services import audit, live, sessions
from services.actors import Actor, Grant
from services.deputies import STANDING_IN
from services.login import AccountStopped
from services.regions import Region
from services.verbs import verb

CHANNEL = "wechat"

_WRITER = f"""
SELECT a.id, a.name, a.kind, a.state, a.terms_version, g.grants, stands.standing_in
FROM wechat_binding b
JOIN account a ON a.region = b.region AND a.id = b.account_id AND a.state <> 'closed'
LEFT JOIN LATERAL (
    SELECT jsonb_agg(jsonb_build_array(r.organisation_id, o.name, r.role) ORDER BY r.granted_at) AS grants
    FROM role_grant r JOIN organisation o ON o.region = r.region AND o.id = r.organisation_id AND o.state = 'active'
    WHERE r.region = a.region AND r.account_id = a.id AND r.ended_at IS NULL
) g ON true
{STANDING_IN.format(region="a.region", account="a.id", now="$4")}
WHERE b.region = $1 AND b.app_id = $2 AND b.openid_index = $3 AND b.ended_at IS NULL
"""  # noqa: S608  # a piece of the same statement


async def writer(region: Region, app_id: str, openid: str, now: datetime) -> Actor | None:
    """Whose chat it is, with the roles of this moment, and those of whom she stands in for; ``None`` for a WeChat that is not bound.

    Raises :class:`AccountStopped`."""
    found = await row(_WRITER, region.code, app_id, openid_index(app_id, openid), now)
    if found is None:
        return None
    if found["state"] != "active":
        raise AccountStopped(context={"phone": region.phone})
    grants = tuple(Grant(UUID(place), name, role) for place, name, role in json_value(found["grants"]) or ())
    return Actor(region.code, found["id"], found["name"], AccountKind(found["kind"]), grants, CHANNEL, terms=found["terms_version"],
                 standing_in=sessions.standing_in(found["standing_in"]))


@dataclass(frozen=True)
class Answered:
    """What was answered to a message; ``first``: just now and by us, not read from what another delivery of it was answered."""

    said: str = field(repr=False)
    first: bool


@verb
async def answer_once(region: Region, message: str, now: datetime, work: Callable[[], Awaitable[str]]) -> Answered:
    """What ``work`` answers to ``message`` (its key), or what it answered before: effect and answer are kept in one transaction (T18).

    A second delivery that comes while the first is still at work waits for it. If ``work`` fails nothing is kept, and the next delivery tries again.
    """
    key = keys().sign("callback", message.encode())
    place = (region.code, "callback_seen", "answer", key.hex())
    async with live.held_back(), transaction():
        await row("SELECT pg_advisory_xact_lock(hashtextextended($1, 0)) IS NULL", f"callback|{region.code}|{key.hex()}")
        known = await row("SELECT answer_sealed FROM callback_seen WHERE region = $1 AND key = $2", region.code, key)
        if known is not None:
            return Answered(keys().unseal(known["answer_sealed"], *place) if known["answer_sealed"] else "", first=False)
        said = await work()
        await execute("INSERT INTO callback_seen (region, key, at, answer_sealed) VALUES ($1, $2, $3, $4)", region.code, key, now,
                      keys().seal(said, *place) if said else None)
    return Answered(said, first=True)


@verb
async def follows(region: Region, app_id: str, openid: str, now_follows: bool, told_at: datetime) -> None:
    """Whether the account may still write to this WeChat. ``told_at``: by WeChat's clock; what it tells late does not undo what it told since."""
    await execute("UPDATE wechat_binding SET follows = $4, told_at = $5 WHERE region = $1 AND app_id = $2 AND openid_index = $3 "
                  "AND ended_at IS NULL AND coalesce(told_at, '-infinity') <= $5",
                  region.code, app_id, openid_index(app_id, openid), now_follows, told_at)


async def wrote(region: Region, app_id: str, openid: str, now: datetime) -> None:
    """She wrote to the account, so that it may speak to her unasked for a while (``services.chat_digests``)."""
    await execute("UPDATE wechat_binding SET wrote_at = $4 WHERE region = $1 AND app_id = $2 AND openid_index = $3 AND ended_at IS NULL",
                  region.code, app_id, openid_index(app_id, openid), now)


@verb
async def forget(region: Region, app_id: str, openid: str, why: str, now: datetime) -> int:
    """Who takes back at WeChat what he had allowed us is known to us no more, those bindings included that ended long ago; how many there were.

    He comes in by telephone or password as before, and may bind his WeChat anew.
    """
    async with transaction():
        gone = await rows("DELETE FROM wechat_binding WHERE region = $1 AND app_id = $2 AND openid_index = $3 "
                          "RETURNING account_id, ended_at IS NULL AS held", region.code, app_id, openid_index(app_id, openid))
        for one in gone:
            if one["held"]:
                await audit.record(Actor.system(region.code), "forget_wechat", "account", one["account_id"], {"app": app_id, "why": why}, now)
    return len(gone)


async def bound_openid(actor: Actor, app_id: str) -> str | None:
    """The WeChat of this app that is bound to the actor's account: to compare with, never to show."""
    found = await WechatBinding.of(actor.region, account_id=actor.account_id, app_id=app_id, ended_at=None).first()
    return found.openid if found else None
