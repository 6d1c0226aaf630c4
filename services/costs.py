"""What text messages cost, by organisation and month: an estimate beside the vendor's bill, which alone counts.

Counted is what a gateway took and no receipt calls failed; a part is 70 characters, of a longer text 67 each, the sign and its brackets included.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Final

from pydantic import BaseModel

from config.errors import Invalid, NotPermitted
from config.vocabulary import Permission
from models.database import rows
from models.notification import Notification
from services import workbooks
from services.actors import Actor
from services.notifications import read_params, render, text_of
from services.regions import Region
from services.workbooks import Progress, Workbook

SHORT, LONG_PART = 70, 67
NOBODY: Final = "平台（验证码等）"
#: Months of one question.
MOST_MONTHS: Final = 24


def parts_of_text(text: str) -> int:
    """How many messages a phone gets of this text: counted as the network does, where an emoji is two characters."""
    length = len(text.encode("utf-16-le")) // 2
    return 1 if length <= SHORT else -(-length // LONG_PART)


def parts_of(region: Region, message: Notification) -> int:
    telling = text_of(region, message.kind)
    return parts_of_text(f"【{region.profile.sending.sms_sign}】{render(telling, read_params(message))}")


class Wanted(BaseModel):
    """The months asked for, both included, each by its first day."""

    since: date
    until: date

    @property
    def months(self) -> int:
        return (self.until.year - self.since.year) * 12 + self.until.month - self.since.month + 1


@dataclass(frozen=True)
class Spent:
    """One organisation in one month. ``yuan``: parts at the profile's price of today."""

    month: date
    organisation: str
    messages: int
    parts: int
    yuan: Decimal
    failed: int


_SPENT = """
SELECT date_trunc('month', n.tried_at AT TIME ZONE $4)::date AS month, n.sender_id, max(o.name) AS name,
       count(*) FILTER (WHERE n.state IN ('accepted', 'delivered')) AS messages,
       coalesce(sum(coalesce(n.parts, 1)) FILTER (WHERE n.state IN ('accepted', 'delivered')), 0) AS parts,
       count(*) FILTER (WHERE n.state = 'failed') AS failed
FROM notification n LEFT JOIN organisation o ON (o.region, o.id) = (n.region, n.sender_id)
WHERE n.region = $1 AND n.channel = 'sms' AND n.tried_at >= $2 AND n.tried_at < $3 AND n.state IN ('accepted', 'delivered', 'failed')
GROUP BY 1, 2 ORDER BY 1 DESC, parts DESC, name
"""


async def spent(region: Region, actor: Actor, wanted: Wanted) -> list[Spent]:
    """Newest month first, in it whoever spent most. Raises :class:`NotPermitted` for who does not watch over the region, :class:`Invalid`."""
    if not actor.may(Permission.SUPERVISE, region.profile):
        raise NotPermitted
    if not 1 <= wanted.months <= MOST_MONTHS:
        raise Invalid({"until": f"请选择先后的两个月，最多 {MOST_MONTHS} 个月。"})
    price = region.profile.sending.price.value
    found = await rows(_SPENT, region.code, _begin(region, wanted.since), _begin(region, _next(wanted.until)), region.profile.zone)
    return [Spent(one["month"], one["name"] or NOBODY, one["messages"], int(one["parts"]), int(one["parts"]) * price, one["failed"])
            for one in found]


async def rows_of(region: Region, actor: Actor, wanted: Wanted, now: datetime) -> int:
    return len(await spent(region, actor, wanted))


#: Title → its width in characters.
COLUMNS: Final = {"月份": 10, "机构": 32, "发出条数": 10, "计费条数": 10, "费用（元，估算）": 18, "未送达": 10}


async def excel(region: Region, actor: Actor, wanted: Wanted, now: datetime, progress: Progress) -> Workbook:
    """The whole list as Excel."""
    found = await spent(region, actor, wanted)
    progress(len(found), len(found))
    moment = now.astimezone(region.profile.tz)
    by: dict[str, str | int | None] = {workbooks.MARK: workbooks.mark(actor.name, moment)}
    content = await asyncio.to_thread(workbooks.write, "短信费用", [_record(one) | by for one in found],
                                      COLUMNS | {workbooks.MARK: workbooks.MARK_WIDTH})
    return Workbook(f"短信费用_{moment:%Y%m%d_%H%M}.xlsx", content, len(found))


def told(wanted: Wanted) -> Mapping[str, Any]:
    """For the audit."""
    return {"since": f"{wanted.since:%Y-%m}", "until": f"{wanted.until:%Y-%m}"}


def _record(one: Spent) -> dict[str, str | int | None]:
    return dict(zip(COLUMNS, (f"{one.month:%Y-%m}", one.organisation, one.messages, one.parts, f"{one.yuan:.2f}", one.failed), strict=True))


def _begin(region: Region, month: date) -> datetime:
    return datetime.combine(month.replace(day=1), time(), region.profile.tz)


def _next(month: date) -> date:
    return month.replace(year=month.year + month.month // 12, month=month.month % 12 + 1, day=1)


def total(found: Sequence[Spent]) -> Spent:
    """All lines as one; its month is the newest."""
    return Spent(found[0].month if found else date.min, "", sum(one.messages for one in found), sum(one.parts for one in found),
                 sum((one.yuan for one in found), Decimal()), sum(one.failed for one in found))


def months_until(today: date) -> list[tuple[str, str]]:
    """The months that can be asked for, newest first."""
    ordinal = today.year * 12 + today.month - 1
    return [(f"{one // 12}-{one % 12 + 1:02}", f"{one // 12} 年 {one % 12 + 1} 月") for one in range(ordinal, ordinal - MOST_MONTHS, -1)]
