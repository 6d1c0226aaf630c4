"""Regions with accounts of their own beside regions that share the installation's, over the wire: nobody speaks through, or hears of, another's."""

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from uuid import UUID

import httpx
import pytest
import pytest_asyncio

import worker
from config import clock
from config.accounts import OwnAccounts, WechatAccount
from config.settings import Settings, settings
from config.vocabulary import NotificationKind
from models.database import execute, new_id, rows
from models.notification import Delivery, Notification
from sandbox.embedded import Sandbox, running_sandbox
from sandbox.state import Person
from services import chat, delivery, failover, login, regions, store, subscriptions, wechat_delivery
from services.notifications import tell
from sms.errors import Unreached
from sms.gateway import Accepted, Found, Pair, Sms
from sms.gateways import Gateways
from tests import builders
from tests.acceptance.api import Api
from tests.conftest import Servers
from tests.wechat_scene import Scene, scene
from wechat.codec import Codec, signature
from wechat.errors import Undeliverable
from wechat.platform import Platform
from wechat.platforms import Platforms
from wechat.telling import Subscriptions

#: The first is on the installation's accounts, the second has its own, the third has another SMS account that it shares with the fourth.
SHARING, OWN, THIRD, FOURTH = builders.REGION, "dezhou", "binzhou", "guilin"
KEY = "QWJjRGVmR2hpSmtsTW5vUHFyU3R1Vnd4WXoxMjM0NTY"
ACCOUNTS = {
    OWN: {"wechat_app_id": "wxown0000000001", "wechat_app_secret": "mini", "wechat_token": "OwnMini", "wechat_aes_key": KEY,
          "official_app_id": "wxown0000000002", "official_app_secret": "official", "official_token": "OwnOfficial", "official_aes_key": KEY,
          "sms_access_key_id": "LTAIOWN", "sms_access_key_secret": "own", "sms_receipt_path": "own-path"},
    THIRD: {"sms_access_key_id": "LTAITHIRD", "sms_access_key_secret": "third"},
    FOURTH: {"sms_access_key_id": "LTAITHIRD", "sms_access_key_secret": "third"},
}
NOON = datetime.fromisoformat("2026-11-23T12:00:00+08:00")
WAIT_SECONDS = 60


def config(**changes: str) -> Settings:
    return settings().model_copy(update={"own_accounts": {region: OwnAccounts.model_validate(own) for region, own in ACCOUNTS.items()}, **changes})


@pytest_asyncio.fixture(scope="module")
async def running(orm: Servers) -> AsyncIterator[Scene]:
    async with scene("greenlane-accounts", config()) as found:
        yield found


@pytest.fixture
def wired(running: Scene, database: None) -> Scene:
    return running


@pytest.fixture
async def sandbox(database: None) -> AsyncIterator[Sandbox]:
    async with running_sandbox(config()) as found:
        yield found


async def a_message(region: str, account_id: UUID | None = None, kind: NotificationKind = NotificationKind.CARD_ENABLED,
                    now: datetime = NOON) -> Notification:
    key = str(new_id())
    account_id = account_id or (await builders.a_talent(region=region)).id
    await tell(await regions.current(region), kind, dedupe_key=key, params=dict.fromkeys(kind.params, "123456"), account_id=account_id,
               subject_id=new_id(), now=now)
    return await Notification.of(region, dedupe_key=key).get()


async def drain(gateways: Gateways, now: datetime) -> dict[str, int]:
    """As the worker does; how many messages left on each account."""
    return {of: await delivery.drain(pair.first, now, second=pair.second, whose=delivery.Whose(of, gateways.own))
            for of, pair in gateways.pairs.items()}


def own_app(of: str) -> str:
    return config().accounts(of).mini_program.app_id


async def test_each_mini_program_says_who_is_there_with_its_own_token(wired: Scene) -> None:
    wired.sandbox.state.tokens.clear()
    await store.store().flushdb()  # nobody has fetched a token
    for region in (SHARING, OWN):
        person = wired.person()
        await builders.a_talent(phone=person.phone, region=region)
        entered = await Api(wired.client, region).post("login/phone", {
            "phone_code": wired.code(person, "phone", own_app(region)), "wechat_code": wired.code(person, "login", own_app(region))})
        assert entered.status_code == 200 and entered.json()["bound"], entered.text
        again = await Api(wired.client, region).post("login/wechat", {"code": wired.code(person, "login", own_app(region))})
        assert again.status_code == 200
    assert set(wired.sandbox.state.tokens) == {own_app(SHARING), own_app(OWN)} and own_app(OWN) != own_app(SHARING) == own_app(THIRD)


