"""What templates are given: cards, cases and steps in the shapes that the components draw. Pure."""

from datetime import datetime
from typing import Any

from config.profile import Profile
from config.vocabulary import Effect
from models.card import Card, CardState
from models.case import CLOSED, CaseState
from services.cases.deadlines import standing
from services.cases.own import Line
from services.cases.progress import Stage
from services.cases.sheet import Sheet
from services.regions import Region
from services.standings import Standing


def card_face(region: Region, card: Card, now: datetime) -> dict[str, Any]:
    """For ``ui.card_face``; a card past its day is shown as such, whatever its row says."""
    expired = card.state is CardState.ACTIVE and card.valid_until < now.astimezone(region.profile.tz).date()
    tiers = [level.code for level in region.profile.card.levels]
    return {
        "level": region.profile.level_name(card.level), "number": card.number_masked, "valid_until": card.valid_until,
        "state": "expired" if expired else card.state.value, "state_label": "已过期" if expired else card.state.label,
        "tier": min(tiers.index(card.level) + 1, 4) if card.level in tiers else 2,
    }


def standing_face(region: Region, held: Standing) -> dict[str, Any]:
    """For ``ui.card_face`` where recognition gives a class and no card (DZ-06, GL-13)."""
    classes = list(region.profile.classes)
    return {
        "level": held.label, "state": "active", "state_label": "已认定", "tier": min(classes.index(held.code) + 1, 4) if held.code in classes else 4,
        "foot": [("认定机构", held.organisation), ("认定日期", f"{held.at.astimezone(region.profile.tz):%Y.%m.%d}")],
    }


def case_line(region: Region, line: Line, now: datetime) -> dict[str, Any]:
    """For ``ui.case_line``: what the applicant sees of one of her cases in a list."""
    light, left = standing(region.profile, line.due_at, now, closed=line.state in CLOSED)
    handling = line.state is CaseState.HANDLING
    return {
        "href": f"/{region.code}/cases/{line.id}", "title": line.subject, "number": line.number, "at": line.updated_at,
        "state": line.state.value if not handling else "underway", "state_label": "请您评价" if line.to_rate else line.state.label,
        "step": line.step if line.is_open else "", "organisation": line.organisation,
        "due": line.due_at if handling else None, "light": light, "left": left,
    }


def steps(found: Sheet) -> list[dict[str, Any]]:
    """For ``ui.route_progress``."""
    return [{
        "state": step.stage.value, "name": step.name, "organisation": step.organisation,
        "opinion": step.opinion, "at": step.at if step.stage is Stage.DONE else None, "due": step.due_at, "light": found.light, "left": found.left,
    } for step in found.route]


#: Of what a person applies for herself: what its good end opens (button, path below the region).
OPENED = {Effect.ISSUE_CARD: ("查看我的卡", "/me/card"), Effect.RECOGNISE: ("查看认定结果", "/me/card"), Effect.OPEN_ACCOUNT: ("去申报", "/apply"),
          Effect.ADMIT_DOSSIER: ("查看认定结果", "/me/card")}


def onward(region: Region, found: Sheet) -> tuple[str, str] | None:
    """Where an application that is over leads (button, path below the region): to what it opened, or to another one."""
    effect = found.matter.effect
    if effect is None or effect not in OPENED or not found.closed:
        return None
    if found.case.state is not CaseState.COMPLETED:
        return None if effect is Effect.OPEN_ACCOUNT else ("重新申报", "/apply")
    return ("去申领" + region.profile.card.name, "/apply") if effect is Effect.ADMIT_DOSSIER and region.profile.issues_cards else OPENED[effect]


def year_of(profile: Profile, now: datetime) -> int:
    """The year that quotas count in."""
    return now.astimezone(profile.tz).year
