"""What the races share: people and cases in numbers, processes that start together, and figures of the quick and of the full run."""

import asyncio
import itertools
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

from config import clock
from models.account import Account, AccountKind
from models.card import Card, CardState
from models.case import Case
from models.database import execute, json_text, new_id, rows
from services import sessions
from services.regions import Region
from tests import builders

ROOT = Path(__file__).parents[2]
PROCESSES = 4
_numbers = itertools.count(10_000)  # beyond those of the builders
FULL = bool(os.environ.get("GREENLANE_FULL"))


def figure(quick: int, full: int) -> int:
    """How many: a tenth for every push, the promised number where ``GREENLANE_FULL`` is set."""
    return full if FULL else quick


def luck() -> Random:
    """Chance that can be had again: the seed is printed, and taken from ``GREENLANE_SEED``."""
    seed = int(os.environ.get("GREENLANE_SEED") or time.time_ns() % 10**9)
    report(seed=seed)
    return Random(seed)


def report(**figures: Any) -> None:
    """The one line of a result."""
    sys.stdout.write("  ".join(f"{name} {value}" for name, value in figures.items()) + "\n")


@dataclass(frozen=True)
class Person:
    account_id: UUID
    card_id: UUID
    token: str


async def holders(region: Region, many: int) -> list[Person]:
    """So many talents with an active card of the best level, each logged in on the phone."""
    now, numbers = clock.now(), list(itertools.islice(_numbers, many))
    agreed = {"terms_version": region.profile.terms.version, "terms_at": now} if region.profile.terms else {}
    accounts = [Account(region=region.code, id=new_id(), kind=AccountKind.TALENT, name="周敏", login_name=f"race{number}", created_at=now, **agreed
                        ).put_phone(f"199{number:08d}") for number in numbers]
    cards = [Card(region=region.code, id=new_id(), number=f"YR{number:08d}", holder_id=account.id, state=CardState.ACTIVE,
                  level=region.profile.card.levels[0].code, issued_on=now.date(), valid_until=now.date() + timedelta(days=900),
                  state_at=now) for number, account in zip(numbers, accounts, strict=True)]
    await Account.bulk_create(accounts)
    await Card.bulk_create(cards)
    return [Person(account.id, card.id, token) for account, card, token in
            zip(accounts, cards, await log_in(region, [account.id for account in accounts]), strict=True)]


async def log_in(region: Region, accounts: Sequence[UUID], channel: str = "phone") -> list[str]:
    """A session for each; their tokens."""
    tokens, now = [f"race-{new_id()}" for _ in accounts], clock.now()
    await execute("INSERT INTO session (token_hash, region, account_id, channel, begun_at, seen_at, ends_at, confirmed_at) "
                  "SELECT s.token, $1, s.account, $4, $5, $5, $6, $5 FROM unnest($2::bytea[], $3::uuid[]) AS s (token, account)",
                  region.code, [sessions.hash_token(token) for token in tokens], list(accounts), channel, now, now + timedelta(days=1))
    return tokens


async def clerks(region: Region, organisation: builders.Organisation, many: int) -> list[str]:
    """Tokens of so many clerks of one window, at the desk."""
    accounts = [await builders.a_staff(organisation=organisation, name=f"经办{number}") for number in range(many)]
    return await log_in(region, [account.id for account in accounts], "desk")


async def cases_like(case: Case, many: int) -> list[UUID]:
    """So many more that stand where this one stands, each with its own history."""
    copies = await rows("INSERT INTO cases SELECT (jsonb_populate_record(c, jsonb_build_object('id', uuidv7(), 'number', c.number || '-' || n, "
                        "'data_sealed', NULL, 'facts', NULL, 'data', $3::jsonb))).* "
                        "FROM cases c, generate_series(1, $2) n WHERE c.id = $1 RETURNING id", case.id, many, json_text(case.data))
    ids = [copy["id"] for copy in copies]
    await execute("INSERT INTO case_event SELECT (jsonb_populate_record(e, jsonb_build_object('case_id', n, 'said_sealed', NULL))).* "
                  "FROM case_event e, unnest($2::uuid[]) n WHERE e.case_id = $1", case.id, ids)
    return ids


class Crowd:
    """The processes of :mod:`tests.faults.crowd`: one race at a time."""

    def __init__(self, home: asyncio.subprocess.Process) -> None:
        self._home = home

    async def race(self, act: str, jobs: Sequence[dict[str, Any]], processes: int = PROCESSES) -> list[dict[str, Any]]:
        """Do all jobs, spread over processes that start together; what came of them, in no order."""
        await self._gather(act, [list(jobs[number::processes]) for number in range(processes)], until=False)
        return await self.go()

    @asynccontextmanager
    async def working(self, act: str, jobs: Sequence[dict[str, Any]], processes: int = PROCESSES) -> AsyncIterator["Working"]:
        """Every process does all jobs again and again until the block ends; ``answers`` has then what came of them."""
        found = Working(await self._gather(act, [list(jobs)] * processes, until=True))
        await self._tell("go")
        try:
            yield found
        finally:
            found.answers += await self.go()

    async def _gather(self, act: str, shares: list[list[dict[str, Any]]], *, until: bool) -> list[int]:
        await self._tell(json.dumps({"act": act, "shares": shares, "until": until}, default=str))
        return list(await self._hear())

    async def go(self) -> list[dict[str, Any]]:
        await self._tell("go")
        return list(await self._hear())

    async def _tell(self, words: str) -> None:
        assert self._home.stdin is not None
        self._home.stdin.write(words.encode() + b"\n")
        await self._home.stdin.drain()

    async def _hear(self) -> Any:
        assert self._home.stdout is not None
        return json.loads(await self._home.stdout.readline())


@dataclass
class Working:
    """``processes``: their numbers, for whoever wants to kill one."""

    processes: list[int]
    answers: list[dict[str, Any]] = field(default_factory=list)


@asynccontextmanager
async def gathered() -> AsyncIterator[Crowd]:
    """A crowd; none of its processes outlives the block."""
    home = await asyncio.create_subprocess_exec(sys.executable, "-m", "tests.faults.crowd", cwd=ROOT, stdin=asyncio.subprocess.PIPE,
                                                stdout=asyncio.subprocess.PIPE, limit=2**26)
    try:
        yield Crowd(home)
    finally:
        assert home.stdin is not None
        home.stdin.close()
        await home.wait()


def tally(answers: Sequence[dict[str, Any]], name: str) -> dict[str, int]:
    """How often each value of ``name`` came; what refused or went wrong counts under its own word."""
    found: dict[str, int] = {}
    for answer in answers:
        word = str(answer.get(name, answer.get("refused", answer.get("error")))).partition("\n")[0]
        found[word] = found.get(word, 0) + 1
    return found
