"""Telling open pages that something changed, after it was committed. Best effort: a page that missed it asks again when it reconnects.

Topics: ``org:{id}`` (a window's to-do list), ``case:{id}``, ``venue:{id}`` (arrivals), ``account:{id}`` (a person's own things),
``mail:{id}`` (an office's letters), ``looking:{id}`` (who looks at a case; whoever follows that is herself looking, ``services.presence``).
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from typing import Any
from uuid import UUID

import orjson
import structlog

from config.vocabulary import Permission
from models.database import row
from services.actors import Actor
from services.regions import Region
from services.store import GONE, NotOpened, store
from services.verbs import afterwards

#: One for everything: a process hears of all anyway, and what came together is one message.
CHANNEL = "live"
#: What comes so soon after a message is gathered for the next: the first is heard at once, and a busy process is not busy with telling.
GATHER_SECONDS = 0.02
#: What waits for the store beyond this is dropped: a page that missed something asks again.
MOST_WAITING = 10_000
log = structlog.get_logger(__name__)

#: Region and topic, and what is told there as JSON.
Message = tuple[str, bytes]
#: In the order in which it was said; what is said twice before it could be sent is sent once.
_waiting: dict[Message, None] = {}
_sender: asyncio.Task[None] | None = None
_held: ContextVar[list[Message] | None] = ContextVar("held", default=None)


async def publish(region: str, *topics: str, event: str, data: Any) -> None:
    """Tell every page that watches one of the topics. ``data``: anything that becomes JSON, without personal data.

    Never raises, and waits for nobody: the store hears of it at once, but an act that is committed is answered without it.
    """
    body = orjson.dumps({"event": event, "data": data}, default=str)
    messages = [(f"{region}:{topic}", body) for topic in topics]
    if (waiting := _held.get()) is not None:
        waiting.extend(messages)
    else:
        _send(messages)


@asynccontextmanager
async def held_back() -> AsyncIterator[None]:
    """What is published inside goes out when the block ends well: around a transaction, so that no page reads before the commit."""
    messages: list[Message] = []
    token = _held.set(messages)
    try:
        yield
    finally:
        _held.reset(token)
    _send(messages)


@contextmanager
def unheard() -> Iterator[None]:
    """What is published inside goes nowhere: for history that is filled in before anybody can watch."""
    token = _held.set([])
    try:
        yield
    finally:
        _held.reset(token)


def _send(messages: list[Message]) -> None:
    global _sender
    _waiting.update(dict.fromkeys(messages[:MOST_WAITING - len(_waiting)]))
    if _waiting and (_sender is None or _sender.done()):
        _sender = afterwards(_send_waiting())


async def _send_waiting() -> None:
    """One round trip for all that came together since the one before it began."""
    while _waiting:
        messages = list(_waiting)
        _waiting.clear()
        try:
            await store().publish(CHANNEL, orjson.dumps([[topic, orjson.Fragment(body)] for topic, body in messages]))
        except (*GONE, NotOpened) as error:
            log.warning("live_not_told", error=type(error).__name__, messages=len(messages))
        await asyncio.sleep(GATHER_SECONDS)


async def may_watch(topic: str, actor: Actor, region: Region) -> bool:
    """Whether the actor may follow ``topic``. A venue's arrivals are opened by the venue's own link instead (``web.live``)."""
    kind, _, text = topic.partition(":")
    try:
        subject = UUID(text)
    except ValueError:
        return False
    if kind == "account":
        return subject == actor.account_id
    if kind == "mail":
        return subject in actor.organisations
    sees_all = actor.may(Permission.QUERY_REGION, region.profile)
    if kind == "org":
        return sees_all or subject in actor.offices
    if kind == "venue":
        return actor.may(Permission.MANAGE_VENUES, region.profile)
    if kind == "looking" and not actor.is_at_desk:
        return False
    return kind in ("case", "looking") and (sees_all or await _takes_part(subject, actor))


async def _takes_part(case: UUID, actor: Actor) -> bool:
    found = await row(
        "SELECT 1 FROM cases c WHERE region = $1 AND id = $2 AND (applicant_id = $3 OR handler_org = ANY($4::uuid[]) OR EXISTS "
        "(SELECT 1 FROM case_event e WHERE e.region = c.region AND e.case_id = c.id AND e.organisation_id = ANY($4::uuid[])))",
        actor.region, case, actor.account_id, actor.offices)
    return found is not None
