"""Reading a code where the person would: in the ledger of what is told to her number."""

from uuid import UUID

from models.database import rows
from models.notification import Notification
from services.notifications import read_params


async def code_of(region: str, challenge: UUID) -> str | None:
    """The code that was sent for a challenge; ``None`` when nothing was sent."""
    found = await Notification.of(region, dedupe_key=f"code:{challenge}").first()
    return read_params(found)["code"] if found else None


async def codes_sent(region: str) -> int:
    found = await rows("SELECT count(*) AS sent FROM notification WHERE region = $1 AND dedupe_key LIKE 'code:%'", region)
    return int(found[0]["sent"])


def another(code: str) -> str:
    """A code of six digits that is not this one."""
    return f"{(int(code) + 1) % 1_000_000:06d}"
