"""Processes that race: ``python -m tests.faults.crowd``, kept for a run of tests so that the product is read in only once.

Each line that it reads is one race: ``{"act": …, "shares": [[job, …], …], "until": bool}``. It forks a process a share, says their numbers
when all are connected, and starts them with the next line. Each does its jobs once, or, with ``until``, again and again until another line comes;
what came of them all is the last line. Moments are of the machine's monotonic clock, which all processes share.
"""

import asyncio
import contextlib
import json
import multiprocessing
import sys
import time
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from multiprocessing.connection import Connection
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from config import clock, logs
from config.errors import Refusal
from config.keys import keys
from config.settings import settings
from config.vocabulary import Action
from models import database
from models.database import execute, row
from services import bookings, delivery, ratings, regions, sessions, store, visits
from services.actors import Actor
from services.cases import engine
from sms.aliyun import AliyunGateway

Job = dict[str, Any]
Act = Callable[[Job], Awaitable[Job]]
#: Jobs at once in one process, each on a connection of its own.
WIDTH = 8
ACTS: dict[str, Act] = {}


def act(function: Act) -> Act:
    ACTS[function.__name__] = function
    return function


class LoggedOut(Refusal):
    """请重新登录。"""

    code = "logged_out"


async def actor_of(job: Job) -> Actor:
    """Who acts, found from the session's token as the edge does it."""
    found = await sessions.resolve(sessions.hash_token(job["token"]), job["region"], clock.now())
    if found is None:
        raise LoggedOut
    return found


@act
async def book(job: Job) -> Job:
    region = await regions.current(job["region"])
    outcome = await bookings.request(region, await actor_of(job), UUID(job["service"]), job["form"], clock.now())
    return {"case": str(outcome.case.id)}


@act
async def book_and_withdraw(job: Job) -> Job:
    """Take a place and give it back."""
    region, holder = await regions.current(job["region"]), await actor_of(job)
    case = (await bookings.request(region, holder, UUID(job["service"]), job["form"], clock.now())).case
    await bookings.withdraw(region, holder, case.id, case.version, "行程有变", clock.now())
    return {"case": str(case.id)}


@act
async def take_unguarded(job: Job) -> Job:
    """Control of R1: read, then write."""
    found = await row("SELECT taken, capacity FROM slot_unguarded WHERE id = $1", UUID(job["slot"]))
    assert found is not None
    if found["taken"] >= found["capacity"]:
        return {"refused": "slot_full"}
    await execute("UPDATE slot_unguarded SET taken = $2 WHERE id = $1", UUID(job["slot"]), found["taken"] + 1)
    return {"case": "taken"}


@act
async def handle(job: Job) -> Job:
    """One act on one case, at the version that the clerk saw."""
    region = await regions.current(job["region"])
    request = engine.Request(Action(job["action"]), job["seen"], "请按要求办理", organisation=UUID(job["to"]) if "to" in job else None,
                             choice=job.get("choice", ""), form=job.get("form"), slot_id=UUID(job["slot"]) if "slot" in job else None)
    outcome = await engine.act(region, await actor_of(job), UUID(job["case"]), request, clock.now())
    return {"case": job["case"], "won": job["action"], "version": outcome.case.version}


@act
async def undo_or_rate(job: Job) -> Job:
    """The clerk takes an act back, or the applicant rates what was done."""
    region, case = await regions.current(job["region"]), UUID(job["case"])
    if job["action"] == "undo":
        return await handle(job)
    applicant = await actor_of(job)
    if job["action"] == "rate":
        await ratings.rate_case(region, applicant, case, 5, "", clock.now())
    else:
        await _rate_unguarded(region.code, case, applicant.account_id)
    return {"case": job["case"], "won": job["action"]}


async def _rate_unguarded(region: str, case: UUID, rater: UUID | None) -> None:
    """Control of undo and rating: the state is read and believed; nothing is held."""
    found = await row("SELECT state FROM cases WHERE region = $1 AND id = $2", region, case)
    if found is not None and found["state"] == "completed":
        await asyncio.sleep(0.1)  # what a busy machine does between two statements
        await execute("INSERT INTO rating (region, id, case_id, rater_id, stars, at) VALUES ($1, $2, $3, $4, 5, now())",
                      region, database.new_id(), case, rater)


@act
async def handle_unguarded(job: Job) -> Job:
    """Control of R2: the version is read and compared, but no condition of the update."""
    found = await row("SELECT version FROM cases_unguarded WHERE id = $1", UUID(job["case"]))
    assert found is not None
    if found["version"] != job["seen"]:
        return {"refused": "handled_meanwhile"}
    await execute("UPDATE cases_unguarded SET version = $2 WHERE id = $1", UUID(job["case"]), job["seen"] + 1)
    return {"case": job["case"], "won": job["action"]}


@act
async def scan(job: Job) -> Job:
    region = await regions.current(job["region"])
    found = await visits.admit(region, await actor_of(job), job["code"], UUID(job["nonce"]), clock.now(), companions=0)
    return {"nonce": job["nonce"], "visit": str(found.visit_id), "verdict": found.verdict.value, "left": found.quota_left}


