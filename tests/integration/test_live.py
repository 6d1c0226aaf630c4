"""Telling open pages: what is said together is one message, nothing is said before its commit, and nobody waits for a store that is away."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
from redis.asyncio import Redis

from models.database import transaction
from services import live, store, verbs
from tests.conftest import Servers

Heard = list[list[tuple[str, Any]]]


@pytest.fixture
async def heard(servers: Servers) -> AsyncIterator[Heard]:
    """What a process that listens gets, message by message. The store of this process is left as it was: a served product may be using it."""
    own = not _is_open()
    if own:
        store.open_store(servers.redis_url)
    messages: Heard = []
    async with Redis.from_url(servers.redis_url) as client, client.pubsub(ignore_subscribe_messages=True) as subscription:
        await subscription.subscribe(live.CHANNEL)
        listening = asyncio.create_task(_listen(subscription, messages))
        yield messages
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
    if own:
        await verbs.drained(2)
        await store.close_store()


def _is_open() -> bool:
    try:
        store.store()
    except store.NotOpened:
        return False
    return True


async def _listen(subscription: Any, messages: Heard) -> None:
    async for message in subscription.listen():
        messages.append([(topic, told["data"]) for topic, told in orjson.loads(message["data"])])


async def settled(messages: Heard, count: int) -> Heard:
    await verbs.drained(20)
    async with asyncio.timeout(30):
        while len(messages) < count:  # noqa: ASYNC110  # the store tells the listener, nobody tells us
            await asyncio.sleep(0.01)
    return messages


async def test_what_is_said_together_is_one_message_in_its_order_and_what_is_said_twice_is_said_once(heard: Heard) -> None:
    for version in (1, 2, 1):
        await live.publish("somewhere", "case:1", "org:2", event="case", data={"version": version})
    assert await settled(heard, 1) == [[("somewhere:case:1", {"version": 1}), ("somewhere:org:2", {"version": 1}),
                                        ("somewhere:case:1", {"version": 2}), ("somewhere:org:2", {"version": 2})]]


async def test_nothing_is_heard_of_a_transaction_that_failed(heard: Heard, database: None) -> None:
    with pytest.raises(LookupError):
        async with live.held_back(), transaction():
            await live.publish("somewhere", "case:1", event="case", data={"version": 1})
            raise LookupError
    async with live.held_back(), transaction():
        await live.publish("somewhere", "case:2", event="case", data={"version": 1})
        await asyncio.sleep(0.1)
        assert heard == []  # not before its commit
    assert await settled(heard, 1) == [[("somewhere:case:2", {"version": 1})]]


async def test_a_store_that_is_away_costs_the_message_and_nothing_else(heard: Heard, monkeypatch: pytest.MonkeyPatch) -> None:
    async with Redis.from_url("redis://127.0.0.1:1/0", socket_connect_timeout=1) as nowhere:
        with monkeypatch.context() as patch:
            patch.setattr(store, "_store", nowhere)
            async with asyncio.timeout(5):
                await live.publish("somewhere", "case:1", event="case", data={"version": 1})
            await verbs.drained(5)
    await live.publish("somewhere", "case:1", event="case", data={"version": 2})
    assert await settled(heard, 1) == [[("somewhere:case:1", {"version": 2})]]
