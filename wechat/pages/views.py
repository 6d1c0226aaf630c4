"""What templates are given: cards, cases and steps in the shapes that the components draw. Pure."""

from datetime import datetime
from typing import Any

from config.profile import Profile
from config.vocabulary import Action
from models.card import Card, CardState
from models.case import OPEN, CaseState
from services.cases.progress import Stage
from services.cases.story import Line, Story
from services.regions import Region
from web.lights import light_of


def card_face(region: Region, card: Card, now: datetime) -> dict[str, Any]:
    """For ``ui.card_face``; a card past its day is shown as such, whatever its row says."""
    expired = card.state is CardState.ACTIVE and card.valid_until < now.astimezone(region.profile.tz).date()
    tiers = [level.code for level in region.profile.card.levels]
    return {
        "level": region.profile.level_name(card.level), "number": card.number_masked, "valid_until": card.valid_until,
        "state": "expired" if expired else card.state.value, "state_label": "已过期" if expired else card.state.label,
        "tier": min(tiers.index(card.level) + 1, 4) if card.level in tiers else 2,
    }


def case_line(region: Region, line: Line, now: datetime) -> dict[str, Any]:
    """For ``ui.case_line``: what the applicant sees of one of her cases in a list."""
    light = light_of(region.profile, line.state, line.due_at, now)
    handling = line.state is CaseState.HANDLING
    return {
        "href": f"/{region.code}/cases/{line.id}", "title": line.subject, "number": line.number, "at": line.updated_at,
        "state": line.state.value if not handling else "underway", "state_label": "请您评价" if line.to_rate else line.state.label,
        "step": line.step if line.state in OPEN else "", "organisation": line.organisation,
        "due": line.due_at if handling else None, "light": light.light, "left": light.left,
    }


def steps(told: Story, now: datetime) -> list[dict[str, Any]]:
    """For ``ui.route_progress``. While the applicant must act the present step waits for her; a case that ended early has no present step."""
    light = light_of(told.kept.profile, told.case.state, told.case.due_at, now)
    present = {CaseState.HANDLING: "current", CaseState.RETURNED: "waiting", CaseState.HELD: "paused"}.get(told.case.state, "todo")
    return [{
        "state": present if step.stage is Stage.CURRENT else step.stage.value, "name": step.name, "organisation": step.organisation,
        "opinion": step.opinion, "at": step.at if step.stage is Stage.DONE else None, "due": step.due_at, "light": light.light, "left": light.left,
    } for step in told.route]


def next_step(told: Story) -> str:
    """Name of the step after the present one; empty at the end of the route."""
    names = [step.step for step in told.matter.route]
    following = told.matter.route[names.index(told.case.step) + 1:]
    return following[0].name if following else ""


def result(told: Story) -> str:
    """The result that was chosen when the case was completed, in words."""
    last = next((event for event in reversed(told.events) if event.choice), None)
    can = last and last.from_step and told.matter.step(last.from_step).allows(last.action)
    return can.choices.get(last.choice, last.choice) if last and can else ""


def returned_with(told: Story) -> str:
    """What the window wrote when it returned the case, as long as it waits for the applicant."""
    if told.case.state is not CaseState.RETURNED:
        return ""
    return next((event.opinion for event in reversed(told.events) if event.action is Action.RETURN), "")


def year_of(profile: Profile, now: datetime) -> int:
    """The year that quotas count in."""
    return now.astimezone(profile.tz).year
