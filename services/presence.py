"""Who is looking at a case just now 正在看: a hint for colleagues, never a lock.

An open page says so as long as it listens (``web.live``): it is in the store for :data:`SECONDS`, renewed at each beat, and gone with the page. A
store that is away has seen nobody. Only ids are kept there; whose names somebody reads is asked of the database.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from config.errors import NotFound
from models.case import Case
from models.database import new_id, row, rows
from services import live
from services.actors import Actor
from services.cases.scope import may_see
from services.regions import Region
from services.store import GONE, NotOpened, store

#: Three beats of a stream: whose process died is forgotten after that.
SECONDS = 45
#: A page that hears more often need not say so each time.
RENEWED_EVERY = timedelta(seconds=10)
log = structlog.get_logger(__name__)


@dataclass
class Onlooker:
    """One open page of one person and what it shows. Begins with :meth:`stay`, ends with :meth:`leave`; neither ever raises."""

    region: str
    account: UUID | None
    cases: Collection[UUID]
    page: UUID = field(default_factory=new_id)
    said: datetime | None = None

    async def stay(self, now: datetime) -> None:
        """Still there. The first time, the others hear of it."""
        if not self.cases or (self.said is not None and now - self.said < RENEWED_EVERY):
            return
        first, self.said = self.said is None, now
        try:
            async with store().pipeline(transaction=False) as pipe:
                for case in self.cases:
                    pipe.zadd(_key(self.region, case), {self._member: now.timestamp() + SECONDS})
                    pipe.expire(_key(self.region, case), SECONDS)
                await pipe.execute()
        except (*GONE, NotOpened) as error:
            log.info("presence_not_kept", error=type(error).__name__)
        if first:
            await self._announce()

    async def leave(self) -> None:
        """The page is closed; the others hear of it."""
        if not self.cases:
            return
        try:
            async with store().pipeline(transaction=False) as pipe:
                for case in self.cases:
                    pipe.zrem(_key(self.region, case), self._member)
                await pipe.execute()
        except (*GONE, NotOpened) as error:
            log.info("presence_not_kept", error=type(error).__name__)
        await self._announce()

    @property
    def _member(self) -> str:
        return f"{self.account}.{self.page}"

    async def _announce(self) -> None:
        for case in self.cases:
            found = await row("SELECT handler_org FROM cases WHERE region = $1 AND id = $2", self.region, case)
            if found is not None:
                await live.publish(self.region, f"looking:{case}", f"org:{found['handler_org']}", event="looking", data={"id": str(case)})


async def of_case(region: Region, actor: Actor, case_id: UUID, now: datetime) -> Sequence[str]:
    """Who else is looking at one case. Raises :class:`NotFound` for one that the actor may not see (T01)."""
    if not may_see(region, actor, await Case.find(region.code, case_id)):
        raise NotFound
    return (await among(region, actor, [case_id], now)).get(case_id, ())


async def among(region: Region, actor: Actor, cases: Sequence[UUID], now: datetime) -> Mapping[UUID, Sequence[str]]:
    """Of these cases, those that others are looking at → their names. Staff see staff; whoever works for a unit sees her own people alone."""
    there = await _there(region.code, cases, now)
    names = await _names(region, actor, {person for some in there.values() for person in some})
    seen = {case: sorted(names[person] for person in some if person in names) for case, some in there.items()}
    return {case: some for case, some in seen.items() if some}


async def _there(region: str, cases: Sequence[UUID], now: datetime) -> Mapping[UUID, set[UUID]]:
    if not cases:
        return {}
    try:
        async with store().pipeline(transaction=False) as pipe:
            for case in cases:
                pipe.zrangebyscore(_key(region, case), now.timestamp(), "+inf")
            found = await pipe.execute()
    except (*GONE, NotOpened) as error:
        log.info("presence_not_known", error=type(error).__name__)
        return {}
    there: dict[UUID, set[UUID]] = defaultdict(set)
    for case, members in zip(cases, found, strict=True):
        there[case].update(UUID(member.decode().partition(".")[0]) for member in members)
    return there


#: $3 the reader, $4 whether she is staff, $5 her offices.
_NAMES = """
SELECT a.id, a.name FROM account a WHERE a.region = $1 AND a.id = ANY ($2::uuid[]) AND a.id <> $3 AND ($4 AND a.kind = 'staff' OR EXISTS (
    SELECT 1 FROM role_grant g WHERE (g.region, g.account_id) = (a.region, a.id) AND g.ended_at IS NULL AND g.organisation_id = ANY ($5::uuid[])))
"""


async def _names(region: Region, actor: Actor, people: Collection[UUID]) -> Mapping[UUID, str]:
    if not people:
        return {}
    found = await rows(_NAMES, region.code, list(people), actor.account_id, actor.is_staff, actor.offices)
    return {one["id"]: one["name"] for one in found}


def _key(region: str, case: UUID) -> str:
    return f"looking:{region}:{case}"
