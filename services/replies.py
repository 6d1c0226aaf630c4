"""What people answer to our text messages: 退订 switches off what may be off, all else is for the office that wrote last.

A push is not signed, so a reply proves nothing: it may silence what a person may silence herself, and be read; no more. Whose number it is, the index
of numbers says as it is today, so a number that changed hands speaks for its new owner alone (T39).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from config.errors import NotFound
from config.keys import keys, normalise
from config.vocabulary import CODES, NotificationKind, Permission
from models.account import phone_index
from models.database import execute, new_id, rows, transaction
from services import consents, regions
from services.actors import Actor
from services.masking import masked_phone
from services.notifications import tell
from services.regions import Region
from services.verbs import verb
from sms.replies import Reply

#: An answer is to what was sent so lately; whom nobody wrote to since, the region's own staff reads.
ANSWERS: timedelta = timedelta(days=30)
PAGE = 50

_MEANT = """
SELECT a.region, a.id, a.name, n.sender_id, n.subject_id, n.tried_at
FROM account a LEFT JOIN LATERAL (
    SELECT n.sender_id, n.subject_id, n.tried_at FROM notification n
    WHERE n.region = a.region AND n.account_id = a.id AND n.channel = 'sms' AND n.tried_at > $2 AND n.kind <> ALL ($3::text[])
    ORDER BY n.created_at DESC LIMIT 1) n ON true
