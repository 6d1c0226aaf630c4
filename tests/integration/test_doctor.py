"""`greenlane doctor` over the wire: green where everything is there, and for each setting that is broken red, in words that say what to mend."""

import json
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from config import clock
from config.settings import Settings, settings
from models.database import connection, execute, rows
from sandbox.demo.seed import _subscriptions, _templates
from sandbox.embedded import Sandbox, running_sandbox
from sandbox.state import SmsTemplate
from services import regions, store
from web.doctor import Finding, examine, machine, messages, reach
from wechat import doctor as wechat
from wechat.bot import menu

CHECKS = (*machine.CHECKS, *reach.CHECKS, *messages.CHECKS, *wechat.CHECKS)
ROOT = Path(__file__).parents[2]


@dataclass
class Scene:
    """A product that lacks nothing, its sandbox, and the settings of both."""

    config: Settings
    sandbox: Sandbox

    def but(self, **changes: Any) -> Settings:
        return Settings(**{**self.config.model_dump(), **changes})

    async def findings(self, *parts: str, **changes: Any) -> dict[str, Finding]:
        """Of these parts, or of all."""
        others = store._store  # the served product's: the doctor opens and closes one of its own
        store._store = None
        try:
            return {one.part: one for one in await examine(self.but(**changes), [one for one in CHECKS if not parts or one.part in parts])}
        finally:
            store._store = others


@pytest.fixture
async def scene(client: httpx.AsyncClient) -> AsyncIterator[Scene]:
    async with running_sandbox() as sandbox:
        for region in await regions.every():
            for one in _templates(region):
                sandbox.state.templates[str(one["code"])] = SmsTemplate(**one)  # type: ignore[arg-type]
            sandbox.state.signs[region.profile.sending.sms_sign] = 1
            sandbox.state.subscriptions |= {str(one["id"]): list(one["fields"]) for one in _subscriptions(region)}  # type: ignore[call-overload]
        here = str(client.base_url).rstrip("/")
        sandbox.state.menu = menu.buttons(here, (await regions.every())[0].profile, settings().wechat_app_id)
        await execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now())")
        base = settings()
        yield Scene(Settings(**{**base.model_dump(), "public_url": here, "wechat_url": sandbox.url, "sms_url": sandbox.url, "smtp_starttls": False,
                                "smtp_url": sandbox.smtp_url, "smtp_from": "noreply@greenlane.example"}), sandbox)
        await execute("DELETE FROM procrastinate_workers")


async def test_where_everything_is_there_it_is_green(scene: Scene) -> None:
    found = await scene.findings()
    assert {part: one.words for part, one in found.items() if not one.well} == {}
    assert list(found) == [check.part for check in CHECKS]


def test_every_part_is_examined_once() -> None:
    parts = [check.part for check in CHECKS]
    assert len(set(parts)) == len(parts) >= 18 and all(check.mend and check.label for check in CHECKS)


