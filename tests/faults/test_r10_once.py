"""R10: a key has one effect and one answer, however often and at whatever moment it comes."""

import asyncio
from uuid import uuid4

import httpx
import pytest

from models.database import execute, rows
from services.regions import Region
from tests import builders

KEYS, TIMES = 20, 10


async def things() -> int:
    found = await rows("SELECT count(*) AS made FROM category WHERE code LIKE 'thing_%'")
    return int(found[0]["made"])


async def headers() -> dict[str, str]:
    return {"Authorization": f"Bearer {await builders.a_session(await builders.a_talent(), 'mini')}"}


@pytest.mark.req("R10")
@pytest.mark.timeout(180)
async def test_each_key_has_one_effect_and_one_answer(probe: httpx.AsyncClient, region: Region) -> None:
    bearer, path = await headers(), f"/{region.code}/api/probe/things"

    async def insist(key: str) -> set[str]:
        async def ask() -> str:
            while True:
                answer = await probe.post(path, json={"name": key, "number": 20}, headers=bearer | {"Idempotency-Key": key})
                if answer.status_code == 201:
                    return str(answer.json()["id"])
                assert answer.status_code == 409 and answer.json()["error"]["code"] == "in_flight"
                await asyncio.sleep(0.05)
        return set(await asyncio.gather(*(ask() for _ in range(TIMES))))

    answers = []
    for batch in range(0, KEYS, 4):
        answers += await asyncio.gather(*(insist(f"key {number}") for number in range(batch, batch + 4)))
    assert [len(ids) for ids in answers] == [1] * KEYS
    assert await things() == KEYS


@pytest.mark.req("R10")
@pytest.mark.timeout(180)
async def test_without_a_key_every_request_has_its_effect(probe: httpx.AsyncClient, region: Region) -> None:
    """The negative control."""
    bearer, path = await headers(), f"/{region.code}/api/probe/things"
    await asyncio.gather(*(probe.post(path, json={"name": "again"}, headers=bearer) for _ in range(TIMES)))
    assert await things() == TIMES


@pytest.mark.req("R10")
async def test_the_same_key_with_another_body_is_refused(probe: httpx.AsyncClient, region: Region) -> None:
    bearer = await headers() | {"Idempotency-Key": "k"}
    assert (await probe.post(f"/{region.code}/api/probe/things", json={"name": "one"}, headers=bearer)).status_code == 201
    answer = await probe.post(f"/{region.code}/api/probe/things", json={"name": "two"}, headers=bearer)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "key_reused")
    assert await things() == 1


@pytest.mark.req("R10")
async def test_a_key_belongs_to_one_person(probe: httpx.AsyncClient, region: Region) -> None:
    for _ in range(2):
        assert (await probe.post(f"/{region.code}/api/probe/things", json={"name": "x"},
                                 headers=await headers() | {"Idempotency-Key": "same"})).status_code == 201
    assert await things() == 2


@pytest.mark.req("R10")
async def test_a_form_that_was_refused_may_be_sent_again_with_its_key(probe: httpx.AsyncClient, region: Region) -> None:
    bearer = await headers() | {"Idempotency-Key": "k"}
    assert (await probe.post(f"/{region.code}/api/probe/things", json={"name": "x", "number": "many"}, headers=bearer)).status_code == 400
    assert (await probe.post(f"/{region.code}/api/probe/things", json={"name": "x", "number": 1}, headers=bearer)).status_code == 201


@pytest.mark.req("R10")
@pytest.mark.timeout(180)
async def test_a_client_that_hangs_up_gets_its_answer_with_the_same_key(probe: httpx.AsyncClient, region: Region) -> None:
    bearer = await headers() | {"Idempotency-Key": "k"}
    path, body = f"/{region.code}/api/probe/things", {"name": "x", "number": 500}
    with pytest.raises(httpx.ReadTimeout):
        await probe.post(path, json=body, headers=bearer, timeout=0.2)
    while (answer := await probe.post(path, json=body, headers=bearer)).status_code == 409:  # noqa: ASYNC110  as a client does
        await asyncio.sleep(0.1)
    assert answer.status_code == 201
    assert answer.headers["idempotent-replayed"] == "true"
    assert await things() == 1


@pytest.mark.req("R10", "R12")
@pytest.mark.timeout(180)
async def test_a_key_whose_process_died_is_free_again_at_once(probe: httpx.AsyncClient, region: Region) -> None:
    """The server's side of a killed process: its backend is gone, the transaction with it, and the lock with that."""
    bearer = await headers() | {"Idempotency-Key": "k"}
    path, body = f"/{region.code}/api/probe/things", {"name": str(uuid4()), "number": 3000}
    asking = asyncio.create_task(probe.post(path, json=body, headers=bearer))
    while not (found := await rows(  # noqa: ASYNC110  what is waited for is the database
            "SELECT pid FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' AND state = 'active' AND pid <> pg_backend_pid() "
            "AND datname = current_database()")):
        await asyncio.sleep(0.02)
    await execute("SELECT pg_terminate_backend($1)", found[0]["pid"])
    assert (await asking).status_code == 503
    assert await things() == 0
    assert (await probe.post(path, json=body | {"number": 0}, headers=bearer)).status_code == 201
    assert await things() == 1
