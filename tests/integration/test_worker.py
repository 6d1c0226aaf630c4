"""The worker's wiring on the real queue: every tick runs and is harmless twice, what a killed worker left is taken up, poison is parked."""

import contextlib
from collections.abc import AsyncIterator

import procrastinate
import pytest
from procrastinate.exceptions import AlreadyEnqueued

import worker
from config import clock
from config.settings import settings
from models.database import execute, row, rows
from services.mail import MailServer
from sms.gateways import Gateways
from wechat.platforms import Platforms

QUIET_TICKS = ("recover", "supervise", "lay_out_slots", "clean", "export", "count_figures", "turn_roles", "recount", "tend_gateways")
LEFT_BEHIND = """
INSERT INTO procrastinate_jobs (queue_name, task_name, args, status, attempts, priority)
VALUES ('default', $1, '{"timestamp": 0}', 'doing', $2, 0) RETURNING id
"""


@pytest.fixture
async def queue(database: None, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[procrastinate.App]:
    """Gateway and mail server are there and never called: nothing is due."""
    gateways, platforms = Gateways(settings(), clock.now), Platforms(settings(), None)
    monkeypatch.setattr(worker, "_gateways", gateways)
    monkeypatch.setattr(worker, "_post", MailServer.from_settings(settings()))
    monkeypatch.setattr(worker, "_platforms", platforms)
    async with worker.engine(settings()).open_async() as app:
        yield app
    await gateways.close()
    await platforms.close()


async def drain(queue: procrastinate.App) -> None:
    """Run what is ready, and end."""
    await queue.run_worker_async(wait=False, install_signal_handlers=False, listen_notify=False)


async def state_of(job: int) -> str | None:
    found = await row("SELECT status::text AS status FROM procrastinate_jobs WHERE id = $1", job)
    return found["status"] if found else None


def test_each_tick_has_its_time_and_waits_at_most_once() -> None:
    app = worker.engine(settings())
    known = (*QUIET_TICKS, "deliver", "deliver_mail", "deliver_wechat", "deliver_chat", "fall_back", "settle", "scan_held")
    ticks = {name: app.tasks[name].queueing_lock for name in known}
    assert all(lock == name for name, lock in ticks.items())
    assert len(app.periodic_registry.periodic_tasks) == len(worker.TICKS) == len(ticks)


@pytest.mark.parametrize("name", QUIET_TICKS)
async def test_a_tick_runs_and_is_harmless_twice(queue: procrastinate.App, name: str) -> None:
    for _ in range(2):
        with contextlib.suppress(AlreadyEnqueued):  # the minute has come while the worker ran, and its own clock put it there
            await queue.configure_task(name).defer_async(timestamp=0)
        await drain(queue)
    assert await rows("SELECT * FROM job_error") == []
    assert await rows("SELECT status FROM procrastinate_jobs WHERE status IN ('failed', 'doing')") == []


@pytest.mark.req("R16")
async def test_a_job_of_a_killed_worker_is_taken_up_again_and_poison_is_parked(queue: procrastinate.App) -> None:
    left, poison, sweep = [await row(LEFT_BEHIND, name, attempts) for name, attempts in (("clean", 1), ("clean", 5), ("recover", 1))]
    assert left and poison and sweep
    await worker.recover_left_behind()
    assert [await state_of(one["id"]) for one in (left, poison, sweep)] == ["todo", "failed", "failed"]


async def test_a_job_of_a_worker_that_lives_is_left_alone(queue: procrastinate.App) -> None:
    alive = await row("INSERT INTO procrastinate_workers DEFAULT VALUES RETURNING id")
    job = await row(LEFT_BEHIND, "clean", 1)
    assert alive and job
    await execute("UPDATE procrastinate_jobs SET worker_id = $2 WHERE id = $1", job["id"], alive["id"])
    await worker.recover_left_behind()
    assert await state_of(job["id"]) == "doing"


@pytest.mark.req("R16")
async def test_a_job_that_fails_leaves_its_error(queue: procrastinate.App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "_gateways", None)
    await queue.configure_task("deliver").defer_async(timestamp=0)
    await drain(queue)
    assert {one["error"] for one in await rows("SELECT error FROM job_error")} == {"AssertionError"}


async def test_the_fetch_plan_is_pinned(database: None) -> None:
    """Re-check at each upgrade of the queue: its functions carry versions in their names."""
    pinned = await row("SELECT proconfig FROM pg_proc WHERE proname = 'procrastinate_fetch_job_v2'")
    assert pinned is not None
    assert {"enable_seqscan=off", "enable_sort=off", "enable_bitmapscan=off"} <= set(pinned["proconfig"])
    assert await rows("SELECT 1 FROM pg_indexes WHERE indexname = 'job_lock'")
