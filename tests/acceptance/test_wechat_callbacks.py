"""What WeChat tells us, over the wire: section 8 of the protocol sheet where it is about callbacks, and the events of both accounts."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import httpx
import pytest
import pytest_asyncio

from config import clock
from config.settings import settings
from models.account import Account, WechatBinding
from models.database import credentials, execute, new_id, rows
from sandbox import callbacks
from sandbox.state import Person
from services import regions, store, verbs, wechat_receipts
from services.wechat_receipts import WechatReceipt
from tests import builders
from tests.conftest import Servers
from tests.wechat_scene import Scene, scene
from wechat.codec import Codec, signature


@pytest_asyncio.fixture(scope="module")
async def running(orm: Servers) -> AsyncIterator[Scene]:
    async with scene("greenlane-callbacks") as found:
        yield found


@pytest.fixture
def chat(running: Scene, database: None) -> Scene:
    return running


async def a_bound(chat: Scene) -> tuple[Person, Account]:
    person, account = chat.person(), await builders.a_talent()
    await chat.bind(person, account)
    return person, account


async def post(chat: Scene, plain: str, path: str = "wechat/callback") -> httpx.Response:
    body, query = callbacks.seal(chat.sandbox.state, "o", plain)
    return await chat.client.post(f"/{chat.region}/{path}", params=query, content=body.encode())


async def push_json(chat: Scene, document: dict[str, Any]) -> httpx.Response:
    """An event of the mini program in JSON, sealed with the mini program's own key."""
    config = settings()
    codec = Codec(config.wechat_token.get_secret_value(), config.wechat_aes_key.get_secret_value(), config.wechat_app_id)
    token, stamp = config.wechat_token.get_secret_value(), str(int(clock.now().timestamp()))
    sealed = codec.encrypt(json.dumps({"ToUserName": "gh_mini", "CreateTime": stamp, "MsgType": "event", **document}), b"0123456789abcdef")
    query = {"signature": signature(token, stamp, "n"), "timestamp": stamp, "nonce": "n", "encrypt_type": "aes",
             "msg_signature": signature(token, stamp, "n", sealed)}
    return await chat.client.post(f"/{chat.region}/wechat/mini/callback", params=query, content=json.dumps({"Encrypt": sealed}).encode())


def event(person: Person, name: str, inner: str = "", at: datetime | None = None) -> str:
    return (f"<xml><ToUserName>gh_1</ToUserName><FromUserName>{person.openid}</FromUserName><CreateTime>{int((at or clock.now()).timestamp())}"
            f"</CreateTime><MsgType>event</MsgType><Event>{name}</Event>{inner}</xml>")


def said_by_account(chat: Scene, person: Person) -> list[str]:
    return [line.text for line in chat.sandbox.state.chat if line.openid == person.openid and line.speaker == "account"]


async def test_s8_04_the_same_callback_three_times_at_once_acts_once_and_is_answered_alike(chat: Scene) -> None:
    clerk = chat.person()
    await chat.bind(clerk, await builders.a_staff(organisation=await builders.an_organisation("window")))
    case = await builders.a_booking()
    plain = (f"<xml><ToUserName>gh_1</ToUserName><FromUserName>{clerk.openid}</FromUserName><CreateTime>{int(clock.now().timestamp())}</CreateTime>"
             f"<MsgType>text</MsgType><Content>受理 {case.number} 好</Content><MsgId>77</MsgId></xml>")
    async with asyncio.timeout(60):
        answers = await asyncio.gather(*(post(chat, plain) for _ in range(3)))
    said = [callbacks.read_reply(chat.sandbox.state, answer.text) for answer in answers]
    assert said[0] == said[1] == said[2]
    assert "下一步：预审" in str(said[0])
    assert len(await rows("SELECT 1 FROM case_event WHERE case_id = $1", case.id)) == 2
    assert len(await rows("SELECT 1 FROM callback_seen")) == 1


async def test_s8_05_work_of_six_seconds_is_answered_in_time_and_its_words_come_once(chat: Scene, orm: Servers) -> None:
    """WeChat's repeat comes while the first is still at work: neither is kept waiting, the act happens once, and so do its words."""
    clerk = chat.person()
    await chat.bind(clerk, await builders.a_staff(organisation=await builders.an_organisation("window")))
    case = await builders.a_booking()
    chat.sandbox.state.open_window(clerk.openid, timedelta(hours=48), 5)
    plain = (f"<xml><ToUserName>gh_1</ToUserName><FromUserName>{clerk.openid}</FromUserName><CreateTime>{int(clock.now().timestamp())}</CreateTime>"
             f"<MsgType>text</MsgType><Content>受理 {case.number} 好</Content><MsgId>78</MsgId></xml>")
    other = await asyncpg.connect(**credentials(orm.database_url))
    async with asyncio.timeout(60):
        held = other.transaction()
        await held.start()
        await other.execute("SELECT 1 FROM cases WHERE id = $1 FOR UPDATE", case.id)
        answers = await asyncio.gather(post(chat, plain), post(chat, plain))
        await held.rollback()
        await other.close()
    await verbs.drained(30)
    assert [answer.text for answer in answers] == ["success", "success"]
    assert [text for text in said_by_account(chat, clerk) if "下一步：预审" in text] == said_by_account(chat, clerk)[-1:]
    assert len(await rows("SELECT 1 FROM case_event WHERE case_id = $1", case.id)) == 2


