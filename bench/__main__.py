"""``make bench``: every quick program, one table; ``--write`` puts it into docs/performance.md, ``--memory`` runs the long one alone.

Each program has a database of its own on servers of its own; nothing of it is left behind.
"""

import argparse
import asyncio
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress

import uvloop

from bench import callback, cases, document, export, figures, ground, memory, million, office, rosters, scan, sms, start
from bench.rounds import HEAD, Line

BEGIN, END = "<!-- table: make bench --write -->", "<!-- end of table -->"
Program = Callable[[ground.Ground], list[Line]]

QUICK: dict[str, Program] = {
    "scan": lambda on: asyncio.run(scan.measure(on, rounds=7, seconds=4)),
    "cases": lambda on: asyncio.run(cases.measure(on, rounds=9, count=600)),
    "million": lambda on: asyncio.run(million.measure(on, rounds=7, pages=100)),
    "office": lambda on: asyncio.run(office.measure(on, rounds=7)),
    "rosters": lambda on: asyncio.run(rosters.measure(on, rounds=5)),
    "figures": lambda on: asyncio.run(figures.measure(on, rounds=7)),
    "sms": lambda on: asyncio.run(sms.measure(on)),
    "callback": lambda on: asyncio.run(callback.measure(on, rounds=3, seconds=5)),
    "export": lambda _: export.measure(rounds=2),
    "start": lambda _: start.measure(rounds=2),
}
LONG: dict[str, Program] = {"memory": lambda on: asyncio.run(memory.measure(on, 50_000))}


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--only", nargs="+", choices=list(QUICK), default=list(QUICK), help="these alone")
    asked.add_argument("--memory", action="store_true", help="what a web process keeps after 50,000 requests")
    asked.add_argument("--write", action="store_true", help=f"put the table into {document.DOCUMENT}")
    given = asked.parse_args()
    signal.signal(signal.SIGTERM, ground.interrupt)
    uvloop.install()
    programs = LONG if given.memory else {name: QUICK[name] for name in given.only}
    print(HEAD, flush=True)
    lines = [HEAD.splitlines()[0], HEAD.splitlines()[1]]
    for line in _run(programs):
        lines.append(str(line))
        print(line, flush=True)
    if given.write:
        document.put(BEGIN, END, "\n".join(lines))


def _run(programs: dict[str, Program]) -> Iterator[Line]:
    for measure in programs.values():
        with ground.ground() as on:
            yield from measure(on)


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main()
        sys.exit()
