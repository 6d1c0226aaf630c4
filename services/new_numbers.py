"""Somebody's number was changed for her: both numbers hear of it, so that no account goes to another hand unseen."""

from datetime import datetime
from uuid import UUID

from config.vocabulary import NotificationKind
from services.masking import masked_phone
from services.notifications import Message, tell_all
from services.regions import Region


async def tell(region: Region, account_id: UUID, before: str | None, after: str | None, change: UUID, now: datetime) -> None:
    """Inside the transaction of the change. ``change``: what tells it from every other, so that it is told once."""
    params = {"before": masked_phone(before) or "无", "after": masked_phone(after) or "无", "phone": region.phone}
    await tell_all(region, [Message(NotificationKind.PHONE_CHANGED, f"phone_changed:{change}:{which}", params, phone=number, subject_id=account_id)
                            for which, number in (("before", before), ("after", after)) if number], now)