WHERE a.phone_index = $1 AND a.state = 'active' ORDER BY n.tried_at DESC NULLS LAST
"""


@verb
async def take(replies: Sequence[Reply], now: datetime, senders: Sequence[str] | None = None) -> int:
    """Keep what is new of a push; how many replies that were. A stranger's number is passed over, a repeated push changes nothing. ``senders``: the
    regions whose SMS account was answered, None: any."""
    return sum([await _take(reply, now, senders) for reply in replies])


async def _take(reply: Reply, now: datetime, senders: Sequence[str] | None) -> int:
    meant = await _meant(reply, now, senders)
    kept = 0
    for found in meant if reply.stops else meant[:1]:  # one number, accounts in several regions: who stops means them all
        async with transaction():
            if not await _keep(reply, found, now):
                continue
            kept = 1
            if reply.stops and await consents.refuse_sms(found["region"], found["id"], "sms", now):
                await _say_so(await regions.current(found["region"]), found["id"], now)
    return kept


async def _meant(reply: Reply, now: datetime, senders: Sequence[str] | None) -> list[dict[str, Any]]:
    """Accounts with this number, whoever was written to last first; only those of the region whose sign was answered, if one has it."""
    asked = await rows(_MEANT, phone_index(normalise(reply.phone)), now - ANSWERS, [kind.value for kind in CODES])
    found = [one for one in asked if senders is None or one["region"] in senders]
    signs = {one["region"]: (await regions.current(one["region"])).profile.sending for one in found}
    answered = [one for one in found if reply.sign and reply.sign in (signs[one["region"]].sms_sign, signs[one["region"]].second_sign)]
    return answered or found


async def _keep(reply: Reply, found: dict[str, Any], now: datetime) -> bool:
    """Whether it is new; 退订 waits for nobody. ``key``: what three pushes of one reply have in common, and says nothing by itself."""
    id, region = new_id(), found["region"]
    key = keys().sign("sms-reply", f"{reply.phone}|{reply.number or reply.words}|{reply.at.isoformat()}".encode())
    words = keys().seal(reply.words, region, "sms_reply", "words", str(id))
    return await execute(
        "INSERT INTO sms_reply (region, id, key, account_id, organisation_id, subject_id, words_sealed, stopped, at, taken_at, seen_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8::boolean, $9, $10::timestamptz, CASE WHEN $8 THEN $10 END) "
        "ON CONFLICT ON CONSTRAINT sms_reply_once DO NOTHING",
        region, id, key, found["id"], found["sender_id"], found["subject_id"], words, reply.stops, reply.at, now) == 1


async def _say_so(region: Region, account: UUID, now: datetime) -> None:
    """Once for each time that something was switched off: what still comes, and where to switch it on again."""
    await tell(region, NotificationKind.SMS_STOPPED, dedupe_key=f"stopped:{account}:{now.isoformat()}", params={"phone": region.phone},
               account_id=account, now=now)


@dataclass(frozen=True)
class Said:
    """One reply as staff read it. ``case``: id and number, where what was answered was about a case."""

    id: UUID
    name: str
    phone: str
    words: str
    stopped: bool
    at: datetime
    case: tuple[UUID, str] | None
    organisation: str
    seen: bool


#: $2: the offices whose replies may be read, or all of the region's ($3).
_LISTED = """
SELECT r.*, a.name AS person, a.phone_sealed, c.number, coalesce(o.name, '') AS organisation FROM sms_reply r
JOIN account a ON (a.region, a.id) = (r.region, r.account_id) LEFT JOIN cases c ON (c.region, c.id) = (r.region, r.subject_id)
LEFT JOIN organisation o ON (o.region, o.id) = (r.region, r.organisation_id)
WHERE r.region = $1 AND ($3 OR r.organisation_id = ANY ($2::uuid[])) AND ($4 OR r.seen_at IS NULL) ORDER BY r.at DESC, r.id LIMIT $5 OFFSET $6
"""


async def search(region: Region, actor: Actor, *, seen: bool, limit: int = PAGE, offset: int = 0) -> list[Said]:
    """What was answered to the actor's offices, newest first; all of the region's for who watches over it. ``seen``: also what somebody has seen."""
    found = await rows(_LISTED, *_sight(region, actor), seen, limit, offset)
    return [_said(one) for one in found]


async def of_person(region: str, account: UUID) -> list[tuple[datetime, str]]:
    """What she answered, newest first, for herself."""
    found = await rows("SELECT * FROM sms_reply WHERE region = $1 AND account_id = $2 ORDER BY at DESC", region, account)
    return [(one["at"], _open(one, "words_sealed", "sms_reply", "words", one["id"])) for one in found]


async def unseen(region: Region, actor: Actor) -> int:
    """How many wait for somebody."""
    found = await rows("SELECT count(*) AS waiting FROM sms_reply WHERE region = $1 AND ($3 OR organisation_id = ANY ($2::uuid[])) "
                       "AND seen_at IS NULL", *_sight(region, actor))
    return int(found[0]["waiting"])


@verb
async def mark_seen(region: Region, actor: Actor, id: UUID, now: datetime) -> None:
    """Somebody took care of it; harmless twice. Raises :class:`NotFound`, also for another office's."""
    if not await execute("UPDATE sms_reply SET seen_at = coalesce(seen_at, $5), seen_by = coalesce(seen_by, $6) "
                         "WHERE region = $1 AND ($3 OR organisation_id = ANY ($2::uuid[])) AND id = $4",
                         *_sight(region, actor), id, now, actor.account_id):
        raise NotFound


def _sight(region: Region, actor: Actor) -> tuple[str, list[UUID], bool]:
    return region.code, actor.offices, actor.may(Permission.SUPERVISE, region.profile)


def _said(found: dict[str, Any]) -> Said:
    phone = _open(found, "phone_sealed", "account", "phone", found["account_id"]) if found["phone_sealed"] else None
    words = _open(found, "words_sealed", "sms_reply", "words", found["id"])
    return Said(found["id"], found["person"], masked_phone(phone), words, found["stopped"], found["at"],
                (found["subject_id"], found["number"]) if found["number"] else None, found["organisation"], found["seen_at"] is not None)


def _open(found: dict[str, Any], column: str, table: str, name: str, id: UUID) -> str:
    return keys().unseal(bytes(found[column]), found["region"], table, name, str(id))
