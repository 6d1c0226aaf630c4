"""When WeChat is asked about a notice or information: before it is published, and before the words of a public one change."""

from datetime import datetime
from uuid import UUID

from models.notice import Audience, NoticeState
from services import content_check, notices
from services.actors import Actor
from services.content_check import Judged, TextCheck
from services.notice_keeping import Written
from services.regions import Region


async def judged(check: TextCheck, region: Region, actor: Actor, category: str, id: UUID | None, written: Written, now: datetime, *,
                 publish: bool) -> Judged | None:
    """What WeChat thinks of what is about to be public, for ``notice_keeping.write`` and ``notice_keeping.edit``; None where nobody is to be asked.

    What staff alone will read stays in the house. To be called while no connection is held. Raises ``NotFound``.
    """
    if not region.profile.notices.content_check or written.audience is Audience.STAFF:
        return None
    notice, said = await notices.keeping(region, actor, category, id) if id else None, written.columns()
    public = notice is not None and notice.state is NoticeState.PUBLISHED and not notice.is_scheduled(now)
    if notice is not None and public and notice.audience is not Audience.STAFF and (notice.title, notice.plain) == (said["title"], said["plain"]):
        return None
    return await content_check.ask(check, region, actor, said["title"], said["plain"]) if publish or public else None