async def test_s8_07_what_is_no_message_is_refused_without_a_word_of_ours(chat: Scene) -> None:
    body, query = callbacks.seal(chat.sandbox.state, "o", "<!DOCTYPE x [<!ENTITY a 'a'>]><xml>&a;</xml>")
    foreign = Codec(settings().official_token.get_secret_value(), settings().official_aes_key.get_secret_value(), "wx0000000000000000")
    sealed = foreign.encrypt("<xml/>", b"0123456789abcdef")
    token, stamp = settings().official_token.get_secret_value(), query["timestamp"]
    signed = query | {"msg_signature": signature(token, stamp, query["nonce"], sealed)}
    for content, asked, status in ((body, query, 400), ("x" * 100_000, query, 413), ("<xml><a/></xml>", query, 403), ("<xml>", query, 400),
                                   (f"<xml><Encrypt>{sealed}</Encrypt></xml>", signed, 403)):
        answer = await chat.client.post(f"/{chat.region}/wechat/callback", params=asked, content=content.encode())
        assert answer.status_code == status
        assert "Traceback" not in answer.text


async def test_s8_11_without_the_fast_store_a_callback_is_answered(chat: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    person, _ = await a_bound(chat)
    gone = store.Redis(host="127.0.0.1", port=1, socket_connect_timeout=1)
    monkeypatch.setattr(store, "_store", gone)
    assert "我的办件" in await chat.write(person, "帮助")
    assert callbacks.OUT_OF_ORDER not in [line.text for line in chat.sandbox.state.chat]
    await gone.aclose()


async def test_an_answer_is_kept_sealed(chat: Scene) -> None:
    person, _ = await a_bound(chat)
    said = await chat.write(person, "我的办件")
    (kept,) = await rows("SELECT answer_sealed FROM callback_seen")
    assert said
    assert said.encode() not in bytes(kept["answer_sealed"])


async def test_who_leaves_the_account_is_written_to_no_more_until_he_follows_again(chat: Scene) -> None:
    person, account = await a_bound(chat)
    at = clock.now()
    for name, moment in (("subscribe", at), ("unsubscribe", at - timedelta(seconds=9)), ("unsubscribe", at), ("unsubscribe", at)):
        assert (await post(chat, event(person, name, at=moment))).status_code == 200
        binding = await WechatBinding.of(chat.region, account_id=account.id, app_id=settings().official_app_id).first()
        assert binding is not None
        assert binding.follows is (name == "subscribe" or moment < at)  # what happened earlier and is told later changes nothing
    await post(chat, event(person, "subscribe", at=at + timedelta(seconds=9)))
    assert await WechatBinding.of(chat.region, follows=True, account_id=account.id).count() == 2


async def test_who_takes_back_his_consent_is_known_to_us_no_more(chat: Scene) -> None:
    """The event comes from WeChat's own openid and names the person's in a field of its own."""
    person, account = await a_bound(chat)
    told = {"FromUserName": "o-platform", "Event": "user_authorization_revoke", "OpenID": person.mini_openid, "RevokeInfo": "8"}
    answer = await push_json(chat, told)
    assert (answer.status_code, answer.text) == (200, "success")
    left = await WechatBinding.of(chat.region, account_id=account.id)
    assert [one.app_id for one in left] == [settings().official_app_id]
    assert await rows("SELECT 1 FROM audit WHERE act = 'forget_wechat' AND subject_id = $1", account.id) != []


async def test_a_template_message_that_arrived_or_did_not_settles_its_row_once(chat: Scene) -> None:
    person, account = await a_bound(chat)
    sent = {number: await a_sent_message(chat, account, number) for number in ("1001", "1002")}
    for number, status in (("1001", "success"), ("1002", "failed:user block"), ("1001", "failed: system failed"), ("9999", "success")):
        inner = f"<MsgID>{number}</MsgID><Status><![CDATA[{status}]]></Status>"
        assert (await post(chat, event(person, "TEMPLATESENDJOBFINISH", inner))).text == "success"
    found = {one["id"]: (one["state"], one["provider_code"]) for one in await rows("SELECT id, state, provider_code FROM notification")}
    assert [found[id] for id in sent.values()] == [("delivered", ""), ("failed", "user_block")]


@pytest.mark.parametrize("entries", [1, 2])
async def test_subscription_messages_are_settled_by_their_event_one_or_many(chat: Scene, entries: int) -> None:
    person, account = await a_bound(chat)
    sent = [await a_sent_message(chat, account, f"20{number}") for number in range(entries)]
    inner = "".join(f"<List><TemplateId>T</TemplateId><MsgID>20{number}</MsgID><ErrorCode>0</ErrorCode><ErrorStatus>success</ErrorStatus></List>"
                    for number in range(entries))
    await post(chat, event(person, "subscribe_msg_sent_event", f"<SubscribeMsgSentEvent>{inner}</SubscribeMsgSentEvent>"))
    assert {one["state"] for one in await rows("SELECT state FROM notification WHERE id = ANY($1::uuid[])", sent)} == {"delivered"}


async def test_a_receipt_reaches_a_message_of_every_region_on_the_account(chat: Scene) -> None:
    """WeChat knows one address of an account, whichever region's message it speaks of."""
    id = await a_sent_message(chat, await builders.a_talent(region="dezhou"), "4001")
    await post(chat, event(chat.person(), "TEMPLATESENDJOBFINISH", "<MsgID>4001</MsgID><Status>success</Status>"))
    assert await rows("SELECT region, state FROM notification WHERE id = $1", id) == [{"region": "dezhou", "state": "delivered"}]


async def test_a_receipt_that_is_faster_than_the_number_of_its_message_is_not_lost(chat: Scene) -> None:
    _, account = await a_bound(chat)
    region, app_id = await regions.current(chat.region), settings().official_app_id
    assert await wechat_receipts.take(region, app_id, "o-1", [WechatReceipt("3001", delivered=False, code="user_block")], clock.now()) == 0
    id = await a_sent_message(chat, account, "3001")
    assert await wechat_receipts.settle([region.code], app_id, "3001") == 1
    assert await wechat_receipts.settle([region.code], app_id, "3001") == 0
    assert (await rows("SELECT state FROM notification WHERE id = $1", id))[0]["state"] == "failed"


@pytest.mark.parametrize("name", ["LOCATION", "VIEW", "an_event_of_next_year", "subscribe_msg_change_event"])
async def test_events_without_an_answer_are_taken_in_silence(chat: Scene, name: str) -> None:
    person, _ = await a_bound(chat)
    assert (await post(chat, event(person, name, "<Latitude>37.5</Latitude>"))).text == "success"
    assert await rows("SELECT 1 FROM callback_seen") == []


async def test_a_message_of_a_kind_unknown_to_us_is_told_what_we_understand(chat: Scene) -> None:
    person, _ = await a_bound(chat)
    plain = event(person, "x").replace("<MsgType>event", "<MsgType>hologram").replace("<Event>x</Event>", "<MsgId>5</MsgId>")
    assert "您可以发送" in str(callbacks.read_reply(chat.sandbox.state, (await post(chat, plain)).text))


async def test_the_mini_programs_address_proves_itself_and_takes_only_what_is_sealed_for_it(chat: Scene) -> None:
    token, stamp = settings().wechat_token.get_secret_value(), str(int(datetime.now(UTC).timestamp()))
    asked = {"signature": signature(token, stamp, "n"), "timestamp": stamp, "nonce": "n", "echostr": "echo"}
    assert (await chat.client.get(f"/{chat.region}/wechat/mini/callback", params=asked)).text == "echo"
    assert (await post(chat, event(chat.person(), "x"), "wechat/mini/callback")).status_code == 403


async def a_sent_message(chat: Scene, account: Account, number: str) -> Any:
    """A telling that was handed to WeChat under this number, as the worker leaves it."""
    id = new_id()
    await execute("INSERT INTO notification (region, id, kind, channel, account_id, params_sealed, dedupe_key, state, next_at, created_at, "
                  "provider_id) VALUES ($1, $2, 'case_completed', 'wechat', $3, '\\x00', $4, 'accepted', now(), now(), $5)",
                  account.region, id, account.id, f"test:{number}", number)
    return id


async def test_the_stand_in_delivers_wrongly_when_told_to_and_nothing_comes_of_it(chat: Scene) -> None:
    """What a person sees on the phone then, and that the repeats of one message are one."""
    person, _ = await a_bound(chat)
    faults = [("forged", callbacks.OUT_OF_ORDER, 0), ("stale", callbacks.OUT_OF_ORDER, 0), ("duplicate", "", 1)]
    for kind, said, kept in faults:
        chat.sandbox.break_down("callback", kind, times=1)
        assert said in await chat.write(person, "帮助")
        assert len(await rows("SELECT 1 FROM callback_seen")) == kept
