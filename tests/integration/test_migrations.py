"""Models and migrated tables say the same; migrating is safe to repeat and to race."""

import asyncio

import asyncpg
import pytest
from tortoise import Tortoise
from tortoise.context import get_current_context

from models import database as db
from models import migrate
from tests.conftest import Servers


async def columns(table: str) -> dict[str, bool]:
    """Column → may be null."""
    found = await db.rows("SELECT column_name, is_nullable FROM information_schema.columns WHERE table_schema = 'public' AND table_name = $1", table)
    return {one["column_name"]: one["is_nullable"] == "YES" for one in found}


async def test_every_model_has_its_table_with_its_columns(orm: Servers) -> None:
    context = get_current_context()
    assert context is not None
    differences = []
    for name, model in Tortoise.apps["main"].items():
        there = await columns(model._meta.db_table)
        wanted = {field.source_field or key: field.null for key, field in model._meta.fields_map.items()}
        differences += [f"{name}.{column}: not in the table" for column in wanted.keys() - there.keys()]
        differences += [f"{name}.{column}: null in one alone" for column in wanted.keys() & there.keys() if wanted[column] != there[column]]
        differences += [f"{name}.{column}: in the table alone" for column in there.keys() - wanted.keys()]
    assert differences == []


async def test_a_second_migration_finds_nothing_to_do(servers: Servers) -> None:
    assert await migrate.upgrade(servers.database_url) == []
    assert await migrate.pending(servers.database_url) == []


@pytest.mark.req("R23")
async def test_three_that_migrate_at_once_apply_each_file_once(servers: Servers, postgres_url: str) -> None:
    guard = await asyncpg.connect(**db.credentials(postgres_url))
    name = db.credentials(servers.database_url)["database"] + "_race"
    try:
        await guard.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await guard.execute(f"CREATE DATABASE {name}")
        url = postgres_url.replace("/postgres?", f"/{name}?")
        applied = await asyncio.wait_for(asyncio.gather(*(migrate.upgrade(url) for _ in range(3))), 60)
        assert sorted(len(names) for names in applied)[:2] == [0, 0]
        assert len(await migrate.upgrade(url)) == 0
    finally:
        await guard.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await guard.close()