@pytest.mark.parametrize(("region", "of"), [(SHARING, OWN), (OWN, SHARING), (THIRD, OWN)])
async def test_a_code_for_another_regions_mini_program_opens_nothing(wired: Scene, region: str, of: str) -> None:
    answer = await Api(wired.client, region).post("login/wechat", {"code": wired.code(wired.person(), "login", own_app(of))})
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "wechat_code_invalid")


async def test_the_page_leads_to_the_regions_own_official_account(wired: Scene) -> None:
    for region in (SHARING, OWN, THIRD):
        there = await wired.client.get(f"/{region}/login/wechat", headers={"Accept": "text/html"})
        assert f"appid={config().accounts(region).official_account.app_id}&" in there.headers["location"]


@pytest.mark.parametrize("path", ["wechat/callback", "wechat/mini/callback"])
async def test_a_callback_is_taken_at_its_accounts_regions_and_refused_at_all_others(wired: Scene, path: str) -> None:
    accounts = {of: config().accounts(of).mini_program if "mini" in path else config().accounts(of).official_account for of in (SHARING, OWN, THIRD)}
    for sender, account in accounts.items():
        taken = {at: (await push(wired.client, at, path, account)).status_code for at in accounts}
        assert taken == {at: 200 if accounts[at] == account else 403 for at in accounts}, sender
        asked = {at: (await verify(wired.client, at, path, account)).text == "echo" for at in accounts}
        assert asked == {at: accounts[at] == account for at in accounts}


async def push(client: httpx.AsyncClient, region: str, path: str, account: WechatAccount) -> httpx.Response:
    """An event as WeChat sends it for this account."""
    token, stamp = account.token.get_secret_value(), str(int(clock.now().timestamp()))
    plain = (f"<xml><ToUserName>gh_1</ToUserName><FromUserName>o-{new_id()}</FromUserName><CreateTime>{stamp}</CreateTime>"
             "<MsgType>event</MsgType><Event>VIEW</Event></xml>")
    sealed = Codec(token, account.aes_key.get_secret_value(), account.app_id).encrypt(plain, b"0123456789abcdef")
    query = {"signature": signature(token, stamp, "n"), "timestamp": stamp, "nonce": "n", "encrypt_type": "aes",
             "msg_signature": signature(token, stamp, "n", sealed)}
    return await client.post(f"/{region}/{path}", params=query, content=f"<xml><Encrypt>{sealed}</Encrypt></xml>".encode())


async def verify(client: httpx.AsyncClient, region: str, path: str, account: WechatAccount) -> httpx.Response:
    token, stamp = account.token.get_secret_value(), str(int(clock.now().timestamp()))
    return await client.get(f"/{region}/{path}", params={"signature": signature(token, stamp, "n"), "timestamp": stamp, "nonce": "n",
                                                         "echostr": "echo"})


async def test_who_is_bound_at_one_regions_account_is_nobody_at_anothers(wired: Scene) -> None:
    apps = {of: config().accounts(of).official_account.app_id for of in (SHARING, OWN, THIRD)}
    accounts = {of: await builders.a_talent(region=of) for of in apps}
    for of, account in accounts.items():
        await login.bind_wechat(await builders.the_actor(account), apps[of], "o-same", NOON)  # one openid at all of them, were there such a thing
    for of, account in accounts.items():
        here, actor = await regions.current(of), await builders.the_actor(account)
        known = {app: await chat.bound_openid(actor, app) for app in apps.values()}
        assert known == {app: "o-same" if app == apps[of] else None for app in apps.values()}
        found = {app: await chat.writer(here, app, "o-same", NOON) for app in apps.values()}
        assert {app: one.account_id if one else None for app, one in found.items()} == {
            app: account.id if app == apps[of] else None for app in apps.values()}


