"""Numbers without gaps 流水号: one row a sequence, counted in the transaction of what is numbered, so what is rolled back leaves no gap."""

from models.database import row
from services.regions import Region

_NEXT = """
INSERT INTO counter (region, name, value) VALUES ($1, $2, 1) ON CONFLICT (region, name) DO UPDATE SET value = counter.value + 1 RETURNING value
"""


async def following(region: Region, name: str) -> int:
    """The next number of a sequence, from 1. Its row stays locked until the transaction ends: count last."""
    found = await row(_NEXT, region.code, name)
    assert found is not None  # an upsert always has a row
    return int(found["value"])
