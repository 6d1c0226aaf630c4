"""A profile comes back from the database in the order in which it was written: pages offer options and results in it."""

import pytest

from config.loading import read_profile
from config.loading import regions as shipped
from config.settings import settings
from services import regions


@pytest.mark.parametrize("code", shipped(settings().regions))
async def test_a_loaded_profile_is_the_written_one_to_the_letter(database: None, code: str) -> None:
    loaded = (await regions.current(code)).profile
    assert loaded.model_dump_json() == read_profile(settings().regions / code).model_dump_json()
