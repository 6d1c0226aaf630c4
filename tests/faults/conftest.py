"""A crowd of processes for all races of a run."""

from collections.abc import AsyncIterator

import pytest

from tests.conftest import Servers

from .race import Crowd, gathered


@pytest.fixture(scope="session")
async def crowd(orm: Servers) -> AsyncIterator[Crowd]:
    async with gathered() as ready:
        yield ready
