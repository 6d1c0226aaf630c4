"""T36, T37: logs hold no number, token or openid of anybody, whoever writes them; a record stays one record."""

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr

import httpx
import pytest
import structlog

from config import logs
from services.regions import Region
from tests import builders

PHONE, ID_NUMBER = "19900008888", "37100019900307287X"
OPENID, TOKEN = "oABCD1234567890abcdefghijklm", "k3J9x-Pq7Zr_T5uW1vB8nM4cX2aS6dF0gH3jK7lQ9wE"
SECRETS = (PHONE, ID_NUMBER, OPENID, TOKEN)


@contextmanager
def production_log() -> Iterator[io.StringIO]:
    """What production would write meanwhile; the logging of the tests is put back afterwards."""
    root, output = logging.getLogger(), io.StringIO()
    before = root.handlers[:]
    with redirect_stderr(output):
        logs.configure(production=True)
        yield output
    logs.configure(production=False)
    root.handlers[:] = before


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    with production_log() as output:
        yield output


@pytest.mark.req("T36")
def test_our_own_records_are_masked_by_key_and_by_pattern(written: io.StringIO) -> None:
    log = structlog.get_logger("probe")
    log.info("told", phone=PHONE, note=f"call {PHONE}", people=[{"id_number": ID_NUMBER}, ID_NUMBER], openid=OPENID,
             header=f"Bearer {TOKEN}", number=int(PHONE))
    log.warning(f"{PHONE} {ID_NUMBER} {OPENID} {TOKEN}")
    assert [secret for secret in SECRETS if secret in written.getvalue()] == []
    assert "199****8888" in written.getvalue()


@pytest.mark.req("T36")
def test_what_a_library_logs_is_masked_too(written: io.StringIO) -> None:
    library = logging.getLogger("some.library")
    library.warning("sent to %s with %s", PHONE, TOKEN)
    try:
        raise ValueError(f"duplicate key (phone)=({PHONE}), token={TOKEN}")
    except ValueError:
        library.exception("failed for %s", ID_NUMBER)
    logging.getLogger("aliyunsdkcore.client").error("PhoneNumbers=%s code=123456", PHONE)
    assert [secret for secret in (*SECRETS, "123456") if secret in written.getvalue()] == []


@pytest.mark.req("T36")
def test_without_the_mask_they_would_be_there(written: io.StringIO) -> None:
    """The negative control."""
    logging.getLogger().handlers[0].setFormatter(logging.Formatter("%(message)s"))
    logging.getLogger("some.library").warning("sent to %s with %s", PHONE, TOKEN)
    assert PHONE in written.getvalue() and TOKEN in written.getvalue()


@pytest.mark.req("T37")
def test_a_name_with_a_line_break_stays_one_record(written: io.StringIO) -> None:
    structlog.get_logger("probe").info("met", name='x\n{"level": "error", "event": "forged"}')
    lines = written.getvalue().splitlines()
    assert len(lines) == 1
    assert json.loads(lines[0])["event"] == "met"


def test_words_and_ids_of_ours_stay_readable() -> None:
    for text in ("code_wrong", "01a1fdf9-bb13-752f-80a4-b1f141f79e9d", "/<region:str>/cases/<id:uuid>", "2026-11-21T11:59:24.807542Z",
                 "YY20261121000123"):
        assert logs.mask(text) == text


@pytest.mark.req("T36")
async def test_a_page_that_breaks_shows_its_number_and_nothing_of_the_cause(probe: httpx.AsyncClient, region: Region) -> None:
    for accept in ("application/json", "text/html"):
        answer = await probe.get(f"/{region.code}/probe/broken?phone={PHONE}", headers={"Accept": accept})
        assert answer.status_code == 500
        for hidden in ("LookupError", "the cause", "/srv", "Traceback", PHONE, "19900001234"):
            assert hidden not in answer.text
        assert answer.headers["x-request-id"] in answer.text


@pytest.mark.req("T36")
async def test_what_is_answered_to_a_person_is_not_kept_by_caches(probe: httpx.AsyncClient, region: Region) -> None:
    probe.cookies.set("gl_phone", await builders.a_session(await builders.a_talent()), path=f"/{region.code}")
    assert (await probe.get(f"/{region.code}/probe/me")).headers["cache-control"] == "no-store"


@pytest.mark.req("T36")
async def test_the_line_of_a_request_has_no_query_and_no_path_of_a_person(probe: httpx.AsyncClient, region: Region) -> None:
    with production_log() as written:
        await probe.get(f"/{region.code}/probe/public", params={"phone": PHONE, "link": TOKEN})
        await probe.get(f"/{region.code}/{TOKEN}/{PHONE}")
    assert "answered" in written.getvalue()
    assert [secret for secret in SECRETS if secret in written.getvalue()] == []
