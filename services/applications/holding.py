"""Who holds a card already: when she may apply for one again, and why not before; the rule is the profile's."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from config.routes import Matter
from config.vocabulary import Effect, Requirement
from models.card import CardState
from services import cards
from services.regions import Region


@dataclass(frozen=True)
class Holding:
    """What a card that she has means for a matter that issues one. ``not_yet``: why she cannot apply now; ``renews``: whether it would be renewed."""

    not_yet: str = ""
    renews: bool = False


async def holding(region: Region, matter: Matter, person: UUID, now: datetime) -> Holding:
    """Nothing for every other matter, and for one that only a holder may apply for: that is her way to a renewal."""
    if not _issues(matter) or Requirement.ACTIVE_CARD in matter.who.needs:
        return Holding()
    card = await cards.current_card(region, person)
    if card is None:
        return Holding()
    rules = region.profile.card
    if card.state is not CardState.ACTIVE:
        return Holding(f"您的{rules.name}已停用，恢复之前不能再次申领。有疑问请致电 {region.phone}。")
    opens = card.valid_until - timedelta(days=rules.renew_days.value)
    if now.astimezone(region.profile.tz).date() >= opens:
        return Holding(renews=True)
    return Holding(f"您已持有{rules.name}（{region.profile.level_name(card.level)}），有效期至{_day(card.valid_until)}，不需要再次申领。"
                   f"到期前 {rules.renew_days.value} 天，即{_day(opens)}起可以申请续期；{_meanwhile(region)}")


def _meanwhile(region: Region) -> str:
    """What she can do before that."""
    own = next((matter for matter in region.profile.matters.values() if _issues(matter) and Requirement.ACTIVE_CARD in matter.who.needs), None)
    return f"现在需要变更的，请办理“{own.name}”。" if own else f"需要提前换发的，请致电 {region.phone}。"


def _issues(matter: Matter) -> bool:
    return matter.effect is Effect.ISSUE_CARD


def _day(day: date) -> str:
    return f" {day.year} 年 {day.month} 月 {day.day} 日"
