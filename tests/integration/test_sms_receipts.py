"""Receipts come back over the wire as the vendor pushes them, and read as ours: once, twice, late, or never."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from aiohttp import web

from config.settings import Settings
from sandbox.embedded import Sandbox, running_sandbox
from sms import receipts
from sms.aliyun import AliyunGateway
from sms.gateway import Sms

MESSAGE = Sms("19900001234", "人才服务", "SMS_100001", {"code": "402871"}, "out-1")


class Ear:
    """The product's receipt address, as far as the sandbox can tell."""

    def __init__(self, refusals: int = 0) -> None:
        self.heard: list[receipts.Receipt] = []
        self.refusals = refusals

    async def take(self, request: web.Request) -> web.Response:
        if self.refusals:
            self.refusals -= 1
            return web.Response(status=500)
        self.heard += receipts.parse(await request.read())
        return web.json_response(receipts.RECEIVED)

    async def heard_at_least(self, count: int) -> list[receipts.Receipt]:
        async with asyncio.timeout(30):
            while len(self.heard) < count:  # noqa: ASYNC110  (the test looks on)
                await asyncio.sleep(0.02)
        await asyncio.sleep(0.1)  # one more would come now
        return self.heard


@asynccontextmanager
async def listening(ear: Ear) -> AsyncIterator[str]:
    application = web.Application()
    application.router.add_post("/receipts", ear.take)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    yield f"http://{host}:{port}/receipts"
    await runner.cleanup()


@asynccontextmanager
async def scene(faults: Iterable[tuple[str, str]] = (), refusals: int = 0) -> AsyncIterator[tuple[Sandbox, AliyunGateway, Ear]]:
    ear = Ear(refusals)
    async with listening(ear) as url, running_sandbox(receipts_url=url) as sandbox:
        for kind, code in faults:
            sandbox.break_down("receipts", kind, code=code, seconds=0.1)
        gateway = AliyunGateway.from_settings(Settings(sms_url=sandbox.url))
        yield sandbox, gateway, ear
        gateway.close()


async def test_a_receipt_names_the_message_and_the_number() -> None:
    async with scene() as (_, gateway, ear):
        accepted = await gateway.send(MESSAGE)
        (receipt,) = await ear.heard_at_least(1)
    assert (receipt.provider_id, receipt.phone, receipt.out_id) == (accepted.provider_id, MESSAGE.phone, "out-1")
    assert (receipt.delivered, receipt.code) == (True, "DELIVERED")


async def test_a_failed_delivery_says_why() -> None:
    async with scene([("error", "MK:0001")]) as (_, gateway, ear):
        await gateway.send(MESSAGE)
        (receipt,) = await ear.heard_at_least(1)
    assert (receipt.delivered, receipt.code) == (False, "MK:0001")


async def test_a_receipt_may_come_twice() -> None:
    async with scene([("duplicate_receipt", "")]) as (_, gateway, ear):
        await gateway.send(MESSAGE)
        first, second = await ear.heard_at_least(2)
    assert first == second


async def test_a_push_that_was_not_taken_comes_again() -> None:
    async with scene(refusals=2) as (_, gateway, ear):
        await gateway.send(MESSAGE)
        assert len(await ear.heard_at_least(1)) == 1


async def test_a_receipt_may_never_come_and_the_query_tells_instead() -> None:
    async with scene([("drop", "")]) as (sandbox, gateway, ear):
        await gateway.send(MESSAGE)
        async with asyncio.timeout(30):
            while sandbox.state.texts[0].status == 1:  # noqa: ASYNC110  (the test looks on)
                await asyncio.sleep(0.02)
        await asyncio.sleep(0.1)
        assert ear.heard == []
        assert sandbox.state.texts[0].status == 3