#: Accounts of a region's own that nobody knows.
OWN_MINI = {"wechat_app_id": "wxnobody", "wechat_app_secret": "secret", "wechat_token": "Token", "wechat_aes_key": "U" * 43}
OWN_SMS = {"sms_access_key_id": "LTAINOBODY", "sms_access_key_secret": "secret"}
#: A broken setting → the part that finds it, what it says, and the setting or command that mends it.
BROKEN: dict[str, tuple[dict[str, Any], str, str, str]] = {
    "no database": ({"database_url": ""}, "database", "没有设置数据库", "DATABASE_URL"),
    "database away": ({"database_url": "postgresql://postgres@127.0.0.1:9/greenlane"}, "database", "连不上数据库", "DATABASE_URL"),
    "store away": ({"redis_url": "redis://127.0.0.1:9/0"}, "store", "Redis 不能用", "REDIS_URL"),
    "key file gone": ({"key_file": Path("/nowhere/keys.json")}, "keys", "密钥文件不在", "GREENLANE_KEY_FILE"),
    "no profiles": ({"regions": Path("/nowhere")}, "profiles", "文件夹是空的", "GREENLANE_REGIONS"),
    "files not writable": ({"data": Path("/proc/greenlane")}, "files", "不能写", "GREENLANE_DATA"),
    "wrong address": ({"public_url": "http://127.0.0.1:9"}, "address", "打不开", "GREENLANE_PUBLIC_URL"),
    "receipt path": ({"sms_receipt_path": "another-secret"}, "receipts", "密钥和正在运行的服务不同", "GREENLANE_SMS_RECEIPT_PATH"),
    "mail away": ({"smtp_url": "smtp://127.0.0.1:9"}, "mail", "连不上邮件服务器", "GREENLANE_SMTP_URL"),
    "mail without sender": ({"smtp_from": ""}, "mail", "不接受", "GREENLANE_SMTP_FROM"),
    "mail in clear": ({"smtp_starttls": True}, "mail", "不接受", "GREENLANE_SMTP_URL"),
    "sms key": ({"sms_access_key_id": "LTAINOBODY"}, "sms", "AccessKey ID 不存在", "GREENLANE_SMS_ACCESS_KEY_ID"),
    "sms secret": ({"sms_access_key_secret": "wrong"}, "sms", "Secret 不对", "GREENLANE_SMS_ACCESS_KEY_SECRET"),
    "sms away": ({"sms_url": "http://127.0.0.1:9"}, "sms", "连不上短信平台", "GREENLANE_SMS_URL"),
    "second gateway's key": ({"sms_second_access_key_id": "LTAINOBODY", "sms_second_access_key_secret": "x"}, "sms_second", "没有写备用通道的签名",
                             "second_sign"),
    "mini program's id": ({"wechat_app_id": "wx0000000000000000"}, "wechat_mini", "AppID 不存在", "GREENLANE_WECHAT_APP_ID"),
    "mini program's secret": ({"wechat_app_secret": "wrong"}, "wechat_mini", "AppSecret 不对", "GREENLANE_WECHAT_APP_SECRET"),
    "official account's secret": ({"official_app_secret": "wrong"}, "wechat_official", "AppSecret 不对", "GREENLANE_OFFICIAL_APP_SECRET"),
    "wechat away": ({"wechat_url": "http://127.0.0.1:9"}, "wechat_official", "连不上微信", "GREENLANE_WECHAT_URL"),
    "callback token": ({"official_token": "AnotherToken2026"}, "wechat_callback", "不认我们的签名", "GREENLANE_OFFICIAL_TOKEN"),
    "a region that is not there": ({"own_accounts": {"nowhere": OWN_SMS}}, "accounts", "没有载入的地区：nowhere", "GREENLANE_ACCOUNTS__NOWHERE__"),
    "a region's own mini program": ({"own_accounts": {"dezhou": OWN_MINI}}, "wechat_mini", "AppID 不存在",
                                    "GREENLANE_ACCOUNTS__DEZHOU__WECHAT_APP_ID"),
    "a region's own sms key": ({"own_accounts": {"dezhou": OWN_SMS}}, "sms", "AccessKey ID 不存在", "GREENLANE_ACCOUNTS__DEZHOU__SMS_ACCESS_KEY_ID"),
    "a region's own receipt path": ({"own_accounts": {"dezhou": {"sms_receipt_path": "another"}}}, "receipts", "密钥和正在运行的服务不同",
                                    "GREENLANE_ACCOUNTS__DEZHOU__SMS_RECEIPT_PATH"),
    "callback key": ({"official_aes_key": "tooshort"}, "wechat_callback", "不是 43 位", "GREENLANE_OFFICIAL_AES_KEY"),
}


@pytest.mark.parametrize("name", BROKEN)
async def test_a_broken_setting_is_red_and_says_what_to_mend(scene: Scene, name: str) -> None:
    changes, part, words, mend = BROKEN[name]
    found = (await scene.findings(part, **changes))[part]
    assert not found.well and words in found.words and mend in found.mend, found
    secrets = [str(value) for key, value in changes.items() if "secret" in key or "token" in key or ("key" in key and "id" not in key)]
    assert not any(secret in found.words for secret in secrets if len(secret) > 8 and "/" not in secret)


#: Something that is no setting of ours → as above; ``break_it`` has the scene.
def _template(scene: Scene) -> SmsTemplate:
    return next(iter(scene.sandbox.state.templates.values()))


def _unknown_template(scene: Scene) -> None:
    del scene.sandbox.state.templates[_template(scene).code]


def _other_variables(scene: Scene) -> None:
    one = _template(scene)
    scene.sandbox.state.templates[one.code] = SmsTemplate(one.code, "您的验证码是${number}")


def _unreviewed(scene: Scene) -> None:
    one = _template(scene)
    scene.sandbox.state.templates[one.code] = SmsTemplate(one.code, one.text, status=0)


def _refused_sign(scene: Scene) -> None:
    scene.sandbox.state.signs[next(iter(scene.sandbox.state.signs))] = 2


def _unknown_sign(scene: Scene) -> None:
    del scene.sandbox.state.signs[next(iter(scene.sandbox.state.signs))]


def _no_menu(scene: Scene) -> None:
    scene.sandbox.state.menu = []


def _old_menu(scene: Scene) -> None:
    scene.sandbox.state.menu = [{"type": "click", "name": "旧菜单", "key": "旧"}]


def _menu_of_another_address(scene: Scene) -> None:
    """Every name is right."""
    first = scene.sandbox.state.menu[0]
    (first.get("sub_button") or [first])[0] |= {"type": "view", "url": "https://elsewhere.example/"}


def _address_unlisted(scene: Scene) -> None:
    scene.sandbox.break_down("wechat", "error", code="40164")


def _no_right(scene: Scene) -> None:
    scene.sandbox.break_down("sms", "error", code="isp.RAM_PERMISSION_DENY")


def _no_money(scene: Scene) -> None:
    scene.sandbox.break_down("sms", "error", code="isv.AMOUNT_NOT_ENOUGH")


