"""What stands on our own machines: database, fast store, clock, keys, profiles, files, scanner, pages, worker."""

import asyncio
import secrets
import shutil
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Final

import asyncpg

from config.accounts import variable
from config.clock import now
from config.keys import keys
from config.loading import WrongProfile, read_profile
from config.loading import regions as profiles_in
from config.profile import Profile
from config.settings import Settings
from models.database import credentials
from models.migrate import pending
from services.files import scanning, shelf
from services.store import close_store, open_store
from web.doctor import Check, Trouble
from web.static import shelf as pages

#: uuidv7() is of this version.
OLDEST_POSTGRES: Final = 180000
#: Codes last minutes, and callbacks and signatures are refused that are five minutes off.
MOST_SKEW: Final = timedelta(seconds=30)
LEAST_SPACE: Final = 2 * 1024**3
SILENT_AFTER: Final = timedelta(seconds=30)
CONNECT_SECONDS: Final = 5
_FORBIDDEN = """
SELECT string_agg(tablename, ', ' ORDER BY tablename) FROM pg_tables, format('%I.%I', schemaname, tablename) AS t (name)
WHERE schemaname = 'public' AND NOT (has_table_privilege(t.name, 'SELECT') AND has_table_privilege(t.name, 'INSERT'))
"""


@asynccontextmanager
async def connected(config: Settings) -> AsyncIterator[asyncpg.Connection]:
    """A connection of its own: this must work where the pool's limits would only say «no»."""
    if not config.database_url:
        raise Trouble("没有设置数据库", "设置 DATABASE_URL，例如 postgresql://用户:密码@主机:5432/greenlane")
    try:
        connection = await asyncpg.connect(**credentials(config.database_url), timeout=CONNECT_SECONDS)
    except (asyncpg.InvalidPasswordError, asyncpg.InvalidAuthorizationSpecificationError):
        raise Trouble("数据库不接受这个用户名或密码", "核对 DATABASE_URL 里的用户名和密码") from None
    except asyncpg.InvalidCatalogNameError:
        raise Trouble("数据库服务器上没有这个库", "先建库，或核对 DATABASE_URL 最后一段的库名") from None
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        raise Trouble(f"连不上数据库（{type(error).__name__}）", "核对 DATABASE_URL 的主机和端口，看数据库是否在运行、防火墙是否放行") from None
    try:
        yield connection
    finally:
        await connection.close()


async def profiles(config: Settings) -> list[Profile]:
    """Of the regions that this database serves; regions that only lie in the folder are none of its business."""
    async with connected(config) as connection:
        if not await connection.fetchval("SELECT to_regclass('public.region') IS NOT NULL"):
            raise Trouble("数据库还是空的", "先运行 greenlane migrate，再运行 greenlane load-region 地区代码")
        codes = [one["code"] for one in await connection.fetch("SELECT code FROM region ORDER BY code")]
    if not codes:
        raise Trouble("还没有载入任何地区", "运行 greenlane load-region 地区代码")
    return [await asyncio.to_thread(_read, config.regions / code) for code in codes if (config.regions / code).is_dir()]


async def _own_accounts(config: Settings) -> str:
    """A region's name mistyped would leave it on the installation's accounts, and nobody would hear of it."""
    if not config.own_accounts:
        return "各地区共用一套微信和短信账号（要分开的写 GREENLANE_ACCOUNTS__地区代码__…）"
    known = {one.code: one for one in await profiles(config)}
    if strangers := sorted(config.own_accounts.keys() - known.keys()):
        raise Trouble(f"设置里写了没有载入的地区：{'、'.join(strangers)}",
                      f"核对 {variable(strangers[0], '')}… 里的地区代码；还没有载入的先运行 greenlane load-region {strangers[0]}")
    return "、".join(known[code].name for code in config.own_accounts) + "有自己的账号，其他地区共用一套"


@lru_cache(maxsize=64)
def _read(folder: Path) -> Profile:
    """Once for all checks of a run."""
    return read_profile(folder)


async def _database(config: Settings) -> str:
    async with connected(config) as connection:
        if (version := connection.get_server_version()).major * 10000 < OLDEST_POSTGRES:
            raise Trouble(f"PostgreSQL {version.major} 太旧", "升级到 PostgreSQL 18 或更新的版本")
        if forbidden := await connection.fetchval(_FORBIDDEN):
            raise Trouble(f"数据库用户对这些表没有读写权限：{forbidden[:120]}",
                          "用库的所有者运行 GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO 用户")
        missing = await pending(config.database_url)
        if missing:
            raise Trouble(f"数据库缺 {len(missing)} 个升级：{'、'.join(missing[:3])}", "运行 greenlane migrate")
        return f"PostgreSQL {version.major}，升级齐全，权限足够"


async def _clock(config: Settings) -> str:
    async with connected(config) as connection:
        before = now()
        theirs = await connection.fetchval("SELECT clock_timestamp()")
        apart = abs(theirs - (before + (now() - before) / 2))
    if apart > MOST_SKEW:
        raise Trouble(f"本机与数据库的时钟相差 {apart.total_seconds():.0f} 秒", "两边都用 NTP（chrony）对时；验证码、签名和办理期限都靠它")
    return f"与数据库相差 {apart.total_seconds():.1f} 秒"


