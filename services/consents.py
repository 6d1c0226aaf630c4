"""What a person agreed to and what she does not want: the terms, version by version, the kinds of SMS and digests in the chat that she switched off.

This is the one place of her choice, whichever way she says it: her settings, a reply 退订, the office that she called. What she switched off is told
her all the same, among her messages; whatever decides about her, asks her to act, or lets her in is sent whether she likes it or not.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from config.errors import Invalid
from config.vocabulary import MAILED, OPTIONAL, TO_HANDLERS, NotificationKind
from models.database import execute, row, rows, transaction
from services.actors import Actor
from services.regions import Region
from services.verbs import verb


@dataclass(frozen=True)
class Agreed:
    """A version of the terms that she agreed to."""

    version: str
    at: datetime


@dataclass(frozen=True)
class Wanted:
    """A kind of SMS that may come to her. ``must``: it is always sent."""

    kind: NotificationKind
    on: bool
    must: bool


async def agreed(region: str, account: UUID) -> Sequence[Agreed]:
    """To what, newest first."""
    found = await rows("SELECT subject AS version, at FROM consent WHERE region = $1 AND account_id = $2 AND what = 'terms' "
                       "ORDER BY at DESC, id DESC", region, account)
    return [Agreed(**one) for one in found]


async def sms(region: Region, actor: Actor) -> Sequence[Wanted]:
    """Each kind of SMS that may come to the actor: those that she may switch off first."""
    assert actor.account_id is not None, "only a person is sent SMS"
    off = await _switched_off(region.code, actor.account_id)
    kinds = [kind for kind, telling in region.profile.sending.texts.items()
             if telling.channel == "sms" and kind not in MAILED and (actor.is_at_desk or kind not in TO_HANDLERS)]
    found = [Wanted(kind, kind not in off, kind not in OPTIONAL) for kind in kinds]
    return sorted(found, key=lambda one: one.must)


@verb
async def choose_sms(region: Region, actor: Actor, on: Collection[str], now: datetime) -> None:
    """Of the kinds that may be off, only ``on`` come from now on. Raises :class:`Invalid` for one that is none of them."""
    assert actor.account_id is not None, "only a person is sent SMS"
    may_be_off = {one.kind for one in await sms(region, actor) if not one.must}
    if not set(on) <= {kind.value for kind in may_be_off}:
        raise Invalid({"on": "请从给出的选项中选择。"})
    await _keep(region.code, actor.account_id, {kind: kind.value in on for kind in may_be_off}, actor.channel, now)


@verb
async def refuse_sms(region: str, account: UUID, channel: str, now: datetime) -> bool:
    """None of what may be off, as a reply 退订 says it; whether that changed anything. ``channel``: the way she said it."""
    return await _keep(region, account, dict.fromkeys(OPTIONAL, False), channel, now)


@verb
async def choose_digests(actor: Actor, on: bool, now: datetime) -> bool:
    """Whether she hears of her day in the chat; whether that changed anything."""
    assert actor.account_id is not None, "only a person has a chat"
    return await _keep(actor.region, actor.account_id, {NotificationKind.DAY_DIGEST: on}, actor.channel, now, "chat")


async def wants_digests(region: str, account: UUID) -> bool:
    """Asked when one is sent, as :func:`wants_sms`."""
    return NotificationKind.DAY_DIGEST not in await _switched_off(region, account, "chat")


async def wants_sms(region: str, account: UUID, kind: NotificationKind) -> bool:
    """Whether this may be sent to her as SMS: asked when it is sent, so that a choice holds for what waits, too."""
    return kind not in OPTIONAL or kind not in await _switched_off(region, account)


_STANDS = """
SELECT DISTINCT ON (subject) subject, given FROM consent WHERE region = $1 AND account_id = $2 AND what = $3 ORDER BY subject, at DESC, id DESC
"""


async def _switched_off(region: str, account: UUID, what: Literal["sms", "chat"] = "sms") -> set[str]:
    return {one["subject"] for one in await rows(_STANDS, region, account, what) if not one["given"]}


async def _keep(region: str, account: UUID, wanted: dict[NotificationKind, bool], channel: str, now: datetime,
                what: Literal["sms", "chat"] = "sms") -> bool:
    """A row for each kind that is otherwise than before; two that choose at once come one after the other."""
    async with transaction():
        await row("SELECT 1 FROM account WHERE region = $1 AND id = $2 FOR NO KEY UPDATE", region, account)
        off = await _switched_off(region, account, what)
        changed = [kind for kind, on in wanted.items() if on == (kind in off)]
        await execute("INSERT INTO consent (region, account_id, what, subject, given, channel, at) "
                      "SELECT $1, $2, $7, n.subject, n.given, $5, $6 FROM unnest($3::text[], $4::boolean[]) AS n (subject, given)",
                      region, account, [kind.value for kind in changed], [wanted[kind] for kind in changed], channel, now, what)
    return bool(changed)
