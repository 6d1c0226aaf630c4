"""T18: a callback that WeChat did not sign, or not just now, does nothing; one that it repeats acts once and is answered each time."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
import pytest_asyncio

from config import clock
from models.case import Case
from models.database import rows, transaction
from sandbox import callbacks
from sandbox.state import Person
from services import chat as chats
from services import regions
from services.cases import progress
from services.chat import Answered
from tests import builders
from tests.conftest import Servers
from tests.wechat_scene import Scene, scene


@pytest_asyncio.fixture(scope="module")
async def running(orm: Servers) -> AsyncIterator[Scene]:
    async with scene("greenlane-t18") as found:
        yield found


@pytest.fixture
def chat(running: Scene, database: None) -> Scene:
    return running


def sealed(chat: Scene, person: Person, text: str, msg_id: str = "1001") -> tuple[str, dict[str, str]]:
    """Body and query of one delivery: each has a nonce of its own."""
    plain = (f"<xml><ToUserName>gh_1</ToUserName><FromUserName>{person.openid}</FromUserName><CreateTime>{int(clock.now().timestamp())}</CreateTime>"
             f"<MsgType>text</MsgType><Content><![CDATA[{text}]]></Content><MsgId>{msg_id}</MsgId></xml>")
    return callbacks.seal(chat.sandbox.state, person.openid, plain)


async def deliver(chat: Scene, body: str, query: dict[str, str]) -> httpx.Response:
    return await chat.client.post(f"/{chat.region}/wechat/callback", params=query, content=body.encode(), headers={"Content-Type": "text/xml"})


async def a_clerk_with_a_case(chat: Scene) -> tuple[Person, Case]:
    person = chat.person()
    await chat.bind(person, await builders.a_staff(organisation=await builders.an_organisation("window")))
    case = await builders.a_booking()
    return person, case


async def acts(case: Case) -> int:
    return len(await progress.history(case.region, case.id)) - 1


async def test_the_same_message_three_times_has_one_effect_and_three_answers(chat: Scene) -> None:
    clerk, case = await a_clerk_with_a_case(chat)
    answers = [await deliver(chat, *sealed(chat, clerk, f"受理 {case.number} 好")) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    said = {callbacks.read_reply(chat.sandbox.state, answer.text) for answer in answers}
    assert len(said) == 1
    assert "下一步：预审" in str(said.pop())
    assert await acts(case) == 1


async def test_three_deliveries_at_once_have_one_effect(chat: Scene) -> None:
    clerk, case = await a_clerk_with_a_case(chat)
    async with asyncio.timeout(60):
        answers = await asyncio.gather(*(deliver(chat, *sealed(chat, clerk, f"受理 {case.number} 好")) for _ in range(3)))
    assert {callbacks.read_reply(chat.sandbox.state, answer.text) for answer in answers} != {None}
    assert await acts(case) == 1


async def test_without_the_key_the_second_delivery_would_say_something_else(chat: Scene) -> None:
    """Negative control: another MsgId is another message, and its order no longer fits the case."""
    clerk, case = await a_clerk_with_a_case(chat)
    first, second = [await deliver(chat, *sealed(chat, clerk, f"受理 {case.number} 好", msg_id)) for msg_id in ("1", "2")]
    said = [callbacks.read_reply(chat.sandbox.state, answer.text) for answer in (first, second)]
    assert said[0] != said[1]
    assert "现在是「预审」" in str(said[1])


async def test_what_fails_keeps_nothing_and_is_tried_again(chat: Scene) -> None:
    region, tries = await regions.current(chat.region), []

    async def work() -> str:
        tries.append(1)
        async with transaction():
            await rows("INSERT INTO limit_use (bucket, until, used) VALUES ('\\x01', now(), 1) RETURNING 1")
        if len(tries) == 1:
            raise LookupError
        return "done"

    with pytest.raises(LookupError):
        await chats.answer_once(region, "m1", clock.now(), work)
    assert await rows("SELECT 1 FROM limit_use") == []
    answered = [await chats.answer_once(region, "m1", clock.now(), work) for _ in range(2)]
    assert answered == [Answered("done", first=True), Answered("done", first=False)]
    assert len(tries) == 2


@pytest.mark.parametrize(("part", "status"), [("signature", 403), ("msg_signature", 403), ("nonce", 403), ("timestamp", 403), ("encrypt_type", 403)])
async def test_a_wrong_signature_is_refused(chat: Scene, part: str, status: int) -> None:
    clerk, case = await a_clerk_with_a_case(chat)
    body, query = sealed(chat, clerk, f"受理 {case.number} 好")
    answer = await deliver(chat, body, query | {part: str(int(query[part]) + 1) if query[part].isdigit() else "0" * 40})
    assert answer.status_code == status
    assert await acts(case) == 0


@pytest.mark.parametrize("hours", [-1, 1])
async def test_a_message_of_another_hour_is_refused(chat: Scene, hours: int) -> None:
    clerk, case = await a_clerk_with_a_case(chat)
    state = chat.sandbox.state
    right, state.now = state.now, lambda: clock.now() + timedelta(hours=hours)
    try:
        body, query = sealed(chat, clerk, f"受理 {case.number} 好")
    finally:
        state.now = right
    assert (await deliver(chat, body, query)).status_code == 403
    assert await acts(case) == 0


async def test_a_stranger_never_reaches_the_parser(chat: Scene) -> None:
    """T17: the signature comes first, whatever the body; a signed body with a document type is refused all the same."""
    bomb = "<!DOCTYPE x [<!ENTITY a 'aaaa'>]><xml><Encrypt>&a;</Encrypt></xml>"
    unsigned = await deliver(chat, bomb, {"encrypt_type": "aes", "timestamp": str(int(clock.now().timestamp())), "nonce": "1", "signature": "0"})
    assert unsigned.status_code == 403
    _, query = sealed(chat, chat.person(), "x")
    assert (await deliver(chat, bomb, query)).status_code == 400
    assert (await deliver(chat, "x" * 65 * 1024, query)).status_code == 413
    assert (await deliver(chat, "<xml/>", {})).status_code in {400, 403}


async def test_the_address_proves_itself_to_wechat(chat: Scene) -> None:
    _, query = sealed(chat, chat.person(), "x")
    asked = {name: query[name] for name in ("signature", "timestamp", "nonce")} | {"echostr": "echo-me <b>"}
    answer = await chat.client.get(f"/{chat.region}/wechat/callback", params=asked)
    assert (answer.status_code, answer.text) == (200, "echo-me <b>")
    assert answer.headers["content-type"].startswith("text/plain")
    assert (await chat.client.get(f"/{chat.region}/wechat/callback", params=asked | {"nonce": "1"})).status_code == 403