async def _store(config: Settings) -> str:
    if not config.redis_url:
        raise Trouble("没有设置 Redis", "设置 REDIS_URL，例如 redis://主机:6379/0")
    name = f"doctor:{secrets.token_hex(4)}"
    try:
        store = open_store(config.redis_url)
        await store.set(name, "1", ex=5)
        if await store.get(name) != b"1":
            raise Trouble("Redis 写入后读不出来", "看 Redis 的内存上限和淘汰策略")
    except Trouble:
        raise
    except Exception as error:  # noqa: BLE001  a wrong address, a password, no room: each has a class of its own
        raise Trouble(f"Redis 不能用（{type(error).__name__}）", "核对 REDIS_URL 的主机、端口和密码，看 Redis 是否在运行") from None
    finally:
        await close_store()
    return "能读能写"


async def _keys(config: Settings) -> str:
    if config.key_file is not None:
        if not config.key_file.is_file():
            raise Trouble(f"密钥文件不在：{config.key_file}", "用 greenlane keys new 生成，或把 GREENLANE_KEY_FILE 指到备份恢复出来的那一份")
        if config.key_file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise Trouble("密钥文件别的用户也能读", f"运行 chmod 600 {config.key_file}")
    ring = keys()
    return f"{len(ring.fields)} 把字段密钥，用第 {ring.active} 把加密"


async def _profiles(config: Settings) -> str:
    codes, mistakes = profiles_in(config.regions), []
    for code in codes:
        try:
            await asyncio.to_thread(_read, config.regions / code)
        except WrongProfile as wrong:
            mistakes += [f"{code}: {mistake}" for mistake in wrong.mistakes]
    if mistakes or not codes:
        raise Trouble("；".join(mistakes[:3]) or "地区方案的文件夹是空的", "运行 greenlane profile check 看全部错误；文件夹由 GREENLANE_REGIONS 指定")
    return "、".join(codes)


async def _files(config: Settings) -> str:
    if config.files_url:
        key = f"doctor/{secrets.token_hex(8)}"
        await shelf.put(key, b"doctor")
        await shelf.discard(key)
        return "对象存储能写能删"
    folder = config.data.absolute() / "files"
    if (why := await asyncio.to_thread(_not_writable, folder)) is not None:
        raise Trouble(f"附件文件夹 {folder} 不能写（{why}）", "核对 GREENLANE_DATA，把文件夹的所有者改成运行服务的用户")
    free = shutil.disk_usage(folder).free
    if free < LEAST_SPACE:
        raise Trouble(f"附件所在的磁盘只剩 {free / 1024**3:.1f} GB", "清理或扩容；也可以用 GREENLANE_FILES_URL 改放对象存储")
    return f"能写，剩 {free / 1024**3:.0f} GB"


def _not_writable(folder: Path) -> str | None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = folder / f".doctor-{secrets.token_hex(4)}"
        probe.write_bytes(b"doctor")
        probe.unlink()
    except OSError as error:
        return error.strerror or type(error).__name__
    return None


async def _scanner(config: Settings) -> str:
    if not config.clamd_url:
        return "没有设置：上传的文件不查病毒（GREENLANE_CLAMD_URL）"
    if not await scanning.ready():
        raise Trouble(f"病毒检查不应答，这期间上传会被{'暂存' if config.clamd_away == 'hold' else '拒绝'}",
                      "看 clamd 是否在运行，核对 GREENLANE_CLAMD_URL")
    return "应答正常"


async def _pages(config: Settings) -> str:
    return f"{len(pages().files)} 个文件"


async def _worker(config: Settings) -> str:
    async with connected(config) as connection:
        heard = await connection.fetchval("SELECT max(last_heartbeat) FROM procrastinate_workers")
    if heard is None or now() - heard > SILENT_AFTER:
        since = f"已经 {int((now() - heard).total_seconds() // 60)} 分钟" if heard else "从来"
        raise Trouble(f"后台进程{since}没有动静，短信、提醒和导出都停着", "启动 greenlane worker，并让它随系统启动")
    return "在工作"


CHECKS: Final = (
    Check("database", "数据库", _database, "核对 DATABASE_URL"),
    Check("clock", "时钟", _clock, "用 NTP 对时"),
    Check("store", "Redis", _store, "核对 REDIS_URL"),
    Check("keys", "密钥", _keys, "核对 GREENLANE_KEY_FILE"),
    Check("profiles", "地区方案", _profiles, "运行 greenlane profile check"),
    Check("accounts", "地区账号", _own_accounts, "核对 GREENLANE_ACCOUNTS__… 各项"),
    Check("files", "附件存放", _files, "核对 GREENLANE_FILES_URL 和 AWS_… 各项，或 GREENLANE_DATA"),
    Check("scanner", "病毒检查", _scanner, "核对 GREENLANE_CLAMD_URL"),
    Check("pages", "页面文件", _pages, "运行 make assets"),
    Check("worker", "后台进程", _worker, "启动 greenlane worker"),
)
