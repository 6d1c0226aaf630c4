"""A venue scan over HTTP, one web process as production starts it, against a bare handler that runs the same statement."""

import asyncio
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import people
from bench.ground import Ground, filled, process
from bench.rounds import Line, alternate, at_least, at_most, speeds
from config.keys import keys
from models.database import rows
from qr import board_code

CONNECTIONS = 32
SCRIPT = Path(__file__).parent / "scan.lua"


@dataclass(frozen=True)
class Load:
    """What one turn of wrk found; ``p99`` in microseconds."""

    a_second: float
    p99: float


@dataclass(frozen=True)
class Sides:
    ours: str
    floor: str
    code: str


async def measure(ground: Ground, rounds: int, seconds: int) -> list[Line]:
    async with filled(ground) as region:
        await people.holders(region)
        board = await people.board(region)
        await people.visits(region, board)
        code = board_code.encode(region.code, board.serial, keys())
        with serving(ground, region.code, code) as sides:
            p99: dict[str, list[float]] = {sides.ours: [], sides.floor: []}

            async def turn(address: str) -> float:
                found = await load(address, code, seconds)
                p99[address].append(found.p99)
                return found.a_second

            pairs = await alternate(lambda: turn(sides.ours), lambda: turn(sides.floor), rounds)
            refused = await rows("SELECT verdict, count(*) FROM visit WHERE region = $1 AND verdict <> 'admitted' GROUP BY 1", region.code)
            assert not refused, f"a refused scan is no scan: {refused}"
    slower = [ours / floor for ours, floor in zip(p99[sides.ours][1:], p99[sides.floor][1:], strict=True)]
    return [at_least("venue scan, requests a second", "bare handler, same statement", speeds(pairs), 0.7),
            at_most("venue scan, 99th percentile", "bare handler, same statement", slower, 3)]


@contextmanager
def serving(ground: Ground, region: str, code: str) -> Iterator[Sides]:
    """Both servers, each a process of its own on a free port."""
    ours, floor = free_port(), free_port()
    environment = ground.environment(ours)
    with (process("-m", "cli", "serve", environment=environment, ready=f"http://127.0.0.1:{ours}/healthz"),
          process("-m", "bench.bare", str(floor), environment=environment, ready=f"http://127.0.0.1:{floor}/healthz")):
        yield Sides(f"http://127.0.0.1:{ours}/{region}/api/visits", f"http://127.0.0.1:{floor}/visits", code)


async def load(address: str, code: str, seconds: int) -> Load:
    """One turn of wrk. Raises ``RuntimeError`` when an answer was no success."""
    run = time.monotonic_ns() & 0xFFFFFFFF
    wrk = await asyncio.create_subprocess_exec("wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency", "-s", str(SCRIPT), address, "--",
                                               code, str(people.HOLDERS), str(run), stdout=asyncio.subprocess.PIPE)
    said, _ = await asyncio.wait_for(wrk.communicate(), seconds + 30)
    line = next((line for line in said.decode().splitlines() if line.startswith("measured ")), "measured 0 1 0 1")
    requests, microseconds, p99, failed = (int(word) for word in line.split()[1:])
    if failed or not requests:
        raise RuntimeError(f"{address}: {failed} of {requests} scans failed")
    return Load(requests / microseconds * 1e6, p99)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
