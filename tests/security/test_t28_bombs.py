"""T28 for what is taken here, images and PDF: a small file that unfolds to a large one costs little, and nobody else waits for it."""

import asyncio
import contextlib
import resource
import time

import httpx
import pytest

from services.files import inspection
from services.files.inspection import MOST_WAITING
from services.files.refusals import Busy, FileRefused
from services.regions import Region
from tests.foreign_files import a_pdf_bomb, a_picture, a_png_that_says

KIB = 1024
pytestmark = [pytest.mark.req("T28"), pytest.mark.timeout(180)]


async def refused_or_small(data: bytes) -> float:
    """Seconds until the answer; what is kept, if anything is, has not unfolded."""
    began = time.monotonic()
    with contextlib.suppress(FileRefused):
        assert len((await inspection.inspect("degree", "a", data)).data) <= max(len(data), KIB * 64)
    return time.monotonic() - began


async def test_t28_a_picture_that_says_it_is_huge_costs_what_a_small_one_costs() -> None:
    huge, small = [await refused_or_small(a_png_that_says(side, side)) for side in (30_000, 600)]
    assert huge < 3 * small + 2


async def test_t28_a_pdf_that_unfolds_to_gigabytes_ends_by_itself() -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    await refused_or_small(a_pdf_bomb())
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < inspection.quarantine.CPU_SECONDS + 2


async def test_t28_others_are_served_while_bombs_are_opened(client: httpx.AsyncClient, region: Region) -> None:
    bomb = a_pdf_bomb()
    opening = asyncio.gather(*(refused_or_small(bomb) for _ in range(4)))
    slowest, since = 0.0, time.monotonic()
    while not opening.done():
        began = time.monotonic()
        assert (await client.get("/healthz")).status_code == 200
        slowest = max(slowest, time.monotonic() - began)
        await asyncio.sleep(0.05)
    await opening
    assert slowest < (time.monotonic() - since) / 4, "on the loop itself one answer would have waited for a bomb"


async def test_t28_of_too_many_at_once_the_last_are_asked_to_come_again() -> None:
    picture = a_picture(size=(64, 64))
    answers = await asyncio.gather(*(inspection.inspect("photo", "a", picture) for _ in range(MOST_WAITING + 5)), return_exceptions=True)
    assert sum(isinstance(one, Busy) for one in answers) == 5
    assert all(isinstance(one, Busy | inspection.Inspected) for one in answers)
