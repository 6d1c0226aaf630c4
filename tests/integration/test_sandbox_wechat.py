"""Our WeChat client against the sandbox: who logs in, whose number it is, one token for all, and what is never sent twice."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
import pytest_asyncio
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from config import embedded
from config.settings import Settings
from sandbox.embedded import Sandbox, running_sandbox
from sandbox.state import Person, Target
from wechat.errors import (
    MEANINGS,
    Busy,
    CodeInvalid,
    LoginBlocked,
    Misconfigured,
    PlatformRefusal,
    RateLimited,
    SnapshotAccount,
    Unaccepted,
    Unclear,
    Undeliverable,
    translate,
)
from wechat.platform import API_HOST, BROWSER_HOST, Platform
from wechat.shared_value import SharedValue

WANG = Person("oWANG", "王小明", "19900001234")
SETTINGS = Settings()


@pytest.fixture(scope="module")
def valkey_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with embedded.valkey(tmp_path_factory.mktemp("valkey"), persist=False) as url:
        yield url


@pytest_asyncio.fixture
async def redis(valkey_url: str) -> AsyncIterator[Redis]:
    client = Redis.from_url(valkey_url, decode_responses=True)
    await client.flushdb()
    yield client
    await client.aclose()


@pytest_asyncio.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with running_sandbox() as running:
        running.state.add_person(WANG)
        yield running


@pytest_asyncio.fixture
async def mini(sandbox: Sandbox) -> AsyncIterator[Platform]:
    async with Platform.of_mini_program(Settings(wechat_url=sandbox.url), None) as platform:
        yield platform


@pytest_asyncio.fixture
async def official(sandbox: Sandbox) -> AsyncIterator[Platform]:
    async with Platform.of_official_account(Settings(wechat_url=sandbox.url), None) as platform:
        yield platform


def calls(sandbox: Sandbox, path: str) -> int:
    return sum(call.target is Target.WECHAT and call.what.endswith(path) for call in sandbox.state.calls)


def code(sandbox: Sandbox, kind: str, app_id: str, person: Person = WANG) -> str:
    return sandbox.state.new_code(kind, app_id, person)


async def test_a_login_code_tells_the_person_and_once_only(sandbox: Sandbox, mini: Platform) -> None:
    js_code = code(sandbox, "login", mini.app_id)
    session = await mini.code_to_session(js_code)
    assert (session.openid, session.unionid) == (WANG.mini_openid, WANG.unionid)
    assert session.session_key not in repr(session)
    with pytest.raises(CodeInvalid) as refused:
        await mini.code_to_session(js_code)
    assert (refused.value.status_code, refused.value.extra["errcode"]) == (401, 40163)


async def test_a_code_that_is_invented_foreign_or_old_is_refused(sandbox: Sandbox, mini: Platform) -> None:
    foreign = code(sandbox, "login", SETTINGS.official_app_id)
    old = code(sandbox, "login", mini.app_id)
    sandbox.state.now = lambda: datetime.now(UTC) + timedelta(minutes=6)
    for text in ("invented", foreign, old):
        with pytest.raises(CodeInvalid):
            await mini.code_to_session(text)


async def test_a_phone_code_tells_the_number_and_once_only(sandbox: Sandbox, mini: Platform) -> None:
    phone_code = code(sandbox, "phone", mini.app_id)
    assert await mini.phone_by_code(phone_code, datetime.now(UTC)) == "19900001234"
    with pytest.raises(CodeInvalid):
        await mini.phone_by_code(phone_code, datetime.now(UTC))


async def test_the_browser_is_sent_to_the_page_that_sends_it_back_with_a_code(sandbox: Sandbox, official: Platform) -> None:
    address = official.authorize_url("https://talent.example/weihai/login?next=a%20b", "state-1")
    assert address.endswith("#wechat_redirect")
    async with aiohttp.ClientSession() as browser:
        chosen = {"sandbox_person": WANG.openid}
        async with browser.get(address, allow_redirects=False, cookies=chosen) as answer:
            back = urlsplit(answer.headers["Location"])
    query = parse_qs(back.query)
    assert (back.netloc, query["state"], query["next"]) == ("talent.example", ["state-1"], ["a b"])
    assert (await official.exchange_oauth_code(query["code"][0])).openid == WANG.openid


def test_in_production_the_browser_is_sent_to_wechats_own_page() -> None:
    platform = Platform.of_official_account(SETTINGS, None)
    assert SETTINGS.wechat_url == API_HOST
    assert platform.authorize_url("https://talent.example/", "s").startswith(f"{BROWSER_HOST}/connect/oauth2/authorize?appid=")


async def test_a_preview_account_is_nobody(sandbox: Sandbox, official: Platform) -> None:
    virtual = sandbox.state.add_person(Person("oVIRTUAL", "微信用户", snapshot=True))
    with pytest.raises(SnapshotAccount):
        await official.exchange_oauth_code(code(sandbox, "oauth", official.app_id, virtual))


@pytest.mark.parametrize(("errcode", "kind"), [
    ("40029", CodeInvalid), ("40163", CodeInvalid), ("40226", LoginBlocked), ("45011", RateLimited), ("-1", Busy), ("40125", Misconfigured),
    ("40013", Misconfigured), ("503", Busy),
])
async def test_every_refusal_of_a_login_is_told_apart(sandbox: Sandbox, mini: Platform, errcode: str, kind: type[PlatformRefusal]) -> None:
    sandbox.break_down("wechat", "error", code=errcode)
    with pytest.raises(kind) as refused:
        await mini.code_to_session("any")
    assert "any" not in str(refused.value)


async def test_a_busy_platform_is_asked_once_more(sandbox: Sandbox, mini: Platform) -> None:
    sandbox.break_down("wechat", "error", code="-1", times=1)
    assert (await mini.code_to_session(code(sandbox, "login", mini.app_id))).openid == WANG.mini_openid
    assert calls(sandbox, "/sns/jscode2session") == 2


@pytest.mark.parametrize(("times", "kind"), [(1, CodeInvalid), (None, Busy)])
async def test_an_answer_lost_at_login_asks_the_client_for_a_fresh_code(sandbox: Sandbox, mini: Platform, times: int | None,
                                                                        kind: type[PlatformRefusal]) -> None:
    sandbox.break_down("wechat", "accept_then_cut", path="/sns", times=times)
    with pytest.raises(kind):
        await mini.code_to_session(code(sandbox, "login", mini.app_id))
    assert calls(sandbox, "/sns/jscode2session") == 2


async def test_s8_03_fifty_cold_calls_fetch_one_token(sandbox: Sandbox, redis: Redis) -> None:
    settings = Settings(wechat_url=sandbox.url)
    processes = [Platform.of_mini_program(settings, redis) for _ in range(4)]
    codes = [code(sandbox, "phone", settings.wechat_app_id) for _ in range(50)]
    now = datetime.now(UTC)

    numbers = await asyncio.wait_for(asyncio.gather(*(processes[n % 4].phone_by_code(one, now) for n, one in enumerate(codes))), 60)

    for process in processes:
        await process.close()
    assert numbers == ["19900001234"] * 50
    assert calls(sandbox, "/cgi-bin/stable_token") == 1


async def test_without_the_shared_home_each_process_fetches_for_itself(sandbox: Sandbox) -> None:
    """The negative control of the one above: the guard switched off, four fetch."""
    settings = Settings(wechat_url=sandbox.url)
    processes = [Platform.of_mini_program(settings, None) for _ in range(4)]
    codes = [code(sandbox, "phone", settings.wechat_app_id) for _ in range(40)]
    await asyncio.gather(*(processes[n % 4].phone_by_code(one, datetime.now(UTC)) for n, one in enumerate(codes)))
    for process in processes:
        await process.close()
    assert calls(sandbox, "/cgi-bin/stable_token") == 4


async def test_s8_02_a_refused_token_is_replaced_once_for_everybody(sandbox: Sandbox, redis: Redis) -> None:
    settings = Settings(wechat_url=sandbox.url)
    async with Platform.of_mini_program(settings, redis) as platform:
        now = datetime.now(UTC)
        await platform.phone_by_code(code(sandbox, "phone", platform.app_id), now)
        sandbox.state.tokens.clear()
        codes = [code(sandbox, "phone", platform.app_id) for _ in range(40)]
        assert await asyncio.gather(*(platform.phone_by_code(one, now) for one in codes)) == ["19900001234"] * 40
    assert calls(sandbox, "/cgi-bin/stable_token") == 2


async def test_s8_02_a_token_that_is_always_refused_ends_after_two_calls(sandbox: Sandbox, redis: Redis) -> None:
    sandbox.break_down("wechat", "error", code="40001", path="/wxa")
    async with Platform.of_mini_program(Settings(wechat_url=sandbox.url), redis) as platform:
        with pytest.raises(Misconfigured):
            await platform.phone_by_code("any", datetime.now(UTC))
    assert calls(sandbox, "/wxa/business/getuserphonenumber") == 2
    assert calls(sandbox, "/cgi-bin/stable_token") <= 2


async def test_two_accounts_keep_their_tokens_apart(sandbox: Sandbox, redis: Redis) -> None:
    settings = Settings(wechat_url=sandbox.url)
    sandbox.state.open_window(WANG.openid, timedelta(hours=48), 5)
    async with Platform.of_mini_program(settings, redis) as mini, Platform.of_official_account(settings, redis) as official:
        await mini.phone_by_code(code(sandbox, "phone", mini.app_id), datetime.now(UTC))
        await official.send_customer_text(WANG.openid, "您好")
    assert len({token for token, _ in sandbox.state.tokens.values()}) == 2


async def test_without_redis_the_process_keeps_its_own_token(sandbox: Sandbox) -> None:
    away = Redis(host="127.0.0.1", port=1, socket_connect_timeout=0.1, retry=Retry(NoBackoff(), 0))
    async with Platform.of_mini_program(Settings(wechat_url=sandbox.url), away) as platform:
        for _ in range(3):
            await platform.phone_by_code(code(sandbox, "phone", platform.app_id), datetime.now(UTC))
    await away.aclose()
    assert calls(sandbox, "/cgi-bin/stable_token") == 1


async def test_a_lock_left_by_a_dead_process_holds_nobody_for_ever(sandbox: Sandbox, redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wechat.shared_value.WAIT_SECONDS", 0.3)
    await redis.set(f"wx:{SETTINGS.wechat_app_id}:token:lock", "dead", ex=10)
    async with Platform.of_mini_program(Settings(wechat_url=sandbox.url), redis) as platform:
        assert await platform.phone_by_code(code(sandbox, "phone", platform.app_id), datetime.now(UTC)) == "19900001234"


async def test_an_answer_in_the_chat_needs_a_question_first(sandbox: Sandbox, official: Platform) -> None:
    with pytest.raises(Undeliverable) as refused:
        await official.send_customer_text(WANG.openid, "您好")
    assert refused.value.extra["errcode"] == 45015
    sandbox.state.open_window(WANG.openid, timedelta(hours=48), 5)
    for number in range(5):
        await official.send_customer_text(WANG.openid, f"您的预约已受理 🎫 {number}")
    with pytest.raises(Undeliverable) as refused:
        await official.send_customer_text(WANG.openid, "第六条")
    assert refused.value.extra["errcode"] == 45047
    assert sandbox.state.chat[0].text == "您的预约已受理 🎫 0"


async def test_a_subscription_message_costs_a_consent(sandbox: Sandbox, mini: Platform) -> None:
    sandbox.state.consents[WANG.openid, "TPL"] = 1
    await mini.send_subscription(WANG.mini_openid, "TPL", {"thing1": "机场贵宾厅预约", "time2": "2026年11月23日 09:30", "thing3": ""})
    with pytest.raises(Undeliverable) as refused:
        await mini.send_subscription(WANG.mini_openid, "TPL", {"thing1": "机场贵宾厅预约"})
    assert refused.value.extra["errcode"] == 43101
    assert [line.text for line in sandbox.state.chat] == ["机场贵宾厅预约\n2026年11月23日 09:30\n-"]


@pytest.mark.parametrize(("kind", "shown"), [("cut", 0), ("accept_then_cut", 1), ("accept_then_truncate", 1), ("accept_then_5xx", 1)])
async def test_a_send_whose_answer_is_lost_is_unclear_and_not_repeated(sandbox: Sandbox, official: Platform, kind: str, shown: int) -> None:
    sandbox.state.open_window(WANG.openid, timedelta(hours=48), 5)
    sandbox.break_down("wechat", kind, path="/cgi-bin/message")
    with pytest.raises(Unclear):
        await official.send_customer_text(WANG.openid, "您好")
    assert calls(sandbox, "/cgi-bin/message/custom/send") == 1
    assert len(sandbox.state.chat) == shown


async def test_a_token_fetch_whose_answer_is_lost_is_repeated(sandbox: Sandbox, mini: Platform) -> None:
    sandbox.break_down("wechat", "accept_then_cut", path="/cgi-bin/stable_token", times=2)
    assert await mini.phone_by_code(code(sandbox, "phone", mini.app_id), datetime.now(UTC)) == "19900001234"
    assert calls(sandbox, "/cgi-bin/stable_token") == 3


async def test_nobody_listening_is_busy_because_nothing_was_sent(official: Platform) -> None:
    async with Platform("wx1", "secret", "http://127.0.0.1:1") as platform:
        with pytest.raises(Busy) as refused:
            await platform.send_customer_text("o", "您好")
    assert "secret" not in repr(refused.value.__context__) + str(refused.value.extra)


async def test_a_wrong_secret_is_an_alarm(sandbox: Sandbox) -> None:
    async with Platform(SETTINGS.wechat_app_id, "wrong", sandbox.url) as platform:
        with pytest.raises(Misconfigured) as refused:
            await platform.send_customer_text(WANG.openid, "您好")
    assert refused.value.extra["errcode"] == 40125


async def test_the_ticket_of_pages_is_fetched_once_and_signs_our_own_hosts_alone(sandbox: Sandbox, official: Platform) -> None:
    now, hosts = datetime.now(UTC), ["talent.example"]
    first, second = await asyncio.gather(*(official.page_signature(f"https://talent.example/{n}?a=1#x", hosts, now) for n in range(2)))
    assert first["appId"] == official.app_id
    assert first["signature"] != second["signature"]
    assert calls(sandbox, "/cgi-bin/ticket/getticket") == 1
    for foreign in ("https://evil.example/", "https://talent.example.evil.example/", "https://talent.example@evil.example/", "talent.example"):
        with pytest.raises(Unaccepted):
            await official.page_signature(foreign, hosts, now)


async def test_the_menu_stands_in_the_phone_is_read_back_and_taken_away(sandbox: Sandbox, official: Platform) -> None:
    buttons = [{"type": "click", "name": "我的办件", "key": "CASES"},
               {"name": "更多", "sub_button": [{"type": "view", "name": "服务目录", "url": "https://talent.example/"}]}]
    await official.create_menu(buttons)
    assert sandbox.state.menu == await official.menu() == buttons
    await official.delete_menu()
    assert await official.menu() == []
    with pytest.raises(Unaccepted):
        await official.create_menu([{"name": "更多", "sub_button": [{"type": "view", "name": "服务目录", "url": "javascript:x"}]}])


async def test_s8_02_a_code_is_a_picture_or_a_refusal_never_json_in_its_place(sandbox: Sandbox, mini: Platform) -> None:
    sandbox.state.pages = {"pages/scan/scan"}
    assert (await mini.mini_program_code("e.1z.abcdefgh", "pages/scan/scan"))[:3] == b"\xff\xd8\xff"
    with pytest.raises(Unaccepted) as refused:
        await mini.mini_program_code("e.1", "pages/none/none")
    assert refused.value.extra["errcode"] == 41030
    assert await mini.mini_program_code("e.1", "pages/none/none", version="trial")
    asked = calls(sandbox, "/wxa/getwxacodeunlimit")
    for scene, page in (("", "p"), ("x" * 33, "p"), ("a%20", "p"), ("中", "p"), ("a", "/p"), ("a", "p?x=1")):
        with pytest.raises(Unaccepted):
            await mini.mini_program_code(scene, page)
    assert calls(sandbox, "/wxa/getwxacodeunlimit") == asked


async def test_s8_02_a_token_refused_once_is_replaced_also_where_a_picture_is_wanted(sandbox: Sandbox, mini: Platform) -> None:
    await mini.mini_program_code("e.1", "pages/scan/scan")
    sandbox.state.tokens.clear()
    assert (await mini.mini_program_code("e.1", "pages/scan/scan"))[:3] == b"\xff\xd8\xff"
    assert calls(sandbox, "/cgi-bin/stable_token") == 2


async def test_a_link_and_a_follow_code_are_given(sandbox: Sandbox, mini: Platform, official: Platform) -> None:
    assert (await mini.url_link("pages/case/case", "id=1", days=7)).startswith("https://wxaurl.cn/")
    assert (await official.follow_code("e42-t7")).startswith("http://weixin.qq.com/q/")
    with pytest.raises(Misconfigured):
        await mini.url_link("pages/case/case", days=31)


async def test_a_session_key_is_proved_without_being_sent_and_is_over_after_the_next_login(sandbox: Sandbox, mini: Platform) -> None:
    first = await mini.code_to_session(code(sandbox, "login", mini.app_id))
    assert await mini.session_holds(first.openid, first.session_key)
    second = await mini.code_to_session(code(sandbox, "login", mini.app_id))
    assert not await mini.session_holds(first.openid, first.session_key)
    assert await mini.session_holds(second.openid, second.session_key)


async def test_a_template_message_has_a_number_and_one_of_ours_makes_it_one(sandbox: Sandbox, official: Platform) -> None:
    sandbox.state.wechat_templates = {"TPL": frozenset({"thing1", "phrase2"})}
    data = {"thing1": "机场贵宾厅预约", "phrase2": "已办结"}
    numbers = {await official.send_template(WANG.openid, "TPL", data, own_id="job-1", url="https://talent.example/") for _ in range(2)}
    assert len(numbers) == 1
    assert int(numbers.pop()) > 2**53
    assert len(sandbox.state.chat) == 1
    for template, wrong, errcode in (("OTHER", data, 40037), ("TPL", {"thing1": "x"}, 47003), ("TPL", data | {"phrase2": "done"}, 47003)):
        with pytest.raises(PlatformRefusal) as refused:
            await official.send_template(WANG.openid, template, wrong, own_id="job-2")
        assert refused.value.extra["errcode"] == errcode
    sandbox.state.left.add(WANG.openid)
    with pytest.raises(Undeliverable):
        await official.send_template(WANG.openid, "TPL", data, own_id="job-3")


@pytest.mark.parametrize(("words", "suggest"), [("请大家准时到会。", "pass"), ("复审测试", "review"), ("违规测试", "risky")])
async def test_public_words_are_judged_piece_by_piece_and_the_worst_counts(sandbox: Sandbox, mini: Platform, words: str, suggest: str) -> None:
    with pytest.raises(Undeliverable):  # nobody may be asked about who has not been here for two hours
        await mini.check_text(WANG.mini_openid, words)
    await mini.code_to_session(code(sandbox, "login", mini.app_id))
    assert (await mini.check_text(WANG.mini_openid, "好" * 2500 + words)).suggest == suggest
    assert calls(sandbox, "/wxa/msg_sec_check") == 3


async def test_a_quota_that_is_used_up_is_left_alone_for_a_while_and_others_go_on(sandbox: Sandbox, mini: Platform) -> None:
    sandbox.break_down("wechat", "error", code="45009", path="/wxa/generate_urllink", times=1)
    for _ in range(3):
        with pytest.raises(RateLimited) as refused:
            await mini.url_link("pages/case/case")
        assert 0 < refused.value.context["retry_after"] <= 61
    assert calls(sandbox, "/wxa/generate_urllink") == 1
    assert await mini.mini_program_code("e.1", "pages/scan/scan")


async def test_the_stand_in_counts_calls_a_minute(sandbox: Sandbox, mini: Platform) -> None:
    sandbox.state.quota = 2
    for _ in range(2):
        await mini.url_link("pages/case/case")
    with pytest.raises(RateLimited):
        await mini.url_link("pages/case/case")


async def test_a_token_that_is_replaced_in_time_goes_on_for_its_last_minutes(sandbox: Sandbox, mini: Platform) -> None:
    await mini.check_credentials()
    (old, _), now = sandbox.state.tokens[mini.app_id], datetime.now(UTC)
    sandbox.state.now = lambda: now + timedelta(seconds=7200 - 200)
    async with Platform.of_mini_program(Settings(wechat_url=sandbox.url), None) as another:
        await another.check_credentials()
        assert sandbox.state.tokens[mini.app_id][0] != old
    await mini.url_link("pages/case/case")
    sandbox.state.now = lambda: now + timedelta(seconds=7200 + 200)
    await mini.url_link("pages/case/case")
    assert calls(sandbox, "/wxa/generate_urllink") == 3


async def test_the_same_seed_brings_the_same_faults(sandbox: Sandbox) -> None:
    """Over the wire, twice; and another seed brings others, or the lot would be none."""
    ways = [{"target": "wechat", "kind": "error", "code": "-1"}, {"target": "wechat", "kind": "error", "code": "45009"}]
    async with aiohttp.ClientSession() as hand:
        fared = []
        for seed in (7, 7, 8):
            lot = {"seed": seed, "target": "wechat", "share": 0.5, "ways": ways}
            assert (await hand.post(f"{sandbox.url}/sandbox/faults/seed", json=lot)).status == 200
            answers = [await (await hand.post(f"{sandbox.url}/cgi-bin/menu/create", json={})).json() for _ in range(24)]
            fared.append([answer["errcode"] for answer in answers])
        await hand.delete(f"{sandbox.url}/sandbox/faults")
        assert (await (await hand.post(f"{sandbox.url}/cgi-bin/menu/create", json={})).json())["errcode"] == 41001
    assert fared[0] == fared[1] != fared[2]
    assert {-1, 45009, 41001} == set(fared[0])


def test_every_row_of_the_table_says_what_to_do() -> None:
    for errcode, meaning in MEANINGS.items():
        refusal = translate(errcode, "rid", "/x")
        assert isinstance(refusal, meaning.refusal)
        assert refusal.text
    assert isinstance(translate(99999, "", "/x"), Misconfigured)


async def test_the_record_of_calls_holds_no_secret(sandbox: Sandbox, mini: Platform) -> None:
    session = await mini.code_to_session(code(sandbox, "login", mini.app_id))
    await mini.phone_by_code(code(sandbox, "phone", mini.app_id), datetime.now(UTC))
    kept = repr(list(sandbox.state.calls))
    token = sandbox.state.tokens[mini.app_id][0]
    for secret in (session.session_key, token, SETTINGS.wechat_app_secret.get_secret_value()):
        assert secret not in kept


async def test_a_lock_that_is_free_again_means_that_the_value_is_there(redis: Redis) -> None:
    """Between a look that found nothing and the lock, another process fetched and let go: nobody fetches twice."""
    fetched: list[str] = []

    async def fetch() -> tuple[str, int]:
        fetched.append("second")
        return "second", 7200

    class Overtaken(SharedValue):
        async def _fetch_under_lock(self) -> str:
            await redis.set("overtaken", "first", ex=60)
            return await super()._fetch_under_lock()

    assert await Overtaken("overtaken", fetch, redis).get() == "first"
    assert fetched == []