def _no_subscription(scene: Scene) -> None:
    scene.sandbox.state.subscriptions.clear()


OUTSIDE: dict[str, tuple[Callable[[Scene], None], str, str, str]] = {
    "template unknown": (_unknown_template, "sms", "没有模板", "短信控制台"),
    "template with other variables": (_other_variables, "sms", "变量和文字里的不同", "变量名"),
    "template under review": (_unreviewed, "sms", "还在审核", "审核意见"),
    "sign refused": (_refused_sign, "sms", "没有通过审核", "审核意见"),
    "sign unknown": (_unknown_sign, "sms", "没有签名", "sms_sign"),
    "no right": (_no_right, "sms", "没有短信权限", "RAM"),
    "no money": (_no_money, "sms", "余额不足", "充值"),
    "no menu": (_no_menu, "wechat_menu", "还没有菜单", "greenlane wechat menu"),
    "old menu": (_old_menu, "wechat_menu", "不是现在的", "greenlane wechat menu"),
    "menu that leads elsewhere": (_menu_of_another_address, "wechat_menu", "不是现在的", "greenlane wechat menu"),
    "address not on the list": (_address_unlisted, "wechat_mini", "白名单", "IP 白名单"),
    "subscription template gone": (_no_subscription, "wechat_templates", "没有订阅消息模板", "region.yaml"),
}


@pytest.mark.parametrize("name", OUTSIDE)
async def test_what_is_wrong_at_the_vendor_is_said_too(scene: Scene, name: str) -> None:
    break_it, part, words, mend = OUTSIDE[name]
    break_it(scene)
    found = (await scene.findings(part))[part]
    assert not found.well and words in found.words and mend in found.mend, found


async def test_the_template_of_the_days_digest_is_looked_for_at_the_official_account(scene: Scene, tmp_path: Path) -> None:
    shutil.copytree(settings().regions, tmp_path, dirs_exist_ok=True)
    written = tmp_path / (await regions.every())[0].code / "region.yaml"
    digest = "      channel: chat\n"
    wechat = '      wechat: {template: DAY, data: {number1: "{due_today}", number2: "{overdue}"}}\n'
    written.write_text(written.read_text().replace(digest, digest + wechat))
    for keys, words in ((None, "公众号没有模板消息模板 DAY"), ({"number1"}, "模板消息模板 DAY 的字段是 number1"), ({"number1", "number2"}, "都在")):
        scene.sandbox.state.wechat_templates = {} if keys is None else {"DAY": frozenset(keys)}
        assert words in (await scene.findings("wechat_templates", regions=tmp_path))["wechat_templates"].words


async def test_a_worker_that_sleeps_and_a_clock_that_runs_away(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    await execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '5 minutes'")
    assert "已经 5 分钟没有动静" in (await scene.findings("worker"))["worker"].words
    await execute("DELETE FROM procrastinate_workers")
    assert "从来没有动静" in (await scene.findings("worker"))["worker"].words
    monkeypatch.setattr(machine, "now", lambda: clock.now() + timedelta(seconds=90))
    monkeypatch.setattr(messages, "now", lambda: clock.now() + timedelta(seconds=90))
    found = await scene.findings("clock", "sms")
    assert "相差 90 秒" in found["clock"].words and "NTP" in found["clock"].mend and "短信平台相差" in found["sms"].words


async def test_a_database_user_without_rights(scene: Scene) -> None:
    await connection().execute_script("DROP ROLE IF EXISTS doctor_reader; CREATE ROLE doctor_reader LOGIN")
    try:
        url = settings().database_url.replace("postgres:@", "doctor_reader:@", 1)
        assert "doctor_reader" in url
        found = (await scene.findings("database", database_url=url))["database"]
        assert not found.well and "没有读写权限" in found.words and "GRANT" in found.mend, found
    finally:
        await connection().execute_script("DROP ROLE doctor_reader")


async def test_a_missing_migration_and_no_region(scene: Scene) -> None:
    (last,) = await rows("DELETE FROM schema_migration WHERE name = (SELECT max(name) FROM schema_migration WHERE name ~ '^0') RETURNING *")
    try:
        found = (await scene.findings("database"))["database"]
        assert not found.well and last["name"] in found.words and found.mend == "运行 greenlane migrate"
    finally:
        columns = ", ".join(last)
        places = ", ".join(f"${number}" for number in range(1, len(last) + 1))
        await execute(f"INSERT INTO schema_migration ({columns}) VALUES ({places})", *last.values())


def test_the_command_says_so_in_words_or_json_and_by_its_exit_code(tmp_path: Path) -> None:
    environment = {"PATH": "/usr/bin:/bin", "GREENLANE_ENVIRONMENT": "production", "GREENLANE_DATA": str(tmp_path)}
    run = subprocess.run([sys.executable, "-m", "cli", "doctor", "--json"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    (found,) = json.loads(run.stdout)
    assert run.returncode == 1 and found["part"] == "settings" and "GREENLANE_KEY_FILE" in found["words"] and not found["well"]
