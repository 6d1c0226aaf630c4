"""What one web process keeps: resident memory after 50,000 requests, pages and API and scans, and whether it still grows in the second half."""

import asyncio
import time
from pathlib import Path

import psutil

from bench import people
from bench.ground import Ground, filled, process
from bench.rounds import Line
from bench.scan import CONNECTIONS, free_port
from config.keys import keys
from qr import board_code

SCRIPT = Path(__file__).parent / "memory.lua"
MIB = 1024 * 1024
MOST = 150
#: Growth that is noise: an allocator's arena more or less.
ARENA = 3
TURN_SECONDS = 5
LONGEST_SECONDS = 900


async def measure(ground: Ground, requests: int) -> list[Line]:
    """Resident memory when half of ``requests`` and all of them were answered."""
    async with filled(ground) as region:
        await people.holders(region)
        await people.clerks(region)
        code = board_code.encode(region.code, (await people.board(region)).serial, keys())
        port = free_port()
        address = f"http://127.0.0.1:{port}"
        with process("-m", "cli", "serve", environment=ground.environment(port), ready=f"{address}/healthz") as serving:
            kept = []
            for _ in range(2):
                await ask(address, region.code, code, requests // 2)
                kept.append(psutil.Process(serving.pid).memory_info().rss / MIB)
    grown = kept[1] - kept[0]
    return [Line(f"web process after {requests:,} requests", "", f"{kept[1]:.0f} MiB", f"≤ {MOST} MiB", kept[1] <= MOST),
            Line("and its growth in the second half", "", f"{grown:+.1f} MiB", f"≤ {ARENA} MiB", grown <= ARENA)]


async def ask(address: str, region: str, code: str, requests: int) -> None:
    """At least so many requests, in turns of some seconds. Raises ``RuntimeError`` when one was not answered well, or when it takes too long."""
    answered, until = 0, time.monotonic() + LONGEST_SECONDS
    while answered < requests:
        if time.monotonic() > until:
            raise RuntimeError(f"only {answered} of {requests} requests in {LONGEST_SECONDS} s")
        answered += await _turn(address, region, code)


async def _turn(address: str, region: str, code: str) -> int:
    wrk = await asyncio.create_subprocess_exec(
        "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{TURN_SECONDS}s", "-s", str(SCRIPT), address, "--", region, code, str(people.HOLDERS),
        str(time.monotonic_ns() & 0xFFFFFFFF), stdout=asyncio.subprocess.PIPE)
    said, _ = await asyncio.wait_for(wrk.communicate(), TURN_SECONDS + 30)
    line = next((line for line in said.decode().splitlines() if line.startswith("measured ")), "measured 0 1")
    requests, failed = (int(word) for word in line.split()[1:])
    if failed or not requests:
        raise RuntimeError(f"{failed} of {requests} requests failed")
    return requests
