"""Conversations with the official account on the sandbox's phone, as README shows them: said for real, once every page was looked at."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import httpx
from PIL import Image
from playwright.async_api import Browser

from tests.product import Product

SECONDS = 60


@dataclass(frozen=True)
class Chat:
    """What somebody of the demo says, and a word that each answer must have. ``drawn``: a picture follows the last one."""

    name: str
    region: str
    who: str
    said: Sequence[tuple[str, str]]
    drawn: bool = False


CHATS = (
    Chat("chat-booking", "weihai", "孙雨欣",
         (("预约", "1."), ("1", "1."), ("1", "需求"), ("周五下午 14:20 的航班去北京，两人同行", "1."), ("1", "1."), ("1", "提交"))),
    Chat("chat-progress", "weihai", "刘若曦", (("我的办件", "1."), ("到哪了 1", "下一步")), drawn=True),
    Chat("chat-staff", "weihai", "孙立新", (("待办", "1."), ("1", "受理"), ("受理 1 材料齐全，请保持电话畅通", "已受理"))),
)


async def photograph(product: Product, browser: Browser, wall: Path) -> list[str]:
    """Have them, and hang their pictures; what went otherwise than it should, in words."""
    async with httpx.AsyncClient(base_url=product.sandbox, timeout=SECONDS) as client:
        openids = {one["name"]: one["openid"] for one in (await client.get("/sandbox/people")).json()}
        wrong = []
        for chat in CHATS:
            wrong += [f"\n{chat.name}: {words}" for words in await _talk(client, openids[chat.who], chat)]
            await _draw(product, browser, openids[chat.who], wall / f"{chat.name}.webp")
        return wrong


async def _talk(client: httpx.AsyncClient, openid: str, chat: Chat) -> list[str]:
    wrong = []
    for text, expected in chat.said:
        answer = await client.post("/sandbox/chat", json={"openid": openid, "text": text, "region": chat.region})
        reply = answer.raise_for_status().json()["reply"] or ""
        if expected not in reply:
            wrong.append(f"«{text}» was answered without «{expected}»: {reply}")
    for _ in range(SECONDS * 5 if chat.drawn else 0):
        if any(line["picture"] for line in (await client.get("/sandbox/chat", params={"openid": openid})).json()):
            return wrong
        await asyncio.sleep(0.2)
    return [*wrong, "no picture came"] if chat.drawn else wrong


async def _draw(product: Product, browser: Browser, openid: str, file: Path) -> None:
    page = await browser.new_page(viewport={"width": 1100, "height": 900}, locale="zh-CN", timezone_id="Asia/Shanghai", reduced_motion="reduce")
    await page.goto(f"{product.sandbox}/sandbox/?person={openid}&app=wechat")
    await page.evaluate("Promise.all([...document.images].map(image => image.decode()))")
    drawn = await page.locator(".phone").screenshot(animations="disabled")
    await page.close()
    with Image.open(BytesIO(drawn)) as image:
        image.convert("RGB").save(file, "WEBP", quality=80, method=6)
