"""T36: an error of the database repeats what it was given; no log does, whoever writes it, in production or in development."""

import io
import logging
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr

import asyncpg
import pytest
import structlog
from sanic.log import error_logger
from tortoise.exceptions import IntegrityError

from config import logs
from models.account import Account
from models.database import credentials, execute, new_id, row
from services.regions import Region
from tests.builders import a_talent
from tests.conftest import Servers

NAME, PHONE = "金丝雀\n\n第二行 ) 之后", "19900005678"
PLANTED = ("金丝雀", "第二行", "之后", PHONE)


@contextmanager
def log(production: bool) -> Iterator[io.StringIO]:
    """What is written meanwhile; the logging of the tests is put back afterwards."""
    root, output, hook = logging.getLogger(), io.StringIO(), sys.excepthook
    before = root.handlers[:]
    with redirect_stderr(output):
        logs.configure(production=production)
        yield output
    logs.configure(production=False)
    root.handlers[:], sys.excepthook = before, hook


async def a_row_that_fails(region: Region) -> None:
    """PostgreSQL answers with the whole row."""
    await execute("INSERT INTO account (region, id, kind, name, login_name, created_at) VALUES ($1, $2, 'nobody', $3, $4, now())",
                  region.code, new_id(), NAME, PHONE)


async def a_key_that_is_there(region: Region) -> None:
    """PostgreSQL answers with the key."""
    there = await a_talent(name=NAME)
    await execute("UPDATE account SET login_name = $2 WHERE id = $1", there.id, PHONE)
    await Account(region=region.code, id=new_id(), kind="talent", name=NAME, login_name=PHONE, created_at=there.created_at).save(force_create=True)


async def a_value_that_is_none(region: Region) -> None:
    """PostgreSQL answers with the value."""
    await row("SELECT $1::text::uuid", NAME)


async def a_number_that_is_too_large(region: Region) -> None:
    await row("SELECT $1::text::smallint", PHONE)


async def a_parameter_of_another_type(region: Region) -> None:
    """The driver answers, before anything is sent."""
    await row("SELECT $1::integer", NAME)


FAILURES = [a_row_that_fails, a_key_that_is_there, a_value_that_is_none, a_number_that_is_too_large, a_parameter_of_another_type]


async def failed(region: Region, failure: Callable[[Region], object]) -> Exception:
    try:
        await failure(region)  # type: ignore[misc]
    except Exception as error:  # noqa: BLE001  whichever it is
        return error
    raise AssertionError("nothing failed")


def written_by_everybody(error: Exception) -> None:
    """Each way by which an error comes into a log: ours, a library's, the server's, as a trace, as words, as a value."""
    ours, library = structlog.get_logger("ours"), logging.getLogger("some.library")
    ours.error("unexpected", exc_info=error)
    ours.warning("words", error=str(error), cause=error, parts=[{"why": repr(error)}])
    ours.info(f"in the event: {error}")
    library.error("failed: %s", error)
    library.error("%r", error, exc_info=error)
    error_logger.error("handler failed", exc_info=error)
    try:
        raise LookupError("something else") from error
    except LookupError:
        library.exception("chained")
        ours.exception("chained")
    sys.excepthook(type(error), error, error.__traceback__)


@pytest.mark.req("T36")
@pytest.mark.parametrize("production", [True, False])
@pytest.mark.parametrize("failure", FAILURES)
async def test_t36_what_the_database_repeats_of_a_row_is_in_no_log(region: Region, failure: Callable[[Region], object], production: bool) -> None:
    error = await failed(region, failure)
    assert [planted for planted in PLANTED if planted in f"{error} {error!r}"], "the error repeats nothing: it proves nothing"
    with log(production) as written:
        written_by_everybody(error)
    text = written.getvalue()
    assert [planted for planted in PLANTED if planted in text or planted.encode("unicode_escape").decode() in text] == []
    assert text.count(type(error).__name__) >= 3 and "chained" in text and "LookupError" in text  # what it was is still said


@pytest.mark.req("T36")
async def test_t36_which_constraint_refused_is_still_said(region: Region) -> None:
    error = await failed(region, a_key_that_is_there)
    assert isinstance(error, IntegrityError)
    with log(production=True) as written:
        structlog.get_logger("ours").error("unexpected", exc_info=error)
    assert "account_region_login_name_key" in written.getvalue()


@pytest.mark.req("T36")
async def test_t36_control_without_the_filter_it_would_be_there(region: Region, monkeypatch: pytest.MonkeyPatch) -> None:
    error = await failed(region, a_row_that_fails)
    monkeypatch.setattr(logs, "without_rows", lambda text: text)
    with log(production=True) as written:
        written_by_everybody(error)
    assert "金丝雀" in written.getvalue()


@pytest.mark.req("T36")
def test_t36_a_process_that_ends_by_such_an_error_says_nothing_either(servers: Servers) -> None:
    """Of its own: the interpreter would print the trace past every filter."""
    where = {name: value for name, value in credentials(servers.database_url).items() if value is not None}
    program = (f"import asyncio, asyncpg\nfrom config import logs\nlogs.configure(production=True)\nasync def main():\n"
               f"    await (await asyncpg.connect(**{where!r})).execute(chr(83) + 'ELECT $1::text::uuid', input())\nasyncio.run(main())")
    ended = subprocess.run([sys.executable, "-c", program], input="金丝雀", capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode != 0 and "InvalidTextRepresentation" in ended.stderr and "金丝雀" not in ended.stderr
    assert asyncpg.InvalidTextRepresentationError.__name__ in ended.stderr
