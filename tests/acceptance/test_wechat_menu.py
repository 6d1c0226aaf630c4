"""The official account's menu: from the profile to WeChat, each button one that does what it says, and a command that sets and checks it."""

import sys
from asyncio.subprocess import PIPE, create_subprocess_exec
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from pydantic import ValidationError

from config.loading import read_profile, regions
from config.menu import Button
from config.settings import settings
from tests import builders
from tests.conftest import Servers
from tests.wechat_scene import Scene, scene
from wechat.bot import menu
from wechat.platform import Platform

ROOT = Path(__file__).parents[2]


@pytest_asyncio.fixture(scope="module")
async def running(orm: Servers) -> AsyncIterator[Scene]:
    async with scene("greenlane-menu") as found:
        yield found


@pytest.fixture
def chat(running: Scene, database: None) -> Scene:
    return running


async def test_every_regions_menu_is_taken_and_each_of_its_buttons_leads_somewhere(chat: Scene) -> None:
    person, account = chat.person(), await builders.a_talent()
    await chat.bind(person, account)
    profiles = [read_profile(settings().regions / code) for code in regions(settings().regions)]
    for profile in {one.menu: one for one in profiles}.values():
        wanted = menu.buttons("https://talent.example", profile, settings().wechat_app_id)
        async with Platform.of_official_account(settings().model_copy(update={"wechat_url": chat.sandbox.url}), None) as platform:
            await platform.create_menu(wanted)
        for button in [button for top in wanted for button in top.get("sub_button", [top])]:
            if button["type"] == "click":
                assert await chat.tap(person, "CLICK", button["key"]), button
            elif button["type"] == "view":
                path = httpx.URL(button["url"]).path.replace(f"/{profile.code}/", f"/{chat.region}/", 1)
                assert (await chat.client.get(path, headers={"Accept": "text/html"})).status_code in {200, 303}, button


async def test_what_is_otherwise_at_wechat_is_named(chat: Scene) -> None:
    wanted = menu.buttons("https://talent.example", read_profile(settings().regions / chat.region), "wx1")
    async with Platform.of_official_account(settings().model_copy(update={"wechat_url": chat.sandbox.url}), None) as platform:
        await platform.create_menu(wanted)
        found = await platform.menu()
        assert menu.differences(found, wanted) == [] != menu.differences(found[::-1], wanted)
        chat.sandbox.state.menu[1] |= {"name": "旧的"}
        chat.sandbox.state.menu[0]["sub_button"][0] |= {"url": "https://elsewhere.example/"}
        assert menu.differences(await platform.menu(), wanted) == ["预约服务", "我的办件", "旧的"]


async def test_the_command_sets_the_menu_and_its_check_tells_when_it_is_another(chat: Scene) -> None:
    chat.sandbox.state.menu = []
    said = [await command(chat, *options) for options in (("--check",), (), ("--check",))]
    assert [code for code, _ in said] == [1, 0, 0]
    assert "我的办件" in said[0][1]
    assert [button["name"] for button in chat.sandbox.state.menu] == ["绿色通道", "我的办件", "更多"]


async def test_the_command_speaks_to_the_regions_own_account(chat: Scene) -> None:
    own = {"OFFICIAL_APP_ID": "wxown", "OFFICIAL_APP_SECRET": "secret", "OFFICIAL_TOKEN": "Token", "OFFICIAL_AES_KEY": "U" * 43}
    chat.sandbox.state.options.apps["wxown"] = "secret"
    said = await command(chat, **{f"GREENLANE_ACCOUNTS__{chat.region.upper()}__{name}": value for name, value in own.items()})
    assert said[0] == 0 and "wxown" in chat.sandbox.state.tokens


async def command(chat: Scene, *options: str, **environment: str) -> tuple[int | None, str]:
    process = await create_subprocess_exec(sys.executable, "-m", "cli", "wechat", "menu", chat.region, *options, cwd=ROOT, stdout=PIPE, stderr=PIPE,
                                           env={"PATH": "", "GREENLANE_WECHAT_URL": chat.sandbox.url, "GREENLANE_DATA": str(settings().data),
                                                **environment})
    said, complained = await process.communicate()
    return process.returncode, (said + complained).decode()


def test_a_button_opens_a_page_of_the_mini_program_or_the_first_page_where_there_is_none() -> None:
    profile = read_profile(settings().regions / "weihai").model_copy(update={"menu": (Button(name="小程序", mini="pages/home/home"),)})
    assert menu.buttons("https://talent.example/", profile, "wx1") == [
        {"type": "miniprogram", "name": "小程序", "url": "https://talent.example/weihai/", "appid": "wx1", "pagepath": "pages/home/home"}]


@pytest.mark.parametrize("given", [
    {"name": "无事可做"}, {"name": "两件事", "says": "帮助", "opens": "scan"}, {"name": "名字太长了呀", "says": "帮助"},
    {"name": "在外面", "opens": "https://evil.example/"}, {"name": "太多", "below": [{"name": str(n), "says": "帮助"} for n in range(6)]},
    {"name": "又一层", "below": [{"name": "下面", "below": []}]}])
def test_a_menu_that_wechat_would_refuse_is_no_profile(given: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Button.model_validate(given)