async def test_each_region_sends_on_its_own_key_and_a_shared_key_has_one_pace(sandbox: Sandbox) -> None:
    gateways = Gateways(config(sms_url=sandbox.url), clock.now)
    sent = {str((await a_message(region)).id): region for region in (SHARING, OWN, THIRD, FOURTH)}
    assert await drain(gateways, NOON) == {"": 1, OWN: 1, THIRD: 1, FOURTH: 1}
    assert {sent[text.out_id]: text.key_id for text in sandbox.state.texts} == {
        SHARING: settings().sms_access_key_id, OWN: "LTAIOWN", THIRD: "LTAITHIRD", FOURTH: "LTAITHIRD"}
    paces = {region: gateways.own[region].first._pace for region in (OWN, THIRD, FOURTH)}  # type: ignore[attr-defined]
    assert paces[THIRD] is paces[FOURTH] is not paces[OWN]
    await gateways.close()


async def test_a_regions_second_gateway_takes_the_regions_messages_alone(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    made = config(sms_url=sandbox.url, sms_second_url=sandbox.url)
    made.own_accounts[OWN] = OwnAccounts.model_validate(
        {**ACCOUNTS[OWN], "sms_second_access_key_id": "LTAIOWN2", "sms_second_access_key_secret": "own2", "sms_second_share": 100})
    sandbox.state.options.sms_keys["LTAIOWN2"] = "own2"
    await execute("INSERT INTO sms_share (region, second, moved_at) VALUES ($1, 100, $2)", OWN, NOON)
    for region in (SHARING, OWN):
        sending = (await regions.current(region)).profile.sending
        texts = {kind: telling.model_copy(update={"second_template": "SMS_9"}) for kind, telling in sending.texts.items()}
        await sends(region, monkeypatch, second_sign="备用", texts=texts)
    gateways, sent = Gateways(made, clock.now), {str((await a_message(region)).id): region for region in (SHARING, OWN)}
    await drain(gateways, NOON)
    assert {sent[text.out_id]: (text.key_id, text.sign == "备用") for text in sandbox.state.texts} == {
        SHARING: (settings().sms_access_key_id, False), OWN: ("LTAIOWN2", True)}
    await gateways.close()


async def test_a_doubt_about_a_message_is_asked_at_the_account_that_it_went_out_on(sandbox: Sandbox) -> None:
    now = clock.now().astimezone(NOON.tzinfo).replace(hour=12)  # the vendor's records are by day
    gateways = Gateways(config(sms_url=sandbox.url), clock.now)
    message = await a_message(OWN, now=now)
    sandbox.break_down("sms", "accept_then_cut", times=1)
    await drain(gateways, now)
    assert (await Notification.find(OWN, message.id)).state is Delivery.UNKNOWN
    sandbox.state.options.sms_keys.pop(settings().sms_access_key_id)  # whoever asks there is refused
    for of, pair in gateways.pairs.items():
        await delivery.settle(pair.first, now.replace(hour=13), second=pair.second, whose=delivery.Whose(of, gateways.own))
    assert (await Notification.find(OWN, message.id)).state in (Delivery.ACCEPTED, Delivery.DELIVERED)
    await gateways.close()


async def test_a_gateway_of_ones_own_that_fails_moves_nobody_elses_weight(database: None) -> None:
    await failover.hear("first", Unreached("x", 15), NOON, OWN)
    assert [await failover.share(of) for of in ("", OWN, THIRD)] == [0, 10, 0]
    await failover.tend(NOON.replace(hour=13), "", [OWN])
    assert await failover.share(OWN) == 10
    await failover.tend(NOON.replace(hour=13), OWN, [OWN])
    assert await failover.share(OWN) == 0


async def test_each_region_tells_through_its_own_mini_program(wired: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    told = await in_wechat(wired.sandbox, monkeypatch)
    platforms = Platforms(config(wechat_url=wired.sandbox.url), None)
    wired.sandbox.state.tokens.clear()
    accounts = platforms.mini_programs()
    assert {of: await wechat_delivery.drain(Subscriptions(one), NOON, whose=delivery.Whose(of, accounts)) for of, one in accounts.items()} == {
        "": 1, OWN: 1}
    await platforms.close()
    assert set(wired.sandbox.state.tokens) == {own_app(SHARING), own_app(OWN)}
    for region, message in told.items():
        found = await Notification.find(region, message.id)
        assert found.channel == "wechat" and found.state in (Delivery.ACCEPTED, Delivery.DELIVERED)  # its event comes when it comes


async def in_wechat(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> dict[str, Notification]:
    """A message of the region that shares and one of the region with a mini program of its own, each to somebody who agreed to hear it there."""
    kind = NotificationKind.CASE_MOVED
    there = (await regions.current(SHARING)).profile.sending  # the region whose profile has templates
    texts = {**(await regions.current(OWN)).profile.sending.texts, kind: there.texts[kind]}
    await sends(OWN, monkeypatch, wechat=there.wechat, texts=texts)
    told = {}
    for region in (SHARING, OWN):
        here = await regions.current(region)
        text = here.profile.sending.wechat_of(kind)
        assert text is not None
        person = sandbox.state.add_person(Person(f"o-{new_id()}", "周敏"))
        who = await builders.the_actor(await builders.a_talent(region=region))
        await login.bind_wechat(who, own_app(region), person.openid_for(own_app(region), sandbox.state.options), NOON)
        await subscriptions.answered(here, who, own_app(region), {text.template: "accept"}, NOON)
        sandbox.state.consents[person.openid, text.template] = 1
        told[region] = await a_message(region, who.account_id, kind)
    return told


@pytest.fixture
def at_noon(monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker's hour, and nothing that it still does for anybody."""
    monkeypatch.setattr(worker, "now", lambda: NOON)
    monkeypatch.setattr(worker, "_at_work", defaultdict(asyncio.Lock))


async def reached(message: Notification, *states: Delivery) -> None:
    async with asyncio.timeout(WAIT_SECONDS):
        while (await Notification.find(message.region, message.id)).state not in states:  # noqa: ASYNC110  the worker's hand is behind it
            await asyncio.sleep(0.02)


async def test_a_mini_program_that_hangs_holds_up_nobody_elses_messages(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, at_noon: None) -> None:
    async with running_sandbox(config()) as hanging:
        hanging.break_down("wechat", "hang", seconds=WAIT_SECONDS, path="/cgi-bin/message/subscribe/send")
        platforms = Platforms(config(wechat_url=sandbox.url), None)
        platforms._known[own_app(OWN)] = Platform.of(config().accounts(OWN).mini_program, hanging.url, None)
        monkeypatch.setattr(worker, "_platforms", platforms)
        told = await in_wechat(sandbox, monkeypatch)
        first = asyncio.create_task(worker.deliver_wechat())
        await reached(told[SHARING], Delivery.ACCEPTED)
        assert not first.done() and (await Notification.find(OWN, told[OWN].id)).state is Delivery.SENDING
        await Notification.of(SHARING, id=told[SHARING].id).update(state=Delivery.PENDING, provider_id=None)
        async with asyncio.timeout(WAIT_SECONDS):
            await worker.deliver_wechat()  # the next tick: it leaves the one that hangs alone
        assert (await Notification.find(SHARING, told[SHARING].id)).channel == "sms"  # asked again, and refused: her one consent is spent
        await first
        assert (await Notification.find(OWN, told[OWN].id)).state is Delivery.UNKNOWN
        await platforms.close()


class Silent:
    """A gateway that is asked, and says nothing until it may."""

    def __init__(self) -> None:
        self.asked, self.may = 0, asyncio.Event()

    async def send(self, message: Sms) -> Accepted:
        raise AssertionError("nothing is sent here")

    async def find(self, phone: str, out_id: str, day: date, provider_id: str | None = None) -> Found | None:
        self.asked += 1
        await self.may.wait()
        return None


async def test_a_gateway_that_hangs_leaves_nobody_else_in_doubt(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, at_noon: None) -> None:
    gateways, silent = Gateways(config(sms_url=sandbox.url), clock.now), Silent()
    gateways.own = {**gateways.own, OWN: Pair(silent)}
    monkeypatch.setattr(worker, "_gateways", gateways)
    doubtful = {"state": Delivery.UNKNOWN, "tried_at": NOON - timedelta(minutes=10), "next_at": NOON}
    told = {region: await a_message(region) for region in (SHARING, OWN)}
    for message in told.values():
        await Notification.of(message.region, id=message.id).update(**doubtful)
    first = asyncio.create_task(worker.settle())
    for _ in range(2):  # in this tick and in the next
        await reached(told[SHARING], Delivery.PENDING)  # the vendor never had it
        await Notification.of(SHARING, id=told[SHARING].id).update(**doubtful)
        async with asyncio.timeout(WAIT_SECONDS):
            await worker.settle()
    assert (first.done(), silent.asked) == (False, 1)
    silent.may.set()
    await first
    await reached(told[OWN], Delivery.PENDING)
    await gateways.close()


async def test_the_sandboxs_phone_talks_to_each_regions_own_account(wired: Scene) -> None:
    person = wired.person()
    platforms = Platforms(config(wechat_url=wired.sandbox.url), None)
    own, shared = platforms.official_account(OWN), platforms.official_account(SHARING)
    for region, account in ((SHARING, shared), (OWN, own)):
        known = person.openid_for(account.app_id, wired.sandbox.state.options)
        await login.bind_wechat(await builders.the_actor(await builders.a_talent(region=region)), account.app_id, known, NOON)
        await account.create_menu([{"type": "click", "name": region, "key": "帮助"}])
    assert "「预约」" in await talk(wired, person, OWN, "tap", event="CLICK", key="帮助")
    assert "「预约」" in await talk(wired, person, OWN, "chat", text="帮助")
    await own.send_customer_text(person.openid_for(own.app_id, wired.sandbox.state.options), "来自自己的公众号")
    for account in (shared, own):  # to that one she has not written, and this one knows her by another openid
        with pytest.raises(Undeliverable):
            await account.send_customer_text(person.openid, "x")
    async with httpx.AsyncClient(base_url=wired.sandbox.url) as browser:
        there, here = [(await browser.get("/sandbox/", params={"person": person.openid, "account": of})).text for of in (OWN, "")]
    said = "<p>来自自己的公众号</p>"
    assert said in there and f"点了菜单“{OWN}”" in there and f">{OWN}</button>" in there and f">{SHARING}</button>" not in there
    assert said not in here and f">{SHARING}</button>" in here and f">{OWN}</button>" not in here
    await platforms.close()


async def talk(wired: Scene, person: Person, region: str, what: str, **said: str) -> str:
    """On the phone, to the account of this region; what it says."""
    async with httpx.AsyncClient(base_url=wired.sandbox.url, timeout=WAIT_SECONDS) as phone:
        return str((await phone.post(f"/sandbox/{what}", json={"openid": person.openid, "region": region, **said})).json()["reply"])


async def sends(region: str, monkeypatch: pytest.MonkeyPatch, **changes: object) -> None:
    """Until the test ends the region's profile says these of ``sending`` otherwise."""
    here = await regions.current(region)
    profile = here.profile.model_copy(update={"sending": here.profile.sending.model_copy(update=changes)})
    monkeypatch.setitem(regions._versions, (region, here.version), type(here)(**{**vars(here), "profile": profile}))


async def test_t19_a_receipt_moves_messages_of_its_own_account_alone(wired: Scene) -> None:
    paths = {of: config().accounts(of).receipt_path.get_secret_value() for of in (SHARING, OWN, THIRD)}
    for of, by in ((SHARING, OWN), (OWN, SHARING), (OWN, THIRD), (THIRD, OWN)):
        message = await a_message(of)
        assert await report(wired.client, paths[by], message) == 200
        assert (await Notification.find(of, message.id)).state is Delivery.ACCEPTED
        assert await report(wired.client, paths[of], message) == 200
        assert (await Notification.find(of, message.id)).state is Delivery.DELIVERED
    assert (await wired.client.post("/sms/receipts/nobodys", content="[]")).status_code == 404


async def test_who_answers_one_regions_account_stops_that_regions_messages_alone(wired: Scene) -> None:
    phone, accounts = "19900007788", {}
    for region in (SHARING, OWN):
        accounts[region] = await builders.a_talent(phone=phone, region=region)
        await a_message(region, accounts[region].id)
    reply = {"phone_number": phone, "send_time": "2026-11-23 12:00:00", "content": "退订", "sign_name": "", "dest_code": "1069", "sequence_id": 1}
    assert (await wired.client.post("/sms/replies/own-path", json=[reply])).status_code == 200
    stopped = await rows("SELECT region, account_id FROM sms_reply WHERE stopped")
    assert [(one["region"], one["account_id"]) for one in stopped] == [(OWN, accounts[OWN].id)]


async def report(client: httpx.AsyncClient, path: str, message: Notification) -> int:
    await Notification.of(message.region, id=message.id).update(state=Delivery.ACCEPTED, provider_id="9001^0")
    receipt = {"phone_number": "19900001234", "send_time": "2026-11-23 09:00:00", "report_time": "2026-11-23 09:00:05", "success": True,
               "err_code": "DELIVERED", "err_msg": "", "sms_size": "1", "biz_id": "9001^0", "out_id": str(message.id)}
    answer = await client.post(f"/sms/receipts/{path}", content=json.dumps([receipt]), headers={"Content-Type": "application/json"})
    return answer.status_code
