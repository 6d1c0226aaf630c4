# ruff: noqa: S608 - every piece is of the declaration, every value a parameter
"""The answer to a question: one statement of declared pieces, every value a parameter, its reader's scope inside it.

The rows of a page are found on the one table that has the indexes, and only they are joined with what is shown. A question that no index helps
is given up after :data:`PATIENCE`, with a sentence that says how to narrow it.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg

from config.errors import NotPermitted, Refusal
from config.keys import keys
from config.vocabulary import Permission
from models.database import row, rows, transaction
from models.reason import read_reason
from models.visit import read_words
from services.actors import Actor
from services.asking.fields import Field, Kind, Subject
from services.asking.questions import Question, Test, checked, choices_of, columns_of, everywhere, sorted_by, subject_of
from services.cases.scope import organisations_to_query
from services.masking import masked_id_number, masked_phone
from services.regions import Region

PAGE = 50
EXPORT_PAGE = 2000
#: Lines are counted no further on a page; a file counts its own.
MOST_COUNTED = 1_001
MOST_PAGES = 200
#: So many ids of another table are put into the statement.
MOST_IDS = 5_000
#: So many that belong to an office are named; of a busier one any walk comes upon some soon.
MOST_OWN = 1_000
#: Milliseconds that one statement may take, on a page and in the worker.
PATIENCE, EXPORT_PATIENCE = 2_000, 8_000


class TooWide(Refusal):
    """这样查要翻看的内容太多，几秒钟内查不完。请再加一个条件缩小范围，例如编号、姓名、所在单位、事项，或提交时间的起止日期。"""

    status_code = 422
    code = "question_too_wide"


@dataclass(frozen=True)
class Cell:
    """One value of a line, for people. ``state``: the word behind it, where it has a colour."""

    text: str
    state: str = ""
    moment: datetime | date | None = None


@dataclass(frozen=True)
class Found:
    """One line of an answer; ``cells`` stand under the columns. ``link``: its own page; ``person_id``: whose story can be opened from it."""

    id: UUID
    link: str
    person_id: UUID | None
    cells: Sequence[Cell] = field(repr=False)


@dataclass(frozen=True)
class Statement:
    """``where``: pieces of the declaration, joined; ``values``: $1 the region, $2 now, then one after the other."""

    subject: Subject
    where: str
    order: str
    values: tuple[Any, ...]

    def page(self, columns: Sequence[Field]) -> str:
        """Two more parameters follow: how many rows and how many to leave out."""
        shown = "".join(f", {one.column} AS {one.code}" + (f", {one.rating} AS rating" if one.rating else "") for one in columns)
        size = len(self.values)
        return (f"SELECT b.id, {self.subject.person} AS person_id, {self.subject.story} AS story_id{shown} FROM ("
                f"SELECT b.* FROM {self.subject.table} b WHERE {self.where} ORDER BY {self.order} LIMIT ${size + 1} OFFSET ${size + 2}"
                f") b {self.subject.joins} WHERE $2::timestamptz IS NOT NULL ORDER BY {self.order}")

    @property
    def counted(self) -> str:
        """One more parameter follows: how far to count."""
        return (f"SELECT count(*) AS lines FROM (SELECT 1 FROM {self.subject.table} b WHERE {self.where} LIMIT ${len(self.values) + 1}) counted "
                "WHERE $2::timestamptz IS NOT NULL")


async def statement(region: Region, actor: Actor, question: Question, now: datetime) -> Statement:
    """In a transaction; asks other tables for ids where the question needs it. Raises ``NotFound``, :class:`NotPermitted`, ``Invalid``."""
    subject = subject_of(region, actor, question.subject)
    values: list[Any] = [region.code, now]
    pieces = ["b.region = $1", subject.only]
    if not everywhere(region, actor, question):
        if not actor.may(Permission.QUERY_OWN, region.profile):
            raise NotPermitted
        pieces.append(await _own(region, subject, organisations_to_query(region, actor), values))
    alternatives = [" AND ".join([f"({await _said(region, test, values)})" for test in tests]) for tests in checked(region, question)]
    if alternatives:
        pieces.append("(" + " OR ".join(alternatives) + ")")
    by = sorted_by(question)
    if by.order_where:
        pieces.append(by.order_where)
    way = "ASC" if question.ascending or (not question.sort and by.kind is Kind.TEXT) else "DESC"
    return Statement(subject, " AND ".join(pieces), f"{by.order} {way}, b.id {way}", tuple(values))


async def _own(region: Region, subject: Subject, own: list[UUID], values: list[Any]) -> str:
    """What of the subject belongs to these organisations. Of an office with few cases they are named: nobody could plan for it otherwise, because
    the database guesses alike for all offices that are not among the busiest."""
    many = bool(subject.own_surely) and len(await rows(_some(subject.own_surely), region.code, own)) > MOST_OWN
    found = [] if many else await _named(subject, region, own)
    said = subject.own_many if many or len(found) > MOST_OWN else subject.own
    if "{ids}" in said:
        values.append(list({one["id"] for one in found if one["id"]}))
        said = said.replace("{ids}", f"${len(values)}::uuid[]")
    if "{own}" in said:
        values.append(own)
        said = said.replace("{own}", f"${len(values)}::uuid[]")
    return said


def _some(sql: str) -> str:
    return f"{sql.replace('{own}', '$2::uuid[]')} LIMIT {MOST_OWN + 1}"


async def _named(subject: Subject, region: Region, own: list[UUID]) -> list[dict[str, Any]]:
    async with _through_bitmaps():
        return await rows(_some(subject.own_among), region.code, own)


@asynccontextmanager
async def _through_bitmaps() -> AsyncIterator[None]:
    """For the open transaction: no walk along a table in the hope to come upon a few rows soon."""
    await row(_PLAINLY, "off")
    yield
    await row(_PLAINLY, "on")


_PLAINLY = "SELECT set_config('enable_seqscan', $1, true), set_config('enable_indexscan', $1, true)"


async def _said(region: Region, test: Test, values: list[Any]) -> str:
    """The test as a piece of the statement; its values join ``values``. Of a few ids the statement knows each, of more it asks for itself."""
    own = [test.value] if test.takes_value else []
    if test.among:
        found = await rows(f"{test.among.replace('{}', '$2')} LIMIT {MOST_IDS + 1}", region.code, *own)
        if len(found) <= MOST_IDS:
            values.append([one["id"] for one in found])
            return test.sql.replace("{ids}", f"${len(values)}::uuid[]")
    values += own
    return test.sql.replace("{ids}", f"ARRAY({test.among})").replace("{}", f"${len(values)}")


@dataclass(frozen=True)
class Answer:
    """A page of lines under their columns, and how many there are in all, counted no further than :data:`MOST_COUNTED`."""

    columns: Sequence[Field]
    found: Sequence[Found]
    total: int


async def ask(region: Region, actor: Actor, question: Question, now: datetime, *, page: int = 1) -> Answer:
    """Raises ``Invalid``, :class:`NotPermitted`, ``NotFound``, :class:`TooWide`."""
    subject_of(region, actor, question.subject)
    columns = columns_of(region, question)
    labels = await _labels(region, columns)
    try:
        async with transaction():
            await _bounded(PATIENCE)
            asked = await statement(region, actor, question, now)
            listed = await rows(asked.page(columns), *asked.values, PAGE, (min(page, MOST_PAGES) - 1) * PAGE)
            total = len(listed) if page == 1 and len(listed) < PAGE else await _counted(asked, MOST_COUNTED)
    except asyncpg.QueryCanceledError:
        raise TooWide from None
    return Answer(columns, [_found(region, asked.subject, columns, labels, one, whole=False) for one in listed], total)


async def count(region: Region, actor: Actor, question: Question, now: datetime, most: int = MOST_COUNTED) -> int:
    """How many lines, counted no further than ``most``. Raises as :func:`ask`."""
    try:
        async with transaction():
            await _bounded(EXPORT_PATIENCE)
            return await _counted(await statement(region, actor, question, now), most)
    except asyncpg.QueryCanceledError:
        raise TooWide from None


async def everything(region: Region, actor: Actor, question: Question, now: datetime, most: int) -> AsyncIterator[list[Found]]:
    """The whole answer in pieces, for a file; never more than ``most`` rows. Raises as :func:`ask`."""
    columns = columns_of(region, question)
    labels = await _labels(region, columns)
    async with transaction():
        asked = await statement(region, actor, question, now)
    for offset in range(0, most, EXPORT_PAGE):
        try:
            async with transaction():
                await _bounded(EXPORT_PATIENCE)
                piece = await rows(asked.page(columns), *asked.values, min(EXPORT_PAGE, most - offset), offset)
        except asyncpg.QueryCanceledError:
            raise TooWide from None
        if piece:
            yield [_found(region, asked.subject, columns, labels, one, whole=question.whole) for one in piece]
        if len(piece) < EXPORT_PAGE:
            return


async def _bounded(milliseconds: int) -> None:
    """For the open transaction: planned for these very values, and given up in time."""
    await row("SELECT set_config('statement_timeout', $1, true), set_config('plan_cache_mode', 'force_custom_plan', true)", str(milliseconds))


async def _counted(asked: Statement, most: int) -> int:
    found = await rows(asked.counted, *asked.values, most)
    return int(found[0]["lines"])


Labels = Mapping[str, Mapping[str, str]]


async def _labels(region: Region, columns: Sequence[Field]) -> Labels:
    return {one.code: dict(await choices_of(region, one)) for one in columns if one.kind in (Kind.CHOICE, Kind.YES_NO)}


def _found(region: Region, subject: Subject, columns: Sequence[Field], labels: Labels, one: Mapping[str, Any], *, whole: bool) -> Found:
    cells = [_cell(region, column, labels.get(column.code, {}), one[column.code], one, whole) for column in columns]
    return Found(one["id"], subject.link.replace("{id}", str(one["id"])).replace("{person_id}", str(one["story_id"])), one["story_id"], cells)


def _cell(region: Region, column: Field, labels: Mapping[str, str], value: Any, one: Mapping[str, Any], whole: bool) -> Cell:
    if value is None or value == "":
        return Cell("")
    if column.sealed:
        return Cell(_number(region, column, value, one["person_id"], whole))
    if column.rating:
        return Cell(read_words(region.code, one["rating"], value, ""))
    if column.reason:
        return Cell(read_reason(value, "", region.code, column.reason, one["id"]))
    if column.kind in (Kind.CHOICE, Kind.YES_NO):
        word = str(value).lower() if isinstance(value, bool) else str(value)
        return Cell(labels.get(word, word), word if column.toned else "")
    if isinstance(value, datetime):
        return Cell(f"{value.astimezone(region.profile.tz):%Y-%m-%d %H:%M}", moment=value)
    return Cell(str(value), moment=value if isinstance(value, date) else None)


def _number(region: Region, column: Field, sealed: bytes, person: UUID | None, whole: bool) -> str:
    number = keys().unseal(bytes(sealed), region.code, "account", column.sealed, str(person))
    if whole:
        return number
    return masked_phone(number) if column.sealed == "phone" else masked_id_number(number)

