"""Processes of their own, as in production: however many begin at once with an empty store, one fetches the token."""

import asyncio
import sys
from collections.abc import Iterator

import pytest

from config import embedded
from config.settings import Settings
from sandbox.embedded import running_sandbox

CALLS, PROCESSES = 50, 4
#: Says that it is ready, waits for the word, and makes its share of the calls at once.
PROCESS = """
import asyncio, sys
from redis.asyncio import Redis
from wechat.platform import Platform

async def main(url, app_id, secret, store, calls):
    redis = Redis.from_url(store, socket_timeout=5)
    async with Platform(app_id, secret, url, redis) as platform:
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        await asyncio.gather(*(platform.url_link("pages/case/case", f"n={n}") for n in range(int(calls))))
    await redis.aclose()
    print("done", flush=True)

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with embedded.valkey(tmp_path_factory.mktemp("valkey"), persist=False) as url:
        yield url


async def cold_start(store: str) -> int:
    """Four processes with a share of fifty calls each; how many tokens were fetched."""
    settings = Settings()
    async with running_sandbox() as sandbox, asyncio.timeout(120):
        shares = [CALLS // PROCESSES + (number < CALLS % PROCESSES) for number in range(PROCESSES)]
        started = [await asyncio.create_subprocess_exec(
            sys.executable, "-c", PROCESS, sandbox.url, settings.wechat_app_id, settings.wechat_app_secret.get_secret_value(), store, str(share),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE) for share in shares]
        for one in started:
            assert one.stdout is not None
            await one.stdout.readline()
        ended = await asyncio.gather(*(one.communicate(b"go\n") for one in started))
        assert all(said.decode().endswith("done\n") for said, _ in ended), ended
        paths = [call.what for call in sandbox.state.calls]
    assert sum(path.endswith("/wxa/generate_urllink") for path in paths) == CALLS
    return sum(path.endswith("/cgi-bin/stable_token") for path in paths)


async def test_s8_03_fifty_cold_calls_of_four_processes_fetch_one_token(store: str) -> None:
    assert await cold_start(store) == 1


async def test_without_the_store_between_them_each_process_fetches_its_own(store: str) -> None:
    """Negative control: nobody is home at this address, and there are four tokens to be fetched."""
    assert await cold_start("redis://127.0.0.1:1") == PROCESSES
