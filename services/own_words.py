"""What a region says in place of its profile: texts of notifications and days of the calendar. Laid over every version of the profile.

A text and a holiday are as they are today for everybody, so open cases follow them at once, whatever version of the profile they began under.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from config.profile import Calendar, Profile
from config.vocabulary import NotificationKind
from models.database import rows


@dataclass(frozen=True)
class OwnWords:
    """``texts``: kind → text and the gateway's template; ``days``: day → whether it is worked."""

    texts: Mapping[NotificationKind, tuple[str, str]] = field(default_factory=dict)
    days: Mapping[date, bool] = field(default_factory=dict)

    def over(self, profile: Profile) -> Profile:
        """The profile with these in the place of its own."""
        if not self.texts and not self.days:
            return profile
        texts = {kind: telling.model_copy(update={"text": own[0], "sms_template": own[1] or telling.sms_template})
                 if (own := self.texts.get(kind)) else telling for kind, telling in profile.sending.texts.items()}
        return profile.model_copy(update={"calendar": with_days(profile.calendar, self.days),
                                          "sending": profile.sending.model_copy(update={"texts": texts})})


def with_days(calendar: Calendar, days: Mapping[date, bool]) -> Calendar:
    """The calendar with these exceptions, which win over its own."""
    opened, closed = {day for day, working in days.items() if working}, {day for day, working in days.items() if not working}
    return calendar.model_copy(update={"open": tuple(sorted((set(calendar.open) - closed) | opened)),
                                       "closed": tuple(sorted((set(calendar.closed) - opened) | closed))})


async def read(region: str) -> OwnWords:
    texts = await rows("SELECT kind, text, sms_template FROM own_text WHERE region = $1", region)
    days = await rows("SELECT day, working FROM own_day WHERE region = $1", region)
    return OwnWords({NotificationKind(one["kind"]): (one["text"], one["sms_template"]) for one in texts},
                    {one["day"]: one["working"] for one in days})
