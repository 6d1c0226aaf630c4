"""Receipts of SMS, pushed to the product a little after the message, as the vendor pushes them: a JSON array, unsigned."""

import asyncio
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import aiohttp
from sanic import Sanic

from sandbox.faults import Fault, Kind
from sandbox.state import State, Target, TextMessage

PUSH_SECONDS: Final = 5
DELIVERED, FAILED = 3, 2
ZONE: Final = ZoneInfo("Asia/Shanghai")


def settle_later(app: "Sanic[Any, Any]", message: TextMessage) -> None:
    """Deliver the message and push its receipt, in the background."""
    tasks: set[asyncio.Task[None]] = app.ctx.tasks
    task = asyncio.create_task(settle(app.ctx.state, app.ctx.http, message))
    tasks.add(task)
    task.add_done_callback(tasks.discard)


async def settle(state: State, http: aiohttp.ClientSession, message: TextMessage) -> None:
    """ERROR makes the carrier refuse, SLOW waits, DROP keeps the receipt back, DUPLICATE_RECEIPT pushes it twice."""
    fault = state.faults.take(Target.RECEIPTS)
    kind = fault.kind if fault else None
    await asyncio.sleep(state.options.receipt_delay + (fault.seconds if fault and kind is Kind.SLOW else 0))
    message.status = FAILED if kind is Kind.ERROR else DELIVERED
    message.err_code = (fault.code or "UNDELIV") if fault and kind is Kind.ERROR else "DELIVERED"
    message.received_at = state.now()
    state.changed()
    if not state.receipts_url or kind in {Kind.DROP, Kind.CUT, Kind.HANG}:
        return
    for _ in range(2 if kind is Kind.DUPLICATE_RECEIPT else 1):
        await _push_until_taken(state, http, message, fault)


async def _push_until_taken(state: State, http: aiohttp.ClientSession, message: TextMessage, fault: Fault | None) -> None:
    for pause in (0.0, *state.options.receipt_repeats):
        await asyncio.sleep(pause)
        if await _push(state, http, [report(message)], fault):
            return


async def _push(state: State, http: aiohttp.ClientSession, reports: list[dict[str, Any]], fault: Fault | None) -> bool:
    return await _post(state, http, state.receipts_url, "SmsReport", reports, fault)


async def _post(state: State, http: aiohttp.ClientSession, url: str, what: str, pushed: list[dict[str, Any]], fault: Fault | None) -> bool:
    """One push; taken when the answer is 200 with a number as ``code``."""
    status: int | str = "无应答"
    said: Any = None
    try:
        async with http.post(url, json=pushed, timeout=aiohttp.ClientTimeout(total=PUSH_SECONDS)) as response:
            status, said = response.status, await response.json(content_type=None)
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        said = type(error).__name__
    state.record(Target.RECEIPTS, f"POST {what}", pushed, status, said, fault.kind if fault else "")
    return status == 200 and isinstance(said, dict) and isinstance(said.get("code"), int)


async def push_reply(state: State, http: aiohttp.ClientSession, phone: str, words: str, number: int) -> bool:
    """SmsUp: somebody answers the last message in her phone; pushed where receipts are, under ``replies``."""
    reply = {"phone_number": phone, "content": words, "send_time": local(state.now()), "dest_code": "1069000000", "sequence_id": str(number)}
    url = state.receipts_url.replace("/receipts/", "/replies/")
    return bool(url) and await _post(state, http, url, "SmsUp", [reply], state.faults.take(Target.RECEIPTS, "SmsUp"))


def report(message: TextMessage) -> dict[str, Any]:
    assert message.received_at is not None
    return {"phone_number": message.phone, "send_time": local(message.sent_at), "report_time": local(message.received_at),
            "success": message.status == DELIVERED, "err_code": message.err_code, "err_msg": message.err_code, "sms_size": "1",
            "biz_id": message.biz_id, "out_id": message.out_id}


def local(moment: datetime) -> str:
    """As the vendor writes time: local to China, without saying so."""
    return moment.astimezone(ZONE).strftime("%Y-%m-%d %H:%M:%S")
