"""The sandbox as a process of its own, as the development command starts it."""

import asyncio
import signal
import socket
import sys

import aiohttp
import pytest


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_serves_until_it_is_told_to_stop_and_stops_in_peace(number: signal.Signals) -> None:
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sandbox", "--port", str(port), "--smtp-port", str(free_port()), "--product", "http://127.0.0.1:1",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE)
    async with aiohttp.ClientSession() as hand, asyncio.timeout(60):
        while True:
            try:
                async with hand.get(f"http://127.0.0.1:{port}/sandbox/") as answer:
                    page = await answer.text()
                    break
            except aiohttp.ClientConnectorError:
                await asyncio.sleep(0.1)
        process.send_signal(number)
        said, complained = await process.communicate()
    assert (process.returncode, complained.decode()) == (0, ""), said
    assert "http://127.0.0.1:1/{region}/wechat/callback" in page
