"""What people do in the sandbox: write in the chat, tap the menu, read mail, scan a board; and the page that shows it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.message import EmailMessage

import aiohttp
import aiosmtplib
import pytest
import pytest_asyncio
from aiohttp import web

from config.settings import Settings
from sandbox.callbacks import OUT_OF_ORDER
from sandbox.embedded import Sandbox, running_sandbox
from wechat.codec import NO_REPLY, CallbackRefused, Codec, Incoming, text_reply

SETTINGS = Settings()
OFFICE = Codec(SETTINGS.official_token.get_secret_value(), SETTINGS.official_aes_key.get_secret_value(), SETTINGS.official_app_id)
#: So many seconds the account may think, before WeChat asks again; a busy machine is not slow.
PATIENCE = 1.5
WANG = {"openid": "oWANG", "name": "王小明", "phone": "19900001234"}


class Product:
    """An official account that says what it heard."""

    def __init__(self) -> None:
        self.heard: list[Incoming] = []
        self.slow_times = 0

    async def take(self, request: web.Request) -> web.Response:
        now = datetime.now(UTC)
        try:
            message = OFFICE.open(request.query, await request.read(), now)
        except CallbackRefused as refused:
            return web.Response(status=refused.status_code)
        self.heard.append(message)
        if self.slow_times:
            self.slow_times -= 1
            await asyncio.sleep(3 * PATIENCE)
        if message.event == "unsubscribe":
            return web.Response(text=NO_REPLY)
        return web.Response(text=OFFICE.seal(text_reply(message, f"收到：{message.content or message.event_key}", now), now))


@asynccontextmanager
async def office(product: Product) -> AsyncIterator[str]:
    application = web.Application()
    application.router.add_post("/{region}/wechat/callback", product.take)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    yield f"http://{host}:{port}/{{region}}/wechat/callback"
    await runner.cleanup()


@pytest_asyncio.fixture
async def product() -> Product:
    return Product()


@pytest_asyncio.fixture
async def sandbox(product: Product) -> AsyncIterator[Sandbox]:
    async with office(product) as url, running_sandbox(callback_url=url, reply_seconds=PATIENCE) as running:
        yield running


@pytest_asyncio.fixture
async def hand(sandbox: Sandbox) -> AsyncIterator[aiohttp.ClientSession]:
    """Somebody at the sandbox's page."""
    async with aiohttp.ClientSession(sandbox.url) as session:
        async with session.post("/sandbox/people", json=WANG) as answer:
            assert answer.status == 200
        yield session


async def say(hand: aiohttp.ClientSession, path: str, **given: object) -> str:
    async with hand.post(path, json={"openid": "oWANG", **given}) as answer:
        assert answer.status == 200, await answer.text()
        return str((await answer.json())["reply"])


@pytest.mark.parametrize("typed", ["我的预约", "]]>", "<b>&</b>", "🎫"])
async def test_a_chat_message_reaches_the_product_sealed_and_its_reply_is_shown(hand: aiohttp.ClientSession, product: Product,
                                                                               typed: str) -> None:
    assert await say(hand, "/sandbox/chat", text=typed, region="demo") == f"收到：{typed}"
    (message,) = product.heard
    assert (message.openid, message.kind, message.content) == ("oWANG", "text", typed)
    async with hand.get("/sandbox/chat", params={"openid": "oWANG"}) as answer:
        assert [(line["speaker"], line["text"]) for line in await answer.json()] == [("person", typed), ("account", f"收到：{typed}")]


async def test_a_tap_on_the_menu_is_an_event_with_its_key(hand: aiohttp.ClientSession, product: Product) -> None:
    assert await say(hand, "/sandbox/tap", key="CASES") == "收到：CASES"
    assert (product.heard[0].event, product.heard[0].event_key) == ("click", "CASES")


async def test_success_is_no_reply(hand: aiohttp.ClientSession, product: Product) -> None:
    assert await say(hand, "/sandbox/tap", event="unsubscribe") == ""


async def test_a_slow_product_is_asked_three_times_with_the_same_message(hand: aiohttp.ClientSession, product: Product) -> None:
    product.slow_times = 2
    assert await say(hand, "/sandbox/chat", text="慢") == "收到：慢"
    assert len(product.heard) == 3
    assert len({message.dedupe_key("wx") for message in product.heard}) == 1