@act
async def scan_unguarded(job: Job) -> Job:
    """Control of R8: the product's own statement on a copy of the table that has no unique nonce."""
    region, holder = await regions.current(job["region"]), await actor_of(job)
    sql = visits.ADMIT.replace("INSERT INTO visit ", "INSERT INTO visit_unguarded ")
    values = visits._values(region, holder.account_id, visits._serial(region.code, job["code"], keys()), 0, clock.now())
    found = await row(sql, *values, UUID(job["nonce"]), clock.now())
    assert found is not None
    return {"nonce": job["nonce"], "visit": str(found["id"]), "verdict": found["verdict"], "left": found["quota_left"]}


@act
async def keep_scanning(job: Job) -> Job:
    """A new tap each time; when it began, by the machine's clock."""
    began = time.monotonic()
    try:
        region = await regions.current(job["region"])
        found = await visits.admit(region, await actor_of(job), job["code"], database.new_id(), clock.now())
        return {"began": began, "ended": time.monotonic(), "verdict": found.verdict.value}
    except LoggedOut:
        return {"began": began, "ended": time.monotonic(), "verdict": "logged_out"}


@act
async def keep_scanning_unguarded(job: Job) -> Job:
    """Control of R9: a card's state that is remembered for a fifth of a second."""
    began = time.monotonic()
    asked, state = _remembered.get(job["card"], (0.0, ""))
    if began - asked > 0.2:
        found = await row("SELECT state FROM card WHERE region = $1 AND id = $2", job["region"], UUID(job["card"]))
        assert found is not None
        _remembered[job["card"]] = began, state = began, found["state"]
    await asyncio.sleep(0.01)
    return {"began": began, "ended": time.monotonic(), "verdict": "admitted" if state == "active" else "card_suspended"}


_remembered: dict[str, tuple[float, str]] = {}


@act
async def deliver(job: Job) -> Job:
    """What the worker's ticks do, at moments that the test names."""
    global _gateway
    if _gateway is None:
        config = settings()
        _gateway = AliyunGateway(config.sms_access_key_id, config.sms_access_key_secret.get_secret_value(), plain_http=True,
                                 endpoint=urlsplit(job["sandbox"]).netloc, call_seconds=20)
    now, asks = datetime.fromisoformat(job["now"]), datetime.fromisoformat(job["asks"])
    done = await delivery.drain(_gateway, now, job["batch"]) + await delivery.settle(_gateway, asks, job["batch"])
    await asyncio.sleep(0 if done else 0.02)
    return {"done": done}


_gateway: AliyunGateway | None = None


async def answer(function: Act, job: Job) -> Job:
    """What came of it; an error that is no refusal is what a test looks for."""
    try:
        return await function(job)
    except Refusal as refusal:
        return {"refused": refusal.code}
    except Exception as error:  # noqa: BLE001  the answer is the record, and no test accepts it
        return {"error": f"{type(error).__name__}: {error}"}


async def once(function: Act, jobs: Iterable[Job], stop: asyncio.Event) -> list[Job]:
    left, answers = iter(jobs), []

    async def work() -> None:
        for job in left:
            answers.append(await answer(function, job))

    await asyncio.gather(*(work() for _ in range(WIDTH)))
    return answers


async def until(function: Act, jobs: list[Job], stop: asyncio.Event) -> list[Job]:
    answers = []

    async def work(job: Job) -> None:
        while not stop.is_set():
            answers.append(await answer(function, job))

    await asyncio.gather(*(work(job) for job in jobs))
    return answers


async def share(race: Job, jobs: list[Job], home: Connection) -> None:
    """One process's part."""
    logs.configure(production=True)
    context = await database.connect(settings().database_url, WIDTH)
    store.open_store(settings().redis_url)
    await asyncio.gather(*(row("SELECT pg_sleep(0.05)") for _ in range(WIDTH)))
    home.send("ready")
    await asyncio.to_thread(home.recv)
    stop = asyncio.Event()
    working = asyncio.ensure_future((until if race["until"] else once)(ACTS[race["act"]], jobs, stop))
    if race["until"]:
        await asyncio.to_thread(home.recv)
        stop.set()
    home.send(await working)
    await store.close_store()
    await context.close_connections()


def begin(race: Job, jobs: list[Job], home: Connection) -> None:
    sys.stderr = open("/dev/null", "w")  # noqa: PTH123, SIM115  what goes wrong is in the answers
    asyncio.run(share(race, jobs, home))


def run(race: Job) -> None:
    """All shares of one race. A process that was killed has no answers."""
    forked = multiprocessing.get_context("fork")
    homes, processes = [], []
    for jobs in race["shares"]:
        home, away = forked.Pipe()  # one by one: a process that holds its neighbour's end would hide that the neighbour died
        processes.append(forked.Process(target=begin, args=(race, jobs, away), daemon=True))
        processes[-1].start()
        away.close()
        homes.append(home)
    for home in homes:
        home.recv()
    say([process.pid for process in processes])
    for _ in range(2 if race["until"] else 1):
        sys.stdin.readline()
        for home in homes:
            tell(home)
    say([answer for home in homes for answer in answers(home)])
    for process in processes:
        process.join()


def say(words: Any) -> None:
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


def tell(home: Connection) -> None:
    with contextlib.suppress(OSError):
        home.send("on")


def answers(home: Connection) -> list[Job]:
    try:
        return list(home.recv())
    except (EOFError, OSError):
        return []


if __name__ == "__main__":
    for line in sys.stdin:
        run(json.loads(line))