async def test_a_product_that_never_answers_in_time_is_shown_as_out_of_order(hand: aiohttp.ClientSession, product: Product) -> None:
    product.slow_times = 9
    assert await say(hand, "/sandbox/chat", text="慢") == OUT_OF_ORDER
    assert len(product.heard) == 3


async def test_mails_are_taken_and_shown(sandbox: Sandbox, hand: aiohttp.ClientSession) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "office@talent.example", "wang@unit.example", "重置密码"
    mail.set_content("请在 30 分钟内打开链接。")
    host, _, port = sandbox.smtp_url.removeprefix("smtp://").partition(":")
    await aiosmtplib.send(mail, hostname=host, port=int(port), username="any", password="any", start_tls=False)
    async with hand.get("/sandbox/mails") as answer:
        (shown,) = await answer.json()
    assert (shown["subject"], shown["recipients"], shown["text"].strip()) == ("重置密码", ["wang@unit.example"], "请在 30 分钟内打开链接。")


@pytest.mark.parametrize(("kind", "kept"), [("error", 0), ("cut", 0), ("accept_then_cut", 1)])
async def test_the_mail_server_fails_on_demand(sandbox: Sandbox, kind: str, kept: int) -> None:
    sandbox.break_down("smtp", kind)
    mail = EmailMessage()
    mail["From"], mail["To"] = "office@talent.example", "wang@unit.example"
    host, _, port = sandbox.smtp_url.removeprefix("smtp://").partition(":")
    with pytest.raises(aiosmtplib.SMTPException):
        await aiosmtplib.send(mail, hostname=host, port=int(port), start_tls=False)
    assert len(sandbox.state.mails) == kept


async def test_faults_come_and_go_by_the_api(sandbox: Sandbox, hand: aiohttp.ClientSession) -> None:
    async with hand.post("/sandbox/faults", json={"target": "sms", "kind": "error", "code": "isv.AMOUNT_NOT_ENOUGH", "times": 2}) as answer:
        assert (await answer.json())["number"] == 1
    async with hand.post("/sandbox/faults", json={"target": "moon", "kind": "error"}) as answer:
        assert answer.status == 400
    async with hand.get("/sandbox/faults") as answer:
        assert len(await answer.json()) == 1
    async with hand.delete("/sandbox/faults") as answer:
        assert answer.status == 200
    assert sandbox.state.faults.active == []


async def test_a_fault_is_used_up(sandbox: Sandbox) -> None:
    sandbox.break_down("wechat", "error", code="45009", times=2, path="/cgi-bin")
    taken = [sandbox.state.faults.take("wechat", "/cgi-bin/menu/create") for _ in range(3)]
    assert [fault is not None for fault in taken] == [True, True, False]
    sandbox.break_down("wechat", "error", path="/cgi-bin")
    assert sandbox.state.faults.take("wechat", "/sns/jscode2session") is None


@pytest.mark.parametrize("app", ["wechat", "sms", "scan"])
async def test_the_phone_is_drawn_with_what_happened_and_without_script_or_style_inside(hand: aiohttp.ClientSession, app: str) -> None:
    await say(hand, "/sandbox/chat", text="<script>alert(1)</script>")
    async with hand.post("/sandbox/boards", json=[{"name": "机场商务贵宾区", "url": "http://127.0.0.1/demo/v/1"}]) as answer:
        assert answer.status == 200
    async with hand.get("/sandbox/", params={"person": "oWANG", "app": app}) as answer:
        page = await answer.text()
        policy = answer.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "<script>alert" not in page
    assert " style=" not in page
    assert "<style" not in page
    assert {"wechat": "收到：", "sms": "还没有收到短信", "scan": "机场商务贵宾区"}[app] in page


async def test_a_form_without_script_leads_back_to_the_page(hand: aiohttp.ClientSession) -> None:
    form = {"openid": "oWANG", "text": "你好", "region": "demo"}
    back = {"Referer": "/sandbox/?app=wechat"}
    async with hand.post("/sandbox/chat", data=form, allow_redirects=False, headers=back) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, "/sandbox/?app=wechat")


async def test_the_record_is_newest_first_and_bounded(sandbox: Sandbox) -> None:
    from sandbox.state import KEPT_CALLS, Target

    for number in range(KEPT_CALLS + 20):
        sandbox.state.record(Target.SMS, str(number), {}, 200, {})
    assert len(sandbox.state.calls) == KEPT_CALLS
    assert sandbox.state.calls[0].what == str(KEPT_CALLS + 19)
